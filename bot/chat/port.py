"""What the bot asks of a platform, and what a platform asks of the bot. Errors are a closed set."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

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

    async def present(self, email: str, known: Sequence[Place]) -> None:
        """Prove, without a message, that `reach` leads to the person today: that they have an account, are
        still where they were seen, and a chat with them can be opened. `known` as for `reach`."""

    async def profile(self, account: Account, place: Place) -> Profile | None:
        """Who the platform says this account is; None where it won't tell."""


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
