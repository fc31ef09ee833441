"""Marked-up text: the one way to write words with bold, italic, links, lists and quotes.

Content files write a small Markdown (`**bold**`, `*italic*`, `[label](address)`, `- item`, `1. item`,
`> quote`, a blank line between paragraphs). Values put in by `{name}` are always plain: whatever a
person typed can never become markup, a mention or a link.
"""

import re
from dataclasses import dataclass, field, replace
from functools import cache


@dataclass(frozen=True, slots=True)
class Span:
    """A run of characters in one style. `href` is an http, https, tel or mailto address."""

    text: str
    bold: bool = False
    italic: bool = False
    href: str = ""


Line = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    spans: Line
    kind: str = field(default="paragraph", init=False)


@dataclass(frozen=True, slots=True)
class Bullets:
    items: tuple[Line, ...]
    ordered: bool = False
    kind: str = field(default="bullets", init=False)


@dataclass(frozen=True, slots=True)
class Quote:
    """Somebody's own words, set apart. Line breaks inside spans are kept."""

    spans: Line
    kind: str = field(default="quote", init=False)


Block = Paragraph | Bullets | Quote
Blocks = tuple[Block, ...]

_INLINE = re.compile(
    r"\*\*(?P<bold>.+?)\*\*|\*(?P<italic>[^*\s](?:[^*]*[^*\s])?)\*"
    r"|\[(?P<label>[^\]]+)\]\((?P<href>(?:https?|tel|mailto):[^)\s]+)\)"
)
_MARKS = ("?", "!", ":")
_HOLE = re.compile(r"\{(\w+)\}")
_ITEM = re.compile(r"^\s*(?:[-•]|(?P<number>\d+)\.)\s+(?P<text>.*)$")


def leading(label: str) -> str:
    """The label as it stands before its value: with a colon, unless it ends in a mark of its own."""
    label = label.rstrip()
    return f"{label}:" if label and not label.endswith(_MARKS) else label


def plain(text: str) -> Blocks:
    """Text as typed by a person: no markup is read from it. Blank lines part paragraphs."""
    parts = (part.strip() for part in re.split(r"\n\s*\n", text))
    return tuple(Paragraph((Span(part),)) for part in parts if part)


def quote(text: str) -> Blocks:
    """A person's own words as a quote; empty for empty text."""
    stripped = text.strip()
    return (Quote((Span(stripped),)),) if stripped else ()


def markup(source: str, /, **values: object) -> Blocks:
    """Read content-file markup; `{name}` takes the value of that name as plain text.

    Raises KeyError for a hole without a value, so that a wrong content file fails a test, not a person.
    """
    return _read(source, values) if values else _always(source)


@cache
def _always(source: str) -> Blocks:
    """Text of a content file in which nothing is filled in: there is only so much of it."""
    return _read(source, {})


def _read(source: str, values: dict[str, object]) -> Blocks:
    blocks: list[Block] = []
    for chunk in re.split(r"\n\s*\n", source.strip()):
        blocks.extend(_chunk(chunk, values))
    return tuple(blocks)


def _chunk(chunk: str, values: dict[str, object]) -> list[Block]:
    blocks: list[Block] = []
    prose: list[str] = []
    quoted: list[str] = []
    items: list[tuple[bool, str]] = []

    def flush() -> None:
        if prose:
            blocks.append(Paragraph(_spans(" ".join(prose), values)))
            prose.clear()
        if quoted:
            blocks.append(Quote(_spans("\n".join(quoted), values)))
            quoted.clear()
        if items:
            ordered = items[0][0]
            blocks.append(Bullets(tuple(_spans(text, values) for _, text in items), ordered))
            items.clear()

    for line in chunk.splitlines():
        item = _ITEM.match(line)
        if item:
            if not items:
                flush()
            items.append((item["number"] is not None, item["text"].strip()))
        elif line.lstrip().startswith(">"):
            if not quoted:
                flush()
            quoted.append(line.lstrip()[1:].strip())
        elif items and line.startswith("  "):
            ordered, text = items[-1]
            items[-1] = (ordered, f"{text} {line.strip()}")
        elif line.strip():
            if not prose:
                flush()
            prose.append(line.strip())
    flush()
    return blocks


def _spans(source: str, values: dict[str, object]) -> Line:
    spans: list[Span] = []
    at = 0
    for match in _INLINE.finditer(source):
        spans.extend(_filled(source[at : match.start()], Span(""), values))
        if match["bold"] is not None:
            spans.extend(_filled(match["bold"], Span("", bold=True), values))
        elif match["italic"] is not None:
            spans.extend(_filled(match["italic"], Span("", italic=True), values))
        else:
            spans.extend(_filled(match["label"], Span("", href=match["href"]), values))
        at = match.end()
    spans.extend(_filled(source[at:], Span(""), values))
    return tuple(spans)


def _filled(source: str, style: Span, values: dict[str, object]) -> list[Span]:
    text = _HOLE.sub(lambda hole: str(values[hole[1]]), source)
    return [replace(style, text=text)] if text else []


def as_plain(blocks: Blocks) -> str:
    """The same words without any style, for fallbacks, logs of a story and copyable records."""
    return "\n\n".join(_plain_block(block) for block in blocks)


def _plain_block(block: Block) -> str:
    match block:
        case Paragraph(spans):
            return _plain_line(spans)
        case Quote(spans):
            return "\n".join(f"> {line}" for line in _plain_line(spans).splitlines())
        case Bullets(items, ordered):
            marks = (f"{n}." if ordered else "-" for n in range(1, len(items) + 1))
            return "\n".join(f"{mark} {_plain_line(item)}" for mark, item in zip(marks, items, strict=True))


def _plain_line(spans: Line) -> str:
    return "".join(
        span.text
        if not span.href or span.href.startswith(("tel:", "mailto:"))
        else f"{span.text} ({span.href})"
        for span in spans
    )
