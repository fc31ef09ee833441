"""A working pattern: on which days, and between which hours, somebody works."""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from bot.escalation.clock import Hours
from bot.escalation.mistake import Mistake, brief, wrong

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = r"(mon|tue|wed|thu|fri|sat|sun)[a-z]*"
_TIME = r"([0-9]{1,2})(?:[:.]([0-9]{2}))?"
_PART = re.compile(
    rf"(?P<days>{_DAY}(?:\s*(?:[-–]|to|,|and)\s*{_DAY})*)(?:\s+(?P<hours>{_TIME}\s*(?:[-–]|to)\s*{_TIME}))?"
)
_WHOLE_DAY = Hours(0, 24 * 60)


@dataclass(frozen=True, slots=True)
class Pattern:
    """`text` as it was written; `hours` by weekday, 0 for Monday. No text: whenever the partnership works."""

    text: str = ""
    hours: tuple[Hours | None, ...] = (_WHOLE_DAY,) * 7

    @classmethod
    def parse(cls, text: object) -> "Pattern":
        """Read "Mon-Wed", "Mon, Tue, Thu 9-15.30" or "Mon-Thu 9.00-17.00; Fri 9.00-13.00".

        Raises a ValueError that says what may be written.
        """
        if isinstance(text, Pattern):
            return text
        return _parsed(" ".join(str(text).split()))

    def covers(self, wall: datetime) -> bool:
        """Whether they work at this time on the wall."""
        worked = self.hours[wall.weekday()]
        return worked is not None and worked.opens <= wall.hour * 60 + wall.minute < worked.closes

    def __str__(self) -> str:
        return self.text

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls.parse, serialization=core_schema.to_string_ser_schema()
        )


@lru_cache(maxsize=1000)
def _parsed(written: str) -> Pattern:
    if not written:
        return Pattern()
    hours: list[Hours | None] = [None] * 7
    for part in filter(None, (one.strip() for one in written.lower().split(";"))):
        match = _PART.fullmatch(part)
        if match is None:
            raise _not_a_pattern(written)
        worked = _hours(match["hours"], written) if match["hours"] else _WHOLE_DAY
        for day in _days(match["days"]):
            hours[day] = worked
    return Pattern(written, tuple(hours))


def _days(written: str) -> set[int]:
    found: set[int] = set()
    for run in re.split(r",|\band\b", written):
        ends = [_DAYS.index(day) for day in re.findall(_DAY, run)]
        first, last = ends[0], ends[-1]
        found |= {(first + step) % 7 for step in range((last - first) % 7 + 1)}
    return found


def _hours(written: str, whole: str) -> Hours:
    opens, opens_at, closes, closes_at = re.findall(_TIME, written)[0] + re.findall(_TIME, written)[1]
    if int(opens_at or 0) > 59 or int(closes_at or 0) > 59:
        raise _not_a_pattern(whole)
    begin, end = int(opens) * 60 + int(opens_at or 0), int(closes) * 60 + int(closes_at or 0)
    if not begin < end <= 24 * 60:
        raise _not_a_pattern(whole)
    return Hours(begin, end)


def _not_a_pattern(written: str) -> ValueError:
    return wrong(
        Mistake(
            f"{brief(written)} is not a working pattern.",
            "Write the days, and the hours if they matter: “Mon-Wed”, “Mon, Thu 9-15” or "
            "“Mon-Thu 9.00-17.00; Fri 9.00-13.00”. Leave it out for who works as the partnership does.",
        )
    )
