"""So much within so long for each of whoever asks: kept in memory, in a bounded number, by a clock that
nobody sets."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

from bot.chat.port import Rate

KEPT = 10_000
"""Of whom it is known when they asked; whoever asked longest ago is forgotten first."""


class Allowance:
    """At most `rate.most` at once, and from then on one for each that time gives back, all of them within
    `rate.seconds`."""

    def __init__(self, rate: Rate, *, kept: int = KEPT, clock: Callable[[], float] = time.monotonic) -> None:
        self._each = rate.seconds / rate.most
        self._ahead = rate.seconds
        self._kept = kept
        self._clock = clock
        self._given_back_at: OrderedDict[Hashable, float] = OrderedDict()

    def take(self, who: Hashable) -> float:
        """Seconds until there is one; 0 where there was, and it is taken."""
        now = self._clock()
        then = max(self._given_back_at.get(who, now), now) + self._each
        # The half of a millionth: sums of fractions are not exact.
        wait = then - now - self._ahead
        if wait > 5e-7:
            return wait
        self._given_back_at[who] = then
        self._given_back_at.move_to_end(who)
        while len(self._given_back_at) > self._kept:
            self._given_back_at.popitem(last=False)
        return 0.0

    def __len__(self) -> int:
        return len(self._given_back_at)
