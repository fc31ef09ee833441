"""How far two clocks are apart: only what the wait for an answer can't explain counts."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.chat.skew import compared, compared_by_header

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("theirs", "took", "state", "said"),
    [
        (0, 0, "ok", "agrees with"),
        (2, 0, "ok", "agrees with"),
        (-2, 0, "ok", "agrees with"),
        (3, 0, "look", "3 seconds behind"),
        (-3, 0, "look", "3 seconds ahead of"),
        (60, 0, "look", "60 seconds behind"),
        (61, 0, "fix", "61 seconds behind"),
        (-61, 0, "fix", "61 seconds ahead of"),
        (65, 5, "look", "60 seconds behind"),
        (4, 5, "ok", "agrees with"),
        (600, 0, "fix", "10 minutes behind"),
        (-7 * 3_600, 0, "fix", "7 hours ahead of"),
    ],
)
def test_the_difference_of_two_clocks(theirs: int, took: int, state: str, said: str) -> None:
    """Up to two seconds are nothing, up to a minute are looked at, more must be put right."""
    answered = NOON + timedelta(seconds=took)
    found = compared("the other's", NOON + timedelta(seconds=theirs), NOON, answered)
    assert found.state == state
    assert said in found.what
    assert bool(found.remedy) == (state != "ok")


@pytest.mark.parametrize(
    ("date", "state"),
    [
        ("Thu, 26 Nov 2026 12:00:00 GMT", "ok"),
        ("Thu, 26 Nov 2026 13:00:00 +0100", "ok"),
        ("Thu, 26 Nov 2026 11:59:57 GMT", "ok"),
        ("Thu, 26 Nov 2026 11:59:56 GMT", "look"),
        ("Thu, 26 Nov 2026 12:00:00 -0000", "ok"),
        ("Thu, 26 Nov 2026 12:05:00", "fix"),
        ("noon", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_the_date_of_an_answer(date: str | None, state: str) -> None:
    """A date counts in whole seconds, in any zone; what names no time says nothing."""
    found = compared_by_header("the other's", date, NOON, NOON)
    assert (found.state if found else "") == state
