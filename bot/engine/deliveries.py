"""The deliverer: what must arrive is sent, in order, until it has arrived or somebody has been told."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

import structlog

from bot.chat.port import NotSaved, Platform, Refused, TryLater, Uncertain, Unreachable
from bot.chat.turn import Message, Place
from bot.engine import alarms, loop
from bot.engine.desk import Drawn, EngineDesk
from bot.engine.traffic import SLOTS, Lane, Traffic, elapsing, lane_of
from bot.store import places
from bot.store.database import Database
from bot.store.work import Conflict, DeliveryRow, Work

LEASE = timedelta(seconds=30)
LIMIT = 12.0
"""Seconds for one call of a platform: finding the person and posting fit into the lease."""
SETTLE = timedelta(seconds=5)
"""How long a message whose fate is unknown is left alone before it is looked for."""
MARGIN = timedelta(minutes=1)
"""By so much a platform's clock may be behind ours when it is."""
RETRY = 1.0
"""Seconds between two tries of writing down what was sent."""
ATTEMPTS = 8
FIRST_WAY = "first"
"""As what `after_way` says of a row: whichever way the person prefers."""
PATIENCE = timedelta(hours=1)
"""So long a platform may put a message off before we tell somebody that it does not arrive."""
FEW = SLOTS // 4
"""So many messages are begun together while others are under way: a claim costs the same for one."""
BREATH = 0.05
"""Seconds after which fewer are begun all the same."""
SORTED = 500
"""Messages of which it is looked up in one transaction where they go."""
SURE = 5.0
"""Seconds after its claim for which a message is certainly still ours, without asking the database again."""
FRESH = 600.0
"""Seconds for which a place that was looked up is used again without asking the platform."""
TURN = 5.0
"""Seconds that a claimed message waits for its turn; one that had to wait longer is given back."""
NOBODY = "nobody"
"""The lane of messages for which there is no way."""
_MOST_FOUND = 5_000
T = TypeVar("T")
_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Way:
    """A platform, and the place there, or how to find it. `known` are the places seen so far, and `thread` is
    that of the case there: None where nobody has looked. `remembered`: the place was found a while ago, and may
    be wrong."""

    platform: Platform
    place: Place | None = None
    email: str = ""
    known: Sequence[Place] | None = None
    remembered: bool = False
    thread: str | None = None


@dataclass(frozen=True, slots=True)
class _Ready:
    """What was read before sending: the card, the ways to the person, and what is blocked until when."""

    drawn: Drawn
    ways: list[_Way]
    blocks: dict[str, datetime]


@dataclass(frozen=True, slots=True)
class _Posted:
    """`notice` is what the card was drawn from, and is drawn from again."""

    place: Place
    message: Message
    version: int
    notice: str
    digest: str = ""


class _Blocked(Exception):
    """Nothing was sent: the destination or its platform wanted us to wait, or the lease is nearly over."""

    def __init__(self, until: datetime) -> None:
        self.until = until


class _Elsewhere(Exception):
    """This way is given up, and there is another one: the message goes there next."""

    def __init__(self, way: str, reason: str) -> None:
        self.way = way
        self.reason = reason


class _PutOff(Exception):
    """The platform did not take it, for sure. `after` as in TryLater; `more`: there is a further way. `lane` is
    who refused it; empty where it was not about sending, but about finding the person."""

    def __init__(self, platform: str, lane: str, later: TryLater, *, more: bool) -> None:
        self.platform = platform
        self.lane = lane
        self.reason = later.reason
        self.after = later.after
        self.more = more


class _Dropped(Exception):
    """The notice is no longer to be shown."""


@dataclass(slots=True)
class _Trip:
    """One message on its way: in which lane it was claimed, and when (as `elapsing`)."""

    lane: Lane
    began: float
    _booked: bool = field(default=False)

    def booked(self) -> None:
        """From now on the meter of its lane knows it."""
        self.lane.unbooked -= not self._booked
        self._booked = True


