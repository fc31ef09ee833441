"""No clock of a running case is lost when what it was reckoned with changes between two releases."""

from datetime import timedelta

from bot.desk import Desk, live_clocks
from playground.house import House
from tests.faults.looking import happened, the_case
from tests.stories.filing import filed

RESPOND = "1.1:respond:receiving"


async def test_a_row_written_before_a_new_bank_holiday(house: House) -> None:
    """The row comes due, the clock does not yet: nothing happens then, and it fires at its proper time."""
    await filed(house)
    database = house.service.database
    async with database.work() as work:
        case = await Desk(house.service.house, work).any_case((await the_case(database)).id)
        assert case is not None
        clocks = live_clocks(case)
        await work.set_deadlines(case.id, {**clocks, RESPOND: work.now + timedelta(minutes=1)})
    await house.wind_by(timedelta(minutes=2))
    assert await happened(database, "clock_ran_out") == []
    await house.wind(clocks[RESPOND])
    fired = [event.body["clock"] for event in await happened(database, "clock_ran_out")]
    assert RESPOND in fired
    assert (await the_case(database)).stage == 2
