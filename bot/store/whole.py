"""The database as a whole, for backup and restore: one look at all of it, or one writing of all of it."""

import os
import warnings
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, MetaData, Table, inspect, text
from sqlalchemy.exc import SAWarning
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool
from sqlmodel import SQLModel

from bot.store import engines, schema
from bot.store.database import CannotOpen, Database, alone
from bot.store.patience import is_away

_PATIENCE = 60.0
"""Seconds that SQLite's lock is waited for."""


@asynccontextmanager
async def snapshot(database: Database) -> AsyncIterator[AsyncConnection]:
    """A connection that sees the database as of one moment for as long as it is held, and changes nothing. A
    service may be writing beside it. Raises CannotOpen."""
    database.must_be_there()
    engine = _engine(database, writing=False)
    try:
        async with _answering(), engine.connect() as connection:
            if database.dialect == "postgresql":
                _ = await connection.execution_options(
                    isolation_level="REPEATABLE READ", postgresql_readonly=True
                )
            yield connection
    finally:
        await engine.dispose()


@asynccontextmanager
async def into_empty(database: Database) -> AsyncIterator[AsyncConnection]:
    """One transaction that fills a database without tables: all of it, or nothing. Nobody else uses it
    meanwhile. Raises CannotOpen where there is something in it."""
    async with AsyncExitStack() as opened:
        path = Path(str(database.url.database))
        fresh = database.dialect == "sqlite" and not os.path.exists(path)  # noqa: ASYNC240 - once
        if database.dialect == "sqlite":
            opened.enter_context(alone(path))
        engine = _engine(database, writing=True)
        opened.push_async_callback(engine.dispose)
        await opened.enter_async_context(_answering())
        try:
            async with engine.begin() as connection:
                if database.dialect == "postgresql":
                    await connection.execute(text(f"SELECT pg_advisory_xact_lock({schema.ONE_AT_A_TIME})"))
                if await connection.run_sync(lambda here: inspect(here).get_table_names()):
                    raise CannotOpen(_NOT_EMPTY[database.dialect])
                yield connection
        except BaseException:
            if fresh:
                await engine.dispose()
                for name in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
                    name.unlink(missing_ok=True)
            raise


_NOT_EMPTY = {
    "sqlite": "the database in BRAVER_DATABASE_URL holds something already: name a file there that does not "
    "exist yet (or move this one away, with its -wal and -shm), so that nothing is lost",
    "postgresql": "the database in BRAVER_DATABASE_URL holds tables already: make a new one (createdb) and "
    "name that, so that nothing is lost",
}


_NOW = {
    "sqlite": text("SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')"),
    "postgresql": text("SELECT clock_timestamp()"),
}


async def real_time(connection: AsyncConnection) -> datetime:
    """The database's time, which no playground winds."""
    at = await connection.scalar(_NOW[connection.dialect.name])
    return datetime.fromisoformat(at).replace(tzinfo=UTC) if isinstance(at, str) else at.astimezone(UTC)


def kept_tables(connection: Connection) -> list[Table]:
    """Braver's tables as they are in this database, whatever release made them; the cases before what refers
    to them."""
    there = set(inspect(connection).get_table_names())
    found = MetaData()
    with warnings.catch_warnings():
        # An index over an expression can't be read back from SQLite, and is not asked for.
        warnings.simplefilter("ignore", SAWarning)
        found.reflect(connection, only=sorted(there & SQLModel.metadata.tables.keys()))
    return found.sorted_tables


def _engine(database: Database, *, writing: bool) -> AsyncEngine:
    if database.dialect == "postgresql":
        # Without our time limits: a long table takes as long as it takes.
        url = database.owner_url if writing else database.url
        return create_async_engine(url, poolclass=NullPool, hide_parameters=True)
    return engines.sqlite(database.url, _PATIENCE, writing=writing, references=False, streams=True)


@asynccontextmanager
async def _answering() -> AsyncIterator[None]:
    try:
        yield
    except Exception as error:
        if not is_away(error):
            raise
        raise CannotOpen(
            "the database does not answer: check that it runs and that BRAVER_DATABASE_URL names it"
        ) from error
