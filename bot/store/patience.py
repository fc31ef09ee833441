"""Patience: no call to the database may take longer than the chat platforms wait for us."""

import asyncio
import sqlite3
from collections.abc import Coroutine
from typing import Any, TypeVar

from asyncpg.exceptions._base import InterfaceError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bot.chat.port import NotSaved

T = TypeVar("T")
BREATH = 0.02
"""Seconds for which one transaction may have the loop to itself."""
_OVER = "the time of this transaction is over"

_AWAY = ("08", "25P03", "40", "53", "55", "57", "58")
"""SQLSTATE beginnings: connection, transaction left idle, rollback, resources, locks, operator, system."""
_BUSY = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_INTERRUPT,
}


class Patience:
    """The time that one transaction has, from its first wait to its commit.

    A call that overruns is left behind in `stalled`: who is waiting for an answer is not kept until a dead
    connection has been tidied away. `cancels`: it is also cancelled. That must not be done to SQLite: its
    thread goes on regardless, and cancelling twice leaves a close that never ends.
    """

    def __init__(self, seconds: float, *, cancels: bool) -> None:
        self._cancels = cancels
        self._loop = asyncio.get_running_loop()
        self._until = self._loop.time() + seconds
        self._waiting: asyncio.Future[None] | None = None
        # One alarm for the whole transaction: one for each of its calls took longer than some of them.
        self._alarm = self._loop.call_at(self._until, self._over)
        self.stalled: asyncio.Task[Any] | None = None
        self._breathed = self._loop.time()

    def end(self) -> None:
        """Nothing more is granted."""
        self._alarm.cancel()

    def _over(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    @property
    def left(self) -> float:
        """Seconds."""
        return max(0.0, self._until - self._loop.time())

    async def take(self, lock: asyncio.Lock) -> None:
        """Acquire the lock, or raise NotSaved."""
        try:
            async with asyncio.timeout(self.left):
                await lock.acquire()
        except TimeoutError as error:
            self.end()
            raise NotSaved("too many others are writing") from error

    async def at_once(self, call: Coroutine[Any, Any, T]) -> T:
        """The same of a call that is not waited for: it bounds itself where it has to wait. Between two of
        them others have the loop now and then."""
        if not self.left:
            call.close()
            raise NotSaved(_OVER)
        if self._loop.time() - self._breathed > BREATH:
            await asyncio.sleep(0)
            self._breathed = self._loop.time()
        try:
            return await call
        except Exception as error:
            if is_away(error):
                raise NotSaved("the database is away") from error
            raise

    async def grant(self, call: Coroutine[Any, Any, T]) -> T:
        """The result of a call to the database; raises NotSaved where the database is away or too slow."""
        if not self.left:
            # A call that is not begun has no effect, least of all a commit.
            call.close()
            raise NotSaved(_OVER)
        task = self._loop.create_task(call)
        over = self._waiting = self._loop.create_future()
        task.add_done_callback(lambda _: None if over.done() else over.set_result(None))
        try:
            await over
        finally:
            if not task.done():
                self.stalled = task
                if self._cancels:
                    task.cancel()
        if self.stalled is task:
            raise NotSaved("the database did not answer in time")
        try:
            return task.result()
        except Exception as error:
            if is_away(error):
                raise NotSaved("the database is away") from error
            raise


def is_away(error: BaseException) -> bool:
    """Whether the error says that the database is away, locked or slow, rather than that we are wrong."""
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or (error.orig is not None and is_away(error.orig))
    if isinstance(error, sqlite3.Error):
        # The low byte is the kind, the rest its variety.
        return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF in _BUSY
    state = getattr(error, "sqlstate", None)
    if isinstance(state, str):
        return state.startswith(_AWAY)
    return isinstance(error, OSError | TimeoutError | PoolTimeout | InterfaceError)
