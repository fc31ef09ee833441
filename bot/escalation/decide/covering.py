"""Whoever was away has their part again; a colleague answers for the raiser."""

from datetime import datetime

from bot.escalation import commands as c
from bot.escalation import events as e
from bot.escalation.case import Case
from bot.escalation.decide.rules import Events, Refusal, Standing
from bot.escalation.policy import Side
from bot.escalation.seeing import covered_side


def relieve(case: Case, command: c.Relieve, standing: Standing, now: datetime) -> Events:
    """The part of somebody who is away goes to whoever is on duty for them, where there is somebody."""
    if not case.open or case.stage_number != command.stage:
        return ()
    sides: tuple[Side, ...] = ("receiving", "raising")
    side = next((side for side in sides if case.now_with.of(side).person == command.person), None)
    if side is None or command.person == case.raiser:
        return ()
    to = standing.relief(case, side, command.person)
    return (e.HandedOver(at=now, side=side, to=to),) if to.person != command.person else ()


def take_back(case: Case, command: c.TakeBack, standing: Standing, now: datetime) -> Events:
    side = covered_side(case, command.by)
    assert side is not None, "seeing.py lets nobody through who is not covered for"
    to = standing.colleague(case, side, command.by)
    if to is None:
        raise Refusal("not_a_colleague")
    return (e.HandedOver(at=now, by=command.by, side=side, to=to, reason=""),)


def let_answer(case: Case, command: c.LetAnswer, standing: Standing, now: datetime) -> Events:
    """Only a colleague who has no other part in the case may."""
    if command.person == case.answers_for:
        return ()
    if command.person:
        known = case.members.get(command.person)
        if command.person == case.raiser or standing.colleague(case, "raising", command.person) is None:
            raise Refusal("not_a_colleague")
        if command.person in (*case.involved, case.decided_by):
            raise Refusal("colleague_involved")
        if known is not None and known.side == "receiving":
            raise Refusal("colleague_on_other_side")
    return (e.AnswersFor(at=now, by=command.by, person=command.person),)
