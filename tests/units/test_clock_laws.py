"""The laws of working time, for any calendar, in any zone, across any change of the clocks."""

from datetime import UTC, date, datetime, timedelta
from typing import get_args
from zoneinfo import ZoneInfo

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.escalation.clock import (
    Calendar,
    Duration,
    Hours,
    Nation,
    Unit,
    Week,
    due,
    in_words,
    is_working,
    next_working,
)

# A slow machine is no broken law.
patiently = settings(deadline=None)

MINUTE = timedelta(minutes=1)
WORKING = (Unit.WORKING_MINUTE, Unit.WORKING_HOUR, Unit.WORKING_DAY, Unit.SAME_WORKING_DAY)
UNCOUNTED = (Unit.SAME_WORKING_DAY, Unit.IMMEDIATELY)

# Clocks that change by an hour, by half an hour, at midnight, on other dates, or never.
ZONES = (
    "Europe/London",
    "Europe/London",
    "Australia/Lord_Howe",
    "America/Havana",
    "America/New_York",
    "Asia/Tokyo",
)

# The nights on which London's clocks change, in UTC.
CHANGES = [
    datetime(year, month, day, 1, tzinfo=UTC)
    for year, month, day in ((2025, 3, 30), (2025, 10, 26), (2026, 3, 29), (2026, 10, 25), (2027, 3, 28))
]

moments = st.one_of(
    st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds
    st.builds(
        lambda change, off: change + timedelta(seconds=off),
        st.sampled_from(CHANGES),
        st.integers(-172_800, 172_800),
    ),
)
hours = st.builds(
    lambda opens, length: Hours(opens * 15, min(opens + length, 96) * 15),
    st.integers(0, 95),
    st.integers(1, 96),
)


def weeks(each: st.SearchStrategy[Hours]) -> st.SearchStrategy[Week]:
    """Any hours on any days, with one day open at least."""
    days = st.dictionaries(st.sampled_from(list(Week.model_fields)), each, min_size=1)
    return days.map(Week.model_validate)


def calendars(zones: tuple[str, ...], each: st.SearchStrategy[Hours]) -> st.SearchStrategy[Calendar]:
    return st.builds(
        Calendar,
        zone=st.sampled_from(zones),
        nation=st.sampled_from(get_args(Nation)),
        hours=weeks(each),
        closures=st.lists(st.dates(date(2025, 1, 1), date(2028, 1, 1)), max_size=3).map(tuple),
    )


any_calendar = calendars(ZONES, hours)
amounts = st.one_of(st.integers(1, 12), st.integers(1, 120))
durations = st.builds(
    lambda amount, unit: Duration(1 if unit in UNCOUNTED else amount, unit), amounts, st.sampled_from(Unit)
)
working = durations.filter(lambda duration: duration.unit in WORKING)


def minutes(amount: int) -> Duration:
    return Duration(amount, Unit.WORKING_MINUTE)


@patiently
@given(moments, moments, durations, any_calendar)
def test_whoever_starts_later_is_never_due_earlier(
    one: datetime, other: datetime, duration: Duration, calendar: Calendar
) -> None:
    """A later start never has an earlier end, whatever the clocks do in between."""
    first, last = sorted((one, other))
    assert due(first, duration, calendar) <= due(last, duration, calendar)


@patiently
@given(st.sampled_from(CHANGES), st.integers(-7200, 7200), st.integers(0, 5400), st.integers(1, 3))
def test_nor_within_the_hours_of_a_change(change: datetime, off: int, later: int, days: int) -> None:
    """A minute later in the hour that is repeated or skipped is still never due earlier."""
    always = Calendar(
        nation="England", hours=Week.model_validate(dict.fromkeys(Week.model_fields, "00:00-24:00"))
    )
    start = change + timedelta(seconds=off)
    for unit in (Unit.DAY, Unit.WORKING_DAY):
        duration = Duration(days, unit)
        assert due(start, duration, always) <= due(start + timedelta(seconds=later), duration, always)
        assert due(start - timedelta(days=days), duration, always) <= due(
            start - timedelta(days=days) + timedelta(seconds=later), duration, always
        )


@patiently
@given(
    moments, amounts, amounts, st.sampled_from([unit for unit in Unit if unit not in UNCOUNTED]), any_calendar
)
def test_more_time_is_never_less(
    start: datetime, few: int, more: int, unit: Unit, calendar: Calendar
) -> None:
    """A longer duration of the same unit never ends before a shorter one."""
    few, more = sorted((few, more))
    assert due(start, Duration(few, unit), calendar) <= due(start, Duration(more, unit), calendar)


