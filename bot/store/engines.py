"""How each of the two databases is connected to."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import URL, Connection, event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.store.hops import OneHop

_CONNECTIONS = 10
_STATEMENTS = 500
"""So many statements a connection keeps prepared: more than we have."""


def postgresql(url: URL, patience: float, *, writing: bool = True) -> AsyncEngine:
    """`patience` in seconds limits connecting, each statement and each wait for a lock. What only reads is no
    transaction: each statement sees what is committed, as it would in one, and saves the way there and back
    for beginning and ending it.

    Whether a connection still lives is not asked each time: who finds it dead begins anew.
    """
    limit = round(patience * 1000)
    settings = {
        "application_name": "braver",
        "statement_timeout": str(limit),
        "lock_timeout": str(limit),
        # A process that froze inside a transaction must not keep its locks.
        "idle_in_transaction_session_timeout": str(limit * 4),
        **({} if writing else {"default_transaction_read_only": "on"}),
    }
    return create_async_engine(
        url,
        hide_parameters=True,
        pool_size=_CONNECTIONS,
        max_overflow=0,
        pool_timeout=patience,
        isolation_level="READ COMMITTED" if writing else "AUTOCOMMIT",
        connect_args={
            "timeout": patience,
            "server_settings": settings,
            "prepared_statement_cache_size": _STATEMENTS,
        },
    )


def sqlite(
    url: URL, patience: float, *, writing: bool, references: bool = True, streams: bool = False
) -> AsyncEngine:
    """One connection for writing, or several that can only read.

    `references`: foreign keys are checked (a migration may have to copy a table that others refer to).
    `streams`: whole tables are read, a few rows at a time, by the driver as it comes.
    """
    engine = create_async_engine(
        url,
        hide_parameters=True,
        pool_size=1 if writing else _CONNECTIONS,
        max_overflow=0,
        pool_timeout=patience,
        module=None if streams else OneHop(),
    )
    settings = (
        # Kept in the file: who only looks must not write it there, into a file that may not even be ours.
        *(("journal_mode = WAL", "secure_delete = FAST") if writing else ()),
        "synchronous = FULL",
        f"foreign_keys = {'ON' if references else 'OFF'}",
        *((f"busy_timeout = {round(patience * 1000)}",) if streams else ()),
        f"query_only = {'OFF' if writing else 'ON'}",
    )

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        # The driver would begin and commit where it sees fit; we say it ourselves.
        connection.isolation_level = None
        if not streams:
            connection.patience = round(patience * 1000)
        cursor = connection.cursor()
        for setting in settings:
            cursor.execute(f"PRAGMA {setting}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        how = "BEGIN IMMEDIATE" if writing else "BEGIN"
        if streams:
            connection.exec_driver_sql(how)
            return
        held = connection.connection.dbapi_connection
        assert held is not None
        held.begin_with(how, writing=writing)

    return engine


def grant(connection: AsyncConnection, left: Callable[[], float], *, quick: bool) -> None:
    """Say of SQLite's connection, which has been started, how many seconds the transaction has left, and
    whether it touches a few rows by their keys; see `bot.store.hops`."""
    assert connection.sync_connection is not None
    held: Any = connection.sync_connection.connection.dbapi_connection
    held.left, held.quick = left, quick
