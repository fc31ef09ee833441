"""Events: append-only streams, each row bearing the hash of the one before."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from bot.store.chain import Chain, fingerprint
from bot.store.rows import Conflict, Dialect, Rows, table_of
from bot.store.statements import at, changed, found, fresh, kept
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
        return await self.append_all(stream, ((kind, body, actor),))

    async def append_all(
        self, stream: str, told: Sequence[tuple[str, Mapping[str, Any], str]], *, first: bool = False
    ) -> int:
        """Write these events (kind, body, actor) at the end of the stream, as `append` does; the sequence of
        the last one. `first`: the stream begins with them."""
        sequence, previous = (0, "") if first else await self._head(stream)
        rows = list[dict[str, Any]]()
        for kind, body, actor in told:
            sequence += 1
            text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
            row = EventRow(
                stream=stream, sequence=sequence, at=self.now, kind=kind, actor=actor, body=text,
                previous=previous, hash="",
            )  # fmt: skip
            previous = row.hash = fingerprint(row)
            rows.append(row.model_dump())
        after = {"sequence": sequence, "hash": previous}
        try:
            await self._execute(fresh(self._dialect, EventRow, tuple(rows[0])), rows)
            if first:
                head = {"name": stream, **after}
                await self._execute(fresh(self._dialect, StreamRow, tuple(head)), head)
        except IntegrityError as taken:
            raise Conflict(f"the next event of {stream} is already there") from taken
        if not first:
            await self._execute(changed(StreamRow, ("name",), tuple(after)), at(name=stream) | after)
        return sequence

    async def _head(self, stream: str) -> tuple[int, str]:
        """The length and the newest hash of the stream, which is locked until the transaction ends."""
        # The update changes nothing: it locks the head and lets RETURNING speak of a row that was there.
        empty = {"name": stream, "sequence": 0, "hash": ""}
        head = (await self._execute(_locked(self._dialect), empty)).one()
        return int(head.sequence), str(head.hash)

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
        return await self._all(EventRow, found(EventRow, "stream"), at(stream=stream))


@cache
def _locked(dialect: Dialect) -> Any:
    """The head of a stream, made where there is none, and locked until the transaction ends."""
    streams = table_of(StreamRow)
    return kept(dialect, StreamRow, ("name",), ("name",), ("sequence", "hash")).returning(
        streams.c.sequence, streams.c.hash
    )
