"""SQLite where it is asked, and in its thread: nobody sees yesterday's rows, and nobody waits too long or too
short."""

import asyncio
import sqlite3
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import event, make_url, text

from bot.chat.port import NotSaved
from bot.store.database import Database
from bot.store.work import Work

PATIENCE = 5.0


@asynccontextmanager
async def opened(url: str, patience: float = PATIENCE) -> AsyncIterator[Database]:
    database = Database(url, patience=patience)
    await database.open()
    try:
        yield database
    finally:
        await database.close()


def _other(url: str) -> sqlite3.Connection:
    """Another process, as it were."""
    return sqlite3.connect(
        str(make_url(url).database), isolation_level=None, timeout=0, check_same_thread=False
    )


async def _outcome(work: Work, key: str) -> str | None:
    found = await work._execute(text("SELECT outcome FROM acts WHERE key = :key"), {"key": key})
    return found.scalar_one_or_none()


async def test_who_reads_sees_what_was_committed_before(sqlite_url: str) -> None:
    """Also on a connection that somebody has just given back who went through many rows in the thread."""
    async with opened(sqlite_url) as database:
        for number in range(200):
            async with database.reading(heavy=True, snapshot=True) as earlier:
                assert await _outcome(earlier, "none") is None
                async with database.work() as work:
                    await work.carried_out(f"act {number}", "done")
            async with database.reading() as work:
                assert await _outcome(work, f"act {number}") == "done", number


async def test_a_fresh_connection_waits_for_a_lock_as_it_says(sqlite_url: str) -> None:
    """The first transaction of all, beside somebody who is writing."""
    async with opened(sqlite_url) as database:
        other = _other(sqlite_url)
        other.execute("BEGIN IMMEDIATE")
        releasing = threading.Timer(0.5, other.rollback)
        releasing.start()
        try:
            async with database.work(patience=30, heavy=True) as work:
                await work.carried_out("act", "done")
        finally:
            releasing.join()
            other.close()


async def test_it_opens_beside_somebody_who_is_writing(sqlite_url: str) -> None:
    other = _other(sqlite_url)
    other.execute("BEGIN IMMEDIATE")
    releasing = threading.Timer(0.5, other.rollback)
    releasing.start()
    try:
        async with opened(sqlite_url) as database, database.work() as work:
            await work.carried_out("act", "done")
    finally:
        releasing.join()
        other.close()


async def test_what_is_left_of_the_time_is_all_that_is_waited(sqlite_url: str) -> None:
    """Whoever waited for their turn waits that much less for the file's lock."""
    async with opened(sqlite_url, patience=10) as database:
        asked: list[int] = []

        @event.listens_for(database._writer.sync_engine, "checkout")
        def watched(connection: sqlite3.Connection, *_: object) -> None:
            held = connection._connection._conn  # type: ignore[attr-defined]
            held.set_trace_callback(
                lambda said: asked.append(int(said.split()[-1])) if "busy_timeout" in said else None
            )

        other = _other(sqlite_url)
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        with pytest.raises(NotSaved):
            async with database.work(patience=0.4) as work:
                await work.carried_out("act", "")
        other.close()
        assert 0 < max(asked) <= 400, asked
        assert time.monotonic() - began < 5, "and not ten seconds"


async def test_a_long_transaction_leaves_the_loop_to_others_now_and_then(sqlite_url: str) -> None:
    async with opened(sqlite_url) as database:
        turns = 0

        async def others() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        going = asyncio.create_task(others())
        async with database.work() as work:
            before = turns
            for _ in range(20):
                await work._execute(text("SELECT 1"))
                time.sleep(0.01)  # noqa: ASYNC251 - what is decided between two statements
            assert turns > before
        going.cancel()


async def _too_slow(database: Database) -> None:
    async with database.work(patience=0.05) as work:
        await work.carried_out("act", "")
        await asyncio.sleep(0.1)
        await work.carried_out("another", "")


async def test_nothing_more_is_done_when_the_time_is_over(sqlite_url: str) -> None:
    async with opened(sqlite_url) as database:
        with pytest.raises(NotSaved):
            await _too_slow(database)
        async with database.reading() as work:
            assert await _outcome(work, "act") is None
