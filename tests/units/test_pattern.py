"""Working patterns: what may be written, and when somebody works by it."""

from datetime import datetime

import pytest

from bot.people.pattern import Pattern

MONDAY = datetime(2026, 11, 23)  # noqa: DTZ001 - wall time is meant


def worked(text: str, day: int, hour: int, minute: int = 0) -> bool:
    """Whether it covers this time of that day after Monday the 23rd."""
    return Pattern.parse(text).covers(MONDAY.replace(day=23 + day, hour=hour, minute=minute))


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("Mon-Wed", {0, 1, 2}),
        ("mon – wed", {0, 1, 2}),
        ("Monday to Wednesday", {0, 1, 2}),
        ("Mon, Tue, Thu", {0, 1, 3}),
        ("Mon and Thursday", {0, 3}),
        ("Sat-Mon", {5, 6, 0}),
        ("Fri", {4}),
        ("Mon-Tue; Thu", {0, 1, 3}),
        ("", {0, 1, 2, 3, 4, 5, 6}),
    ],
)
def test_the_days_of_a_pattern(text: str, days: set[int]) -> None:
    """Days stand alone, in lists and in runs, which may go over the weekend."""
    assert {day for day in range(7) if worked(text, day, 11)} == days


def test_the_hours_of_a_pattern() -> None:
    """Each part has its own hours; at closing time nobody works any more."""
    text = "Mon-Thu 9.00-17.00; Fri 9-12:30"
    assert worked(text, 0, 9)
    assert not worked(text, 0, 8, 59)
    assert not worked(text, 0, 17)
    assert worked(text, 4, 12, 29)
    assert not worked(text, 4, 12, 30)


@pytest.mark.parametrize("text", ["9-5", "Mon 17-9", "Mon 9-25", "Mon 9.75-12", "some days", "Mon-", "Mon 9"])
def test_what_is_no_pattern_is_refused_with_what_to_write(text: str) -> None:
    """The words that were written stand in the complaint, and so does an example."""
    with pytest.raises(ValueError, match="Mon-Wed") as caught:
        Pattern.parse(text)
    assert text in str(caught.value)
