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
from bot.store.keyring import SERVICE
from bot.store.rows import Conflict, Dialect, table_of
from bot.store.sealed import Sealed
from bot.store.sealed_columns import EVENT
from bot.store.statements import at, changed, found, fresh, kept
from bot.store.tables import EventRow, StreamRow

OF_CASES = "case:"
"""How the name of a case's stream begins; its id follows."""


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event as it was written; `at` is *now* of its transaction, `sequence` counts from 1."""

    stream: str
    sequence: int
    at: datetime
    kind: str
    actor: str
    body: dict[str, Any]


class Events(Sealed):
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
        texts = [
            (_text(body), EVENT.about(stream, number))
            for number, (_, body, _) in enumerate(told, sequence + 1)
        ]
        bodies = await self._close_of(key_of(stream), texts)
        for (kind, _, actor), text in zip(told, bodies, strict=True):
            sequence += 1
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
        rows = await self._stored(stream)
        return [
            StoredEvent(row.stream, row.sequence, row.at, row.kind, row.actor, json.loads(body))
            for row, body in zip(rows, await self.bodies(rows), strict=True)
        ]

    async def bodies(self, rows: Sequence[EventRow]) -> list[str]:
        """What these events say (JSON texts). Raises Locked, and Erased."""
        return await self._open_of([(row.body, EVENT.about(row.stream, row.sequence)) for row in rows])

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


def key_of(stream: str) -> str:
    """Under which scope the events of a stream are sealed: each case has its own."""
    return stream if stream.startswith(OF_CASES) else SERVICE


def _text(body: Mapping[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


@cache
def _locked(dialect: Dialect) -> Any:
    """The head of a stream, made where there is none, and locked until the transaction ends."""
    streams = table_of(StreamRow)
    return kept(dialect, StreamRow, ("name",), ("name",), ("sequence", "hash")).returning(
        streams.c.sequence, streams.c.hash
    )
