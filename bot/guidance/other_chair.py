"""The other chair: coaching for whoever is challenged, for the manager who receives an escalation, and for
the manager who stands behind the one who raises it."""

from functools import cache
from typing import Literal, get_args

from bot.files import bad, load
from bot.guidance.content import Piece, root

Chair = Literal["challenged", "manager", "raiser-manager"]


class Page(Piece):
    """What is needed at one moment: points to think of, and things to say."""

    title: str
    points: tuple[str, ...]
    say: tuple[str, ...]


class Guide(Piece):
    """Coaching for one chair. `good_answer`: what a good response contains."""

    id: Chair
    title: str
    opening: str
    pages: tuple[Page, ...]
    good_answer: tuple[str, ...]
    avoid: tuple[str, ...]
    source: str


class _File(Piece):
    source: str
    guides: tuple[Guide, ...]


@cache
def guides() -> tuple[Guide, ...]:
    """One for each chair. Raises BadFile."""
    path = root() / "other-chair.yaml"
    found = load(path, _File).guides
    for chair in get_args(Chair):
        if chair not in {one.id for one in found}:
            raise bad(path, 0, f"The guide “{chair}” is missing.", "Write one under `guides`.")
    return found


def guide(chair: Chair) -> Guide:
    """The guide of this chair. Raises KeyError."""
    return {one.id: one for one in guides()}[chair]
