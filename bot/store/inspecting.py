"""What an audit reads: in portions, in the order of a key, so that a database of any size can be walked."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Select, and_, func, select, text
from sqlmodel import col

from bot.store.cases import Cases
from bot.store.deadlines import LIVE
from bot.store.deliveries import OPEN
from bot.store.events import OF_CASES, Events
from bot.store.keyring import Erased, Locked
from bot.store.rows import R
from bot.store.tables import (
    CaseMember,
    CaseRow,
    DeadlineRow,
    DeliveryRow,
    EventRow,
    PostedCard,
    StreamRow,
)


@dataclass(slots=True)
class CaseFile:
    """All that is kept of one case. `bodies` are what its events say; `cards` those that stand in a chat.
    `shut`: why nobody can read what it says, "locked" or "erased"."""

    row: CaseRow
    head: StreamRow | None = None
    events: list[EventRow] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    roles: dict[str, str] = field(default_factory=dict)
    deadlines: list[DeadlineRow] = field(default_factory=list)
    cards: list[PostedCard] = field(default_factory=list)
    shut: str = ""


@dataclass(frozen=True, slots=True)
class Late:
    """A clock or a message that is late: the case's reference (empty where it belongs to none), what tells
    it from others, and since when."""

    case: str
    which: str
    since: datetime


class Inspecting(Events, Cases):
    async def cases_after(self, case_id: str, limit: int, *, open_only: bool = False) -> list[CaseRow]:
        """Cases in the order of their ids."""
        some = select(CaseRow).where(col(CaseRow.id) > case_id)
        if open_only:
            # As in the index, word for word: a bound value would leave the index unused.
            some = some.where(text("cases.status = 'open'"))
        return await self._all(CaseRow, some.order_by(col(CaseRow.id)).limit(limit))

    async def cases_called(self, references: Collection[str]) -> list[CaseRow]:
        return await self._all(CaseRow, select(CaseRow).where(col(CaseRow.reference).in_(references)))

    async def case_files(self, rows: Sequence[CaseRow]) -> list[CaseFile]:
        """All that is kept of these cases: few at a time, for their histories are read whole."""
        ids = [row.id for row in rows]
        streams = [OF_CASES + id for id in ids]
        heads = {head.name: head for head in await self.heads(streams)}
        files = {row.id: CaseFile(row, heads.get(OF_CASES + row.id)) for row in rows}
        for event in await self.events_of(streams):
            files[event.stream.removeprefix(OF_CASES)].events.append(event)
        for member in await self._bare(
            CaseMember, select(CaseMember).where(col(CaseMember.case_id).in_(ids))
        ):
            files[member.case_id].roles[member.person] = member.role
        clocks = select(DeadlineRow).where(col(DeadlineRow.case_id).in_(ids))
        for clock in await self._bare(DeadlineRow, clocks.order_by(col(DeadlineRow.id))):
            files[clock.case_id].deadlines.append(clock)
        cards = select(PostedCard).where(col(PostedCard.case_id).in_(ids), col(PostedCard.state) == "shown")
        for card in await self._bare(PostedCard, cards.order_by(col(PostedCard.id))):
            files[card.case_id or ""].cards.append(card)
        for file in files.values():
            await self._opened(file)
        return list(files.values())

    async def _opened(self, file: CaseFile) -> None:
        """Case by case: one that can't be read must not keep the others from being looked at."""
        try:
            file.bodies.extend(await self.bodies(file.events))
            (file.row.__dict__["state"],) = await self.states_in([file.row])
        except (Locked, Erased) as error:
            file.shut = "locked" if isinstance(error, Locked) else "erased"

    async def heads(self, names: Collection[str]) -> list[StreamRow]:
        return await self._all(StreamRow, select(StreamRow).where(col(StreamRow.name).in_(names)))

    async def heads_after(self, name: str, limit: int) -> list[StreamRow]:
        """The streams in the order of their names."""
        some = select(StreamRow).where(col(StreamRow.name) > name).order_by(col(StreamRow.name))
        return await self._all(StreamRow, some.limit(limit))

    async def known_cases(self, ids: Collection[str]) -> set[str]:
        """Those of the ids that belong to a case."""
        known = select(col(CaseRow.id)).where(col(CaseRow.id).in_(ids))
        return set((await self._execute(known)).scalars())

    async def events_after(self, stream: str, sequence: int, limit: int) -> list[EventRow]:
        """The next events of a stream."""
        some = select(EventRow).where(col(EventRow.stream) == stream, col(EventRow.sequence) > sequence)
        return await self._bare(EventRow, some.order_by(col(EventRow.sequence)).limit(limit))

    async def events_of(self, streams: Sequence[str]) -> list[EventRow]:
        """All events of these streams, one stream after the other: few at a time."""
        some = select(EventRow).where(col(EventRow.stream).in_(streams))
        return await self._bare(EventRow, some.order_by(col(EventRow.stream), col(EventRow.sequence)))

    async def events_without_stream(self, limit: int) -> list[str]:
        """Names of streams of which there are events and no head: reads every event."""
        headless = ~select(StreamRow.name).where(col(StreamRow.name) == col(EventRow.stream)).exists()  # type: ignore[call-overload]
        some = select(col(EventRow.stream)).where(col(EventRow.sequence) >= 1, headless).distinct()
        return list((await self._execute(some.order_by(col(EventRow.stream)).limit(limit))).scalars())

    async def cards_without_case(self, limit: int) -> list[PostedCard]:
        """Cards of a case that there is not."""
        known = select(CaseRow.id).where(col(CaseRow.id) == col(PostedCard.case_id)).exists()  # type: ignore[call-overload]
        lost = (col(PostedCard.case_id).is_not(None), col(PostedCard.state) == "shown", ~known)
        return await self._all(
            PostedCard, select(PostedCard).where(*lost).order_by(col(PostedCard.id)).limit(limit)
        )

    async def late_deadlines(self, by: timedelta, limit: int) -> list[Late]:
        """Clocks that ran out longer ago than `by` and have not fired, the latest first."""
        late = self._clocks().where(LIVE, col(DeadlineRow.due_at) <= self.now - by)
        return await self._late(late.order_by(col(DeadlineRow.due_at)).limit(limit))

    async def quarantined_deadlines(self, limit: int) -> list[Late]:
        """Clocks that were put aside because handling them failed again and again."""
        aside = self._clocks().where(col(DeadlineRow.state) == "quarantined")
        return await self._late(aside.order_by(col(DeadlineRow.id)).limit(limit))

    async def late_deliveries(self, by: timedelta, limit: int) -> list[Late]:
        """Messages that could have gone out longer ago than `by` and are still under way, the oldest first;
        `which` is the row's number."""
        whose = func.coalesce(col(CaseRow.reference), "")
        asleep = and_(col(DeliveryRow.wait_until).is_not(None), col(DeliveryRow.wait_until) > self.now - by)
        late = select(whose, DeliveryRow.id, DeliveryRow.created_at)  # type: ignore[call-overload]
        late = late.join(CaseRow, col(CaseRow.id) == col(DeliveryRow.case_id), isouter=True)
        late = late.where(OPEN, col(DeliveryRow.created_at) <= self.real_now - by, ~asleep)
        rows = await self._execute(late.order_by(col(DeliveryRow.id)).limit(limit))
        return [Late(row[0], str(row[1]), row[2]) for row in rows]

    async def cases_with(self, ids: Collection[str]) -> list[CaseRow]:
        return await self._all(CaseRow, select(CaseRow).where(col(CaseRow.id).in_(ids)))

    async def _bare(self, kind: type[R], statement: Select[Any]) -> list[R]:
        """The rows as they come, only to be read: made into objects of their kind they cost twice as much."""
        return cast(list[R], (await self._execute(statement)).all())

    def _clocks(self) -> Select[Any]:
        found = select(CaseRow.reference, DeadlineRow.key, DeadlineRow.due_at)  # type: ignore[call-overload]
        joined: Select[Any] = found.join(CaseRow, col(CaseRow.id) == col(DeadlineRow.case_id))
        return joined

    async def _late(self, statement: Select[Any]) -> list[Late]:
        return [Late(*row) for row in await self._execute(statement)]
