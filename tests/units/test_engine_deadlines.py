"""Every clock that runs out is acted on exactly once, whatever dies meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.engine.deadlines import ATTEMPTS, Sweeper
from bot.store.database import Database
from bot.store.deadlines import SOON, SOON_TRIES
from bot.store.work import DeadlineRow, Work
from tests.faults.elapsing import elapse
from tests.units.recorder import PlainDesk, opened, pass_leases, save, told

HOUR = timedelta(hours=1)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with opened(database_url, may_shift=True) as database:
        yield database


async def set_clocks(database: Database, *keys: str, case: str = "c1", due_in: timedelta = HOUR) -> None:
    """A case with these clocks."""
    async with database.work() as work:
        await save(work, case)
        await work.set_deadlines(case, dict.fromkeys(keys, work.now + due_in))


async def fired(database: Database, case: str = "c1") -> list[str]:
    return [body["key"] for _, body in await told(database, f"case:{case}")]


async def test_a_clock_fires_when_it_is_due(database: Database) -> None:
    """A clock fires when its time has come, not before, and not again."""
    await set_clocks(database, "acknowledge")
    sweeper = Sweeper(database, PlainDesk())
    assert await sweeper.step() == 0
    await database.shift(HOUR)
    assert await sweeper.step() == 1
    assert await sweeper.step() == 0
    assert await fired(database) == ["acknowledge"]


async def test_the_earliest_clock_fires_first(database: Database) -> None:
    """Clocks that ran out fire in the order in which they ran out."""
    async with database.work() as work:
        await save(work)
        await work.set_deadlines("c1", {"second": work.now - HOUR, "first": work.now - 2 * HOUR})
    await Sweeper(database, PlainDesk()).step()
    assert await fired(database) == ["first", "second"]


async def test_two_sweepers_at_once(database: Database) -> None:
    """Of several sweepers at once, one acts on a clock."""
    for number in range(12):
        await set_clocks(database, "acknowledge", "respond", case=f"c{number}", due_in=-HOUR)
    await asyncio.gather(*(Sweeper(database, PlainDesk()).step() for _ in range(3)))
    for number in range(12):
        assert sorted(await fired(database, f"c{number}")) == ["acknowledge", "respond"]


async def test_a_clock_that_another_one_has_claimed_is_not_looked_at_all_the_time(database: Database) -> None:
    """Whoever froze with a claim keeps nobody busy until it is over."""
    async with database.work() as work:
        await save(work)
        await work.set_deadlines("c1", {"respond": work.now - HOUR})
    assert await Sweeper(database, PlainDesk())._pause() < 1
    async with database.work() as work:
        assert len(await work.due(1)) == 1
    assert await Sweeper(database, PlainDesk())._pause() > 1


async def test_all_or_nothing(database: Database) -> None:
    """When acting fails, nothing of it is kept, and the clock fires again when its claim is over."""
    await set_clocks(database, "respond", due_in=-HOUR)
    desk = PlainDesk()
    desk.broken = True
    sweeper = Sweeper(database, desk)
    assert await sweeper.step() == 1
    assert await fired(database) == []
    desk.broken = False
    assert await sweeper.step() == 0
    await pass_leases(database)
    await sweeper.step()
    assert await fired(database) == ["respond"]


async def test_one_failure_stops_nobody_else(database: Database) -> None:
    """A clock that can't be acted on does not hold up the others."""

    class Picky(PlainDesk):
        async def fire(self, work: Work, deadline: DeadlineRow) -> None:
            self.broken = deadline.case_id == "bad"
            await super().fire(work, deadline)

    await set_clocks(database, "respond", case="bad", due_in=-2 * HOUR)
    await set_clocks(database, "respond", case="good", due_in=-HOUR)
    await Sweeper(database, Picky()).step()
    assert await fired(database, "good") == ["respond"]


async def test_whoever_claimed_a_clock_was_killed(database: Database) -> None:
    """Seconds later it fires all the same. What was tried in vain several times is left alone longer."""
    for case, tries in (("c1", 1), ("c2", SOON_TRIES + 1)):
        await set_clocks(database, "respond", case=case, due_in=-HOUR)
        for _ in range(tries):
            await elapse(database, HOUR)
            async with database.work() as work:
                assert [row.case_id for row in await work.due(10)] == [case]
        await elapse(database, SOON)
        await Sweeper(database, PlainDesk()).step()
    assert await fired(database, "c1") == ["respond"]
    assert await fired(database, "c2") == []


