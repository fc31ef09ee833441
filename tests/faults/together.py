"""What is waited for, and looked at, where several processes share the work."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta

import aiohttp
from sqlalchemy import text

from bot.store.database import Database
from tests.faults.process import Process
from tests.faults.site import Site

PATIENCE = 60.0
"""Seconds: processes start, and take over, beside whatever else the machine has to do."""


async def soon(condition: Callable[[], bool | Awaitable[bool]]) -> None:
    """Wait until it is so."""
    async with asyncio.timeout(PATIENCE):
        while True:
            found = condition()
            if found if isinstance(found, bool) else await found:
                return
            await asyncio.sleep(0.05)


async def all_arrived(database: Database) -> None:
    """Wait until no message is under way and every card is as it should be."""

    async def still() -> bool:
        async with database.reading() as work:
            return not await work.under_way() and not await work.stale_cards()

    await soon(still)


async def nobody_writes(database: Database) -> None:
    """Wait until no process is in the middle of a transaction: it would hold its locks while it is frozen."""
    busy = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND pid <> pg_backend_pid() AND state <> 'idle'"
    )

    async def quiet() -> bool:
        async with database.reading() as work:
            return bool((await work._execute(busy)).scalar_one() == 0)

    await soon(quiet)


async def to_the_next_clock(site: Site, database: Database) -> None:
    """Wind the clock to when the next one of any case runs out."""
    async with database.reading() as work:
        due = await work.next_due()
        assert due is not None
        by = due - work.now + timedelta(milliseconds=1)
    await database.shift(by)
    site.world.clock.wind(by.total_seconds())


async def fired(database: Database) -> int:
    """How many clocks have run out and were acted on, in all cases together."""
    async with database.reading() as work:
        counted = await work._execute(text("SELECT count(*) FROM events WHERE kind = 'clock_ran_out'"))
        return int(counted.scalar_one())


async def more_fired(database: Database, than: int) -> bool:
    return await fired(database) > than


async def status(process: Process, path: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(process.address + path) as answer:
        return answer.status, await answer.text()


async def is_ready(process: Process) -> bool:
    return (await status(process, "/readyz"))[0] == 200


async def all_is_well(processes: Iterable[Process], database: Database) -> None:
    """Each case has its clock, nothing is late or stuck, nobody had to be told of anything; the directory was
    read from its file once."""
    for process in processes:
        if process.alive:
            found, told = await status(process, "/healthz")
            assert found == 200, told
    async with database.reading() as work:
        assert await work.incidents() == set()
        assert [event.kind for event in await work.history("directory")] == ["imported"]
        assert await work.verify("directory") == []
        assert [event.kind for event in await work.history("security")] == []
