"""The platforms side by side: one transcript, one bell, the same words for people of all."""

import asyncio
from dataclasses import dataclass

import pytest

from playground.clock import Clock
from playground.feed import Feed
from playground.world import World
from tests.stories.people import PAIRINGS, Pairing
from tests.units.playground_service import Service


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


async def test_what_people_do_and_see_is_told_in_order() -> None:
    """The transcript tells for both platforms who did what where, each act before what came of it."""
    async with Service() as service, World(PEOPLE, channels={"duty": ["jo", "helen"]}) as world:
        world.serve(service.url)
        await world.install()
        for person in world.people:
            await person.mentions("raise", channel="duty")
        told = [(line.person, line.platform, line.where, line.kind, line.what) for line in world.transcript]
    assert told == [
        ("Jo Marsh", "slack", "#duty", "does", "types “@Braver raise”"),
        (
            "Helen Castle",
            "teams",
            "#duty of Little Wickering safeguarding",
            "does",
            "types “Braver raise”",
        ),
    ]


async def test_somebody_with_email_alone_is_in_no_channel() -> None:
    """A mail server runs for them, and a channel has its other members alone."""
    lena = Someone("lena", "Lena Brook", "lena@school.example", "email")
    async with World((*PEOPLE, lena), channels={"duty": ["jo", "lena"]}) as world, World(PEOPLE) as other:
        assert world.person("lena").platform == "email"
        assert world.mail.port
        assert not other.mail.port
        assert [chat.name for chat in world.person("jo").client.screen().chats if chat.kind == "channel"] == [
            "duty"
        ]


def test_a_platform_that_is_none_is_named() -> None:
    """Somebody on a platform that is not there is a mistake of the directory."""
    lena = Someone("lena", "Lena Brook", "lena@school.example", "fax")
    with pytest.raises(ValueError, match="'fax'"):
        World((lena,))


async def test_worlds_run_side_by_side() -> None:
    """Two worlds in one process have ports, people and messages of their own."""
    async with World(PEOPLE) as one, World(PEOPLE) as other:
        assert (
            len({one.slack.api_url, other.slack.api_url, one.teams.service_url, other.teams.service_url}) == 4
        )
        assert one.person("jo").name == other.person("jo").name
        assert one.feed is not other.feed


@pytest.mark.parametrize("pairing", PAIRINGS, ids=str)
def test_the_sides_of_a_story_stand_where_the_pairing_says(pairing: Pairing) -> None:
    """A pairing moves the people of its two sides, and nobody else."""
    platforms = pairing.platforms()
    assert (platforms["jo"], platforms["helen"]) == (pairing.raising, pairing.receiving)
    assert "sam" not in platforms


async def test_an_unknown_person_is_named_with_those_there_are() -> None:
    """Asking for nobody says who there is."""
    with pytest.raises(KeyError, match="jo, helen"):
        World(PEOPLE).person("zoe")


async def test_waiting_ends_with_the_change_that_was_waited_for() -> None:
    """A wait sees a change made by another task, and a wait for nothing ends with TimeoutError."""
    feed, found = Feed(Clock()), list[str]()

    async def later() -> None:
        found.append("here")
        feed.touch()

    waiting = asyncio.create_task(feed.until(lambda: found[-1] if found else None))
    await asyncio.create_task(later())
    assert await waiting == "here"
    with pytest.raises(TimeoutError):
        await feed.until(lambda: None, patience=0)
