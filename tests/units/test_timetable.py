"""The timetable: every clock at its moment, for the slowest case, from raising to the last stage."""

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.escalation import commands as c
from bot.escalation.clocks import live_clocks
from bot.escalation.policy import Within
from bot.escalation.timetable import case_timetable, timetable
from tests.units.cases import MONDAY, raised
from tests.units.rich_policy import ANSWER, RICH, SEEN, policy_with

URGENT = {"label": "Urgent", "when": "A child may come to harm."}


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def test_a_stage_begins_when_the_answer_before_it_is_due() -> None:
    """The slowest case: each stage waits out the one before."""
    stages = timetable(policy_with(), MONDAY)
    assert [stage.begins for stage in stages] == [at(23, 10), at(23, 12), at(23, 14), at(24, 10)]


def test_the_raiser_decides_after_the_answer_and_not_before() -> None:
    """A clock that starts with the answer starts when that is due, acknowledgement and all."""
    decide = {"name": "decide", "starts": "answered", "within": "1 working hour"}
    late: list[dict[str, Any]] = [
        SEEN | {"within": "4 working hours"}, ANSWER | {"starts": "acknowledged"}, decide,
    ]  # fmt: skip
    _, answer, decides = timetable(policy_with(stages={1: {"clocks": late}}), MONDAY)[0].clocks
    assert (answer.due, decides.due) == (at(23, 16), at(23, 17))


def test_limits_and_clocks_from_the_raising_keep_that_moment_in_a_running_case() -> None:
    """What counts from when the case was raised does not begin anew with a later stage."""
    policy = policy_with(
        caps=[{"first": 1, "last": 2, "within": "5 working days"}],
        stages={2: {"clocks": [ANSWER | {"starts": "raised", "within": "3 working days"}]}},
    )
    case = raised(policy=policy).open_case
    above = case_timetable(case, MONDAY + timedelta(hours=1))[1]
    assert [clock.due for clock in above.clocks] == [at(26, 10)]
    assert [cap.due for cap in above.caps] == [live_clocks(case)["cap:1-2:both"]]


def test_a_clock_that_has_not_begun_is_not_over() -> None:
    """The answer counts from the acknowledgement: before it there is no moment, and nothing is done."""
    clocks = [SEEN, ANSWER | {"starts": "acknowledged"}]
    played = raised(policy=policy_with(stages={1: {"clocks": clocks}}))
    answer = case_timetable(played.open_case, MONDAY)[0].clocks[1]
    assert (answer.due, answer.over) == (None, False)
    played.do(c.Acknowledge(by="helen", stage=1))
    seen = case_timetable(played.open_case, MONDAY)[0].clocks[0]
    assert (seen.due, seen.over) == (None, True)


def test_a_limit_stands_at_the_last_stage_that_the_track_still_has() -> None:
    """Where the urgent track passes by the stage at which a limit ends, the limit is not lost."""
    policy = policy_with(
        urgent_track=URGENT, caps=[{"first": 1, "last": 2, "within": "24 hours"}],
        stages={2: {"urgent": {"skip": True}}},
    )  # fmt: skip
    caps = [[cap.due for cap in stage.caps] for stage in timetable(policy, MONDAY, urgent=True)]
    assert caps == [[at(24, 10)], [], []]


def test_an_open_time_is_the_raiser_s_and_is_said_to_be() -> None:
    """Where the partnership has set none, the end of the next working day stands in and is marked."""
    third = timetable(RICH, MONDAY, "normal")[2]
    assert third.begins is not None
    assert [(clock.asked, clock.due is not None) for clock in third.clocks] == [(True, True)]


def test_none_and_not_set_are_told_apart_by_priority() -> None:
    """One priority has no limit by the policy, of the other the partnership has still to say."""
    within = Within.parse({"high": "none", "normal": "not set"})
    assert (within.is_unset("high"), within.is_unset("normal")) == (False, True)
    assert within.written() == {"high": "none", "normal": "not set"}
    assert Within.parse(within.written()) == within
