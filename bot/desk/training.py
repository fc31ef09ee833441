"""Training: a group that joined with a code. A training case reaches nobody else."""

from dataclasses import dataclass
from datetime import timedelta

from bot.chat.memory import State
from bot.escalation.case import Case
from bot.escalation.events import Parties, Party
from bot.escalation.policy import Side
from bot.people.directory import Directory
from bot.store.work import Work

_JOINED, _LEFT = "joined", "left"


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
    """The group with this code; None where nobody is in it (any more)."""
    members: dict[str, None] = {}
    for event in await work.history(_stream(code)):
        members.pop(event.actor, None)
        if event.kind == _JOINED and event.at + InTraining.keep_for > work.now:
            members[event.actor] = None
    return TrainingGroup(code, tuple(members)) if members else None


async def join(work: Work, code: str, person: str) -> None:
    """From now on the person is in the group. Appending takes its turn: of two who join at once, both are."""
    await work.append(_stream(code), _JOINED, {}, person)


async def leave(work: Work, code: str, person: str) -> None:
    """From now on nothing new of the group reaches the person."""
    await work.append(_stream(code), _LEFT, {}, person)


def _stream(code: str) -> str:
    return f"training:{code}"


@dataclass(frozen=True, slots=True)
class TrainingStanding:
    """Every post is played by somebody of the group, who stays on one side: the other side by one who is not
    the raiser, the raiser's manager by the next, or by the raiser where nobody is left. Nobody outside the
    group stands by: no lead, no coordinator."""

    directory: Directory
    group: TrainingGroup

    def parties(self, case: Case, stage: int, not_these: frozenset[str]) -> Parties:
        free = [person for person in self.group.members if person != case.raiser]
        free = [person for person in free if person not in not_these] or free
        others = [person for person in free if case.side_of(person) != "raising"] or self._before(case)
        receiving = others[(stage - 1) % len(others)]
        ours = [person for person in free if case.side_of(person) != "receiving" and person != receiving]
        return Parties(
            raising=self._as_party(ours[0] if ours else case.raiser), receiving=self._as_party(receiving)
        )

    @staticmethod
    def _before(case: Case) -> list[str]:
        """Where nobody of the group is left for the other side: whoever was there, or the raiser alone."""
        return [case.parties.receiving.person if case.parties else case.raiser]

    def cover(self, case: Case, side: Side, absent: str) -> Party:
        return case.now_with.of(side)

    def relief(self, case: Case, side: Side, absent: str) -> Party:
        return case.now_with.of(side)

    def colleague(self, case: Case, side: Side, person: str) -> Party | None:
        return self._as_party(person) if person in self.group.members else None

    def holder(self, case: Case, post: str, side: Side | None) -> str:
        return ""

    def known(self, person: str) -> bool:
        return person in self.group.members

    def lead(self, agency: str) -> str:
        return ""

    def coordinator(self) -> str:
        return ""

    def _as_party(self, person: str) -> Party:
        entry = self.directory.person(person)
        return Party(person=person, post=entry.role if entry else "")
