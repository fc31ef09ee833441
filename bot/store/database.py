"""The database: SQLite in one process, or PostgreSQL for as many as wanted, behind one door."""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, nullcontext, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import structlog
from sqlalchemy import URL, Executable, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.chat.port import NotSaved
from bot.store import engines, roles, schema
from bot.store.arrivals import Arrival, asking, begun
from bot.store.bell import Bell
from bot.store.keyring import Keyring, Locked
from bot.store.patience import Patience, is_away
from bot.store.rows import Dialect, MustWrite, Parameters, Result
from bot.store.work import Work

PATIENCE = 2.0
"""Seconds that a transaction may take: less than the platforms wait for an answer."""
_CHANNEL = "braver"
_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
}
_LOCKED = (
    "this database is sealed, and BRAVER_SECRET_KEY does not open it: set the key with which it was sealed; "
    "if there is a newer one, write that first, a comma, and the older one"
)
_NOTIFY = text(f"SELECT pg_notify('{_CHANNEL}', '')")
_log = structlog.get_logger(__name__)


class CannotOpen(Exception):
    """The database can't be used; the text says why and what to change, and holds no secret."""


class WrongKey(CannotOpen):
    """BRAVER_SECRET_KEY does not open it."""

    def __init__(self) -> None:
        super().__init__(_LOCKED)


