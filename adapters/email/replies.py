"""Acts and replies → what the page shows, and what of it is kept: a card of a case is redrawn with it.

The answer to an act is the page itself, with the replies on top. What was not saved is given back with every
word, and with the same key: sending it again is the same act.
"""

import asyncio
import hashlib
import logging
import secrets
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from adapters.email import forms, limits
from adapters.email.auth import Keys, new_name
from adapters.email.forms import Shown, Typed
from adapters.email.intake import Arrival, Page, Search, read
from adapters.email.render import EmailWords, Stood, View
from bot.chat.card import Card
from bot.chat.form import Form, PersonField
from bot.chat.phrases import Phrases
from bot.chat.port import Inbox, Kept, Mailbox, NotSaved, TooMany
from bot.chat.turn import (
    Ask,
    Done,
    Invalid,
    Message,
    Next,
    Redraw,
    Replies,
    Reply,
    Said,
    Say,
    ShowHome,
    Whisper,
)

T = TypeVar("T")

_log = logging.getLogger(__name__)


class NotOurs(Exception):
    """What was sent is not what the page carried, or it was drawn for another session."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`status` is HTTP's: 503 where nothing could be saved, 422 where what was typed could not be taken."""

    view: View
    status: int = 200


class Replier:
    """Hands acts to the bot and carries out the replies. The same act again gives the same page, and keeps
    nothing twice."""

    def __init__(
        self, inbox: Inbox, mailbox: Mailbox, phrases: Phrases, words: EmailWords, keys: Keys
    ) -> None:
        self._inbox = inbox
        self._mailbox = mailbox
        self._phrases = phrases
        self._words = words
        self._keys = keys
        self._work: set[asyncio.Task[Any]] = set()

    async def settled(self) -> None:
        """Wait until all that was begun is done."""
        while self._work:
            await asyncio.gather(*self._work, return_exceptions=True)

    async def act(self, page: Page, typed: Typed) -> Answer:
        """Carry out what was done on the page. Raises NotOurs; NotSaved where the page can't be drawn."""
        arrival = read(page, typed, self._keys)
        if isinstance(arrival, Search):
            return await self._found(page, arrival)
        if arrival is None:
            raise NotOurs
        act = arrival.incoming.act
        if isinstance(act, Said) and len(act.text) > limits.WORDS:
            return Answer(await self._page(page, arrival, self._words.words_many), 422)
        if arrival.form is not None:
            given_back = await self._unread(page, arrival, arrival.form) or await self._again(arrival)
            if given_back is not None:
                return given_back
        try:
            replies = await self._receive(arrival)
        except NotSaved as error:
            return await self._not_saved(page, arrival, error)
        if arrival.form is not None and not any(isinstance(reply, Invalid) for reply in replies):
            await self._taken(arrival.form, arrival)
        return Answer(await self._view(page, arrival, replies))

    def given_back(self, page: Page, typed: Typed) -> Answer | None:
        """The form that was sent, with every word in it, without asking the database anything."""
        arrival = read(page, typed, self._keys)
        form = None if arrival is None else arrival.form
        if form is None:
            return None
        shown = Shown(form, typed, problem=self._phrases.not_saved)
        return Answer(View((), new_name(), shown), 503)

    async def letter(self, page: Page) -> View:
        """The page as it stands now. Raises NotSaved."""
        return View(await self._standing(page), new_name())

    async def _view(self, page: Page, arrival: Arrival, replies: Replies) -> View:
        top: list[Stood] = []
        shown: Shown | None = None
        for number, reply in enumerate(replies):
            match reply:
                case Ask(form) | Next(form):
                    shown = Shown(await self._fresh(form))
                case Invalid(form):
                    same = arrival.form is not None and arrival.form.instance == form.instance
                    shown = Shown(form, arrival.typed if same else None)
                case _:
                    top.append(await self._stood(page, arrival, reply, number))
        try:
            cards = top if shown else await self._standing(page, top)
        except NotSaved:
            if not top:
                raise
            # It was done, and is told: what else stands there can be seen later.
            cards = top
        return View(cards, new_name(), shown)

    async def _standing(self, page: Page, top: Sequence[Stood] = ()) -> Sequence[Stood]:
        """First what was just said, then the letter's card and what else is kept. Raises NotSaved."""
        kept = await self._mailbox.cards(page.letter, limits.CARDS)
        said = {stood.message for stood in top if stood.message}
        return [*top, *(Stood(one.card, one.id) for one in kept if one.id not in said)]

    async def _page(self, page: Page, arrival: Arrival, problem: str) -> View:
        """The page as it was, with what was typed: its keys are the same, so that nothing is done twice."""
        act = arrival.incoming.act
        words = act.text if isinstance(act, Said) else ""
        return View(await self._standing(page), arrival.nonce, problem=problem, words=words)

    async def _not_saved(self, page: Page, arrival: Arrival, why: NotSaved) -> Answer:
        if arrival.form is not None:
            shown = Shown(arrival.form, arrival.typed, problem=self._phrases.gives_back(why))
            status = 429 if isinstance(why, TooMany) else 503
            return Answer(View((), arrival.nonce, shown), status)
        typed = isinstance(arrival.incoming.act, Said)
        problem = self._phrases.not_saved if typed else self._phrases.try_again
        return Answer(await self._page(page, arrival, problem), 503)

    async def _again(self, arrival: Arrival) -> Answer | None:
        """A form that was taken, found again by going back in the browser, and sent with other words: they
        would be lost, since the same form has one effect. So it is given back, and can be sent as another."""
        assert arrival.form is not None, "asked for a form that was sent"
        taken = await self._mailbox.form_sent(arrival.form.instance)
        if taken is None or taken == _content(arrival):
            return None
        shown = Shown(_another(arrival.form), arrival.typed, problem=self._words.form_again)
        return Answer(View((), new_name(), shown), 422)

    async def _fresh(self, form: Form) -> Form:
        """The form, as another one where this one was taken already: the page was loaded again."""
        return form if await self._mailbox.form_sent(form.instance) is None else _another(form)

    async def _taken(self, form: Form, arrival: Arrival) -> None:
        try:
            await self._mailbox.form_taken(form.instance, _content(arrival))
        except NotSaved:
            _log.warning("it could not be noted that a form was taken")

    async def _unread(self, page: Page, arrival: Arrival, form: Form) -> Answer | None:
        """The form again, where it holds words that would be lost; None where all can be read."""
        assert arrival.typed is not None, "it came with the form"
        dates, people = forms.unread(form, arrival.typed)
        if people:
            found = await self._found(page, Search(form, arrival.typed, tuple(people)), arrival.nonce)
            errors = dict.fromkeys(people, self._words.found_some)
        elif dates:
            found, errors = Answer(View((), arrival.nonce, Shown(form, arrival.typed))), {}
        else:
            return None
        shown = found.view.form
        assert shown is not None, "a search shows its form"
        errors |= dict.fromkeys(dates, self._words.moment_wrong) | dict(shown.errors)
        return Answer(replace(found.view, form=replace(shown, errors=errors)), 422)

    async def _found(self, page: Page, search: Search, nonce: str = "") -> Answer:
        """The form with the people who were found, at most 25 for each field."""
        form, errors = search.form, dict[str, str]()
        problem = ""
        for item in form.fields:
            if item.id not in search.fields or not isinstance(item, PersonField):
                continue
            words = forms.first(search.typed, forms.QUERY + item.id)[: limits.SEARCH_WORDS]
            try:
                people = await self._later(self._inbox.search(page.account, item.scope, words))
            except NotSaved:
                problem = self._phrases.try_again
                continue
            form = forms.found(form, item.id, people, forms.first(search.typed, forms.FIELD + item.id))
            if not people:
                errors[item.id] = self._words.found_none
        shown = Shown(form, search.typed, errors, problem)
        return Answer(View((), nonce or new_name(), shown))

    async def _receive(self, arrival: Arrival) -> Replies:
        """The replies; NotSaved too where it takes too long. The work itself is never cut off: the same act
        again gets what came of it."""
        work = self._later(self._inbox.receive(arrival.incoming))
        done, _ = await asyncio.wait({work}, timeout=limits.ANSWER_WITHIN)
        if not done:
            raise NotSaved
        error = work.exception()
        if error is None:
            return work.result()
        if isinstance(error, TooMany):
            raise error
        if not isinstance(error, NotSaved):
            # Its message may hold a person's words, so only its kind is written down.
            _log.error("a turn failed: %s", type(error).__name__)
        raise NotSaved from error

    def _later(self, work: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
        task = asyncio.create_task(work)
        self._work.add(task)
        task.add_done_callback(self._work.discard)
        return task

    async def _stood(self, page: Page, arrival: Arrival, reply: Reply, number: int) -> Stood:
        match reply:
            case Redraw(card, tracked) if arrival.message:
                kept = await self._kept(page, arrival, card, number, arrival.message)
            case Redraw(card, tracked) | Say(card, tracked) | Done(card, tracked):
                kept = await self._kept(page, arrival, card, number) if tracked else None
            case Whisper(card) | ShowHome(card):
                return Stood(card, fresh=True)
            case _:
                raise AssertionError(f"{reply.kind} is not shown but asked")
        if kept is None:
            return Stood(card, fresh=True)
        if tracked and kept.card == card:
            await self._track(tracked, page, kept)
        return Stood(kept.card, kept.id, fresh=True)

    async def _kept(
        self, page: Page, arrival: Arrival, card: Card, number: int, pressed: str = ""
    ) -> Kept | None:
        """The card as it is kept: in the place of the one that was pressed, or as a further one."""
        act = hashlib.sha256(f"{arrival.incoming.key}:{number}".encode()).hexdigest()[:24]
        try:
            if pressed:
                return await self._mailbox.replace(page.letter, pressed, card, act)
            return await self._mailbox.add(page.letter, act, card)
        except NotSaved:
            _log.warning("a card of a page could not be kept")
            return None

    async def _track(self, tracked: str, page: Page, kept: Kept) -> None:
        try:
            await self._inbox.posted(tracked, page.account, Message(page.address, kept.id))
        except Exception as error:
            # What was done is done, whether its card follows the case or not.
            _log.warning("a card of a page is not redrawn: %s", type(error).__name__)


def _another(form: Form) -> Form:
    return replace(form, instance=secrets.token_hex(8))


def _content(arrival: Arrival) -> str:
    """A digest of what was sent in the form."""
    sent = sorted(
        (name, tuple(texts)) for name, texts in (arrival.typed or {}).items() if name.startswith(forms.FIELD)
    )
    return hashlib.sha256(repr(sent).encode()).hexdigest()
