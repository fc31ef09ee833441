"""The laws of working time, for any calendar, in any zone, across any change of the clocks."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from bot.escalation.clock import (
    Calendar,
    Duration,
    Hours,
    Nation,
    Unit,
    Week,
    due,
    end_of_next_working_day,
    in_words,
    is_working,
    next_working,
    worked_between,
    worked_on,
)

# A slow machine is no broken law.
patiently = settings(deadline=None)

MINUTE = timedelta(minutes=1)
UNCOUNTED = (Unit.SAME_WORKING_DAY, Unit.IMMEDIATELY)
COUNTED = tuple(unit for unit in Unit if unit not in UNCOUNTED)
WORKING = tuple(unit for unit in Unit if Duration(1, unit).working)
# A fixed length of working time, or of time as it passes.
FIXED = (Unit.WORKING_MINUTE, Unit.WORKING_HOUR, Unit.MINUTE, Unit.HOUR)

# Clocks that change by an hour, by half an hour, at midnight, on other dates, or never; and when, in UTC.
CHANGES = {
    "Europe/London": [
        datetime(year, month, day, 1, tzinfo=UTC)
        for year, month, day in ((2025, 3, 30), (2025, 10, 26), (2026, 3, 29), (2026, 10, 25), (2027, 3, 28))
    ],
    "Australia/Lord_Howe": [
        datetime(2026, 4, 4, 15, tzinfo=UTC),
        datetime(2026, 10, 3, 15, 30, tzinfo=UTC),
    ],
    "America/Havana": [datetime(2026, 3, 8, 5, tzinfo=UTC), datetime(2026, 11, 1, 5, tzinfo=UTC)],
    "America/New_York": [datetime(2026, 3, 8, 7, tzinfo=UTC), datetime(2026, 11, 1, 6, tzinfo=UTC)],
}
ZONES = ("Europe/London", *CHANGES, "Asia/Tokyo")

moments = st.one_of(
    st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds
    st.builds(
        lambda change, off: change + timedelta(seconds=off),
        st.sampled_from([change for each in CHANGES.values() for change in each]),
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


ALL_DAY = Hours(0, 24 * 60)


@st.composite
def nights_of_change(draw: st.DrawFn) -> tuple[datetime, Calendar]:
    """A moment within an hour of a change of the clocks, or just days before it; often at work by night."""
    zone = draw(st.sampled_from(list(CHANGES)))
    each = draw(st.sampled_from((st.just(ALL_DAY), hours)))
    near = timedelta(days=-draw(st.sampled_from((0, 0, 1, 2, 7))), seconds=draw(st.integers(-3600, 3600)))
    return draw(st.sampled_from(CHANGES[zone])) + near, draw(calendars((zone,), each))


ALWAYS = Calendar(nation="England", hours=Week.model_validate(dict.fromkeys(Week.model_fields, ALL_DAY)))


def lasting(amount: int, unit: Unit) -> Duration:
    return Duration(1 if unit in UNCOUNTED else amount, unit)


def minutes(amount: int) -> Duration:
    return Duration(amount, Unit.WORKING_MINUTE)


def test_the_clocks_change_when_these_laws_think_so() -> None:
    """Up to a second before each change the clocks show another time than from it on."""
    for zone, changes in CHANGES.items():
        for change in changes:
            before, after = (at.astimezone(ZoneInfo(zone)) for at in (change - timedelta(seconds=1), change))
            assert before.utcoffset() != after.utcoffset()


@pytest.mark.parametrize("unit", Unit)
@patiently
@given(moments, moments, amounts, any_calendar)
def test_whoever_starts_later_is_never_due_earlier(
    unit: Unit, one: datetime, other: datetime, amount: int, calendar: Calendar
) -> None:
    """A later start never has an earlier end, whatever the clocks do in between."""
    first, last = sorted((one, other))
    assert due(first, lasting(amount, unit), calendar) <= due(last, lasting(amount, unit), calendar)


@pytest.mark.parametrize("unit", Unit)
@patiently
@given(nights_of_change(), st.integers(0, 5400), st.integers(1, 7))
@example((datetime(2026, 10, 25, 0, 50, tzinfo=UTC), ALWAYS), 1200, 1)  # into the hour that is repeated
@example((datetime(2026, 10, 24, 0, 50, tzinfo=UTC), ALWAYS), 1200, 1)  # the day before
@example((datetime(2026, 3, 28, 1, 50, tzinfo=UTC), ALWAYS), 1200, 1)  # out of the hour that is skipped
def test_nor_within_the_hours_of_a_change(
    unit: Unit, night: tuple[datetime, Calendar], later: int, amount: int
) -> None:
    """A minute later in the hour that is repeated or skipped is still never due earlier."""
    start, calendar = night
    end = due(start, lasting(amount, unit), calendar)
    assert end <= due(start + timedelta(seconds=later), lasting(amount, unit), calendar)


@pytest.mark.parametrize("unit", COUNTED)
@patiently
@given(st.one_of(st.tuples(moments, any_calendar), nights_of_change()), amounts, amounts)
def test_more_time_is_never_less(unit: Unit, begun: tuple[datetime, Calendar], few: int, more: int) -> None:
    """A longer duration of the same unit never ends before a shorter one, nor before none at all."""
    start, calendar = begun
    few, more = sorted((few, more))
    ends = [due(start, Duration(amount, unit), calendar) for amount in (few, more)]
    assert start <= ends[0] <= ends[1]


@pytest.mark.parametrize("unit", Unit)
@patiently
@given(st.one_of(st.tuples(moments, any_calendar), nights_of_change()), amounts)
def test_nothing_is_due_before_it_starts(unit: Unit, begun: tuple[datetime, Calendar], amount: int) -> None:
    """The end is never before the start, and it is an instant in UTC."""
    start, calendar = begun
    end = due(start, lasting(amount, unit), calendar)
    assert end >= start
    assert end.tzinfo is UTC


@pytest.mark.parametrize("unit", Unit)
@patiently
@given(moments, amounts, any_calendar)
def test_adding_nothing_changes_nothing(unit: Unit, start: datetime, amount: int, calendar: Calendar) -> None:
    """“Immediately” is the one duration of no length: before or after any other, it moves no deadline."""
    at_once, duration = Duration(1, Unit.IMMEDIATELY), lasting(amount, unit)
    assert due(start, at_once, calendar) == start
    assert due(due(start, at_once, calendar), duration, calendar) == due(start, duration, calendar)
    assert due(due(start, duration, calendar), at_once, calendar) == due(start, duration, calendar)


@patiently
@given(moments, any_calendar)
def test_no_working_time_changes_nothing(start: datetime, calendar: Calendar) -> None:
    """No working time from a moment on ends at that moment, open or closed, and none lies between."""
    assert worked_on(start, timedelta(0), calendar) == start
    assert worked_between(start, start, calendar) == timedelta(0)


@pytest.mark.parametrize("unit", WORKING)
@patiently
@given(st.one_of(st.tuples(moments, any_calendar), nights_of_change()), amounts)
def test_working_time_ends_in_working_time(unit: Unit, begun: tuple[datetime, Calendar], amount: int) -> None:
    """Working units end while the calendar is open, or at the moment that it closes."""
    start, calendar = begun
    end = due(start, lasting(amount, unit), calendar)
    assert is_working(end, calendar) or is_working(end - timedelta(microseconds=1), calendar)


@pytest.mark.parametrize("unit", FIXED)
@patiently
@given(st.one_of(st.tuples(moments, any_calendar), nights_of_change()), amounts, amounts)
def test_minutes_and_hours_add_up(
    unit: Unit, begun: tuple[datetime, Calendar], some: int, others: int
) -> None:
    """Two stretches one after the other end when both together do."""
    start, calendar = begun
    split = due(due(start, Duration(some, unit), calendar), Duration(others, unit), calendar)
    assert split == due(start, Duration(some + others, unit), calendar)


@patiently
@given(moments, st.integers(1, 499), any_calendar)
def test_working_minutes_are_what_was_worked(start: datetime, amount: int, calendar: Calendar) -> None:
    """Between start and end the calendar is open for just as long as the duration says."""
    assert worked_between(start, due(start, minutes(amount), calendar), calendar) == amount * MINUTE


@patiently
@given(moments, st.integers(1, 16), any_calendar)
def test_a_working_hour_is_sixty_working_minutes(start: datetime, amount: int, calendar: Calendar) -> None:
    """The two units measure the same time."""
    hours_later = due(start, Duration(amount, Unit.WORKING_HOUR), calendar)
    assert hours_later == due(start, minutes(amount * 60), calendar)


@patiently
@given(moments, st.integers(1, 16), any_calendar)
def test_a_working_week_has_as_many_days_as_the_week_opens_on(
    start: datetime, amount: int, calendar: Calendar
) -> None:
    """So many working days, for each week, are the same time."""
    opens_on = sum(day is not None for day in calendar.hours.model_dump().values())
    weeks_later = due(start, Duration(amount, Unit.WORKING_WEEK), calendar)
    assert weeks_later == due(start, Duration(amount * opens_on, Unit.WORKING_DAY), calendar)


@pytest.mark.parametrize("unit", WORKING)
@patiently
@given(st.one_of(st.tuples(moments, any_calendar), nights_of_change()), amounts)
def test_closed_time_does_not_count(unit: Unit, begun: tuple[datetime, Calendar], amount: int) -> None:
    """What starts while the calendar is closed is due as if it had started when it opens."""
    start, calendar = begun
    duration = lasting(amount, unit)
    assert due(start, duration, calendar) == due(next_working(start, calendar), duration, calendar)


@patiently
@given(moments, any_calendar)
def test_the_next_working_moment_is_one(at: datetime, calendar: Calendar) -> None:
    """The next open moment is open, is not before, and is now while the calendar is open."""
    opens = next_working(at, calendar)
    assert opens >= at
    assert is_working(opens, calendar)
    assert (opens == at) is is_working(at, calendar)


@patiently
@given(st.one_of(st.tuples(moments, any_calendar), nights_of_change()))
def test_the_next_working_day_begins_after_midnight(begun: tuple[datetime, Calendar]) -> None:
    """Its end is closing time of the first working day from the coming midnight on the wall."""
    at, calendar = begun
    zone = ZoneInfo(calendar.zone)
    tomorrow = at.astimezone(zone).date() + timedelta(days=1)
    midnight = datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=zone)
    same_working_day = Duration(1, Unit.SAME_WORKING_DAY)
    assert end_of_next_working_day(at, calendar) == due(midnight, same_working_day, calendar)


# Whole zones without a file of the system, as a machine may have none.
MACHINES = ("UTC0", "JST-9", "<+1245>-12:45", "PST8PDT,M3.2.0,M11.1.0", "GMT0BST,M3.5.0/1,M10.5.0")


@contextmanager
def machine_in(zone: str) -> Iterator[None]:
    """The process runs in another zone of the world."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = zone
    time.tzset()
    try:
        yield
    finally:
        os.environ.pop("TZ")
        if before is not None:
            os.environ["TZ"] = before
        time.tzset()


