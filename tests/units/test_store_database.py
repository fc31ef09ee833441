"""The database is opened by one owner, keeps one time, and never keeps anybody waiting."""

import asyncio
import os
import signal
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import SQLModel

from bot.chat.port import NotSaved
from bot.store.database import CannotOpen, Database
from bot.store.work import Work
from tests.units.recorder import opened, save

HOUR = timedelta(hours=1)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with opened(database_url, patience=0.5, may_shift=True) as database:
        yield database


# Opening


async def test_migrations_make_the_tables(bare_database_url: str) -> None:
    """The migrations make exactly the tables that the code describes, and can run again."""
    for _ in range(2):
        async with opened(bare_database_url):
            pass
    engine = create_async_engine(bare_database_url)

    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), SQLModel.metadata))

    async with engine.connect() as connection:
        found = await connection.run_sync(differences)
    await engine.dispose()
    assert found == []


async def test_a_migration_that_fails(bare_database_url: str) -> None:
    """A migration that fails halfway leaves the database as it was before."""
    engine = create_async_engine(bare_database_url)
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE states (mine TEXT)"))
    with pytest.raises(DBAPIError):
        await Database(bare_database_url).open()
    async with engine.connect() as connection:
        tables = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    await engine.dispose()
    assert tables == ["states"]


async def test_a_second_process_is_refused(sqlite_url: str) -> None:
    """A SQLite file that is in use can't be opened a second time, and the message says what to do."""
    async with opened(sqlite_url):
        with pytest.raises(CannotOpen, match="in use by another Braver"):
            await Database(sqlite_url).open()
    async with opened(sqlite_url):
        pass


async def test_several_processes_on_postgresql(postgres_url: str) -> None:
    """PostgreSQL may be opened by several at once, also while the tables are being made."""
    databases = [Database(postgres_url) for _ in range(3)]
    await asyncio.gather(*(database.open() for database in databases))
    async with databases[0].work() as work:
        await save(work)
    async with databases[2].reading() as work:
        assert await work.case("c1") is not None
    for database in databases:
        await database.close()


@pytest.mark.parametrize(
    "url", ["", "braver.db", "mysql://u:secret@host/name", "sqlite://", "sqlite:///:memory:"]
)
def test_a_wrong_address(url: str) -> None:
    """An address that can't be used is refused with the name of the setting and without its password."""
    with pytest.raises(CannotOpen, match="BRAVER_DATABASE_URL") as refused:
        Database(url)
    assert "secret" not in str(refused.value)


async def test_a_missing_folder(tmp_path: Path) -> None:
    """A SQLite file in a folder that does not exist is refused in words."""
    with pytest.raises(CannotOpen, match="its folder must exist"):
        await Database(f"sqlite:///{tmp_path / 'missing' / 'braver.db'}").open()


async def test_no_server(tmp_path: Path) -> None:
    """A PostgreSQL server that does not answer is refused in words, without the password."""
    with pytest.raises(CannotOpen, match="does not answer") as refused:
        await Database(f"postgresql://braver:secret@/braver?host={tmp_path}").open()
    assert "secret" not in str(refused.value)


# Time


async def test_winding_the_clock(database: Database) -> None:
    """Winding moves *now* forward for everything but leases; it adds up and lasts."""
    async with database.reading() as work:
        assert work.now == work.real_now
        assert work.now.utcoffset() == timedelta(0)
    await database.shift(HOUR)
    await database.shift(HOUR / 2)
    async with database.reading() as work:
        assert work.now - work.real_now == 1.5 * HOUR


async def test_the_clock_of_a_service_is_not_wound(database_url: str) -> None:
    """Outside the playground the clock can't be wound, and a playground's database can't be used."""
    async with opened(database_url) as database:
        with pytest.raises(PermissionError):
            await database.shift(HOUR)
    async with opened(database_url, may_shift=True) as database:
        with pytest.raises(PermissionError):
            await database.shift(-HOUR)
        await database.shift(HOUR)
    with pytest.raises(CannotOpen, match="belongs to a playground"):
        await Database(database_url).open()


# Reading and waking


async def test_reading_does_not_write(database: Database) -> None:
    """A transaction for reading can't change anything."""
    with pytest.raises(Exception, match=r"read-?only"):
        async with database.reading() as work:
            await save(work)


async def test_readers_do_not_wait_for_the_writer(database: Database) -> None:
    """While something is being written, others read what was there before."""
    async with database.work() as work:
        await save(work)
        async with database.reading() as other:
            assert await other.case("c1") is None


async def deliver(work: Work) -> None:
    await work.deliver("k1", None, "helen", None, "{}")


async def set_clock(work: Work) -> None:
    await work.set_deadlines("c1", {"respond": work.now})


async def change_cards(work: Work) -> None:
    await work.cards_changed("c1", 2)


@pytest.mark.parametrize("leave_work", [deliver, set_clock, change_cards])
async def test_the_bell_rings_after_the_commit(
    sqlite_url: str, leave_work: Callable[[Work], Awaitable[None]]
) -> None:
    """A commit that left something to do rings the bell; one that did not, or that failed, does not."""
    async with opened(sqlite_url) as database:

        async def act(failure: Exception | None = None) -> None:
            async with database.work() as work:
                await leave_work(work)
                if failure:
                    raise failure

        bell = database.bell()
        async with database.work() as work:
            await save(work)
        with pytest.raises(RuntimeError):
            await act(RuntimeError())
        assert not bell.rung
        await act()
        assert bell.rung


async def test_the_bell_rings_when_the_clock_is_wound(sqlite_url: str) -> None:
    """Winding the clock rings the bell: something may be due."""
    async with opened(sqlite_url, may_shift=True) as database:
        bell = database.bell()
        await database.shift(HOUR)
        assert bell.rung


