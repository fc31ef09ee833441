"""All coaching is in plain words: short sentences, no riddles in capitals, and a source for each piece."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from bot.files import read
from bot.guidance.content import root

ONE_FILE_EACH = ("skills.yaml", "briefing-walk.yaml", "plan.yaml", "other-chair.yaml")
FOLDERS = ("rehearsals", "advice")
NAMES = [
    *ONE_FILE_EACH,
    *(f"{folder}/{path.name}" for folder in FOLDERS for path in sorted((root() / folder).glob("*.yaml"))),
]

NO_WORDS = {"id", "group", "skills", "hears", "rating", "next", "first", "topic", "outcome", "right", "part"}
"""Keys whose values are names for the program, not words for people."""
TITLES = {"title", "name", "label", "you", "they"}
"""Keys whose values are no sentences: they would make the average look better than it is."""

AVERAGE = 14
LONGEST = 32

KNOWN = {
    "BRAVER": "the briefing's own word, which is spelt out beside it",
    "GP": "what everybody calls a family doctor",
    "OK": "an ordinary word",
}
"""Capitals that need no explanation, and why."""
NAMES_OF_SOURCES = {
    "ICO": "the Information Commissioner's Office: its guidance is found under this name",
    "SBAR": "a published order of speaking, found under this name",
    "CUS": "a published order of speaking, found under this name",
    "PACE": "a published order of speaking, found under this name",
}
"""What may stand in a `source` as well, because it is how the source is called."""

SENTENCE_END = re.compile(r"(?<=[.!?…])[”’)]*\s+")
CAPITALS = re.compile(r"\b[A-Z]{2,}(?=s?\b)")


def pieces(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Each text for people, with the key that it stands under; a list's texts stand under the list's key."""
    if isinstance(value, dict):
        for inner, what in value.items():
            yield from pieces(what, inner)
    elif isinstance(value, list):
        for what in value:
            yield from pieces(what, key)
    elif key not in NO_WORDS:
        yield key, str(value)


@cache
def texts(name: str) -> tuple[tuple[str, str], ...]:
    """Key and text of all that the file says to people."""
    return tuple(pieces(read(root() / name).data))


def sentences(name: str) -> list[str]:
    """The sentences of the file, but for titles and sources."""
    return [
        sentence
        for key, text in texts(name)
        if key not in TITLES | {"source"}
        for line in text.splitlines()
        for sentence in SENTENCE_END.split(line)
        if sentence.strip()
    ]


def test_sentences_are_short_on_the_whole() -> None:
    """Over all coaching a sentence has fourteen words at most, on average."""
    lengths = [len(sentence.split()) for name in NAMES for sentence in sentences(name)]
    assert len(lengths) > 1_500
    assert sum(lengths) / len(lengths) <= AVERAGE


@pytest.mark.parametrize("name", NAMES)
def test_no_sentence_is_long(name: str) -> None:
    """No sentence of the file has more than 32 words."""
    assert [one for one in sentences(name) if len(one.split()) > LONGEST] == []


@pytest.mark.parametrize("name", NAMES)
def test_capitals_are_known_or_explained(name: str) -> None:
    """An abbreviation is one that everybody knows, or the file says what it means, as “(LADO)” after it."""
    said = " ".join(text for _, text in texts(name))
    for key, text in texts(name):
        known = KNOWN | NAMES_OF_SOURCES if key == "source" else KNOWN
        unknown = [one for one in CAPITALS.findall(text) if one not in known and f"({one})" not in said]
        assert unknown == [], text


def test_no_abbreviation_is_allowed_for_nothing() -> None:
    """What is on the lists is in use."""
    used = {one for name in NAMES for _, text in texts(name) for one in CAPITALS.findall(text)}
    assert KNOWN.keys() | NAMES_OF_SOURCES.keys() <= used


@pytest.mark.parametrize("name", NAMES)
def test_every_entry_has_a_source(name: str) -> None:
    """What coaching rests on is said with each skill, guide, rehearsal and topic, and for each file."""
    data: dict[str, Any] = read(root() / name).data
    if name == "plan.yaml":
        # A template for the words of others: what it rests on stands in its head.
        sources = [_head(root() / name)]
        assert "It rests on the briefing" in sources[0]
    else:
        entries = [*data.get("skills", []), *data.get("guides", [])] if name in ONE_FILE_EACH else []
        sources = [data["source"], *(entry["source"] for entry in entries)]
    for source in sources:
        assert re.search(r"(?i)briefing|published|ICO guidance", source)


def _head(path: Path) -> str:
    """The comment that the file begins with."""
    found = re.match(r"(?:#[^\n]*\n)*", path.read_text(encoding="utf-8"))
    return found[0] if found else ""