@pytest.mark.parametrize("unit", Unit)
@patiently
@given(st.one_of(st.tuples(moments, any_calendar), nights_of_change()), amounts)
def test_the_zone_of_the_machine_changes_nothing(
    unit: Unit, begun: tuple[datetime, Calendar], amount: int
) -> None:
    """The same moment is due at the same moment, and is said in the same words, on any machine."""
    start, calendar = begun
    answers = set()
    for number, zone in enumerate(MACHINES, 1):
        # A closure long ago makes it a calendar for which nothing was worked out on another machine.
        fresh = calendar.model_copy(update={"closures": (*calendar.closures, date(1999, 1, number))})
        with machine_in(zone):
            end = due(start, lasting(amount, unit), fresh)
            answers.add((end, in_words(end, fresh, start), is_working(end, fresh)))
    assert len(answers) == 1


daytime = st.builds(
    lambda opens, length: Hours(opens * 30, min(opens + length, 44) * 30),
    st.integers(12, 43),
    st.integers(1, 32),
)


alike = daytime.flatmap(lambda each: calendars(ZONES, st.just(each)))


@pytest.mark.parametrize("unit", [Unit.DAY, Unit.WORKING_DAY, Unit.WORKING_WEEK])
@patiently
@given(moments, amounts, amounts, alike)
def test_days_add_up_where_all_days_are_alike(
    unit: Unit, start: datetime, some: int, others: int, calendar: Calendar
) -> None:
    """Where no day closes earlier than another, two stretches end when both together do."""
    start = next_working(start, calendar)
    split = due(due(start, Duration(some, unit), calendar), Duration(others, unit), calendar)
    assert split == due(start, Duration(some + others, unit), calendar)


