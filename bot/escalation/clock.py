"""Working time: how long something may take, when that runs out, and how to say it.

Everything here is pure. Instants are aware datetimes, given in any zone and returned in UTC; what a
partnership calls nine o'clock is worked out in the zone of its calendar, never in that of the process.

What each unit means. That two working days and 48 hours are one and the same is sourced (Lincolnshire's
policy: "48 hours (two working days)"), so a working day runs to the same time of day and not to the close
of business. The rest is our choice, the earlier of two readings, because a child waits at the other end:

- **working minutes, working hours**: counted while the calendar is open. What starts while it is closed
  starts when it next opens. What ends exactly at closing time is due then, not on the next morning.
- **working days**: to the same time of day on the n-th working day after the start, or to closing time
  where that day closes before. What starts while the calendar is closed starts when it next opens: one
  working day from a Saturday is due on Tuesday at opening time.
- **working weeks**: for each week as many working days as the calendar's week has open days, so five where it
  opens from Monday to Friday. This is not the earlier reading: a bank holiday between is no working day here
  either, and moves the end on.
- **same working day**: closing time of the day that is open, or else of the next day that opens.
- **minutes, hours**: as they pass, round the clock, through nights, weekends and clock changes.
- **days**: to the same time of day that many days later, weekends and holidays included.
- **immediately**: due at the start itself.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import cache, lru_cache
from itertools import groupby, islice
from operator import attrgetter
from typing import Any, Literal
from zoneinfo import ZoneInfo

import holidays
from pydantic import (
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    field_validator,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from bot.escalation.mistake import Mistake, brief, wrong

Nation = Literal["England", "Wales", "Scotland", "Northern Ireland"]

_SUBDIVISIONS = {"England": "ENG", "Wales": "WLS", "Scotland": "SCT", "Northern Ireland": "NIR"}
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


class Unit(StrEnum):
    """What a duration counts; the value is the word for one of it."""

    WORKING_MINUTE = "working minute"
    WORKING_HOUR = "working hour"
    WORKING_DAY = "working day"
    WORKING_WEEK = "working week"
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    SAME_WORKING_DAY = "same working day"
    IMMEDIATELY = "immediately"


_UNCOUNTED = (Unit.SAME_WORKING_DAY, Unit.IMMEDIATELY)
_DURATION = re.compile(r"([0-9]{1,3}) ((?:working )?(?:minute|hour|day)|working week)s?")


@dataclass(frozen=True, slots=True)
class Duration:
    """How long something may take. `amount` is 1 to 999, and 1 for the units that count nothing."""

    amount: int
    unit: Unit

    @classmethod
    def parse(cls, text: object) -> "Duration":
        """Read "30 working minutes", "2 working days", "a working week", "48 hours", "same working day" and
        their like.

        Raises a ValueError that says what may be written.
        """
        if isinstance(text, Duration):
            return text
        words = re.sub(r"^an? ", "1 ", " ".join(str(text).lower().split()))
        if words in _UNCOUNTED:
            return cls(1, Unit(words))
        match = _DURATION.fullmatch(words)
        if not match or int(match[1]) == 0:
            raise wrong(
                Mistake(
                    f"{brief(text)} is not a length of time.",
                    "Write a whole number from 1 to 999 and a unit: “30 working minutes”, “2 working hours”, "
                    "“2 working days”, “1 working week”, “90 minutes”, “48 hours” or “3 days” (of the "
                    "calendar); or write “same working day” or “immediately”.",
                )
            )
        return cls(int(match[1]), Unit(match[2]))

    @property
    def words(self) -> str:
        """For people, and for a file: "2 working hours"."""
        if self.unit in _UNCOUNTED:
            return self.unit.value
        return f"{self.amount} {self.unit.value}" + ("" if self.amount == 1 else "s")

    @property
    def working(self) -> bool:
        """Whether it counts in the hours of the calendar, and not as time passes."""
        return self.unit.value.startswith("working") or self.unit is Unit.SAME_WORKING_DAY

    def __str__(self) -> str:
        return self.words

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls.parse, serialization=core_schema.to_string_ser_schema()
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, _core: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        counted = r"(an?|[1-9][0-9]{0,2}) ((working )?(minute|hour|day)|working week)s?"
        return {
            "type": "string",
            "pattern": f"^({counted}|{'|'.join(_UNCOUNTED)})$",
            "examples": ["2 working hours", "2 working days", "1 working week", "48 hours", *_UNCOUNTED],
        }


@dataclass(frozen=True, slots=True)
class Hours:
    """When a day opens and closes, in minutes after midnight as the clock on the wall shows it."""

    opens: int
    closes: int

    @classmethod
    def parse(cls, text: object) -> "Hours":
        """Read "09:00-17:00"; "00:00-24:00" is the whole day.

        Raises a ValueError that says what may be written.
        """
        if isinstance(text, Hours):
            return text
        match = re.fullmatch(r"(\d\d):(\d\d)-(\d\d):(\d\d)", re.sub(r"\s", "", str(text)).replace("–", "-"))
        if match:
            opens, closes = int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])
            if max(int(match[2]), int(match[4])) < 60 and opens < closes <= 24 * 60:
                return cls(opens, closes)
        raise wrong(
            Mistake(
                f"{brief(text)} are not opening hours.",
                "Write when the day opens and when it closes, as in “09:00-17:00” (all day: “00:00-24:00”), "
                "or leave out the days that are closed.",
            )
        )

    def __str__(self) -> str:
        return f"{self.opens // 60:02}:{self.opens % 60:02}-{self.closes // 60:02}:{self.closes % 60:02}"

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls.parse, serialization=core_schema.to_string_ser_schema()
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, _core: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {
            "type": "string",
            "pattern": "^[0-9]{2}:[0-9]{2} ?[-–] ?[0-9]{2}:[0-9]{2}$",
            "examples": ["09:00-17:00", "00:00-24:00"],
        }


class Week(BaseModel):
    """The hours of each weekday; a day left out is closed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    monday: Hours | None = None
    tuesday: Hours | None = None
    wednesday: Hours | None = None
    thursday: Hours | None = None
    friday: Hours | None = None
    saturday: Hours | None = None
    sunday: Hours | None = None

    @model_validator(mode="after")
    def _opens_at_all(self) -> "Week":
        if not any(getattr(self, day) for day in _WEEKDAYS):
            raise wrong(
                Mistake(
                    "No day of the week is open.", "Write hours for a day at least: “monday: 09:00-17:00”."
                )
            )
        return self

    @property
    def open_days(self) -> int:
        """On how many days it opens: the working days of a working week."""
        return sum(getattr(self, day) is not None for day in _WEEKDAYS)


