"""Training: a group that joined with a code. A training case reaches nobody else."""

import json
from dataclasses import dataclass
from datetime import timedelta

from bot.chat.memory import State
from bot.escalation.case import Case
from bot.escalation.events import Parties, Party
from bot.escalation.policy import Side
from bot.people.directory import Directory
from bot.store.work import Work


class InTraining(State):
    """This person's training group; while it is kept, what they raise is a training case."""

    name = "training.mine"
    keep_for = timedelta(hours=12)
    code: str


@dataclass(frozen=True, slots=True)
class TrainingGroup:
    """`members` in the order of joining; the first one began the group."""

    code: str
    members: tuple[str, ...]


async def group(work: Work, code: str) -> TrainingGroup | None:
    kept = await work.state(_key(code), "", "training.group")
    return TrainingGroup(code, tuple(json.loads(kept[1]))) if kept else None


async def join(work: Work, code: str, person: str) -> TrainingGroup:
    """The group with this person in it; made if there is none with this code."""
    known = await group(work, code)
    members = tuple(dict.fromkeys((*(known.members if known else ()), person)))
    expires = work.now + timedelta(days=2)
    await work.keep_state(_key(code), "", "training.group", 1, json.dumps(members), expires, question=False)
    return TrainingGroup(code, members)


def _key(code: str) -> str:
    return f"training:{code}"


@dataclass(frozen=True, slots=True)
class TrainingStanding:
    """Every post is played by somebody of the group: the other side by the first who is not the raiser,
    the raiser's manager by the next, or by the raiser where nobody is left."""

    directory: Directory
    group: TrainingGroup

    def parties(self, case: Case, stage: int, not_these: frozenset[str]) -> Parties:
        others = [person for person in self.group.members if person != case.raiser]
        receiving = others[(stage - 1) % len(others)] if others else case.raiser
        rest = [person for person in others if person != receiving]
        raising = rest[0] if rest else case.raiser
        return Parties(raising=self._as_party(raising), receiving=self._as_party(receiving))

    def cover(self, case: Case, side: Side, absent: str) -> Party:
        return case.now_with.of(side)

    def colleague(self, case: Case, side: Side, person: str) -> Party | None:
        return self._as_party(person) if person in self.group.members else None

    def lead(self, agency: str) -> str:
        return self.group.members[0]

    def coordinator(self) -> str:
        return self.group.members[0]

    def _as_party(self, person: str) -> Party:
        entry = self.directory.person(person)
        return Party(person=person, post=entry.role if entry else "")
