"""Card → Block Kit: total, for any card of the vocabulary, any length, any script.

All text is put where Slack takes it literally (`rich_text`, `plain_text`), so that nothing that a person
typed can become a mention, a link, an emoji or markup. The one text that Slack does parse, the fallback,
is escaped.
"""

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, Literal

from adapters.slack import limits
from bot.chat.card import Button, Card, Divider, Element, Facts, Link, Progress, Status, Text, Tone, fallback
from bot.chat.phrases import Phrases
from bot.chat.text import Blocks, Bullets, Paragraph, Quote, Span, as_plain, leading

Json = dict[str, Any]

OPENS_FORM = ".form"
"""Ends the action id of a button that is answered by a form, so that the press tells it to intake."""

_SCHEMES = ("http://", "https://", "tel:", "mailto:")
_SIGNS: dict[Tone, str] = {"neutral": "", "good": "✓ ", "attention": "! ", "urgent": "!! "}
_BAR = 10
_KEPT = 256
"""So many messages are kept as they were drawn: help, menus, topics, and a case's card that many get."""
_UNSENDABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_HALF_ENTITY = re.compile(r"&[a-z]{0,3}$")


class Encoded(list[Any]):
    """Blocks that nobody changes: they are put into JSON once, however often they are sent."""

    @cached_property
    def json(self) -> str:
        return json.dumps(self, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message: `blocks` as drawn, `text` as announced and read aloud."""

    blocks: list[Json]
    text: str


@dataclass(frozen=True, slots=True)
class _Piece:
    """A run of rich text that stays together: a stretch of prose, of a quote, or (from) a list item.

    `gap` parts it from the piece before when both stand in one stretch.
    """

    kind: Literal["section", "quote", "bullet", "ordered"]
    parts: tuple[Json, ...]
    gap: str = "\n\n"
    number: int = 0

    @property
    def size(self) -> int:
        return sum(_weight(part) for part in self.parts)


@lru_cache(maxsize=_KEPT)
def message(card: Card, phrases: Phrases) -> Rendered:
    """The card as a message. Where it is too long, it is shortened and says so. Nobody may change it: the
    same card comes again and again, and is drawn once."""
    return Rendered(Encoded(page(card, limits.MESSAGE, phrases)), _announced(clean(fallback(card)), phrases))


def _announced(text: str, phrases: Phrases) -> str:
    """The fallback: escaped, and never cut within an entity."""
    escaped = escape(text)
    if length(escaped) > limits.FALLBACK:
        head, _ = split(escaped, limits.FALLBACK - length(phrases.shortened) - 1)
        escaped = f"{_HALF_ENTITY.sub('', head)} {phrases.shortened}"
    return escaped if visible(escaped) else "…"


def home(card: Card, phrases: Phrases) -> Json:
    """The card as a person's home view."""
    return {"type": "home", "blocks": page(card, limits.VIEW, phrases) or [plain_section("…")]}


def page(card: Card, surface: limits.Surface, phrases: Phrases) -> list[Json]:
    """The blocks of the card. Buttons and the footnote keep their room; the body gives way."""
    top, rest = _title(card.title)
    note = plain_context(as_plain(card.footnote), phrases)
    characters = surface.characters - characters_of([*top, *note]) - len(phrases.shortened)
    rows, dropped = _rows(card.buttons, characters // 2)
    characters -= characters_of(rows)
    room = surface.blocks - len(top) - len(note) - len(rows) - 1
    body, whole = _body([*rest, *card.body], room, characters)
    cut = [] if whole and not dropped else plain_context(phrases.shortened, phrases)
    return [*top, *body, *cut, *rows, *note]


def running_text(blocks: Blocks, room: limits.Surface, phrases: Phrases) -> list[Json]:
    """Marked-up text alone, e.g. above the fields of a form."""
    body, whole = _body([Text(blocks)], room.blocks - 1, room.characters - len(phrases.shortened))
    return body if whole else [*body, *plain_context(phrases.shortened, phrases)]


def _title(title: str) -> tuple[list[Json], list[Element]]:
    """A header, and what does not fit into it, to go on in bold below."""
    words = " ".join(clean(title).split())
    if not visible(words):
        return [], []
    head, rest = split(words, limits.HEADER - 1)
    if not rest:
        return [{"type": "header", "text": plain(head)}], []
    more = Text((Paragraph((Span(f"…{rest}", bold=True),)),))
    return [{"type": "header", "text": plain(f"{head}…")}], [more]


def _rows(buttons: Sequence[Button], most: int) -> tuple[list[Json], bool]:
    """The buttons in rows, and whether some had to be left out."""
    drawn: list[Json] = []
    for number, button in enumerate(buttons[: limits.BUTTONS_IN_ROW * 8]):
        one = _button(button, number)
        most -= characters_of(one)
        if most < 0:
            break
        drawn.append(one)
    rows: list[Json] = [
        {"type": "actions", "elements": drawn[start : start + limits.BUTTONS_IN_ROW]}
        for start in range(0, len(drawn), limits.BUTTONS_IN_ROW)
    ]
    return rows, len(drawn) < len(buttons)


def _button(button: Button, number: int) -> Json:
    label = visible(clean(button.label)) or "…"
    drawn: Json = {
        "type": "button",
        "text": plain(ellipsis(label, limits.BUTTON_LABEL)),
        "action_id": f"press.{number}{OPENS_FORM if button.opens_form else ''}",
        "value": button.payload.encode(),
    }
    if button.style != "default":
        drawn["style"] = button.style
    return drawn


def _body(elements: Sequence[Element], room: int, characters: int) -> tuple[list[Json], bool]:
    """The elements as blocks, and whether all of them found room."""
    packed = _Packed(room, characters)
    return packed.blocks, all(_draw(element, packed) for element in elements)


def _draw(element: Element, packed: "_Packed") -> bool:
    if isinstance(element, Divider):
        return packed.add({"type": "divider"}, 0)
    return packed.write(list(_pieces(element)))


def _pieces(element: Element) -> Iterator[_Piece]:
    match element:
        case Text(blocks):
            for block in blocks:
                yield from _prose(block)
        case Facts(facts):
            for fact in facts:
                label = Span(f"{leading(fact.label)} ", bold=True)
                yield from _cut("section", (label, Span(fact.value)), gap="\n")
        case Progress(done, of, label):
            bar = f"\n{_bar(done, of)}" if of > 0 else ""
            yield from _cut("section", (Span(label, bold=True), Span(bar)))
        case Status(words, tone):
            yield from _cut("section", (Span(f"{_SIGNS[tone]}{words}", bold=True),))
        case Link(label, href):
            yield from _cut("section", (Span(label, href=href),))


def _prose(block: Paragraph | Bullets | Quote) -> Iterator[_Piece]:
    match block:
        case Paragraph(spans):
            yield from _cut("section", spans)
        case Quote(spans):
            yield from _cut("quote", spans)
        case Bullets(items, ordered):
            for number, item in enumerate(items):
                yield from _cut("ordered" if ordered else "bullet", item, number=number)


def _cut(
    kind: Literal["section", "quote", "bullet", "ordered"],
    spans: Sequence[Span],
    gap: str = "\n\n",
    number: int = 0,
) -> Iterator[_Piece]:
    """The spans as pieces that each fit into one block; nothing is yielded for blank text."""
    parts: list[Json] = []
    size = 0
    for span in spans:
        rest = clean(span.text)
        href = _address(span.href)
        if span.href and not href:
            rest = f"{rest} ({clean(span.href)})"
        while rest:
            head, rest = split(rest, max(limits.RICH_TEXT - size - len(href), 1))
            parts.append(_part(head, span, href))
            size += _weight(parts[-1])
            if rest or size >= limits.RICH_TEXT:
                yield _Piece(kind, tuple(parts), gap, number)
                parts, size, gap = [], 0, ""
    if any(visible(part["text"]) for part in parts):
        yield _Piece(kind, tuple(parts), gap, number)


def _part(text: str, span: Span, href: str) -> Json:
    part: Json = {"type": "link", "url": href, "text": text} if href else {"type": "text", "text": text}
    style = {name: True for name, is_so in (("bold", span.bold), ("italic", span.italic)) if is_so}
    return {**part, "style": style} if style else part


def _address(href: str) -> str:
    """The address, if it is one that a person may be led to; else empty."""
    fits = href.lower().startswith(_SCHEMES) and len(href) <= limits.URL // 2
    return href if fits and href == clean(href) and not any(sign.isspace() for sign in href) else ""


def _bar(done: int, of: int) -> str:
    full = min(max(done, 0) * _BAR // of, _BAR)
    return "▰" * full + "▱" * (_BAR - full)


@dataclass(slots=True)
class _Packed:
    """Blocks with as much in them as there is room for."""

    room: int
    characters: int
    blocks: list[Json] = field(default_factory=list)

    def add(self, block: Json, size: int) -> bool:
        if self.room < 1 or size > self.characters:
            return False
        self.blocks.append(block)
        self.room -= 1
        self.characters -= size
        return True

    def write(self, pieces: Sequence[_Piece]) -> bool:
        """The pieces as rich text; False where something had to be left out."""
        stretch: list[_Piece] = []
        so_far = 0
        for piece in pieces:
            size = piece.size
            if stretch and so_far + size > limits.RICH_TEXT:
                if not self._close(stretch):
                    return False
                stretch, so_far = [], 0
            stretch.append(piece)
            so_far += size + 2
        return not stretch or self._close(stretch)

    def _close(self, stretch: Sequence[_Piece]) -> bool:
        size = sum(piece.size + 2 for piece in stretch)
        if size <= self.characters:
            return self.add({"type": "rich_text", "elements": _rich(stretch)}, size)
        kept = _shorter(stretch, self.characters)
        if kept:
            self.add({"type": "rich_text", "elements": _rich(kept)}, sum(piece.size + 2 for piece in kept))
        return False


def _shorter(stretch: Sequence[_Piece], most: int) -> list[_Piece]:
    """As many pieces, and of the last as many words, as fit into `most` characters."""
    kept: list[_Piece] = []
    for piece in stretch:
        if piece.size + 2 <= most:
            kept.append(piece)
            most -= piece.size + 2
            continue
        first = piece.parts[0]
        if most > 80 and first["type"] == "text":
            head, _ = split(first["text"], most - 4)
            kept.append(_Piece(piece.kind, ({**first, "text": f"{head}…"},), piece.gap, piece.number))
        break
    return kept


def _rich(pieces: Sequence[_Piece]) -> list[Json]:
    """The elements of one rich-text block; neighbours of a kind are joined."""
    elements: list[Json] = []
    before: _Piece | None = None
    for piece in pieces:
        joined = before is not None and before.kind == piece.kind
        match piece.kind:
            case "section" | "quote":
                if joined:
                    gap = [{"type": "text", "text": piece.gap}] if piece.gap else []
                    elements[-1]["elements"] += [*gap, *piece.parts]
                else:
                    elements.append({"type": f"rich_text_{piece.kind}", "elements": list(piece.parts)})
            case "bullet" | "ordered":
                item = {"type": "rich_text_section", "elements": list(piece.parts)}
                follows = joined and before is not None and piece.number == before.number + 1
                if follows:
                    elements[-1]["elements"].append(item)
                else:
                    elements.append({"type": "rich_text_list", "style": piece.kind, "elements": [item]})
                    if piece.kind == "ordered" and piece.number:
                        elements[-1]["offset"] = piece.number
        before = piece
    return elements


def plain(text: str) -> Json:
    """Text that Slack shows as it is: no markup, no emoji codes."""
    return {"type": "plain_text", "text": text, "emoji": False}


def bold(text: str) -> Json:
    """Words that stand out, taken literally."""
    words = {"type": "text", "text": text, "style": {"bold": True}}
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [words]}]}


