"""`braver audit check`: whether a history that was written out is whole and as it was. Needs no database and
no secret."""

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal, TypeVar, get_args

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from bot.audit.outside import Outside
from bot.files import bad
from bot.signing import signed
from bot.store import merkle
from bot.store.anchors import digest_of, leaf_of
from bot.store.chain import Chain
from bot.store.tables import EventRow

Kind = Literal[
    "broken", "cut_off", "misplaced", "not_in_anchor", "anchor_altered", "anchor_unsigned", "key_unknown",
    "outside_differs", "unanchored",
]  # fmt: skip
"""`content/flows/verify.yaml` says what each means."""
KINDS: tuple[Kind, ...] = get_args(Kind)


_WHAT = "It is no line of a history."
_REMEDY = "Name a file that “braver audit export” wrote, as it was written."
P = TypeVar("P", bound="_Part")


_Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Event(_Part):
    sequence: int
    at: AwareDatetime
    kind: str
    actor: str
    body: str
    previous: str
    hash: str


class _Anchor(_Part):
    number: int
    at: AwareDatetime
    previous: str
    heads: int
    root: _Hash
    digest: str
    key: str
    signature: str


class _End(_Part):
    events: int
    anchors: int


class _Header(_Part):
    braver_history: Literal[1]
    stream: str
    called: str
    version: str
    made_at: AwareDatetime


class _Line(_Part):
    event: _Event | None = None
    readable: object = None
    anchor: _Anchor | None = None
    position: int = 0
    path: tuple[_Hash, ...] = Field(default=(), max_length=64)
    end: _End | None = None


@dataclass(frozen=True, slots=True)
class Proven:
    """An anchor that holds the history's first `events` events: they were there at `at`."""

    events: int
    number: int
    at: datetime
    digest: str
    key: str


@dataclass(slots=True)
class Checked:
    """What was found: the kind, and more about it. `first` and `last` are the oldest and the newest anchor
    that hold; `readable`: it says in plain words what is stored, which nothing proves."""

    stream: str
    called: str
    made_at: datetime
    faults: list[tuple[Kind, str]] = field(default_factory=list)
    events: int = 0
    first: Proven | None = None
    last: Proven | None = None
    readable: bool = False


def checked(file: Path, keys: Collection[str], outside: Outside) -> Checked:
    """`keys` are the public keys that may have signed; empty: whichever. `outside` are anchors that were kept
    elsewhere. Raises BadFile where the file is no history."""
    lines = _lines(file)
    header = _as(_Header, file, *next(lines, (1, None)))
    seen, chain = Checked(header.stream, header.called, header.made_at), Chain()
    ended: _End | None = None
    anchors, hash = 0, ""
    for number, read in lines:
        line = _as(_Line, file, number, read)
        if ended is not None:
            seen.faults.append(("misplaced", ""))
            break
        if line.event is not None:
            row = EventRow(stream=header.stream, **line.event.model_dump())
            chain.follow([row])
            hash = row.hash
            seen.events += 1
            seen.readable |= line.readable is not None
        elif line.anchor is not None:
            anchors += 1
            _anchor(seen, line, hash, chain.length, keys, outside)
        ended = line.end
    seen.faults += [("broken", str(fault)) for fault in chain.faults]
    if ended is None or (ended.events, ended.anchors) != (chain.length, anchors):
        seen.faults.append(("cut_off", ""))
    if seen.last is None:
        seen.faults.append(("unanchored", ""))
    return seen


def _anchor(
    seen: Checked, line: _Line, hash: str, sequence: int, keys: Collection[str], outside: Outside
) -> None:
    """An anchor holds the event before it."""
    anchor = line.anchor
    assert anchor is not None
    before, number = len(seen.faults), str(anchor.number)
    leaf = leaf_of(seen.stream, sequence, hash)
    if merkle.root_by(leaf, line.position, anchor.heads, line.path) != anchor.root:
        seen.faults.append(("not_in_anchor", number))
    digest = digest_of(anchor.previous, anchor.number, anchor.at, anchor.heads, anchor.root)
    if digest != anchor.digest:
        seen.faults.append(("anchor_altered", number))
    if not signed(anchor.key, anchor.digest, anchor.signature):
        seen.faults.append(("anchor_unsigned", number))
    elif keys and anchor.key not in keys:
        seen.faults.append(("key_unknown", anchor.key))
    if anchor.number in outside and anchor.digest not in outside[anchor.number]:
        seen.faults.append(("outside_differs", number))
    if len(seen.faults) == before:
        seen.last = Proven(sequence, anchor.number, anchor.at, anchor.digest, anchor.key)
        seen.first = seen.first or seen.last


def _lines(file: Path) -> Iterator[tuple[int, object]]:
    """Number and content of each line. Raises BadFile."""
    number = 0
    try:
        with file.open("rb") as opened:
            for number, line in enumerate(opened, 1):
                yield number, json.loads(line)
    except OSError as error:
        raise bad(file, 0, f"It can't be read ({(error.strerror or '').lower()}).", _REMEDY) from None
    except (ValueError, RecursionError):
        raise bad(file, number + 1, _WHAT, _REMEDY) from None


def _as(kind: type[P], file: Path, number: int, read: object) -> P:
    try:
        return kind.model_validate(read)
    except ValidationError:
        raise bad(file, number, _WHAT, _REMEDY) from None
