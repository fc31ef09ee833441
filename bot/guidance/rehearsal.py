"""Rehearsals: short role-plays with scripted replies of the other side, branching on what somebody says.

One file each in `content/rehearsals/`; the first that is offered is the first by `order`.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from bot.files import bad, load
from bot.guidance.content import Piece, root
from bot.guidance.signals import AGAINST, Signal, signals
from bot.guidance.skills import skills

MOST_CHOICES = 6
Rating = Literal["strong", "fair", "weak"]
Outcome = Literal["settled", "raised", "stuck"]
_WORTH: Mapping[Rating, int] = {"weak": 0, "fair": 1, "strong": 2}


class Choice(Piece):
    """Something to say. `hears` are the signals by which a typed reply is taken for this one; `skills` are
    those that it shows or lacks; `next` is a turn or an ending."""

    say: str
    rating: Rating
    hears: tuple[Signal, ...]
    feedback: str
    skills: tuple[str, ...]
    next: str


class Exchange(Piece):
    """What the other side says, and what can be said to it."""

    they_say: str
    choices: tuple[Choice, ...]


class Ending(Piece):
    title: str
    text: str
    outcome: Outcome


class Rehearsal(Piece):
    """A role-play. `you` and `they` are roles; `topic` is the advice topic that it belongs to."""

    id: str = ""
    title: str
    about: str
    you: str
    they: str
    topic: str
    source: str
    first: str
    turns: dict[str, Exchange]
    endings: dict[str, Ending]


@cache
def rehearsals() -> Mapping[str, Rehearsal]:
    """All of them by id, which is the name of the file. Raises BadFile."""
    files = sorted((root() / "rehearsals").glob("*.yaml"))
    return {path.stem: _read(path) for path in files}


def nearest(exchange: Exchange, typed: str) -> int | None:
    """Which choice (from 0) a typed reply is most like, by what it holds; None where it holds less than half
    of what any choice does.

    Words against the person, or that let it drop, weigh more than whatever good stands beside them.
    """
    held = signals(typed).keys()
    if not held:
        return None
    against = held & AGAINST
    counted = held & AGAINST if against else held

    def likeness(at: int) -> tuple[float, int]:
        choice = exchange.choices[at]
        hears = frozenset(choice.hears)
        shared = len(hears & counted)
        if against:
            return shared + (choice.rating == "weak") * 0.5, -_WORTH[choice.rating]
        return shared / (len(hears) or 1) + shared * 0.5, _WORTH[choice.rating]

    best = max(range(len(exchange.choices)), key=likeness)
    hears = frozenset(exchange.choices[best].hears)
    enough = 2 * len(hears & counted) >= len(hears) > 0
    return best if against or enough else None


def _read(path: Path) -> Rehearsal:
    one = load(path, Rehearsal).model_copy(update={"id": path.stem})
    for what in _unsound(one):
        raise bad(path, 0, what, "Check the names of the turns and endings.")
    return one


def _unsound(one: Rehearsal) -> Iterator[str]:
    """What would leave somebody standing in the middle of it."""
    if one.first not in one.turns:
        yield f"There is no turn “{one.first}” to begin with."
    for id, turn in one.turns.items():
        for choice in turn.choices:
            if choice.next not in one.turns and choice.next not in one.endings:
                yield f"“{id}” goes on to “{choice.next}”, which is neither a turn nor an ending."
        if not 1 <= len(turn.choices) <= MOST_CHOICES:
            yield f"“{id}” has {len(turn.choices)} choices: one to {MOST_CHOICES} can be shown."
        for name in (name for choice in turn.choices for name in choice.skills):
            if name not in {skill.id for skill in skills()}:
                yield f"There is no skill “{name}”."
    both = one.turns.keys() & one.endings.keys()
    if both:
        yield f"“{min(both)}” is a turn and an ending."