class Calendar(BaseModel):
    """When a partnership works: `hours` by the clocks of `zone` (an IANA name), except on the bank holidays
    of `nation` and on the dates in `closures`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    zone: str = "Europe/London"
    hours: Week
    nation: Nation
    closures: tuple[date, ...] = ()

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        remedy = "Write one such as “Europe/London”."
        if "/" not in name and name != "UTC":  # such as "localtime", which differs from machine to machine
            raise wrong(Mistake(f"{brief(name)} is not a time zone of a place.", remedy))
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            raise wrong(Mistake(f"{brief(name)} is not a known time zone.", remedy)) from None
        return name


def due(start: datetime, duration: Duration, calendar: Calendar) -> datetime:
    """When `duration` from `start` has run out, in UTC. The head of this module says what each unit means.

    Never before `start`, and never earlier for a later start. Working units end while the calendar is open,
    or at the moment that it closes. Raises ValueError for a start without a zone.
    """
    start = _utc(start)
    match duration.unit:
        case Unit.IMMEDIATELY:
            return start
        case Unit.MINUTE:
            return start + duration.amount * _MINUTE
        case Unit.HOUR:
            return start + duration.amount * _HOUR
        case Unit.DAY:
            return _days_later(start, duration.amount, calendar)
        case Unit.WORKING_MINUTE:
            return _worked(start, duration.amount * _MINUTE, calendar)
        case Unit.WORKING_HOUR:
            return _worked(start, duration.amount * _HOUR, calendar)
        case Unit.WORKING_DAY:
            return _working_days_later(start, duration.amount, calendar)
        case Unit.WORKING_WEEK:
            return _working_days_later(start, duration.amount * calendar.hours.open_days, calendar)
        case Unit.SAME_WORKING_DAY:
            return next(_openings(start, calendar)).closes


def is_working(at: datetime, calendar: Calendar) -> bool:
    """Whether the calendar is open; at closing time it is not any more."""
    at = _utc(at)
    return next(_openings(at, calendar)).opens <= at


def next_working(at: datetime, calendar: Calendar) -> datetime:
    """The first open moment from `at` on, in UTC: `at` itself while the calendar is open."""
    at = _utc(at)
    return max(at, next(_openings(at, calendar)).opens)


def end_of_next_working_day(at: datetime, calendar: Calendar) -> datetime:
    """Closing time, in UTC, of the first working day whose date on the wall lies after that of `at`."""
    zone = ZoneInfo(calendar.zone)
    today = _utc(at).astimezone(zone).date()
    later = (o.closes for o in _openings(_utc(at), calendar) if o.opens.astimezone(zone).date() > today)
    return next(later)


def week_in_words(week: Week) -> str:
    """Opening hours for people, equal days joined: "Mon to Thu 8.30 to 17.00, Fri 8.30 to 16.30"; or "every
    day, at any time"."""
    said: list[str] = []
    for hours, alike in groupby(_WEEKDAYS, key=lambda day: getattr(week, day)):
        days = [day[:3].title() for day in alike]
        if hours == Hours(0, 24 * 60) and len(days) == len(_WEEKDAYS):
            return "every day, at any time"
        if hours:
            between = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
            said.append(f"{between} {_time_in_words(hours.opens)} to {_time_in_words(hours.closes)}")
    return ", ".join(said)


def _time_in_words(minutes: int) -> str:
    return f"{minutes // 60}.{minutes % 60:02}"


