"""SQLite in its own thread, one hop for each statement; or none.

A connection of SQLite blocks, so it lives in a thread. The driver goes there four times for each statement:
for the cursor, the execution, the rows, the end. Each time costs more than the statement itself. Here a
statement goes there once and comes back with its rows, and the transaction begins along with the first one.

What touches a few rows by their keys (`quick`) takes microseconds where a hop takes a hundred of them. So it
does not go there, but to commit, which waits for the disk. In WAL mode whoever reads waits for nobody, and
there is one writer at a time; where a statement would have to wait all the same, it goes to the thread and
waits there.
"""

import sqlite3
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import aiosqlite
from sqlalchemy.dialects.sqlite.aiosqlite import (
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_dbapi,
)
from sqlalchemy.util import await_only

Done = tuple[Any, list[Any], int, int | None]
"""Description, rows, how many rows were touched, the last row's id."""


class _Cursor:
    """A cursor as SQLAlchemy uses it, holding everything from the first moment."""

    server_side = False
    arraysize = 1

    def __init__(self, connection: "_Connection") -> None:
        self._connection = connection
        self._rows: deque[Any] = deque()
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    def execute(self, operation: str, parameters: Any = ()) -> None:
        def run(here: sqlite3.Connection) -> Done:
            return _taken(here.execute(operation, parameters or ()))

        self._take(self._connection.carry_out(run))

    def executemany(self, operation: str, parameters: Sequence[Any]) -> None:
        def run(here: sqlite3.Connection) -> Done:
            return _taken(here.executemany(operation, parameters))

        self._take(self._connection.carry_out(run))

    def _take(self, done: Done) -> None:
        self.description, rows, self.rowcount, self.lastrowid = done
        self._rows = deque(rows)

    def setinputsizes(self, *_: Any) -> None:
        """SQLite needs none."""

    async def _async_soft_close(self) -> None:
        """Nothing is open any more."""

    def close(self) -> None:
        self._rows.clear()

    def fetchone(self) -> Any:
        return self._rows.popleft() if self._rows else None

    def fetchmany(self, size: int | None = None) -> list[Any]:
        return [self._rows.popleft() for _ in range(min(size or self.arraysize, len(self._rows)))]

    def fetchall(self) -> list[Any]:
        rows = list(self._rows)
        self._rows.clear()
        return rows

    def __iter__(self) -> Iterator[Any]:
        while self._rows:
            yield self._rows.popleft()


def _taken(cursor: sqlite3.Cursor) -> Done:
    try:
        rows = cursor.fetchall() if cursor.description else []
        return cursor.description, rows, cursor.rowcount, cursor.lastrowid
    finally:
        cursor.close()


class _Connection(AsyncAdapt_aiosqlite_connection):
    """A connection that begins its transaction along with a statement of it."""

    _connection: Any
    _begin = ""
    _alone = False
    _writes = True
    _grants = -1
    patience = 0
    """Milliseconds that a statement waits for a lock, in the thread; here it waits for none."""
    quick = False
    left: Callable[[], float] | None = None
    """How many seconds the transaction still has, where that is less."""

    def cursor(self, server_side: bool = False) -> Any:
        return _Cursor(self)

    def begin_with(self, statement: str, *, writing: bool) -> None:
        """How the next transaction begins: one that writes along with its first statement. One that reads
        begins with its second: most have no more than one, which needs no transaction."""
        self._begin, self._alone, self._writes = statement, not writing, writing

    def carry_out(self, run: Callable[[sqlite3.Connection], Done]) -> Done:
        if self._alone:
            begin, self._alone = "", False
        else:
            begin, self._begin = self._begin, ""

        def within(patience: int) -> Done:
            here: sqlite3.Connection = self._connection._conn
            if self._grants != patience:
                here.execute(f"PRAGMA busy_timeout = {patience}").close()
                self._grants = patience
            if begin and not here.in_transaction:
                here.execute(begin).close()
            return run(here)

        try:
            if self.quick:
                try:
                    return await_only(_here(lambda: within(0)))
                except sqlite3.OperationalError as error:
                    # Whoever writes waits when they begin, and for nothing after: nothing is written twice.
                    if not is_busy(error) or (self._writes and self._connection.in_transaction):
                        raise
            return self._there(lambda: within(self._most))
        except Exception as error:
            self._handle_exception(error)

    @property
    def _most(self) -> int:
        """Milliseconds that may be waited for now."""
        return self.patience if self.left is None else min(self.patience, round(self.left() * 1000))

    def _there(self, work: Callable[[], Done]) -> Done:
        """In the thread."""
        done: Done = await_only(self._connection._execute(work))
        return done

    def commit(self) -> None:
        self._begin = ""
        super().commit()

    def rollback(self) -> None:
        self._begin = ""
        inner = self._connection
        if not inner._connection or not inner.in_transaction:
            return
        if self._writes:
            super().rollback()
        else:
            # Here and now: whoever has the connection next may read without going to the thread.
            inner._conn.rollback()


def is_busy(error: sqlite3.Error) -> bool:
    """Whether somebody else holds the lock. The low byte is the kind, the rest its variety."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY


async def _here(work: Callable[[], Done]) -> Done:
    """At once. SQLAlchemy insists on something to wait for."""
    return work()


class OneHop(AsyncAdapt_aiosqlite_dbapi):
    """The driver as a module, for `create_async_engine`."""

    def __init__(self) -> None:
        super().__init__(aiosqlite, sqlite3)

    def connect(self, *given: Any, **named: Any) -> AsyncAdapt_aiosqlite_connection:
        return _Connection(self, super().connect(*given, **named)._connection)
