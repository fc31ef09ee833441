"""What holds for a whole case: priorities, tracks, who may do what, who gets copies, how it ends."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from bot.escalation.clock import Calendar, Duration, Week, is_working, next_working, week_in_words
from bot.escalation.mistake import Mistake, brief, wrong
from bot.escalation.policy.parts import Key, Name, Part, Ref, Roles, Side, SomeTime, Text

Track = Literal["ordinary", "urgent", "both"]
CopiedEvent = Literal["stage", "answer", "meeting", "closed", "withdrawn"]
Number = Annotated[
    str,
    Field(pattern=r"^[0-9 ]{3,20}$", description="Write digits and spaces only, as in “01632 960999”."),
]


class PreStage(Part):
    """A step before the ladder, such as talking it through with one's manager: asked about, never a gate."""

    id: Key
    label: Name
    words: Annotated[str, Field(max_length=300)] = ""


class Priority(Part):
    """A tier that the raiser chooses. `hint` says when it is the right one."""

    id: Key
    label: Name
    hint: Annotated[str, Field(max_length=150)] = ""


class UrgentTrack(Part):
    """A faster way through the ladder, if the raiser says that `when` holds. Stages say what differs."""

    label: Name
    when: Text


class Cap(Part):
    """A limit over stages `first` to `last` together, from the moment that the case was raised."""

    first: Annotated[int, Field(ge=1)]
    last: Annotated[int, Field(ge=1)]
    within: SomeTime
    track: Track = "both"
    when_due: Literal["prompt", "go_up"] = "prompt"

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.first > self.last:
            what = f"Stage {self.first} comes after stage {self.last}."
            raise wrong(Mistake(what, "Write the lower stage as “first”.", ("first",)))
        return self

    def holds(self, stage: int, urgent: bool) -> bool:
        return self.first <= stage <= self.last and self.track in ("both", "urgent" if urgent else "ordinary")


class Allowed(Part):
    by: Roles


class Extend(Allowed):
    """A later time for the answer: who of the raising side may agree, by how much at most, and how often."""

    at_most: SomeTime | None = None
    times: Annotated[int, Field(ge=1, le=20)] | None = None


class Pause(Allowed):
    """The clocks stand still for at most this long; a change of risk ends it at once."""

    at_most: SomeTime


class Reopen(Allowed):
    within: SomeTime


class Moves(Part):
    """What else can be done with a case, and by whom. `skip`: up a stage before anything is late. `bypass`:
    straight to any stage above. What is left out can't be done; more time and withdrawing always can."""

    skip: Allowed | None = None
    bypass: Allowed | None = None
    extend: Extend = Extend(by=("raiser", "raising_manager", "safeguarding_lead"))
    pause: Pause | None = None
    withdraw: Allowed = Allowed(by=("raiser",))
    reopen: Reopen | None = None


def _percent(value: Any) -> Any:
    text = str(value).strip().removesuffix("%").strip()
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 99:
        raise wrong(
            Mistake(f"{brief(value)} is no share of a time.", "Write “50%”, or another from 1% to 99%.")
        )
    return int(text)


Percent = Annotated[
    int,
    BeforeValidator(_percent),
    WithJsonSchema({"type": ["string", "integer"], "pattern": "^[1-9][0-9]? ?%?$"}),
]


class Reach(Part):
    """How far a message goes until somebody has it. `nobody_left`: the post that gets it where neither the
    holder of a post nor a deputy can be reached; left out, the side's safeguarding lead does. The coordinator
    always comes after it. `next_way_after`: the share of the time to acknowledge after which a message that
    nobody acknowledged also goes to the person's next way; left out, it goes to one way."""

    nobody_left: Ref | None = None
    next_way_after: Percent | None = None


class Copy(Part):
    """Who is told beside the parties. `on`: at which events; `sees`: the "case", or that it happened and no
    more ("notice"). A post without an agency needs `side`: whose agency's post it is."""

    to: Ref
    side: Side | None = None
    on: Annotated[tuple[CopiedEvent, ...], Field(min_length=1)]
    from_stage: Annotated[int, Field(ge=1)] = 1
    sees: Literal["case", "notice"]

    @model_validator(mode="after")
    def _somebody_s(self) -> Self:
        if "/" not in self.to and self.side is None:
            what = "It is not said whose post this is."
            raise wrong(Mistake(what, "Add “side: raising” or “side: receiving”.", ("to",)))
        return self


