"""What is wrong in a file that somebody wrote, and what to write instead."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from pydantic_core import PydanticCustomError

_KIND = "mistakes"


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that is wrong. `at` leads to it from where it was noticed: keys and positions, as in
    `("stages", 1, "clocks", 0)`; empty where the noticed value itself is wrong."""

    what: str
    remedy: str
    at: tuple[str | int, ...] = ()


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
    words = sorted(set(known))
    near = get_close_matches(word, words, n=1)
    if near:
        return f"Did you mean {brief(near[0])}?"
    shown = ", ".join(map(brief, words[:12])) + (" …" if len(words) > 12 else "")
    return f"Write one of these: {shown}." if words else "Leave it out."
