"""The seven-minute briefing: seven parts, word for word as the partnership wrote them."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bot.guidance.content import ContentError, Piece, read_piece, read_text, root

_FRONT_MATTER = re.compile(r"---\n(?P<head>.*?\n)---\n(?P<body>.*)", re.DOTALL)


class Part(Piece):
    """A part. `body` is markup; `names`: how people ask for it; `lost`: what the source does not show."""

    number: int
    id: str
    title: str
    names: tuple[str, ...]
    body: str
    lost: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A line of the briefing in which all the words sought occur."""

    part: Part
    line: str


@cache
def parts() -> tuple[Part, ...]:
    """The parts in order. Raises ContentError."""
    files = sorted((root() / "briefing").glob("*.md"))
    return tuple(_part(number, path) for number, path in enumerate(files, start=1))


def part(name: str) -> Part | None:
    """The part of this id, number ("3", "03") or name, or None."""
    wanted = name.strip().lower().removeprefix("part ").lstrip("0")
    return next((one for one in parts() if wanted in (one.id, str(one.number), *one.names)), None)


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


def _part(number: int, path: Path) -> Part:
    match = _FRONT_MATTER.fullmatch(read_text(path))
    if match is None:
        raise ContentError(
            f"{path}, line 1: must begin with a line `---`, then id, title and names, then `---`."
        )
    return read_piece(Part, path, match["head"], number=number, body=match["body"].strip())
