"""What is written down while it goes on, outside of the service: what people did and were told, when the
service ran, by how much the clock was wound, and what was on its way at each kill."""

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field

from playground.feed import Line


@dataclass(slots=True)
class Deed:
    """One thing that a person did. `kind` is the event that it causes; `case` and `reference` are empty where
    they are not known; `mark` are words that stand in nothing else. `told`: they were told that it is done.
    `refused`: they were told that it had no effect. `words` are those that said so."""

    who: str
    kind: str
    mark: str
    case: str = ""
    reference: str = ""
    told: bool = False
    refused: bool = False
    words: str = ""


@dataclass(slots=True)
class Run:
    """One life of the service, in epoch seconds of the machine: from when it listened until it died."""

    ready: float
    killed: float = float("inf")


@dataclass(slots=True)
class Ledger:
    """`wound` are the moments at which the clock was wound, each with what it is ahead from then on.
    `in_flight` are the sends that a kill cut off: the delivery's id, and its token. `complaints` are what the
    service logged as an error."""

    deeds: list[Deed] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    wound: list[tuple[float, float]] = field(default_factory=lambda: [(0.0, 0.0)])
    in_flight: set[tuple[int, int]] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)
    kills: int = 0
    unstarted: int = 0
    shown: list[Line] = field(default_factory=list)
    _of: dict[str, list[Line]] = field(default_factory=lambda: defaultdict(list))

    def hear(self, line: Line) -> None:
        """Somebody did or saw something."""
        if line.kind in ("sees", "sees redrawn"):
            self.shown.append(line)
            self._of[line.person].append(line)

    def lines(self, name: str) -> list[Line]:
        """All that this person (by name) was shown, oldest first."""
        return self._of[name]

    def kills_at(self, delivery: int) -> int:
        """How often a kill cut off the sending of this."""
        return sum(id == delivery for id, _ in self.in_flight)

    def ahead(self) -> float:
        """By how much the clock is wound now, in seconds."""
        return self.wound[-1][1]

    def real(self, at: float) -> float:
        """When it was that the wound clock reached `at`: the moment of the winding, where it jumped past."""
        reached = [moment + ahead for moment, ahead in self.wound]
        place = bisect_right(reached, at) - 1
        moment, ahead = self.wound[max(place, 0)]
        following = self.wound[place + 1][0] if place + 1 < len(self.wound) else float("inf")
        return min(max(at - ahead, moment), following)

    def late(self, due: float, fired: float) -> float:
        """For how many seconds at a stretch the service ran after this clock was due and before it fired."""
        began, ended = self.real(due), self.real(fired)
        return max(
            (min(run.killed, ended) - max(run.ready, began) for run in self.runs), default=0.0
        )  # fmt: skip
