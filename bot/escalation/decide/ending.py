"""How a case ends, who must agree, and what is asked afterwards."""

from datetime import datetime

from bot.escalation import commands as c
from bot.escalation import events as e
from bot.escalation.case import Case
from bot.escalation.decide.rules import (
    Events,
    Refusal,
    Stale,
    Standing,
)
from bot.escalation.decide.stages import enter
from bot.escalation.policy import Check, Role
from bot.escalation.seeing import holding


def accept(case: Case, command: c.Accept, standing: Standing, now: datetime) -> Events:
    """The raiser chooses the outcome. It closes the case, or waits for the others whom the policy names."""
    _one_of_the_outcomes(case, command.outcome)
    lead = _lead(case, standing)
    waiting = _who_must_agree(case, lead)
    if not waiting:
        return (e.Closed(at=now, by=command.by, outcome=command.outcome, note=command.note),)
    proposed = e.ClosureProposed(
        at=now, by=command.by, outcome=command.outcome, note=command.note, waiting=waiting,
        lead=lead if "safeguarding_lead" in waiting else "",
    )  # fmt: skip
    return (proposed,)


def _one_of_the_outcomes(case: Case, code: str) -> None:
    if code not in {outcome.code for outcome in case.policy.outcomes}:
        raise Refusal("no_such_outcome")


def _who_must_agree(case: Case, lead: str) -> tuple[Role, ...]:
    """The parts that must agree beside the raiser, as far as somebody else has them."""
    return tuple(
        role
        for role in case.policy.closing.agree
        if role != "raiser"
        and ((role == "safeguarding_lead" and lead) or any(p != case.raiser for p in holding(case, role)))
    )


def _lead(case: Case, standing: Standing) -> str:
    """The safeguarding lead of the raiser's agency, who need not be on the case yet; empty where it is the
    raiser, somebody involved, or somebody of the other side."""
    lead = standing.lead(case.raising_agency)
    barred = lead == case.raiser or lead in case.involved or case.side_of(lead) == "receiving"
    return "" if barred else lead


def agree_closure(case: Case, command: c.AgreeClosure, standing: Standing, now: datetime) -> Events:
    closure = case.closure
    assert closure is not None, "seeing.py lets nobody through where nothing waits"
    if closure.at != command.proposed_at:
        raise Stale(e.ClosureProposed.kind)
    theirs = tuple(role for role in closure.waiting if command.by in holding(case, role))
    if not command.agreed:
        return (e.ClosureRefused(at=now, by=command.by, reason=command.reason),)
    agreed = e.ClosureAgreed(at=now, by=command.by, roles=theirs)
    if set(closure.waiting) - set(theirs):
        return (agreed,)
    return agreed, e.Closed(at=now, by=closure.by, outcome=closure.outcome, note=closure.note)


def withdraw(case: Case, command: c.Withdraw, standing: Standing, now: datetime) -> Events:
    lead, coordinator = told_of_withdrawal(case, standing)
    return (e.Withdrawn(at=now, by=command.by, reason=command.reason, lead=lead, coordinator=coordinator),)


def told_of_withdrawal(case: Case, standing: Standing) -> tuple[str, str]:
    """Who looks after a raiser that withdraws: the safeguarding lead of their agency, or else the
    coordinator; empty for nobody. Never the raiser, and never somebody who is involved."""
    lead = standing.lead(case.raising_agency)
    if lead and lead != case.raiser and lead not in case.involved:
        return lead, ""
    coordinator = standing.coordinator()
    return "", coordinator if coordinator != case.raiser else ""


def reopen(case: Case, command: c.Reopen, standing: Standing, now: datetime) -> Events:
    """A closed case goes on at the stage at which it ended, with clocks that begin anew."""
    reopened = e.Reopened(at=now, by=command.by, reason=command.reason)
    stage = case.stage_number
    return reopened, enter(case, stage, "reopened", command.reason, command.by, frozenset(), standing, now)


def first_checks(case: Case, closed: e.Closed) -> Events:
    """What the policy has asked of people at once when a case is closed."""
    return tuple(
        e.CheckAsked(at=closed.at, check=check.id, person=person)
        for check in case.policy.after_closing
        if check.within is not None and (person := _asked(case, check))
    )


def _asked(case: Case, check: Check) -> str:
    return next(iter(holding(case, check.ask)), case.raiser)


def check_due(case: Case, check_id: str, standing: Standing, now: datetime) -> Events:
    """A question after closing is due: to be asked, asked again, or told as unanswered."""
    check = next(one for one in case.policy.after_closing if one.id == check_id)
    state = case.checks.get(check_id)
    if state is None or state.asked_at is None:
        return (e.CheckAsked(at=now, check=check_id, person=_asked(case, check)),)
    level = state.missed + 1
    told = _told(case, check, state.person, standing) if level > 1 else ()
    return (e.CheckMissed(at=now, check=check_id, person=state.person, level=level, told=told),)


def _told(case: Case, check: Check, asked: str, standing: Standing) -> tuple[str, ...]:
    people = [person for role in check.tell for person in holding(case, role)]
    people += [_lead(case, standing)] if "safeguarding_lead" in check.tell else []
    return tuple(person for person in dict.fromkeys(people) if person and person != asked)


def answer_check(case: Case, command: c.AnswerCheck, standing: Standing, now: datetime) -> Events:
    """Whoever was asked after closing answers; of a no, those hear whom the policy names."""
    check = next((one for one in case.policy.after_closing if one.id == command.check), None)
    if check is None:
        raise Stale(e.Reopened.kind)
    told = () if command.done else _told(case, check, command.by, standing)
    return (
        e.CheckAnswered(
            at=now, by=command.by, check=command.check, done=command.done, text=command.text, told=told
        ),
    )
