"""One person, several accounts: whether a new one is really theirs is asked where they are known already."""

from typing import Any, ClassVar

from pydantic import AwareDatetime

from bot.chat.action import Action
from bot.chat.card import Button, Card, Element, Text, button
from bot.chat.router import Answered, Flow
from bot.chat.text import Bullets, Span
from bot.chat.turn import Account, HomeOpened, Redraw, Reply, ShowHome, Turn, Whisper
from bot.desk import Claim, Desk, Settled
from bot.guidance.words import Words
from flows import urgent
from flows.entries import OpenAccounts, OpenHome, OpenUrgent

flow = Flow[Desk]("linking")
words = Words("linking")


class OfAccount(Action):
    """Base: about one account, and since when it waits, which tells one question from a later one."""

    platform: str
    tenant: str
    user: str
    since: AwareDatetime

    @property
    def account(self) -> Account:
        return Account(self.platform, self.tenant, self.user)


class SayWhose(OfAccount):
    """ "Is this you?": it is, or it is not."""

    name: ClassVar[str] = "linking.say"
    mine: bool


class LinkAccount(OfAccount):
    """The coordinator has made sure whose account it is."""

    name: ClassVar[str] = "linking.link"


class UnlinkAccount(Action):
    """Shut the account out: it was lost or stolen, or it is not this person's."""

    name: ClassVar[str] = "linking.unlink"
    platform: str
    tenant: str
    user: str


@flow.on(OpenAccounts, shows=True)
async def accounts(turn: Turn, desk: Desk, press: OpenAccounts) -> Reply:
    if not desk.sees_accounts(turn, press.person):
        await desk.suspicious(turn, "linking_not_yours")
    return Whisper(await _accounts(turn, desk, press.person))


@flow.on(UnlinkAccount)
async def unlink(turn: Turn, desk: Desk, press: UnlinkAccount) -> Reply:
    account = Account(press.platform, press.tenant, press.user)
    came = await desk.unlink(turn, account)
    if came == "not_yours":
        await desk.suspicious(turn, "linking_not_yours")
    body = words.text(f"unlink.{came}.body", coordinator=_coordinator(desk))
    return Redraw(Card(words(f"unlink.{came}.title"), (body,), _menu()))


async def _accounts(turn: Turn, desk: Desk, person: str) -> Card:
    """Each account with what it is, and the way to shut it out or to let it in again."""
    known = await desk.accounts(turn, person)
    if not known:
        return Card(words("accounts.none_title"), (words.text("accounts.none"),), _menu())
    body: list[Element] = [words.text("accounts.body")]
    buttons: list[Button] = []
    for row in known:
        account = Account(row.platform, row.tenant, row.user)
        where = words(f"platform.{row.platform}")
        here = account == turn.account
        state = "here" if here else "linked" if row.state == "linked" else "shut"
        named = words(f"accounts.{state}", platform=where, where=row.shown_where or row.tenant, name=row.user)
        body.append(Text((Bullets(((Span(named),),)),)))
        if state == "linked":
            gone = UnlinkAccount(platform=row.platform, tenant=row.tenant, user=row.user)
            buttons.append(button(words("label.unlink", platform=where, name=row.user), gone, "danger"))
        elif state == "shut" and desk.is_coordinator(turn):
            again = LinkAccount(platform=row.platform, tenant=row.tenant, user=row.user, since=row.linked_at)
            buttons.append(button(words("label.link_again", platform=where, name=row.user), again))
    title = words("accounts.title", name=desk.person(person).name)
    return Card(title, tuple(body), (*buttons, *_menu()), words.blocks("accounts.note"))


@flow.on(SayWhose)
async def said(turn: Turn, desk: Desk, press: SayWhose) -> Reply:
    settled = await desk.answer_claim(turn, press.account, press.since, mine=press.mine)
    if settled == "not_yours":
        await desk.suspicious(turn, "account_not_yours")
    return _settled(settled, desk, press.platform)


