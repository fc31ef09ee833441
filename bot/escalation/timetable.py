"""A ladder as a timetable: every stage and clock, when it is due, whose it is, and what follows. Pure.

What is still to come is laid out for the slowest case: each stage begins when the answer at the one before is
due, and nobody does anything early.
"""

from dataclasses import dataclass
from datetime import datetime

from bot.escalation.case import Case
from bot.escalation.clock import due, end_of_next_working_day
from bot.escalation.clocks import answer_due, decide_within, done, due_at
from bot.escalation.policy import ANSWERS, Cap, Clock, Policy, Stage


@dataclass(frozen=True, slots=True)
class ClockTime:
    """A clock with its moment. `due` is None where no time is set, or where it runs no more (`over`);
    `asked`: it is the raiser's request, or stands in for a time that is not set, and is not the partnership's
    rule."""

    clock: Clock
    due: datetime | None
    asked: bool = False
    over: bool = False


@dataclass(frozen=True, slots=True)
class CapTime:
    """A limit over several stages that ends with this one."""

    cap: Cap
    due: datetime


@dataclass(frozen=True, slots=True)
class StageTimes:
    """A stage from `begins` on. `state`: over, now, or to come."""

    stage: Stage
    begins: datetime | None
    clocks: tuple[ClockTime, ...]
    caps: tuple[CapTime, ...] = ()
    state: str = "to come"

    @property
    def answer_due(self) -> datetime | None:
        """When the other side's answer is due at the latest."""
        times = [one.due for one in self.clocks if one.due and one.clock.name in ANSWERS]
        return max(times, default=None)


def timetable(
    policy: Policy, start: datetime, priority: str = "", urgent: bool = False, agency: str = "",
    below: int = 0, raised: datetime | None = None,
) -> tuple[StageTimes, ...]:  # fmt: skip
    """The stages above `below` that a case could reach, with the times as they would fall.

    `start` is when the first of them begins, `raised` when the case was raised, if that was before: aware
    instants. Where the policy sets no time for the answer, the end of the next working day stands in, as it
    is offered to the raiser.
    """
    found: list[StageTimes] = []
    begins, raised = start, raised or start
    stages = tuple(policy.above(below, urgent, agency))
    for stage in stages:
        clocks = tuple(_clock_time(policy, clock, stage, raised, begins, priority) for clock in stage.clocks)
        caps = tuple(
            CapTime(cap, due(raised, cap.within, policy.calendar))
            for cap in policy.caps
            if cap.holds(stage.number, urgent)
            and stage.number == max(one.number for one in stages if one.number <= cap.last)
        )
        times = StageTimes(stage, begins, clocks, caps)
        found.append(times)
        begins = max(begins, times.answer_due or begins)
    return tuple(found)


def _clock_time(
    policy: Policy, clock: Clock, stage: Stage, raised: datetime, begins: datetime, priority: str
) -> ClockTime:
    time = clock.within.of(priority)
    if time is None and clock == stage.answer:
        return ClockTime(clock, end_of_next_working_day(begins, policy.calendar), asked=True)
    if time is None:
        return ClockTime(clock, None)
    began = _began(policy, clock, stage, raised, begins, priority)
    return ClockTime(clock, due(began, time, policy.calendar) if began else None)


def _began(
    policy: Policy, clock: Clock, stage: Stage, raised: datetime, begins: datetime, priority: str
) -> datetime | None:
    """When the clock would start, if all before it took its whole time; None where only a person knows."""
    match clock.starts:
        case "decision":
            return None
        case "raised":
            return raised
        case "acknowledged":
            seen = stage.clock("acknowledge", clock.owner)
            time = seen.within.of(priority) if seen else None
            return due(begins, time, policy.calendar) if time else begins
        case "talked" | "answered":
            return _clock_time(policy, stage.answer, stage, raised, begins, priority).due
        case _:
            return begins


def case_timetable(case: Case, now: datetime) -> tuple[StageTimes, ...]:
    """The stage at which the case is, with its own clocks, and those to come as they would then fall."""
    here = StageTimes(case.stage, case.stage_at, tuple(_running(case, clock) for clock in case.stage.clocks),
                      state="now" if case.open else "over")  # fmt: skip
    if not case.open:
        return (here,)
    begins = max(now, answer_due(case) or now)
    raised = case.ladder_from or case.opened_at
    above = timetable(
        case.policy, begins, case.priority, case.urgent, case.receiving_agency, case.stage_number, raised
    )
    return here, *above


def _running(case: Case, clock: Clock) -> ClockTime:
    if clock.name == "decide":
        at = None
        if case.proposal is not None and (time := decide_within(case)) is not None:
            at = due(case.proposal.at, time, case.policy.calendar)
        return ClockTime(clock, at, over=False)
    at = due_at(case, clock)
    open_time = clock.within.of(case.priority) is None
    asked = clock == case.stage.answer and case.respond_by is None and (
        open_time or (at is not None and at == case.reply_by)
    )  # fmt: skip
    return ClockTime(clock, at, asked=asked and at is not None, over=done(case, clock))
