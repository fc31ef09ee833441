"""Anchors: from time to time a signed word on how far every stream went.

The chain of a stream shows that a row was changed, unless somebody who can write into the database makes the
rest of the chain anew. An anchor holds the heads of the streams that moved since the one before, in a tree of
hashes (`bot.store.merkle`), and follows from that one. It is signed with a key that is not in the database,
and its digest is told to the log, so that a copy lies elsewhere.
"""

import hashlib
import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, text
from sqlmodel import col

from bot.signing import Signer
from bot.store import merkle
from bot.store.sealed import Sealed
from bot.store.tables import AnchoredHead, AnchorRow, StreamRow

AT_ONCE = 1_000
"""So many heads an anchor holds at most: the writer is held for the blink of an eye."""
_LOCK = 7_261_548_302_118
"""An advisory lock's number: of several processes one anchors at a time."""
# As in the index, word for word: a bound value would leave it unused.
_MOVED = text("streams.sequence > streams.anchored")


_HEADS = {
    # Who is adding to one at this moment is not waited for.
    "postgresql": text(
        "SELECT name, sequence, hash FROM streams WHERE sequence > anchored ORDER BY name LIMIT :most "
        "FOR UPDATE SKIP LOCKED"
    ),
    "sqlite": text(
        "SELECT name, sequence, hash FROM streams WHERE sequence > anchored ORDER BY name LIMIT :most"
    ),
}
# SQLite has one writer at a time: those between the first and the last are those that were read.
_THESE = {
    "postgresql": "name = ANY(:names)",
    "sqlite": "name BETWEEN :first AND :last AND sequence > anchored",
}
_HOLD = {
    kind: text(
        "INSERT INTO anchored (anchor, stream, sequence, hash) "  # noqa: S608 - of our own words alone
        f"SELECT CAST(:anchor AS INTEGER), name, sequence, hash FROM streams WHERE {these}"
    )
    for kind, these in _THESE.items()
}
_MARK = {
    kind: text(f"UPDATE streams SET anchored = sequence WHERE {these}")  # noqa: S608
    for kind, these in _THESE.items()
}


def leaf_of(stream: str, sequence: int, hash: str) -> str:
    """Of the tree of an anchor: that the stream's event `sequence` has this hash."""
    return merkle.leaf(json.dumps([stream, sequence, hash], ensure_ascii=False))


def leaves_of(heads: Collection[AnchoredHead]) -> list[str]:
    """In the order in which an anchor holds them: by the names of the streams, as Python compares them."""
    in_order = sorted(heads, key=lambda head: head.stream)
    return [leaf_of(head.stream, head.sequence, head.hash) for head in in_order]


def digest_of(previous: str, number: int, at: datetime, heads: int, root: str) -> str:
    """What is signed: an anchor in one hash. `at` is aware UTC."""
    parts = [previous, number, at.isoformat(), heads, root]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


class Anchors(Sealed):
    async def moved(self, limit: int) -> int:
        """How many streams went on since they were anchored, counted up to `limit`."""
        some = select(col(StreamRow.name)).where(_MOVED).limit(limit).subquery()
        return int((await self._execute(select(func.count()).select_from(some))).scalar_one())

    async def newest_anchor(self) -> AnchorRow | None:
        return await self._first(AnchorRow, select(AnchorRow).order_by(col(AnchorRow.number).desc()))

    async def anchor(self, signer: Signer, after: int) -> AnchorRow | None:
        """Write the anchor that follows on number `after`, over at most AT_ONCE streams that went on. None
        where there is nothing to anchor, or another process was faster.

        A stream to which something is being added waits for the next anchor: nobody waits for another here.
        Nothing is anchored before it is sealed: sealing gives a history other hashes.
        """
        if not self.sealing:
            return None
        if self._dialect == "postgresql":
            mine = await self._execute(text(f"SELECT pg_try_advisory_xact_lock({_LOCK})"))
            if not mine.scalar_one():
                return None
        newest = await self.newest_anchor()
        if (newest.number if newest else 0) != after:
            return None
        heads = (await self._execute(_HEADS[self._dialect], {"most": AT_ONCE})).all()
        if not heads:
            return None
        held = [leaf_of(name, sequence, hash) for name, sequence, hash in sorted(heads)]
        previous, root = newest.digest if newest else "", merkle.root(held)
        digest = digest_of(previous, after + 1, self.real_now, len(held), root)
        made = AnchorRow(
            number=after + 1, at=self.real_now, previous=previous, heads=len(held), root=root, digest=digest,
            key=signer.public, signature=signer.sign(digest),
        )  # fmt: skip
        await self._execute(insert(AnchorRow), [made.model_dump()])
        names = [head[0] for head in heads]
        which = {"names": names} if self._dialect == "postgresql" else {"first": names[0], "last": names[-1]}
        await self._execute(_HOLD[self._dialect], {"anchor": made.number, **which})
        await self._execute(_MARK[self._dialect], which)
        return made

    async def anchors_after(self, number: int, limit: int) -> list[AnchorRow]:
        """The anchors in their order."""
        some = select(AnchorRow).where(col(AnchorRow.number) > number).order_by(col(AnchorRow.number))
        return await self._all(AnchorRow, some.limit(limit))

    async def heads_of_anchors(self, numbers: Collection[int]) -> dict[int, list[AnchoredHead]]:
        """What these anchors hold, by their numbers."""
        some = select(AnchoredHead).where(col(AnchoredHead.anchor).in_(numbers))
        found: dict[int, list[AnchoredHead]] = {number: [] for number in numbers}
        for head in (await self._execute(some)).all():
            found[head.anchor].append(head)  # type: ignore[arg-type]
        return found

    async def anchored_of(
        self, streams: Sequence[str], after: int = 0, until: int | None = None
    ) -> list[AnchoredHead]:
        """Where these streams are anchored, between the sequences `after` and `until` (with it)."""
        some = select(AnchoredHead).where(
            col(AnchoredHead.stream).in_(streams), col(AnchoredHead.sequence) > after
        )
        if until is not None:
            some = some.where(col(AnchoredHead.sequence) <= until)
        in_order: Any = some.order_by(col(AnchoredHead.stream), col(AnchoredHead.sequence))
        return await self._all(AnchoredHead, in_order)

    async def anchored_without_stream(self, limit: int) -> list[str]:
        """Names of streams that an anchor holds and that are not there any more: reads every anchor."""
        gone = ~select(StreamRow.name).where(col(StreamRow.name) == col(AnchoredHead.stream)).exists()  # type: ignore[call-overload]
        some = select(col(AnchoredHead.stream)).where(gone).distinct().order_by(col(AnchoredHead.stream))
        return list((await self._execute(some.limit(limit))).scalars())

    async def anchored_without_anchor(self, limit: int) -> list[int]:
        """Numbers of anchors of which only what they hold is there."""
        gone = ~select(AnchorRow.number).where(col(AnchorRow.number) == col(AnchoredHead.anchor)).exists()  # type: ignore[call-overload]
        some = select(col(AnchoredHead.anchor)).where(gone).distinct().order_by(col(AnchoredHead.anchor))
        return list((await self._execute(some.limit(limit))).scalars())

    async def cases_ahead(self, limit: int) -> list[str]:
        """References of cases that have more versions than their history has events, or have no history."""
        behind = text(
            "SELECT reference FROM cases LEFT JOIN streams ON streams.name = 'case:' || cases.id "
            "WHERE streams.name IS NULL OR streams.sequence < cases.version ORDER BY reference LIMIT :most"
        )
        return list((await self._execute(behind, {"most": limit})).scalars())