class Closing(Part):
    """Who must agree to the outcome that the raiser chooses. The raiser always does."""

    agree: Roles = ("raiser",)

    @model_validator(mode="before")
    @classmethod
    def _with_the_raiser(cls, data: Any) -> Any:
        agree = data.get("agree") if isinstance(data, Mapping) else None
        if isinstance(data, Mapping) and isinstance(agree, list | tuple) and "raiser" not in agree:
            return {**data, "agree": ["raiser", *agree]}
        return data


class Check(Part):
    """What is asked of somebody once a case is closed: whether the outcome was explained, whether the actions
    are done, the outcome in writing. Either `within` (asked at closing, chased when that has passed) or
    `after` (asked only then). `tell`: who hears of a no, or of no answer."""

    id: Key
    question: Name
    ask: Literal["raiser", "raising_manager", "receiving_manager"]
    within: SomeTime | None = None
    after: SomeTime | None = None
    tell: Roles

    @model_validator(mode="after")
    def _one_time(self) -> Self:
        if (self.within is None) == (self.after is None):
            remedy = (
                "Write “within” (asked at once) or “after” (asked when that time has passed), one of the two."
            )
            raise wrong(Mistake("When this is asked has not been said.", remedy, ("id",)))
        return self

    @property
    def time(self) -> Duration:
        time = self.within or self.after
        assert time is not None
        return time


Overrulable = Literal["likely_name", "date_of_birth", "postcode", "phone", "email"]


class LeastData(Part):
    """What somebody may keep in their words although it looks as if it said who is meant. A likely name is a
    guess, so whoever wrote it may know better. An NHS number or a pupil number can never be kept. This is a
    rule of the service; a partnership sets its own."""

    overrule: Annotated[tuple[Overrulable, ...], Field(max_length=5)] = ("likely_name",)


class Exclusion(Part):
    """What this ladder is not for. `goes_to` says where it belongs; `to` is the post to ask there, `number` a
    line to ring, `within` how soon. Whoever raises can go on all the same: a child's safety is never held
    up."""

    id: Key
    label: Name
    goes_to: Text
    to: Ref | None = None
    number: Number | None = None
    within: Duration | None = None


class UrgentContact(Part):
    """Whom to ring when a child is at risk now. `hours` in words, empty for any time. `open`: the hours of
    each weekday, "always", or "out of hours" (whenever no contact with hours of its own answers)."""

    name: Name
    number: Number
    hours: Annotated[str, Field(max_length=150)] = ""
    open: Week | Literal["always", "out of hours"] | None = None

    @property
    def national(self) -> bool:
        """The emergency number: nobody has to ring it to see whether it answers, and nobody should."""
        return self.number == "999"

    @property
    def said(self) -> str:
        """Its hours in words."""
        if self.hours or not isinstance(self.open, Week):
            return self.hours
        return week_in_words(self.open)


def answering(contacts: tuple[UrgentContact, ...], calendar: Calendar, at: datetime) -> dict[str, bool]:
    """Number → whether somebody answers it at that moment; one with hours in words only always may."""
    by_hours = {
        one.number: is_working(at, _hours_of(one, calendar)) for one in contacts if isinstance(one.open, Week)
    }
    closed = not any(by_hours.values())
    by_hours |= {one.number: True for one in contacts if one.national}
    return {one.number: by_hours.get(one.number, one.open != "out of hours" or closed) for one in contacts}


def opens(contact: UrgentContact, calendar: Calendar, at: datetime) -> datetime | None:
    """When this number is answered again; None where it keeps no hours of its own."""
    return next_working(at, _hours_of(contact, calendar)) if isinstance(contact.open, Week) else None


def _hours_of(contact: UrgentContact, calendar: Calendar) -> Calendar:
    """The partnership's calendar with the hours of this number: bank holidays close it too."""
    assert isinstance(contact.open, Week)
    return Calendar(
        zone=calendar.zone, hours=contact.open, nation=calendar.nation, closures=calendar.closures
    )


class Outcome(Part):
    """How a case can end: a code for the record, a label for people."""

    code: Key
    label: Name
