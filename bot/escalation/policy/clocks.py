"""The clocks of a stage: what has to happen, from when, within how long, and what follows if it does not."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationError, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from bot.escalation.clock import Duration, Unit
from bot.escalation.mistake import Mistake, brief, instead, refuse, wrong
from bot.escalation.policy.parts import Name, Part, Refs, Side, YesNo

ClockName = Literal[
    "raise", "acknowledge", "review", "respond", "agree_plan", "meet", "confirm", "notify", "decide"
]
"""What a clock measures, and so what ends it:

- `raise`: from the disputed decision to raising it (the only clock that runs before there is a case)
- `acknowledge`: its owner says that it has been seen
- `review`: the other side looks at it again and the two speak, or it answers
- `respond`: the other side answers
- `agree_plan`: it is settled, and not merely answered
- `meet`: the two sides have met (a recorded conversation; at a stage with a meeting, its minutes)
- `confirm`: what was said is confirmed in writing, as an answer
- `notify`: the people who get a copy of this stage have it
- `decide`: the raiser says whether an answer settles it
"""
Starts = Literal["decision", "raised", "messaged", "acknowledged", "talked", "answered"]
Expiry = Literal["remind", "prompt", "go_up"]

ANSWERS: tuple[ClockName, ...] = ("respond", "agree_plan", "review", "meet")
"""The clocks that wait for the other side's answer, the one that an agreed later time moves first."""
STARTS: Mapping[ClockName, tuple[Starts, ...]] = {
    "raise": ("decision",),
    "acknowledge": ("messaged",),
    "review": ("messaged", "acknowledged", "raised"),
    "respond": ("messaged", "acknowledged", "raised"),
    "agree_plan": ("messaged", "acknowledged", "raised"),
    "meet": ("messaged", "acknowledged", "raised"),
    "confirm": ("talked",),
    "notify": ("messaged", "raised"),
    "decide": ("answered",),
}
OWNERS: Mapping[ClockName, tuple[Side, ...]] = {
    **dict.fromkeys(("raise", "decide", "notify"), ("raising",)),
    "acknowledge": ("receiving", "raising"),
    **dict.fromkeys(("review", "respond", "agree_plan", "meet", "confirm"), ("receiving",)),
}

NOT_SET, NO_LIMIT = "not set", "none"


@dataclass(frozen=True, slots=True)
class Within:
    """How long something may take. `one` is the time for every case, or `by` gives one for each priority.

    None for a time stands for no clock: where the partnership has still to say, that is one of the priorities
    in `open_for` ("" for every case); otherwise its policy has no limit.
    """

    one: Duration | None = None
    by: tuple[tuple[str, Duration | None], ...] = ()
    open_for: frozenset[str] = frozenset()

    @property
    def unset(self) -> bool:
        """Whether the partnership has still to give a time, if only for one of the priorities."""
        return bool(self.open_for)

    def is_unset(self, priority: str) -> bool:
        """Whether the partnership has still to give the time for a case of this priority."""
        return (priority if self.by else "") in self.open_for

    def of(self, priority: str) -> Duration | None:
        """The time for a case of this priority."""
        return dict(self.by).get(priority) if self.by else self.one

    @property
    def times(self) -> tuple[Duration | None, ...]:
        return tuple(time for _, time in self.by) if self.by else (self.one,)

    @property
    def priorities(self) -> frozenset[str]:
        return frozenset(priority for priority, _ in self.by)

    @classmethod
    def parse(cls, value: Any) -> "Within":
        """Read "2 working days", "none", "not set", or one of these for each priority.

        Raises a ValueError that says what may be written.
        """
        if isinstance(value, Within):
            return value
        if isinstance(value, Mapping):
            if not value:
                raise wrong(Mistake("No time stands here.", "Write one, or “not set”."))
            found = tuple((str(priority), cls._one(time, str(priority))) for priority, time in value.items())
            open_for = (str(priority) for priority, time in value.items() if _plain(time) == NOT_SET)
            return cls(by=found, open_for=frozenset(open_for))
        return cls(one=cls._one(value), open_for=frozenset({""} if _plain(value) == NOT_SET else ()))

    @staticmethod
    def _one(value: Any, *at: str) -> Duration | None:
        if _plain(value) in (NOT_SET, NO_LIMIT):
            return None
        try:
            return Duration.parse(value)
        except (PydanticCustomError, ValidationError):
            raise wrong(
                Mistake(
                    f"{brief(value)} is not a length of time.",
                    "Write a whole number from 1 to 999 and a unit, as in “2 working hours”, “2 working "
                    "days”, “1 working week”, “48 hours” or “3 days” (of the calendar); “same working day” "
                    "or “immediately”; “none” where there is no limit, or “not set” where the partnership "
                    "has still to say.",
                    at,
                )
            ) from None

    def written(self) -> str | dict[str, str]:
        """As it stands in a file."""
        if self.by:
            return {priority: self._words(time, priority) for priority, time in self.by}
        return self._words(self.one, "")

    def _words(self, time: Duration | None, priority: str) -> str:
        return time.words if time else NOT_SET if self.is_unset(priority) else NO_LIMIT

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls.parse, serialization=core_schema.plain_serializer_function_ser_schema(cls.written)
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, _core: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        time = {"type": "string", "examples": ["2 working days", "48 hours", NO_LIMIT, NOT_SET]}
        return {"anyOf": [time, {"type": "object", "additionalProperties": time}]}


