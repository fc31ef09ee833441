"""The seven-minute briefing: seven parts, word for word as the partnership wrote them.

A part is a Markdown file `content/briefing/<number>-<id>.md`: a line `# Title`, the partnership's words,
and at the end, as a quote, what the source does not show.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bot.files import bad, text_of
from bot.guidance.content import root

_FILE = re.compile(r"(?P<number>\d+)-(?P<id>[a-z-]+)")
_PART = re.compile(r"# (?P<title>[^\n]+)\n+(?P<body>.*?)(?:\n\n> (?P<lost>[^\n]+))?\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Part:
    """A part. `body` is markup; `lost` says what the source does not show, empty where all is there."""

    number: int
    id: str
    title: str
    body: str
    lost: str


@dataclass(frozen=True, slots=True)
class Found:
    """A line of the briefing in which all the words sought occur."""

    part: Part
    line: str


@cache
def parts() -> tuple[Part, ...]:
    """The parts in order. Raises BadFile."""
    return tuple(_part(path) for path in sorted((root() / "briefing").glob("*.md")))


def part(name: str) -> Part | None:
    """The part of this id or number ("3", "03"), or whose title begins like this; None if there is none."""
    wanted = name.strip().lower().removeprefix("part ").lstrip("0")
    if not wanted:
        return None
    return next(
        (
            one
            for one in parts()
            if wanted in (one.id, str(one.number)) or one.title.lower().startswith(wanted)
        ),
        None,
    )


def search(words: str) -> tuple[Found, ...]:
    """The lines that hold a word beginning with each of `words`, in the briefing's order."""
    wanted = re.findall(r"\w+", words.lower())
    if not wanted:
        return ()
    return tuple(
        Found(one, line) for one in parts() for line in _lines(one) if _holds(f"{one.title} {line}", wanted)
    )


def _holds(text: str, wanted: list[str]) -> bool:
    words = re.findall(r"\w+", text.lower())
    return all(any(word.startswith(start) for word in words) for start in wanted)


def _lines(one: Part) -> list[str]:
    lines = (line.strip().removeprefix("- ").replace("**", "") for line in one.body.splitlines())
    return [line for line in lines if line]


def _part(path: Path) -> Part:
    name, whole = _FILE.fullmatch(path.stem), _PART.fullmatch(text_of(path))
    if name is None:
        raise bad(path, 0, "This file is not named as a part.", "Name it like “1-background.md”.")
    if whole is None:
        raise bad(path, 1, "This part has no title.", "Begin with a line “# Title”.")
    return Part(
        int(name["number"]), name["id"], whole["title"].strip(), whole["body"].strip(), whole["lost"] or ""
    )
