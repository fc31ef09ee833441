"""Working time: a table worked out by hand, how durations and hours are written, and how a time is said."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import TypeAdapter, ValidationError

from bot.escalation.clock import (
    Calendar,
    Duration,
    Unit,
    Week,
    due,
    end_of_next_working_day,
    in_words,
    is_working,
    next_working,
    week_in_words,
)

LONDON = ZoneInfo("Europe/London")
OFFICE = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday"), "09:00-17:00") | {
    "friday": "09:00-16:30"
}


def calendar(
    nation: str = "England", hours: dict[str, str] = OFFICE, closures: tuple[str, ...] = ()
) -> Calendar:
    return Calendar.model_validate({"nation": nation, "hours": hours, "closures": closures})


ENGLAND = calendar()
CLOSED_ON_29_DECEMBER = calendar(closures=("2026-12-29",))
CALENDARS = {
    "England": ENGLAND,
    "Wales": calendar("Wales"),
    "Scotland": calendar("Scotland"),
    "N. Ireland": calendar("Northern Ireland"),
    "closed 29th": CLOSED_ON_29_DECEMBER,
    "three days": calendar(hours=dict.fromkeys(("monday", "wednesday", "friday"), "10:00-15:00")),
    "always open": calendar(hours=dict.fromkeys(Week.model_fields, "00:00-24:00")),
}


def at(written: str) -> datetime:
    """“Wed 2026-01-07 10:00”: a time on a wall in London, or in UTC with a Z; the weekday must be right."""
    wall = datetime.strptime(written[4:].rstrip("Z"), "%Y-%m-%d %H:%M").replace(
        tzinfo=UTC if written.endswith("Z") else LONDON
    )
    assert wall.strftime("%a") == written[:3], f"{written} is a {wall:%A}"
    return wall.astimezone(UTC)


def rows() -> Iterator[list[str]]:
    """The rows of the table: calendar, start, duration, due, why."""
    table = Path(__file__).with_name("working_time.txt").read_text(encoding="utf-8")
    for line in table.splitlines():
        if "|" in line and not line.startswith("calendar"):
            yield [cell.strip() for cell in line.split("|")]


TABLE = list(rows())


@pytest.mark.parametrize(
    ("kept", "start", "duration", "end"),
    [row[:4] for row in TABLE],
    ids=[f"{kept}, {start}, {duration}: {why}" for kept, start, duration, _, why in TABLE],
)
def test_a_duration_runs_out_when_a_person_with_a_calendar_says(
    kept: str, start: str, duration: str, end: str
) -> None:
    """Each row of the table comes out as it was worked out by hand."""
    assert due(at(start), Duration.parse(duration), CALENDARS[kept]) == at(end)


def test_the_table_knows_every_unit() -> None:
    """No unit can be written in a policy that was never worked out by hand."""
    assert {Duration.parse(duration).unit for _, _, duration, _, _ in TABLE} == set(Unit)


def print_wrong_rows() -> None:
    """Run by the test below in a process of its own."""
    print(datetime.fromtimestamp(0).strftime("%H:%M"))  # noqa: DTZ006, T201 - the clock of the machine
    for kept, start, duration, end, why in TABLE:
        if due(at(start), Duration.parse(duration), CALENDARS[kept]) != at(end):
            print(kept, start, duration, why)  # noqa: T201


@pytest.mark.parametrize(
    ("machine", "midnight"), [("<+1245>-12:45", "12:45"), ("PST8PDT,M3.2.0,M11.1.0", "16:00")]
)
def test_the_zone_of_the_machine_does_not_matter(machine: str, midnight: str) -> None:
    """The whole table comes out the same in a new process, on a machine that is set to another zone."""
    run = subprocess.run(
        [sys.executable, "-c", "from tests.units.test_clock import print_wrong_rows as rows; rows()"],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "TZ": machine},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.split("\n") == [midnight, ""]


def test_the_zone_of_the_start_does_not_matter() -> None:
    """The same moment, written in another zone, is due at the same moment."""
    start = at("Wed 2026-01-07 16:45")
    for zone in ("Asia/Tokyo", "America/New_York"):
        moved = start.astimezone(ZoneInfo(zone))
        assert due(moved, Duration.parse("1 working hour"), ENGLAND) == at("Thu 2026-01-08 09:45")


def test_a_start_without_a_zone_is_refused() -> None:
    """A time that would mean another moment on another machine is an error, not a guess."""
    with pytest.raises(ValueError, match="needs a zone"):
        due(at("Wed 2026-01-07 10:00").replace(tzinfo=None), Duration.parse("1 hour"), ENGLAND)


@pytest.mark.parametrize(
    ("when", "open_then", "next_open"),
    [
        ("Wed 2026-01-07 08:59", False, "Wed 2026-01-07 09:00"),
        ("Wed 2026-01-07 09:00", True, "Wed 2026-01-07 09:00"),
        ("Wed 2026-01-07 16:59", True, "Wed 2026-01-07 16:59"),
        ("Wed 2026-01-07 17:00", False, "Thu 2026-01-08 09:00"),
        ("Fri 2026-01-09 16:30", False, "Mon 2026-01-12 09:00"),
        ("Fri 2026-04-03 11:00", False, "Tue 2026-04-07 09:00"),
    ],
)
def test_the_calendar_is_open_from_opening_until_closing_time(
    when: str, open_then: bool, next_open: str
) -> None:
    """At opening time it is open, at closing time it is not, and it says when it opens next."""
    assert is_working(at(when), ENGLAND) is open_then
    assert next_working(at(when), ENGLAND) == at(next_open)


@pytest.mark.parametrize(
    ("when", "end"),
    [
        ("Wed 2026-01-07 10:00", "Thu 2026-01-08 17:00"),
        ("Wed 2026-01-07 06:00", "Thu 2026-01-08 17:00"),
        ("Wed 2026-01-07 23:59", "Thu 2026-01-08 17:00"),
        ("Thu 2026-01-08 00:00", "Fri 2026-01-09 16:30"),
        ("Fri 2026-01-09 16:00", "Mon 2026-01-12 17:00"),
        ("Sat 2026-01-10 12:00", "Mon 2026-01-12 17:00"),
        ("Sun 2026-01-11 23:59", "Mon 2026-01-12 17:00"),
        ("Thu 2026-04-02 16:00", "Tue 2026-04-07 17:00"),
        ("Thu 2026-12-24 18:00", "Tue 2026-12-29 17:00"),
        ("Fri 2026-03-27 10:00", "Mon 2026-03-30 16:00Z"),
        ("Fri 2026-10-23 10:00", "Mon 2026-10-26 17:00Z"),
        ("Tue 2026-07-07 23:30Z", "Thu 2026-07-09 17:00"),
    ],
)
def test_the_next_working_day_is_never_today(when: str, end: str) -> None:
    """It is the first working day after today's date on the wall, before opening as after closing time."""
    assert end_of_next_working_day(at(when), ENGLAND) == at(end)


