"""The other chair: coaching for whoever is challenged, for the manager who receives an escalation, and for
the manager who stands behind the one who raises it."""

from functools import cache
from typing import Literal

from bot.files import load
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
    return load(root() / "other-chair.yaml", _File).guides


def guide(chair: Chair) -> Guide:
    """The guide of this chair. Raises KeyError."""
    return {one.id: one for one in guides()}[chair]
