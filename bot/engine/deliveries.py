"""The deliverer: what must arrive is sent, in order, until it has arrived or somebody has been told."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.chat.port import DeliveryError, NotSaved, Platform, Refused, TryLater, Uncertain, Unreachable
from bot.chat.turn import Message, Place
from bot.engine import alarms, loop
from bot.engine.claims import Claims
from bot.engine.desk import EngineDesk
from bot.engine.pulse import Pulse
from bot.engine.traffic import Lane, Traffic, elapsing, lane_of
from bot.engine.ways import LIMIT, TURN, Blocked, Dropped, Ready, Way, Ways, asked, claimed_at
from bot.store.database import Database
from bot.store.erasing import ERASED
from bot.store.work import Conflict, DeliveryRow, Work

SETTLE = timedelta(seconds=5)
"""How long a message whose fate is unknown is left alone before it is looked for."""
FROZEN = 3.0
"""Seconds between looking at the lease and sending after which this process must have stood still."""
LOOKING = timedelta(minutes=2)
"""How long after such a send a platform may put the looking off. Then it is sent again, and says so."""
MARGIN = timedelta(minutes=1)
"""By so much a platform's clock may be behind ours when it is."""
RETRY = 1.0
"""Seconds between two tries of writing down what was sent."""
ATTEMPTS = 8
DEATHS = 25
"""So often the worker of a message may have ended before the message itself is suspected of it."""
PATIENCE = timedelta(hours=1)
"""So long a platform may put a message off before we tell somebody that it does not arrive."""
SURE = 5.0
"""Seconds after its claim for which a message is certainly still ours, without asking the database again."""
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Posted:
    """`notice` is what the card was drawn from, and is drawn from again."""

    place: Place
    message: Message
    version: int
    notice: str
    digest: str = ""


class _Elsewhere(Exception):
    """This way is given up, and there is another one: the message goes there next."""

    def __init__(self, way: str, reason: str) -> None:
        self.way = way
        self.reason = reason


class _PutOff(Exception):
    """The platform did not take it, for sure. `after` as in TryLater; `more`: there is a further way. `lane`
    is who refused it; empty where it was not about sending, but about finding the person."""

    def __init__(self, platform: str, lane: str, later: TryLater, *, more: bool) -> None:
        self.platform = platform
        self.lane = lane
        self.reason = later.reason
        self.after = later.after
        self.more = more


class _NotLooked(Exception):
    """A message whose fate is unknown can be looked for after `wait`, and is left alone until then."""

    def __init__(self, wait: timedelta, reason: str) -> None:
        self.wait = wait
        self.reason = reason


@dataclass(slots=True)
class _Trip:
    """One message on its way: in which lane it was claimed, and when (as `elapsing`)."""

    lane: Lane
    began: float
    _booked: bool = False

    def booked(self) -> None:
        """From now on the meter of its lane knows it."""
        self.lane.unbooked -= not self._booked
        self._booked = True


