"""What happened to a case. Events are kept for ever: no kind is renamed, no field changes its meaning.

`by` is the person's id, or empty where a clock or the service itself acted. Times are aware UTC.
"""

from datetime import datetime
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from bot.escalation.policy import ClockName, CopiedEvent, Policy, Role, Side

Step = Literal["raised", "clock", "not_accepted", "asked", "reopened"]
"""Why a stage was entered: the case was raised, a clock ran out, an answer was not accepted, the raising
side asked for it, or the case was reopened."""


Leaving = Literal["handed_over", "taken_back", "cover_ended", "post_changed", "not_in_directory"]
"""Why somebody is not on the case any more."""


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
    decided_at: datetime | None = None
    """When the disputed decision was made or heard of, where the policy asks."""
    done_before: tuple[str, ...] = ()
    """The ids of the policy's steps before the ladder that were taken."""


class Written(BaseModel):
    """A question of a stage's form, and what was written."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    question: str
    text: str


class Party(BaseModel):
    """Who is messaged for a side at a stage. `post` is the post in the ladder's words; `stands_in` when
    nobody held it and this person received the message instead; `covers` is the person for whom this one has
    it, who was not on duty."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    person: str
    post: str
    stands_in: bool = False
    covers: str = ""


class Parties(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    raising: Party
    receiving: Party
    with_raising: tuple[Party, ...] = ()
    with_receiving: tuple[Party, ...] = ()
    """Messaged together with the one who has the stage; each may act for the side."""

    def of(self, side: Side) -> Party:
        return self.raising if side == "raising" else self.receiving

    def all_of(self, side: Side) -> tuple[Party, ...]:
        """Everybody messaged for a side, the one who has the stage first."""
        return (self.of(side), *(self.with_raising if side == "raising" else self.with_receiving))

    def people(self, side: Side) -> tuple[str, ...]:
        return tuple(party.person for party in self.all_of(side))


class Failed(BaseModel):
    """A way by which somebody could not be reached: the platform, and why, in words."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    way: str
    reason: str


class Event(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: ClassVar[str]
    at: datetime
    by: str = ""


class CaseRaised(Event):
    """The case exists. The ladder is frozen into it: later changes of the file do not touch it.

    `training` is the code of the training group, empty for a real case. `decided_by` is the person who made
    the disputed decision, where the raiser named one. `unbacked`: the raiser's own manager does not stand
    behind it, so the safeguarding lead of their agency does.
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
    priority: str = ""
    urgent: bool = False
    decided_by: str = ""
    unbacked: bool = False


class StageEntered(Event):
    """`reply_by`: by when an answer protects the child, where the policy sets no time or allows a sooner one;
    `asked_for`: the raiser named it, and it was not put in for want of anybody to ask. `form`: what the
    stage's form was answered. `urgent`: from here on the case is in the urgent track."""

    kind: ClassVar[str] = "stage_entered"
    stage: int
    parties: Parties
    because: Step
    reason: str = ""
    involved: tuple[str, ...] = ()
    reply_by: datetime | None = None
    asked_for: bool = False
    form: tuple[Written, ...] = ()
    urgent: bool = False


class Told(Event):
    """A platform took the message of a stage for this person. `way` is that platform; `failed` are the ways
    before it that did not reach them."""

    kind: ClassVar[str] = "told"
    person: str
    way: str = ""
    failed: tuple[Failed, ...] = ()


class NotReached(Event):
    """A message could not be delivered to a person; `reason` in words. `failed` are all ways that were
    tried."""

    kind: ClassVar[str] = "not_reached"
    person: str
    reason: str
    failed: tuple[Failed, ...] = ()


class TriedNextWay(Event):
    """A share of the time to acknowledge is over, and nobody of the side has: the message also goes to
    `people` by their next way. `clock` is the key of the clock that says so."""

    kind: ClassVar[str] = "tried_next_way"
    clock: str
    side: Side
    people: tuple[str, ...]


class WayFailed(Event):
    """Somebody who was told before could not be reached by a further way; without `failed` there is none."""

    kind: ClassVar[str] = "way_failed"
    person: str
    failed: tuple[Failed, ...]


class AnswersFor(Event):
    """From now on `person`, a colleague, may answer for the raiser; nobody any more where it is empty."""

    kind: ClassVar[str] = "answers_for"
    person: str


class Left(Event):
    """These people are not on the case any more, and see nothing of it from now on."""

    kind: ClassVar[str] = "left"
    people: tuple[str, ...]
    why: Leaving


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
    """`asked`: who may agree to it, by the policy."""

    kind: ClassVar[str] = "more_time_asked"
    until: datetime
    reason: str
    asked: tuple[str, ...] = ()


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
    """`clock` is the key of a live clock (see clocks.py); `name` is what it measured, "cap" a limit over
    several stages. `reminded`: its owner is reminded. `told`: who else the policy tells."""

    kind: ClassVar[str] = "clock_ran_out"
    clock: str
    name: ClockName | Literal["cap"]
    side: Side
    reminded: bool = False
    told: tuple[str, ...] = ()


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


class BackingRefused(Event):
    """A manager of the raiser does not stand behind the challenge: the safeguarding lead takes their part."""

    kind: ClassVar[str] = "backing_refused"
    reason: str


class Copied(Event):
    """People who get a copy by the policy. `sees`: the case, or that it happened and no more. `nobody`: posts
    that nobody held, so that nobody was told."""

    kind: ClassVar[str] = "copied"
    people: tuple[str, ...]
    on: CopiedEvent
    sees: Literal["case", "notice"]
    nobody: tuple[str, ...] = ()


class Paused(Event):
    kind: ClassVar[str] = "paused"
    until: datetime
    reason: str


class Resumed(Event):
    """The clocks go on, with the time that was left: as agreed, or since something happened."""

    kind: ClassVar[str] = "resumed"


class ClosureProposed(Event):
    """The raiser chose an outcome that others must agree to, by the policy: `waiting` for these. `lead` is
    the raiser's safeguarding lead, where it is them."""

    kind: ClassVar[str] = "closure_proposed"
    outcome: str
    note: str
    waiting: tuple[Role, ...]
    lead: str = ""


class ClosureAgreed(Event):
    """`by` agrees to the outcome for these parts in the case."""

    kind: ClassVar[str] = "closure_agreed"
    roles: tuple[Role, ...]


class ClosureRefused(Event):
    kind: ClassVar[str] = "closure_refused"
    reason: str


class ClosureChased(Event):
    """Those who must agree to the outcome were asked again. Levels as for Prompted."""

    kind: ClassVar[str] = "closure_chased"
    level: int
    people: tuple[str, ...]
    coordinator: str = ""


class Reopened(Event):
    kind: ClassVar[str] = "reopened"
    reason: str


class MeetingCalled(Event):
    """The meeting of the stage: `where` in words. A later call replaces an earlier one."""

    kind: ClassVar[str] = "meeting_called"
    when: datetime
    where: str
    invited: tuple[str, ...]


class MeetingHeld(Event):
    """The minutes. `quorate`: enough people were there; else it settled nothing. `outcome`: the code of the
    outcome where the meeting decides, else empty."""

    kind: ClassVar[str] = "meeting_held"
    attended: tuple[str, ...]
    quorate: bool
    minutes: str
    outcome: str = ""


class IdentifiersKept(Event):
    """What was written just before this holds words that look as if they said who is meant, and whoever wrote
    them kept them, as the policy allows. `kinds` of them, never the words."""

    kind: ClassVar[str] = "identifiers_kept"
    kinds: tuple[str, ...]


class CheckAsked(Event):
    """A question after closing, put to `person`. `check` is its id in the policy."""

    kind: ClassVar[str] = "check_asked"
    check: str
    person: str


class CheckAnswered(Event):
    """`told`: who hears of a no."""

    kind: ClassVar[str] = "check_answered"
    check: str
    done: bool
    text: str
    told: tuple[str, ...] = ()


class CheckMissed(Event):
    """A question after closing was not answered in time. First it is asked again; then `told` hear of it."""

    kind: ClassVar[str] = "check_missed"
    check: str
    person: str
    level: int
    told: tuple[str, ...] = ()


class RecordFiled(Event):
    """A side's agency has its own record of the case: somebody of that side says so, once it is closed."""

    kind: ClassVar[str] = "record_filed"
    side: Side


class HoldPlaced(Event):
    """Nothing of this case is erased until the hold is lifted. `by` need not be on the case."""

    kind: ClassVar[str] = "hold_placed"
    reason: str


class HoldLifted(Event):
    kind: ClassVar[str] = "hold_lifted"
    reason: str


class Corrected(Event):
    """Whoever wrote the event `of` (its place in the history) puts it right. The first stays as it was.
    `private_to`: the side that alone reads the first, and so this one; empty for both."""

    kind: ClassVar[str] = "corrected"
    of: int
    text: str
    private_to: Side | Literal[""] = ""


class Minimised(Event):
    """The copies in the chats, and what else was kept beside the case, are taken away. `rule` in words: why
    it was due."""

    kind: ClassVar[str] = "minimised"
    rule: str


class Erased(Event):
    """The last event of a case: nothing of it can be read any more. `rule` as for Minimised."""

    kind: ClassVar[str] = "erased"
    rule: str


AnyEvent = (
    CaseRaised | StageEntered | Told | NotReached | TriedNextWay | WayFailed | AnswersFor | Acknowledged
    | Answered | AnswerNotAccepted | MoreTimeAsked | MoreTimeAgreed | MoreTimeRefused | HandedOver
    | ClockRanOut | Prompted | ReplyChased | ChildIdentified | IdentificationChased | TalkRecorded
    | TalkConfirmed | TalkChased | Shared | RiskChanged | UrgentShown | Closed | Withdrawn | BackingRefused
    | Copied | Paused | Resumed | ClosureProposed | ClosureAgreed | ClosureRefused | ClosureChased
    | Reopened | MeetingCalled | MeetingHeld | CheckAsked | CheckAnswered | CheckMissed | Left
    | IdentifiersKept
    | RecordFiled | HoldPlaced | HoldLifted | Corrected | Minimised | Erased
)  # fmt: skip

_KINDS: dict[str, type[Event]] = {kind.kind: kind for kind in Event.__subclasses__()}


def restore(kind: str, body: dict[str, Any]) -> Event:
    """The event as it was stored. Raises KeyError for a kind that this release does not know."""
    return _KINDS[kind].model_validate(body)