def plain_section(text: str) -> Json:
    return {"type": "section", "text": plain(text)}


def plain_context(text: str, phrases: Phrases) -> list[Json]:
    """Small print; nothing where there is nothing to say."""
    words = shortened(clean(text), limits.CONTEXT, phrases)
    return [{"type": "context", "elements": [plain(words)]}] if visible(words) else []


def escape(text: str) -> str:
    """Text for the fields that Slack parses: its three signs of control become entities."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def clean(text: str) -> str:
    """Without what no message can carry: control characters and halves of surrogate pairs."""
    return _UNSENDABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def visible(text: str) -> str:
    """The text without white space around it; empty where nothing of it can be seen."""
    bare = text.strip()
    if bare[:1].isascii() and bare[:1].isprintable():
        return bare
    seen = any(not sign.isspace() and unicodedata.category(sign) not in ("Cf", "Cc", "Mn") for sign in text)
    return bare if seen else ""


def length(text: str) -> int:
    """In UTF-16 units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def split(text: str, most: int) -> tuple[str, str]:
    """A head of at most `most` UTF-16 units, up to a white space if one is near, and the rest."""
    if length(text) <= most:
        return text, ""
    end = most if text[:most].isascii() else _reach(text, most)
    for near in range(end, max(end - end // 5, 1), -1):
        if text[near - 1].isspace():
            end = near
            break
    return text[:end], text[end:]


def _reach(text: str, most: int) -> int:
    """How many characters are within `most` units; at least one, so that splitting always ends."""
    units = 0
    for number, sign in enumerate(text):
        units += 2 if ord(sign) > 0xFFFF else 1
        if units > most:
            return max(number, 1)
    return len(text)


def ellipsis(text: str, most: int) -> str:
    head, rest = split(text, most)
    return head if not rest else split(text, most - 1)[0].rstrip() + "…"


def shortened(text: str, most: int, phrases: Phrases) -> str:
    """The text, or its beginning with the words that say it was cut."""
    if length(text) <= most:
        return text
    return f"{split(text, max(most - length(phrases.shortened) - 1, 1))[0].rstrip()} {phrases.shortened}"


def characters_of(blocks: object) -> int:
    """All texts, values and addresses in the blocks together."""
    match blocks:
        case dict():
            return sum(
                length(value) if isinstance(value, str) and name != "type" else characters_of(value)
                for name, value in blocks.items()
            )
        case list():
            return sum(characters_of(item) for item in blocks)
        case _:
            return 0


def _weight(part: Json) -> int:
    return length(part["text"]) + length(part.get("url", ""))
