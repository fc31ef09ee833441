"""The inbox: an act of a person, taken once, in one transaction, with the replies kept for a repetition."""

import asyncio
import hashlib
import json
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

import structlog

from bot.chat import codec
from bot.chat.allowance import Allowance
from bot.chat.form import Option
from bot.chat.outside import key as short
from bot.chat.port import DeliveryError, NotSaved, Platform, Profile, Rate, TooMany, Warned
from bot.chat.router import Router, texts_of
from bot.chat.turn import (
    Account,
    Act,
    HomeOpened,
    Incoming,
    Installed,
    Invalid,
    Message,
    Person,
    Place,
    Pressed,
    Removed,
    Replies,
    Said,
    ShowHome,
    Submitted,
    Turn,
    Whisper,
)
from bot.desk import Desk, House, NotOnCase, Refusal
from bot.desk.engine import CaseDesk
from bot.desk.memory import place_key
from bot.guidance import remembering
from bot.limits import HOUR, Limits
from bot.metrics import Metrics
from bot.store.acts import DIGEST
from bot.store.arrivals import Arrival, Arrived
from bot.store.database import Database
from bot.store.rows import Conflict, MustWrite
from bot.store.work import Work

_log = structlog.get_logger(__name__)
_ATTEMPTS = 4
_AT_ONCE = 6
"""So many acts are carried out at once; the others wait in the order in which they came. Else, where many
come at the same moment, who only looks is served at once, and who writes waits for twice as long."""
_MOST_FOUND = 25


class _NoEffect(Exception):
    """Nothing of this turn is kept, not even that it happened: the same form may come again, corrected."""

    def __init__(self, replies: Replies) -> None:
        self.replies = replies


class _Unknown(Exception):
    """An account that nobody linked yet: its platform is asked, outside of any transaction."""


