"""The pulse of the engine: when each of its loops turned last."""

import time
from collections.abc import Callable

LIMIT = 120.0
"""Seconds: a loop that has not come round for so long hangs, or fails each time."""


class Pulse:
    """Only turns that came to their end count. `clock` counts seconds, from whenever it likes."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._turns: dict[str, float] = {}

    def begins(self, name: str) -> None:
        """From now on the loop is expected to turn."""
        self._turns[name] = self._clock()

    def turned(self, name: str) -> None:
        """The loop has done all of a turn. What is stepped by hand is not expected to turn by itself."""
        if name in self._turns:
            self._turns[name] = self._clock()

    @property
    def ages(self) -> dict[str, float]:
        """Seconds since the last turn of each loop that is expected to turn."""
        now = self._clock()
        return {name: now - at for name, at in sorted(self._turns.items())}

    @property
    def silent(self) -> tuple[str, ...]:
        """The loops that stand still."""
        return tuple(name for name, age in self.ages.items() if age > LIMIT)
