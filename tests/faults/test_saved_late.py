"""A form that was given back as not saved, and was saved all the same: what was changed in it since is not
lost without a word."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playground.house import House
from playground.people import Actor
from tests.faults.door import SqliteDoor
from tests.faults.looking import the_case
from tests.stories.filing import filed
from tests.stories.people import Pairing

FIRST, SECOND = "We shall visit on Friday.", "We shall visit on Thursday, and ring before."


@asynccontextmanager
async def saved_late(folder: Path, platform: str) -> AsyncIterator[tuple[House, Actor]]:
    """Helen answers, the database stalls for longer than her platform waits, and then saves it."""
    async with House.open(folder, platforms=Pairing("slack", platform).platforms()) as house:
        helen = house.world.person("helen")
        await house.to_working_time()
        await filed(house)
        await helen.presses("Acknowledge")
        await house.quiet()
        await helen.presses("Answer")
        door = SqliteDoor(house.service.settings.database_url)
        await door.stick_soon()
        await helen.submits({"Your answer": FIRST})
        form = helen.form()
        assert form is not None
        assert "I could not save this" in form.problem
        door.free()
        await house.quiet()
        yield house, helen


async def test_other_words_in_slack_are_given_back(tmp_path: Path) -> None:
    """The form still stands there. Helen is told that her first words count, and gets the others back."""
    async with saved_late(tmp_path, "slack") as (house, helen):
        await helen.submits({"Your answer": SECOND})
        await house.quiet()
        await helen.expects("Your first words are saved")
        await helen.expects(SECOND)
        state = (await the_case(house.service.database)).state
        assert FIRST in state
        assert SECOND not in state


async def test_the_same_words_in_slack_are_answered_as_before(tmp_path: Path) -> None:
    async with saved_late(tmp_path, "slack") as (house, helen):
        await helen.submits({})
        await house.quiet()
        assert helen.form() is None
        assert not helen.sees("Your first words are saved")
        await helen.expects("Your answer is saved")


async def test_in_teams_the_form_makes_room_for_what_came_of_it(tmp_path: Path) -> None:
    """There is nothing left to be changed."""
    async with saved_late(tmp_path, "teams") as (_, helen):
        assert helen.form() is None
        await helen.expects("Your answer is saved")
