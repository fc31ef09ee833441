"""`braver audit verify`: every row of every history, and every anchor, in portions of any number.

A chain shows a row that was changed, is missing or stands elsewhere. Whoever makes the rest of a chain anew
is found by the anchors, which they can't sign; whoever takes the newest anchors away by those kept outside.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeVar, get_args

from bot.audit.outside import Outside
from bot.signing import signed
from bot.store import merkle
from bot.store.anchors import digest_of, leaves_of
from bot.store.chain import Chain
from bot.store.database import Database
from bot.store.tables import AnchoredHead, AnchorRow, EventRow, StreamRow

Kind = Literal[
    "chain", "headless", "gone", "behind_case", "anchored", "unmarked", "anchor_missing", "anchor_unlinked",
    "anchor_altered", "anchor_unsigned", "key_unknown", "outside_missing", "outside_differs", "open",
]  # fmt: skip
"""`content/flows/verify.yaml` says what each means, and what to do."""
KINDS: tuple[Kind, ...] = get_args(Kind)

PATIENCE = 600.0
"""Seconds for one reading: nobody waits for it."""
STREAMS, EVENTS, ANCHORS = 100, 2_000, 10
"""How many are read at a time."""
MOST = 10_000
R = TypeVar("R", EventRow, AnchoredHead)
_FIRST = -(2**31)
"""Before any event, also one that somebody gave a number below 1."""


@dataclass(frozen=True, slots=True)
class Breach:
    """`subject` is a stream, a case's reference, the number of an anchor, a key, a table."""

    kind: Kind
    subject: str
    detail: str = ""


@dataclass(slots=True)
class Verified:
    """All that was found, and how much was looked at. `newest` is the last anchor: its number, its time and
    its public key; `moved` histories went on after it (MOST: that many or more); `outside` lines were
    compared."""

    breaches: list[Breach] = field(default_factory=list)
    streams: int = 0
    events: int = 0
    anchors: int = 0
    newest: tuple[int, datetime, str] | None = None
    moved: int = 0
    outside: int = 0

    def found(self, kind: Kind, subject: object, detail: object = "") -> None:
        self.breaches.append(Breach(kind, str(subject), str(detail)))


Progress = Callable[[int, int], None]


async def verified(
    database: Database, keys: Collection[str], outside: Outside, progress: Progress = lambda *_: None
) -> Verified:
    """Look at everything. `keys` are the public keys that may have signed; `outside` was read before. A
    service may be writing beside it. `progress` hears how many histories and events were followed. Raises
    NotSaved."""
    seen = Verified(outside=sum(map(len, outside.values())))
    await _Anchors(seen, keys, outside).walk(database)
    await _Streams(seen, progress).walk(database)
    async with database.reading(patience=PATIENCE, heavy=True, snapshot=True) as work:
        for stream in await work.events_without_stream(MOST):
            seen.found("headless", stream)
        for stream in await work.anchored_without_stream(MOST):
            seen.found("gone", stream)
        for reference in await work.cases_ahead(MOST):
            seen.found("behind_case", reference)
        for table in await work.triggers_missing():
            seen.found("open", table)
        seen.moved = await work.moved(MOST)
    return seen


class _Anchors:
    """Whether each anchor follows from the one before, holds what it says, and is signed."""

    def __init__(self, seen: Verified, keys: Collection[str], outside: Outside) -> None:
        self._seen = seen
        self._keys = keys
        self._outside = outside
        self._number, self._digest = 0, ""
        self._strangers: dict[str, list[int]] = {}

    async def walk(self, database: Database) -> None:
        async with database.reading(patience=PATIENCE, heavy=True) as work:
            newest = await work.newest_anchor()
        # What is anchored meanwhile is left for the next time.
        while newest is not None and self._number < newest.number:
            async with database.reading(patience=PATIENCE, heavy=True, snapshot=True) as work:
                rows = await work.anchors_after(self._number, ANCHORS)
                held = await work.heads_of_anchors([row.number for row in rows])
            if not rows:
                break
            for row in rows:
                self._follow(row, held[row.number])
        async with database.reading(patience=PATIENCE, heavy=True) as work:
            for number in await work.anchored_without_anchor(MOST):
                self._seen.found("anchor_missing", number)
        for number in self._outside:
            if number > self._number:
                self._seen.found("outside_missing", number)
        for key, numbers in self._strangers.items():
            self._seen.found("key_unknown", key, f"{numbers[0]}–{numbers[-1]}")

    def _follow(self, row: AnchorRow, held: list[AnchoredHead]) -> None:
        seen, number = self._seen, row.number
        if number != self._number + 1:
            first, last = self._number + 1, number - 1
            seen.found("anchor_missing", f"{first}–{last}" if first < last else first)
            for missing in self._outside:
                if first <= missing <= last:
                    seen.found("outside_missing", missing)
        elif row.previous != self._digest:
            seen.found("anchor_unlinked", number)
        root = merkle.root(leaves_of(held))
        digest = digest_of(row.previous, number, row.at, len(held), root)
        if (row.heads, row.root, row.digest) != (len(held), root, digest):
            seen.found("anchor_altered", number)
        outside = self._outside.get(number, frozenset())
        if outside and row.digest not in outside:
            seen.found("outside_differs", number)
        if not signed(row.key, row.digest, row.signature):
            seen.found("anchor_unsigned", number)
        elif row.key not in self._keys and row.digest not in outside:
            self._strangers.setdefault(row.key, []).append(number)
        seen.anchors += 1
        seen.newest = (number, row.at, row.key)
        self._number, self._digest = number, row.digest


