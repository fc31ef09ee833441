"""What the bot asks of a platform, and what a platform asks of the bot. Errors are a closed set."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
    """What the platform vouches for: `email` is empty unless verified. `where` is what people call the
    workspace or tenant, empty where nobody has said. `proved`: whoever is there has just shown that what is
    sent to this address reaches them."""

    email: str
    name: str
    where: str = ""
    proved: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at, for whoever runs the service. `group` is what it belongs to
    ("credentials", "scopes", "email", "clock" …); "look" is for a person to judge, "fix" must be put right.
    `what` and `remedy` are sentences without a secret; `remedy` is empty where there is nothing to do."""

    group: str
    state: Literal["ok", "look", "fix"]
    what: str
    remedy: str = ""


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


class Examiner(Protocol):
    """Looks at how one platform is set up, from outside of a running service. `path` is where the platform
    posts what people do, below the public address; empty where it posts nothing."""

    name: str
    path: str

    async def examine(self) -> tuple[Finding, ...]:
        """What is right and wrong with it. Nothing is sent to anybody, and nothing is kept."""


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


@dataclass(frozen=True, slots=True)
class Installation:
    """The app in one workspace (`tenant`), with the bot's `token` there.

    `enterprise` is the organisation of the workspace, `bot` the bot's user, `by` who installed it. `stamp` is
    set by whoever keeps it, and another one after each change.
    """

    tenant: str
    enterprise: str
    app: str
    bot: str
    token: str = field(repr=False)
    scopes: tuple[str, ...]
    by: str
    stamp: int = 0


class Installations(Protocol):
    """Where the app is installed, where a platform has one token for each workspace.

    All methods raise NotSaved where the database could not be reached in time.
    """

    async def stamps(self) -> Mapping[str, int]:
        """The workspaces in which the app is installed now, each with the stamp of its installation."""

    async def find(self, tenant: str) -> Installation | None:
        """The installation in this workspace; None where there is none, or it was revoked."""

    async def save(self, installation: Installation) -> None:
        """The app was installed, for the first time or anew."""

    async def revoke(self, tenant: str, at: float) -> bool:
        """The app was removed from the workspace at this time (epoch seconds): its token is forgotten.

        False where it was installed anew after that, so that nothing changes.
        """

    async def turned_away(self, tenant: str, enterprise: str, by: str, reason: str) -> None:
        """Somebody (`by`) installed the app where it may not be: on record, without any token."""

    async def expect(self, state: str, seconds: int) -> None:
        """An installation was begun, and may come back once with this state, so many seconds long."""

    async def expected(self, state: str) -> bool:
        """Whether this state was expected; from now on it is not."""
