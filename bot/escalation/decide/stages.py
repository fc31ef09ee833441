"""Raising a case, and how it goes up."""

from datetime import datetime

from bot.escalation import commands as c
from bot.escalation import events as e
from bot.escalation.case import Case
from bot.escalation.changes import apply
from bot.escalation.clock import end_of_next_working_day
from bot.escalation.decide.rules import (
    Events,
    NotTheirs,
    Refusal,
    Standing,
)


def raise_case(command: c.Raise, standing: Standing, now: datetime) -> Events:
    raised = e.CaseRaised(
        at=now, by=command.by, case=command.case, reference=command.reference, training=command.training,
        policy=command.policy, raising_agency=command.raising_agency,
        receiving_agency=command.receiving_agency, concern=command.concern,
        involved=tuple(sorted(command.involved)), priority=command.priority, urgent=command.urgent,
        decided_by=command.decided_by, unbacked=command.unbacked,
    )  # fmt: skip
    case = apply(None, raised)
    first = first_stage(case)
    return raised, enter(case, first, "raised", "", "", frozenset(), standing, now, command.entry)


def first_stage(case: Case) -> int:
    """Where a new case begins: the first stage of its track at which the other agency has a rung."""
    first = case.policy.next_stage(0, case.urgent, case.receiving_agency)
    return first.number if first else 1


def enter(
    case: Case, stage: int, because: e.Step, reason: str, by: str, involved: frozenset[str],
    standing: Standing, now: datetime, entry: c.Entry = c.NO_ENTRY,
) -> e.StageEntered:  # fmt: skip
    """The step to a stage. Where its policy leaves the time of the answer open and nobody could be asked, an
    answer is awaited by the end of the next working day: no case is without a clock."""
    urgent = entry.urgent and case.policy.urgent_track is not None
    there = case.policy.stage(stage, case.urgent or urgent)
    answer = there.answer
    reply_by = entry.reply_by if entry.reply_by is not None and entry.reply_by > now else None
    asked = reply_by is not None
    if answer.within.of(case.priority) is None and reply_by is None:
        reply_by = end_of_next_working_day(now, case.policy.calendar)
    elif answer.within.of(case.priority) is not None and not answer.or_sooner:
        reply_by, asked = None, False
    return e.StageEntered(
        at=now, by=by, stage=stage, because=because, reason=reason, involved=tuple(sorted(involved)),
        parties=standing.parties(case, stage, frozenset(case.involved) | involved),
        reply_by=reply_by, asked_for=asked, form=entry.form, urgent=urgent and not case.urgent,
    )  # fmt: skip


def not_accept(case: Case, command: c.NotAccept, standing: Standing, now: datetime) -> Events:
    refused = e.AnswerNotAccepted(at=now, by=command.by, reason=command.reason)
    after = _after(case, command.entry)
    if after is None:
        return (refused,)
    _form_filled(case, after, command.entry)
    return refused, _up(case, after, "not_accepted", command, standing, now)


def go_up(case: Case, command: c.GoUp, standing: Standing, now: datetime) -> Events:
    after = _after(case, command.entry)
    if after is None:
        raise Refusal("last_stage")
    to = command.to or after
    if to != after:
        _may_bypass(case, command.by, to)
    _form_filled(case, to, command.entry)
    return (_up(case, to, "asked", command, standing, now),)


def _may_bypass(case: Case, person: str, to: int) -> None:
    bypass = case.policy.moves.bypass
    if bypass is None or not case.may(person, bypass.by):
        raise NotTheirs("no_bypass")
    above = case.policy.above(case.stage_number, case.urgent, case.receiving_agency)
    if to not in {stage.number for stage in above}:
        raise Refusal("no_such_stage")


def _after(case: Case, entry: c.Entry) -> int | None:
    """The next stage: on the urgent track if it is asked for now, and if that still goes on from here."""
    tracks = (True,) if case.urgent else (True, False) if entry.urgent else (False,)
    above = (case.policy.next_stage(case.stage_number, track, case.receiving_agency) for track in tracks)
    after = next((stage for stage in above if stage is not None), None)
    return after.number if after else None


def _form_filled(case: Case, stage: int, entry: c.Entry) -> None:
    """What the stage's form requires is there."""
    form = case.policy.stage(stage).form
    written = {answer.question for answer in entry.form if answer.text.strip()}
    if form and any(item.required and item.label not in written for item in form.questions):
        raise Refusal("form_missing")


def _up(
    case: Case, to: int, because: e.Step, command: c.NotAccept | c.GoUp, standing: Standing, now: datetime
) -> e.StageEntered:
    return enter(
        case, to, because, command.reason, command.by, command.involved, standing, now, command.entry
    )
