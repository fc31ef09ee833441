"""What the bot asks of a platform, and what a platform asks of the bot. Errors are a closed set."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, Protocol

from bot.chat.card import Card
from bot.chat.form import Option
from bot.chat.turn import Account, Incoming, Message, Place, Replies


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Where platforms differ. `threads_in_personal`: a direct message has threads.
    `hears_threads`: typed replies in a channel thread arrive without a mention.
    `finds_posts`: a post whose fate is unknown can be looked up by its key."""

    threads_in_personal: bool
    hears_threads: bool
    finds_posts: bool


@dataclass(frozen=True, slots=True)
class Profile:
    """What the platform vouches for: `email` is empty unless verified."""

    email: str
    name: str


class DeliveryError(Exception):
    """Base of what can go wrong when something is sent. `reason` is in words, for people."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class TryLater(DeliveryError):
    """Not taken, for sure; may be tried again. `after` is in seconds, where the platform named it."""

    def __init__(self, reason: str, after: float | None = None) -> None:
        super().__init__(reason)
        self.after = after


class Uncertain(DeliveryError):
    """The platform may have taken it: look it up before sending it again."""


class Unreachable(DeliveryError):
    """This person or place can't be reached this way (not installed, left, blocked, no such user)."""


class Refused(DeliveryError):
    """The platform will never take this message as it is."""


class Gone(DeliveryError):
    """The message to update is not there any more, or is not ours."""


class NotSaved(Exception):
    """The turn had no effect: the database could not be reached in time. Safe to try again."""


class Platform(Protocol):
    """One platform, as the bot sees it. All methods raise DeliveryError and nothing else."""

    name: str
    capabilities: Capabilities

    async def post(self, place: Place, card: Card, key: str) -> Message:
        """Post the card as a new message; `key` is the delivery's, for the platform to keep."""

    async def update(self, message: Message, card: Card) -> None:
        """Redraw a message of ours."""

    async def find(self, place: Place, key: str, since: float) -> Message | None:
        """The message posted with `key` after `since` (epoch seconds), where `capabilities.finds_posts`."""

    async def reach(self, email: str, known: Sequence[Place]) -> Place:
        """The personal place of the person with this verified e-mail; raises Unreachable, never guesses.

        `known` are the places seen so far on this platform: the person's own first, then channels where
        the app is installed, in whose roster the person may be found.
        """

    async def profile(self, account: Account, place: Place) -> Profile | None:
        """Who the platform says this account is; None where it won't tell."""


Warned = Literal["link_tampered", "link_used", "link_over", "code_wrong"]
"""A link that was changed or that nobody sent · one opened a second time · one too old · wrong codes."""


class Inbox(Protocol):
    """What intake hands to the bot."""

    async def receive(self, incoming: Incoming) -> Replies:
        """Carry out one act, at most once per key; the same replies again for the same key.

        Raises NotSaved when nothing was committed.
        """

    async def posted(self, tracked: str, account: Account, message: Message) -> None:
        """A reply with `tracked` was posted as `message`: from now on it is redrawn with its case."""

    async def search(self, account: Account, scope: str, words: str) -> tuple[Option, ...]:
        """At most 25 people for a person field."""

    def refused(self, platform: str, reason: str) -> None:
        """A request was turned away (bad signature, bad token, too old, too large): count it."""

    async def warn(self, platform: str, what: Warned, account: Account | None = None, link: str = "") -> None:
        """A human should know of this attempt. Told once for each `what` and `link` (an opaque name of it);
        where no link is known, at most once in an hour. `account` is whose link it was. Raises NotSaved."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A card that is kept for somebody's page: a letter's own, or a further one that stands under `letter`
    (the letter's own id is `letter`). `address` is whose page that is."""

    id: str
    letter: str
    address: str
    card: Card


LinkState = Literal["open", "used", "dead", "over"]
"""open: may be opened · used: a code was right · dead: too many codes were wrong · over: too old."""


@dataclass(frozen=True, slots=True)
class Link:
    """A link that was sent to `address`, and opens the page of `letter`."""

    letter: str
    address: str
    state: LinkState


@dataclass(frozen=True, slots=True)
class Entered:
    """What came of a code: right · wrong, with `left` further tries · dead, the last try was wrong too ·
    late, there is no code that still counts · closed, the link is not open."""

    how: Literal["right", "wrong", "dead", "late", "closed"]
    left: int = 0


class Mailbox(Protocol):
    """What is kept of letters to people who have no chat. Links, codes and sessions come as digests: what is
    kept opens nothing by itself. Every method is one transaction, and raises NotSaved and nothing else."""

    async def write(self, address: str, card: Card, key: str) -> tuple[Kept, bool]:
        """The letter with the delivery's `key`, showing the card now; whether it has been sent before."""

    async def sent(self, letter: str) -> None:
        """The letter was taken by the mail server."""

    async def find(self, address: str, key: str) -> Kept | None:
        """The letter with this key, if it was sent to this address."""

    async def show(self, address: str, id: str, card: Card) -> bool:
        """Put the card in the place of a kept one; False where there is none."""

    async def cards(self, letter: str, most: int) -> tuple[Kept, ...]:
        """The letter's card, then at most `most` further ones, the newest first; empty where it is gone."""

    async def add(self, letter: str, id: str, card: Card) -> Kept | None:
        """Keep a further card under the letter. One that is there already stays as it is, and is given."""

    async def replace(self, letter: str, id: str, card: Card, act: str) -> Kept | None:
        """Put the card in the place of one of the letter's, once for each act; None where there is none."""

    async def link(self, letter: str, link: str, lasts: timedelta, most: int | None = None) -> bool:
        """From now on the link opens the letter's page. `most`: somebody asks for it, and False is the answer
        where as many were asked for within an hour."""

    async def linked(self, link: str) -> Link | None:
        """What the link leads to; None where nobody sent it, or its letter is gone."""

    async def code(self, link: str, code: str, lasts: timedelta, most: int) -> bool:
        """From now on this code opens the link, and no earlier one. False where the link is not open, or as
        many as `most` were asked for within an hour for the same letter."""

    async def enter(self, link: str, code: str, session: str, lasts: timedelta, tries: int) -> Entered:
        """Use up the link with its code: the session is then open. The same code for the same session again
        is right again."""

    async def session(self, letter: str, session: str) -> bool:
        """Whether the session is open, and is this letter's."""

    async def leave(self, session: str) -> None:
        """The session is over."""

    async def form_taken(self, instance: str, what: str) -> None:
        """The form of this instance was taken, with `what` in it (a digest); what was told first stays."""

    async def form_sent(self, instance: str) -> str | None:
        """What the form of this instance was taken with: empty where that is not known any more, None where
        it was not taken yet."""