@patiently
@given(moments, durations, any_calendar)
def test_nothing_is_due_before_it_starts(start: datetime, duration: Duration, calendar: Calendar) -> None:
    """The end is never before the start, and it is an instant in UTC."""
    end = due(start, duration, calendar)
    assert end >= start
    assert end.tzinfo is UTC


@patiently
@given(moments, working, any_calendar)
def test_working_time_ends_in_working_time(start: datetime, duration: Duration, calendar: Calendar) -> None:
    """Working units end while the calendar is open, or at the moment that it closes."""
    end = due(start, duration, calendar)
    assert is_working(end, calendar) or is_working(end - timedelta(microseconds=1), calendar)


@patiently
@given(moments, st.integers(1, 499), st.integers(1, 499), any_calendar)
def test_working_minutes_add_up(start: datetime, some: int, others: int, calendar: Calendar) -> None:
    """Two stretches one after the other end when both together do."""
    split = due(due(start, minutes(some), calendar), minutes(others), calendar)
    assert split == due(start, minutes(some + others), calendar)


@patiently
@given(moments, st.integers(1, 16), any_calendar)
def test_a_working_hour_is_sixty_working_minutes(start: datetime, amount: int, calendar: Calendar) -> None:
    """The two units measure the same time."""
    hours_later = due(start, Duration(amount, Unit.WORKING_HOUR), calendar)
    assert hours_later == due(start, minutes(amount * 60), calendar)


@patiently
@given(moments, working, any_calendar)
def test_closed_time_does_not_count(start: datetime, duration: Duration, calendar: Calendar) -> None:
    """What starts while the calendar is closed is due as if it had started when it opens."""
    assert due(start, duration, calendar) == due(next_working(start, calendar), duration, calendar)


@patiently
@given(moments, any_calendar)
def test_the_next_working_moment_is_one(at: datetime, calendar: Calendar) -> None:
    """The next open moment is open, is not before, and is now while the calendar is open."""
    opens = next_working(at, calendar)
    assert opens >= at
    assert is_working(opens, calendar)
    assert (opens == at) is is_working(at, calendar)


daytime = st.builds(
    lambda opens, length: Hours(opens * 30, min(opens + length, 44) * 30),
    st.integers(12, 43),
    st.integers(1, 32),
)


def open_on_the_wall(at: datetime, calendar: Calendar, bank_holidays: frozenset[date]) -> bool:
    """A second way to know: look at the clock, the day of the week and the list of holidays."""
    local = at.astimezone(ZoneInfo(calendar.zone))
    that_day: Hours | None = getattr(calendar.hours, f"{local:%A}".lower())
    closed = local.date() in calendar.closures or local.date() in bank_holidays
    return (
        that_day is not None
        and not closed
        and that_day.opens <= local.hour * 60 + local.minute < that_day.closes
    )


ENGLISH_HOLIDAYS_2026 = frozenset(
    date(2026, month, day)
    for month, day in ((1, 1), (4, 3), (4, 6), (5, 4), (5, 25), (8, 31), (12, 25), (12, 26), (12, 28))
)


@patiently
@given(
    st.integers(0, 300 * 24 * 60).map(lambda minute: datetime(2026, 1, 5, tzinfo=UTC) + minute * MINUTE),
    st.integers(1, 90),
    weeks(daytime),
)
def test_every_working_minute_is_counted_once(start: datetime, amount: int, week: Week) -> None:
    """Between start and end there are just as many open minutes as the duration has."""
    calendar = Calendar(nation="England", hours=week)
    end = due(start, minutes(amount), calendar)
    assume(end < datetime(2026, 12, 31, tzinfo=UTC))
    counted, at = 0, start
    while at < end:
        counted += open_on_the_wall(at, calendar, ENGLISH_HOLIDAYS_2026)
        at += MINUTE
    assert counted == amount


@patiently
@given(amounts, st.sampled_from(Unit))
def test_every_duration_reads_as_it_is_written(amount: int, unit: Unit) -> None:
    """Writing a duration and reading it again changes nothing."""
    duration = Duration(1 if unit in UNCOUNTED else amount, unit)
    assert Duration.parse(str(duration)) == duration


@patiently
@given(hours)
def test_every_opening_hours_read_as_they_are_written(each: Hours) -> None:
    """Writing opening hours and reading them again changes nothing."""
    assert Hours.parse(str(each)) == each


@patiently
@given(moments, moments, any_calendar)
def test_any_time_can_be_said(at: datetime, now: datetime, calendar: Calendar) -> None:
    """Whatever the moment, the words end in its time on the wall."""
    local = at.astimezone(ZoneInfo(calendar.zone))
    assert in_words(at, calendar, now).endswith(f", {local.hour}.{local.minute:02}")
