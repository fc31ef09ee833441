"""What one person has before their eyes, the same words for every platform.

A `Drawing` is read from the card's own JSON, not from its fallback text: what stands here is what a
person sees. `raw` keeps the platform's JSON of a button or field for the client that presses or fills it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, Literal, Protocol

Json = dict[str, Any]
FieldKind = Literal["text", "long_text", "choice", "choices", "date", "time", "datetime"]
Filled = str | tuple[str, ...] | date | time | datetime
"""A field as filled in: text, an option's value, options' values, a date, a time, a naive wall time."""


@dataclass(frozen=True, slots=True)
class Button:
    """`enters`: it sends what was typed into the inputs around it."""

    label: str
    raw: Json
    style: str = ""
    url: str = ""
    enters: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Field:
    """`shown` is what stands in it now, as a person reads it; `searches`: options are found by typing."""

    id: str
    label: str
    kind: FieldKind
    raw: Json
    required: bool = False
    choices: tuple[Choice, ...] = ()
    searches: bool = False
    shown: str = ""
    hint: str = ""
    error: str = ""
    max_length: int | None = None


@dataclass(frozen=True, slots=True)
class Drawing:
    """A card as read from top to bottom; `lines` hold everything, buttons and fields in brackets too."""

    lines: tuple[str, ...] = ()
    buttons: tuple[Button, ...] = ()
    fields: tuple[Field, ...] = ()

    @property
    def words(self) -> str:
        return "\n".join(self.lines)


@dataclass(frozen=True, slots=True)
class Seen:
    """A message as one person sees it. `card` is its JSON (Slack: blocks; Teams: the adaptive card).

    `thread` is the root's id or empty; `private`: nobody else in the chat sees it; `revision` grows with
    every change in the world, so that newer is greater.
    """

    id: str
    chat: str
    author: str
    text: str
    drawing: Drawing
    card: Json | list[Json] | None = None
    thread: str = ""
    edits: int = 0
    private: bool = False
    mine: bool = False
    revision: int = 0
    at: float = 0.0

    @property
    def words(self) -> str:
        return self.drawing.words


@dataclass(frozen=True, slots=True)
class Chat:
    """A conversation that this person is in, oldest message first."""

    id: str
    name: str
    kind: Literal["personal", "channel"]
    messages: tuple[Seen, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenForm:
    """A form that waits to be sent: a modal, a dialog, a web page, or a card with inputs (then `message` is
    its id)."""

    id: str
    surface: Literal["modal", "dialog", "page", "card"]
    title: str
    drawing: Drawing
    submit: str = ""
    problem: str = ""
    message: str = ""
    chat: str = ""
    raw: Json = field(default_factory=dict)
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Screen:
    chats: tuple[Chat, ...] = ()
    form: OpenForm | None = None
    home: Seen | None = None

    @property
    def messages(self) -> tuple[Seen, ...]:
        """Every visible message, the one changed last at the end."""
        found = [message for chat in self.chats for message in chat.messages]
        return tuple(sorted(found, key=lambda message: message.revision))


class Client(Protocol):
    """One person at their phone or desk, on one platform."""

    platform: str
    name: str
    user: str
    """The platform's own id of this person."""

    def screen(self) -> Screen: ...

    async def look(self) -> None:
        """Look again at what does not change by itself, as a web page."""

    async def say(self, text: str) -> Seen:
        """Type into the private chat with the bot."""

    async def mention(self, text: str, channel: str, thread: str = "") -> Seen:
        """Type into a channel (by name), with the bot mentioned."""

    async def talk(self, text: str, channel: str, thread: str = "") -> Seen:
        """Type into a channel without a mention."""

    async def reply(self, message: Seen, text: str, mention: bool = False) -> Seen:
        """Type under the message: in its thread where the chat has threads."""

    async def press(self, button: Button, on: Seen | None) -> None:
        """Press a button of a message; `on` is None for a button of the open form."""

    async def submit(
        self, form: OpenForm, values: Mapping[str, Filled], button: Button | None = None
    ) -> None:
        """Fill the fields (by id; others stay as they are) and send the form."""

    async def search(self, form: OpenForm, item: Field, words: str) -> Sequence[Choice]:
        """What the field offers for the typed words."""

    async def dismiss(self) -> None:
        """Close the open form without sending it."""

    async def visit_home(self) -> None:
        """Open the app's home (Teams: ask for the menu)."""
