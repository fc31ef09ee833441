"""The schema: brought up to date when the service starts, whatever release wrote the database."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Literal

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from bot.store import engines, roles

ONE_AT_A_TIME = 7_261_548_302_117
"""An advisory lock's number: replicas that start together upgrade one after the other."""
_FORBIDDEN = "42501"
"""PostgreSQL's state for what a role may not do."""


_NOT_OURS = (
    "the user of BRAVER_DATABASE_URL may not bring the schema up to date: run “braver upgrade” with "
    "BRAVER_DATABASE_OWNER_URL, the address by the role that owns the tables, and start again"
)
_NOT_OWNER = (
    "the user of BRAVER_DATABASE_OWNER_URL may not change the tables: name the role that owns them "
    "(docs/audit.md)"
)


class Ahead(Exception):
    """A newer release has brought the database up to date: this program does not know what it means."""


class NotOurs(Exception):
    """The role that is connected may not bring the schema up to date; the text says what to do."""


async def upgrade(url: URL, owner: URL | None = None) -> None:
    """Run the migrations that are missing. They block, so they run beside the loop. `owner`: by the role that
    owns the tables; that of `url` gets what the service needs, and no more. Raises Ahead, NotOurs or
    `roles.NotTwo`."""
    await asyncio.to_thread(lambda: asyncio.run(_upgrade(url, owner)))


async def _upgrade(url: URL, owner: URL | None) -> None:
    """All in one transaction: a crash halfway leaves the database of the old release."""
    service = await _asked(url) if owner is not None else None
    async with owning(owner or url) as connection:
        try:
            if service is not None:
                await roles.must_be_two(connection, service)
            await connection.run_sync(migrate)
            if service is not None:
                await roles.settle(connection, service)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) != _FORBIDDEN:
                raise
            raise NotOurs(_NOT_OWNER if owner is not None else _NOT_OURS) from error


@asynccontextmanager
async def owning(url: URL) -> AsyncIterator[AsyncConnection]:
    """One transaction in which the schema may be changed; nobody else changes it meanwhile."""
    postgresql = url.get_backend_name() == "postgresql"
    if postgresql:
        # Without our time limits: a long table takes as long as it takes.
        engine = create_async_engine(url, poolclass=NullPool, hide_parameters=True)
    else:
        engine = engines.sqlite(url, patience=10, writing=True, references=False)
    try:
        async with engine.begin() as connection:
            if postgresql:
                await connection.execute(text(f"SELECT pg_advisory_xact_lock({ONE_AT_A_TIME})"))
            yield connection
    finally:
        await engine.dispose()


async def _asked(url: URL) -> roles.Role:
    engine = create_async_engine(url, poolclass=NullPool, hide_parameters=True)
    try:
        async with engine.connect() as connection:
            return await roles.role_of(connection)
    finally:
        await engine.dispose()


def standing(revision: str) -> Literal["right", "behind", "ahead"]:
    """How a database's revision stands to this program: "ahead" is one that this program does not know, since
    a newer one has brought the database up to date."""
    *older, head = _revisions()
    if revision == head:
        return "right"
    return "behind" if revision in ("", *older) else "ahead"


@cache
def _revisions() -> tuple[str, ...]:
    """All that this program knows, the newest last."""
    known = [script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()]
    return tuple(reversed(known))


def known(revision: str) -> bool:
    """Whether this program knows that revision."""
    return revision in _revisions()


def migrate(connection: Connection, to: str = "head") -> None:
    """Run the migrations that are missing up to this revision, in the connection's transaction. Raises
    Ahead."""
    stands = standing(MigrationContext.configure(connection).get_current_revision() or "")
    if stands == "ahead":
        raise Ahead
    if stands == "right":
        return
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, to)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    return config