def _plain(value: Any) -> str:
    return " ".join(str(value).lower().split())


class Clock(Part):
    """A time limit of a stage; what each `name` measures, and what ends it, stands at `ClockName`.

    `or_sooner`: the raiser may ask for an earlier time that protects the child, and the earlier one counts.
    `binding`: an indicative time is a guide and takes nothing up by itself. `when_due`: "remind" reminds the
    owner, "prompt" asks the raiser and the raiser's manager, then the safeguarding lead; "go_up" takes the
    case up a stage by itself, which only a policy may say. `tell`: posts that are told too when it has run
    out.
    """

    name: ClockName
    label: Name | None = None
    starts: Starts
    within: Within
    or_sooner: YesNo = False
    owner: Side = "receiving"
    binding: Literal["mandatory", "indicative"] = "mandatory"
    when_due: Expiry = "prompt"
    tell: Refs | None = None

    @property
    def told(self) -> tuple[str, ...]:
        return self.tell or ()

    @model_validator(mode="before")
    @classmethod
    def _its_owner(cls, data: Any) -> Any:
        """Of a clock that only the raising side can own, the owner need not be said."""
        if not isinstance(data, Mapping):
            return data
        known = next((owners for name, owners in OWNERS.items() if name == data.get("name")), ())
        return {"owner": known[0], **data} if known else data

    @model_validator(mode="after")
    def _can_run(self) -> Self:
        refuse(self._mistakes())
        return self

    def _mistakes(self) -> list[Mistake]:
        found: list[Mistake] = []
        if self.name == "acknowledge" and self.starts == "acknowledged":
            what = "The clock for acknowledging can't start with the acknowledgement, which ends it."
            found.append(Mistake(what, "Write “messaged”.", ("starts",)))
        elif self.starts not in STARTS[self.name]:
            what = f"A clock to {spoken(self.name)} can't start with “{self.starts}”."
            found.append(Mistake(what, instead(self.starts, STARTS[self.name]), ("starts",)))
        if self.owner not in OWNERS[self.name]:
            what = f"A clock to {spoken(self.name)} is not the {self.owner} side's."
            found.append(Mistake(what, f"Write “owner: {OWNERS[self.name][0]}”.", ("owner",)))
        if self.when_due == "go_up":
            found += self._going_up()
        if self.or_sooner and (self.name not in ANSWERS or self.owner != "receiving"):
            what = "Only the time for the other side's answer can be asked for sooner."
            found.append(Mistake(what, "Leave this out.", ("or_sooner",)))
        return found

    def _going_up(self) -> list[Mistake]:
        if self.owner == "raising":
            what = "Only the other side's lateness takes a case up by itself."
            return [Mistake(what, "Write “when_due: prompt”, or “owner: receiving”.", ("when_due",))]
        if self.binding == "indicative":
            what = "A time that is only a guide takes no case up by itself."
            return [Mistake(what, "Write “when_due: prompt”, or “binding: mandatory”.", ("when_due",))]
        if any(time and time.unit is Unit.IMMEDIATELY for time in self.within.times):
            what = "A case can't go up at once: nobody would have had the time to answer."
            return [Mistake(what, "Give a length of time, or write “when_due: prompt”.", ("within",))]
        return []


def spoken(name: ClockName) -> str:
    """The name within a sentence about a file: "agree a plan"."""
    return "agree a plan" if name == "agree_plan" else name
