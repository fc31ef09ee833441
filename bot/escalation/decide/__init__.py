"""What a command does to a case: `decide(case, command, standing, now)` → events, or a refusal. Pure."""

from collections.abc import Callable
from datetime import datetime

from bot.escalation import commands as c
from bot.escalation import events as e
from bot.escalation.case import Case
from bot.escalation.decide import (
    answering,
    covering,
    delivery,
    ending,
    keeping,
    leaving,
    meeting,
    stages,
    waiting,
)
from bot.escalation.decide.answering import latest_extension, who_may_agree
from bot.escalation.decide.copying import with_copies
from bot.escalation.decide.ending import told_of_withdrawal
from bot.escalation.decide.keeping import CORRECTABLE, not_filed, private_to
from bot.escalation.decide.meeting import chair_of, to_invite
from bot.escalation.decide.rules import Events, Standing, at_stage, same_round
from bot.escalation.decide.stages import first_stage
from bot.escalation.decide.waiting import longest_pause
from bot.escalation.refusal import Already, NotTheirs, Refusal, Stale
from bot.escalation.seeing import Act, Wish, outside, refusal

__all__ = [
    "CORRECTABLE",
    "Events",
    "NotTheirs",
    "Refusal",
    "Stale",
    "Standing",
    "chair_of",
    "decide",
    "first_stage",
    "latest_extension",
    "longest_pause",
    "not_filed",
    "private_to",
    "to_invite",
    "told_of_withdrawal",
    "who_may_agree",
]


def decide(case: Case | None, command: c.Command, standing: Standing, now: datetime) -> Events:
    """The events that the command causes; () where it is already so. Raises Refusal."""
    events = _decided(case, command, standing, now)
    if case is not None:
        events = waiting.resumed_by(case, events, now)
    events = leaving.with_leavers(case, _with_checks(case, events))
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
    if isinstance(command, c.Leave):
        return leaving.leave(case, command, standing, now)
    if isinstance(command, c.NoNextWay):
        return delivery.no_next_way(case, command, now)
    if isinstance(command, c.PlaceHold | c.LiftHold | c.Minimise):
        return _BY_KEEPER[type(command)](case, command, now)
    why = _refused(case, command, standing, now)
    if isinstance(why, Already):
        return ()
    if why is not None:
        raise why
    if isinstance(command, c.ShowUrgent):
        return (e.UrgentShown(at=now, by=command.by),)
    return _BY_PERSON[type(command)](case, command, standing, now)


def _refused(case: Case, command: c.Command, standing: Standing, now: datetime) -> Refusal | None:
    """Why this person can't do this, by `seeing.py`; of an old card, first that its step is over."""
    act = act_of(command)
    chair = chair_of(case, standing) if act == "hold_meeting" and case.open and case.stage.meeting else ""
    check = command.check if isinstance(command, c.AnswerCheck) else ""
    wish = Wish(case, getattr(command, "by", ""), now, chair, check)
    barred = outside(wish, act)
    if barred is not None:
        return barred
    at_stage(case, getattr(command, "stage", None))
    same_round(case, getattr(command, "round", None))
    if isinstance(command, c.ConfirmTalk) and case.talk is not None and case.talk.at != command.recorded_at:
        return Stale(e.TalkRecorded.kind)
    return refusal(wish, act)


def act_of(command: c.Command) -> Act:
    """What somebody wants to do with this command."""
    if isinstance(command, c.Share):
        return "share" if command.with_both else "note"
    return _ACTS[type(command)]


def _with_checks(case: Case | None, events: Events) -> Events:
    """Closing asks at once what the policy asks then."""
    if case is None or not events or not isinstance(events[-1], e.Closed):
        return events
    return *events, *ending.first_checks(case, events[-1])


_ACTS: dict[type[object], Act] = {
    c.ShowUrgent: "show_urgent",
    c.Acknowledge: "acknowledge",
    c.Answer: "answer",
    c.HandOver: "hand_over",
    c.TakeBack: "take_back",
    c.LetAnswer: "let_answer",
    c.AskMoreTime: "ask_more_time",
    c.AgreeMoreTime: "decide_more_time",
    c.Identify: "identify",
    c.RecordTalk: "record_talk",
    c.ConfirmTalk: "confirm_talk",
    c.ChangeRisk: "change_risk",
    c.RefuseBacking: "refuse_backing",
    c.NotAccept: "not_accept",
    c.GoUp: "go_up",
    c.Accept: "accept",
    c.AgreeClosure: "agree_closure",
    c.Withdraw: "withdraw",
    c.Pause: "pause",
    c.Resume: "resume",
    c.CallMeeting: "call_meeting",
    c.HoldMeeting: "hold_meeting",
    c.AnswerCheck: "answer_check",
    c.Reopen: "reopen",
    c.ConfirmFiled: "confirm_filed",
    c.Correct: "correct",
}
_BY_KEEPER: dict[type[object], Callable[..., Events]] = {
    c.PlaceHold: keeping.place_hold,
    c.LiftHold: keeping.lift_hold,
    c.Minimise: keeping.minimise,
}
"""What is done to the record by who need not be on the case."""
_BY_PERSON: dict[type[object], Callable[..., Events]] = {
    c.ConfirmFiled: keeping.confirm_filed,
    c.Correct: keeping.correct,
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
    c.AnswerCheck: ending.answer_check,
    c.Reopen: ending.reopen,
}
