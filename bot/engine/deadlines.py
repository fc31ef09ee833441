"""The sweeper: finds the clocks that have run out, and lets the desk act on each exactly once."""

import structlog

from bot.chat.port import NotSaved
from bot.engine import alarms, loop
from bot.engine.desk import EngineDesk
from bot.engine.pulse import Pulse
from bot.store.database import Database
from bot.store.work import DeadlineRow

BATCH = 50
ATTEMPTS = 8
"""After so many claims without success, one of which may have killed the process, the row is put aside."""
_log = structlog.get_logger(__name__)


class Sweeper:
    """The attempt is counted in a transaction of its own, before anything is tried; then each clock is
    ended and acted on in one transaction. What fails is tried again when its claim has run out."""

    def __init__(self, database: Database, desk: EngineDesk) -> None:
        self._database = database
        self._desk = desk
        self.pulse = Pulse()

    async def run(self) -> None:
        await loop.run("sweeper", self._database, self.step, self._pause, self.pulse)

    async def step(self) -> int:
        """Handle one batch; how many rows it had."""
        async with self._database.work() as work:
            claimed = await work.due(BATCH)
        for row in claimed:
            try:
                await (self._fire(row) if row.attempts <= ATTEMPTS else self._quarantine(row))
            except NotSaved:
                raise
            except Exception:
                _log.exception("a clock could not be handled", case=row.case_id, key=row.key)
        return len(claimed)

    async def _fire(self, row: DeadlineRow) -> None:
        async with self._database.work() as work:
            if await work.end_deadline(row, "fired"):
                work.doubt_since = row.doubt_since
                await self._desk.fire(work, row)

    async def _quarantine(self, row: DeadlineRow) -> None:
        async with self._database.work() as work:
            if await work.end_deadline(row, "quarantined"):
                await self._desk.alarm(work, alarms.QUARANTINED, f"{row.case_id}: {row.key}")

    async def _pause(self) -> float:
        async with self._database.reading() as work:
            return loop.until(await work.next_due(), work.now)
