"""Deliveries: messages that must arrive, leased by one worker at a time."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, case, func, or_, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased
from sqlalchemy.sql.elements import ColumnElement, SQLColumnExpression
from sqlmodel import col

from bot.chat.turn import Place
from bot.store.places import destination, encode
from bot.store.rows import Conflict, Rows
from bot.store.statements import inserted
from bot.store.tables import BlockRow, DeliveryRow

OPEN = text("deliveries.finished_at IS NULL")
"""As in the indexes, word for word: a bound value would leave them unused."""
_ROUNDS = 4
"""So often a claim looks past the destinations that have more messages than one."""


def _every_lane() -> Select[tuple[str | None]]:
    first = select(func.min(col(DeliveryRow.lane)).label("lane")).where(OPEN, col(DeliveryRow.lane) != "")
    found = first.cte("found", recursive=True)
    after = select(func.min(col(DeliveryRow.lane))).where(OPEN, col(DeliveryRow.lane) > found.c.lane)
    step = select(after.correlate(found).scalar_subquery()).where(found.c.lane.is_not(None))
    every = found.union_all(step)
    return select(every.c.lane)


_LANES = _every_lane()


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message to a person; see `Deliveries.deliver`."""

    key: str
    recipient: str
    notice: str
    after_way: str = ""


