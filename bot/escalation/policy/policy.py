"""The ladder: a partnership's escalation policy as data. A running case keeps the one it began with."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from bot.escalation.clock import Calendar
from bot.escalation.mistake import refuse
from bot.escalation.policy.parts import NO_RUNG, Key, Name, Part, SomeTime, YesNo
from bot.escalation.policy.retention import Retention
from bot.escalation.policy.rules import (
    Cap,
    Check,
    Closing,
    Copy,
    Exclusion,
    LeastData,
    Moves,
    Outcome,
    PreStage,
    Priority,
    Reach,
    UrgentContact,
    UrgentTrack,
)  # fmt: skip
from bot.escalation.policy.sound import mistakes
from bot.escalation.policy.stages import Stage

Standing = Literal["example", "provisional", "sourced", "superseded", "confirmed"]


class Policy(Part):
    """A ladder with its calendar and contacts.

    `status`: "example" belongs to no partnership; "sourced" is taken from what a partnership published, and
    "superseded" from an edition that it has replaced since; "provisional" has `unconfirmed` lines that must
    be shown; "confirmed" is the partnership's own word. `jurisdiction` says in words where and for whom it
    holds.
    `within_one_agency`: both sides are of the raiser's own agency.
    """

    id: Key
    title: Name
    partnership: Annotated[str, Field(max_length=150)] = ""
    jurisdiction: Annotated[str, Field(max_length=300)] = ""
    within_one_agency: YesNo = False
    status: Standing
    version: Name
    source: Annotated[str, Field(max_length=1000)] = ""
    unconfirmed: tuple[Annotated[str, Field(min_length=1, max_length=500)], ...] = ()
    calendar: Calendar
    urgent: Annotated[tuple[UrgentContact, ...], Field(min_length=1, max_length=10)]
    before: Annotated[tuple[PreStage, ...], Field(max_length=6)] = ()
    exclusions: Annotated[tuple[Exclusion, ...], Field(max_length=20)] = ()
    priorities: Annotated[tuple[Priority, ...], Field(max_length=6)] = ()
    urgent_track: UrgentTrack | None = None
    stages: Annotated[tuple[Stage, ...], Field(min_length=1, max_length=20)]
    caps: Annotated[tuple[Cap, ...], Field(max_length=10)] = ()
    moves: Moves = Moves()
    reach: Reach = Reach()
    least_data: LeastData = LeastData()
    copies: Annotated[tuple[Copy, ...], Field(max_length=20)] = ()
    outcomes: Annotated[tuple[Outcome, ...], Field(min_length=1, max_length=25)]
    closing: Closing = Closing()
    after_closing: Annotated[tuple[Check, ...], Field(max_length=6)] = ()
    retention: Retention = Retention()
    prompt_again: SomeTime
    """From one unanswered prompt to the next: first the safeguarding lead is asked, then everybody and the
    coordinator, again and again. This and the next two are reminders of the service, and no partnership's
    rule."""
    identify_within: SomeTime
    """How long the receiving side has to say that it knows which child is meant, before it is chased."""
    confirm_talk_within: SomeTime
    """How long the other side has to confirm a recorded conversation, before it is chased."""

    @model_validator(mode="after")
    def _sound(self) -> Self:
        refuse(mistakes(self))
        return self

    @model_serializer(mode="wrap")
    def _as_before(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """What a policy leaves at its usual value is not written into a case: a process of an earlier
        release, which runs beside this one during an upgrade, does not know the key."""
        data: dict[str, Any] = handler(self)
        if self.least_data == LeastData():
            data.pop("least_data", None)
        if self.retention == Retention():
            data.pop("retention", None)
        return data

    def for_a_case(self) -> "Policy":
        """The ladder that a case keeps. How long the case is kept follows the policy of the day."""
        return self.model_copy(update={"retention": Retention()})

    def stage(self, number: int, urgent: bool = False) -> Stage:
        return self.stages[number - 1].on_track(urgent)

    def next_stage(self, number: int, urgent: bool = False, agency: str = "") -> Stage | None:
        """The stage above; one that the urgent track skips, or where the receiving `agency` has no rung, is
        passed by."""
        return next(self.above(number, urgent, agency), None)

    def above(self, number: int, urgent: bool = False, agency: str = "") -> Iterator[Stage]:
        """Every stage that a case of this track against this agency can still reach, in order."""
        for stage in self.stages[number:]:
            if not stage.skipped(urgent) and stage.agencies.get(agency) != (NO_RUNG,):
                yield stage.on_track(urgent)
