"""Stems: the words of a text without their endings, like ones as one; and rows of up to three."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

import snowballstemmer  # type: ignore[import-untyped]

from bot.files import load
from bot.guidance.content import Piece, root

_WORD = re.compile(r"[A-Za-z0-9]+(?:['’][A-Za-z]+)?")
_LONGEST_WORD = 40
"""Letters; a longer one is no word of English, and would only fill the memory of stems."""
LONGEST = 3
"""How many words in a row are looked at together."""


class _Vocabulary(Piece):
    same: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Word:
    """A stem, and from where to where its word stands in the text."""

    stem: str
    start: int
    end: int


def words(text: str) -> tuple[Word, ...]:
    return tuple(Word(_stem(match[0].lower()), match.start(), match.end()) for match in _WORD.finditer(text))


def rows(found: tuple[Word, ...]) -> Iterator[tuple[str, int, int]]:
    """Every row of one to three words: its stems joined by spaces, and where it begins and ends."""
    for length in range(1, LONGEST + 1):
        for at in range(len(found) - length + 1):
            row = found[at : at + length]
            yield " ".join(word.stem for word in row), row[0].start, row[-1].end


def counted(text: str) -> Mapping[str, int]:
    """How often each row stands in the text."""
    return Counter(row for row, _, _ in rows(words(text)))


def _stem(word: str) -> str:
    return _stem_of(word) if len(word) <= _LONGEST_WORD else word


@lru_cache(maxsize=50_000)
def _stem_of(word: str) -> str:
    bare = word.replace("’", "'").replace("'", "")
    stemmer, same = _tools()
    stem: str = stemmer.stemWord(same.get(bare, bare))
    return stem


@cache
def _tools() -> tuple["snowballstemmer.stemmer", Mapping[str, str]]:
    vocabulary = load(root() / "vocabulary.yaml", _Vocabulary)
    same = {word: first for first, meant in vocabulary.same.items() for word in meant}
    return snowballstemmer.stemmer("english"), same
