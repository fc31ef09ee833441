"""What a clock does when it is due, and a pause while it is not."""

from datetime import datetime

from bot.escalation import commands as c
from bot.escalation import events as e
from bot.escalation.case import Case
from bot.escalation.clock import due
from bot.escalation.clocks import NEXT_WAY, agreed, cap_key, live_clocks
from bot.escalation.decide import delivery
from bot.escalation.decide.ending import check_due
from bot.escalation.decide.rules import Events, Refusal, Standing
from bot.escalation.decide.stages import enter
from bot.escalation.policy import Clock, Side
from bot.escalation.seeing import holding


def run_out(case: Case, key: str, standing: Standing, now: datetime) -> Events:
    """A clock is due. A clock that no longer runs, or runs later now, does nothing."""
    at = live_clocks(case).get(key)
    if at is None or at > now:
        return ()
    kind = key.partition(":")[0]
    if kind == "check":
        return check_due(case, key.split(":")[1], standing, now)
    if kind == "pause":
        return (e.Resumed(at=now),)
    if kind == "cap":
        return _cap_ran_out(case, key, standing, now)
    if ":closure:" in key:
        return (_closure_chased(case, standing, now),)
    if ":reply:" in key:
        level = case.reply_chases + 1
        people, coordinator = whom_to_prompt(case, level, standing)
        return (e.ReplyChased(at=now, level=level, people=people, coordinator=coordinator),)
    if ":prompt:" in key:
        return (_prompt(case, standing, now),)
    if NEXT_WAY in key:
        side: Side = "raising" if key.endswith(":raising") else "receiving"
        return delivery.next_way(case, key, side, now)
    if kind == "identify":
        return (e.IdentificationChased(at=now),)
    if kind == "talk":
        return (e.TalkChased(at=now),)
    return _stage_clock_ran_out(case, key, standing, now)


def _stage_clock_ran_out(case: Case, key: str, standing: Standing, now: datetime) -> Events:
    name, side = key.split("@")[0].split(":")[1:3]
    clock = next(item for item in case.stage.clocks if (item.name, item.owner) == (name, side))
    remind = clock.when_due == "remind"
    ran_out = e.ClockRanOut(
        at=now, clock=key, name=clock.name, side=clock.owner, reminded=remind,
        told=_told(case, clock, standing),
    )  # fmt: skip
    if clock.owner == "raising" or remind:
        return (ran_out,)
    return ran_out, *_moved_on(case, clock.when_due == "go_up", case.stage_number, standing, now)


def _cap_ran_out(case: Case, key: str, standing: Standing, now: datetime) -> Events:
    cap = next(one for one in case.policy.caps if cap_key(one) == key)
    ran_out = e.ClockRanOut(at=now, clock=key, name="cap", side="receiving")
    return ran_out, *_moved_on(case, cap.when_due == "go_up", cap.last, standing, now)


def _moved_on(case: Case, up: bool, last: int, standing: Standing, now: datetime) -> Events:
    """Up by itself to what comes after stage `last`, or people are asked. An answer that the raiser has not
    replied to is never passed over: the raiser is chased for that."""
    if case.proposal is not None or agreed(case) or case.closure is not None:
        return ()
    after = case.policy.next_stage(last, case.urgent, case.receiving_agency) if up else None
    if after is not None:
        return (enter(case, after.number, "clock", "", "", frozenset(), standing, now),)
    return () if case.prompted_at is not None else (_prompt(case, standing, now),)


def _told(case: Case, clock: Clock, standing: Standing) -> tuple[str, ...]:
    """Who else the policy tells that this clock ran out."""
    found = (standing.holder(case, post, clock.owner) for post in clock.told)
    return tuple(dict.fromkeys(person for person in found if person and person != case.raiser))


def _prompt(case: Case, standing: Standing, now: datetime) -> e.Prompted:
    level = case.prompts + 1
    people, coordinator = whom_to_prompt(case, level, standing)
    return e.Prompted(at=now, level=level, people=people, coordinator=coordinator)


def _closure_chased(case: Case, standing: Standing, now: datetime) -> e.ClosureChased:
    """Those who must agree are asked again, from the second time on with the raiser, then the coordinator."""
    assert case.closure is not None
    level = case.closure.chases + 1
    asked = [person for role in case.closure.waiting for person in holding(case, role)]
    people = tuple(dict.fromkeys((*asked, *((case.raiser,) if level > 1 else ()))))
    coordinator = standing.coordinator() if level > 2 else ""
    return e.ClosureChased(
        at=now, level=level, people=people, coordinator="" if coordinator in people else coordinator
    )


def whom_to_prompt(case: Case, level: int, standing: Standing) -> tuple[tuple[str, ...], str]:
    """First the raiser and the raiser's manager, then the safeguarding lead of their agency too, then the
    coordinator; the coordinator already in place of a lead who is missing, involved or on the other side."""
    people = [case.raiser, *case.now_with.people("raising")]
    lead = standing.lead(case.raising_agency)
    asked = lead if lead not in case.involved and case.side_of(lead) != "receiving" else ""
    if level >= 2 and asked:
        people.append(asked)
    coordinator = standing.coordinator() if level >= (3 if asked else 2) else ""
    found = tuple(person for person in dict.fromkeys(people) if case.side_of(person) != "receiving")
    return found, "" if coordinator in found else coordinator


def pause(case: Case, command: c.Pause, standing: Standing, now: datetime) -> Events:
    """The clocks stand still for a time that the policy allows; never without an end."""
    if command.until <= now:
        raise Refusal("until_in_the_past")
    latest = longest_pause(case, now)
    if latest is not None and command.until > latest:
        raise Refusal("pause_too_long")
    return (e.Paused(at=now, by=command.by, until=command.until, reason=command.reason),)


def longest_pause(case: Case, now: datetime) -> datetime | None:
    """Until when the policy lets a pause last that begins now; None where it knows no pause."""
    may = case.policy.moves.pause
    return due(now, may.at_most, case.policy.calendar) if may else None


def resume(case: Case, command: c.Resume, standing: Standing, now: datetime) -> Events:
    return (e.Resumed(at=now, by=command.by),)


_MOVING = (
    e.Answered, e.AnswerNotAccepted, e.StageEntered, e.TalkConfirmed, e.RiskChanged, e.MoreTimeAgreed,
    e.ClosureProposed, e.Closed, e.MeetingHeld,
)  # fmt: skip
"""What ends a pause: the case moves, or the child's risk has changed."""


def resumed_by(case: Case, events: Events, now: datetime) -> Events:
    """The events, after the end of the pause where one of them ends it."""
    if case.paused is None or not any(isinstance(event, _MOVING) for event in events):
        return events
    return e.Resumed(at=now), *events
