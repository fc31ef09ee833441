"""The live clocks of a case, computed from its state: key → when it is due.

An open case always has at least one: silence never closes a case, and nothing waits unwatched.
Keys name the stage and the round, so that a clock that ran out is never mistaken for a later one.
"""

from datetime import datetime

from bot.escalation.case import Case
from bot.escalation.clock import Duration, due, worked_between, worked_on
from bot.escalation.policy import Cap, Clock, Side

NEXT_WAY = ":next_way:"
"""In the key of a clock: a share of the time to acknowledge, after which people are tried another way too."""
_OUTSIDE = ("raise", "decide")
"""Clocks that are no clock of the stage itself: before the case, and for the raiser's reply."""


def live_clocks(case: Case) -> dict[str, datetime]:
    """Every clock that runs now; of a closed case those of what is asked after closing."""
    if case.stage_number == 0:
        return {}
    if not case.open:
        return _checks(case)
    if case.paused is not None:
        return {f"pause:{case.paused.at.isoformat()}": case.paused.until}
    clocks = stage_clocks(case) | _caps(case)
    again = case.policy.prompt_again
    turn = f"{case.stage_number}.{case.round}"
    if case.closure is not None:
        since = case.closure.chased_at or case.closure.at
        clocks[f"{turn}:closure:{since.isoformat()}"] = _due(case, since, again)
    elif case.proposal is not None or agreed(case):
        # A conversation that is confirmed after the answer begins the wait, and its key, anew.
        answered_at = max(case.proposal.at, case.round_at) if case.proposal else case.round_at
        since = case.reply_chased_at or answered_at
        wait = again if case.reply_chased_at else decide_within(case) or again
        clocks[f"{turn}:reply:{since.isoformat()}"] = _due(case, since, wait)
    elif case.prompted_at is not None or not any(":receiving" in key for key in clocks):
        # Nothing of the ladder's runs any more, as after a late acknowledgement: people are asked again.
        since = case.prompted_at or max(_last_moves(case))
        clocks[f"{turn}:prompt:{since.isoformat()}"] = _due(case, since, again)
    clocks |= _next_ways(case)
    if case.identified is None:
        clocks[f"identify:{case.identity_chases}"] = _due(
            case, case.identity_from, case.policy.identify_within
        )
    if case.talk is not None and not case.talk.confirmed_by and case.talk_from is not None:
        clocks[f"talk:{case.talk.at.isoformat()}:{case.talk_chases}"] = _due(
            case, case.talk_from, case.policy.confirm_talk_within
        )
    return clocks


def _last_moves(case: Case) -> list[datetime]:
    seen = case.acknowledged.get("receiving")
    held = case.meeting.held_at if case.meeting else None
    known = (case.round_at, seen.at if seen else None, case.ran_out_at, held)
    return [at for at in known if at is not None]


def stage_clocks(case: Case) -> dict[str, datetime]:
    """The ladder's own clocks of this stage that still run."""
    clocks: dict[str, datetime] = {}
    for clock in case.stage.clocks:
        key = clock_key(case, clock)
        at = due_at(case, clock)
        if at is not None and key not in case.ran_out:
            clocks[key] = at
    return clocks


def _next_ways(case: Case) -> dict[str, datetime]:
    """When an unacknowledged message also goes out by the next way, where the policy says so."""
    share = case.policy.reach.next_way_after
    clocks: dict[str, datetime] = {}
    for clock in case.stage.clocks if share else ():
        at = due_at(case, clock) if clock.name == "acknowledge" else None
        key = f"{case.stage_number}.{case.round}{NEXT_WAY}{clock.owner}"
        if share is None or at is None or key in case.ran_out or clock_key(case, clock) in case.ran_out:
            continue
        time = clock.within.of(case.priority)
        if time is not None and time.working:
            left = worked_between(case.stage_at, at, case.policy.calendar) * share / 100
            clocks[key] = worked_on(case.stage_at, left, case.policy.calendar)
        else:
            clocks[key] = case.stage_at + (at - case.stage_at) * share / 100
    return clocks


def clock_key(case: Case, clock: Clock) -> str:
    moved = case.respond_by if clock.name == case.stage.answer.name else None
    until = f"@{moved.isoformat()}" if moved else ""
    return f"{case.stage_number}.{case.round}:{clock.name}:{clock.owner}{until}"


def due_at(case: Case, clock: Clock) -> datetime | None:
    """When this clock of the stage is due, or None where it does not run (done, or not yet begun)."""
    if clock.name in _OUTSIDE or done(case, clock):
        return None
    began = _began(case, clock)
    return None if began is None else _limit(case, clock, began)


def _began(case: Case, clock: Clock) -> datetime | None:
    if clock.name == "acknowledge":
        return case.stage_at
    if clock.starts == "talked":
        return case.talk.at if case.talk else None
    if case.round > 1:
        return case.round_at
    if clock.starts == "acknowledged":
        seen = case.acknowledged.get(clock.owner)
        return seen.at if seen else None
    if clock.starts == "raised":
        return case.ladder_from or case.opened_at
    return case.stage_at


