"""The ladder: a partnership's escalation policy as data. A running case keeps the one it began with."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bot.escalation.clock import Calendar, Duration

Side = Literal["raising", "receiving"]
Expiry = Literal["prompt", "go_up"]
Name = Annotated[str, Field(min_length=1, max_length=150)]
Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]


class Part(BaseModel):
    """Base of all parts of a policy: frozen, and an unknown key is an error, never a silent default."""

    model_config = ConfigDict(frozen=True, extra="forbid")


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


class Stage(Part):
    """A rung. `raising` and `receiving` name the posts whose holders are messaged: a post of the side's
    own agency ("team_manager"), or of a named agency ("partnership/independent_chair")."""

    number: Annotated[int, Field(ge=1, le=20)]
    label: Name
    name: Name
    raising: Annotated[str, Field(pattern=r"^([a-z][a-z0-9_-]*/)?[a-z][a-z0-9_-]*$")]
    receiving: Annotated[str, Field(pattern=r"^([a-z][a-z0-9_-]*/)?[a-z][a-z0-9_-]*$")]
    clocks: tuple[Clock, ...]

    def clock(self, name: str, owner: Side) -> Clock | None:
        return next((clock for clock in self.clocks if clock.name == name and clock.owner == owner), None)


class UrgentContact(Part):
    """Whom to ring when a child is at risk now. `hours` in words, empty for any time."""

    name: Name
    number: Annotated[str, Field(pattern=r"^[0-9 ]{3,20}$")]
    hours: str = ""


class Outcome(Part):
    """How a case can end: a code for the record, a label for people."""

    code: Key
    label: Name


class Policy(Part):
    """A ladder with its calendar and contacts. `status`: "example" belongs to no partnership;
    "provisional" has `unconfirmed` lines that must be shown; "confirmed" is the partnership's own word."""

    id: Key
    title: Name
    partnership: str = ""
    status: Literal["example", "provisional", "confirmed"]
    version: Name
    source: str = ""
    unconfirmed: tuple[str, ...] = ()
    calendar: Calendar
    urgent: Annotated[tuple[UrgentContact, ...], Field(min_length=1)]
    stages: Annotated[tuple[Stage, ...], Field(min_length=1)]
    outcomes: Annotated[tuple[Outcome, ...], Field(min_length=1)]
    prompt_again: Duration
    """After an unanswered prompt: first the safeguarding lead, then everybody and the coordinator, again and again."""
    identify_within: Duration
    """How long the receiving side has to say that it knows which child is meant, before it is chased."""
    confirm_talk_within: Duration
    """How long the other side has to confirm a recorded conversation, before it is chased."""

    @model_validator(mode="after")
    def _stages_in_order(self) -> Self:
        numbers = [stage.number for stage in self.stages]
        if numbers != list(range(1, len(numbers) + 1)):
            raise ValueError(f"stages are numbered 1, 2, 3 … in order; these are {numbers}")
        return self

    def stage(self, number: int) -> Stage:
        return self.stages[number - 1]

    def next_stage(self, number: int) -> Stage | None:
        return self.stages[number] if number < len(self.stages) else None
