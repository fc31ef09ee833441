"""Clocks that jump, and the two nights on which they are changed: a deadline is working time on a wall."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from playground.house import House
from tests.faults.looking import happened, standing, the_case
from tests.stories.filing import filed

LONDON = ZoneInfo("Europe/London")


async def test_a_clock_that_jumps(house: House) -> None:
    """A machine that slept for four days finds several clocks run out at once: each fires once, those of a
    stage that is over by then do not, and the case is left with a live one."""
    await filed(house)
    helen, jo = house.world.person("helen"), house.world.person("jo")
    await house.service.database.shift(timedelta(days=4))
    house.world.clock.wind(timedelta(days=4).total_seconds())
    await house.quiet()
    assert len(standing(helen, "has gone up to Stage 2")) == 1
    assert jo.sees("Stage 2")
    fired = [event.body["clock"] for event in await happened(house.service.database, "clock_ran_out")]
    assert {"1.1:acknowledge:receiving", "1.1:respond:receiving"} <= set(fired)
    assert len(fired) == len(set(fired))
    assert all(clock.startswith("1.") for clock in fired)
    assert (await the_case(house.service.database)).stage == 2
    async with house.service.database.reading() as work:
        assert await work.cases_without_clock(10) == []
        assert await work.overdue(timedelta(0)) == 0


def last_sundays(month: int, after: date) -> Iterator[date]:
    """The nights on which the clocks are changed in this month, year by year."""
    for year in range(after.year, after.year + 9):
        end = date(year, month, 31)
        yield end - timedelta(days=(end.weekday() + 1) % 7)


async def _weekend_of_change(house: House, month: int) -> tuple[datetime, datetime]:
    """The Friday, 16.15, and the Monday, 9.00, around the next change, where both are no bank holidays."""
    now = await house.now()
    for sunday in last_sundays(month, now.date()):
        friday = datetime.combine(sunday - timedelta(days=2), time(16, 15), LONDON)
        monday = datetime.combine(sunday + timedelta(days=1), time(9), LONDON)
        if friday > now and await house.is_working(friday) and await house.is_working(monday):
            return friday, monday
    raise AssertionError("Easter can't fall on it every year")


@pytest.mark.parametrize("month", [3, 10], ids=["forward", "back"])
async def test_a_night_on_which_the_clocks_change(house: House, month: int) -> None:
    """Raised on the Friday, a quarter of an hour before the weekend: 30 working minutes end on Monday at 9.15
    and two working hours at 10.45, by the clock on the wall. The cards say so, and that is when they fire."""
    friday, monday = await _weekend_of_change(house, month)
    assert friday.utcoffset() != monday.utcoffset()
    await house.wind(friday)
    reference = await filed(house)
    helen, jo, tom = (house.world.person(name) for name in ("helen", "jo", "tom"))
    card = helen.message(f"Escalation {reference} for you").words
    day = f"Mon {monday.day} {monday:%b}"
    assert f"{day}, 9.15" in card
    assert f"{day}, 10.45" in card
    await house.wind(monday.replace(hour=9, minute=15))
    assert await happened(house.service.database, "clock_ran_out") == []
    await house.wind(monday.replace(hour=9, minute=16))
    fired = [event.body["clock"] for event in await happened(house.service.database, "clock_ran_out")]
    assert fired == ["1.1:acknowledge:receiving"]
    await house.wind(monday.replace(hour=10, minute=45))
    assert not tom.sees(reference)
    await house.wind(monday.replace(hour=10, minute=46))
    assert tom.sees(reference)
    await jo.expects("Stage 2")