class Deliverer:
    """Leases rows, sends them without holding a transaction, and writes down what came of it.

    `late` is told of each message that has arrived: the platform, and how many seconds after it was wanted.
    `repeated` is told of each that was sent again though the first may have arrived: the platform, and why
    nobody could look ("no_looking", "refused", "put_off").
    """

    def __init__(
        self,
        database: Database,
        platforms: Mapping[str, Platform],
        desk: EngineDesk,
        traffic: Traffic | None = None,
        late: Callable[[str, float], object] = lambda _platform, _seconds: None,
        repeated: Callable[[str, str], object] = lambda _platform, _why: None,
    ) -> None:
        self._database = database
        self._desk = desk
        self._traffic = traffic or Traffic(platforms)
        self._late = late
        self._repeated = repeated
        self.pulse = Pulse()
        self._sending: dict[int, asyncio.Task[None]] = {}
        self._ways = Ways(database, platforms, desk, self._traffic)
        self._claims = Claims(database, platforms, desk, self._traffic)

    async def run(self) -> None:
        """Until cancelled; what is being sent then is finished first."""
        try:
            await loop.run("deliverer", self._database, self._begin, self._pause, self.pulse)
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
        # Before the claim: frozen in the midst of it, we must not take the rows for ours afterwards.
        began = elapsing()
        claimed = await self._claims.claim(self._sending.keys())
        if not claimed:
            return 0
        ready = await self._ways.prepare([row for row, _ in claimed])
        for row, lane in claimed:
            task = asyncio.create_task(self._send(row, lane, began, ready.get(row.id)))
            self._sending[row.id] = task
            task.add_done_callback(lambda _, id=row.id: self._sending.pop(id))  # type: ignore[misc]
        return len(claimed)

    async def _pause(self) -> float:
        async with self._database.reading(heavy=True) as work:
            return min(self._claims.soon, loop.until(await work.next_free(), work.real_now))

    async def _send(self, row: DeliveryRow, lane: Lane, began: float, ready: Ready | None) -> None:
        trip = _Trip(lane, began)
        try:
            await self._carry(row, trip, ready)
        finally:
            trip.booked()
            lane.under_way -= 1

    async def _carry(self, row: DeliveryRow, trip: _Trip, ready: Ready | None) -> None:
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
            except (NotSaved, Conflict):
                # What was sent is known here and nowhere else: keep it until it can be written down.
                await asyncio.sleep(RETRY)
            except Exception:
                _log.exception("the outcome of a delivery could not be written", delivery=row.id)
                if not (isinstance(outcome, _Posted) and tell):
                    return
                # Rather that nobody hears of it than that it is sent again.
                tell = False

    async def _attempt(self, row: DeliveryRow, trip: _Trip, ready: Ready | None) -> _Posted:
        if row.deaths > DEATHS:
            raise Uncertain("its workers died again and again")
        if ready is None:
            async with self._database.reading() as work:
                ready = await self._ways.read(work, row, await work.blocks())
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

    async def _by(self, row: DeliveryRow, way: Way, ready: Ready, trip: _Trip) -> _Posted:
        """Send it this way. Somebody who is not where they were found a while ago is looked for anew."""
        try:
            return await self._post(row, way, ready, trip)
        except Unreachable:
            remembered = way.remembered
            self._ways.forget(way)
            if not remembered:
                raise
            return await self._post(row, way, ready, trip)

    async def _post(self, row: DeliveryRow, way: Way, ready: Ready, trip: _Trip) -> _Posted:
        platform, notice, drawn = way.platform, row.notice, ready.drawn
        place = way.place if way.place else await self._ways.found(row, way)
        lane_name = lane_of(platform.name, place.address.tenant)
        _let_through(ready, lane_name, f"{lane_name}/{row.destination}")
        if self._ways.has_threads(way):
            place = await self._ways.in_thread(row, place, way.thread)
        not_looked = ""
        if row.doubt_since is not None:
            found, not_looked = await self._looked_for(row, row.doubt_since, platform, place)
            if found is not None:
                # Which version it shows is unknown: it is redrawn.
                return _Posted(place, found, 0, notice)
        if not_looked:
            notice = self._desk.again(notice)
            async with self._database.reading() as work:
                drawn = await self._ways.drawn(work, row, notice)
        await self._turn(row, lane_name, trip)
        started = await self._leased(row, trip)
        try:
            async with asyncio.timeout(LIMIT):
                message = await platform.post(place, drawn.card, row.key)
        except TryLater as later:
            if later.perhaps_taken:
                row.doubt_since = row.doubt_since or started
            raise
        except (Unreachable, Refused):
            raise
        except Exception as error:
            row.doubt_since = row.doubt_since or started
            raise Uncertain("nobody can tell whether the message arrived") from error
        finally:
            self._traffic.posted(platform.name, row.destination, elapsing())
        if not_looked:
            self._repeated(platform.name, not_looked)
        return _Posted(place, message, drawn.version, notice, drawn.digest)

    async def _looked_for(
        self, row: DeliveryRow, since: datetime, platform: Platform, place: Place
    ) -> tuple[Message | None, str]:
        """The message whose fate is unknown `since` then, if it stands there; else why nobody could look,
        empty where somebody did. Reading what was said may be forbidden, or allowed once in a minute: it is
        waited for a little, and is no reason to be silent, or to send others nothing."""
        if not platform.capabilities.finds_posts:
            return None, "no_looking"
        try:
            return await asked(platform.find(place, row.key, (since - MARGIN).timestamp())), ""
        except TryLater as later:
            wait = loop.backoff(row.tries) if later.after is None else timedelta(seconds=later.after)
            async with self._database.reading() as work:
                if work.real_now + wait <= since + LOOKING:
                    raise _NotLooked(wait, later.reason) from later
            return None, "put_off"
        except DeliveryError:
            # Whether this place can be written to at all, the post itself will say.
            return None, "refused"

    async def _turn(self, row: DeliveryRow, lane_name: str, trip: _Trip) -> None:
        """Wait until the workspace or tenant takes another message."""
        now, lane = elapsing(), self._traffic.lane(lane_name)
        wait = max(lane.posts.wait(now), lane.blocked - now)
        if wait > TURN:
            raise Blocked(claimed_at(row) + timedelta(seconds=now - trip.began + wait))
        wait = lane.posts.book(now)
        trip.booked()
        if wait:
            await asyncio.sleep(wait)

    async def _leased(self, row: DeliveryRow, trip: _Trip) -> datetime:
        """The time (real) at which the row is still ours, and long enough for one post. Soon after its claim
        nobody else can have it; the time in which a process was frozen counts."""
        looked = elapsing()
        if looked - trip.began < SURE:
            return claimed_at(row) + timedelta(seconds=looked - trip.began)
        async with self._database.reading() as work:
            held, now = await work.holds(row, timedelta(seconds=LIMIT + FROZEN)), work.real_now
        # A process that stood still meanwhile holds an answer of long ago.
        if not held or elapsing() - looked > FROZEN:
            raise Blocked(now)
        return now

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
                case Dropped():
                    await work.finish(row, "dropped")
                case Blocked():
                    await self._again(work, row, outcome.until - work.real_now, "not yet", free=True)
                case _NotLooked():
                    row.tries += 1
                    await self._again(work, row, outcome.wait, outcome.reason, free=True)
                case _PutOff():
                    await self._put_off(work, row, outcome)
                case _Elsewhere():
                    await self._elsewhere(work, row, outcome.way, outcome.reason)
                case Unreachable():
                    await self._over(work, row, outcome.reason)
                case Refused():
                    await self._over(work, row, outcome.reason, alarms.REFUSED)
                case _ if row.attempts >= ATTEMPTS or row.deaths > DEATHS:
                    await self._over(work, row, "it was tried too often", alarms.GIVEN_UP)
                case NotSaved():
                    await self._again(work, row, loop.backoff(row.tries), "the database was away", free=True)
                case Uncertain():
                    await self._again(work, row, SETTLE, outcome.reason)
                case _:
                    _log.error("a delivery failed", delivery=row.id, exc_info=outcome)
                    await self._again(work, row, loop.backoff(row.attempts), "a mistake of ours")
        if isinstance(outcome, _Posted):
            self._late(outcome.place.address.platform, _age(work, row).total_seconds())

    async def _arrived(self, work: Work, row: DeliveryRow, posted: _Posted, *, tell: bool) -> None:
        if not await work.finish(row, "done"):
            _log.warning("a result came too late and was refused", delivery=row.id)
            await self._of_erased(work, row, posted)
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

    async def _of_erased(self, work: Work, row: DeliveryRow, posted: _Posted) -> None:
        """The case was erased while its message was on the way: what stands in the chat now goes again."""
        case = await work.case(row.case_id) if row.case_id else None
        if case is not None and case.status == ERASED:
            await work.card_posted(case.id, row.recipient, posted.place, posted.message, "", case.version)

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


def _let_through(ready: Ready, *names: str) -> None:
    """Raises Blocked where one of these has asked us to wait."""
    until = max((ready.blocks[name] for name in names if name in ready.blocks), default=None)
    if until is not None:
        raise Blocked(until)


def _age(work: Work, row: DeliveryRow) -> timedelta:
    """For how long it could have been sent."""
    age = work.real_now - row.created_at
    return age if row.wait_until is None else min(age, work.now - row.wait_until)


def _failed(row: DeliveryRow, way: str, reason: str) -> None:
    """Note on the row that this way did not reach the person."""
    tried: dict[str, str] = dict(json.loads(row.failed))
    row.failed = json.dumps(list((tried | {way: reason}).items()))