class Database:
    """`url` is a SQLAlchemy address of SQLite or PostgreSQL. `secrets` are those of BRAVER_SECRET_KEY: with
    them what people wrote is sealed, from the first start on. `patience` is the time in seconds that a
    transaction may take. `may_shift`: *now* may be wound forward (the playground). `owner_url`: the same
    database by the role that owns its tables, where that is another (PostgreSQL)."""

    def __init__(
        self,
        url: str,
        secrets: Sequence[str] = (),
        *,
        patience: float = PATIENCE,
        may_shift: bool = False,
        owner_url: str = "",
    ) -> None:
        self._url = _understood(url)
        self._owner = _understood(owner_url, "BRAVER_DATABASE_OWNER_URL") if owner_url else None
        self.dialect: Dialect = "sqlite" if self._url.get_backend_name() == "sqlite" else "postgresql"
        self.patience = patience
        self._may_shift = may_shift
        self._keyring = Keyring(secrets) if secrets else None
        self._has_keys = True
        self.at_begin: Callable[[Work], Awaitable[None]] | None = None
        """Called with each transaction, before anybody uses it."""
        self._bells: set[Bell] = set()
        self._tidying: set[asyncio.Task[None]] = set()
        # SQLite has one writer at a time: taken in order here, because its own queue is not fair.
        self._turn = asyncio.Lock() if self.dialect == "sqlite" else None
        self._open = AsyncExitStack()

    async def open(self) -> None:
        """Bring the schema up to date and get ready. Raises CannotOpen."""
        async with AsyncExitStack() as opened:
            if self.dialect == "sqlite":
                opened.enter_context(alone(Path(str(self._url.database))))
            await self._upgraded()
            self._writer = self._engine(writing=True)
            opened.push_async_callback(self._writer.dispose)
            self._reader = self._engine(writing=False)
            opened.push_async_callback(self._reader.dispose)
            opened.push_async_callback(self._tidied)
            await self._begin_sealing()
            async with self.reading() as work:
                if work.now != work.real_now and not self._may_shift:
                    raise CannotOpen(
                        "this database belongs to a playground, whose clock was wound forward: "
                        "name another one in BRAVER_DATABASE_URL"
                    )
            if self.dialect == "postgresql":
                listener = asyncio.create_task(self._listen())
                opened.push_async_callback(_ended, listener)
            self._open = opened.pop_all()

    async def upgrade(self) -> None:
        """Bring the schema up to date, and nothing else. Raises CannotOpen."""
        with alone(Path(str(self._url.database))) if self.dialect == "sqlite" else nullcontext():
            await self._upgraded()

    async def _upgraded(self) -> None:
        try:
            await schema.upgrade(self._url, self._owner)
        except schema.Ahead as error:
            raise CannotOpen(
                "a newer release of Braver has already changed this database: start that release, or "
                "restore the backup from before the upgrade"
            ) from error
        except (roles.NotTwo, schema.NotOurs) as error:
            raise CannotOpen(str(error)) from error
        except Exception as error:
            if not is_away(error):
                raise
            raise CannotOpen(
                "the database does not answer: check that it runs and that BRAVER_DATABASE_URL names it"
            ) from error

    @asynccontextmanager
    async def looking(self) -> AsyncIterator[Work]:
        """One look at a database that another process may be serving from: nothing is changed, and nobody is
        kept out. Raises CannotOpen where there is nothing to look at."""
        self.must_be_there()
        self._reader = self._engine(writing=False)
        try:
            self._has_keys = False
            async with self.reading() as work:
                self._has_keys = schema.standing(await work.revision()) != "behind"
            async with self.reading() as work:
                yield work
        except Locked as error:
            raise WrongKey from error
        except NotSaved as error:
            raise CannotOpen("the database does not answer, or is not Braver's") from error
        finally:
            await self._reader.dispose()

    @asynccontextmanager
    async def beside(self) -> AsyncIterator["Database"]:
        """Open for reading and writing beside a service that may be running: nobody is kept out, and the
        schema stays as it is. The service sees what was written with its next transaction.

        Raises CannotOpen where there is no database yet, or its schema is not this release's.
        """
        self.must_be_there()
        self._writer, self._reader = self._engine(writing=True), self._engine(writing=False)
        try:
            try:
                self._has_keys = False
                async with self.reading() as work:
                    revision = await work.revision()
                self._has_keys = True
            except Exception as error:
                raise CannotOpen("the database does not answer, or is not Braver's") from error
            if schema.standing(revision) != "right":
                raise CannotOpen(
                    "the database was written by another release of Braver: "
                    "use that release's commands, or start this one once"
                )
            await self._must_be_readable()
            yield self
        finally:
            await self._tidied()
            await self._writer.dispose()
            await self._reader.dispose()

    @property
    def url(self) -> URL:
        return self._url

    @property
    def owner_url(self) -> URL:
        """By which the schema is changed."""
        return self._owner or self._url

    def must_be_there(self) -> None:
        """Raises CannotOpen where there is no database to look at."""
        if self.dialect == "sqlite" and not os.path.isfile(str(self._url.database)):
            raise CannotOpen("there is no database yet: check that BRAVER_DATABASE_URL names it")

    async def close(self) -> None:
        await self._open.aclose()

    @asynccontextmanager
    async def work(
        self, *, patience: float | None = None, heavy: bool = False, arrival: Arrival | None = None
    ) -> AsyncIterator[Work]:
        """One transaction: committed at the end, rolled back on an exception. `patience` (seconds) is another
        time than that of the database's other transactions. `heavy`: it goes through many rows, which on
        SQLite must not keep the loop from everybody else. `arrival`: an act comes in; what is known of it is
        asked at once (`Work.arrived`).

        Raises NotSaved where the database is away, locked or slower than our patience. Should that strike
        in the commit itself, its fate is unknown: the key of the act makes it safe to try again.
        """
        quick = self.dialect == "sqlite" and not heavy
        writing = self._transaction(self._writer, self._turn, patience, arrival, writing=True, quick=quick)
        async with writing as work:
            yield work
        if work.wakes:
            self._ring()

    @asynccontextmanager
    async def reading(
        self, *, patience: float | None = None, heavy: bool = False, arrival: Arrival | None = None,
        snapshot: bool = False,
    ) -> AsyncIterator[Work]:  # fmt: skip
        """Only looks; on SQLite it does not wait for the writer. `patience` and `heavy` as for `work`.
        `snapshot`: all that follows its first words (what the time is, what is known of an arrival) sees the
        database as of one moment, as it always does on SQLite. Raises NotSaved, and MustWrite where something
        is to be changed."""
        quick = self.dialect == "sqlite" and not heavy
        looking = self._transaction(
            self._reader, None, patience, arrival, writing=False, quick=quick, snapshot=snapshot
        )
        async with looking as work:
            yield work

    async def _begin_sealing(self) -> None:
        """A database to which nothing was written yet is sealed from its first word on."""
        await self._must_be_readable()
        async with self.reading() as work:
            begins = self._keyring is not None and not work.sealing and await work.is_untouched()
        if begins:
            async with self.work() as work:
                await work.begin_sealing()

    async def _must_be_readable(self) -> None:
        try:
            async with self.reading() as work:
                locked = work.sealing and work.service_key is None
                if not work.sealing and await work.keys_by():
                    raise CannotOpen(
                        "the service's own key is missing in the database, so that nothing that was sealed "
                        "can be read: restore the last backup"
                    )
        except Locked:
            locked = True
        if locked:
            raise WrongKey

    async def shift(self, by: timedelta) -> None:
        """Wind *now* forward, for everything but leases and retries. Only in the playground."""
        if not self._may_shift or by < timedelta(0):
            raise PermissionError("the clock can only be wound forward, and only in the playground")
        async with self.work() as work:
            await work.wind(by)

    def bell(self) -> Bell:
        """A bell that rings after a commit (here, or on PostgreSQL in any process) that left work to do."""
        bell = Bell()
        self._bells.add(bell)
        return bell

    def hush(self, bell: Bell) -> None:
        """The bell is not needed any more."""
        self._bells.discard(bell)

    def _ring(self, *_: object) -> None:
        for bell in self._bells:
            bell.ring()

    @asynccontextmanager
    async def _transaction(
        self, engine: AsyncEngine, turn: asyncio.Lock | None, time: float | None, arrival: Arrival | None,
        *, writing: bool, quick: bool, snapshot: bool = False,
    ) -> AsyncIterator[Work]:  # fmt: skip
        patience = Patience(self.patience if time is None else time, cancels=self.dialect == "postgresql")
        if turn is not None:
            await patience.take(turn)
        connection = engine.connect()
        settled = False
        granted = patience.at_once if quick else patience.grant

        async def execute(statement: Executable, parameters: Parameters = None) -> Result:
            if not writing and statement.is_dml:
                raise MustWrite("this transaction is read-only")
            return await granted(connection.execute(statement, parameters))

        try:
            first = asking(self.dialect, arrival=arrival is not None, keys=self._has_keys)
            given = arrival.parameters() if arrival is not None else None
            row = await granted(_begun(connection, first, given, patience, quick=quick, snapshot=snapshot))
            known = begun(row, arrival)
            work = Work(execute, self.dialect, known.now, known.real_now, writing=writing)
            work.directory_version = known.directory_version
            work.unlock(self._keyring if self._has_keys else None, known.service_key)
            if arrival is not None and known.arrived is not None:
                work.arrived = work.readable(known.arrived, arrival.key)
            if self.at_begin is not None:
                await self.at_begin(work)
            yield work
            if writing:
                if work.wakes and self.dialect == "postgresql":
                    await execute(_NOTIFY)
                await patience.grant(connection.commit())
            settled = True
        finally:
            patience.end()
            await self._let_go(connection, patience, turn, settled=settled)

    async def _let_go(
        self, connection: AsyncConnection, patience: Patience, turn: asyncio.Lock | None, *, settled: bool
    ) -> None:
        """Give the connection back, or up; nobody is kept waiting for one that hangs. `settled`: there is
        nothing left to undo, so nothing can hang."""
        if settled:
            await _tidy(connection, None, turn)
            return
        tidying = asyncio.create_task(_tidy(connection, patience.stalled, turn))
        self._tidying.add(tidying)
        tidying.add_done_callback(self._tidying.discard)
        if patience.stalled is None:
            await asyncio.wait({tidying}, timeout=patience.left)

    async def _tidied(self) -> None:
        if self._tidying:
            await asyncio.wait(self._tidying, timeout=self.patience)

    def _engine(self, *, writing: bool) -> AsyncEngine:
        if self.dialect == "postgresql":
            return engines.postgresql(self._url, self.patience, writing=writing)
        return engines.sqlite(self._url, self.patience, writing=writing)

    async def _listen(self) -> None:
        """Hear the bells of other processes, for as long as we are open."""
        while True:
            try:
                async with self._reader.connect() as connection:
                    lost = asyncio.Event()
                    raw = (await connection.get_raw_connection()).driver_connection
                    heard = cast(Any, raw)
                    heard.add_termination_listener(lambda *_: lost.set())  # noqa: B023
                    await heard.add_listener(_CHANNEL, self._ring)
                    self._ring()
                    try:
                        await lost.wait()
                    finally:
                        await connection.invalidate()
            except Exception as error:
                _log.warning("listening failed", error=type(error).__name__)
            await asyncio.sleep(1)


