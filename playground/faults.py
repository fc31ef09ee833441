"""Faults on demand: what goes wrong next, on the way out of the service and on the way in.

Outbound (the service calls the platform), by method name (`chat.postMessage`, `post_activity`, `*`):

    workspace.faults.next("chat.postMessage", TooMany(after=30), times=2)
    stall = workspace.faults.next("*", Stall())       # … stall.release()

Inbound (the platform calls the service): `twice()` sends the next events in doubles, `swap()` sends the
next two events in reverse order, `late()` holds the next one back until it is released.
"""

import asyncio
from dataclasses import dataclass, field
from typing import TypeVar


@dataclass(frozen=True, slots=True)
class TooMany:
    """429 with `Retry-After: after` (seconds)."""

    after: int = 1


@dataclass(frozen=True, slots=True)
class Broken:
    """An HTTP error without effect; or `after` the effect, as by a gateway that waits no longer."""

    status: int = 500
    after: bool = False


@dataclass(frozen=True, slots=True)
class Refuse:
    """An error in the platform's own words: Slack's `error`, or Teams' error code with its status."""

    code: str
    status: int = 403


@dataclass(frozen=True, slots=True)
class DropBefore:
    """The connection is cut before anything was done."""


@dataclass(frozen=True, slots=True)
class DropAfter:
    """The call has its effect, and the connection is cut instead of an answer."""


@dataclass(frozen=True, slots=True)
class Stall:
    """The call hangs until `release()`, then goes on as usual. `met` is set once a call hangs."""

    gate: asyncio.Event = field(default_factory=asyncio.Event)
    met: asyncio.Event = field(default_factory=asyncio.Event)

    def release(self) -> None:
        self.gate.set()


@dataclass(frozen=True, slots=True)
class HoldAnswer(Stall):
    """The call has its effect at once, and its answer hangs until `release()`."""


Fault = TooMany | Broken | Refuse | DropBefore | DropAfter | Stall | HoldAnswer
F = TypeVar("F", bound=Fault)


@dataclass(slots=True)
class _Rule:
    method: str
    fault: Fault
    left: int


class Faults:
    """The faults of one simulator, used up in the order in which they were asked for."""

    def __init__(self) -> None:
        self._rules: list[_Rule] = []
        self._twice = 0
        self._swaps = 0
        self._late: list[Stall] = []
        self.struck: list[tuple[str, Fault]] = []

    def next(self, method: str, fault: F, times: int = 1) -> F:
        """The next `times` calls of `method` (`*`: of any) meet the fault, which is returned."""
        self._rules.append(_Rule(method, fault, times))
        return fault

    def clear(self) -> None:
        """Everything works again; what is stalled goes on."""
        for rule in self._rules:
            if isinstance(rule.fault, Stall):
                rule.fault.release()
        for late in self._late:
            late.release()
        self._rules.clear()
        self._late.clear()
        self._twice = self._swaps = 0

    def stop(self) -> None:
        """No further call meets a fault; what is stalled stays so until `clear`."""
        self._rules = [_Rule(rule.method, rule.fault, 0) for rule in self._rules]

    def take(self, method: str) -> Fault | None:
        """The fault that this call meets, used up."""
        for rule in self._rules:
            if rule.left > 0 and rule.method in (method, "*"):
                rule.left -= 1
                self.struck.append((method, rule.fault))
                return rule.fault
        return None

    def twice(self, times: int = 1) -> None:
        """The next events reach the service in two copies at once."""
        self._twice += times

    def swap(self, times: int = 1) -> None:
        """The next event waits until the one after it was delivered."""
        self._swaps += times

    def late(self) -> Stall:
        """The next event is held back before it reaches the service, until `release()`."""
        self._late.append(late := Stall())
        return late

    async def wait_if_late(self, under_way: "set[asyncio.Task[None]]") -> None:
        """Hold the event of this task back, if it is to be late; nobody waits for it meanwhile."""
        waiting = [late for late in self._late if not late.met.is_set()]
        task = asyncio.current_task()
        if not waiting or task is None:
            return
        under_way.discard(task)
        waiting[0].met.set()
        await waiting[0].gate.wait()
        under_way.add(task)

    def take_twice(self) -> bool:
        taken = self._twice > 0
        self._twice -= int(taken)
        return taken

    def take_swap(self) -> bool:
        taken = self._swaps > 0
        self._swaps -= int(taken)
        return taken
