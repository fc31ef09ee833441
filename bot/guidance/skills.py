"""The skills checklist for effective challenge: 21 items in the order of the briefing's table."""

from functools import cache

from bot.files import load
from bot.guidance.content import Piece, root


class Skill(Piece):
    """One item. `name` is the partnership's wording; the rest is coaching that rests on `source`."""

    id: str
    name: str
    means: str
    ask: str
    tip: str
    say: str
    source: str


class _File(Piece):
    source: str
    skills: tuple[Skill, ...]


@cache
def skills() -> tuple[Skill, ...]:
    """All items in order. Raises BadFile."""
    return load(root() / "skills.yaml", _File).skills


def skill(id: str) -> Skill:
    """The item of this id. Raises KeyError."""
    return {one.id: one for one in skills()}[id]
