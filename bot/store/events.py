"""Events: append-only streams, each row bearing the hash of the one before."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlmodel import col

from bot.store.chain import Chain, fingerprint
from bot.store.rows import Conflict, Rows
from bot.store.tables import EventRow, StreamRow


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event as it was written; `at` is *now* of its transaction, `sequence` counts from 1."""

    stream: str
    sequence: int
    at: datetime
    kind: str
    actor: str
    body: dict[str, Any]


class Events(Rows):
    async def append(self, stream: str, kind: str, body: Mapping[str, Any], actor: str) -> int:
        """Write an event at the end of the stream, in this transaction; its sequence.

        Appending locks the stream's head until the transaction ends. Raises Conflict where the place is
        taken all the same.
        """
        # The update changes nothing: it locks the head and lets RETURNING speak of a row that was there.
        head = self._insert(StreamRow).values(name=stream, sequence=0, hash="")
        head = head.on_conflict_do_update(index_elements=["name"], set_={"name": stream})
        here = (await self._execute(head.returning(col(StreamRow.sequence), col(StreamRow.hash)))).one()
        event = EventRow(
            stream=stream,
            sequence=here.sequence + 1,
            at=self.now,
            kind=kind,
            actor=actor,
            body=json.dumps(body, ensure_ascii=False, separators=(",", ":"), sort_keys=True),
            previous=here.hash,
            hash="",
        )
        event.hash = fingerprint(event)
        written = self._insert(EventRow).values(**event.model_dump()).on_conflict_do_nothing()
        if not await self._changed(written.returning(col(EventRow.sequence))):
            raise Conflict(f"event {event.sequence} of {stream} is already there")
        advance = update(StreamRow).where(col(StreamRow.name) == stream)
        await self._execute(advance.values(sequence=event.sequence, hash=event.hash))
        return event.sequence

    async def history(self, stream: str) -> list[StoredEvent]:
        """The events of the stream in order; empty for a stream that never was."""
        return [
            StoredEvent(row.stream, row.sequence, row.at, row.kind, row.actor, json.loads(row.body))
            for row in await self._stored(stream)
        ]

    async def verify(self, stream: str) -> list[str]:
        """What is wrong with the chain, in words; empty when every row is as it was written. Beside a service
        that writes, only a transaction that is a snapshot sees the stream and its head as of one moment."""
        chain = Chain()
        chain.follow(await self._stored(stream))
        head = await self._first(StreamRow, select(StreamRow).where(col(StreamRow.name) == stream))
        return [f"{stream}: {fault}" for fault in chain.end(head)]

    async def streams_after(self, name: str, limit: int) -> list[str]:
        """Names of streams in alphabetical order, for checking them in turn."""
        names = select(col(StreamRow.name)).where(col(StreamRow.name) > name).order_by(col(StreamRow.name))
        return list((await self._execute(names.limit(limit))).scalars())

    async def _stored(self, stream: str) -> list[EventRow]:
        chain = select(EventRow).where(col(EventRow.stream) == stream).order_by(col(EventRow.sequence))
        return await self._all(EventRow, chain)