def of_2026(*days: tuple[int, int]) -> frozenset[date]:
    return frozenset(date(2026, month, day) for month, day in days)


BANK_HOLIDAYS_2026: dict[Nation, frozenset[date]] = {
    "England": of_2026((1, 1), (4, 3), (4, 6), (5, 4), (5, 25), (8, 31), (12, 25), (12, 28)),
    "Wales": of_2026((1, 1), (4, 3), (4, 6), (5, 4), (5, 25), (8, 31), (12, 25), (12, 28)),
    "Scotland": of_2026(
        (1, 1), (1, 2), (4, 3), (5, 4), (5, 25), (6, 15), (8, 3), (11, 30), (12, 25), (12, 28)
    ),
    "Northern Ireland": of_2026(
        (1, 1), (3, 17), (4, 3), (4, 6), (5, 4), (5, 25), (7, 13), (8, 31), (12, 25), (12, 28)
    ),
}
"""As the government lists them, but for 26 December, a Saturday: weeks here open from Monday to Friday."""

in_2026 = st.integers(0, 355 * 24 * 60).map(lambda minute: datetime(2026, 1, 1, tzinfo=UTC) + minute * MINUTE)
to_friday = st.dictionaries(st.sampled_from(list(Week.model_fields)[:5]), daytime, min_size=1).map(
    Week.model_validate
)
nations = st.sampled_from(get_args(Nation))
LONDON = ZoneInfo("Europe/London")


