"""Counts of the coaching: how often and by how many, by month, on both databases, and never by whom."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from sqlmodel import SQLModel

from bot.app import Service
from bot.chat.turn import Account, Address, Place, Said, Turn
from bot.desk import FEWEST, Desk
from bot.settings import Settings
from bot.store.database import Database
from bot.store.work import Counted, Work
from tests.units.cases import DIRECTORY
from tests.units.recorder import opened

HOUSE = Service(Settings(teams_allow_anonymous=True)).house
LONDON = ZoneInfo("Europe/London")
JUNE = datetime(2035, 6, 4, 10, 0, tzinfo=LONDON)
PEOPLE = [entry.id for entry in DIRECTORY.people]


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with opened(database_url, may_shift=True) as database:
        await go_to(database, JUNE)
        yield database


async def go_to(database: Database, at: datetime) -> None:
    """Wind the clock forward to this moment."""
    async with database.reading() as work:
        by = at - work.now
    await database.shift(by)


async def use(database: Database, person: str, *names: str, platform: str = "slack") -> None:
    """Somebody uses something of the coaching, in a transaction of its own."""
    async with database.work() as work:
        desk = Desk(HOUSE, work)
        place = Place(Address(platform, "t", "app", f"dm-{person}"), "personal")
        turn = Turn("k", desk.person(person), Account(platform, "t", person), place, Said("skills"))
        for name in names:
            await desk.count(turn, name)


async def stored(database: Database) -> dict[tuple[str, str], tuple[int, int]]:
    """All that the table holds: times and people."""
    async with database.reading() as work:
        return {(one.month, one.name): (one.times, one.people) for one in await work.counted()}


async def given(database: Database) -> tuple[Counted, ...]:
    """What the desk gives to be shown."""
    async with database.reading() as work:
        return await Desk(HOUSE, work).counted()


# The store


async def count(work: Work, month: str, name: str, *, newly: bool) -> None:
    """A use, and where it is new a person."""
    await work.count(month, name)
    if newly:
        await work.count_person(month, name)


async def test_times_and_people_count_separately(database: Database) -> None:
    """Each use is one more time, and one more person only where it is said so; names are kept apart."""
    async with database.work() as work:
        await count(work, "2035-06", "plan", newly=True)
        await count(work, "2035-06", "plan", newly=False)
        await count(work, "2035-06", "walk", newly=True)
    async with database.work() as work:
        await count(work, "2035-06", "plan", newly=True)
        await count(work, "2035-06", "plan", newly=False)
    assert await stored(database) == {("2035-06", "plan"): (4, 2), ("2035-06", "walk"): (1, 1)}


async def test_the_newest_month_comes_first_then_the_names_in_order(database: Database) -> None:
    """However they were counted, across a turn of the year as well."""
    async with database.work() as work:
        for month, name in (("2034-12", "b"), ("2035-02", "b"), ("2035-01", "c"), ("2035-02", "a")):
            await count(work, month, name, newly=True)
    async with database.reading() as work:
        assert [(one.month, one.name) for one in await work.counted()] == [
            ("2035-02", "a"), ("2035-02", "b"), ("2035-01", "c"), ("2034-12", "b"),
        ]  # fmt: skip


async def test_a_use_that_failed_is_not_counted(database: Database) -> None:
    """Neither the time nor the person: at the next try they are new."""

    async def failing() -> None:
        async with database.work() as work:
            await count(work, "2035-06", "plan", newly=True)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await failing()
    assert await stored(database) == {}


async def test_counting_at_once_loses_nothing(database: Database) -> None:
    """Ten people who begin at the same moment are ten times and ten people."""
    await asyncio.gather(*(use(database, person, "plan") for person in PEOPLE[:10]))
    assert await stored(database) == {("2035-06", "plan"): (10, 10)}


async def test_a_count_waits_for_one_that_is_not_finished(database: Database) -> None:
    """Of two transactions that are open at the same time both count, on top of each other."""
    counting = asyncio.Event()

    async def first() -> None:
        async with database.work() as work:
            await count(work, "2035-06", "plan", newly=True)
            counting.set()

    async def second() -> None:
        await counting.wait()
        async with database.work() as work:
            await count(work, "2035-06", "plan", newly=True)

    await asyncio.gather(first(), second())
    assert await stored(database) == {("2035-06", "plan"): (2, 2)}


# The desk


async def test_the_same_person_twice_is_one_person(database: Database) -> None:
    """On another day and on another platform too."""
    await use(database, "jo", "plan", "plan")
    await use(database, "jo", "plan", platform="teams")
    await go_to(database, JUNE.replace(day=28))
    await use(database, "jo", "plan")
    assert await stored(database) == {("2035-06", "plan"): (4, 1)}
    await use(database, "kit", "plan")
    assert await stored(database) == {("2035-06", "plan"): (5, 2)}


async def test_somebody_is_counted_for_each_thing_once(database: Database) -> None:
    """What was used between does not make a person new."""
    await use(database, "jo", "plan", "walk", "plan")
    await use(database, "jo", "walk", "practice", "plan")
    assert await stored(database) == {
        ("2035-06", "plan"): (3, 1), ("2035-06", "practice"): (1, 1), ("2035-06", "walk"): (2, 1),
    }  # fmt: skip


async def test_somebody_who_presses_many_times_at_once_is_one_person(database: Database) -> None:
    """A double click must not let four people pass for five."""
    await asyncio.gather(*(use(database, "jo", "plan") for _ in range(6)))
    assert await stored(database) == {("2035-06", "plan"): (6, 1)}


async def test_a_new_month_begins_anew(database: Database) -> None:
    """Times and people from one on; the month before stays as it was."""
    await use(database, "jo", "plan", "plan")
    await go_to(database, datetime(2035, 7, 2, 9, 0, tzinfo=LONDON))
    await use(database, "jo", "plan")
    await use(database, "jo", "plan")
    assert await stored(database) == {("2035-06", "plan"): (2, 1), ("2035-07", "plan"): (2, 1)}


async def test_a_month_ends_by_the_clocks_of_the_partnership(database: Database) -> None:
    """Half past midnight in summer is the first of July, although it is June in UTC."""
    await go_to(database, datetime(2035, 7, 1, 0, 30, tzinfo=LONDON))
    await use(database, "jo", "plan")
    assert set(await stored(database)) == {("2035-07", "plan")}


async def test_under_five_people_nothing_is_given(database: Database) -> None:
    """However often they came; with the fifth one it is, and of the other month still not."""
    assert FEWEST == 5
    for person in PEOPLE[:4]:
        await use(database, person, *["plan"] * 3)
    assert await given(database) == ()
    await use(database, PEOPLE[4], "plan", "walk")
    assert await given(database) == (Counted("2035-06", "plan", 13, 5),)
    await go_to(database, datetime(2035, 7, 2, 9, 0, tzinfo=LONDON))
    for person in PEOPLE[:4]:
        await use(database, person, "plan")
    assert await given(database) == (Counted("2035-06", "plan", 13, 5),)


async def test_the_coordinator_and_the_leads_may_see_the_counts(database: Database) -> None:
    """Nobody else, not even those whom they are about."""
    async with database.reading() as work:
        desk = Desk(HOUSE, work)
        allowed = {person for person in PEOPLE if desk.may_see_counts(person)}
    assert allowed == {DIRECTORY.coordinator, *DIRECTORY.safeguarding_leads.values()}


# Nobody beside a number


async def test_the_table_of_counts_knows_no_people(database: Database) -> None:
    """A month, a name and two numbers: there is no column in which somebody could stand."""
    await use(database, "jo", "plan")
    async with database.work() as work:
        result = await work._execute(text("SELECT * FROM counts"))
        assert set(result.keys()) == {"month", "name", "times", "people"}
        [row] = result.all()
    assert set(row) == {"2035-06", "plan", 1}


async def test_no_table_has_somebody_beside_a_count(database: Database) -> None:
    """A person's id stands in their own memory alone, without how often, and is forgotten after a while."""
    await use(database, "jo", *["plan"] * 7)
    found: list[tuple[str, dict[str, object]]] = []
    async with database.work() as work:
        for table in SQLModel.metadata.sorted_tables:
            rows = (await work._execute(table.select())).mappings().all()
            found += [(table.name, dict(row)) for row in rows if "jo" in row.values()]
    [(table_name, kept)] = found
    assert table_name == "states"
    assert (kept["name"], kept["person_key"]) == ("counted_for", "jo")
    assert "7" not in str(kept["data"])
    expires = kept["expires_at"]
    assert isinstance(expires, datetime)
    assert expires.date() <= datetime(2035, 7, 10, tzinfo=LONDON).date()


async def test_somebody_who_uses_many_things_at_once_is_one_person_for_each(database: Database) -> None:
    """Acts of the same moment do not forget each other: nobody is counted twice later."""
    names = [f"thing{number}" for number in range(6)]
    await asyncio.gather(*(use(database, "jo", name) for name in names))
    await use(database, "jo", *names)
    counted = {name: numbers for (_, name), numbers in (await stored(database)).items()}
    assert counted == dict.fromkeys(names, (2, 1))
