"""What an earlier release left in the open, and how it is sealed: row by row, each bound to where it stands.

The hash of an event covers what is stored of it. So the history of a stream is sealed as a whole, with new
hashes, and the security log says which hash the stream had before, and which it has now.
"""

from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Select, exists, not_, select, tuple_, update
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import col

from bot.store.append_only import events_open
from bot.store.cases import Cases, scope
from bot.store.chain import fingerprint
from bot.store.events import OF_CASES, Events, key_of
from bot.store.keyring import MARK, DataKey, Erased, is_open
from bot.store.rows import table_of
from bot.store.sealed_columns import ALL, CASE, EVENT, LETTER, OUTCOME, RECORD, STATE, SealedColumn
from bot.store.statements import at, changed
from bot.store.tables import CaseRow, EventRow, StreamRow

OF_NO_CASE = (OUTCOME, STATE, LETTER, RECORD)
"""The columns that are sealed row by row; histories and cases are sealed case by case."""


@dataclass(frozen=True, slots=True)
class Rechained:
    """A stream whose events were sealed: how many it has, and its hash before and after."""

    stream: str
    sequence: int
    before: str
    after: str


class Unsealed(Events, Cases):
    async def lies_open(self) -> bool:
        """Whether anything does: it looks through everything."""
        for column in ALL:
            this = exists(select(_of(column)).where(_open(column)))
            if (await self._execute(select(this))).scalar_one():
                return True
        return False

    async def open_streams_after(self, name: str, limit: int) -> list[str]:
        """Names of streams with events in the open, in alphabetical order."""
        events = table_of(EventRow)
        open_ones = select(events.c.stream).where(events.c.stream > name, _open(EVENT)).distinct()
        return list((await self._execute(open_ones.order_by(events.c.stream).limit(limit))).scalars())

    async def seal_stream(self, stream: str) -> Rechained | None:
        """Seal the history of a stream; None where it lies open no more. On PostgreSQL the transaction must
        be one of the tables' owner."""
        if stream.startswith(OF_CASES):
            # As an act does: the case first.
            await self.case(stream.removeprefix(OF_CASES))
        sequence, before = await self._head(stream)
        rows = await self._stored(stream)
        lying_open = [row for row in rows if is_open(row.body)]
        if not lying_open:
            return None
        bodies = [(row.body, EVENT.about(stream, row.sequence)) for row in lying_open]
        sealed = await self._closed_for_good(key_of(stream), bodies)
        fresh = dict(zip((row.sequence for row in lying_open), sealed, strict=True))
        previous, new = "", list[dict[str, Any]]()
        for row in rows:
            body = fresh.get(row.sequence, row.body)
            row.__dict__ |= {"previous": previous, "body": body}
            previous = row.__dict__["hash"] = fingerprint(row)
            values = {"body": body, "previous": row.previous, "hash": row.hash}
            new.append(at(stream=stream, sequence=row.sequence) | values)
        async with events_open(self._execute, self._dialect):
            statement = changed(EventRow, ("stream", "sequence"), ("body", "previous", "hash"))
            await self._execute(statement, new)
        head = update(StreamRow).where(col(StreamRow.name) == stream)
        await self._execute(head.values(hash=previous))
        return Rechained(stream, sequence, before, previous)

    async def _closed_for_good(self, scope: str, texts: list[tuple[str, str]]) -> list[str]:
        """The texts sealed; of a case that was erased under a key that nobody has."""
        try:
            return await self._close_of(scope, texts)
        except Erased:
            nobodys = DataKey(scope, AESGCM.generate_key(256))
            return [nobodys.close(text, about) for text, about in texts]

    async def is_sealed(self, case_id: str) -> bool:
        """Whether nothing of the case's history lies in the open, so that its key can be erased."""
        here = (col(EventRow.stream) == OF_CASES + case_id, _open(EVENT))
        found = await self._execute(select(col(EventRow.sequence)).where(*here).limit(1))
        return self.sealing and found.first() is None

    async def open_cases_after(self, case_id: str, limit: int) -> list[str]:
        """Ids of cases that lie in the open, in alphabetical order."""
        some = select(col(CaseRow.id)).where(col(CaseRow.id) > case_id, _open(CASE))
        return list((await self._execute(some.order_by(col(CaseRow.id)).limit(limit))).scalars())

    async def seal_case(self, case_id: str) -> None:
        row = await self.case(case_id)
        if row is not None:
            (state,) = await self._closed_for_good(scope(case_id), [(row.state, CASE.about(case_id))])
            await self._execute(update(CaseRow).where(col(CaseRow.id) == case_id).values(state=state))

    async def seal_rows(self, column: SealedColumn, limit: int) -> int:
        """Seal at most `limit` rows of a column of `OF_NO_CASE`; how many lay in the open."""
        keys, text = [getattr(column.row, key) for key in column.keys], _of(column)
        some: Select[Any] = select(*keys, text).where(_open(column)).order_by(*keys).limit(limit)
        rows = (await self._execute(some.with_for_update())).all()
        for *key, stored in rows:
            this = (tuple_(*keys) == tuple_(*key), text == stored)
            sealed = self._close(stored, column.about(*key))
            await self._execute(update(column.row).where(*this).values({column.column: sealed}))
        return len(rows)


def _of(column: SealedColumn) -> Any:
    return getattr(column.row, column.column)


def _open(column: SealedColumn) -> ColumnElement[bool]:
    stored: ColumnElement[str] = _of(column)
    return (stored != "") & not_(stored.startswith(MARK, autoescape=True))
