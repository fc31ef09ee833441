"""Deadlines: rows found by a sweep. No timer in memory is ever the truth."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, func, or_, select, text, update
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import col

from bot.chat.port import NotSaved
from bot.store.cases import Cases
from bot.store.statements import at, changed, found, fresh
from bot.store.tables import DeadlineRow

LIVE = text("deadlines.state = 'live'")
"""As in the index, word for word: a bound value would leave the index unused."""
SOON, SOON_TRIES = timedelta(seconds=3), 3
"""The first claims of a clock end soon: whoever made one may have been killed, and must delay nobody."""


class Deadlines(Cases):
    async def set_deadlines(
        self, case_id: str, wanted: Mapping[str, datetime], *, first: bool = False
    ) -> None:
        """From now on exactly these clocks (key → due, aware UTC) of the case are live.

        What has fired comes back under its key only with a time that is still to come: it did nothing then,
        since it is not due any more. What was ended comes back. A quarantined one does with a new time.
        `first`: the case is new and has none yet.
        """
        rows = found(DeadlineRow, "case_id", locked=True)
        here = [] if first else await self._all(DeadlineRow, rows, at(case_id=case_id))
        known = {row.key: row for row in here}
        new = list[dict[str, Any]]()
        for key, due_at in wanted.items():
            row = known.get(key)
            if row is None:
                new.append({"case_id": case_id, "key": key, "due_at": due_at, "state": "live", "attempts": 0})
            elif row.state == "ended" or (
                due_at > self.now if row.state == "fired" else row.due_at != due_at
            ):
                await self._set(
                    row, state="live", due_at=due_at, attempts=0, claimed_until=None, doubt_since=None
                )
        if new:
            await self._execute(fresh(self._dialect, DeadlineRow, tuple(new[0])), new)
        for row in known.values():
            if row.state in ("live", "quarantined") and row.key not in wanted:
                await self._set(row, state="ended")
        self.wake()

    async def due(
        self, limit: int, lease: timedelta = timedelta(seconds=30), *, tried: bool | None = None
    ) -> list[DeadlineRow]:
        """Claim rows whose time has come, oldest first; the attempt is counted before anything is tried.
        `tried`: only those that were claimed before and did not end, or only those that never were.

        A claim is no lock: it keeps others from trying the same meanwhile. `lease` is that of a row which was
        tried in vain again and again; the first ones are shorter.
        """
        some = select(DeadlineRow).where(LIVE, col(DeadlineRow.due_at) <= self.now, self._free)
        if tried is not None:
            some = some.where(col(DeadlineRow.attempts) > 0 if tried else col(DeadlineRow.attempts) == 0)
        some = some.order_by(col(DeadlineRow.due_at), col(DeadlineRow.id)).limit(limit)
        rows = await self._all(DeadlineRow, some.with_for_update(skip_locked=True))
        soon = col(DeadlineRow.attempts) < SOON_TRIES
        for row in rows:
            until = self.real_now + (SOON if row.attempts < SOON_TRIES else lease)
            row.attempts, row.claimed_until = row.attempts + 1, until
        if rows:
            claim = update(DeadlineRow).where(col(DeadlineRow.id).in_([row.id for row in rows]))
            ends = case((soon, self.real_now + SOON), else_=self.real_now + lease)
            await self._execute(claim.values(attempts=col(DeadlineRow.attempts) + 1, claimed_until=ends))
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
            self.undone()
            await self._execute(text("ROLLBACK TO SAVEPOINT apart"))
            raise
        await self._execute(text("RELEASE SAVEPOINT apart"))

    async def next_due(self) -> datetime | None:
        """When the next clock runs out, or may be claimed again; None when none is live."""
        held = col(DeadlineRow.claimed_until) > self.real_now
        soonest = select(func.min(col(DeadlineRow.due_at))).where(LIVE, self._free)
        due: datetime | None = (await self._execute(soonest)).scalar()
        # Only what is due was ever claimed: few rows, whatever else is live.
        claims = select(func.min(col(DeadlineRow.claimed_until)))
        claims = claims.where(LIVE, col(DeadlineRow.due_at) <= self.now, held)
        until: datetime | None = (await self._execute(claims)).scalar()
        again = None if until is None else self.now + (until - self.real_now)
        return min((at for at in (due, again) if at is not None), default=None)

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
        """Nobody has claimed it, or whoever did has not brought it to an end in time."""
        return or_(col(DeadlineRow.claimed_until).is_(None), col(DeadlineRow.claimed_until) <= self.real_now)

    async def _set(self, row: DeadlineRow, **values: Any) -> None:
        await self._execute(changed(DeadlineRow, ("id",), tuple(values)), values | at(id=row.id))
