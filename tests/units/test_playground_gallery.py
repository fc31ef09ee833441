"""What the pictures are made of: every card that anybody saw, once, under one name on both platforms."""

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from playground.gallery import Gallery
from playground.world import World

LONDON = ZoneInfo("Europe/London")


@dataclass(frozen=True)
class Someone:
    id: str
    name: str
    email: str
    platform: str


PEOPLE = (
    Someone("jo", "Jo Marsh", "jo@health.example", "slack"),
    Someone("helen", "Helen Castle", "helen@care.example", "teams"),
)


def blocks(title: str) -> list[dict[str, Any]]:
    return [{"type": "header", "text": {"type": "plain_text", "text": title}}]


def card(title: str, *inputs: dict[str, Any]) -> dict[str, Any]:
    heading = {"type": "TextBlock", "text": title}
    return {"type": "AdaptiveCard", "version": "1.5", "body": [heading, *inputs]}


def jo_is_shown(world: World, title: str) -> Any:
    state = world.slack.state
    jo = next(user.id for user in state.users.values() if user.name == "Jo Marsh")
    return state.post(state.direct(jo), state.bot_user, title, blocks(title))


def helen_is_shown(world: World, shown: dict[str, Any]) -> None:
    state = world.teams.state
    helen = next(id for id, member in state.members.items() if member.name == "Helen Castle")
    state.post(state.chat(helen), state.bot, "", [shown])


async def test_the_same_card_has_one_name_on_both_platforms() -> None:
    """A card is known by its title, whatever the case's number, so that both drawings stand together."""
    world, gallery = World(PEOPLE), Gallery()
    async with gallery.watching(world, LONDON):
        jo_is_shown(world, "Case BR-ECBYA is closed: 2 answers")
        helen_is_shown(world, card("Case BR-7K2QP is closed: 31 answers"))
    assert {(one.platform, one.name) for one in gallery.pictures} == {
        ("slack", "case-is-closed-n-answers"),
        ("teams", "case-is-closed-n-answers"),
    }


async def test_a_card_is_the_same_whoever_it_tells_of() -> None:
    """The name of a person in a title makes no other card of it."""
    world, gallery = World(PEOPLE), Gallery()
    async with gallery.watching(world, LONDON):
        jo_is_shown(world, "Helen Castle has seen this")
        jo_is_shown(world, "Jo Marsh has seen this")
    assert [one.name for one in gallery.pictures] == ["somebody-has-seen-this"]


async def test_a_card_is_kept_once_as_it_was_first_seen() -> None:
    """A second card of the same title adds nothing."""
    world, gallery = World(PEOPLE), Gallery()
    async with gallery.watching(world, LONDON):
        jo_is_shown(world, "Case BR-1")
        jo_is_shown(world, "Case BR-2")
    assert [one.title for one in gallery.pictures] == ["Case BR-1"]


async def test_a_card_that_was_redrawn_is_kept_as_it_was_too() -> None:
    """What stood on a screen for a while is collected, also when nothing of it is left at the end."""
    world, gallery = World(PEOPLE), Gallery()
    post = jo_is_shown(world, "Waiting for you")
    async with gallery.watching(world, LONDON):
        world.slack.state.redraw(post, "Closed", blocks("Closed"))
    assert [one.name for one in gallery.pictures] == ["waiting-for-you", "closed"]


async def test_a_form_is_told_from_a_card_of_the_same_title() -> None:
    """A card with fields is a form, and has a name of its own."""
    world, gallery = World(PEOPLE), Gallery()
    async with gallery.watching(world, LONDON):
        helen_is_shown(world, card("Answer"))
        helen_is_shown(world, card("Answer", {"type": "Input.Text", "id": "text", "label": "Your answer"}))
    assert [one.name for one in gallery.pictures] == ["answer", "form-answer"]


async def test_what_people_type_is_no_card() -> None:
    """Only what the bot shows is collected."""
    world, gallery = World(PEOPLE), Gallery()
    async with gallery.watching(world, LONDON):
        state = world.slack.state
        jo = next(user.id for user in state.users.values() if user.name == "Jo Marsh")
        state.post(state.direct(jo), jo, "raise")
    assert gallery.pictures == ()
