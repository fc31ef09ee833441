"""Signals: what a challenge, as somebody wrote it, holds and what it lacks. The lines are in
`content/signals.yaml`.

Each signal is heard in words, and gives back the very words, so that a draft can be quoted to its writer.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Literal, get_args

from bot.files import load
from bot.guidance.content import Piece, root
from bot.guidance.lines import Lines, hear

Signal = Literal[
    "facts", "dates", "sources", "voice", "agrees", "asks_why", "risk", "threshold", "request", "deadline",
    "listens", "escalates", "gives_in", "personal", "angry", "unsure",
]  # fmt: skip
AGAINST: frozenset[Signal] = frozenset({"gives_in", "personal", "angry"})
"""What weakens a challenge."""

MOST_READ = 6_000
"""Characters."""
_QUOTED = 3
"""How many of the words of one signal are quoted at most."""
_NOT_BEFORE = ("not ", "never ", "nothing ")


class _File(Piece):
    groups: dict[str, tuple[str, ...]]
    signals: dict[Signal, tuple[str, ...]]


def signals(text: str) -> Mapping[Signal, tuple[str, ...]]:
    """The signals that the text holds, each with the typed words that show it, at most three."""
    heard = hear(text[:MOST_READ])
    found: dict[Signal, tuple[str, ...]] = {}
    for signal, pattern in _patterns().items():
        quotes = (
            heard.quoted(match)
            for match in pattern.finditer(heard.heard)
            if signal not in AGAINST or not heard.heard[: match.start()].endswith(_NOT_BEFORE)
        )
        said = tuple(dict.fromkeys(quote for quote in quotes if quote))[:_QUOTED]
        if said:
            found[signal] = said
    return found


@cache
def _patterns() -> Mapping[Signal, re.Pattern[str]]:
    path = root() / "signals.yaml"
    file = load(path, _File)
    lines = Lines(path, file.groups)
    return {signal: lines.any(file.signals.get(signal, ())) for signal in get_args(Signal)}