async def test_the_bell_rings_in_other_processes(postgres_url: str) -> None:
    """On PostgreSQL a commit of one process rings the bells of all."""
    async with opened(postgres_url) as one, opened(postgres_url) as other:
        bell = other.bell()
        while not bell.rung:
            # The other one begins to listen in its own time; ring until it is heard.
            async with one.work() as work:
                work.wake()
            await bell.wait(0.05)


# Patience


async def test_a_locked_sqlite_file(sqlite_url: str) -> None:
    """While another program locks the file, an act is told that it was not saved; afterwards it is saved."""
    async with opened(sqlite_url, patience=0.3) as database:
        other = sqlite3.connect(sqlite_url.removeprefix("sqlite+aiosqlite:///"), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(NotSaved):
            async with database.work() as work:
                await save(work)
        assert other.in_transaction
        other.execute("ROLLBACK")
        other.close()
        async with database.work() as work:
            await save(work)


async def test_too_many_writers(sqlite_url: str) -> None:
    """An act that waits too long for its turn to write is told that it was not saved, and so is the one
    that took too long."""

    async def dawdle(database: Database) -> None:
        async with database.work() as work:
            await save(work)
            with pytest.raises(NotSaved):
                async with database.work():
                    pytest.fail("two writers at once")

    async with opened(sqlite_url, patience=0.3) as database:
        with pytest.raises(NotSaved):
            await dawdle(database)
        async with database.work() as work:
            await save(work)


async def test_a_locked_case(postgres_url: str) -> None:
    """While another process holds a case, an act on it is told that it was not saved."""
    async with opened(postgres_url, patience=0.5) as database, opened(postgres_url, patience=30) as other:
        async with other.work() as work:
            await save(work)
        async with other.work() as holding:
            await holding.case("c1")
            with pytest.raises(NotSaved):
                async with database.work() as work:
                    await work.case("c1")
        async with database.work() as work:
            assert await work.case("c1") is not None


async def backend(work: Work) -> int:
    """The process of the server that serves this transaction."""
    return int((await work._execute(text("SELECT pg_backend_pid()"))).scalar_one())


async def test_a_frozen_server(postgres_url: str) -> None:
    """While the server hangs, an act is told so before the server moves again; the next one is saved."""
    frozen: list[int] = []

    async def act(database: Database) -> None:
        async with database.work() as work:
            frozen.append(await backend(work))
            os.kill(frozen[0], signal.SIGSTOP)
            await save(work)

    async with opened(postgres_url, patience=0.5) as database:
        try:
            with pytest.raises(NotSaved):
                await act(database)
            async with database.work() as work:
                await save(work)
        finally:
            os.kill(frozen[0], signal.SIGCONT)


async def test_a_lost_connection(postgres_url: str) -> None:
    """When the server drops the connection, the act is told that it was not saved, and the next one is."""

    async def act(database: Database) -> None:
        async with database.work() as work:
            doomed = await backend(work)
            async with database.work() as other:
                await other._execute(text(f"SELECT pg_terminate_backend({doomed})"))
            await save(work)

    async with opened(postgres_url) as database:
        with pytest.raises(NotSaved):
            await act(database)
        async with database.work() as work:
            await save(work)


async def test_connections_that_died_while_nobody_used_them(postgres_url: str) -> None:
    """The server dropped every connection that lay idle: who acts and who looks next do not notice."""
    async with opened(postgres_url) as database, opened(postgres_url) as other:
        async with database.work() as work:
            await save(work)
        async with database.reading() as work:
            assert await work.case("c1") is not None
        async with other.work() as work:
            others = "pid <> pg_backend_pid() AND datname = current_database()"
            ended = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"  # noqa: S608
            await work._execute(text(ended))
        async with database.work() as work:
            await save(work, version=2)
        async with database.reading() as work:
            row = await work.case("c1")
        assert row is not None
        assert row.version == 2


async def test_reading_leaves_nothing_open(sqlite_url: str) -> None:
    """Who has looked holds no old state of the file: else its log could never be tidied away."""
    async with opened(sqlite_url) as database:
        async with database.work() as work:
            await save(work)
        async with database.reading() as work:
            for _ in range(3):
                assert await work.case("c1") is not None
        async with database.work() as work:
            await save(work, version=2)
        file = sqlite3.connect(sqlite_url.removeprefix("sqlite+aiosqlite:///"))
        busy, *_ = file.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        file.close()
    assert busy == 0


async def test_a_look_is_of_one_moment(sqlite_url: str) -> None:
    """On SQLite, whoever looks twice sees the same, whatever was written meanwhile."""
    async with opened(sqlite_url) as database:
        async with database.work() as work:
            await save(work)
        async with database.reading() as looking:
            first = await looking.case("c1")
            async with database.work() as work:
                await save(work, version=2)
            second = await looking.case("c1")
        assert first is not None
        assert second is not None
        assert first.version == second.version == 1


async def test_a_cancelled_act_lets_go(database: Database) -> None:
    """An act that is cancelled halfway leaves nothing behind, and nobody waits for it."""
    begun = asyncio.Event()

    async def act() -> None:
        async with database.work() as work:
            await save(work)
            begun.set()
            await asyncio.Event().wait()

    acting = asyncio.create_task(act())
    await begun.wait()
    acting.cancel()
    await asyncio.wait({acting})
    async with database.work() as work:
        assert await work.case("c1") is None
        await save(work)


async def test_a_mistake_of_ours_is_not_the_databases(database: Database) -> None:
    """An error in our own statement is not taken for a database that is away."""
    with pytest.raises(Exception, match="nonsense") as error:
        async with database.work() as work:
            await work._execute(text("SELECT nonsense FROM cases"))
    assert not isinstance(error.value, NotSaved)
