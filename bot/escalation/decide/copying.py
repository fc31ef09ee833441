"""Who gets a copy of what has just happened, by the policy."""

from collections.abc import Iterator
from datetime import datetime

from bot.escalation import events as e
from bot.escalation.case import Case
from bot.escalation.changes import apply
from bot.escalation.decide.rules import Events, Standing
from bot.escalation.policy import CopiedEvent

_COPIED: dict[type[e.Event], CopiedEvent] = {
    e.StageEntered: "stage",
    e.Answered: "answer",
    e.MeetingCalled: "meeting",
    e.Closed: "closed",
    e.Withdrawn: "withdrawn",
}


def with_copies(case: Case | None, events: Events, standing: Standing, now: datetime) -> Events:
    """The events, each followed by its copies. Practice reaches nobody outside its group."""
    found: list[e.Event] = []
    for event in events:
        found.append(event)
        case = apply(case, event)
        if type(event) in _COPIED and not case.training:
            for copied in _copies(case, _COPIED[type(event)], event.by, standing, now):
                found.append(copied)
                case = apply(case, copied)
    return tuple(found)


def _copies(case: Case, on: CopiedEvent, by: str, standing: Standing, now: datetime) -> Iterator[e.Copied]:
    """One event for those who see the case, one for those who learn that it happened."""
    parties = (case.raiser, *case.now_with.people("raising"), *case.now_with.people("receiving"), by)
    wanted = [copy for copy in case.policy.copies if on in copy.on and case.stage_number >= copy.from_stage]
    for sees in ("case", "notice"):
        holders = {copy.to: standing.holder(case, copy.to, copy.side) for copy in wanted if copy.sees == sees}
        people = tuple(dict.fromkeys(one for one in holders.values() if one and one not in parties))
        nobody = tuple(post for post, one in holders.items() if not one)
        if people or nobody:
            yield e.Copied(at=now, people=people, on=on, sees=sees, nobody=nobody)
