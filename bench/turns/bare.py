"""SQLAlchemy as it comes, for the yardsticks: the same driver, the same durability, and nothing of ours."""

from typing import Any

from sqlalchemy import URL, Connection, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine


def engine(url: URL) -> AsyncEngine:
    """SQLite as its manual and SQLAlchemy's say: WAL, synchronous FULL, one writer that begins as one."""
    if url.get_backend_name() == "postgresql":
        return create_async_engine(url, pool_size=10, max_overflow=0)
    made = create_async_engine(url, pool_size=1, max_overflow=0)

    @event.listens_for(made.sync_engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for setting in ("journal_mode = WAL", "synchronous = FULL", "busy_timeout = 10000"):
            cursor.execute(f"PRAGMA {setting}")
        cursor.close()

    @event.listens_for(made.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return made