class Deliverer:
    """Leases rows, sends them without holding a transaction, and writes down what came of it.

    `late` is told of each message that has arrived: the platform, and how many seconds after it was wanted.
    """

    def __init__(
        self,
        database: Database,
        platforms: Mapping[str, Platform],
        desk: EngineDesk,
        traffic: Traffic | None = None,
        late: Callable[[str, float], object] = lambda _platform, _seconds: None,
    ) -> None:
        self._database = database
        self._platforms = platforms
        self._desk = desk
        self._traffic = traffic or Traffic(platforms)
        self._late = late
        self._sending: dict[int, asyncio.Task[None]] = {}
        self._found_before: dict[tuple[str, str], tuple[Place, float]] = {}
        self._may_ask: dict[str, float] = {}
        self._soon = loop.POLL

    async def run(self) -> None:
        """Until cancelled; what is being sent then is finished first."""
        try:
            await loop.run("deliverer", self._database, self._begin, self._pause)
        finally:
            if self._sending:
                _, hanging = await asyncio.wait(self._sending.values(), timeout=LIMIT)
                for task in hanging:
                    task.cancel()

    async def step(self) -> int:
        """Send what can be sent now and wait for it; how many messages that were."""
        begun = await self._begin()
        if self._sending:
            await asyncio.wait(self._sending.values())
        return begun

    async def _begin(self) -> int:
        """Claim what can be sent now, in each lane as much as it takes, and send it; how many that were."""
        claimed = await self._claim()
        if not claimed:
            return 0
        began = elapsing()
        ready = await self._prepare([row for row, _ in claimed])
        for row, lane in claimed:
            task = asyncio.create_task(self._send(row, lane, began, ready.get(row.id)))
            self._sending[row.id] = task
            task.add_done_callback(lambda _, id=row.id: self._sending.pop(id))  # type: ignore[misc]
        return len(claimed)

    async def _claim(self) -> list[tuple[DeliveryRow, Lane]]:
        claimed: list[tuple[DeliveryRow, Lane]] = []
        try:
            async with self._database.work() as work:
                await self._sort(work)
                waits = [loop.POLL]
                blocks = await work.blocks()
                waits += [(until - work.real_now).total_seconds() for until in blocks.values()]
                for name in await work.lanes():
                    lane = self._traffic.lane(name)
                    if name in blocks or name.partition(":")[0] in blocks:
                        lane.full = True
                        continue
                    lane.blocked = 0.0
                    claimed += await self._claim_in(work, name, lane, blocks, waits)
        except Conflict:
            # Another worker took one of them; it rings when it is done.
            claimed, waits = [], [loop.POLL]
        for _, lane in claimed:
            lane.under_way, lane.unbooked = lane.under_way + 1, lane.unbooked + 1
        self._soon = min(waits)
        return claimed

    async def _claim_in(
        self, work: Work, name: str, lane: Lane, blocks: Mapping[str, datetime], waits: list[float]
    ) -> list[tuple[DeliveryRow, Lane]]:
        now = elapsing()
        most = lane.room(now)
        if not most:
            lane.full = True
            if wait := lane.posts.wait(now):
                waits.append(wait)
            return []
        if lane.under_way and most < FEW and now - lane.claimed < BREATH:
            waits.append(BREATH)
            return []
        lane.claimed = now
        resting = self._traffic.resting(now)
        waits += [until - now for until in resting.values()]
        # Of what is blocked, the whole lanes were left out already; this is what comes after them.
        left_alone = {*resting, *(blocked.partition("/")[2] for blocked in blocks)}
        rows = await work.claim_deliveries(most, self._sending.keys(), LEASE, name, left_alone)
        lane.full = len(rows) == most
        return [(row, lane) for row in rows]

    async def _sort(self, work: Work) -> None:
        """Look where new messages go, so that nobody waits behind those for another workspace or tenant."""
        new = await work.without_lane(SORTED)
        if not new:
            return
        seen = await work.tenants_of({row.recipient for row in new})
        lanes = defaultdict[str, list[int]](list)
        for row in new:
            try:
                lanes[await self._lane(work, row, seen)].append(row.id)
            except Exception:
                # It fails again when it is its turn, and is told of then; the others go on.
                lanes[lane_of(NOBODY, "")].append(row.id)
        await work.set_lanes(lanes)

    async def _lane(self, work: Work, row: DeliveryRow, seen: Mapping[tuple[str, str], str]) -> str:
        if row.place is not None:
            address = places.decode(row.place).address
            return lane_of(address.platform, address.tenant)
        ways = [name for name, _ in await self._desk.address(work, row.recipient, row.notice)]
        first = next(iter(_left(row, [name for name in ways if name in self._platforms])), NOBODY)
        return lane_of(first, seen.get((row.recipient, first), ""))

    async def _prepare(self, rows: Iterable[DeliveryRow]) -> dict[int, _Ready]:
        """Read what is needed for all of them at once; whatever fails here is tried again by itself."""
        ready: dict[int, _Ready] = {}
        try:
            async with self._database.reading() as work:
                blocks = await work.blocks()
                for row in rows:
                    ready[row.id] = await self._read(work, row, blocks)
        except Exception as error:
            # Most likely one that is not to be shown any more: it says so again when it is looked at alone.
            _log.debug("messages could not be prepared together", error=type(error).__name__)
        return ready

    async def _read(self, work: Work, row: DeliveryRow, blocks: dict[str, datetime]) -> _Ready:
        drawn = await self._drawn(work, row, row.notice)
        ways = await self._ways(work, row)
        for way in ways[:1]:
            if way.place is None:
                way.known = await self._known(work, row, way)
                place = self._remembered(way)
                if place is None or (place not in way.known and await work.withheld(row.recipient, place)):
                    continue
                way.place, way.remembered = place, True
            if self._has_threads(way) and not way.place.thread:
                way.thread = await work.thread_of(row.case_id, way.place.address) if row.case_id else ""
        return _Ready(drawn, ways, blocks)

    async def _pause(self) -> float:
        async with self._database.reading() as work:
            return min(self._soon, loop.until(await work.next_free(), work.real_now))

    async def _send(self, row: DeliveryRow, lane: Lane, began: float, ready: _Ready | None) -> None:
        trip = _Trip(lane, began)
        try:
            await self._carry(row, trip, ready)
        finally:
            trip.booked()
            lane.under_way -= 1

    async def _carry(self, row: DeliveryRow, trip: "_Trip", ready: _Ready | None) -> None:
        outcome: _Posted | Exception
        try:
            outcome = await self._attempt(row, trip, ready)
        except Exception as error:
            outcome = error
        tell = True
        while True:
            try:
                await self._write(row, outcome, tell=tell)
                return
            except NotSaved:
                # What was sent is known here and nowhere else: keep it until it can be written down.
                await asyncio.sleep(RETRY)
            except Exception:
                _log.exception("the outcome of a delivery could not be written", delivery=row.id)
                if not (isinstance(outcome, _Posted) and tell):
                    return
                # Rather that nobody hears of it than that it is sent again.
                tell = False

    async def _attempt(self, row: DeliveryRow, trip: "_Trip", ready: _Ready | None) -> _Posted:
        if row.attempts > ATTEMPTS:
            raise Uncertain("its workers died again and again")
        if ready is None:
            async with self._database.reading() as work:
                ready = await self._read(work, row, await work.blocks())
        unreachable: Unreachable | None = None
        ways = ready.ways
        for way in ways:
            name = way.platform.name
            _let_through(ready, name, f"{name}/{row.destination}")
            try:
                return await self._by(row, way, ready, trip)
            except Unreachable as error:
                # What is told is why the first way failed: it is the one that the person prefers.
                unreachable = unreachable or error
                _failed(row, name, error.reason)
            except TryLater as later:
                lane = lane_of(name, way.place.address.tenant) if way.place else ""
                raise _PutOff(name, lane, later, more=way is not ways[-1]) from later
            except (Refused, Uncertain) as error:
                over = isinstance(error, Refused) or row.attempts >= ATTEMPTS
                if over and way is not ways[-1]:
                    raise _Elsewhere(name, error.reason) from error
                raise
        raise unreachable or Unreachable("there is no address on a platform that is set up here")

    async def _by(self, row: DeliveryRow, way: _Way, ready: _Ready, trip: "_Trip") -> _Posted:
        """Send it this way. Somebody who is not where they were found a while ago is looked for anew."""
        try:
            return await self._post(row, way, ready, trip)
        except Unreachable:
            self._found_before.pop((way.platform.name, way.email), None)
            if not way.remembered:
                raise
            way.remembered, way.place, way.thread = False, None, None
            return await self._post(row, way, ready, trip)

    async def _drawn(self, work: Work, row: DeliveryRow, notice: str) -> Drawn:
        drawn = await self._desk.draw(work, notice, row.recipient, row.case_id)
        if drawn is None:
            raise _Dropped
        return drawn

    async def _ways(self, work: Work, row: DeliveryRow) -> list[_Way]:
        if row.place is not None:
            fixed = places.decode(row.place)
            platform = self._platforms.get(fixed.address.platform)
            return [_Way(platform, fixed)] if platform else []
        ways = []
        for name, email in await self._desk.address(work, row.recipient, row.notice):
            if platform := self._platforms.get(name):
                ways.append(_Way(platform, None, email))
        left = _left(row, [way.platform.name for way in ways])
        return ways[len(ways) - len(left) :]

    async def _post(self, row: DeliveryRow, way: _Way, ready: _Ready, trip: "_Trip") -> _Posted:
        platform, notice, drawn = way.platform, row.notice, ready.drawn
        place = way.place if way.place else await self._found(row, way)
        lane_name = lane_of(platform.name, place.address.tenant)
        _let_through(ready, lane_name, f"{lane_name}/{row.destination}")
        if self._has_threads(way):
            place = await self._in_thread(row, place, way.thread)
        if row.doubt_since is not None:
            if platform.capabilities.finds_posts:
                since = (row.doubt_since - MARGIN).timestamp()
                found = await _asked(platform.find(place, row.key, since))
                if found is not None:
                    # Which version it shows is unknown: it is redrawn.
                    return _Posted(place, found, 0, notice)
            else:
                notice = self._desk.again(notice)
                async with self._database.reading() as work:
                    drawn = await self._drawn(work, row, notice)
        await self._turn(row, lane_name, trip)
        started = await self._leased(row, trip)
        try:
            async with asyncio.timeout(LIMIT):
                message = await platform.post(place, drawn.card, row.key)
        except (TryLater, Unreachable, Refused):
            raise
        except Exception as error:
            row.doubt_since = row.doubt_since or started
            raise Uncertain("nobody can tell whether the message arrived") from error
        finally:
            self._traffic.posted(platform.name, row.destination, elapsing())
        return _Posted(place, message, drawn.version, notice, drawn.digest)

    async def _turn(self, row: DeliveryRow, lane_name: str, trip: "_Trip") -> None:
        """Wait until the workspace or tenant takes another message."""
        now, lane = elapsing(), self._traffic.lane(lane_name)
        wait = max(lane.posts.wait(now), lane.blocked - now)
        if wait > TURN:
            raise _Blocked(_claimed_at(row) + timedelta(seconds=now - trip.began + wait))
        if wait := lane.posts.book(now):
            trip.booked()
            await asyncio.sleep(wait)
        trip.booked()

    def _has_threads(self, way: _Way) -> bool:
        channel = way.place is not None and way.place.kind == "channel"
        return channel or way.platform.capabilities.threads_in_personal

    async def _found(self, row: DeliveryRow, way: _Way) -> Place:
        """Where the person is. Raises Unreachable also where it may be somebody else with their address."""
        name = way.platform.name
        if way.platform.capabilities.pace.asks:
            await self._ask(row, name)
        if way.known is None:
            async with self._database.reading() as work:
                way.known = await self._known(work, row, way)
        place = await _asked(way.platform.reach(way.email, way.known))
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

    def _remembered(self, way: _Way) -> Place | None:
        place, at = self._found_before.get((way.platform.name, way.email), (None, 0.0))
        return place if elapsing() - at < FRESH else None

    async def _known(self, work: Work, row: DeliveryRow, way: _Way) -> Sequence[Place]:
        name = way.platform.name
        return [*await work.places_of(row.recipient, name), *await work.channels(name)]

    async def _ask(self, row: DeliveryRow, platform: str) -> None:
        """Wait for the turn to ask the platform who somebody is. Where that takes long, everybody who is known
        already comes first, and nothing more is begun for this person until then."""
        now = elapsing()
        turn = self._may_ask.pop(row.destination, None)
        if turn is None:
            turn = now + self._traffic.asks(platform).book(now)
        if turn - now > TURN:
            self._may_ask[row.destination] = turn
            self._traffic.rest(row.destination, turn)
            raise _Blocked(_claimed_at(row) + timedelta(seconds=turn - now))
        await asyncio.sleep(max(0.0, turn - now))

    async def _in_thread(self, row: DeliveryRow, place: Place, thread: str | None) -> Place:
        if place.thread or not row.case_id:
            return place
        if thread is None:
            async with self._database.reading() as work:
                thread = await work.thread_of(row.case_id, place.address)
        return replace(place, thread=thread)

    async def _leased(self, row: DeliveryRow, trip: "_Trip") -> datetime:
        """The time (real) at which the row is still ours, and long enough for one post. Nobody else can have it
        soon after its claim, by the time that has gone by here, in which a process that was frozen counts too."""
        gone_by = elapsing() - trip.began
        if gone_by < SURE:
            return _claimed_at(row) + timedelta(seconds=gone_by)
        async with self._database.reading() as work:
            if not await work.holds(row, timedelta(seconds=LIMIT)):
                raise _Blocked(work.real_now)
            return work.real_now

    async def _write(self, row: DeliveryRow, outcome: _Posted | Exception, *, tell: bool) -> None:
        # What is counted here must not be counted again when the writing has to be repeated.
        row = row.model_copy()
        async with self._database.work() as work:
            if row.case_id:
                # Before the row, as every act does: one order of locks, no deadlock.
                await work.case(row.case_id)
            match outcome:
                case _Posted():
                    await self._arrived(work, row, outcome, tell=tell)
                case _Dropped():
                    await work.finish(row, "dropped")
                case _Blocked():
                    await self._again(work, row, outcome.until - work.real_now, "not yet", free=True)
                case _PutOff():
                    await self._put_off(work, row, outcome)
                case _Elsewhere():
                    await self._elsewhere(work, row, outcome.way, outcome.reason)
                case Unreachable():
                    await self._over(work, row, outcome.reason)
                case Refused():
                    await self._over(work, row, outcome.reason, alarms.REFUSED)
                case _ if row.attempts >= ATTEMPTS:
                    await self._over(work, row, "it was tried too often", alarms.GIVEN_UP)
                case NotSaved():
                    await self._again(work, row, loop.backoff(row.tries), "the database was away", free=True)
                case Uncertain():
                    await self._again(work, row, SETTLE, outcome.reason)
                case _:
                    _log.error("a delivery failed", delivery=row.id, exc_info=outcome)
                    await self._again(work, row, loop.backoff(row.attempts), "a mistake of ours")

    async def _arrived(self, work: Work, row: DeliveryRow, posted: _Posted, *, tell: bool) -> None:
        if not await work.finish(row, "done"):
            _log.warning("a result came too late and was refused", delivery=row.id)
            return
        card = await work.card_posted(
            row.case_id,
            row.recipient,
            posted.place,
            posted.message,
            posted.notice,
            posted.version,
            posted.digest,
        )
        if tell:
            await self._desk.delivered(work, row, card)
        self._late(posted.place.address.platform, _age(work, row).total_seconds())

    async def _put_off(self, work: Work, row: DeliveryRow, put_off: _PutOff) -> None:
        age = _age(work, row)
        if row.tries > ATTEMPTS and age > PATIENCE:
            if put_off.more:
                await self._elsewhere(work, row, put_off.platform, put_off.reason)
            else:
                _failed(row, put_off.platform, put_off.reason)
                await self._over(work, row, put_off.reason, alarms.GIVEN_UP)
            return
        row.tries += 1
        wait = loop.backoff(row.tries)
        if put_off.after is not None:
            wait = timedelta(seconds=min(put_off.after, PATIENCE.total_seconds()))
            await self._block(work, row, put_off, wait)
        await self._again(work, row, wait, put_off.reason, free=True)

    async def _block(self, work: Work, row: DeliveryRow, put_off: _PutOff, wait: timedelta) -> None:
        """The platform has asked us to wait: leave the destination alone, or more than that."""
        until, lane = work.real_now + wait, put_off.lane
        if not lane:
            await work.block(f"{put_off.platform}/{row.destination}", until)
            return
        # One after the other, so that of two at once the second one sees the first. Long gone by, so that it
        # stops nobody whose transaction began a moment earlier.
        await work.block(lane, work.real_now - PATIENCE)
        await work.block(f"{lane}/{row.destination}", until)
        # One may be its own limit; two are that of the whole workspace or tenant.
        if sum(name.startswith(f"{lane}/") for name in await work.blocks()) > 1:
            await work.block(lane, until)
            self._traffic.lane(lane).blocked = elapsing() + wait.total_seconds()

    async def _elsewhere(self, work: Work, row: DeliveryRow, way: str, reason: str) -> None:
        """Given up here; from now on by the ways after this one, with all their tries."""
        _log.warning("a message goes another way", delivery=row.id, platform=way, reason=reason)
        _failed(row, way, reason)
        row.after_way, row.attempts, row.tries, row.lane = way, 0, 0, ""
        await work.put_back(row, "ready", timedelta(0), reason)

    async def _again(
        self, work: Work, row: DeliveryRow, wait: timedelta, reason: str, *, free: bool = False
    ) -> None:
        """`free`: nothing was tried that could be the message's fault, so it does not count."""
        row.attempts -= free
        await work.put_back(row, "uncertain" if row.doubt_since else "ready", wait, reason)

    async def _over(self, work: Work, row: DeliveryRow, reason: str, alarm: str = "") -> None:
        if await work.finish(row, "undeliverable", reason):
            await self._desk.undeliverable(work, row, reason)
            # What belongs to no case may itself be an alarm: that must not breed another one.
            if alarm and row.case_id is not None:
                # The row's number finds it; its key would say who was to read what.
                await self._desk.alarm(work, alarm, f"{row.id}: {reason}")


