"""What people do at a stage: acknowledge, answer, talk, ask for time, hand over, say more."""

from datetime import datetime

from bot.escalation import commands as c
from bot.escalation import events as e
from bot.escalation.case import Case
from bot.escalation.clock import due
from bot.escalation.clocks import due_at
from bot.escalation.decide.rules import (
    Events,
    Refusal,
    Stale,
    Standing,
    messaged_side,
    side_of,
)


def acknowledge(case: Case, command: c.Acknowledge, standing: Standing, now: datetime) -> Events:
    return (e.Acknowledged(at=now, by=command.by, side=messaged_side(case, command.by)),)


def answer(case: Case, command: c.Answer, standing: Standing, now: datetime) -> Events:
    return (e.Answered(at=now, by=command.by, text=command.text),)


def hand_over(case: Case, command: c.HandOver, standing: Standing, now: datetime) -> Events:
    side = messaged_side(case, command.by)
    to = standing.colleague(case, side, command.to)
    if to is None or command.to == command.by:
        raise Refusal("not_a_colleague")
    if command.to in case.involved:
        raise Refusal("colleague_involved")
    known = case.members.get(command.to)
    elsewhere = known is not None and known.side not in (side, "neither") and known.role != "coordinator"
    if known is not None and (known.role == "raiser" or elsewhere):
        raise Refusal("colleague_on_other_side")
    return (e.HandedOver(at=now, by=command.by, side=side, to=to, reason=command.reason),)


def ask_more_time(case: Case, command: c.AskMoreTime, standing: Standing, now: datetime) -> Events:
    if command.until <= now:
        raise Refusal("until_in_the_past")
    at = due_at(case, case.stage.answer)
    if at is not None and command.until <= at:
        raise Refusal("until_not_later")
    _not_too_much(case, command.until)
    asked = who_may_agree(case, standing)
    return (e.MoreTimeAsked(at=now, by=command.by, until=command.until, reason=command.reason, asked=asked),)


def who_may_agree(case: Case, standing: Standing) -> tuple[str, ...]:
    """Who is asked about more time: those on the raising side whom the policy lets agree; the safeguarding
    lead is fetched where it lets nobody else."""
    roles = case.policy.moves.extend.by
    raising = (case.raiser, *case.now_with.people("raising"))
    people = tuple(person for person in dict.fromkeys(raising) if case.may(person, roles))
    lead = standing.lead(case.raising_agency)
    return people or ((lead,) if lead and case.side_of(lead) != "receiving" else (case.raiser,))


def _not_too_much(case: Case, until: datetime) -> None:
    """More time than the policy allows, or once too often, can't be asked for."""
    extend = case.policy.moves.extend
    if extend.times is not None and case.extensions >= extend.times:
        raise Refusal("no_more_extensions")
    latest = latest_extension(case)
    if latest is not None and until > latest:
        raise Refusal("until_too_late")


def latest_extension(case: Case) -> datetime | None:
    """The latest time that the policy allows to ask for; None where it sets no limit."""
    extend = case.policy.moves.extend
    as_set = case.model_copy(update={"respond_by": None})
    at = due_at(as_set, case.stage.answer)
    return due(at, extend.at_most, case.policy.calendar) if at and extend.at_most else None


def agree_more_time(case: Case, command: c.AgreeMoreTime, standing: Standing, now: datetime) -> Events:
    if case.more_time is None or case.more_time.until != command.until:
        raise Stale(e.MoreTimeAgreed.kind if case.respond_by else e.MoreTimeRefused.kind)
    if command.agreed and command.until <= now:
        raise Refusal("until_in_the_past")
    if command.agreed:
        return (e.MoreTimeAgreed(at=now, by=command.by, until=command.until),)
    return (e.MoreTimeRefused(at=now, by=command.by),)


def refuse_backing(case: Case, command: c.RefuseBacking, standing: Standing, now: datetime) -> Events:
    """The raiser's challenge goes on: the named safeguarding lead takes the manager's part."""
    refused = e.BackingRefused(at=now, by=command.by, reason=command.reason)
    lead = standing.lead(case.raising_agency)
    free = (
        lead and lead not in (command.by, case.raiser, *case.involved) and case.side_of(lead) != "receiving"
    )
    to = (standing.colleague(case, "raising", lead) if free else None) or standing.cover(
        case, "raising", command.by
    )
    return refused, e.HandedOver(at=now, by=command.by, side="raising", to=to)


def identify(case: Case, command: c.Identify, standing: Standing, now: datetime) -> Events:
    return (e.ChildIdentified(at=now, by=command.by, reference=command.reference),)


def record_talk(case: Case, command: c.RecordTalk, standing: Standing, now: datetime) -> Events:
    side = side_of(case, command.by)
    if command.when > now:
        raise Refusal("talk_in_the_future")
    recorded = e.TalkRecorded(
        at=now, by=command.by, side=side, who=command.who, when=command.when, agreed=command.agreed,
        owner=command.owner, by_when=command.by_when, corrects=case.talk is not None,
    )  # fmt: skip
    seen = case.party_side(command.by) is not None and side not in case.acknowledged
    return (e.Acknowledged(at=now, by=command.by, side=side), recorded) if seen else (recorded,)


def confirm_talk(case: Case, command: c.ConfirmTalk, standing: Standing, now: datetime) -> Events:
    return (e.TalkConfirmed(at=now, by=command.by),)


def share(case: Case, command: c.Share, standing: Standing, now: datetime) -> Events:
    side = side_of(case, command.by)
    return (e.Shared(at=now, by=command.by, side=side, text=command.text, with_both=command.with_both),)


def change_risk(case: Case, command: c.ChangeRisk, standing: Standing, now: datetime) -> Events:
    return (e.RiskChanged(at=now, by=command.by, text=command.text),)
