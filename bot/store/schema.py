"""The schema: brought up to date when the service starts, whatever release wrote the database."""

import asyncio
from functools import cache
from pathlib import Path
from typing import Literal

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from bot.store import engines

ONE_AT_A_TIME = 7_261_548_302_117
"""An advisory lock's number: replicas that start together upgrade one after the other."""


class Ahead(Exception):
    """A newer release has brought the database up to date: this program does not know what it means."""


async def upgrade(url: URL) -> None:
    """Run the migrations that are missing. They block, so they run beside the loop. Raises Ahead."""
    await asyncio.to_thread(lambda: asyncio.run(_upgrade(url)))


async def _upgrade(url: URL) -> None:
    """All in one transaction: a crash halfway leaves the database of the old release."""
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
            await connection.run_sync(migrate)
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
