"""What a person, or a clock, may want of a case. `by` is a person's id. Times are aware UTC."""

from dataclasses import dataclass
from datetime import datetime

from bot.escalation.events import Concern
from bot.escalation.policy import Policy


@dataclass(frozen=True, slots=True)
class Raise:
    by: str
    case: str
    reference: str
    training: str
    policy: Policy
    raising_agency: str
    receiving_agency: str
    concern: Concern
    involved: frozenset[str]


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """`stage` is the one on the card that was pressed; None for a typed word, which means the present one."""

    by: str
    stage: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    by: str
    stage: int
    text: str


@dataclass(frozen=True, slots=True)
class Accept:
    by: str
    stage: int
    round: int
    outcome: str
    note: str


@dataclass(frozen=True, slots=True)
class NotAccept:
    """Goes up a stage; at the last one a further answer is asked for. `involved`: whom to route around."""

    by: str
    stage: int
    round: int
    reason: str
    involved: frozenset[str]


@dataclass(frozen=True, slots=True)
class GoUp:
    """Asked for by the raising side after a clock has run out."""

    by: str
    stage: int
    reason: str
    involved: frozenset[str]


@dataclass(frozen=True, slots=True)
class HandOver:
    by: str
    stage: int
    to: str
    reason: str


@dataclass(frozen=True, slots=True)
class AskMoreTime:
    by: str
    stage: int
    until: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class AgreeMoreTime:
    by: str
    stage: int
    until: datetime
    agreed: bool


@dataclass(frozen=True, slots=True)
class Identify:
    """`reference` is the receiving agency's own; empty after "I know which child" by a call."""

    by: str
    reference: str


@dataclass(frozen=True, slots=True)
class RecordTalk:
    by: str
    who: str
    when: datetime
    agreed: str
    owner: str
    by_when: datetime | None


@dataclass(frozen=True, slots=True)
class ConfirmTalk:
    """`recorded_at` says which record was on the card: a corrected one is not confirmed by mistake."""

    by: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Share:
    by: str
    text: str
    with_both: bool


@dataclass(frozen=True, slots=True)
class ChangeRisk:
    by: str
    text: str


@dataclass(frozen=True, slots=True)
class ShowUrgent:
    by: str


@dataclass(frozen=True, slots=True)
class Withdraw:
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class RunOut:
    """A clock of the case is due."""

    clock: str


@dataclass(frozen=True, slots=True)
class Delivered:
    person: str
    stage: int


@dataclass(frozen=True, slots=True)
class Undeliverable:
    person: str
    stage: int
    reason: str


Command = (
    Raise | Acknowledge | Answer | Accept | NotAccept | GoUp | HandOver | AskMoreTime | AgreeMoreTime
    | Identify | RecordTalk | ConfirmTalk | Share | ChangeRisk | ShowUrgent | Withdraw | RunOut
    | Delivered | Undeliverable
)  # fmt: skip
