"""The service of a chaos run: a process of its own that is killed at random moments and started again, while
the clock is wound from one deadline to the next."""

import asyncio
import random
import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from bot.chat.port import NotSaved
from bot.engine.loop import POLL
from bot.escalation.clock import next_working
from bot.policies import source
from bot.store.database import CannotOpen, Database
from playground.house import EXAMPLE, KEY
from tests.chaos.ledger import Ledger, Run
from tests.chaos.town import Town
from tests.faults.process import Process

AHEAD = timedelta(seconds=POLL + 0.5)
"""So long before a deadline the clock is wound to: whoever sleeps looks at it once more before it is due."""
_SENDING = "SELECT id, token FROM deliveries WHERE state = 'sending'"
STILLBORN = 0.1
"""In this share of the kills it dies while it starts."""


class Killed:
    """`kills` times killed, then left alone."""

    def __init__(self, town: Town, url: str, ledger: Ledger, dice: random.Random, uptime: float) -> None:
        """`uptime`: seconds that a life lasts, on average."""
        self._town = town
        self._url = url
        self._ledger = ledger
        self._dice = dice
        self._uptime = uptime
        self.process: Process | None = None

    async def killed(self, kills: int, progress: Callable[[int], None]) -> None:
        """Start it, let it live for a moment, kill it, and look what was on its way."""
        for number in range(kills):
            progress(number)
            if self._dice.random() < STILLBORN:
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._dice.uniform(0.1, 3.0)):
                        async with self._running():
                            # It was faster than the kill.
                            await asyncio.sleep(3.0)
                self._ledger.unstarted += 1
            else:
                async with self._running():
                    await asyncio.sleep(self._dice.uniform(0.2, 2 * self._uptime - 0.2))
            self._ledger.kills += 1
            self._ledger.in_flight.update(await in_flight(self._url))

    def _running(self) -> "_Life":
        return _Life(self)

    def alive(self) -> "_Life":
        """The last life."""
        return _Life(self)


class _Life:
    """`async with`: the process is there, and killed with `kill -9` at the end."""

    def __init__(self, killed: Killed) -> None:
        self._killed = killed
        self._run: Run | None = None

    async def __aenter__(self) -> Process:
        owner = self._killed
        self._process = Process.running_for(owner._town.world, owner._url, owner._town.file)
        process = await self._process.__aenter__()
        owner._town.world.serve(process.address)
        self._run = Run(time.time())
        owner._ledger.runs.append(self._run)
        owner.process = process
        return process

    async def __aexit__(self, *error: object) -> None:
        owner = self._killed
        assert owner.process is not None
        await owner.process.kill()
        owner._ledger.complaints += [line for line in owner.process.said if '"level": "error"' in line]
        if self._run is not None:
            self._run.killed = time.time()
        owner.process = None
        await self._process.__aexit__(None, None, None)


async def in_flight(url: str) -> list[tuple[int, int]]:
    """What the dead process was sending. Of a SQLite file a copy is looked at: whoever starts next must find
    the file as it was left."""
    if not url.startswith("sqlite"):
        return await _settled_and_sending(url)
    file = Path(str(make_url(url).database))
    with tempfile.TemporaryDirectory(prefix="braver-chaos-") as folder:
        copy = Path(folder) / "copy.db"
        for ending in ("", "-wal"):
            # By another process: whoever closes the file loses all locks that its process has on it, those of
            # the winder's connection as well, and the database is spoilt.
            copying = await asyncio.create_subprocess_exec(
                "cp", f"{file}{ending}", f"{copy}{ending}", stderr=asyncio.subprocess.DEVNULL
            )
            await copying.wait()
        connection = sqlite3.connect(copy)
        try:
            return [(int(row[0]), int(row[1])) for row in connection.execute(_SENDING)]
        except sqlite3.OperationalError:
            return []
        finally:
            connection.close()


async def _settled_and_sending(url: str) -> list[tuple[int, int]]:
    """A server may still be carrying out what the dead process said last."""
    await asyncio.sleep(0.3)
    return await _sending(url)


async def _sending(url: str) -> list[tuple[int, int]]:
    engine = create_async_engine(url)
    try:
        async with engine.connect() as connection:
            return [(int(row[0]), int(row[1])) for row in await connection.execute(text(_SENDING))]
    except Exception:
        # It was killed before it had made its tables.
        return []
    finally:
        await engine.dispose()


class Winder:
    """Winds the clock of the database, beside the service."""

    def __init__(self, url: str, ledger: Ledger) -> None:
        self._url = url
        self._ledger = ledger
        self._calendar = source.load(EXAMPLE).calendar

    async def to_working_time(self) -> None:
        """To ten o'clock of a working day, so that it never matters when this is run."""
        async with Database(self._url, (KEY,), may_shift=True).beside() as database:
            async with database.reading() as work:
                now = work.now
            opens = next_working(now + timedelta(days=1), self._calendar)
            await self._shift(database, opens.replace(hour=10, minute=0) + timedelta(minutes=1) - now)

    async def winds(self) -> None:
        """From one deadline to the next, until cancelled."""
        while True:
            with suppress(NotSaved, CannotOpen):
                await self._to_next()
            await asyncio.sleep(2 * POLL)

    async def _to_next(self) -> None:
        async with Database(self._url, (KEY,), may_shift=True).beside() as database:
            async with database.reading() as work:
                due, now = await work.next_due(), work.now
            if due is not None and due - now > AHEAD:
                await self._shift(database, due - now - AHEAD)

    async def _shift(self, database: Database, by: timedelta) -> None:
        before = time.time()
        await database.shift(by)
        self._ledger.wound.append((before, self._ledger.ahead() + by.total_seconds()))
