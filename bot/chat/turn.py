"""The turn: one thing that one person did in one place, and what is said back."""

from dataclasses import dataclass, field
from typing import Literal

from bot.chat.action import Payload
from bot.chat.card import Card
from bot.chat.form import Form, Values

PlaceKind = Literal["personal", "channel", "home"]


@dataclass(frozen=True, slots=True)
class Address:
    """Where a message can go. Opaque: only the adapter of `platform` reads the ids, nobody parses them.

    `tenant` is the workspace or tenant, `app` the app's id there, `service` the service URL where the
    platform has one, `conversation` the channel, chat or direct message.
    """

    platform: str
    tenant: str
    app: str
    conversation: str
    service: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """`thread` is the platform's id of the thread's root, empty where there is none."""

    address: Address
    kind: PlaceKind
    thread: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """A message that Braver posted: enough to update it and to answer under it."""

    address: Address
    id: str
    thread: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """A person as the platform knows them; `user` is the platform's opaque id."""

    platform: str
    tenant: str
    user: str


@dataclass(frozen=True, slots=True)
class Person:
    """A person of the directory, as the conversations know them."""

    id: str
    name: str
    role: str
    agency: str
    agency_name: str
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """Typed words, the mention of the bot already taken off. `addressed`: the bot was meant for sure
    (personal chat or a mention), not merely within earshot in a thread."""

    text: str
    addressed: bool = True
    kind: str = field(default="said", init=False)


@dataclass(frozen=True, slots=True)
class Commanded:
    """A slash command's words, or a shortcut's: `text` may be empty."""

    text: str
    kind: str = field(default="commanded", init=False)


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button; `message` is the card that it stood on, where the platform says so."""

    payload: Payload
    message: Message | None = None
    kind: str = field(default="pressed", init=False)


@dataclass(frozen=True, slots=True)
class Submitted:
    """A form sent: `instance` is the form's own id, `message` its card where it was one."""

    payload: Payload
    instance: str
    values: Values
    message: Message | None = None
    kind: str = field(default="submitted", init=False)


@dataclass(frozen=True, slots=True)
class HomeOpened:
    kind: str = field(default="home_opened", init=False)


@dataclass(frozen=True, slots=True)
class Installed:
    """The app can now reach this place (installed for a person or a team, or a person was added)."""

    kind: str = field(default="installed", init=False)


@dataclass(frozen=True, slots=True)
class Removed:
    """The app can no longer reach this place."""

    kind: str = field(default="removed", init=False)


Act = Said | Commanded | Pressed | Submitted | HomeOpened | Installed | Removed


@dataclass(frozen=True, slots=True)
class Incoming:
    """A verified event of a platform. `key` names the person's act, not the envelope: the same act
    delivered twice, or as two events, has the same key."""

    key: str
    account: Account
    place: Place
    act: Act


@dataclass(frozen=True, slots=True)
class Turn:
    """An incoming act with the person known. `person` is None for somebody not in the directory."""

    key: str
    person: Person | None
    account: Account
    place: Place
    act: Act


@dataclass(frozen=True, slots=True)
class Say:
    """Show the card in the turn's place (in its thread). In a channel everyone there sees it.

    `tracked` names what the card shows, so that it is redrawn with it; empty: a card for the moment.
    """

    card: Card
    tracked: str = ""
    kind: str = field(default="say", init=False)


@dataclass(frozen=True, slots=True)
class Whisper:
    """Show the card to this person alone; never to the channel, not even as a fallback."""

    card: Card
    kind: str = field(default="whisper", init=False)


@dataclass(frozen=True, slots=True)
class Redraw:
    """Put the card in place of the one that was pressed; where that can't be, like `Say` in a personal
    chat and like `Whisper` in a channel."""

    card: Card
    tracked: str = ""
    kind: str = field(default="redraw", init=False)


@dataclass(frozen=True, slots=True)
class Ask:
    """Open the form for this person alone."""

    form: Form
    kind: str = field(default="ask", init=False)


@dataclass(frozen=True, slots=True)
class Invalid:
    """Answer to a submission: the form again, with errors and everything that was typed."""

    form: Form
    kind: str = field(default="invalid", init=False)


@dataclass(frozen=True, slots=True)
class Next:
    """Answer to a submission: the next form in its place."""

    form: Form
    kind: str = field(default="next", init=False)


@dataclass(frozen=True, slots=True)
class Done:
    """Answer to a submission: the form closes and the card is shown to this person."""

    card: Card
    tracked: str = ""
    kind: str = field(default="done", init=False)


@dataclass(frozen=True, slots=True)
class ShowHome:
    """Answer to `HomeOpened`: the person's home surface; the menu card where there is none."""

    card: Card
    kind: str = field(default="show_home", init=False)


Reply = Say | Whisper | Redraw | Ask | Invalid | Next | Done | ShowHome
Replies = tuple[Reply, ...]
