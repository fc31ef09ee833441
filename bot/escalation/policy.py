"""The ladder: a partnership's escalation policy as data. A running case keeps the one it began with."""

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from bot.escalation.clock import Calendar, Duration, Unit
from bot.escalation.mistake import Mistake, brief, refuse, wrong

Side = Literal["raising", "receiving"]
Expiry = Literal["prompt", "go_up"]
Name = Annotated[str, Field(min_length=1, max_length=150)]
Key = Annotated[
    str,
    Field(
        pattern=r"^[a-z][a-z0-9_-]{0,39}$",
        description="Write small letters, digits, “_” and “-”, beginning with a letter: “agreed_plan”.",
    ),
]
Ref = Annotated[
    str,
    Field(
        pattern=r"^([a-z][a-z0-9_-]{0,39}/)?[a-z][a-z0-9_-]{0,39}$",
        description="Write the post's short name (“team_manager”), with the agency before it where it is "
        "another's (“partnership/independent_chair”).",
    ),
]

RESERVED_OUTCOMES = ("withdrawn",)
"""What the service records by itself, and no policy can name as an outcome."""


def _some_time(duration: Duration) -> Duration:
    if duration.unit is Unit.IMMEDIATELY:
        raise wrong(
            Mistake("Nobody can do this at once.", "Write a length of time, such as “2 working hours”.")
        )
    return duration


SomeTime = Annotated[Duration, AfterValidator(_some_time)]


class Part(BaseModel):
    """Base of all parts of a policy: frozen, and an unknown key is an error, never a silent default."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Clock(Part):
    """A time limit of a stage.

    `starts`: with the message to the owner, or with the owner's acknowledgement. `when_due`: "prompt"
    asks the raiser and the raiser's manager, then the safeguarding lead; "go_up" takes the case up a
    stage by itself, which only a policy may say.
    """

    name: Literal["acknowledge", "respond"]
    starts: Literal["messaged", "acknowledged"]
    within: Duration
    owner: Side = "receiving"
    when_due: Expiry = "prompt"

    @model_validator(mode="after")
    def _can_run(self) -> Self:
        if self.name == "acknowledge" and self.starts == "acknowledged":
            what = "The clock for acknowledging can't start with the acknowledgement, which ends it."
            raise wrong(Mistake(what, "Write “messaged”.", ("starts",)))
        if self.when_due == "go_up" and self.within.unit is Unit.IMMEDIATELY:
            what = "A case can't go up at once: nobody would have had the time to answer."
            raise wrong(Mistake(what, "Give a length of time, or write “when_due: prompt”.", ("within",)))
        if self.when_due == "go_up" and self.owner == "raising":
            what = "Only the other side's lateness takes a case up by itself."
            raise wrong(Mistake(what, "Write “when_due: prompt”, or “owner: receiving”.", ("when_due",)))
        return self


class Stage(Part):
    """A rung. `raising` and `receiving` name the posts whose holders are messaged: a post of the side's
    own agency ("team_manager"), or of a named agency ("partnership/independent_chair")."""

    number: Annotated[int, Field(ge=1, le=20)]
    label: Name
    name: Name
    raising: Ref
    receiving: Ref
    clocks: tuple[Clock, ...]

    @model_validator(mode="after")
    def _clocks_complete(self) -> Self:
        refuse(_clocks(self))
        return self

    def clock(self, name: str, owner: Side) -> Clock | None:
        return next((clock for clock in self.clocks if clock.name == name and clock.owner == owner), None)


class UrgentContact(Part):
    """Whom to ring when a child is at risk now. `hours` in words, empty for any time."""

    name: Name
    number: Annotated[
        str,
        Field(pattern=r"^[0-9 ]{3,20}$", description="Write digits and spaces only, as in “01632 960999”."),
    ]
    hours: Annotated[str, Field(max_length=150)] = ""


class Outcome(Part):
    """How a case can end: a code for the record, a label for people."""

    code: Key
    label: Name


class Policy(Part):
    """A ladder with its calendar and contacts. `status`: "example" belongs to no partnership;
    "provisional" has `unconfirmed` lines that must be shown; "confirmed" is the partnership's own word."""

    id: Key
    title: Name
    partnership: Annotated[str, Field(max_length=150)] = ""
    status: Literal["example", "provisional", "confirmed"]
    version: Name
    source: Annotated[str, Field(max_length=500)] = ""
    unconfirmed: tuple[Annotated[str, Field(min_length=1, max_length=500)], ...] = ()
    calendar: Calendar
    urgent: Annotated[tuple[UrgentContact, ...], Field(min_length=1, max_length=10)]
    stages: Annotated[tuple[Stage, ...], Field(min_length=1, max_length=20)]
    outcomes: Annotated[tuple[Outcome, ...], Field(min_length=1, max_length=25)]
    prompt_again: SomeTime
    """From one unanswered prompt to the next: first the safeguarding lead is asked, then everybody and the
    coordinator, again and again."""
    identify_within: SomeTime
    """How long the receiving side has to say that it knows which child is meant, before it is chased."""
    confirm_talk_within: SomeTime
    """How long the other side has to confirm a recorded conversation, before it is chased."""

    @model_validator(mode="after")
    def _sound(self) -> Self:
        refuse([*_order(self), *_repeats(self), *_endings(self), *_standing(self)])
        return self

    def stage(self, number: int) -> Stage:
        return self.stages[number - 1]

    def next_stage(self, number: int) -> Stage | None:
        return self.stages[number] if number < len(self.stages) else None