def _left(row: DeliveryRow, ways: list[str]) -> list[str]:
    """Those of the ways that are still to be tried."""
    if row.after_way in ways:
        return ways[ways.index(row.after_way) + 1 :]
    return ways[1:] if row.after_way == FIRST_WAY else ways


def _let_through(ready: _Ready, *names: str) -> None:
    """Raises _Blocked where one of these has asked us to wait."""
    until = max((ready.blocks[name] for name in names if name in ready.blocks), default=None)
    if until is not None:
        raise _Blocked(until)


def _claimed_at(row: DeliveryRow) -> datetime:
    """When the row was claimed (real time)."""
    return row.free_at - LEASE


def _age(work: Work, row: DeliveryRow) -> timedelta:
    """For how long it could have been sent."""
    age = work.real_now - row.created_at
    return age if row.wait_until is None else min(age, work.now - row.wait_until)


def _failed(row: DeliveryRow, way: str, reason: str) -> None:
    """Note on the row that this way did not reach the person."""
    tried: dict[str, str] = dict(json.loads(row.failed))
    row.failed = json.dumps(list((tried | {way: reason}).items()))


async def _asked(call: Coroutine[Any, Any, T]) -> T:
    """Ask the platform something that sends nothing: whatever remains unclear may be asked again."""
    try:
        async with asyncio.timeout(LIMIT):
            return await call
    except (Uncertain, TimeoutError) as error:
        raise TryLater("the platform did not answer") from error
