"""Replies → what is shown where: planned as data, then carried out.

A private word never goes to a channel: it goes into the answer of the press that asked for it, which one
person sees, else into the personal chat. A form is never a card in a channel.
"""

import asyncio
import logging
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from adapters.teams import limits
from adapters.teams.intake import Arrival
from adapters.teams.render import Drawn, Renderer
from adapters.teams.send import CARD_TYPE, TeamsPlatform
from bot.chat.card import Card
from bot.chat.form import Form, refused
from bot.chat.phrases import Phrases
from bot.chat.port import (
    DeliveryError,
    Gone,
    Inbox,
    NotSaved,
    Refused,
    TooMany,
    TryLater,
    Unreachable,
)
from bot.chat.text import leading
from bot.chat.turn import (
    Account,
    Ask,
    Done,
    Invalid,
    Message,
    Next,
    Place,
    Redraw,
    Replies,
    Reply,
    Said,
    Say,
    ShowHome,
    Whisper,
)

Json = dict[str, Any]

T = TypeVar("T")

_log = logging.getLogger(__name__)
_MESSAGE_TYPE = "application/vnd.microsoft.activity.message"
_IN_ANSWER = {"executed", "fetched", "dialog"}
_DIALOGS = {"fetched", "dialog"}


@dataclass(frozen=True, slots=True)
class Show:
    """One thing to show: here, or to this person alone; `replaces` names the message that it takes the
    place of."""

    what: Card | Form
    private: bool = False
    replaces: Message | None = None
    tracked: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """`cards` or `form` go into the answer of the invoke, the rest is shown by messages."""

    cards: tuple[Card, ...] = ()
    form: Form | None = None
    shows: tuple[Show, ...] = ()


def plan(arrival: Arrival, replies: Replies) -> Plan:
    """Which reply goes where. Pure."""
    whole = Plan()
    for reply in replies:
        part = _part(arrival, reply)
        whole = Plan(whole.cards + part.cards, part.form or whole.form, whole.shows + part.shows)
    if whole.form is not None and whole.cards and arrival.way in _DIALOGS:
        # A dialog shows one thing at a time; what else was to be said goes to the personal chat.
        return replace(whole, cards=(), shows=(*whole.shows, *(Show(card, True) for card in whole.cards)))
    return whole


def _part(arrival: Arrival, reply: Reply) -> Plan:
    way, channel = arrival.way, arrival.incoming.place.kind == "channel"
    match reply:
        case Say(card, tracked):
            return Plan(shows=(Show(card, tracked=tracked),))
        case ShowHome(card):
            return Plan(shows=(Show(card),))
        case Whisper(card):
            if channel and way in _IN_ANSWER:
                return Plan(cards=(card,))
            return Plan(shows=(Show(card, private=channel),))
        case Redraw(card, tracked) | Done(card, tracked):
            return _in_place(arrival, card, tracked, channel)
        case Ask(form):
            return Plan(form=form) if way in _DIALOGS else Plan(shows=(Show(form, private=channel),))
        case Invalid(form) | Next(form):
            if way in _DIALOGS:
                return Plan(form=form)
            show = Show(form, private=channel, replaces=None if channel else arrival.pressed)
            return Plan(form=form if way == "executed" and not channel else None, shows=(show,))


def _in_place(arrival: Arrival, card: Card, tracked: str, channel: bool) -> Plan:
    if channel:
        if arrival.way in _IN_ANSWER:
            return Plan(cards=(card,))
        return Plan(shows=(Show(card, private=True),))
    pressed = None if arrival.way == "dialog" else arrival.pressed
    cards = (card,) if arrival.way == "executed" and pressed else ()
    return Plan(cards, shows=(Show(card, replaces=pressed, tracked=tracked),))


@dataclass(slots=True)
class _Outcome:
    """What became of the words of a turn: told in the personal chat, or not; `lost`: not shown at all."""

    told: bool = False
    unreachable: bool = False
    lost: bool = False


