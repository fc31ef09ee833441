"""The doors, on both platforms: the menu, help, danger, strangers, and words that are no command."""

from dataclasses import dataclass

import pytest

from playground.house import House
from tests.stories.people import PLATFORMS, Pairing


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody whom the directory does not know."""

    id: str
    name: str
    email: str
    platform: str


@pytest.fixture(params=sorted(PLATFORMS))
def pairing(request: pytest.FixtureRequest) -> Pairing:
    """Coaching is one person's own: one platform at a time is enough."""
    return Pairing(request.param, request.param)


async def test_danger_is_answered_before_anything_else(house: House) -> None:
    """The urgent contacts come first, with the safeguarding lead, and wait for no disagreement."""
    jo = house.world.person("jo")
    await jo.says("my referral was not accepted and he is hitting her now")
    card = await jo.expects_new("If a child is at risk now, ring first")
    lines = card.words.splitlines()
    assert "Ring 999" in lines[2]
    assert "Your safeguarding lead: Ruth Fennimore" in card.words
    assert "This does not wait for any disagreement" in card.words
    await jo.presses("Nobody is at risk now: go on")
    await jo.expects_new("My referral was not accepted")


async def test_danger_with_a_command_takes_the_command_too(house: House) -> None:
    """Danger interrupts and loses nothing: the command is answered after the contacts."""
    jo = house.world.person("jo")
    await jo.says("advice the baby is not breathing")
    await jo.expects("If a child is at risk now, ring first")
    await jo.expects("Ring 999 if somebody is in danger at this moment.")


async def test_the_menu_greets_and_opens_every_door(house: House) -> None:
    """Every conversation is one press away, and "home" in a sentence is no command."""
    jo = house.world.person("jo")
    await jo.says("hello")
    card = await jo.expects_new("Hello Jo.")
    assert jo.buttons(card) == [
        "Describe my situation", "Raise an escalation", "My cases", "Prepare a challenge",
        "Rehearse a conversation", "Skills checklist", "BRAVER in six questions",
        "Seven-minute briefing", "When I am challenged", "My entry and absence", "Child at risk now?",
        "Help",
    ]  # fmt: skip
    await jo.says("home visits are not happening and the plan is drifting")
    await jo.expects_new("Drift and delay in a plan")


async def test_help_lists_what_can_be_typed(house: House) -> None:
    """Every command that has something to say for itself is listed."""
    jo = house.world.person("jo")
    await jo.says("help")
    card = await jo.expects_new("How Braver works")
    for command in ("advice", "raise", "checklist", "braver", "briefing", "urgent", "menu", "help"):
        assert f"{command}:" in card.words


async def test_a_mistyped_command_is_met_with_the_nearest(house: House) -> None:
    """Nobody has to know the exact word."""
    jo = house.world.person("jo")
    await jo.says("cheklist")
    card = await jo.expects_new("I do not know “cheklist”")
    assert "checklist" in card.words.splitlines()[-2]


async def test_a_stranger_is_told_kindly_whom_to_ask(house: House, pairing: Pairing) -> None:
    """Somebody who is not in the directory learns why, whom to ask, and whom to ring in danger."""
    new = house.world.add(Newcomer("sam", "Sam Newley", "sam@elsewhere.example", pairing.raising))
    await house.world.install()
    await new.says("menu")
    card = await new.expects_new("I do not know you yet")
    assert "You have done nothing wrong" in card.words
    assert "Ring 999" in card.words
    assert new.buttons() == []
