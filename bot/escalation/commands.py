"""What a person, or a clock, may want of a case. `by` is a person's id. Times are aware UTC."""

from dataclasses import dataclass
from datetime import datetime

from bot.escalation.events import Concern, Event, Failed, Leaving, Written
from bot.escalation.policy import Policy


@dataclass(frozen=True, slots=True)
class Entry:
    """What the raiser says on entering a stage: a reply-by that protects the child, the stage's form, and
    whether it needs the urgent track from now on."""

    reply_by: datetime | None = None
    form: tuple[Written, ...] = ()
    urgent: bool = False


NO_ENTRY = Entry()


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
    priority: str = ""
    urgent: bool = False
    decided_by: str = ""
    unbacked: bool = False
    entry: Entry = NO_ENTRY


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
    entry: Entry = NO_ENTRY


@dataclass(frozen=True, slots=True)
class GoUp:
    """Asked for by the raising side after a clock has run out, or where the policy allows it before. `to`:
    the stage to go to, 0 for the next."""

    by: str
    stage: int
    reason: str
    involved: frozenset[str]
    entry: Entry = NO_ENTRY
    to: int = 0


@dataclass(frozen=True, slots=True)
class HandOver:
    by: str
    stage: int
    to: str
    reason: str


@dataclass(frozen=True, slots=True)
class TakeBack:
    """Whoever was covered for has their part of the stage again."""

    by: str
    stage: int


@dataclass(frozen=True, slots=True)
class Relieve:
    """`person` is away now: their part of the stage goes to whoever is on duty for them."""

    person: str
    stage: int


@dataclass(frozen=True, slots=True)
class Leave:
    """`person` lost the post by which they had a part, or is not in the directory any more."""

    person: str
    why: Leaving


@dataclass(frozen=True, slots=True)
class LetAnswer:
    """The raiser lets a colleague answer for them; an empty `person` ends it."""

    by: str
    person: str


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
class RefuseBacking:
    """The raiser's manager does not stand behind the challenge."""

    by: str
    stage: int
    reason: str


@dataclass(frozen=True, slots=True)
class Pause:
    by: str
    until: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Resume:
    by: str


@dataclass(frozen=True, slots=True)
class AgreeClosure:
    """`proposed_at` says which outcome was on the card."""

    by: str
    proposed_at: datetime
    agreed: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Reopen:
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class CallMeeting:
    by: str
    stage: int
    when: datetime
    where: str
    others: tuple[str, ...] = ()
    """Further people of the directory, beside those whom the policy invites."""


@dataclass(frozen=True, slots=True)
class HoldMeeting:
    """The minutes. `outcome` is a code of the policy where the meeting decides, else empty."""

    by: str
    stage: int
    attended: tuple[str, ...]
    minutes: str
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class AnswerCheck:
    """Answer to a question after closing."""

    by: str
    check: str
    done: bool
    text: str


@dataclass(frozen=True, slots=True)
class ConfirmFiled:
    """This person's agency has its own record of the closed case."""

    by: str


@dataclass(frozen=True, slots=True)
class Correct:
    """Put right what this person wrote before: `first`, the event in the place `of` of the history."""

    by: str
    of: int
    first: Event
    text: str


@dataclass(frozen=True, slots=True)
class PlaceHold:
    """Nothing is erased until it is lifted. Whether `by` may say so is not for the case to know."""

    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class LiftHold:
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Minimise:
    """The copies of the case are taken away. `by` as for PlaceHold, `rule` in words."""

    by: str
    rule: str


@dataclass(frozen=True, slots=True)
class RunOut:
    """A clock of the case is due."""

    clock: str


@dataclass(frozen=True, slots=True)
class Delivered:
    """`way` is the platform that took it, `failed` what was tried before."""

    person: str
    stage: int
    way: str = ""
    failed: tuple[Failed, ...] = ()


@dataclass(frozen=True, slots=True)
class Undeliverable:
    person: str
    stage: int
    reason: str
    failed: tuple[Failed, ...] = ()


@dataclass(frozen=True, slots=True)
class NoNextWay:
    """The message that was also to go to this person's next way did not arrive there, or there is none."""

    person: str
    stage: int
    failed: tuple[Failed, ...] = ()


Command = (
    Raise | Acknowledge | Answer | Accept | NotAccept | GoUp | HandOver | AskMoreTime | AgreeMoreTime
    | Identify | RecordTalk | ConfirmTalk | Share | ChangeRisk | ShowUrgent | Withdraw | RefuseBacking | Pause
    | Resume | AgreeClosure | Reopen | CallMeeting | HoldMeeting | AnswerCheck | RunOut | Delivered
    | Undeliverable | NoNextWay | Relieve | TakeBack | LetAnswer | Leave | ConfirmFiled | Correct | PlaceHold
    | LiftHold | Minimise
)  # fmt: skip
