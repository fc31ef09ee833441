"""How long what is kept of a case is kept once it is closed: calendar time, whatever the working hours."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from bot.escalation.mistake import Mistake, brief, wrong
from bot.escalation.policy.parts import Part, YesNo

_SPAN = re.compile(r"([0-9]{1,3}) (day|week|month|year)s?")
_MOST_YEARS = 100

Rule = Literal["minimise", "erase", "training"]
"""Which time of a policy has come: the copies in the chats go, the case is erased, or a training case is."""


@dataclass(frozen=True, slots=True)
class Span:
    """A length of calendar time: "90 days", "6 months", "6 years"."""

    amount: int
    unit: Literal["day", "week", "month", "year"]

    @classmethod
    def parse(cls, text: object) -> "Span":
        """Raises a ValueError that says what may be written."""
        if isinstance(text, Span):
            return text
        match = _SPAN.fullmatch(re.sub(r"^an? ", "1 ", " ".join(str(text).lower().split())))
        if not match or int(match[1]) == 0 or (match[2] == "year" and int(match[1]) > _MOST_YEARS):
            what = f"{brief(text)} is not a length of time that something is kept."
            remedy = "Write a whole number and a unit of the calendar: “90 days”, “6 months” or “6 years”."
            raise wrong(Mistake(what, remedy))
        return cls(int(match[1]), match[2])  # type: ignore[arg-type]

    @property
    def words(self) -> str:
        return f"{self.amount} {self.unit}" + ("" if self.amount == 1 else "s")

    def __str__(self) -> str:
        return self.words

    def after(self, start: datetime, zone: str) -> datetime:
        """The same time of day so much later in this zone, in UTC; from a day that a month does not have, on
        its last."""
        local = start.astimezone(ZoneInfo(zone))
        if self.unit in ("day", "week"):
            days = self.amount * (7 if self.unit == "week" else 1)
            return (local + timedelta(days=days)).astimezone(UTC)
        months = local.month - 1 + self.amount * (12 if self.unit == "year" else 1)
        year, month = local.year + months // 12, months % 12 + 1
        day = min(local.day, monthrange(year, month)[1])
        return local.replace(year=year, month=month, day=day).astimezone(UTC)

    def before(self, now: datetime, zone: str) -> datetime:
        """A time, in UTC, after which nothing can have begun for which this span is over now."""
        shortest = {"day": 1, "week": 7, "month": 28, "year": 365}[self.unit]
        return now - timedelta(days=self.amount * shortest) + timedelta(days=1)

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls.parse, serialization=core_schema.to_string_ser_schema()
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, _core: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        pattern = "^(an?|[1-9][0-9]{0,2}) (day|week|month|year)s?$"
        return {"type": "string", "pattern": pattern, "examples": ["90 days", "6 months", "6 years"]}


class Retention(Part):
    """`minimise`: so long after closing, the copies in the chats are taken away, and the case itself is kept;
    `erase`: so long after closing, the case is erased but for what is counted; `training`: so long after a
    training case began, it is erased. What is left out is kept until somebody sets a time.

    `confirmed`: the partnership has said so; else the times are an assumption, and whoever reads them is told
    so. `source` says in words where they can be read."""

    minimise: Span | None = None
    erase: Span | None = None
    training: Span | None = None
    confirmed: YesNo = False
    source: Annotated[str, Field(max_length=500)] = ""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        start = datetime(2001, 1, 1, tzinfo=UTC)
        if (
            self.minimise
            and self.erase
            and self.minimise.after(start, "UTC") > self.erase.after(start, "UTC")
        ):
            what = "The copies in the chats would be kept longer than the case itself."
            raise wrong(Mistake(what, "Write a shorter time for “minimise”.", ("minimise",)))
        return self

    @property
    def sets_nothing(self) -> bool:
        return self.minimise is None and self.erase is None and self.training is None
