"""What is done to the record of a case: filed elsewhere, put right, held back from being erased."""

from datetime import datetime
from typing import Literal

from bot.escalation import commands as c
from bot.escalation import events as e
from bot.escalation.case import Case
from bot.escalation.decide.rules import Events, NotTheirs, Refusal, Standing, side_of
from bot.escalation.policy import Side

SIDES: tuple[Side, ...] = ("raising", "receiving")
CORRECTABLE = (
    e.CaseRaised, e.Answered, e.AnswerNotAccepted, e.TalkRecorded, e.Shared, e.RiskChanged, e.MeetingHeld,
    e.CheckAnswered, e.Closed, e.Withdrawn, e.MoreTimeAsked, e.BackingRefused, e.Reopened,
)  # fmt: skip
"""What somebody wrote in words of their own."""


def confirm_filed(case: Case, command: c.ConfirmFiled, standing: Standing, now: datetime) -> Events:
    side = side_of(case, command.by)
    if case.open:
        raise Refusal("filed_once_closed")
    if side in case.filed:
        return ()
    return (e.RecordFiled(at=now, by=command.by, side=side),)


def correct(case: Case, command: c.Correct, standing: Standing, now: datetime) -> Events:
    """A further entry, beside the first: nothing that was written is ever changed."""
    first = command.first
    if not isinstance(first, CORRECTABLE):
        raise Refusal("nothing_to_correct")
    if first.by != command.by:
        raise NotTheirs("correct_own_only")
    return (
        e.Corrected(at=now, by=command.by, of=command.of, text=command.text, private_to=private_to(first)),
    )


def private_to(event: e.Event) -> Side | Literal[""]:
    """The side that alone reads what was written; empty for both."""
    if isinstance(event, e.BackingRefused):
        return "raising"
    return event.side if isinstance(event, e.Shared) and not event.with_both else ""


def place_hold(case: Case, command: c.PlaceHold, now: datetime) -> Events:
    if case.hold is not None:
        raise Refusal("held_already")
    return (e.HoldPlaced(at=now, by=command.by, reason=command.reason),)


def lift_hold(case: Case, command: c.LiftHold, now: datetime) -> Events:
    if case.hold is None:
        raise Refusal("not_held")
    return (e.HoldLifted(at=now, by=command.by, reason=command.reason),)


def minimise(case: Case, command: c.Minimise, now: datetime) -> Events:
    """Not before everybody has what the copies hold, and not while they may be wanted."""
    if case.open:
        raise Refusal("minimise_once_closed")
    if case.hold is not None:
        raise Refusal("held_back")
    if not_filed(case):
        raise Refusal("not_filed_yet")
    return (e.Minimised(at=now, by=command.by, rule=command.rule),)


def not_filed(case: Case) -> tuple[Side, ...]:
    """The sides whose agencies have not said that their record is filed; nobody files practice."""
    return () if case.training else tuple(side for side in SIDES if side not in case.filed)