async def _begun(
    connection: AsyncConnection, first: Executable, given: Parameters, patience: Patience, *, quick: bool,
    snapshot: bool,
) -> Sequence[Any]:  # fmt: skip
    """The row of the first statement. A connection that the server dropped while nobody used it is replaced
    here, once: nothing has been done yet."""
    _ = await connection.start()
    if connection.dialect.name == "sqlite":
        engines.grant(connection, lambda: patience.left, quick=quick)
    if snapshot and connection.dialect.name == "postgresql":
        _ = await connection.execution_options(isolation_level="REPEATABLE READ")
    try:
        return _row(await connection.execute(first, given))
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        await connection.rollback()
        return _row(await connection.execute(first, given))


def _row(result: Result) -> Sequence[Any]:
    row = result.first()
    assert row is not None, "it asks for no table"
    return row


async def _tidy(
    connection: AsyncConnection, stalled: asyncio.Task[Any] | None, turn: asyncio.Lock | None
) -> None:
    try:
        if stalled is not None:
            with suppress(asyncio.CancelledError, Exception):
                await stalled
            if stalled.cancelled() and connection.sync_connection is not None:
                await connection.invalidate()
        if connection.sync_connection is not None:
            # It is None where the database was away from the start: there is nothing to give back.
            await connection.close()
    except Exception as error:
        _log.warning("a connection was given up", error=type(error).__name__)
    finally:
        if turn is not None:
            turn.release()


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait({task})


def _understood(url: str, setting: str = "BRAVER_DATABASE_URL") -> URL:
    try:
        known = make_url(url)
        driver = _DRIVERS[known.get_backend_name()]
    except (ArgumentError, KeyError) as error:
        raise CannotOpen(
            f"{setting} must look like sqlite:///braver.db or postgresql://user:password@host/name"
        ) from error
    if driver.startswith("sqlite") and setting != "BRAVER_DATABASE_URL":
        raise CannotOpen(f"{setting} is for PostgreSQL alone: leave it out")
    if driver.startswith("sqlite") and (known.database or ":memory:") == ":memory:":
        raise CannotOpen(
            "BRAVER_DATABASE_URL must name a file: a database in memory would be lost at a restart"
        )
    return known.set(drivername=driver)


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Nobody else uses this SQLite file: two processes on it would void each other's leases."""
    try:
        lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise CannotOpen(
            f"{path} can't be used ({error.strerror}): its folder must exist and be writable"
        ) from error
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise CannotOpen(
                f"{path} is in use by another Braver: stop that one, name another file in "
                "BRAVER_DATABASE_URL, or use PostgreSQL for several at once"
            ) from error
        yield
    finally:
        os.close(lock)