class Answerer:
    """Carries out the replies of a turn, once for each act and its outcome."""

    def __init__(self, platform: TeamsPlatform, renderer: Renderer, inbox: Inbox, phrases: Phrases) -> None:
        self._platform = platform
        self._renderer = renderer
        self._inbox = inbox
        self._phrases = phrases
        self._carried: OrderedDict[str, tuple[Replies, asyncio.Task[_Outcome]]] = OrderedDict()
        self._private: OrderedDict[Account, Place] = OrderedDict()
        self._told: deque[str] = deque(maxlen=limits.REMEMBERED)

    async def settled(self) -> None:
        """Wait for what is still being said."""
        await asyncio.gather(*(task for _, task in self._carried.values()), return_exceptions=True)

    async def typed(self, arrival: Arrival, replies: Replies) -> None:
        """Show the replies by messages; waits a while for them to be sent, and lets them go on after that."""
        await asyncio.wait(
            {self._carry(arrival, replies, plan(arrival, replies))}, timeout=limits.SEND_WITHIN
        )

    async def invoked(self, arrival: Arrival, replies: Replies, within: float) -> Json:
        """The body of the invoke's answer, after at most `within` seconds; never empty."""
        planned = plan(arrival, replies)
        carried = self._carry(arrival, replies, planned)
        dialog = arrival.way in _DIALOGS
        if planned.form is not None:
            return self.form_body(arrival, planned.form)
        if planned.cards:
            drawn = self._renderer.cards(*planned.cards, in_dialog=dialog)
            title = planned.cards[0].title
            return _dialog(drawn, title) if dialog else _card(drawn)
        await asyncio.wait({carried}, timeout=max(within, 0.0))
        return self.words_body(arrival, self._said(carried, planned))

    def form_body(self, arrival: Arrival, form: Form) -> Json:
        """The answer that shows the form. Where what was typed has no room in it, the form stays on the
        screen as it is, and the answer says what is wrong with it."""
        dialog = arrival.way in _DIALOGS
        drawn = self._renderer.form(form, arrival.names, in_dialog=dialog)
        if dialog:
            return _dialog(drawn, form.title)
        return _card(drawn) if drawn.whole else self.words_body(arrival, _wrong(form))

    def words_body(self, arrival: Arrival, words: str) -> Json:
        if arrival.way in _DIALOGS:
            return {"task": {"type": "message", "value": words or self._phrases.one_moment}}
        return {"statusCode": 200, "type": _MESSAGE_TYPE, "value": words or self._phrases.one_moment}

    def not_saved(self, arrival: Arrival, why: NotSaved) -> Json:
        """The body of an invoke's answer when nothing was committed: every word is given back."""
        if arrival.form is None:
            return self.words_body(arrival, self._phrases.try_again)
        return self.form_body(arrival, self._given_back(arrival, arrival.form, why))

    async def tell_not_saved(self, arrival: Arrival, why: NotSaved | None = None) -> None:
        """The same by message, where there is no answer to put it in; once, however often it comes again by
        itself."""
        act, place = arrival.incoming.act, arrival.incoming.place
        if not isinstance(why, TooMany):
            if arrival.incoming.key in self._told:
                return
            self._told.append(arrival.incoming.key)
        try:
            if arrival.form is not None and arrival.pressed is not None:
                drawn = self._renderer.form(self._given_back(arrival, arrival.form, why), arrival.names)
                if drawn.whole:
                    await self._platform.redraw(arrival.pressed, drawn)
                    return
            if not isinstance(act, Said) or act.addressed:
                await self._platform.tell(place, self._phrases.try_again)
        except DeliveryError as error:
            _log.warning("a person could not be told that nothing was saved: %s", error.reason)

    def _given_back(self, arrival: Arrival, form: Form, why: NotSaved | None) -> Form:
        return refused(form, arrival.values, {}, self._phrases.gives_back(why))

    def _said(self, carried: "asyncio.Task[_Outcome]", planned: Plan) -> str:
        if carried.done() and not carried.cancelled() and carried.exception() is None:
            outcome = carried.result()
            if outcome.unreachable:
                return self._phrases.privately_unreachable
            if outcome.lost:
                return self._phrases.not_shown
            if outcome.told:
                return self._phrases.answered_privately
            if planned.shows:
                return self._phrases.see_below
        return ""

    def _carry(self, arrival: Arrival, replies: Replies, planned: Plan) -> "asyncio.Task[_Outcome]":
        """The work of showing: the one that is at it already, where the same act came again."""
        key = arrival.incoming.key
        known = self._carried.get(key)
        if known is not None and known[0] == replies:
            return known[1]
        task = asyncio.create_task(self._show_all(arrival, planned))
        self._carried[key] = (replies, task)
        while len(self._carried) > limits.REMEMBERED:
            self._carried.popitem(last=False)
        return task

    async def _show_all(self, arrival: Arrival, planned: Plan) -> _Outcome:
        outcome = _Outcome()
        for show in planned.shows:
            try:
                await self._show(arrival, show, outcome)
            except Exception as error:
                # What must arrive is a delivery of its own, and Teams is answered all the same: a lost reply
                # comes again only where the same act does. Beside what Teams may answer, keeping track of a
                # card may fail.
                said = error.reason if isinstance(error, DeliveryError) else type(error).__name__
                _log.warning("a reply could not be shown: %s", said)
                outcome.lost = True
                self._carried.pop(arrival.incoming.key, None)
        if arrival.way not in _IN_ANSWER and arrival.incoming.place.kind == "channel":
            await self._point(arrival.incoming.place, outcome)
        return outcome

    async def _point(self, thread: Place, outcome: _Outcome) -> None:
        """Say in the channel where the answer went: no word of what it is."""
        if not (outcome.told or outcome.unreachable):
            return
        phrase = (
            self._phrases.privately_unreachable if outcome.unreachable else self._phrases.answered_privately
        )
        try:
            await _patiently(lambda: self._platform.tell(thread, phrase))
        except DeliveryError as error:
            _log.warning("a channel could not be told: %s", error.reason)

    async def _show(self, arrival: Arrival, show: Show, outcome: _Outcome) -> None:
        account, place = arrival.incoming.account, arrival.incoming.place
        if isinstance(show.what, Form):
            drawn = self._renderer.form(show.what, arrival.names)
            if show.replaces is not None and not drawn.whole:
                if arrival.way != "executed":
                    await self._platform.tell(place, _wrong(show.what))
                return
        else:
            drawn = self._renderer.cards(show.what)
        if show.private:
            message = await self._show_privately(account, place, drawn, outcome)
        else:
            message = await self._show_here(place, drawn, show.replaces)
        if show.tracked and message is not None:
            await self._inbox.posted(show.tracked, account, message)

    async def _show_here(self, place: Place, drawn: Drawn, replaces: Message | None) -> Message:
        if replaces is not None:
            try:
                await _patiently(lambda: self._platform.redraw(replaces, drawn))
                return replaces
            except (Gone, Refused):
                pass
        return await _patiently(lambda: self._platform.show(place, drawn))

    async def _show_privately(
        self, account: Account, place: Place, drawn: Drawn, outcome: _Outcome
    ) -> Message | None:
        try:
            chat = self._private.get(account)
            if chat is None:
                chat = await _patiently(lambda: self._platform.personal(place.address, account.user))
                self._private[account] = chat
                while len(self._private) > limits.REMEMBERED:
                    self._private.popitem(last=False)
            personal = chat
            message = await _patiently(lambda: self._platform.show(personal, drawn))
        except Unreachable:
            self._private.pop(account, None)
            outcome.unreachable = True
            return None
        outcome.told = True
        return message


async def _patiently(act: Callable[[], Awaitable[T]]) -> T:
    """Once more after a moment, where Teams asks for it: a person is waiting. What it may have taken is not
    repeated."""
    try:
        return await act()
    except TryLater as error:
        wait = 0.5 if error.after is None else error.after
        if error.perhaps_taken or wait > limits.PATIENCE:
            raise
        await asyncio.sleep(wait)
        return await act()


def _wrong(form: Form) -> str:
    """What stands against the form, in words."""
    labels = {field.id: field.label for field in form.fields}
    said = [f"{leading(labels.get(id_, id_))} {error}" for id_, error in form.errors.items()]
    return "\n".join(text for text in (form.problem, *said) if text)


def _card(drawn: Drawn) -> Json:
    return {"statusCode": 200, "type": CARD_TYPE, "value": drawn.content}


def _dialog(drawn: Drawn, title: str) -> Json:
    card = {"contentType": CARD_TYPE, "content": drawn.content}
    value = {"title": title[: limits.DIALOG_TITLE], "height": "large", "width": "medium", "card": card}
    return {"task": {"type": "continue", "value": value}}
