"""The deliverer: what must arrive is sent, in order, until it has arrived or somebody has been told."""

import asyncio
import json
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

import structlog

from bot.chat.port import DeliveryError, NotSaved, Platform, Refused, TryLater, Uncertain, Unreachable
from bot.chat.turn import Message, Place
from bot.engine import alarms, loop
from bot.engine.desk import Drawn, EngineDesk
from bot.store import places
from bot.store.database import Database
from bot.store.work import Conflict, DeliveryRow, Work

SLOTS = 16
"""Messages under way at the same time, each to a destination of its own."""
LEASE = timedelta(seconds=30)
LIMIT = 12.0
"""Seconds for one call of a platform: finding the person and posting fit into the lease."""
SETTLE = timedelta(seconds=5)
"""How long a message whose fate is unknown is left alone before it is looked for."""
LOOKING = timedelta(minutes=2)
"""How long after such a send a platform may put the looking off. Then it is sent again, and says so."""
MARGIN = timedelta(minutes=1)
"""By so much a platform's clock may be behind ours when it is."""
RETRY = 1.0
"""Seconds between two tries of writing down what was sent."""
ATTEMPTS = 8
DYING = timedelta(minutes=15)
"""So long a message is tried although its workers died more often than that: it need not be the message that
kills them, and a service that something else kills must not give up what it was sending."""
FIRST_WAY = "first"
"""As what `after_way` says of a row: whichever way the person prefers."""
PATIENCE = timedelta(hours=1)
"""So long a platform may put a message off before we tell somebody that it does not arrive."""
T = TypeVar("T")
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Way:
    """A platform, and the place there, or how to find it."""

    platform: Platform
    place: Place | None = None
    email: str = ""
    known: Sequence[Place] = ()


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
    """The platform did not take it, for sure. `after` as in TryLater; `more`: there is a further way."""

    def __init__(self, platform: str, later: TryLater, *, more: bool) -> None:
        self.platform = platform
        self.reason = later.reason
        self.after = later.after
        self.more = more


class _NotLooked(Exception):
    """A message whose fate is unknown can be looked for after `wait`, and is left alone until then."""

    def __init__(self, wait: timedelta, reason: str) -> None:
        self.wait = wait
        self.reason = reason


class _Dropped(Exception):
    """The notice is no longer to be shown."""


