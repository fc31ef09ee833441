"""The live clocks of a case, computed from its state: key → when it is due.

An open case always has at least one: silence never closes a case, and nothing waits unwatched.
Keys name the stage and the round, so that a clock that ran out is never mistaken for a later one.
"""

from datetime import datetime

from bot.escalation.case import Case
from bot.escalation.clock import due
from bot.escalation.policy import Clock, Side


def live_clocks(case: Case) -> dict[str, datetime]:
    """Every clock that runs now; empty for a closed case."""
    if not case.open or case.stage_number == 0:
        return {}
    clocks = stage_clocks(case)
    again = case.policy.prompt_again
    calendar = case.policy.calendar
    turn = f"{case.stage_number}.{case.round}"
    if case.proposal is not None or agreed(case):
        # A conversation that is confirmed after the answer begins the wait, and its key, anew.
        answered_at = max(case.proposal.at, case.round_at) if case.proposal else case.round_at
        since = case.reply_chased_at or answered_at
        clocks[f"{turn}:reply:{since.isoformat()}"] = due(since, again, calendar)
    elif case.prompted_at is not None or not any(":receiving" in key for key in clocks):
        # Nothing of the ladder's runs any more, as after a late acknowledgement: people are asked again.
        seen = case.acknowledged.get("receiving")
        since = case.prompted_at or max(case.round_at, seen.at if seen else case.round_at)
        clocks[f"{turn}:prompt:{since.isoformat()}"] = due(since, again, calendar)
    if case.identified is None:
        clocks[f"identify:{case.identity_chases}"] = due(
            case.identity_from, case.policy.identify_within, calendar
        )
    if case.talk is not None and not case.talk.confirmed_by and case.talk_from is not None:
        clocks[f"talk:{case.talk.at.isoformat()}:{case.talk_chases}"] = due(
            case.talk_from, case.policy.confirm_talk_within, calendar
        )
    return clocks


def stage_clocks(case: Case) -> dict[str, datetime]:
    """The ladder's own clocks of this stage that still run: acknowledge and respond."""
    clocks: dict[str, datetime] = {}
    for clock in case.stage.clocks:
        key = clock_key(case, clock)
        at = due_at(case, clock)
        if at is not None and key not in case.ran_out:
            clocks[key] = at
    return clocks


def clock_key(case: Case, clock: Clock) -> str:
    until = f"@{case.respond_by.isoformat()}" if clock.name == "respond" and case.respond_by else ""
    return f"{case.stage_number}.{case.round}:{clock.name}:{clock.owner}{until}"


def due_at(case: Case, clock: Clock) -> datetime | None:
    """When this clock of the stage is due, or None where it does not run (done, or not yet begun)."""
    seen = case.acknowledged.get(clock.owner)
    if clock.name == "acknowledge":
        return None if seen or case.round > 1 else due(case.stage_at, clock.within, case.policy.calendar)
    if clock.owner == "receiving" and (case.proposal is not None or agreed(case)):
        return None
    if clock.owner == "receiving" and case.respond_by is not None:
        return case.respond_by
    if case.round > 1:
        return due(case.round_at, clock.within, case.policy.calendar)
    if clock.starts == "acknowledged":
        return due(seen.at, clock.within, case.policy.calendar) if seen else None
    return due(case.stage_at, clock.within, case.policy.calendar)


def answer_due(case: Case) -> datetime | None:
    """When the receiving side's answer is due, where that clock runs; else its acknowledgement."""
    return stage_clock(case, "respond", "receiving") or stage_clock(case, "acknowledge", "receiving")


def stage_clock(case: Case, name: str, side: Side) -> datetime | None:
    """When a side's clock of this stage is due ("acknowledge", "respond"); None where it does not run."""
    clock = case.stage.clock(name, side)
    return due_at(case, clock) if clock else None


def overdue(case: Case) -> bool:
    """Whether the other side still owes what is late: its answer, or an acknowledgement. A clock of the
    raiser's own manager says nothing about the other side."""
    if not case.open or case.proposal is not None or agreed(case):
        return False
    late = {key.partition("@")[0].partition(":")[2] for key in case.ran_out}
    unseen = "receiving" not in case.acknowledged
    return "respond:receiving" in late or (unseen and "acknowledge:receiving" in late)


def agreed(case: Case) -> bool:
    return case.talk is not None and bool(case.talk.confirmed_by)
