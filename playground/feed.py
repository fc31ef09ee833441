"""What happened, in order, and a way to wait for the next thing without sleeping."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

from playground.clock import Clock

Kind = Literal["does", "sees", "sees redrawn", "sees removed"]
T = TypeVar("T")

KEEP = 20_000
PATIENCE = 10.0
"""Seconds that `until` waits before it says what was missing. A test that passes never waits them out."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the transcript: `when` in epoch seconds of the playground's clock."""

    when: float
    person: str
    platform: str
    where: str
    kind: Kind
    what: str


class Feed:
    """The transcript of a world, and the bell that rings at each change on anybody's screen."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lines: deque[Line] = deque(maxlen=KEEP)
        self._waiting: set[asyncio.Future[None]] = set()
        self.revision = 0
        self.listeners: list[Callable[[Line], None]] = []
        """Told of every line, whether or not it is kept."""

    @property
    def lines(self) -> tuple[Line, ...]:
        return tuple(self._lines)

    def add(self, person: str, platform: str, where: str, kind: Kind, what: str) -> None:
        line = Line(self._clock.now(), person, platform, where, kind, what)
        self._lines.append(line)
        for listener in self.listeners:
            listener(line)
        self.touch()

    def touch(self) -> int:
        """Something that somebody can see has changed; the new revision."""
        self.revision += 1
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)
        return self.revision

    async def until(self, met: Callable[[], T | None], patience: float = PATIENCE) -> T:
        """The first result of `met` that is neither None nor False, looked for again at each change.

        Raises TimeoutError after `patience` seconds.
        """
        async with asyncio.timeout(patience):
            while True:
                waiter = asyncio.get_running_loop().create_future()
                self._waiting.add(waiter)
                try:
                    found = met()
                    if found is not None and found is not False:
                        return found
                    await waiter
                finally:
                    self._waiting.discard(waiter)
