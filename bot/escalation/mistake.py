"""What is wrong in a file that somebody wrote, and what to write instead."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from pydantic_core import PydanticCustomError
from rapidfuzz import fuzz, process

_KIND = "mistakes"
_LONG = 200
"""Among more words than these the nearest is looked for in another way, which does not take seconds."""
_NEAR = 70.0


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that is wrong. `at` leads to it from where it was noticed: keys and positions, as in
    `("stages", 1, "clocks", 0)`; empty where the noticed value itself is wrong. `other` leads to what it does
    not go together with, for its line to be told too."""

    what: str
    remedy: str
    at: tuple[str | int, ...] = ()
    other: tuple[str | int, ...] = ()


def wrong(*mistakes: Mistake) -> PydanticCustomError:
    """The error to raise for these mistakes, of which there is at least one.

    It is a ValueError, inside and outside of pydantic, and reads well by itself; its context keeps the
    mistakes apart, so that each can be shown with the line that it stands on.
    """
    text = " ".join(f"{mistake.what} {mistake.remedy}" for mistake in mistakes)
    return PydanticCustomError(_KIND, "{text}", {"text": text, _KIND: mistakes})


def refuse(mistakes: Iterable[Mistake]) -> None:
    """Raise the error for these mistakes; do nothing if there are none."""
    found = tuple(mistakes)
    if found:
        raise wrong(*found)


def told(error: Mapping[str, Any]) -> tuple[Mistake, ...]:
    """The mistakes in one of pydantic's `errors()`; none if the error is one of pydantic's own."""
    return tuple(error["ctx"][_KIND]) if error["type"] == _KIND else ()


def brief(text: object) -> str:
    """What somebody wrote, in quotation marks and short enough to stand in a sentence."""
    written = str(text)
    return f"“{written}”" if len(written) <= 40 else f"“{written[:39]}…”"


def instead(word: str, known: Iterable[str]) -> str:
    """The remedy for a word that should be one of `known`: the nearest of them, or else all."""
    return Known(known).instead(word)


class Known:
    """Words that may be written, put in order once for any number of `instead`."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = sorted(set(words))

    def instead(self, word: str) -> str:
        """See the function of this name."""
        near = self.nearest(word)
        if near:
            return f"Did you mean {brief(near)}?"
        shown = ", ".join(map(brief, self._words[:12])) + (" …" if len(self._words) > 12 else "")
        return f"Write one of these: {shown}." if self._words else "Leave it out."

    def nearest(self, word: str) -> str:
        """The word that is most like it; empty where none is."""
        if len(self._words) > _LONG:
            found = process.extractOne(word[:100], self._words, scorer=fuzz.ratio, score_cutoff=_NEAR)
            return found[0] if found else ""
        return next(iter(get_close_matches(word, self._words, n=1)), "")