def worked_between(start: datetime, end: datetime, calendar: Calendar) -> timedelta:
    """How long the calendar is open between two instants; nothing where `end` is not after `start`."""
    start, end = _utc(start), _utc(end)
    total = timedelta(0)
    for opening in _openings(start, calendar):
        if opening.opens >= end:
            return total
        total += min(opening.closes, end) - max(opening.opens, start)
    raise AssertionError("openings have no end")


def worked_on(start: datetime, left: timedelta, calendar: Calendar) -> datetime:
    """When this much working time from `start` has passed, in UTC: `start` itself for none."""
    return _worked(_utc(start), left, calendar) if left > timedelta(0) else _utc(start)


def in_words(at: datetime, calendar: Calendar, now: datetime) -> str:
    """`at` for people, as the clock on their wall shows it: "today, 14.30", "tomorrow, 9.00",
    "yesterday, 16.05", "Tue 5 Jan, 12.30"; with the year where it is not the year of `now`."""
    zone = ZoneInfo(calendar.zone)
    local, today = _utc(at).astimezone(zone), _utc(now).astimezone(zone).date()
    near = {today - _DAY: "yesterday", today: "today", today + _DAY: "tomorrow"}
    day = f"{_WEEKDAYS[local.weekday()][:3].title()} {local.day} {_MONTHS[local.month - 1]}"
    if local.year != today.year:
        day += f" {local.year}"
    return f"{near.get(local.date(), day)}, {_time_in_words(local.hour * 60 + local.minute)}"


@dataclass(frozen=True, slots=True)
class _Opening:
    """One stretch of working time, in UTC."""

    opens: datetime
    closes: datetime


def _openings(start: datetime, calendar: Calendar) -> Iterator[_Opening]:
    """The stretches that end after `start`, in order and without end."""
    year = start.astimezone(ZoneInfo(calendar.zone)).year
    openings = _openings_of(calendar, year)
    yield from islice(openings, bisect_right(openings, start, key=attrgetter("closes")), None)
    while True:
        year += 1
        yield from _openings_of(calendar, year)


@lru_cache(maxsize=128)
def _openings_of(calendar: Calendar, year: int) -> tuple[_Opening, ...]:
    """The stretches of a year, in order. Equal calendars share them: each case that is read has one anew."""
    closed = _bank_holidays(calendar.nation, year).union(calendar.closures)
    hours: list[Hours | None] = [getattr(calendar.hours, day) for day in _WEEKDAYS]
    zone, midnight = ZoneInfo(calendar.zone), datetime(year, 1, 1)  # noqa: DTZ001 - wall time
    openings = []
    while midnight.year == year:
        that_day = hours[midnight.weekday()]
        if that_day is not None and midnight.date() not in closed:
            opens = _instant(midnight + that_day.opens * _MINUTE, zone)
            closes = _instant(midnight + that_day.closes * _MINUTE, zone)
            if opens < closes:
                openings.append(_Opening(opens, closes))
        midnight += _DAY
    return tuple(openings)


@cache
def _bank_holidays(nation: Nation, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("GB", subdiv=_SUBDIVISIONS[nation], years=year))


def _worked(start: datetime, left: timedelta, calendar: Calendar) -> datetime:
    for opening in _openings(start, calendar):
        begins = max(start, opening.opens)
        if begins + left <= opening.closes:
            return begins + left
        left -= opening.closes - begins
    raise AssertionError("openings have no end")


def _working_days_later(start: datetime, days: int, calendar: Calendar) -> datetime:
    openings, zone = _openings(start, calendar), ZoneInfo(calendar.zone)
    wall = _wall(max(start, next(openings).opens), zone)
    opening = next(islice(openings, days - 1, None))
    day = opening.opens.astimezone(zone).date()
    return min(max(_instant(datetime.combine(day, wall.time()), zone), opening.opens), opening.closes)


def _days_later(start: datetime, days: int, calendar: Calendar) -> datetime:
    zone = ZoneInfo(calendar.zone)
    return _instant(_wall(start, zone) + days * _DAY, zone)


def _wall(at: datetime, zone: ZoneInfo) -> datetime:
    """What the clock on the wall shows, without a zone. In the hour that autumn repeats, the second pass
    counts as the end of that hour: otherwise a later start could be due earlier."""
    local = at.astimezone(zone)
    while local.fold:
        at = _next_minute(at)
        local = at.astimezone(zone)
    return local.replace(tzinfo=None)


def _instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """The first moment at which the clock on the wall shows `wall`, in UTC. A time that spring skips is the
    moment at which the clocks jump."""
    at = wall.replace(tzinfo=zone).astimezone(UTC)
    while at.astimezone(zone).replace(tzinfo=None) != wall:
        wall = _next_minute(wall)
        at = wall.replace(tzinfo=zone).astimezone(UTC)
    return at


def _next_minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0) + _MINUTE


def _utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("an instant needs a zone: without one it means a different moment on each machine")
    return at.astimezone(UTC)
