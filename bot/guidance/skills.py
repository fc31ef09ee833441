"""The skills checklist for effective challenge: 21 items in the order of the briefing's table, in groups."""

from functools import cache
from typing import Literal

from bot.files import load
from bot.guidance.content import Piece, root

Sure = Literal["sure", "partly", "not_yet"]
"""How sure somebody feels of a skill."""


class Tips(Piece):
    """The tip that fits each answer."""

    sure: str
    partly: str
    not_yet: str

    def of(self, sure: Sure) -> str:
        return {"sure": self.sure, "partly": self.partly, "not_yet": self.not_yet}[sure]


class Skill(Piece):
    """One item. `name` is the partnership's wording; the rest is coaching that rests on `source`: what it
    means between agencies, why it `matters` to the child, what to `ask` oneself, words to `say` and to
    `avoid`, a common `mistake`, and what it looks like from the `other_side`."""

    id: str
    name: str
    group: str
    means: str
    matters: str
    ask: str
    say: str
    avoid: str
    mistake: str
    other_side: str
    tips: Tips
    source: str


class Group(Piece):
    """Skills that belong together, to be worked through by themselves."""

    id: str
    name: str
    about: str


class _File(Piece):
    source: str
    groups: tuple[Group, ...]
    skills: tuple[Skill, ...]


def skills() -> tuple[Skill, ...]:
    """All items in order. Raises BadFile."""
    return file().skills


def groups() -> tuple[Group, ...]:
    """The groups in order. Raises BadFile."""
    return file().groups


def skill(id: str) -> Skill:
    """The item of this id. Raises KeyError."""
    return _by_id()[id]


@cache
def _by_id() -> dict[str, Skill]:
    return {one.id: one for one in skills()}


@cache
def file() -> _File:
    """The whole file. Raises BadFile."""
    return load(root() / "skills.yaml", _File)
