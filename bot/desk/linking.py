"""One person, several accounts: a further account counts only once the person has said, on one that counts
already, that it is theirs. Until then it is shown nothing of any case, and no message goes there.

An e-mail address alone is not enough: administrators of another workspace or tenant can give it to anybody.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from bot.chat.port import Profile
from bot.chat.turn import Account, Person, Place, Turn
from bot.desk.view import person_of
from bot.people.directory import Directory
from bot.people.entries import Entry
from bot.store.people import LINKED, REFUSED, WAITING
from bot.store.work import AccountRow, DeliveryRow, Work

if TYPE_CHECKING:
    from bot.chat.card import Card
    from bot.desk.desk import Desk

ASK = "link_ask"
"""The kind of notice that asks a person whether an account is theirs."""
ALARM = "link_alarm"
"""The kind of notice that tells the coordinator of an account that the person could not be asked about, or
that they refused."""
DONE = "link_done"
"""The kind of notice that tells an account that it counts from now on."""
TOLD = "link_told"
"""The kind of notice that tells a person, where they were known, that the coordinator linked an account."""
KINDS = (ASK, ALARM, DONE, TOLD)
UNLINKED = "unlinked"
"""The kind of notice that stands in every chat of an account that is linked no more: nothing of any case."""

AGAIN = timedelta(hours=1)
"""So long the person is not asked about the same account once more, whatever it does."""
ANEW = timedelta(days=7)
"""After so long without an answer, it is a new matter: an old question can't be answered any more."""
_LONGEST = 80
"""Letters of a name that somebody gave themselves."""
_SECURITY = "security"

Standing = Literal["waiting", "refused"]
Settled = Literal["linked", "refused", "already", "over", "not_yours"]
"""What came of an answer: it took effect; the account is this person's already; there is nothing to answer
any more; the account does not say that it is this person."""


Unlinked = Literal["unlinked", "not_yours", "this_one", "over"]
"""What came of shutting an account out: it is; it is somebody else's; it is the one that is used for it now;
it was not linked any more."""


@dataclass(frozen=True, slots=True)
class Claim:
    """An account that says it is this person. `asked_in` is the platform on which they are asked, empty where
    they could not be; `name` and `where` are what its platform calls the account and its workspace or tenant,
    empty where it does not say."""

    account: Account
    person: Person
    since: datetime
    standing: Standing
    asked_in: str
    name: str
    where: str


