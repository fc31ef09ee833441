"""The card: the one thing that Braver shows. Closed vocabulary, pure data, no platform."""

from dataclasses import dataclass, field
from typing import Literal

from bot.chat.action import Action, Payload
from bot.chat.text import Blocks, as_plain, leading

Tone = Literal["neutral", "good", "attention", "urgent"]
Style = Literal["default", "primary", "danger"]


@dataclass(frozen=True, slots=True)
class Text:
    blocks: Blocks
    kind: str = field(default="text", init=False)


@dataclass(frozen=True, slots=True)
class Fact:
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Facts:
    facts: tuple[Fact, ...]
    kind: str = field(default="facts", init=False)


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` of `of`, with what is counted in words, e.g. "Skill 3 of 21"."""

    done: int
    of: int
    label: str
    kind: str = field(default="progress", init=False)


@dataclass(frozen=True, slots=True)
class Status:
    """The state in words; `tone` may colour it and never replaces the words."""

    words: str
    tone: Tone = "neutral"
    kind: str = field(default="status", init=False)


@dataclass(frozen=True, slots=True)
class Link:
    """An address to follow: http, https, tel or mailto."""

    label: str
    href: str
    kind: str = field(default="link", init=False)


@dataclass(frozen=True, slots=True)
class Divider:
    kind: str = field(default="divider", init=False)


Element = Text | Facts | Progress | Status | Link | Divider


@dataclass(frozen=True, slots=True)
class Button:
    """A press that comes back as `payload`. `opens_form`: the answer to the press is a form."""

    label: str
    payload: Payload
    style: Style = "default"
    opens_form: bool = False


def button(label: str, action: Action, style: Style = "default", *, opens_form: bool = False) -> Button:
    return Button(label, action.payload(), style, opens_form)


@dataclass(frozen=True, slots=True)
class Card:
    """A title, a body in reading order, buttons under it, and a footnote in small print.

    Any length, any script: an adapter splits or shortens to the platform's limits, and says so.
    """

    title: str
    body: tuple[Element, ...] = ()
    buttons: tuple[Button, ...] = ()
    footnote: Blocks = ()


def fallback(card: Card) -> str:
    """Everything that the card says as plain text: for notifications, screen readers and transcripts."""
    parts = [card.title, *(_plain(element) for element in card.body)]
    if card.buttons:
        parts.append(" · ".join(f"[{button.label}]" for button in card.buttons))
    parts.append(as_plain(card.footnote))
    return "\n".join(part for part in parts if part)


def _plain(element: Element) -> str:
    match element:
        case Text(blocks):
            return as_plain(blocks)
        case Facts(facts):
            return "\n".join(f"{leading(fact.label)} {fact.value}" for fact in facts)
        case Progress(done, of, label):
            return f"{label} ({done} of {of})"
        case Status(words):
            return words
        case Link(label, href):
            return f"{leading(label)} {href}"
        case Divider():
            return ""