@flow.on(LinkAccount)
async def linked(turn: Turn, desk: Desk, press: LinkAccount) -> Reply:
    settled = await desk.link_for(turn, press.account, press.since)
    if settled == "not_yours":
        await desk.suspicious(turn, "linking_not_yours")
    return _settled("linked_for" if settled == "linked" else settled, desk, press.platform)


async def waits(turn: Turn, desk: Desk, claim: Claim) -> Answered:
    """To an account that does not count yet: why, and what to do. Nothing of any case."""
    contacts = await urgent.asked(turn, desk)
    if contacts is not None:
        return contacts
    key = claim.standing if claim.asked_in or claim.standing == "refused" else "unreachable"
    platform = words(f"platform.{claim.asked_in}") if claim.asked_in else ""
    body = (words.text(f"{key}.body", platform=platform, coordinator=_coordinator(desk)), words.text("until"))
    card = Card(words(f"{key}.title"), body, (button(words("label.urgent"), OpenUrgent(), "danger"),))
    return ShowHome(card) if isinstance(turn.act, HomeOpened) else Whisper(card)


def ask(claim: Claim, desk: Desk) -> Card:
    """To the person, where they are known."""
    body = (words.text("ask.body", account=_said(claim)), words.text("ask.why"))
    buttons = (
        button(words("label.mine"), SayWhose(mine=True, **_named(claim)), "primary"),
        button(words("label.not_mine"), SayWhose(mine=False, **_named(claim)), "danger"),
    )
    return Card(words("ask.title"), body, buttons, words.blocks("ask.note"))


def alarm(claim: Claim, why: str, desk: Desk) -> Card:
    """To the coordinator; `why` is "unreachable" or "refused"."""
    person = claim.person
    phone = words("alarm.phone", phone=person.phone) if person.phone else ""
    body = (
        words.text(f"alarm.{why}", account=_said(claim), name=person.name, agency=person.agency_name),
        words.text(f"alarm.do_{why}", name=person.name, phone=phone),
    )
    buttons = (button(words("label.link"), LinkAccount(**_named(claim))),)
    return Card(words("alarm.title", name=person.name), body, buttons, words.blocks("alarm.note"))


def done(account: Account, desk: Desk) -> Card:
    """To the new account."""
    return Card(words("done.title"), (words.text("done.body"),), _menu())


def told(account: Account, desk: Desk) -> Card:
    """To the accounts that the person had before."""
    known = f"platform.{account.platform}"
    platform = words(known) if known in words else account.platform
    body = words.text("told.body", coordinator=_coordinator(desk), platform=platform)
    return Card(words("told.title"), (body, words.text("told.what", coordinator=_coordinator(desk))), _menu())


def _settled(settled: Settled | str, desk: Desk, platform: str) -> Reply:
    key = f"settled.{settled}"
    known = f"platform.{platform}"
    where = words(known) if known in words else platform
    body = words.text(f"{key}.body", platform=where, coordinator=_coordinator(desk))
    return Redraw(Card(words(f"{key}.title"), (body,), _menu()))


def _said(claim: Claim) -> str:
    """The account in words; with the id of its workspace or tenant only where it has no name."""
    platform, where = words(f"platform.{claim.account.platform}"), claim.where or claim.account.tenant
    key = "account" if claim.name else "account_without_name"
    return words(key, name=claim.name, platform=platform, where=where)


def _named(claim: Claim) -> dict[str, Any]:
    """The fields of `OfAccount`."""
    account = claim.account
    return {
        "platform": account.platform,
        "tenant": account.tenant,
        "user": account.user,
        "since": claim.since,
    }


def _coordinator(desk: Desk) -> str:
    person = desk.person(desk.directory.coordinator)
    return words("coordinator_phone", name=person.name, phone=person.phone) if person.phone else person.name


def _menu() -> tuple[Button, ...]:
    return (button(words("label.home"), OpenHome()),)
