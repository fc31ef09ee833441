"""What the bot asks of a platform, and what a platform asks of the bot. Errors are a closed set."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal, Protocol

from bot.chat.card import Card
from bot.chat.form import Option
from bot.chat.turn import Account, Incoming, Message, Place, Replies


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `most` calls within any `seconds`."""

    most: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Pace:
    """What a platform takes without asking us to wait; empty is as much as we like.

    `posts` and `updates` hold for one workspace or tenant (without `updates`, redrawing counts as posting),
    `each` for posts to one destination, `asks` for looking people up.
    """

    posts: tuple[Rate, ...] = ()
    updates: tuple[Rate, ...] = ()
    each: tuple[Rate, ...] = ()
    asks: tuple[Rate, ...] = ()


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Where platforms differ. `threads_in_personal`: a direct message has threads.
    `hears_threads`: typed replies in a channel thread arrive without a mention.
    `finds_posts`: a post whose fate is unknown can be looked up by its key."""

    threads_in_personal: bool
    hears_threads: bool
    finds_posts: bool
    pace: Pace = Pace()


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
    """Not taken; may be tried again. `after` is in seconds, where the platform named it. `perhaps_taken`: the
    platform has a fault and may have taken it all the same, so that it is to be looked up before."""

    def __init__(self, reason: str, after: float | None = None, *, perhaps_taken: bool = False) -> None:
        super().__init__(reason)
        self.after = after
        self.perhaps_taken = perhaps_taken


class Uncertain(DeliveryError):
    """The platform may have taken it: look it up before sending it again."""


class Unreachable(DeliveryError):
    """This person or place can't be reached this way (not installed, left, blocked, no such user)."""


class Refused(DeliveryError):
    """The platform will never take this message as it is."""


class Gone(DeliveryError):
    """The message to update or to take away is not there any more; one to update may be not ours."""


class NotSaved(Exception):
    """The turn had no effect: the database could not be reached in time. Safe to try again."""


class TooMany(NotSaved):
    """The turn had no effect: the person, or their workspace, did more in a minute than may be. `after`:
    whole seconds until it may come again."""

    def __init__(self, after: int) -> None:
        super().__init__(f"too many in a minute, again in {after} s")
        self.after = after


class Platform(Protocol):
    """One platform, as the bot sees it. All methods raise DeliveryError and nothing else."""

    name: str
    capabilities: Capabilities

    async def post(self, place: Place, card: Card, key: str) -> Message:
        """Post the card as a new message; `key` is the delivery's, for the platform to keep."""

    async def update(self, message: Message, card: Card) -> None:
        """Redraw a message of ours."""

    async def remove(self, message: Message) -> str:
        """Take a message of ours away. What of it stays all the same, in words; empty for nothing.

        Raises Gone where it is not there any more, Refused or Unreachable where it can't be taken away.
        """

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


class Examiner(Protocol):
    """Looks at how one platform is set up, from outside of a running service. `path` is where the platform
    posts what people do, below the public address; empty where it posts nothing."""

    name: str
    path: str

    async def examine(self) -> tuple[Finding, ...]:
        """What is right and wrong with it. Nothing is sent to anybody, and nothing is kept."""


Warned = Literal["link_tampered", "link_used", "link_over", "code_wrong"]
"""A link that was changed or that nobody sent · one opened a second time · one too old · wrong codes."""


class Inbox(Protocol):
    """What intake hands to the bot."""

    async def receive(self, incoming: Incoming) -> Replies:
        """Carry out one act, at most once per key; the same replies again for the same key.

        Raises NotSaved when nothing was committed; TooMany for a form that came at the wrong moment.
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

    async def forget(self, address: str, id: str) -> None:
        """Forget a letter, with its links and what else stands on its page; or a further card, alone. Nothing
        happens where there is none."""

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
