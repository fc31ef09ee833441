"""What is only ever added to: on SQLite triggers refuse everything else.

That is against accidents. Whoever can write into the file can drop a trigger, which is seen afterwards, and
change a row, which the chain and the anchors tell. On PostgreSQL the service's role may do neither; see
`bot.store.roles`.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from sqlalchemy import Executable, text

from bot.store.rows import Dialect

APPEND_ONLY = ("events", "anchors", "anchored")
"""The tables to which rows are only added."""
ACTS = ("UPDATE", "DELETE")


def trigger(table: str, act: str) -> str:
    """The statement that makes it. As it stands here it is found again in the database."""
    name = f"{table}_no_{act.lower()}"
    return f"CREATE TRIGGER {name} BEFORE {act} ON {table} BEGIN SELECT RAISE(ABORT, '{table} is kept'); END"


@asynccontextmanager
async def events_open(
    execute: Callable[[Executable], Awaitable[object]], dialect: Dialect
) -> AsyncIterator[None]:
    """Within the transaction in which `execute` runs statements, the rows of `events` may be changed, for a
    release that has to write them in another form. On PostgreSQL it must be one of the tables' owner."""
    if dialect != "sqlite":
        yield
        return
    for act in ACTS:
        await execute(text(f"DROP TRIGGER IF EXISTS events_no_{act.lower()}"))
    yield
    # Where it failed, its transaction is taken back, and with it that they were gone.
    for act in ACTS:
        await execute(text(trigger("events", act)))
