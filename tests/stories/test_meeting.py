"""The meeting of a stage, in every pairing of platforms: called, held, and what comes of it."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from playground.house import House
from playground.people import Actor
from tests.stories.filing import filed
from tests.stories.people import Pairing
from tests.stories.policies import house_by

MEETING: dict[str, Any] = {
    "convener": "team_manager", "chair": "partnership/independent_chair", "invite": ["service_manager"],
    "quorum": 3, "decides": False,
}  # fmt: skip
CLOCKS = [{"name": "meet", "starts": "messaged", "within": "5 working days"}]


def meeting_first(**changes: Any) -> dict[int, dict[str, Any]]:
    """A ladder whose first stage is a meeting that Helen convenes and Viv chairs."""
    return {1: {"receiving": ["team_manager"], "clocks": CLOCKS, "meeting": MEETING | changes}}


async def called(house: House, others: dict[str, str] | None = None) -> str:
    """Jo has filed, and Helen has called the meeting for an hour from now. The reference."""
    reference = await filed(house)
    await calls(house, house.world.person("helen"), "Call the meeting", others)
    return reference


async def calls(house: House, helen: Actor, button: str, others: dict[str, str] | None = None) -> None:
    when = (await house.now() + timedelta(hours=1)).replace(tzinfo=None, second=0, microsecond=0)
    await helen.presses(button)
    await helen.submits({"When": when, "Where": "Room 4, Town Hall", **(others or {})})
    await house.quiet()


async def held(house: House, chair: Actor, people: list[str], **more: str) -> None:
    """The hour has come; the chair writes the minutes."""
    await house.wind_by(timedelta(hours=2))
    await chair.presses("Write the minutes")
    await chair.submits({
        "Who was there": people, "Minutes": "A joint visit on Friday; Tom's team brings food.",
        "What the meeting decided": more["outcome"],
    } if more else {
        "Who was there": people, "Minutes": "A joint visit on Friday; Tom's team brings food.",
    })  # fmt: skip
    await house.quiet()


async def test_whom_the_policy_invites_is_named_before_and_told_after(
    tmp_path: Path, pairing: Pairing
) -> None:
    """The form names everybody with the quorum; each of them, and somebody else, is invited to it."""
    async with house_by(tmp_path, pairing, stages=meeting_first()) as house:
        reference = await filed(house)
        helen = house.world.person("helen")
        people = [house.world.person(name) for name in ("jo", "priya", "viv", "tom", "leo")]
        await helen.presses("Call the meeting")
        for words in (
            "Viv Sandiford",
            "Tom Wetherell, Service manager",
            "At least 3 of those",
            "The meeting advises",
        ):
            await helen.expects(words)
        past = (await house.now() - timedelta(hours=1)).replace(tzinfo=None, second=0, microsecond=0)
        await helen.submits({"When": past, "Where": "Room 4", "Somebody else?": "Leo Ashby"})
        await helen.expects("still to come")
        await helen.submits({"When": past + timedelta(hours=2), "Where": "Room 4, Town Hall"})
        await helen.expects("The meeting is called")
        await house.quiet()
        for invited in people:
            await invited.expects(f"You are invited to a meeting · {reference}")
            assert invited.sees("Room 4, Town Hall")


async def test_without_its_quorum_a_meeting_settles_nothing(tmp_path: Path, pairing: Pairing) -> None:
    """Everybody gets the minutes, the case stays open, and another meeting is called."""
    async with house_by(tmp_path, pairing, stages=meeting_first()) as house:
        reference = await called(house)
        jo, helen, viv = (house.world.person(name) for name in ("jo", "helen", "viv"))
        await held(house, viv, [helen.name, viv.name])
        await viv.expects("Too few people were there")
        for reader in (jo, helen):
            await reader.expects(f"Minutes of the meeting · {reference}")
            await reader.expects("too few people to settle it")
        assert "This settles it" not in jo.buttons()
        await calls(house, helen, "Call the meeting")
        await held(house, viv, [jo.name, helen.name, viv.name])
        await jo.expects("Jo Marsh now says whether that settles it")


async def test_a_meeting_that_mediates_leaves_the_raiser_to_decide(tmp_path: Path, pairing: Pairing) -> None:
    """With its quorum the minutes stand for an answer, and the raiser accepts it."""
    async with house_by(tmp_path, pairing, stages=meeting_first()) as house:
        reference = await called(house)
        jo, helen, viv = (house.world.person(name) for name in ("jo", "helen", "viv"))
        await held(house, viv, [jo.name, helen.name, viv.name])
        await viv.expects("Jo Marsh is asked whether this settles it")
        await jo.expects("A joint visit on Friday; Tom's team brings food.")
        await jo.presses("This settles it")
        await jo.submits({"Outcome": "We agreed a plan", "What changes for the child": "Joint visit."})
        await house.quiet()
        for reader in (helen, viv):
            await reader.expects(f"{reference} is closed")


async def test_a_meeting_that_decides_closes_the_case(tmp_path: Path, pairing: Pairing) -> None:
    """The outcome is asked for where enough people were there, and then everybody learns of it."""
    async with house_by(tmp_path, pairing, stages=meeting_first(decides=True)) as house:
        reference = await called(house)
        jo, helen, viv = (house.world.person(name) for name in ("jo", "helen", "viv"))
        await house.wind_by(timedelta(hours=2))
        await viv.presses("Write the minutes")
        await viv.submits({"Who was there": [jo.name, helen.name, viv.name], "Minutes": "A joint visit."})
        await viv.expects("Please choose what the meeting decided")
        await viv.submits({"What the meeting decided": "We agreed a plan"})
        await viv.expects(f"{reference} is closed now")
        await house.quiet()
        for reader in (jo, helen):
            await reader.expects(f"{reference} is closed")
            await reader.expects("We agreed a plan")


async def test_a_meeting_to_come_has_no_minutes_and_can_be_moved(tmp_path: Path, pairing: Pairing) -> None:
    """Minutes wait for the meeting; a new call brings what was written, and tells everybody anew."""
    async with house_by(tmp_path, pairing, stages=meeting_first()) as house:
        await called(house, {"Somebody else?": "Leo Ashby"})
        helen, viv, leo = (house.world.person(name) for name in ("helen", "viv", "leo"))
        await leo.expects("Room 4, Town Hall")
        await viv.presses("Write the minutes")
        await viv.expects("The meeting is still to come")
        await helen.presses("Change the meeting")
        await helen.submits({"Where": "Room 5"})
        await house.quiet()
        for invited in (viv, leo):
            await invited.expects("Room 5")
