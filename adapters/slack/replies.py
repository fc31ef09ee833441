"""What a turn's replies become in Slack: messages, ephemeral messages, modals, the home view."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar
from zoneinfo import ZoneInfo

from adapters.slack import forms
from adapters.slack.intake import Heard, replay
from adapters.slack.render import Json, home
from adapters.slack.send import Sender
from bot.chat.card import Button, Card, Text
from bot.chat.form import Form
from bot.chat.outside import parts
from bot.chat.phrases import Phrases
from bot.chat.port import DeliveryError, Inbox, NotSaved, TryLater, Uncertain, Unreachable
from bot.chat.text import plain
from bot.chat.turn import (
    Ask,
    Done,
    Invalid,
    Message,
    Next,
    Place,
    Pressed,
    Redraw,
    Replies,
    Reply,
    Say,
    ShowHome,
    Whisper,
)

ATTEMPTS = 3
"""A reply that Slack asks to delay is tried so often; what must arrive is a delivery, not a reply."""
LONGEST_WAIT = 30.0

Pause = Callable[[float], Awaitable[None]]
T = TypeVar("T")
log = logging.getLogger("braver.slack")


class Replier:
    """Carries out replies. Nothing here raises: what can't be shown is logged, without anybody's words."""

    def __init__(
        self, sender: Sender, inbox: Inbox, phrases: Phrases, zone: ZoneInfo, pause: Pause = asyncio.sleep
    ) -> None:
        self._sender = sender
        self._inbox = inbox
        self._phrases = phrases
        self._zone = zone
        self.pause = pause

    def answer(self, heard: Heard, replies: Replies) -> tuple[Json, Replies]:
        """The answer to a submission, which closes the modal or changes it, and the replies that remain."""
        for reply in replies:
            if isinstance(reply, Ask | Next | Invalid):
                rest = tuple(other for other in replies if other is not reply)
                return self._changed(heard, reply), rest
        return {}, replies

    def not_saved(self, view: Json, why: BaseException | None = None) -> Json:
        """The answer to a submission that had no effect: all words given back, to be sent again."""
        return {"response_action": "update", "view": forms.given_back(view, self._phrases.gives_back(why))}

    async def carry_out(self, heard: Heard, replies: Replies, view_id: str = "") -> None:
        """Show the replies in order. `view_id`: a modal that says "one moment" and waits for its content."""
        for reply in replies:
            try:
                if isinstance(reply, Ask | Next | Invalid):
                    waiting, view_id = view_id, ""
                    await self._ask(heard, reply.form, waiting)
                else:
                    await self._show(heard, reply)
            except (DeliveryError, NotSaved) as error:
                log.warning("a reply was not shown: %s (%s)", type(error).__name__, reply.kind)
        if view_id:
            shown = [reply.card for reply in replies if not isinstance(reply, Ask | Next | Invalid)]
            await self._fill(view_id, shown[0] if shown else Card(self._phrases.answered_privately))

    async def one_moment(self, heard: Heard) -> str:
        """Open a modal before its content is known, since the trigger dies; its id, or empty."""
        card = Card(self._phrases.one_moment_title, (Text(plain(self._phrases.one_moment)),))
        try:
            return await self._sender.open_view(heard.trigger, forms.notice(card, self._phrases))
        except DeliveryError:
            return ""

    async def sorry(self, heard: Heard, view_id: str = "") -> None:
        """Tell the person that the press, the command or the words had no effect."""
        card = Card(self._phrases.not_saved_title, (Text(plain(self._phrases.try_again)),))
        if view_id:
            await self._fill(view_id, card)
        else:
            await self.carry_out(heard, (Whisper(card),))

    def _changed(self, heard: Heard, reply: Ask | Next | Invalid) -> Json:
        """Errors stand at their fields; anything more is drawn anew."""
        form = reply.form
        view = self._modal(heard, form)
        same = heard.view is not None and _inputs(view) == _inputs(heard.view)
        errors = forms.errors(form)
        told = errors and len(errors) == len(form.errors) and not form.problem
        if isinstance(reply, Invalid) and told and same:
            return {"response_action": "errors", "errors": errors}
        return {"response_action": "update", "view": view}

    async def _ask(self, heard: Heard, form: Form, view_id: str) -> None:
        """Open the form; without a living trigger, a button that opens it. `view_id` is the modal that waits
        for it, and is not left waiting."""
        view = self._modal(heard, form)
        try:
            if view_id:
                await self._patiently(lambda: self._sender.update_view(view_id, view))
                return
            if heard.trigger and not heard.view:
                await self._sender.open_view(heard.trigger, view)
                return
        except DeliveryError as error:
            log.info("a form is offered by a button: %s", type(error).__name__)
            if view_id:
                await self._fill(view_id, Card(form.title, (Text(plain(self._phrases.not_shown)),)))
        await self._whisper(heard, self._door(heard, form))

    def _door(self, heard: Heard, form: Form) -> Card:
        """The card whose button opens the form."""
        act, thread = heard.incoming.act, heard.incoming.place.thread
        if isinstance(act, Pressed):
            again = act.payload
        else:
            again = replay(heard.words, thread, self._phrases.shortened)
        button = Button(self._phrases.open_form, again, "primary", opens_form=True)
        return Card(form.title, (Text(plain(self._phrases.form_ready)),), (button,))

    async def _show(self, heard: Heard, reply: Reply) -> None:
        place = heard.incoming.place
        match reply:
            case Say(card, tracked):
                await self._say(heard, card, tracked)
            case Whisper(card):
                await self._whisper(heard, card)
            case Redraw(card, tracked):
                await self._redraw(heard, card, tracked)
            case Done(card, tracked):
                await self._whisper(heard, card, tracked)
            case ShowHome(card) if place.kind == "home":
                user = heard.incoming.account.user
                view = home(card, self._phrases)
                await self._patiently(lambda: self._sender.publish_home(user, view))
            case ShowHome(card):
                await self._whisper(heard, card)
            case _:
                raise AssertionError(f"{reply.kind} is not shown but asked")

    async def _say(self, heard: Heard, card: Card, tracked: str) -> None:
        place = heard.incoming.place
        try:
            message = await self._patiently(lambda: self._sender.post(place, card, ""))
        except Unreachable:
            # Where the bot may not speak, the person who asked is answered at least.
            message = await self._privately(heard, card)
        await self._track(heard, tracked, message)

    async def _whisper(self, heard: Heard, card: Card, tracked: str = "") -> None:
        """For this person alone: an ephemeral message in a channel, else a message in their own chat."""
        place, user = heard.incoming.place, heard.incoming.account.user
        if place.kind != "channel":
            await self._say(heard, card, tracked)
            return
        try:
            await self._patiently(lambda: self._sender.whisper(place, user, card))
        except DeliveryError as error:
            if isinstance(error, Uncertain) or (isinstance(error, TryLater) and error.perhaps_taken):
                raise
            await self._track(heard, tracked, await self._privately(heard, card))

    async def _privately(self, heard: Heard, card: Card) -> Message:
        account, app = heard.incoming.account, heard.incoming.place.address.app

        async def post() -> Message:
            there = self._sender.personal(account.tenant, app, await self._sender.direct(account.user))
            return await self._sender.post(there, card, "")

        return await self._patiently(post)

    async def _redraw(self, heard: Heard, card: Card, tracked: str) -> None:
        place, act = heard.incoming.place, heard.incoming.act
        message = act.message if isinstance(act, Pressed) else None
        try:
            if message is not None and place.kind == "personal":
                shown = message
                await self._patiently(lambda: self._sender.update(shown, card))
                await self._track(heard, tracked, shown)
                return
            if heard.ephemeral:
                await self._patiently(lambda: self._sender.replace(heard.ephemeral, card))
                return
        except DeliveryError as error:
            # Should it have been redrawn all the same, it says what its successor says.
            log.info("the pressed card's successor is posted anew: %s", type(error).__name__)
        await self._whisper(heard, card, tracked)

    async def _track(self, heard: Heard, tracked: str, message: Message) -> None:
        if tracked:
            await self._inbox.posted(tracked, heard.incoming.account, message)

    async def _fill(self, view_id: str, card: Card) -> None:
        view = forms.notice(card, self._phrases)
        try:
            await self._patiently(lambda: self._sender.update_view(view_id, view))
        except DeliveryError as error:
            log.warning("a modal was left waiting: %s", type(error).__name__)

    async def _patiently(self, call: Callable[[], Awaitable[T]]) -> T:
        """Do as Slack asks where it asks to wait, within bounds. What it may have taken is not repeated."""
        for _ in range(ATTEMPTS - 1):
            try:
                return await call()
            except TryLater as later:
                if later.perhaps_taken:
                    raise
                await self.pause(min(later.after or 1.0, LONGEST_WAIT))
        return await call()

    def _modal(self, heard: Heard, form: Form) -> Json:
        place: Place = heard.incoming.place
        return forms.modal(form, place, self._zone, self._phrases, heard.labels)


def _inputs(view: Json) -> list[str]:
    """The blocks that errors can stand at."""
    blocks = parts(view.get("blocks"))
    return [str(block.get("block_id")) for block in blocks if block.get("type") == "input"]