def test_the_next_working_day_is_that_of_the_nation() -> None:
    """Easter Monday is a working day in Scotland, though not in the other nations."""
    maundy = at("Thu 2026-04-02 16:00")
    assert end_of_next_working_day(maundy, CALENDARS["Scotland"]) == at("Mon 2026-04-06 17:00")
    for nation in ("Wales", "N. Ireland"):
        assert end_of_next_working_day(maundy, CALENDARS[nation]) == at("Tue 2026-04-07 17:00")


MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = Week.model_fields


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (OFFICE, "Mon to Thu 9.00 to 17.00, Fri 9.00 to 16.30"),
        ({TUESDAY: "08:30-12:05"}, "Tue 8.30 to 12.05"),
        (
            dict.fromkeys((MONDAY, TUESDAY, THURSDAY, FRIDAY), "09:00-17:00"),
            "Mon to Tue 9.00 to 17.00, Thu to Fri 9.00 to 17.00",
        ),
        ({SATURDAY: "10:00-14:00", SUNDAY: "00:00-24:00"}, "Sat 10.00 to 14.00, Sun 0.00 to 24.00"),
        ({SUNDAY: "10:00-14:00", MONDAY: "10:00-14:00"}, "Mon 10.00 to 14.00, Sun 10.00 to 14.00"),
        (dict.fromkeys(Week.model_fields, "09:00-17:00"), "Mon to Sun 9.00 to 17.00"),
        (
            dict.fromkeys((MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY), "00:00-24:00"),
            "Mon to Sat 0.00 to 24.00",
        ),
        (dict.fromkeys(Week.model_fields, "00:00-24:00"), "every day, at any time"),
    ],
)
def test_opening_hours_are_said_as_people_say_them(hours: dict[str, str], words: str) -> None:
    """Days that follow each other and are alike are said in one; a week without a closed hour says so."""
    assert week_in_words(Week.model_validate(hours)) == words


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ("Wed 2026-12-30 14:30", "today, 14.30"),
        ("Wed 2026-12-30 00:05", "today, 0.05"),
        ("Thu 2026-12-31 09:00", "tomorrow, 9.00"),
        ("Tue 2026-12-29 16:05", "yesterday, 16.05"),
        ("Mon 2026-12-28 16:05", "Mon 28 Dec, 16.05"),
        ("Fri 2026-07-03 12:30", "Fri 3 Jul, 12.30"),
        ("Tue 2027-01-05 12:30", "Tue 5 Jan 2027, 12.30"),
    ],
)
def test_a_time_is_said_as_people_say_it(when: str, words: str) -> None:
    """The day is named as it lies to today, the time is that of the wall, another year is said."""
    assert in_words(at(when), ENGLAND, now=at("Wed 2026-12-30 10:00")) == words


