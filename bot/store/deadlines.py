"""Deadlines: rows found by a sweep. No timer in memory is ever the truth."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select, text, update
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import col

from bot.chat.port import NotSaved
from bot.store.cases import Cases
from bot.store.tables import DeadlineRow

LIVE = text("deadlines.state = 'live'")
"""As in the index, word for word: a bound value would leave the index unused."""


class Deadlines(Cases):
    async def set_deadlines(self, case_id: str, wanted: Mapping[str, datetime]) -> None:
        """From now on exactly these clocks (key → due, aware UTC) of the case are live.

        What has fired comes back under its key only with a time that is still to come: it did nothing then,
        since it is not due any more. What was ended comes back. A quarantined one does with a new time.
        """
        rows = select(DeadlineRow).where(col(DeadlineRow.case_id) == case_id).order_by(col(DeadlineRow.id))
        known = {row.key: row for row in await self._all(DeadlineRow, rows.with_for_update())}
        for key, due_at in wanted.items():
            row = known.get(key)
            if row is None:
                await self._execute(
                    self._insert(DeadlineRow).values(
                        case_id=case_id, key=key, due_at=due_at, state="live", attempts=0
                    )
                )
            elif row.state == "ended" or (
                due_at > self.now if row.state == "fired" else row.due_at != due_at
            ):
                await self._set(row, state="live", due_at=due_at, attempts=0, claimed_until=None)
        for row in known.values():
            if row.state in ("live", "quarantined") and row.key not in wanted:
                await self._set(row, state="ended")
        self.wake()

    async def due(
        self, limit: int, lease: timedelta = timedelta(seconds=30), *, tried: bool | None = None
    ) -> list[DeadlineRow]:
        """Claim rows whose time has come, oldest first; the attempt is counted before anything is tried.
        `tried`: only those that were claimed before and did not end, or only those that never were."""
        some = select(DeadlineRow).where(LIVE, col(DeadlineRow.due_at) <= self.now, self._free)
        if tried is not None:
            some = some.where(col(DeadlineRow.attempts) > 0 if tried else col(DeadlineRow.attempts) == 0)
        some = some.order_by(col(DeadlineRow.due_at), col(DeadlineRow.id)).limit(limit)
        rows = await self._all(DeadlineRow, some.with_for_update(skip_locked=True))
        for row in rows:
            row.attempts, row.claimed_until = row.attempts + 1, self.real_now + lease
        if rows:
            claim = update(DeadlineRow).where(col(DeadlineRow.id).in_([row.id for row in rows]))
            await self._execute(
                claim.values(attempts=col(DeadlineRow.attempts) + 1, claimed_until=self.real_now + lease)
            )
        return rows

    async def end_deadline(self, claimed: DeadlineRow, state: str) -> bool:
        """Mark a claimed row "fired" or "quarantined"; False if it is no longer live and due: whoever else
        claimed it was faster, or it was moved or ended by an act.

        Locks the case before the row, as every act does: one order of locks, no deadlock.
        """
        await self.case(claimed.case_id)
        ours = (
            col(DeadlineRow.id) == claimed.id,
            col(DeadlineRow.due_at) <= self.now,
            LIVE,
        )
        fired_at = self.now if state == "fired" else None
        ended = update(DeadlineRow).where(*ours).values(state=state, fired_at=fired_at)
        return await self._changed(ended.returning(col(DeadlineRow.id))) == 1

    @asynccontextmanager
    async def apart(self) -> AsyncIterator[None]:
        """Whatever fails in here has no effect, and the rest of the transaction goes on. An exception is
        passed on."""
        await self._execute(text("SAVEPOINT apart"))
        try:
            yield
        except NotSaved:
            # Nothing can be done any more, least of all this.
            raise
        except BaseException:
            # With it go the locks that were taken in here.
            self._held = None
            await self._execute(text("ROLLBACK TO SAVEPOINT apart"))
            raise
        await self._execute(text("RELEASE SAVEPOINT apart"))

    async def next_due(self) -> datetime | None:
        """When the next clock runs out that nobody has claimed; None when there is none."""
        soonest = select(func.min(col(DeadlineRow.due_at))).where(LIVE, self._free)
        due: datetime | None = (await self._execute(soonest)).scalar()
        return due

    async def overdue(self, by: timedelta) -> int:
        """How many clocks ran out longer ago than `by` and have not fired."""
        late = (
            select(func.count())
            .select_from(DeadlineRow)
            .where(LIVE, col(DeadlineRow.due_at) <= self.now - by)
        )
        return int((await self._execute(late)).scalar_one())

    async def quarantined(self) -> int:
        """How many clocks of open cases were put aside because handling them failed again and again."""
        aside = select(func.count()).select_from(DeadlineRow).where(text("deadlines.state = 'quarantined'"))
        return int((await self._execute(aside)).scalar_one())

    @property
    def _free(self) -> ColumnElement[bool]:
        """Not claimed, or not any more."""
        until = col(DeadlineRow.claimed_until)
        return or_(until.is_(None), until <= self.real_now)

    async def _set(self, row: DeadlineRow, **values: Any) -> None:
        await self._execute(update(DeadlineRow).where(col(DeadlineRow.id) == row.id).values(**values))
