"""The sweeper: finds the clocks that have run out, and lets the desk act on each exactly once."""

from collections.abc import Callable, Sequence

import structlog

from bot.chat.port import NotSaved
from bot.engine import alarms, loop
from bot.engine.desk import EngineDesk
from bot.engine.pulse import Pulse
from bot.engine.traffic import Traffic, elapsing
from bot.store.database import Database
from bot.store.work import DeadlineRow, Work

BATCH = 8
"""Clocks that are handled in one transaction, at most."""
BRIEF = 0.2
"""Seconds that such a transaction should take: people who press something wait for it. On a busy machine
fewer clocks are handled together."""
ATTEMPTS = 25
"""After so many claims without success, one of which may have killed the process, the row is put aside."""
_log = structlog.get_logger(__name__)


class Sweeper:
    """The attempt is counted in a transaction of its own, before anything is tried; then clocks are ended and
    acted on, a few in one transaction, each apart from the others. What fails is tried again when its claim
    has run out, by itself: should it kill the process, no other clock is suspected with it.

    `late` is told of each clock, after it has fired, how many seconds after its time that was.
    """

    def __init__(
        self,
        database: Database,
        desk: EngineDesk,
        traffic: Traffic | None = None,
        late: Callable[[float], object] = lambda _: None,
    ) -> None:
        self._database = database
        self._desk = desk
        self._traffic = traffic or Traffic({})
        self._late = late
        self.pulse = Pulse()
        self._batch = BATCH

    async def run(self) -> None:
        await loop.run("sweeper", self._database, self.step, self._pause, self.pulse)

    async def step(self) -> int:
        """Handle one batch; how many rows it had."""
        async with self._database.work() as work:
            new = await work.due(self._batch, tried=False)
            again = await work.due(1, tried=True)
        self._traffic.sweeping = len(new) == self._batch
        # One order of locks, whoever else handles a batch: no deadlock. Within a case by time.
        new.sort(key=lambda row: row.case_id)
        if new and not await self._together(new):
            for row in new:
                await self._alone(row)
        for row in again:
            await self._alone(row)
        return len(new) + len(again)

    async def _together(self, rows: Sequence[DeadlineRow]) -> bool:
        """Fire them all; False where nothing of it was kept."""
        fired, began = list[float](), elapsing()
        try:
            async with self._database.work() as work:
                for row in rows:
                    try:
                        async with work.apart():
                            if await work.end_deadline(row, "fired"):
                                work.doubt_since = row.doubt_since
                                await self._desk.fire(work, row)
                                fired.append(_seconds(work, row))
                    except NotSaved:
                        raise
                    except Exception:
                        _log.exception("a clock could not be handled", case=row.case_id, key=row.key)
        except NotSaved:
            raise
        except Exception:
            _log.exception("clocks could not be handled together", number=len(rows))
            return False
        finally:
            each = (elapsing() - began) / len(rows)
            self._batch = max(1, min(BATCH, int(BRIEF / each) if each else BATCH))
        for seconds in fired:
            self._late(seconds)
        return True

    async def _alone(self, row: DeadlineRow) -> None:
        try:
            await (self._fire(row) if row.attempts <= ATTEMPTS else self._quarantine(row))
        except NotSaved:
            raise
        except Exception:
            _log.exception("a clock could not be handled", case=row.case_id, key=row.key)

    async def _fire(self, row: DeadlineRow) -> None:
        async with self._database.work() as work:
            fired = await work.end_deadline(row, "fired")
            if fired:
                work.doubt_since = row.doubt_since
                await self._desk.fire(work, row)
        if fired:
            self._late(_seconds(work, row))

    async def _quarantine(self, row: DeadlineRow) -> None:
        async with self._database.work() as work:
            if await work.end_deadline(row, "quarantined"):
                await self._desk.alarm(work, alarms.QUARANTINED, f"{row.case_id}: {row.key}")

    async def _pause(self) -> float:
        async with self._database.reading(heavy=True) as work:
            return loop.until(await work.next_due(), work.now)


def _seconds(work: Work, row: DeadlineRow) -> float:
    return (work.now - row.due_at).total_seconds()