def test_tomorrow_is_tomorrow_on_the_wall() -> None:
    """Half past midnight in summer is the new day in London, though it is the old one in UTC."""
    assert in_words(at("Wed 2026-07-01 23:30Z"), ENGLAND, now=at("Wed 2026-07-01 12:00")) == "tomorrow, 0.30"


def test_tomorrow_may_lie_in_another_year() -> None:
    """On New Year's Eve, the next day is still called tomorrow."""
    assert in_words(at("Fri 2027-01-01 09:00"), ENGLAND, now=at("Thu 2026-12-31 12:00")) == "tomorrow, 9.00"


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("30 working minutes", "30 working minutes"),
        ("1 working minute", "1 working minute"),
        ("2 working hours", "2 working hours"),
        ("2 working days", "2 working days"),
        ("1 working days", "1 working day"),
        ("1 working week", "1 working week"),
        ("2 working weeks", "2 working weeks"),
        ("A working  week", "1 working week"),
        ("an hour", "1 hour"),
        ("48 hours", "48 hours"),
        ("3 days", "3 days"),
        ("  Same  working DAY ", "same working day"),
        ("immediately", "immediately"),
    ],
)
def test_a_duration_is_kept_as_it_is_written(written: str, kept: str) -> None:
    """What a policy says comes back as the same words, for people and for the file."""
    adapter = TypeAdapter(Duration)
    duration = adapter.validate_python(written)
    assert duration.words == str(duration) == kept
    assert adapter.validate_json(adapter.dump_json(duration)) == duration


@pytest.mark.parametrize(
    "written",
    [
        *("-3 days", "0 hours", "1000 hours", "1.5 hours", "two days", "2", "2 weeks", "a week", "2 working"),
        *("0 working weeks", "a same working day", "a", "", None, 2),
    ],
)
def test_what_is_not_a_duration_is_refused_with_what_may_be_written(written: object) -> None:
    """A length of time that means nothing is an error that shows how to write one."""
    with pytest.raises(ValidationError, match=r"“30 working minutes”.*“1 working week”.*“same working day”"):
        TypeAdapter(Duration).validate_python(written)


@pytest.mark.parametrize(
    "written", ["9-5", "09:00", "17:00-09:00", "09:00-09:00", "09:60-17:00", "09:00-24:30", ""]
)
def test_what_are_not_opening_hours_is_refused_with_what_may_be_written(written: str) -> None:
    """A day that could not open is an error that shows how to write its hours."""
    with pytest.raises(ValidationError, match="“09:00-17:00”"):
        calendar(hours={"monday": written})


@pytest.mark.parametrize(
    "zone", ["Europe/Londn", "localtime", "../../etc/passwd", "Europe", "GMT Standard Time", ""]
)
def test_a_zone_that_is_not_a_place_on_the_map_is_refused(zone: str) -> None:
    """A zone that is unknown, or that would differ from machine to machine, is an error."""
    with pytest.raises(ValidationError, match="“Europe/London”"):
        Calendar.model_validate({"zone": zone, "nation": "England", "hours": OFFICE})


def test_a_calendar_that_never_opens_is_refused() -> None:
    """Without a single open day no working time would ever pass."""
    with pytest.raises(ValidationError, match="No day of the week is open"):
        calendar(hours={})


def test_a_calendar_survives_being_stored() -> None:
    """A case keeps its calendar as JSON and reads the same one back, before it was used and after."""
    fresh = calendar(closures=("2026-12-29", "2027-01-04"))
    stored = fresh.model_dump_json()
    due(at("Thu 2026-12-24 16:30"), Duration.parse("1 working week"), fresh)
    assert fresh.model_dump_json() == stored
    assert Calendar.model_validate_json(stored) == fresh
    assert hash(Calendar.model_validate_json(stored)) == hash(fresh)


@pytest.mark.parametrize(
    ("update", "end"),
    [
        ({"closures": (date(2026, 4, 7),)}, "Wed 2026-04-08 09:30"),
        ({"nation": "Scotland"}, "Mon 2026-04-06 09:30"),
        ({"zone": "UTC"}, "Thu 2026-04-02 17:30"),
        ({"hours": Week.model_validate({**OFFICE, "thursday": "09:00-16:45"})}, "Tue 2026-04-07 09:45"),
    ],
)
def test_a_changed_copy_of_a_calendar_has_hours_of_its_own(update: dict[str, object], end: str) -> None:
    """What was worked out for one calendar is never used for one that was copied from it, or back."""
    start, hour = at("Thu 2026-04-02 16:30"), Duration.parse("1 working hour")
    assert due(start, hour, ENGLAND) == at("Tue 2026-04-07 09:30")
    copied = ENGLAND.model_copy(update=update)
    assert due(start, hour, copied) == at(end)
    assert due(start, hour, copied.model_copy(update=dict(ENGLAND))) == at("Tue 2026-04-07 09:30")