class _Streams:
    """Whether each history is whole, and what the anchors hold of it is still so."""

    def __init__(self, seen: Verified, progress: Progress) -> None:
        self._seen = seen
        self._progress = progress

    async def walk(self, database: Database) -> None:
        after = ""
        while True:
            async with database.reading(patience=PATIENCE, heavy=True, snapshot=True) as work:
                heads, long = _portion(await work.heads_after(after, STREAMS))
                names = [head.name for head in heads]
                events = _by_stream(await work.events_of(names)) if names else {}
                anchored = _by_stream(await work.anchored_of(names)) if names else {}
            for head in heads:
                history = _History(self._seen, head.name)
                history.follow(events.get(head.name, []), anchored.get(head.name, []))
                history.end(head, head.anchored)
            if long is not None:
                await self._follow(database, long)
            if not heads and long is None:
                return
            after = long.name if long is not None else heads[-1].name
            self._progress(self._seen.streams, self._seen.events)

    async def _follow(self, database: Database, head: StreamRow) -> None:
        """A history of any length, up to `head`. What is added meanwhile is left for the next time."""
        history, after = _History(self._seen, head.name), _FIRST
        while after < head.sequence:
            async with database.reading(patience=PATIENCE, heavy=True, snapshot=True) as work:
                found = await work.events_after(head.name, after, EVENTS)
                events = [row for row in found if row.sequence <= head.sequence]
                until = events[-1].sequence if events else head.sequence
                anchored = await work.anchored_of([head.name], after, until)
            history.follow(events, anchored)
            self._progress(self._seen.streams, self._seen.events)
            after = until
        async with database.reading(patience=PATIENCE, heavy=True, snapshot=True) as work:
            heads = await work.heads([head.name])
            length = heads[0].sequence if heads else head.sequence
            beyond = await work.events_after(head.name, length, 1)
            lost = await work.anchored_of([head.name], length)
        history.follow(beyond, lost)
        history.end(head if not beyond else None, heads[0].anchored if heads else 0)


class _History:
    def __init__(self, seen: Verified, name: str) -> None:
        self._seen = seen
        self._name = name
        self._chain = Chain()
        self._hashes: dict[int, str] = {}
        self._anchored: list[int] = []

    def follow(self, events: list[EventRow], anchored: list[AnchoredHead]) -> None:
        """The next events, and what the anchors hold of them."""
        before = self._chain.length
        self._chain.follow(events)
        self._seen.events += len(events)
        last = self._hashes.get(before, "")
        self._hashes = {before: last, **{row.sequence: row.hash for row in events}}
        for head in anchored:
            self._anchored.append(head.sequence)
            if self._hashes.get(head.sequence) != head.hash:
                self._seen.found("anchored", self._name, head.anchor)

    def end(self, head: StreamRow | None, anchored: int) -> None:
        """`head` is that up to which it was followed; `anchored`: how far it says by now that it is."""
        self._seen.streams += 1
        faults = self._chain.end(head)
        if faults:
            self._seen.found("chain", self._name, "; ".join(map(str, faults)))
        newest = max(self._anchored, default=0)
        if newest > anchored or (head is not None and head.anchored and head.anchored not in self._anchored):
            self._seen.found("unmarked", self._name)


def _portion(heads: list[StreamRow]) -> tuple[list[StreamRow], StreamRow | None]:
    """As many of the first ones as may be read at once, and the one after them if it is a long one."""
    most, some = EVENTS, list[StreamRow]()
    for head in heads:
        if head.sequence > EVENTS:
            return some, head
        most -= head.sequence
        some.append(head)
        if most <= 0:
            break
    return some, None


def _by_stream(rows: list[R]) -> dict[str, list[R]]:
    found: dict[str, list[R]] = {}
    for row in rows:
        found.setdefault(row.stream, []).append(row)
    return found
