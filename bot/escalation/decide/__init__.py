"""What a command does to a case: `decide(case, command, standing, now)` → events, or a refusal. Pure."""

from collections.abc import Callable
from datetime import datetime

from bot.escalation import commands as c
from bot.escalation import events as e
from bot.escalation.case import NOT_SHOWN, READING, Case
from bot.escalation.decide import answering, covering, delivery, ending, keeping, meeting, stages, waiting
from bot.escalation.decide.answering import latest_extension, who_may_agree
from bot.escalation.decide.copying import with_copies
from bot.escalation.decide.covering import covered_side
from bot.escalation.decide.ending import (
    holding,
    may_reopen,
    reopens_until,
    told_of_withdrawal,
)  # fmt: skip
from bot.escalation.decide.keeping import CORRECTABLE, not_filed, private_to
from bot.escalation.decide.meeting import chair_of, to_invite
from bot.escalation.decide.rules import Events, NotTheirs, Refusal, Stale, Standing
from bot.escalation.decide.stages import first_stage, may_skip
from bot.escalation.decide.waiting import longest_pause

__all__ = [
    "CORRECTABLE",
    "Events",
    "NotTheirs",
    "Refusal",
    "Stale",
    "Standing",
    "chair_of",
    "covered_side",
    "decide",
    "first_stage",
    "holding",
    "latest_extension",
    "longest_pause",
    "may_reopen",
    "may_skip",
    "not_filed",
    "private_to",
    "reopens_until",
    "to_invite",
    "told_of_withdrawal",
    "who_may_agree",
]


def decide(case: Case | None, command: c.Command, standing: Standing, now: datetime) -> Events:
    """The events that the command causes; () where it is already so. Raises Refusal."""
    events = _decided(case, command, standing, now)
    if case is not None:
        events = waiting.resumed_by(case, events, now)
    events = _with_checks(case, events)
    return with_copies(case, events, standing, now)


def _decided(case: Case | None, command: c.Command, standing: Standing, now: datetime) -> Events:
    if isinstance(command, c.Raise):
        return stages.raise_case(command, standing, now)
    assert case is not None
    if isinstance(command, c.RunOut):
        return waiting.run_out(case, command.clock, standing, now)
    if isinstance(command, c.Delivered):
        return delivery.delivered(case, command, now)
    if isinstance(command, c.Undeliverable):
        return delivery.undeliverable(case, command, standing, now)
    if isinstance(command, c.Relieve):
        return covering.relieve(case, command, standing, now)
    if isinstance(command, c.NoNextWay):
        return delivery.no_next_way(case, command, now)
    if isinstance(command, c.PlaceHold | c.LiftHold | c.Minimise):
        return _BY_KEEPER[type(command)](case, command, now)
    if command.by not in case.members:
        raise NotTheirs("not_on_case")
    if isinstance(command, c.ShowUrgent):
        return (e.UrgentShown(at=now, by=command.by),)
    _has_a_part(case, command)
    if isinstance(command, c.AnswerCheck):
        return ending.answer_check(case, command, standing, now)
    if isinstance(command, c.ConfirmFiled):
        return keeping.confirm_filed(case, command, standing, now)
    if isinstance(command, c.Correct):
        return keeping.correct(case, command, standing, now)
    if isinstance(command, c.Reopen):
        return ending.reopen(case, command, standing, now)
    if not case.open:
        raise Stale(e.Withdrawn.kind if case.ending and case.ending.outcome == "withdrawn" else e.Closed.kind)
    return _BY_PERSON[type(command)](case, command, standing, now)


def _has_a_part(case: Case, command: c.Command) -> None:
    """Whoever only finds the right person, or is only told, does nothing else; a chair writes the minutes."""
    role = case.members[getattr(command, "by", "")].role
    if role in NOT_SHOWN and not (role == "coordinator" and isinstance(command, c.HandOver)):
        raise NotTheirs("only_finds_who" if role == "coordinator" else "only_told")
    if role in READING and not isinstance(command, c.HoldMeeting | c.Correct):
        raise NotTheirs("only_reading")


def _with_checks(case: Case | None, events: Events) -> Events:
    """Closing asks at once what the policy asks then."""
    if case is None or not events or not isinstance(events[-1], e.Closed):
        return events
    return *events, *ending.first_checks(case, events[-1])


_BY_KEEPER: dict[type[object], Callable[..., Events]] = {
    c.PlaceHold: keeping.place_hold,
    c.LiftHold: keeping.lift_hold,
    c.Minimise: keeping.minimise,
}
"""What is done to the record by who need not be on the case."""
_BY_PERSON: dict[type[object], Callable[..., Events]] = {
    c.Acknowledge: answering.acknowledge,
    c.Answer: answering.answer,
    c.HandOver: answering.hand_over,
    c.TakeBack: covering.take_back,
    c.LetAnswer: covering.let_answer,
    c.AskMoreTime: answering.ask_more_time,
    c.AgreeMoreTime: answering.agree_more_time,
    c.Identify: answering.identify,
    c.RecordTalk: answering.record_talk,
    c.ConfirmTalk: answering.confirm_talk,
    c.Share: answering.share,
    c.ChangeRisk: answering.change_risk,
    c.RefuseBacking: answering.refuse_backing,
    c.NotAccept: stages.not_accept,
    c.GoUp: stages.go_up,
    c.Accept: ending.accept,
    c.AgreeClosure: ending.agree_closure,
    c.Withdraw: ending.withdraw,
    c.Pause: waiting.pause,
    c.Resume: waiting.resume,
    c.CallMeeting: meeting.call_meeting,
    c.HoldMeeting: meeting.hold_meeting,
}