def opening_hours(day: date, calendar: Calendar) -> Hours | None:
    """A second way to know: look at the day of the week and at the list of holidays."""
    that_day: Hours | None = getattr(calendar.hours, f"{day:%A}".lower())
    return None if day in BANK_HOLIDAYS_2026[calendar.nation] else that_day


@patiently
@given(in_2026, st.integers(1, 90), to_friday, nations)
def test_every_working_minute_is_counted_once(
    start: datetime, amount: int, week: Week, nation: Nation
) -> None:
    """Between start and end there are just as many open minutes as the duration has."""
    calendar = Calendar(nation=nation, hours=week)
    end = due(start, minutes(amount), calendar)
    assume(end < datetime(2026, 12, 31, tzinfo=UTC))
    counted, at = 0, start
    while at < end:
        wall = at.astimezone(LONDON)
        open_then = opening_hours(wall.date(), calendar)
        if open_then is not None:
            counted += open_then.opens <= wall.hour * 60 + wall.minute < open_then.closes
        at += MINUTE
    assert counted == amount


@patiently
@given(in_2026, st.integers(1, 30), to_friday, nations)
def test_every_working_day_is_counted_once(start: datetime, amount: int, week: Week, nation: Nation) -> None:
    """Leafing through the calendar from the day on which it starts comes to the same day and time."""
    calendar = Calendar(nation=nation, hours=week)
    end = due(start, Duration(amount, Unit.WORKING_DAY), calendar).astimezone(LONDON)
    assume(end.date() < date(2026, 12, 31))
    wall = start.astimezone(LONDON)
    day, minute = wall.date(), wall.hour * 60 + wall.minute
    open_then = opening_hours(day, calendar)
    while open_then is None or minute >= open_then.closes:
        day, minute = day + timedelta(days=1), 0
        open_then = opening_hours(day, calendar)
    minute = max(minute, open_then.opens)
    for _ in range(amount):
        open_then = None
        while open_then is None:
            day += timedelta(days=1)
            open_then = opening_hours(day, calendar)
    minute = min(max(minute, open_then.opens), open_then.closes)
    assert (end.date(), end.hour * 60 + end.minute) == (day, minute)


@patiently
@given(amounts, st.sampled_from(Unit))
def test_every_duration_reads_as_it_is_written(amount: int, unit: Unit) -> None:
    """Writing a duration and reading it again changes nothing."""
    assert Duration.parse(str(lasting(amount, unit))) == lasting(amount, unit)


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
