"""Traffic: how fast each workspace and tenant is written to, so that none has to ask us to wait.

It is kept in memory, by each process for itself: what a platform refuses all the same is blocked in the
database, for all of them.
"""

import time
from bisect import bisect_right
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from bot.chat.port import Pace, Platform, Rate

SLOTS = 16
"""Messages under way at the same time in one workspace or tenant, each to a destination of its own."""
HELD = 30.0
"""Seconds: so often a few cards are redrawn while messages are waiting."""
_MOST_KNOWN = 5_000
_boot = getattr(time, "CLOCK_BOOTTIME", None)


def elapsing() -> float:
    """Seconds that have gone by since some moment, those in which the process or the machine slept too."""
    return time.monotonic() if _boot is None else time.clock_gettime(_boot)


PRESSING = "!"
"""After the name of a lane: the messages in it that go before all others there."""


def lane_of(platform: str, tenant: str) -> str:
    """The name of a workspace or tenant: in rows that go there, and where it has asked us to wait."""
    return f"{platform}:{tenant}"


class Meter:
    """Counts calls against rates. Times are those of `elapsing`; a call may be noted ahead of its time."""

    def __init__(self, rates: tuple[Rate, ...]) -> None:
        self._rates = rates
        self._longest = max((rate.seconds for rate in rates), default=0.0)
        self._times: list[float] = []

    def wait(self, now: float) -> float:
        """Seconds until the next call may go."""
        times = self._times
        waits = (times[-rate.most] + rate.seconds - now for rate in self._rates if len(times) >= rate.most)
        return max(0.0, max(waits, default=0.0))

    def room(self, now: float) -> int:
        """How many calls may go now, at most SLOTS."""
        free = SLOTS
        for rate in self._rates:
            free = min(free, rate.most - (len(self._times) - bisect_right(self._times, now - rate.seconds)))
        return max(0, free)

    def note(self, at: float) -> None:
        """A call goes at this time."""
        if self._rates:
            # What is noted ahead of its time must not push out what still counts now.
            del self._times[: bisect_right(self._times, at - 2 * self._longest)]
            self._times.insert(bisect_right(self._times, at), at)

    def book(self, now: float) -> float:
        """Take the next free place; the seconds until then."""
        wait = self.wait(now)
        self.note(now + wait)
        return wait


@dataclass(slots=True)
class Lane:
    """One workspace or tenant. `under_way` counts its messages that are being sent, `unbooked` those of them
    that the meter does not know yet; `full`: more of them wait than may be sent; `blocked`: it has asked
    us to wait until then; `claimed` and `drawn` are when that was done last (all as `elapsing`)."""

    posts: Meter
    updates: Meter
    under_way: int = 0
    unbooked: int = 0
    full: bool = False
    blocked: float = 0.0
    claimed: float = 0.0
    drawn: float = 0.0

    def room(self, now: float) -> int:
        """How many further messages may be begun."""
        if self.blocked > now:
            return 0
        return max(0, min(SLOTS - self.under_way, self.posts.room(now) - self.unbooked))


@dataclass(slots=True)
class Traffic:
    """All lanes of this process. `paced`: we keep to the paces of the platforms by ourselves. `sweeping`:
    more clocks have run out than could be handled yet."""

    platforms: Mapping[str, Platform]
    paced: bool = True
    sweeping: bool = False
    _lanes: dict[str, Lane] = field(default_factory=dict)
    _same: dict[str, str] = field(default_factory=dict)
    _asks: dict[str, Meter] = field(default_factory=dict)
    _each: dict[str, Meter] = field(default_factory=dict)
    _resting: dict[str, float] = field(default_factory=dict)

    def lane(self, name: str) -> Lane:
        name = name.removesuffix(PRESSING)
        name = self._same.get(name, name)
        if name not in self._lanes:
            pace = self._pace(name.partition(":")[0])
            posts = Meter(pace.posts)
            self._lanes[name] = Lane(posts, Meter(pace.updates) if pace.updates else posts)
        return self._lanes[name]

    def found(self, platform: str, tenant: str) -> None:
        """Somebody of whom no workspace was known is in this one: so are, most likely, the others."""
        if tenant:
            self._same[lane_of(platform, "")] = lane_of(platform, tenant)

    def asks(self, platform: str) -> Meter:
        """Of how often the platform may be asked who somebody is."""
        if platform not in self._asks:
            self._asks[platform] = Meter(self._pace(platform).asks)
        return self._asks[platform]

    def posted(self, platform: str, destination: str, now: float) -> None:
        """Something was sent to this destination: its next message waits if it gets too many."""
        pace = self._pace(platform)
        if pace.each:
            meter = self._each.pop(destination, None) or Meter(pace.each)
            meter.note(now)
            self._each[destination] = meter
            if wait := meter.wait(now):
                self.rest(destination, now + wait)
        while len(self._each) > _MOST_KNOWN:
            del self._each[next(iter(self._each))]

    def rest(self, destination: str, until: float) -> None:
        """Nothing is sent to this destination before then."""
        self._resting[destination] = max(until, self._resting.get(destination, 0.0))

    def resting(self, now: float) -> Mapping[str, float]:
        """The destinations that get nothing now, and until when."""
        for name in [name for name, until in self._resting.items() if until <= now]:
            del self._resting[name]
        return self._resting

    def no_updates(self, now: float, batch: int) -> Collection[str]:
        """The lanes in which no card is redrawn now: messages come first, but never for ever."""
        return [name for name, lane in self._lanes.items() if not self._may_redraw(lane, now, batch)]

    def _may_redraw(self, lane: Lane, now: float, batch: int) -> bool:
        if lane.updates.room(now) < batch:
            return False
        if not (lane.full or self.sweeping or lane.blocked > now):
            return True
        return lane.blocked <= now and now - lane.drawn >= HELD

    def _pace(self, platform: str) -> Pace:
        known = self.platforms.get(platform)
        return known.capabilities.pace if known is not None and self.paced else Pace()