def _clocks(stage: Stage) -> Iterator[Mistake]:
    """A stage without both clocks of the receiving side could stand still with nobody noticing."""
    for name in ("acknowledge", "respond"):
        if stage.clock(name, "receiving") is None:
            remedy = f"Add “- name: {name}”, “starts: messaged”, “within: …” under its clocks."
            yield Mistake(
                f"Stage {stage.number} has no clock for the receiving side to {name}.", remedy, ("clocks",)
            )
    counted: set[tuple[str, Side]] = set()
    for place, clock in enumerate(stage.clocks):
        if (clock.name, clock.owner) in counted:
            what = f"Stage {stage.number} already has a clock for the {clock.owner} side to {clock.name}."
            yield Mistake(what, "Keep one of the two.", ("clocks", place))
        counted.add((clock.name, clock.owner))
        if clock.starts == "acknowledged" and stage.clock("acknowledge", clock.owner) is None:
            what = f"This clock starts when the {clock.owner} side acknowledges, but nothing asks them to."
            remedy = "Write “starts: messaged”, or add a clock named “acknowledge” for that side."
            yield Mistake(what, remedy, ("clocks", place, "starts"))


def _order(policy: Policy) -> Iterator[Mistake]:
    for place, stage in enumerate(policy.stages):
        if stage.number != place + 1:
            what = f"This stage is numbered {stage.number}, but it is number {place + 1} from the top."
            remedy = "Number the stages 1, 2, 3 and so on, in the order of the ladder."
            yield Mistake(what, remedy, ("stages", place, "number"))


def _repeats(policy: Policy) -> Iterator[Mistake]:
    """Two stages or outcomes that people can't tell apart."""
    stages = [("label", stage.label) for stage in policy.stages]
    codes = [("code", outcome.code) for outcome in policy.outcomes]
    labels = [("label", outcome.label) for outcome in policy.outcomes]
    for part, values in (("stages", stages), ("outcomes", codes), ("outcomes", labels)):
        for place, (key, value) in enumerate(values):
            if (key, value) in values[:place]:
                yield Mistake(
                    f"{brief(value)} stands here twice.", "Rename one of the two.", (part, place, key)
                )
    for place, outcome in enumerate(policy.outcomes):
        if outcome.code in RESERVED_OUTCOMES:
            what = f"{brief(outcome.code)} is recorded by itself and is not an outcome to choose."
            yield Mistake(what, "Leave this outcome out.", ("outcomes", place, "code"))


def _endings(policy: Policy) -> Iterator[Mistake]:
    last = len(policy.stages) - 1
    for place, clock in enumerate(policy.stages[last].clocks):
        if clock.when_due == "go_up":
            what = "The last stage has no stage above it to go up to."
            yield Mistake(what, "Write “when_due: prompt”.", ("stages", last, "clocks", place, "when_due"))


def _standing(policy: Policy) -> Iterator[Mistake]:
    """Nothing unconfirmed may pass as a partnership's own rule, and an example is nobody's."""
    if policy.status == "example" and policy.partnership:
        what = "An example belongs to no partnership."
        yield Mistake(what, "Leave this out, or write another status.", ("partnership",))
    if policy.status != "example" and not policy.partnership:
        yield Mistake("Whose policy this is has not been said.", "Add a line “partnership: …”.", ("status",))
    if policy.status == "provisional" and not policy.unconfirmed:
        what = "A provisional policy says what in it awaits confirmation."
        yield Mistake(what, "List it under “unconfirmed”, or write “confirmed”.", ("status",))
    if policy.status == "confirmed" and policy.unconfirmed:
        what = "A confirmed policy has nothing that awaits confirmation."
        yield Mistake(what, "Write “provisional”, or take these lines out.", ("unconfirmed",))
