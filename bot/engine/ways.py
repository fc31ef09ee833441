"""Ways: how a message gets to whom it is for, and where exactly that is."""

import asyncio
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

import structlog

from bot.chat.port import Platform, TryLater, Uncertain, Unreachable
from bot.chat.turn import Place
from bot.engine.desk import Drawn, EngineDesk
from bot.engine.traffic import Traffic, elapsing
from bot.store import places
from bot.store.database import Database
from bot.store.work import DeliveryRow, Work

LEASE = timedelta(seconds=30)
LIMIT = 12.0
"""Seconds for one call of a platform: finding the person and posting fit into the lease."""
FIRST_WAY = "first"
"""As what `after_way` says of a row: whichever way the person prefers."""
FRESH = 600.0
"""Seconds for which a place that was looked up is used again without asking the platform."""
TURN = 5.0
"""Seconds that a claimed message waits for its turn; one that had to wait longer is given back."""
_MOST_FOUND = 5_000
T = TypeVar("T")
_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Way:
    """A platform, and the place there, or how to find it. `known` are the places seen so far, and `thread` is
    that of the case there: None where nobody has looked. `remembered`: the place was found a while ago, and
    may be wrong."""

    platform: Platform
    place: Place | None = None
    email: str = ""
    known: Sequence[Place] | None = None
    remembered: bool = False
    thread: str | None = None


@dataclass(frozen=True, slots=True)
class Ready:
    """What was read before sending: the card, the ways to the person, and what is blocked until when."""

    drawn: Drawn
    ways: list[Way]
    blocks: dict[str, datetime]


class Blocked(Exception):
    """Nothing was sent: the destination or its platform wanted us to wait, or the lease is nearly over."""

    def __init__(self, until: datetime) -> None:
        self.until = until


class Dropped(Exception):
    """The notice is no longer to be shown."""


class Ways:
    """Reads what is needed before sending, and finds people. Where a platform limits how often it may be
    asked, it remembers who was found."""

    def __init__(
        self, database: Database, platforms: Mapping[str, Platform], desk: EngineDesk, traffic: Traffic
    ) -> None:
        self._database = database
        self._platforms = platforms
        self._desk = desk
        self._traffic = traffic
        self._found_before: dict[tuple[str, str], tuple[Place, float]] = {}
        self._may_ask: dict[str, float] = {}

    async def prepare(self, rows: Iterable[DeliveryRow]) -> dict[int, Ready]:
        """Read what is needed for all of them at once; whatever fails here is tried again by itself."""
        ready: dict[int, Ready] = {}
        try:
            async with self._database.reading() as work:
                blocks = await work.blocks()
                for row in rows:
                    ready[row.id] = await self.read(work, row, blocks)
        except Exception as error:
            # Most likely one that is not to be shown any more: it says so again when it is looked at alone.
            _log.debug("messages could not be prepared together", error=type(error).__name__)
        return ready

    async def read(self, work: Work, row: DeliveryRow, blocks: dict[str, datetime]) -> Ready:
        drawn = await self.drawn(work, row, row.notice)
        ways = await self._ways(work, row)
        for way in ways[:1]:
            if way.place is None:
                way.known = await self._known(work, row, way)
                place = self._remembered(way)
                if place is None or (place not in way.known and await work.withheld(row.recipient, place)):
                    continue
                way.place, way.remembered = place, True
            if self.has_threads(way) and not way.place.thread:
                way.thread = await work.thread_of(row.case_id, way.place.address) if row.case_id else ""
        return Ready(drawn, ways, blocks)

    async def drawn(self, work: Work, row: DeliveryRow, notice: str) -> Drawn:
        drawn = await self._desk.draw(work, notice, row.recipient, row.case_id)
        if drawn is None:
            raise Dropped
        return drawn

    async def _ways(self, work: Work, row: DeliveryRow) -> list[Way]:
        if row.place is not None:
            fixed = places.decode(row.place)
            platform = self._platforms.get(fixed.address.platform)
            return [Way(platform, fixed)] if platform else []
        ways = []
        for name, email in await self._desk.address(work, row.recipient, row.notice):
            if platform := self._platforms.get(name):
                ways.append(Way(platform, None, email))
        left = left_of(row, [way.platform.name for way in ways])
        return ways[len(ways) - len(left) :]

    def has_threads(self, way: Way) -> bool:
        channel = way.place is not None and way.place.kind == "channel"
        return channel or way.platform.capabilities.threads_in_personal

    async def found(self, row: DeliveryRow, way: Way) -> Place:
        """Where the person is. Raises Unreachable also where it may be somebody else with their address."""
        name = way.platform.name
        if way.platform.capabilities.pace.asks:
            await self._ask(row, name)
        if way.known is None:
            async with self._database.reading() as work:
                way.known = await self._known(work, row, way)
        place = await asked(way.platform.reach(way.email, way.known))
        if place not in way.known:
            async with self._database.reading() as work:
                if await work.withheld(row.recipient, place):
                    raise Unreachable("the person has not said yet that the account there is theirs")
        self._traffic.found(name, place.address.tenant)
        if way.platform.capabilities.pace.asks:
            self._found_before[name, way.email] = (place, elapsing())
            while len(self._found_before) > _MOST_FOUND:
                del self._found_before[next(iter(self._found_before))]
        way.place = place
        return place

    def _remembered(self, way: Way) -> Place | None:
        place, at = self._found_before.get((way.platform.name, way.email), (None, 0.0))
        return place if elapsing() - at < FRESH else None

    async def _known(self, work: Work, row: DeliveryRow, way: Way) -> Sequence[Place]:
        name = way.platform.name
        return [*await work.places_of(row.recipient, name), *await work.channels(name)]

    async def _ask(self, row: DeliveryRow, platform: str) -> None:
        """Wait for the turn to ask the platform who somebody is. Where that takes long, everybody who is
        known already comes first, and nothing more is begun for this person until then."""
        now = elapsing()
        turn = self._may_ask.pop(row.destination, None)
        if turn is None:
            turn = now + self._traffic.asks(platform).book(now)
        if turn - now > TURN:
            self._may_ask[row.destination] = turn
            self._traffic.rest(row.destination, turn)
            raise Blocked(claimed_at(row) + timedelta(seconds=turn - now))
        await asyncio.sleep(max(0.0, turn - now))

    async def in_thread(self, row: DeliveryRow, place: Place, thread: str | None) -> Place:
        if place.thread or not row.case_id:
            return place
        if thread is None:
            async with self._database.reading() as work:
                thread = await work.thread_of(row.case_id, place.address)
        return replace(place, thread=thread)

    def forget(self, way: Way) -> None:
        """The person is not where they were found."""
        self._found_before.pop((way.platform.name, way.email), None)
        way.remembered, way.place, way.thread = False, None, None


def left_of(row: DeliveryRow, ways: list[str]) -> list[str]:
    """Those of the ways that are still to be tried."""
    if row.after_way in ways:
        return ways[ways.index(row.after_way) + 1 :]
    return ways[1:] if row.after_way == FIRST_WAY else ways


def claimed_at(row: DeliveryRow) -> datetime:
    """When the row was claimed (real time)."""
    return row.free_at - LEASE


async def asked(call: Coroutine[Any, Any, T]) -> T:
    """Ask the platform something that sends nothing: whatever remains unclear may be asked again."""
    try:
        async with asyncio.timeout(LIMIT):
            return await call
    except (Uncertain, TimeoutError) as error:
        raise TryLater("the platform did not answer") from error
