"""The chain of a stream: each event bears the hash of the one before, so that no change stays unseen."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from bot.store.tables import EventRow, StreamRow


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a stream. `first` and `last` are the sequences of the events that it is about."""

    what: Literal["missing", "unlinked", "altered", "head"]
    first: int = 0
    last: int = 0

    def __str__(self) -> str:
        match self.what:
            case "missing":
                return f"events {self.first} to {self.last} are missing"
            case "unlinked":
                return f"event {self.first} does not follow the one before it"
            case "altered":
                return f"event {self.first} is not as it was written"
            case "head":
                return "its head does not fit its last event"


class Chain:
    """Follows a stream from its first event on, in as many portions as wanted."""

    def __init__(self) -> None:
        self.length = 0
        """How far it was followed: the sequence of the last event that was seen."""
        self.faults: list[Fault] = []
        self._hash = ""

    def follow(self, rows: Iterable[EventRow]) -> None:
        """The next events, in their order."""
        for row in rows:
            if row.sequence != self.length + 1:
                self.faults.append(Fault("missing", self.length + 1, row.sequence - 1))
            elif row.previous != self._hash:
                self.faults.append(Fault("unlinked", row.sequence, row.sequence))
            if fingerprint(row) != row.hash:
                self.faults.append(Fault("altered", row.sequence, row.sequence))
            self.length, self._hash = row.sequence, row.hash

    def end(self, head: StreamRow | None) -> list[Fault]:
        """All that is wrong; `head` as it stood when the last events were read, or earlier."""
        length, newest = (head.sequence, head.hash) if head else (0, "")
        if length > self.length:
            self.faults.append(Fault("missing", self.length + 1, length))
        elif (length, newest) != (self.length, self._hash):
            self.faults.append(Fault("head"))
        return self.faults


def fingerprint(row: EventRow) -> str:
    """Over the texts as they are stored, so that nothing has to be read into today's shapes to be checked."""
    parts = [row.previous, row.stream, row.sequence, row.at.isoformat(), row.kind, row.actor, row.body]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()