class Deliveries(Rows):
    doubt_since: datetime | None = None
    """Since when (real time) what is delivered in this transaction may have been sent before, as nobody knows
    what happened after a backup that was restored."""

    async def deliver(
        self,
        key: str,
        case_id: str | None,
        recipient: str,
        place: Place | None,
        notice: str,
        wait_until: datetime | None = None,
        after_way: str = "",
    ) -> None:
        """Have `notice` (JSON text: what to show) arrive, not before `wait_until`, and not by the ways up to
        `after_way` (a platform, or "first").

        `recipient` is a person's id, or "" with a fixed `place`. A second delivery with the same key is
        dropped. Within a case and a destination the order of the calls is kept.
        """
        one = Delivery(key, recipient, notice, after_way)
        await self._deliver([self._row(case_id, one, place, wait_until)])

    async def deliver_all(self, case_id: str, told: Sequence[Delivery]) -> None:
        """Have all of these arrive, each as `deliver` does, in their order."""
        await self._deliver([self._row(case_id, one, None, None) for one in told])

    async def _deliver(self, rows: Sequence[dict[str, Any]]) -> None:
        if rows:
            await self._execute(inserted(self._dialect, DeliveryRow, tuple(rows[0])), rows)
            self.wake()

    def _row(
        self, case_id: str | None, one: Delivery, place: Place | None, wait_until: datetime | None
    ) -> dict[str, Any]:
        return {
            "key": one.key, "case_id": case_id, "recipient": one.recipient,
            "destination": destination(one.recipient, place), "place": encode(place) if place else None,
            "notice": one.notice, "wait_until": wait_until, "created_at": self.real_now,
            "state": "uncertain" if self.doubt_since else "ready", "doubt_since": self.doubt_since,
            "attempts": 0, "tries": 0, "token": 0, "free_at": self.real_now, "reason": "",
            "after_way": one.after_way, "failed": "[]",
        }  # fmt: skip

    async def without_lane(self, limit: int) -> list[DeliveryRow]:
        """Messages of which nobody has looked yet where they go, oldest first."""
        new = select(DeliveryRow).where(OPEN, col(DeliveryRow.lane) == "")
        new = new.order_by(col(DeliveryRow.id)).limit(limit)
        return await self._all(DeliveryRow, new.with_for_update(skip_locked=True))

    async def set_lanes(self, lanes: Mapping[str, Sequence[int]]) -> None:
        """From now on these messages (ids) belong into these lanes."""
        for lane, ids in lanes.items():
            into = update(DeliveryRow).where(col(DeliveryRow.id).in_(ids), col(DeliveryRow.lane) == "")
            await self._execute(into.values(lane=lane))

    async def lanes(self) -> list[str]:
        """The lanes in which messages are under way. A few steps over the index, however many those are."""
        return [row[0] for row in await self._execute(_LANES) if row[0] is not None]

    async def claim_deliveries(
        self,
        limit: int,
        busy: Collection[int],
        lease: timedelta,
        lane: str | None = None,
        resting: Collection[str] = (),
    ) -> list[DeliveryRow]:
        """Claim what can be sent now, oldest first: one row for a destination, none of `busy` (ids), none of
        the destinations `resting`. `lane`: of this one alone.

        A row whose lease ran out was perhaps sent by a worker that died: it comes with `doubt_since`, and its
        `deaths` grow instead of its `attempts`. Raises Conflict when another worker was faster.
        """
        chosen: dict[str, DeliveryRow] = {}
        for _ in range(_ROUNDS):
            more = limit - len(chosen)
            found = await self._claimable(more, busy, lane, (*resting, *chosen))
            for row in found:
                chosen.setdefault(row.destination, row)
            if len(found) < more or len(chosen) == limit:
                break
        rows = sorted(chosen.values(), key=lambda row: row.id)
        if not rows:
            return []
        died = [row.id for row in rows if row.state == "sending"]
        for row in rows:
            if row.id in died:
                row.doubt_since, row.deaths = row.doubt_since or row.free_at - lease, row.deaths + 1
            else:
                row.attempts += 1
            row.state, row.token, row.free_at = "sending", row.token + 1, self.real_now + lease
        doubts = {row.id: row.doubt_since for row in rows if row.doubt_since}
        known = col(DeliveryRow.doubt_since)
        death = case((col(DeliveryRow.id).in_(died), 1), else_=0)
        claim = (
            update(DeliveryRow)
            .where(col(DeliveryRow.id).in_([row.id for row in rows]))
            .values(
                state="sending",
                token=col(DeliveryRow.token) + 1,
                attempts=col(DeliveryRow.attempts) + 1 - death,
                deaths=col(DeliveryRow.deaths) + death,
                free_at=self.real_now + lease,
                doubt_since=case(doubts, value=col(DeliveryRow.id), else_=known) if doubts else known,
            )
        )
        try:
            await self._execute(claim)
        except IntegrityError as taken:
            raise Conflict("another worker is sending there") from taken
        return rows

    async def _claimable(
        self, limit: int, busy: Collection[int], lane: str | None, resting: Collection[str]
    ) -> list[DeliveryRow]:
        before, flying = aliased(DeliveryRow), aliased(DeliveryRow)
        earlier = select(before.id).where(  # type: ignore[call-overload]
            col(before.destination) == col(DeliveryRow.destination),
            func.coalesce(col(before.case_id), text("''"))
            == func.coalesce(col(DeliveryRow.case_id), text("''")),
            col(before.finished_at).is_(None),
            col(before.id) < col(DeliveryRow.id),
            self._awake(col(before.wait_until)),
        )
        in_flight = select(flying.id).where(  # type: ignore[call-overload]
            col(flying.destination) == col(DeliveryRow.destination),
            col(flying.state) == text("'sending'"),
            col(flying.id) != col(DeliveryRow.id),
        )
        some = select(DeliveryRow).where(
            OPEN,
            col(DeliveryRow.free_at) <= self.real_now,
            self._awake(col(DeliveryRow.wait_until)),
            col(DeliveryRow.id).not_in(busy),
            col(DeliveryRow.destination).not_in(resting),
            ~earlier.exists(),
            ~in_flight.exists(),
        )
        if lane is not None:
            some = some.where(col(DeliveryRow.lane) == lane)
        some = some.order_by(col(DeliveryRow.id)).limit(limit)
        return await self._all(DeliveryRow, some.with_for_update(skip_locked=True))

    async def holds(self, claimed: DeliveryRow, spare: timedelta) -> bool:
        """Whether the lease is still ours and runs at least for `spare`: asked right before sending."""
        long_enough = col(DeliveryRow.free_at) > self.real_now + spare
        running = select(col(DeliveryRow.id)).where(*self._ours(claimed), long_enough)
        return (await self._execute(running)).first() is not None

    async def finish(self, claimed: DeliveryRow, state: str, reason: str = "") -> bool:
        """Write the end ("done", "undeliverable", "dropped"); False if another worker has the row now."""
        self.wake()
        return await self._delivery_fenced(claimed, state=state, reason=reason, finished_at=self.real_now)

    async def put_back(self, claimed: DeliveryRow, state: str, after: timedelta, reason: str) -> bool:
        """Give the row back as "ready" or "uncertain", to be claimed again `after` this; False as above.

        `attempts`, `tries`, `doubt_since`, `after_way`, `failed` and `lane` are kept as they stand in
        `claimed`.
        """
        self.wake()
        return await self._delivery_fenced(
            claimed,
            state=state,
            reason=reason,
            free_at=self.real_now + after,
            attempts=claimed.attempts,
            tries=claimed.tries,
            doubt_since=claimed.doubt_since,
            after_way=claimed.after_way,
            failed=claimed.failed,
            lane=claimed.lane,
        )

    async def not_arrived(self, recipient: str, within: timedelta) -> list[DeliveryRow]:
        """What reached this person by no way in that time, oldest first."""
        since = self.real_now - within
        lost = (col(DeliveryRow.recipient) == recipient, col(DeliveryRow.state) == text("'undeliverable'"))
        some = select(DeliveryRow).where(*lost, col(DeliveryRow.finished_at) >= since)
        return await self._all(DeliveryRow, some.order_by(col(DeliveryRow.id)))

    async def send_again(self, lost: DeliveryRow, notice: str) -> None:
        """Have what did not arrive tried anew, by all ways, as if it had just been given; now it shows
        `notice`."""
        fresh = {
            "state": "ready", "notice": notice, "created_at": self.real_now, "free_at": self.real_now,
            "finished_at": None, "doubt_since": None, "attempts": 0, "tries": 0, "deaths": 0, "reason": "",
            "after_way": "", "failed": "[]", "lane": "",
        }  # fmt: skip
        still = (col(DeliveryRow.id) == lost.id, col(DeliveryRow.state) == "undeliverable")
        await self._execute(update(DeliveryRow).where(*still).values(**fresh))
        self.wake()

    async def next_free(self) -> datetime | None:
        """When (real time) the next row that is waiting may be claimed; None when there is none."""
        later = col(DeliveryRow.free_at) > self.real_now
        soonest = select(func.min(col(DeliveryRow.free_at))).where(OPEN, later)
        at: datetime | None = (await self._execute(soonest)).scalar()
        return at

    async def block(self, name: str, until: datetime) -> None:
        """Send nothing to `name` (a destination or a platform) before `until` (real time), or before the
        time that was named earlier, if that is later. Locks the name."""
        fresh = self._insert(BlockRow).values(name=name, until=until)
        known = col(BlockRow.until)
        later = case((fresh.excluded.until > known, fresh.excluded.until), else_=known)
        await self._execute(fresh.on_conflict_do_update(index_elements=["name"], set_={"until": later}))

    async def blocks(self) -> dict[str, datetime]:
        """What is blocked now, and until when (real time)."""
        rows = await self._all(BlockRow, select(BlockRow).where(col(BlockRow.until) > self.real_now))
        return {row.name: row.until for row in rows}

    async def stuck(self, by: timedelta) -> int:
        """How many messages that could have gone out longer ago than `by` are still under way."""
        old = (OPEN, col(DeliveryRow.created_at) <= self.real_now - by)
        asleep = and_(col(DeliveryRow.wait_until).is_not(None), col(DeliveryRow.wait_until) > self.now - by)
        late = select(func.count()).select_from(DeliveryRow).where(*old, ~asleep)
        return int((await self._execute(late)).scalar_one())

    async def under_way(self) -> dict[str, int]:
        """How many messages are in each of the unfinished states."""
        counted = select(col(DeliveryRow.state), func.count()).where(OPEN).group_by(col(DeliveryRow.state))
        return {row[0]: int(row[1]) for row in await self._execute(counted)}

    def _awake(self, wait_until: SQLColumnExpression[datetime | None]) -> ColumnElement[bool]:
        return or_(wait_until.is_(None), wait_until <= self.now)

    def _ours(self, claimed: DeliveryRow) -> tuple[ColumnElement[bool], ...]:
        return (
            col(DeliveryRow.id) == claimed.id,
            col(DeliveryRow.token) == claimed.token,
            col(DeliveryRow.state) == "sending",
        )

    async def _delivery_fenced(self, claimed: DeliveryRow, **values: object) -> bool:
        result = update(DeliveryRow).where(*self._ours(claimed)).values(**values)
        return await self._changed(result.returning(col(DeliveryRow.id))) == 1