class Linking:
    """Part of the desk: who an account is."""

    work: Work
    directory: Directory
    now: datetime

    async def claim(self, account: Account) -> Claim | None:
        """What an account says of itself that is not linked; None where it says nothing, or is linked."""
        row = await self.work.account_row(account)
        if row is None or row.state == LINKED or self.directory.person(row.person) is None:
            return None
        standing: Standing = "refused" if row.state == REFUSED else "waiting"
        return Claim(
            account, person_of(self.directory, row.person), row.linked_at, standing,
            row.asked_in, row.shown_name, row.shown_where,
        )  # fmt: skip

    async def is_settled(self, account: Account) -> bool:
        """Whether nothing new is to be found out about this account now: it was refused, or the person was
        asked a short while ago."""
        row = await self.work.account_row(account)
        if row is None or self.directory.person(row.person) is None:
            return False
        return row.state == REFUSED or (row.asked_at is not None and self.now - row.asked_at < AGAIN)

    async def meet(self, account: Account, profile: Profile | None, *, asks: bool) -> Entry | None:
        """Who is there, by what the platform says of an account that is not linked. It is linked where the
        person has no other account, or has just proved that the address is theirs. Else it waits, and the
        person is asked; not where `asks` is false, since they have not done anything yet."""
        entry = self.directory.by_email(profile.email) if profile and profile.email else None
        if profile is None or entry is None:
            await self.work.forget_waiting(account)
            return None
        # One account of a person after the other: of two that come first at once, the second one waits.
        await self.work.once(f"link:{entry.id}")
        linked = await self.work.accounts_of(entry.id)
        elsewhere = [
            one for one in linked if (one.platform, one.tenant) != (account.platform, account.tenant)
        ]
        if profile.proved or not elsewhere:
            await self.work.link(account, entry.id, entry.email)
            return entry
        if asks:
            await self._ask(account, entry, profile, elsewhere)
        return None

    async def answer_claim(self, turn: Turn, account: Account, since: datetime, *, mine: bool) -> Settled:
        """The person says that the account is theirs, or is not."""
        row = await self.work.account_row(account)
        if turn.person is None or (row is not None and row.person != turn.person.id):
            return "not_yours"
        if row is not None and row.state == LINKED:
            return "already"
        if row is None or row.linked_at != since or self.now - since >= ANEW:
            return "over"
        if not await self.work.decide(account, (WAITING,), LINKED if mine else REFUSED):
            return "over"
        if mine:
            await self._link(row, account, turn)
            return "linked"
        await self._note("account_refused", row, turn)
        await self._alarm(account, since, "refused")
        return "refused"

    async def link_for(self, turn: Turn, account: Account, since: datetime) -> Settled:
        """The coordinator has made sure of it, and links the account of somebody else."""
        row = await self.work.account_row(account)
        if turn.person is None or turn.person.id != self.directory.coordinator:
            return "not_yours"
        if row is not None and row.state == LINKED:
            return "already"
        if row is None or row.linked_at != since or self.directory.person(row.person) is None:
            return "over"
        if not await self.work.decide(account, (WAITING, REFUSED), LINKED):
            return "over"
        await self._link(row, account, turn)
        await self._tell(row.person, account)
        return "linked"

    def sees_accounts(self, turn: Turn, person: str) -> bool:
        """Whether this person's accounts are shown here: to themselves, and to the coordinator."""
        return turn.person is not None and turn.person.id in (person, self.directory.coordinator)

    async def accounts(self, turn: Turn, person: str) -> tuple[AccountRow, ...]:
        """The accounts of this person, linked or shut out; none for whoever does not see them."""
        if not self.sees_accounts(turn, person):
            return ()
        known = await self.work.accounts_known(person)
        return tuple(row for row in known if row.state in (LINKED, REFUSED))

    async def unlink(self, turn: Turn, account: Account) -> Unlinked:
        """The account is not this person's any more (lost, stolen, never theirs): it is a stranger's at once,
        nothing is sent there, and what stands in its chats is taken away."""
        row = await self.work.account_row(account)
        me = turn.person.id if turn.person is not None else ""
        if row is None or me not in (row.person, self.directory.coordinator):
            return "not_yours"
        if turn.account == account:
            return "this_one"
        if not await self.work.decide(account, (LINKED,), REFUSED):
            return "over"
        conversations = await self.work.unseen(account)
        await self.work.cards_become(account, conversations, json.dumps({"kind": UNLINKED}))
        await self._note("account_unlinked", row, turn)
        return "unlinked"

    async def not_asked(self, delivery: DeliveryRow) -> None:
        """The question did not arrive: it goes to the next account of the person, then to the coordinator."""
        show = json.loads(delivery.notice)
        account, since = Account(*show["account"]), datetime.fromisoformat(show["since"])
        row = await self.work.account_row(account)
        if row is None or row.state != WAITING or row.linked_at != since:
            return
        left = [
            place
            for place in await self._places(delivery.recipient)
            if place.address.conversation not in show["tried"]
        ]
        await self.work.asked_in(account, left[0].address.platform if left else "")
        if left:
            await self._put(delivery.recipient, left[0], show)
        else:
            await self._alarm(account, since, "unreachable")

    async def _ask(self, account: Account, entry: Entry, profile: Profile, linked: list[Account]) -> None:
        row = await self.work.account_row(account)
        since = self.now
        if row is not None and row.person == entry.id and self.now - row.linked_at < ANEW:
            since = row.linked_at
        places = await self._places(entry.id)
        waiting = AccountRow(
            platform=account.platform, tenant=account.tenant, user=account.user,
            person=entry.id, email=entry.email, linked_at=since, state=WAITING, asked_at=self.now,
            asked_in=places[0].address.platform if places else linked[0].platform,
            shown_name=profile.name[:_LONGEST], shown_where=profile.where[:_LONGEST],
        )  # fmt: skip
        if not await self.work.wait(waiting, self.now - AGAIN):
            return
        named = _named(account)
        show = {"kind": ASK, "account": named, "since": since.isoformat(), "asked": self.now.isoformat()}
        await self._put(entry.id, places[0] if places else None, show | {"tried": []})
        body = _body("account_waiting", entry.id)
        await self.work.append(_SECURITY, "account_waiting", body, ":".join(named))

    async def _put(self, person: str, place: Place | None, show: dict[str, Any]) -> None:
        tried = [*show["tried"], *([place.address.conversation] if place else [])]
        notice = json.dumps({**show, "tried": tried})
        key = f"{ASK}:{_mark(show['account'])}:{show['asked']}:{len(tried)}"
        await self.work.deliver(key, None, person, place, notice)

    async def _places(self, person: str) -> list[Place]:
        """Where the person was seen with a linked account: first on the platform that they prefer."""
        entry = self.directory.person(person)
        accounts = await self.work.accounts_of(person)
        accounts.sort(key=lambda one: entry is None or one.platform != entry.platform)
        return [place for one in accounts for place in await self.work.places_of_account(one)]

    async def _link(self, row: AccountRow, account: Account, turn: Turn) -> None:
        await self.work.link(account, row.person, row.email)
        await self._note("account_linked", row, turn)
        show = json.dumps({"kind": DONE, "account": _named(account)})
        # Where it was seen, and nowhere else: an account of which no chat is known finds out when it comes.
        for place in (await self.work.places_of_account(account))[:1]:
            key = f"{DONE}:{_mark(show)}:{self.now.isoformat()}"
            await self.work.deliver(key, None, row.person, place, show)

    async def _tell(self, person: str, account: Account) -> None:
        """The person hears of it wherever they were known before."""
        show = json.dumps({"kind": TOLD, "account": _named(account)})
        for known in await self.work.accounts_of(person):
            if known == account:
                continue
            for place in (await self.work.places_of_account(known))[:1]:
                key = f"{TOLD}:{_mark(show)}:{_mark(_named(known))}:{self.now.isoformat()}"
                await self.work.deliver(key, None, person, place, show)

    async def _note(self, what: str, row: AccountRow, turn: Turn) -> None:
        """Who decided about whose account, for the security log."""
        by = f"{turn.account.platform}:{turn.account.tenant}:{turn.account.user}"
        whose = f"{row.platform}:{row.tenant}:{row.user}"
        decider = turn.person.id if turn.person else ""
        await self.work.append(
            _SECURITY, what, _body(what, row.person) | {"account": whose, "by": decider}, by
        )

    async def _alarm(self, account: Account, since: datetime, why: str) -> None:
        """Once for each account that waits, and reason."""
        show = {"kind": ALARM, "why": why, "account": _named(account), "since": since.isoformat()}
        key = f"{ALARM}:{why}:{_mark(show)}"
        await self.work.deliver(key, None, self.directory.coordinator, None, json.dumps(show))


async def drawn(desk: "Desk", show: dict[str, Any], recipient: str) -> "Card | None":
    """What a notice about an account says; None where the matter is over."""
    account = Account(*show["account"])
    if show["kind"] in (DONE, TOLD):
        card = desk.house.link_done if show["kind"] == DONE else desk.house.link_told
        return card(account, desk) if await desk.work.account(account) == recipient else None
    claim = await desk.claim(account)
    if claim is None or claim.since != datetime.fromisoformat(show["since"]):
        return None
    if show["kind"] == ALARM:
        return desk.house.link_alarm(claim, show["why"], desk)
    return desk.house.link_ask(claim, desk) if claim.standing == "waiting" else None


def _named(account: Account) -> list[str]:
    return [account.platform, account.tenant, account.user]


def _body(what: str, person: str) -> dict[str, str]:
    return {"what": what, "case": "", "person": person}


def _mark(named: object) -> str:
    """Tells one account from another, and nobody who it is."""
    return hashlib.sha256(json.dumps(named).encode()).hexdigest()[:24]
