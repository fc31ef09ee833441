"""How escalation works, in chat: the partnership's own ladder from now, and the timetable of a case."""

from pathlib import Path
from typing import Any

import pytest

from playground.house import House
from tests.stories.filing import filed
from tests.stories.people import Pairing
from tests.stories.policies import confirmed, house_by, written
from tests.units.rich_policy import ANSWER, RICH


@pytest.mark.parametrize(
    "typed", ["how does escalation work", "How does escalation work?", "ladder", "stages"]
)
async def test_the_ladder_is_shown_with_its_times_from_now(house: House, typed: str) -> None:
    """Every stage with who is messaged and by when, page by page; what it is worth stands at the top."""
    jo = house.world.person("jo")
    await jo.says(typed)
    first = (await jo.expects_new("How escalation works")).words
    assert first.index("This is an example, and no partnership's rule") < first.index(
        "Stage 1: Line managers"
    )
    assert "Other side answers: by today, 12.00 (within 2 working hours of the message)" in first
    assert "It goes up to the next stage by itself" in first
    assert "Stage 4" not in first
    await jo.presses("Further stages")
    further = (await jo.expects_new("Stage 4: The partnership")).words
    assert "Page 2 of 2" in further
    assert "Silence closes nothing" in further
    assert {"Raise an escalation", "Child at risk now?"} <= set(jo.buttons())


async def test_advice_on_how_escalation_works_leads_to_the_ladder(house: House) -> None:
    """The general advice has a way to the partnership's own stages and times."""
    jo = house.world.person("jo")
    await jo.says("advice what are the stages and timescales of the escalation policy")
    await jo.presses("Our ladder and its times")
    await jo.expects_new("How escalation works")


async def test_what_is_not_confirmed_is_said_first(tmp_path: Path, pairing: Pairing) -> None:
    """A provisional ladder says what waits for the partnership; a time that is not set is the raiser's."""
    changes: dict[str, Any] = {
        "status": "provisional", "partnership": "Little Wickering Partnership",
        "unconfirmed": ["The time of stage 1."],
    }  # fmt: skip
    stages = {1: {"clocks": [ANSWER | {"within": "not set"}]}}
    async with house_by(tmp_path, pairing, stages=stages, **changes) as house:
        jo = house.world.person("jo")
        await jo.says("ladder")
        words = (await jo.expects_new("How escalation works")).words
    assert words.index("The time of stage 1.") < words.index("Stage 1: Line managers")
    assert "Other side answers: not set by the partnership. You say by when you need an answer" in words
    assert "Offered: the end of the next working day, " in words


async def test_priorities_and_the_urgent_track_have_times_of_their_own(
    tmp_path: Path, pairing: Pairing
) -> None:
    """A button for each: the same ladder, with the times that would then hold."""
    changes = RICH.model_dump(mode="json", exclude_none=True)
    own: dict[str, Any] = {key: changes[key] for key in ("priorities", "urgent_track", "caps", "copies")}
    own["stages"] = {stage["number"]: stage for stage in changes["stages"]}
    async with house_by(tmp_path, pairing, **own) as house:
        jo = house.world.person("jo")
        await jo.says("ladder")
        await jo.expects_new("by today, 14.00 (within 4 working hours of the message)")
        await jo.presses("Times for: Normal")
        await jo.expects_new("(within 2 working days of the message)")
        await jo.presses("Urgent track: 24 hours")
        await jo.expects_new("A child may come to significant harm")
        await jo.presses("Further stages")
        await jo.expects_new("Stages 1 to 3 together: by tomorrow, 10.00 (within 24 hours)")


async def test_a_case_shows_its_own_timetable(house: House) -> None:
    """The next deadline first, each clock of this stage, then the stages to come."""
    reference = await filed(house)
    jo, helen = house.world.person("jo"), house.world.person("helen")
    await jo.presses("Timetable")
    words = (await jo.expects_new(f"Timetable · {reference}")).words
    assert words.index("Next deadline") < words.index("Stage 1, Line managers: now")
    assert "Other side acknowledges: by today, 10.30." in words
    assert "Other side answers: by today, 12.00." in words
    assert "Stage 2, Service managers: to come" in words
    await helen.presses("Acknowledge")
    await house.quiet()
    await jo.presses("Timetable")
    assert "Other side acknowledges: done." in (await jo.expects_new("Other side answers: by")).words


async def test_in_a_timetable_a_raisers_time_is_the_raisers(tmp_path: Path, pairing: Pairing) -> None:
    """Where the partnership has set no time, the timetable says whose request it is."""
    stages = {1: {"clocks": [ANSWER | {"within": "not set"}]}}
    async with house_by(tmp_path, pairing, stages=stages) as house:
        jo = await written(house)
        await jo.submits({})
        await confirmed(house, jo)
        await jo.presses("Timetable")
        words = (await jo.expects_new("Timetable ·")).words
    assert "no rule of the partnership" in words