async def test_a_claimed_clock_is_waited_for_and_not_asked_after(database: Database) -> None:
    """Nothing can be done until the claim ends: then is when to look, and not all the time until then."""
    await set_clocks(database, "respond", due_in=-HOUR)
    await database.shift(HOUR)
    async with database.work() as work:
        await work.due(10)
        claimed_at = work.now
    async with database.reading() as work:
        assert await work.next_due() == claimed_at + SOON
    await elapse(database, SOON)
    async with database.reading() as work:
        due = await work.next_due()
        assert due is not None
        assert due < claimed_at


async def test_a_clock_that_kills_is_put_aside(database: Database) -> None:
    """A clock whose handling dies again and again is put aside, and a human is told."""
    await set_clocks(database, "respond", due_in=-HOUR)
    for _ in range(ATTEMPTS):
        async with database.work() as work:
            assert len(await work.due(10)) == 1
        await pass_leases(database)
    sweeper = Sweeper(database, PlainDesk())
    await sweeper.step()
    assert await fired(database) == []
    assert await told(database, "alarms") == [("quarantined", {"detail": "c1: respond"})]
    await pass_leases(database)
    assert await sweeper.step() == 0


async def test_a_clock_that_was_put_aside_counts_until_nobody_needs_it(database: Database) -> None:
    """Once its case has moved on or closed, there is nothing left for a human to mend."""
    await set_clocks(database, "respond", due_in=-HOUR)
    async with database.work() as work:
        (row,) = await work.due(10)
        assert await work.end_deadline(row, "quarantined")
    async with database.work() as work:
        assert await work.quarantined() == 1
        await work.set_deadlines("c1", {})
        assert await work.quarantined() == 0


async def test_a_clock_that_was_ended_meanwhile(database: Database) -> None:
    """A clock that was claimed and then ended by a person's act does not fire any more."""
    await set_clocks(database, "acknowledge", due_in=-HOUR)
    async with database.work() as work:
        claimed = (await work.due(10))[0]
    async with database.work() as work:
        await work.set_deadlines("c1", {})
    async with database.work() as work:
        assert not await work.end_deadline(claimed, "fired")


async def test_a_clock_that_was_moved_meanwhile(database: Database) -> None:
    """A clock that was claimed and then given more time fires at its new time."""
    await set_clocks(database, "respond", due_in=-HOUR)
    async with database.work() as work:
        claimed = (await work.due(10))[0]
    async with database.work() as work:
        await work.set_deadlines("c1", {"respond": work.now + HOUR})
    async with database.work() as work:
        assert not await work.end_deadline(claimed, "fired")
    await database.shift(HOUR)
    await Sweeper(database, PlainDesk()).step()
    assert await fired(database) == ["respond"]


async def test_clocks_are_set_anew(database: Database) -> None:
    """Setting clocks ends those that are not wanted, keeps the others, and never revives a fired one."""
    await set_clocks(database, "fired", due_in=-HOUR)
    await Sweeper(database, PlainDesk()).step()
    async with database.work() as work:
        await work.set_deadlines("c1", {"fired": work.now - HOUR, "paused": work.now + HOUR})
        await work.set_deadlines("c1", {"other": work.now + 3 * HOUR})
        assert await work.next_due() == work.now + 3 * HOUR
        await work.set_deadlines("c1", {"paused": work.now + 2 * HOUR, "fired": work.now - HOUR})
        assert await work.next_due() == work.now + 2 * HOUR
    assert await Sweeper(database, PlainDesk()).step() == 0


async def test_the_loop_wakes_when_the_clock_is_wound(database: Database) -> None:
    """A running sweeper fires what is due as soon as the playground winds the clock."""
    await set_clocks(database, "respond", due_in=8 * HOUR)
    done = asyncio.Event()

    class Telling(PlainDesk):
        async def fire(self, work: Work, deadline: DeadlineRow) -> None:
            done.set()

    running = asyncio.create_task(Sweeper(database, Telling()).run())
    await database.shift(8 * HOUR)
    await done.wait()
    running.cancel()
    await asyncio.wait({running})


async def overdue_after_restart(url: str, cases: int, clocks: int) -> None:
    async with opened(url) as before:
        for number in range(cases):
            await set_clocks(before, *(f"clock {n}" for n in range(clocks)), case=f"c{number}", due_in=-HOUR)
    async with opened(url) as after:
        sweeper = Sweeper(after, PlainDesk())
        while await sweeper.step():
            pass
        for number in range(cases):
            assert len(set(await fired(after, f"c{number}"))) == clocks


async def test_overdue_after_a_restart(database_url: str) -> None:
    """What ran out while nothing was running is acted on after the restart."""
    await overdue_after_restart(database_url, 10, 12)


@pytest.mark.full
async def test_ten_thousand_overdue_after_a_restart(database_url: str) -> None:
    """Ten thousand clocks that ran out while nothing was running are all acted on after the restart."""
    await overdue_after_restart(database_url, 100, 100)
