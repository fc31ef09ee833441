"""Whoever has no part in a case any more leaves it, and sees nothing of it from then on."""

from datetime import datetime

from bot.escalation import commands as c
from bot.escalation import events as e
from bot.escalation.case import Case
from bot.escalation.changes import apply
from bot.escalation.decide.rules import Events, Standing
from bot.escalation.policy import Side


def with_leavers(case: Case | None, events: Events) -> Events:
    """The events, each followed by who leaves the case with it: a person hands their part over, somebody
    takes theirs back, or nobody answers for the raiser any more. Who is away keeps the case, to find it on
    their return; so does who could not be reached."""
    found: list[e.Event] = []
    for event in events:
        before, case = case, apply(case, event)
        found.append(event)
        left = _leaver(before, event, case) if before is not None else None
        if left is not None:
            found.append(left)
            case = apply(case, left)
    return tuple(found)


def leave(case: Case, command: c.Leave, standing: Standing, now: datetime) -> Events:
    """Somebody lost their post, or is not in the directory any more. What they have at the present stage goes
    to whoever is on duty for it. The raiser stays named on the case, whoever they are."""
    person = command.person
    if person not in case.members or person == case.raiser:
        return ()
    sides: tuple[Side, ...] = ("receiving", "raising")
    side = next((side for side in sides if case.open and case.now_with.of(side).person == person), None)
    over: Events = ()
    if side is not None:
        to = standing.cover(case, side, person)
        over = (e.HandedOver(at=now, side=side, to=to),) if to.person != person else ()
    return *over, e.Left(at=now, people=(person,), why=command.why)


def _leaver(before: Case, event: e.Event, after: Case) -> e.Left | None:
    match event:
        case e.HandedOver(by=by, to=to) if by:
            person = before.now_with.of(event.side).person
            why: e.Leaving = "taken_back" if by == to.person else "handed_over"
        case e.AnswersFor(by=by):
            person, why = before.answers_for, "cover_ended"
        case _:
            return None
    gone = person in after.members and not _has_a_part(after, person)
    return e.Left(at=event.at, by=by, people=(person,), why=why) if gone else None


def _has_a_part(case: Case, person: str) -> bool:
    """Whether the person has a part in the case as it is now, beside the one that they have just lost."""
    if person in (case.raiser, case.answers_for) or case.party_side(person) is not None:
        return True
    parties = (*case.now_with.all_of("raising"), *case.now_with.all_of("receiving"))
    invited = case.meeting.invited if case.meeting is not None else ()
    asked = tuple(state.person for state in case.checks.values() if state.done is None)
    if person in (*(party.covers for party in parties), *invited, *case.copied, *asked):
        return True
    return case.members[person].role in ("safeguarding_lead", "coordinator", "informed")
