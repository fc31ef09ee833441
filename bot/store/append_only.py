"""What is only ever added to: on SQLite triggers refuse everything else.

That is against accidents. Whoever can write into the file can drop a trigger, which is seen afterwards, and
change a row, which the chain and the anchors tell. On PostgreSQL the service's role may do neither; see
`bot.store.roles`.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

APPEND_ONLY = ("events", "anchors", "anchored")
"""The tables to which rows are only added."""
ACTS = ("UPDATE", "DELETE")


def trigger(table: str, act: str) -> str:
    """The statement that makes it. As it stands here it is found again in the database."""
    name = f"{table}_no_{act.lower()}"
    return f"CREATE TRIGGER {name} BEFORE {act} ON {table} BEGIN SELECT RAISE(ABORT, '{table} is kept'); END"


@asynccontextmanager
async def events_open(connection: AsyncConnection) -> AsyncIterator[None]:
    """Within the connection's transaction the rows of `events` may be changed, for a release that has to
    write them in another form. On PostgreSQL that needs a connection of the tables' owner, see
    `Database.owning`."""
    if connection.dialect.name != "sqlite":
        yield
        return
    for act in ACTS:
        await connection.execute(text(f"DROP TRIGGER IF EXISTS events_no_{act.lower()}"))
    yield
    # Where it failed, its transaction is taken back, and with it that they were gone.
    for act in ACTS:
        await connection.execute(text(trigger("events", act)))