class Deliverer:
    """Leases rows, sends them without holding a transaction, and writes down what came of it."""

    def __init__(
        self, database: Database, platforms: Mapping[str, Platform], desk: EngineDesk,
        repeated: Callable[[str, str], None] = lambda platform, why: None,
    ) -> None:  # fmt: skip
        """`repeated` is told of each message that was sent again though the first may have arrived: its
        platform, and why nobody could look ("no_looking", "refused", "put_off")."""
        self._database = database
        self._platforms = platforms
        self._desk = desk
        self._repeated = repeated
        self._sending: dict[int, asyncio.Task[None]] = {}

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
        free = SLOTS - len(self._sending)
        rows = await self._claim(free) if free else []
        for row in rows:
            task = asyncio.create_task(self._send(row))
            self._sending[row.id] = task
            task.add_done_callback(lambda _, id=row.id: self._sending.pop(id))  # type: ignore[misc]
        return len(rows)

    async def _claim(self, limit: int) -> list[DeliveryRow]:
        try:
            async with self._database.work() as work:
                return await work.claim_deliveries(limit, self._sending.keys(), LEASE)
        except Conflict:
            # Another worker took one of them; it rings when it is done.
            return []

    async def _pause(self) -> float:
        async with self._database.reading() as work:
            return loop.until(await work.next_free(), work.real_now)

    async def _send(self, row: DeliveryRow) -> None:
        outcome: _Posted | Exception
        try:
            outcome = await self._attempt(row)
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

    async def _attempt(self, row: DeliveryRow) -> _Posted:
        async with self._database.reading() as work:
            if row.attempts > ATTEMPTS and work.real_now - row.created_at > DYING:
                raise Uncertain("its workers died again and again")
            drawn = await self._drawn(work, row, row.notice)
            ways = await self._ways(work, row)
            blocks = await work.blocks()
        unreachable: Unreachable | None = None
        for way in ways:
            name = way.platform.name
            until = max(
                (blocks[key] for key in (name, f"{name}/{row.destination}") if key in blocks), default=None
            )
            if until is not None:
                raise _Blocked(until)
            try:
                return await self._post(row, way, drawn)
            except Unreachable as error:
                # What is told is why the first way failed: it is the one that the person prefers.
                unreachable = unreachable or error
                _failed(row, name, error.reason)
            except TryLater as later:
                raise _PutOff(name, later, more=way is not ways[-1]) from later
            except (Refused, Uncertain) as error:
                over = isinstance(error, Refused) or row.attempts >= ATTEMPTS
                if over and way is not ways[-1]:
                    raise _Elsewhere(name, error.reason) from error
                raise
        raise unreachable or Unreachable("there is no address on a platform that is set up here")

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
                known = [*await work.places_of(row.recipient, name), *await work.channels(name)]
                ways.append(_Way(platform, None, email, known))
        names = [way.platform.name for way in ways]
        if row.after_way in names:
            return ways[names.index(row.after_way) + 1 :]
        return ways[1:] if row.after_way == FIRST_WAY else ways

    async def _post(self, row: DeliveryRow, way: _Way, drawn: Drawn) -> _Posted:
        platform, notice = way.platform, row.notice
        place = way.place if way.place else await self._found(row, way)
        if place.kind == "channel" or platform.capabilities.threads_in_personal:
            place = await self._in_thread(row, place)
        not_looked = ""
        if row.doubt_since is not None:
            found, not_looked = await self._looked_for(row, row.doubt_since, platform, place)
            if found is not None:
                # Which version it shows is unknown: it is redrawn.
                return _Posted(place, found, 0, notice)
        if not_looked:
            notice = self._desk.again(notice)
            async with self._database.reading() as work:
                drawn = await self._drawn(work, row, notice)
        started = await self._leased(row)
        try:
            async with asyncio.timeout(LIMIT):
                message = await platform.post(place, drawn.card, row.key)
        except (TryLater, Unreachable, Refused):
            raise
        except Exception as error:
            row.doubt_since = row.doubt_since or started
            raise Uncertain("nobody can tell whether the message arrived") from error
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
            return await _asked(platform.find(place, row.key, (since - MARGIN).timestamp())), ""
        except TryLater as later:
            wait = loop.backoff(row.tries) if later.after is None else timedelta(seconds=later.after)
            async with self._database.reading() as work:
                if work.real_now + wait <= since + LOOKING:
                    raise _NotLooked(wait, later.reason) from later
            return None, "put_off"
        except DeliveryError:
            # Whether this place can be written to at all, the post itself will say.
            return None, "refused"

    async def _found(self, row: DeliveryRow, way: _Way) -> Place:
        """Where the person is. Raises Unreachable also where it may be somebody else with their address."""
        place = await _asked(way.platform.reach(way.email, way.known))
        if place not in way.known:
            async with self._database.reading() as work:
                if await work.withheld(row.recipient, place):
                    raise Unreachable("the person has not said yet that the account there is theirs")
        return place

    async def _in_thread(self, row: DeliveryRow, place: Place) -> Place:
        if place.thread or not row.case_id:
            return place
        async with self._database.reading() as work:
            return replace(place, thread=await work.thread_of(row.case_id, place.address))

    async def _leased(self, row: DeliveryRow) -> datetime:
        """The time (real) at which the row is still ours, and long enough for one post."""
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

    async def _put_off(self, work: Work, row: DeliveryRow, put_off: _PutOff) -> None:
        age = work.real_now - row.created_at
        if row.wait_until is not None:
            age = min(age, work.now - row.wait_until)
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
            prefix = f"{put_off.platform}/"
            # One after the other, so that of two at once the second one sees the first. Long gone by, so that
            # it stops nobody whose transaction began a moment earlier.
            await work.block(put_off.platform, work.real_now - PATIENCE)
            await work.block(prefix + row.destination, work.real_now + wait)
            # One may be its own limit; two are the platform's.
            if sum(name.startswith(prefix) for name in await work.blocks()) > 1:
                await work.block(put_off.platform, work.real_now + wait)
        await self._again(work, row, wait, put_off.reason, free=True)

    async def _elsewhere(self, work: Work, row: DeliveryRow, way: str, reason: str) -> None:
        """Given up here; from now on by the ways after this one, with all their tries."""
        _log.warning("a message goes another way", delivery=row.id, platform=way, reason=reason)
        _failed(row, way, reason)
        row.after_way, row.attempts, row.tries = way, 0, 0
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
