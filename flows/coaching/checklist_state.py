"""Where somebody stands in the skills checklist: what they answered, today and the time before."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, ClassVar

from pydantic import AwareDatetime, Field

from bot.chat.action import Action
from bot.chat.memory import State
from bot.guidance.skills import Group, Skill, Sure, skill, skills

ALL, THREE = "all", "three"
"""What can be worked through beside a group: all skills, and the three to work on."""
_NEEDS = ("not_yet", "partly")
"""The answers that need work, the first one most."""


class Answer(Action):
    """How sure somebody is of the skill on the card."""

    name: ClassVar[str] = "checklist.answer"
    skill: str
    sure: Sure


class ShowSkill(Action):
    """The skill at this place (from 0) of the round; `more`: with words, mistake and the other side."""

    name: ClassVar[str] = "checklist.skill"
    at: int
    more: bool = False


class StartRound(Action):
    """Work through a group (its id), ALL or THREE."""

    name: ClassVar[str] = "checklist.start"
    what: str = ALL


class ChooseRound(Action):
    name: ClassVar[str] = "checklist.choose"


class Pause(Action):
    name: ClassVar[str] = "checklist.pause"


class ShowSummary(Action):
    name: ClassVar[str] = "checklist.summary"


class StartAgain(Action):
    """Of older cards: all skills from the first one."""

    name: ClassVar[str] = "checklist.again"


class Checklist(State):
    """`round` are the ids of the skills that are worked through now, `at` the place (from 0) of the next.

    `answers` is the newest answer to each skill; `before` the one before it, `before_at` the time of the
    newest of those.
    """

    name: ClassVar[str] = "checklist"
    version: ClassVar[int] = 2
    keep_for: ClassVar[timedelta] = timedelta(days=365)
    round: tuple[str, ...] = ()
    at: int = 0
    answers: dict[str, Sure] = Field(default_factory=dict)
    answered_at: AwareDatetime | None = None
    before: dict[str, Sure] = Field(default_factory=dict)
    before_at: AwareDatetime | None = None

    @classmethod
    def upgrade(cls, version: int, data: dict[str, Any]) -> dict[str, Any]:
        """The first release knew one round, of all skills."""
        return {**data, "round": [one.id for one in skills()]}

    @property
    def skills(self) -> tuple[Skill, ...]:
        """Those of the round that the content still has."""
        known = {one.id for one in skills()}
        return tuple(skill(id) for id in self.round if id in known)

    @property
    def open(self) -> bool:
        """Whether a round was begun and is not finished."""
        return self.at < len(self.skills)

    @property
    def done(self) -> int:
        """How many skills of the round have an answer."""
        return sum(one.id in self.answers for one in self.skills)

    def started(self, what: str) -> "Checklist":
        """At the first skill of a new round; the answers that it will replace are kept to compare with."""
        ids = tuple(one.id for one in _chosen(self, what))
        moved = {id: self.answers[id] for id in ids if id in self.answers}
        rest = {id: sure for id, sure in self.answers.items() if id not in ids}
        at = self.answered_at if moved else self.before_at
        return Checklist(
            round=ids,
            answers=rest,
            answered_at=self.answered_at,
            before={**self.before, **moved},
            before_at=at,
        )

    def answered(self, id: str, sure: Sure, now: datetime) -> "Checklist":
        """With this answer, and at the next skill."""
        at = next((n + 1 for n, one in enumerate(self.skills) if one.id == id), self.at)
        answers = {**self.answers, id: sure}
        return self.model_copy(update={"at": at, "answers": answers, "answered_at": now})

    def three(self) -> tuple[Skill, ...]:
        """The three to work on: the least sure, in the checklist's order; fewer where fewer are."""
        answers = {**self.before, **self.answers}
        least = [one for sure in _NEEDS for one in skills() if answers.get(one.id) == sure]
        return tuple(least[:3])

    def compared(self, group: Group) -> tuple[int, int, int] | None:
        """Of the skills of a group that were answered twice: how many were sure then, and are now, and how
        many skills that are. None where there is none."""
        both = [id for id in _ids(group) if id in self.before and id in self.answers]
        if not both:
            return None
        return _sure(self.before, both), _sure(self.answers, both), len(both)

    def standing(self, group: Group) -> tuple[int, int, int]:
        """Of a group: how many skills are sure, how many were answered, and how many there are."""
        ids = _ids(group)
        answered = [id for id in ids if id in self.answers]
        return _sure(self.answers, answered), len(answered), len(ids)


def _sure(answers: dict[str, Sure], ids: Iterable[str]) -> int:
    return sum(answers[id] == "sure" for id in ids)


def _ids(group: Group) -> list[str]:
    return [one.id for one in skills() if one.group == group.id]


def _chosen(state: Checklist, what: str) -> tuple[Skill, ...]:
    if what == THREE:
        return state.three() or skills()
    return tuple(one for one in skills() if one.group == what) or skills()