def done(case: Case, clock: Clock) -> bool:
    """Whether what the clock waits for has happened."""
    answered = case.proposal is not None
    match clock.name:
        case "acknowledge":
            return clock.owner in case.acknowledged or case.round > 1 or not case.asked(clock.owner)
        case "respond":
            return answered or agreed(case)
        case "review":
            return answered or case.talk is not None
        case "meet" if case.stage.meeting is not None:
            return answered or (case.meeting is not None and case.meeting.quorate)
        case "meet":
            return answered or case.talk is not None
        case "confirm":
            return answered
        case "notify":
            return set(case.copied) <= set(case.told)
        case _:
            return False


def _limit(case: Case, clock: Clock, began: datetime) -> datetime | None:
    """The policy's time, an agreed later one, or the raiser's request where the policy leaves it open."""
    time = clock.within.of(case.priority)
    is_answer = clock.name == case.stage.answer.name
    if is_answer and case.respond_by is not None:
        return _moved(case, began, case.respond_by, working=True)
    asked = case.reply_by if is_answer else None
    if case.round > 1 and asked is not None and time is None:
        # The raiser's time was for the first answer: a further one has as long again.
        asked = due(began, Duration.parse("1 working day"), case.policy.calendar)
    if time is None:
        return _moved(case, began, asked, working=True) if asked else None
    at = _due(case, began, time)
    if not clock.or_sooner or asked is None or case.round > 1:
        return at
    return min(at, _moved(case, began, asked, working=True))


def _due(case: Case, since: datetime, time: Duration) -> datetime:
    at = due(since, time, case.policy.calendar)
    return _moved(case, since, at, working=time.working) if case.pauses else at


def _moved(case: Case, since: datetime, at: datetime, *, working: bool) -> datetime:
    """`at`, later by what the clock stood still: what was left at each pause is left when it goes on."""
    for began, ended in case.pauses:
        if began < at and since < ended:
            stopped = max(began, since)
            if working:
                left = worked_between(stopped, at, case.policy.calendar)
                at = worked_on(ended, left, case.policy.calendar)
            else:
                at = ended + (at - stopped)
    return at


def _caps(case: Case) -> dict[str, datetime]:
    """The limits over several stages that still run."""
    began = case.ladder_from or case.opened_at
    return {
        key: _due(case, began, cap.within)
        for cap in case.policy.caps
        if cap.holds(case.stage_number, case.urgent) and (key := cap_key(cap)) not in case.caps_out
    }


def cap_key(cap: Cap) -> str:
    return f"cap:{cap.first}-{cap.last}:{cap.track}"


def _checks(case: Case) -> dict[str, datetime]:
    """What is asked after closing and still awaits its time or its answer. A miss that was told is over."""
    if case.ending is None or case.ending.outcome == "withdrawn":
        return {}
    clocks: dict[str, datetime] = {}
    for check in case.policy.after_closing:
        state = case.checks.get(check.id)
        if state is not None and (state.done is not None or state.missed > 1):
            continue
        key = f"check:{check.id}:{case.ending.at.isoformat()}"
        if state is None or (state.asked_at is not None and check.within and not state.missed):
            clocks[key] = due(case.ending.at, check.time, case.policy.calendar)
        else:
            since = state.missed_at or state.asked_at or case.ending.at
            clocks[f"{key}:{state.missed}:{since.isoformat()}"] = due(
                since, case.policy.prompt_again, case.policy.calendar
            )
    return clocks


def decide_within(case: Case) -> Duration | None:
    """How long the raiser has to say whether an answer settles it, where the policy says so."""
    clock = case.stage.clock("decide", "raising")
    return clock.within.of(case.priority) if clock else None


def answer_due(case: Case) -> datetime | None:
    """When the receiving side's answer is due, where that clock runs; else the next of its other clocks."""
    at = due_at(case, case.stage.answer)
    others = (due_at(case, clock) for clock in case.stage.clocks if clock.owner == "receiving")
    return at or min((other for other in others if other is not None), default=None)


def stage_clock(case: Case, name: str, side: Side) -> datetime | None:
    """When a side's clock of this stage is due ("acknowledge", "respond"); None where it does not run."""
    clock = case.stage.clock(name, side)
    return due_at(case, clock) if clock else None


def overdue(case: Case) -> bool:
    """Whether the other side still owes what is late: its answer, or an acknowledgement. A clock of the
    raiser's own manager says nothing about the other side; a limit over several stages does."""
    if not case.open or case.proposal is not None or agreed(case):
        return False
    late = {key.partition("@")[0].partition(":")[2] for key in case.ran_out}
    return any(
        f"{clock.name}:receiving" in late and not done(case, clock)
        for clock in case.stage.clocks
        if clock.owner == "receiving"
    ) or any(cap_key(cap) in case.caps_out for cap in _held_now(case))


def _held_now(case: Case) -> list[Cap]:
    return [cap for cap in case.policy.caps if cap.holds(case.stage_number, case.urgent)]


def agreed(case: Case) -> bool:
    """Whether a conversation that both sides confirm stands for the answer, as it may at a verbal stage."""
    return case.stage.verbal and case.talk is not None and bool(case.talk.confirmed_by)