class BotInbox:
    """`bot.chat.port.Inbox` over the database, the directory and the conversations."""

    def __init__(
        self,
        database: Database,
        house: House,
        router: Router[Desk],
        metrics: Metrics,
        limits: Limits | None = None,
    ) -> None:
        """`limits`: how much one person may do; None is as much as they like."""
        self._limits = limits
        self._database = database
        self._house = house
        self._router = router
        self._metrics = metrics
        self._noted = Allowance(Rate(1, HOUR))
        self._notes: set[asyncio.Task[None]] = set()
        self._warned: deque[str] = deque(maxlen=1_000)
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self.platforms: Mapping[str, Platform] = {}

    async def receive(self, incoming: Incoming) -> Replies:
        """Carry out one act at most once per key. Raises NotSaved when nothing was committed."""
        with remembering.for_a_turn():
            return await self._carried_out(incoming)

    async def _limited(self, limits: Limits, incoming: Incoming) -> Replies | None:
        """The private answer to what is over the limit; None for what is not, and for what tells of danger.
        Nothing of it is kept, so that the same act may come again. Raises TooMany for a form: it is given
        back."""
        account, act = incoming.account, incoming.act
        wait = limits.over(incoming)
        if not wait:
            return None
        async with self._in_order(act):
            if self._router.is_urgent(act):
                return None
        self._metrics.refused.labels(account.platform, "too many").inc()
        if limits.notes(account):
            await self._note_too_many(account)
        if isinstance(act, Submitted):
            raise TooMany(wait)
        if not limits.tells(incoming):
            return ()
        card = self._house.too_many(wait, texts_of(act))
        return (ShowHome(card),) if isinstance(act, HomeOpened) else (Whisper(card),)

    async def _note_too_many(self, account: Account) -> None:
        """In the security log, once for each person and hour, whichever process finds it."""
        whose = f"{account.platform}:{account.tenant}:{account.user}"
        try:
            async with self._database.work() as work:
                key = f"too_many:{whose}:{work.real_now.strftime('%Y-%m-%dT%H')}"
                if await work.once(short(key)) is None:
                    body = {"what": "too_many", "case": "", "person": await work.account(account) or ""}
                    await work.append("security", "too_many", body, whose)
        except (Conflict, NotSaved):
            # The act stays over the limit: it must not come to another attempt, which asks for no limit.
            _log.error("it could not be noted that somebody does too much", platform=account.platform)

    async def _carried_out(self, incoming: Incoming) -> Replies:
        profile: Profile | None = None
        asked = False
        for attempt in range(_ATTEMPTS):
            try:
                if not await self._meant_for_us(incoming):
                    return ()
                if self._limits is not None and not attempt:
                    limited = await self._limited(self._limits, incoming)
                    if limited is not None:
                        return limited
                async with self._in_order(incoming.act) as left:
                    shown = None if asked else await self._shown(incoming, left())
                    if shown is not None:
                        return shown
                    return await self._taken(incoming, profile, asked, left())
            except _Unknown:
                profile, asked = await self._profile(incoming), True
            except Conflict:
                self._metrics.conflicts.inc()
            except _NoEffect as given_back:
                return given_back.replies
            except NotSaved:
                raise
            except Exception:
                return self._failed(incoming)
        raise NotSaved("others changed the same case again and again")

    @asynccontextmanager
    async def _in_order(self, act: Act) -> AsyncIterator[Callable[[], float]]:
        """Wait for one's turn, and listen to what was typed; gives how many seconds are left for the
        transaction, which are at least half of what it may take by itself. Raises NotSaved."""
        clock, patience = asyncio.get_running_loop().time, self._database.patience
        until = clock() + patience
        try:
            async with asyncio.timeout_at(until):
                await self._turns.acquire()
        except TimeoutError as error:
            raise NotSaved("too many others are at it") from error
        try:
            # Never cut off: what tells of danger must be heard, also while the encoder is still being read.
            await self._router.listen(act)
            yield lambda: max(until - clock(), patience / 2)
        finally:
            self._turns.release()

    def _failed(self, incoming: Incoming) -> Replies:
        """A mistake of ours: nothing was saved, and the person is told so. A form is given back."""
        self._metrics.failed.inc()
        _log.exception("a turn failed", act=incoming.act.kind, platform=incoming.account.platform)
        if isinstance(incoming.act, Submitted):
            raise NotSaved("the turn failed")
        return (Whisper(self._house.failed()),)

    async def _shown(self, incoming: Incoming, patience: float) -> Replies | None:
        """The replies to an act that only shows something: nothing is written, so nobody waits for the disk,
        and no key is kept, since looking twice is looking. None where it must write after all: then nothing
        has been done yet."""
        if not self._router.shows(incoming.act):
            return None
        try:
            async with self._database.reading(patience=patience, arrival=_arrival(incoming)) as work:
                arrived = _arrived(work)
                if arrived.outcome is not None:
                    return self._repeated(arrived.outcome)
                desk = Desk(self._house, work)
                entry = self._house.directory.person(arrived.person) if arrived.person else None
                if entry is None or not arrived.settled:
                    return None
                replies = await self._routed(_turn(incoming, desk.person(entry.id)), desk)
        except MustWrite:
            return None
        self._metrics.turns.labels(incoming.account.platform).inc()
        return replies

    async def _taken(
        self, incoming: Incoming, profile: Profile | None, asked: bool, patience: float
    ) -> Replies:
        async with self._database.work(patience=patience, arrival=_arrival(incoming)) as work:
            arrived = _arrived(work)
            if arrived.outcome is not None:
                return await self._again(work, incoming, arrived.outcome)
            if isinstance(incoming.act, Removed):
                await work.gone(incoming.place)
                await work.carried_out(incoming.key, "")
                return ()
            desk = Desk(self._house, work)
            person = await self._known(desk, incoming, arrived, profile, asked)
            if not arrived.settled or (person.id if person else None) != arrived.person:
                await work.seen(incoming.account, person.id if person else None, incoming.place)
            replies = await self._routed(_turn(incoming, person), desk)
            if any(isinstance(reply, Invalid) for reply in replies):
                raise _NoEffect(replies)
            await work.carried_out(incoming.key, codec.encode(replies))
            if isinstance(incoming.act, Submitted):
                await work.carried_out(_sent_with(incoming.key), _digest(incoming.act))
        self._metrics.turns.labels(incoming.account.platform).inc()
        return replies

    async def _again(self, work: Work, incoming: Incoming, outcome: str) -> Replies:
        """What to answer to an act that was carried out before. A form has one effect: where it was given
        back as not saved, and saved all the same, what was changed in it since then is given back."""
        act = incoming.act
        if isinstance(act, Submitted):
            before = await work.kept_outcome(_sent_with(incoming.key))
            if before is not None and before != _digest(act):
                self._metrics.repeated.inc()
                return (Whisper(self._house.sent_before(texts_of(act))),)
        return self._repeated(outcome)

    def _repeated(self, outcome: str) -> Replies:
        self._metrics.repeated.inc()
        return codec.decode(outcome) if outcome else ()

    async def _routed(self, turn: Turn, desk: Desk) -> Replies:
        if turn.person is None and not isinstance(turn.act, Installed):
            waits = await desk.claim(turn.account) is not None
            if not waits or isinstance(turn.act, Pressed | Submitted):
                await desk.suspicious(turn, "unconfirmed" if waits else "stranger")
        try:
            return await self._router.route(turn, desk)
        except (Refusal, NotOnCase) as error:
            if isinstance(error, Refusal):
                await desk.refused(turn, error.why, error.case)
            return (await self._house.refused(turn, desk, error),)

    async def _known(
        self, desk: Desk, incoming: Incoming, arrived: Arrived, profile: Profile | None, asked: bool
    ) -> Person | None:
        """The person of the account: linked before, or by the e-mail that the platform vouches for. None also
        where the person has still to say that the account is theirs."""
        account = incoming.account
        if arrived.person is not None:
            entry = self._house.directory.person(arrived.person)
        elif await desk.is_settled(account):
            entry = None
        elif not asked:
            raise _Unknown
        else:
            entry = await desk.meet(account, profile, asks=_is_meant(incoming.act))
        return desk.person(entry.id) if entry else None

    async def _profile(self, incoming: Incoming) -> Profile | None:
        platform = self.platforms[incoming.account.platform]
        try:
            return await platform.profile(incoming.account, incoming.place)
        except DeliveryError as error:
            raise NotSaved(f"nobody says who this is: {error.reason}") from error

    async def _meant_for_us(self, incoming: Incoming) -> bool:
        """Words overheard in a channel count only in the thread of a case, or where we asked something: all
        other talk is nobody's business here and is not even counted."""
        if not isinstance(incoming.act, Said) or incoming.act.addressed:
            return True
        async with self._database.reading() as work:
            if await work.case_in_thread(incoming.place.address, incoming.place.thread) is not None:
                return True
            linked = await work.account(incoming.account)
            entry = self._house.directory.person(linked) if linked else None
            if entry is None:
                return False
            desk = Desk(self._house, work)
            person = desk.person(entry.id)
            return await desk.pending(_turn(incoming, person)) is not None

    async def posted(self, tracked: str, account: Account, message: Message) -> None:
        """A reply that shows a case stands there now: it is redrawn when the case changes."""
        shows = json.loads(tracked)
        async with self._database.work() as work:
            person = await work.account(account)
            if person is None:
                return
            place = Place(message.address, "personal", message.thread)
            await work.card_posted(shows["case"], person, place, message, shows["notice"], shows["version"])
            row = await work.case(shows["case"])
            if row is not None:
                await work.cards_changed(row.id, row.version)

    async def search(self, account: Account, scope: str, words: str) -> tuple[Option, ...]:
        """At most 25 people of the directory, for somebody who is in it. Raises TooMany."""
        if self._limits is not None and not self._limits.may_search(account):
            self.refused(account.platform, "too many searches")
            raise TooMany(1)
        async with self._database.reading() as work:
            person = await work.account(account)
        if person is None or self._house.directory.person(person) is None:
            return ()
        found = self._house.directory.search(words, scope)[:_MOST_FOUND]
        return tuple(Option(entry.id, f"{entry.name}, {entry.role}") for entry in found if entry.id != person)

    def refused(self, platform: str, reason: str) -> None:
        """A request was turned away: counted, and in the security log once in an hour for each reason."""
        self._metrics.refused.labels(platform, reason).inc()
        if not self._noted.take((platform, reason)):
            note = asyncio.get_running_loop().create_task(self._note_refused(platform, reason))
            self._notes.add(note)
            note.add_done_callback(self._notes.discard)

    async def settled(self) -> None:
        """Wait until all that was to be noted is noted."""
        while self._notes:
            await asyncio.gather(*self._notes, return_exceptions=True)

    async def _note_refused(self, platform: str, reason: str) -> None:
        try:
            async with self._database.work() as work:
                key = f"refused:{platform}:{reason}:{work.real_now.strftime('%Y-%m-%dT%H')}"
                if await work.once(short(key)) is None:
                    body = {"what": "request_refused", "case": "", "person": "", "why": reason}
                    await work.append("security", "request_refused", body, platform)
        except Exception as error:
            # Nobody who sends what is refused may stop anything by it.
            _log.warning("a refused request could not be noted", kind=type(error).__name__)

    async def warn(self, platform: str, what: Warned, account: Account | None = None, link: str = "") -> None:
        """Put the attempt into the security log and tell the coordinator, once for each link and kind; where
        no link is known, once in an hour by the clock. Raises NotSaved."""
        async with self._database.reading() as work:
            key = f"warned:{platform}:{what}:{link or work.real_now.strftime('%Y-%m-%dT%H')}"
        if key in self._warned:
            # Whoever tries a thousand links must not keep the database from writing.
            return
        async with self._database.work() as work:
            if await work.once(key) is None:
                await self._told(work, platform, what, account)
        self._warned.append(key)

    async def _told(self, work: Work, platform: str, what: Warned, account: Account | None) -> None:
        entry = self._house.directory.by_email(account.user) if account else None
        whose = f"{account.platform}:{account.tenant}:{account.user}" if account else platform
        body = {"what": what, "case": "", "person": entry.id if entry else ""}
        noted = await work.append("security", what, body, whose)
        await CaseDesk(self._house).alarm(work, what, "", noted=noted)


def _sent_with(key: str) -> str:
    """Under which key the digest of what stood in a form is kept."""
    return key + DIGEST


def _digest(act: Submitted) -> str:
    return hashlib.sha256(repr(sorted(act.values.items())).encode("utf-8", "replace")).hexdigest()


def _arrival(incoming: Incoming) -> Arrival:
    return Arrival(incoming.key, incoming.account, incoming.place, place_key(incoming.place))


def _arrived(work: Work) -> Arrived:
    assert work.arrived is not None, "the transaction began with an arrival"
    return work.arrived


def _turn(incoming: Incoming, person: Person | None) -> Turn:
    return Turn(incoming.key, person, incoming.account, incoming.place, incoming.act)


def _is_meant(act: Act) -> bool:
    """Whether somebody turns to us, rather than that the app was installed or words were overheard."""
    return not isinstance(act, Installed) and not (isinstance(act, Said) and not act.addressed)
