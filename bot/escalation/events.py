"""What happened to a case. Events are kept for ever: no kind is renamed, no field changes its meaning.

`by` is the person's id, or empty where a clock or the service itself acted. Times are aware UTC.
"""

from datetime import datetime
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from bot.escalation.policy import Policy, Side

Step = Literal["raised", "clock", "not_accepted", "asked"]
"""Why a stage was entered: the case was raised, a clock ran out, an answer was not accepted, or the
raising side asked after a prompt."""


class Spoken(BaseModel):
    """The professional challenge before the escalation: who spoke with whom, when, and what came of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    happened: bool
    who: str = ""
    when: str = ""
    result: str = ""


class Concern(BaseModel):
    """What the raiser writes when filing. `child_reference` is the raiser's own agency's case reference."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    child_reference: str
    decision: str
    risk: str
    request: str
    phone: str
    spoken: Spoken


class Party(BaseModel):
    """Who is messaged for a side at a stage. `post` is the post in the ladder's words; `stands_in` when
    nobody held it and this person received the message instead."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    person: str
    post: str
    stands_in: bool = False


class Parties(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    raising: Party
    receiving: Party

    def of(self, side: Side) -> Party:
        return self.raising if side == "raising" else self.receiving


class Event(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: ClassVar[str]
    at: datetime
    by: str = ""


class CaseRaised(Event):
    """The case exists. The ladder is frozen into it: later changes of the file do not touch it.

    `training` is the code of the training group, empty for a real case.
    """

    kind: ClassVar[str] = "case_raised"
    case: str
    reference: str
    training: str
    policy: Policy
    raising_agency: str
    receiving_agency: str
    concern: Concern
    involved: tuple[str, ...] = ()


class StageEntered(Event):
    kind: ClassVar[str] = "stage_entered"
    stage: int
    parties: Parties
    because: Step
    reason: str = ""
    involved: tuple[str, ...] = ()


class Told(Event):
    """A platform took the message of a stage for this person."""

    kind: ClassVar[str] = "told"
    person: str


class NotReached(Event):
    """A message could not be delivered to a person; `reason` in words."""

    kind: ClassVar[str] = "not_reached"
    person: str
    reason: str


class Acknowledged(Event):
    kind: ClassVar[str] = "acknowledged"
    side: Side


class Answered(Event):
    kind: ClassVar[str] = "answered"
    text: str


class AnswerNotAccepted(Event):
    kind: ClassVar[str] = "answer_not_accepted"
    reason: str


class MoreTimeAsked(Event):
    kind: ClassVar[str] = "more_time_asked"
    until: datetime
    reason: str


class MoreTimeAgreed(Event):
    kind: ClassVar[str] = "more_time_agreed"
    until: datetime


class MoreTimeRefused(Event):
    kind: ClassVar[str] = "more_time_refused"


class HandedOver(Event):
    """`to` takes over a side's part at this stage; no clock restarts."""

    kind: ClassVar[str] = "handed_over"
    side: Side
    to: Party
    reason: str = ""


class ClockRanOut(Event):
    """`clock` is the key of a live clock (see clocks.py); `name` is what it measured."""

    kind: ClassVar[str] = "clock_ran_out"
    clock: str
    name: Literal["acknowledge", "respond"]
    side: Side


class Prompted(Event):
    """People were asked to move the case on: 1 the raiser and manager, 2 the safeguarding lead too (the
    coordinator where there is none), 3 and on the coordinator too, who learns that it stands still and not
    what it is about."""

    kind: ClassVar[str] = "prompted"
    level: int
    people: tuple[str, ...]
    coordinator: str = ""


class ReplyChased(Event):
    """An answer waits for the raiser's reply. Levels as for Prompted."""

    kind: ClassVar[str] = "reply_chased"
    level: int
    people: tuple[str, ...]
    coordinator: str = ""


class ChildIdentified(Event):
    """The receiving side knows which child is meant: by its own case reference, or by a call."""

    kind: ClassVar[str] = "child_identified"
    reference: str = ""


class IdentificationChased(Event):
    kind: ClassVar[str] = "identification_chased"


class TalkRecorded(Event):
    """ "We spoke", as recorded by one side. It waits for the other side to confirm or correct it."""

    kind: ClassVar[str] = "talk_recorded"
    side: Side
    who: str
    when: datetime
    agreed: str
    owner: str = ""
    by_when: datetime | None = None
    corrects: bool = False


class TalkConfirmed(Event):
    kind: ClassVar[str] = "talk_confirmed"


class TalkChased(Event):
    kind: ClassVar[str] = "talk_chased"


class Shared(Event):
    """Words of a participant: with both sides, or kept on the author's side. Can't be recalled."""

    kind: ClassVar[str] = "shared"
    side: Side
    text: str
    with_both: bool


class RiskChanged(Event):
    kind: ClassVar[str] = "risk_changed"
    text: str


class UrgentShown(Event):
    """The urgent contacts were put on this person's screen."""

    kind: ClassVar[str] = "urgent_shown"


class Closed(Event):
    kind: ClassVar[str] = "closed"
    outcome: str
    note: str = ""


class Withdrawn(Event):
    """The raiser took the case back. `lead` is the raiser's safeguarding lead, who is told; where there is
    none, `coordinator` learns of it, and not what it was about."""

    kind: ClassVar[str] = "withdrawn"
    reason: str
    lead: str
    coordinator: str = ""


AnyEvent = (
    CaseRaised | StageEntered | Told | NotReached | Acknowledged | Answered | AnswerNotAccepted
    | MoreTimeAsked | MoreTimeAgreed | MoreTimeRefused | HandedOver | ClockRanOut | Prompted | ReplyChased
    | ChildIdentified | IdentificationChased | TalkRecorded | TalkConfirmed | TalkChased | Shared
    | RiskChanged | UrgentShown | Closed | Withdrawn
)  # fmt: skip

_KINDS: dict[str, type[Event]] = {kind.kind: kind for kind in Event.__subclasses__()}


def restore(kind: str, body: dict[str, Any]) -> Event:
    """The event as it was stored. Raises KeyError for a kind that this release does not know."""
    return _KINDS[kind].model_validate(body)
