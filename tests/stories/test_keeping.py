"""What is kept, and for how long: filed, corrected, held back, erased, in every pairing of platforms."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.audit.whole import audited
from playground.house import House
from playground.people import Actor
from tests.faults.looking import history
from tests.stories.people import Pairing
from tests.stories.policies import house_by
from tests.stories.test_ending import accepted

RETENTION = {"minimise": "3 months", "erase": "1 year", "training": "90 days"}
MARKER = "Joint visit."


async def over(house: House, days: int = 370) -> None:
    """Long after."""
    await house.wind_by(timedelta(days=days))


async def file_both(house: House) -> None:
    for name in ("jo", "helen"):
        await house.world.person(name).presses("Our record is filed")
        await house.quiet()


async def erase(sam: Actor, house: House, reference: str, label: str = "Erase") -> None:
    await sam.says("records")
    await sam.presses(f"{label} {reference}")
    await sam.submits({"Type the reference": reference})
    await house.quiet()


def words_about(house: House, *needles: str) -> list[str]:
    """Every message on any screen, but for the coordinator's, in which one of these stands."""
    return [
        f"{actor.id}: {seen.words}"
        for actor in house.world.people
        if actor.id != "sam"
        for seen in actor.messages()
        if not seen.mine and any(needle in seen.words for needle in needles)
    ]


async def test_a_case_is_erased_once_both_have_filed_and_its_time_has_come(
    tmp_path: Path, pairing: Pairing
) -> None:
    """Not before each side has filed; then every card is gone from the chats, nobody can read it, it is in
    nobody's list, and the audit has nothing to say."""
    async with house_by(tmp_path, pairing, retention=RETENTION) as house:
        reference = await accepted(house)
        jo, helen, sam = (house.world.person(name) for name in ("jo", "helen", "sam"))
        await jo.presses("Our record is filed")
        await jo.expects("The other side has still to say the same")
        await jo.presses("Record for the file")
        await jo.expects("Record for the child")
        await over(house)
        await sam.says("records")
        waits = await sam.expects_new(reference)
        assert "has not said that its record is filed" in waits.words
        assert MARKER not in sam.screen()
        assert f"Erase {reference}" not in sam.buttons()
        await helen.presses("Our record is filed")
        await helen.expects("Both sides have their record now")
        await house.quiet()
        assert words_about(house, MARKER)
        await erase(sam, house, reference)
        await sam.expects(f"{reference} is erased")
        await sam.expects(f"{reference} is erased, and its cards are gone")
        assert words_about(house, MARKER, "lost weight") == []
        await jo.says("cases")
        await jo.expects_new("You are on no case")
        await sam.says("records")
        await sam.expects_new("No case is due")
        async with house.service.database.reading() as work:
            row = await work.case_by_reference(reference)
        assert row is not None
        assert (row.status, row.state, row.raiser, row.outcome) == ("erased", "", "", "agreed_plan")
        found = await audited(house.service.database)
        assert found.findings == ()
