"""The case: its state. How each event changes it stands in `changes.py`."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, SerializerFunctionWrapHandler, model_serializer

from bot.escalation import events as e
from bot.escalation.policy import RAISER, Policy, Role, Side, Stage

MemberRole = Literal[
    "raiser", "raiser_cover", "raising_manager", "receiving_manager", "safeguarding_lead", "coordinator",
    "copied", "informed", "invited",
]  # fmt: skip
"""Beside the parts that a policy speaks of: `raiser_cover` is a colleague who may answer for the raiser; the
coordinator finds the right person and does not see what the case is about; who is `copied` reads it; who is
`informed` learns that something happened and no more; who is `invited` to its meeting reads it, and writes
the minutes as its chair."""
NOT_SHOWN: tuple[MemberRole, ...] = ("coordinator", "informed")
"""Who is never shown what a case is about."""
READING: tuple[MemberRole, ...] = ("copied", "invited")
"""Who reads the case and stands on neither side."""


_NEW = frozenset({"left", "filed", "hold", "corrections", "minimised_at"})


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Member(Part):
    """A person on the case. Only members see it."""

    side: Side | Literal["neither"]
    role: MemberRole


class Seen(Part):
    by: str
    at: datetime


class Proposal(Part):
    by: str
    at: datetime
    text: str


class MoreTime(Part):
    by: str
    until: datetime
    reason: str
    asked: tuple[str, ...] = ()


class Talk(Part):
    """A recorded conversation: true as recorded by `by` only, until the other side confirms it."""

    by: str
    at: datetime
    side: Side
    who: str
    when: datetime
    agreed: str
    owner: str
    by_when: datetime | None
    confirmed_by: str = ""


class Identified(Part):
    by: str
    reference: str


class Pause(Part):
    by: str
    at: datetime
    until: datetime
    reason: str


class Closure(Part):
    """An outcome that was chosen and that `waiting` must still agree to."""

    by: str
    at: datetime
    outcome: str
    note: str
    waiting: tuple[Role, ...]
    chases: int = 0
    chased_at: datetime | None = None


class Meeting(Part):
    """The meeting that was called for this stage; `held_at` once there are minutes."""

    by: str
    when: datetime
    where: str
    invited: tuple[str, ...]
    held_at: datetime | None = None
    quorate: bool = False
    minutes: str = ""


class CheckState(Part):
    """A question after closing: who is asked, since when, how often it was missed, and the answer."""

    person: str
    asked_at: datetime | None = None
    missed: int = 0
    missed_at: datetime | None = None
    done: bool | None = None


class Ending(Part):
    """`outcome` is a code of the policy, or "withdrawn"."""

    by: str
    at: datetime
    outcome: str
    note: str


class Hold(Part):
    """Nothing is erased while it applies."""

    by: str
    at: datetime
    reason: str


class Correction(Part):
    """What the event `of` says now, by whoever wrote it. `private_to` as for `events.Corrected`."""

    of: int
    by: str
    at: datetime
    text: str
    private_to: Side | Literal[""] = ""


class Case(Part):
    """One escalation. `round` counts the answers asked for at this stage; `prompts` and `chases` count
    what was sent since the last movement. `ladder_from` is when the limits over several stages began: at
    raising, or at reopening. `pauses` are the stretches in which its clocks stood still. `last_way` is the
    platform by which each person was told of this stage; `answers_for` the colleague who may answer for the
    raiser; `covered` is everybody for whom somebody else had their part, since they were not on duty; `left`
    says of who was on the case once, and is not now, why; `filed` which sides' agencies have their own record
    of it."""

    id: str
    reference: str
    version: int
    policy: Policy
    training: str
    opened_at: datetime
    raiser: str
    raising_agency: str
    receiving_agency: str
    concern: e.Concern
    members: dict[str, Member]
    involved: tuple[str, ...] = ()
    stage_number: int = 0
    stage_at: datetime
    parties: e.Parties | None = None
    round: int = 1
    round_at: datetime
    told: tuple[str, ...] = ()
    last_way: dict[str, str] = {}
    unreached: tuple[str, ...] = ()
    acknowledged: dict[Side, Seen] = {}
    proposal: Proposal | None = None
    more_time: MoreTime | None = None
    respond_by: datetime | None = None
    ran_out: tuple[str, ...] = ()
    prompts: int = 0
    prompted_at: datetime | None = None
    reply_chases: int = 0
    reply_chased_at: datetime | None = None
    identified: Identified | None = None
    identity_chases: int = 0
    identity_from: datetime
    talk: Talk | None = None
    talk_chases: int = 0
    talk_from: datetime | None = None
    risk_updates: tuple[str, ...] = ()
    ending: Ending | None = None
    priority: str = ""
    urgent: bool = False
    decided_by: str = ""
    unbacked: bool = False
    reply_by: datetime | None = None
    reply_by_asked: bool = False
    extensions: int = 0
    ran_out_at: datetime | None = None
    caps_out: tuple[str, ...] = ()
    ladder_from: datetime | None = None
    paused: Pause | None = None
    pauses: tuple[tuple[datetime, datetime], ...] = ()
    closure: Closure | None = None
    meeting: Meeting | None = None
    copied: tuple[str, ...] = ()
    forms: tuple[e.Written, ...] = ()
    checks: dict[str, CheckState] = {}
    answers_for: str = ""
    covered: tuple[str, ...] = ()
    left: dict[str, e.Leaving] = {}
    filed: dict[Side, Seen] = {}
    hold: Hold | None = None
    corrections: tuple[Correction, ...] = ()
    minimised_at: datetime | None = None

    @model_serializer(mode="wrap")
    def _as_before(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """A part that came with this release is written once there is something in it: a process of an
        earlier one, which runs beside this one during an upgrade, knows no such part."""
        data: dict[str, Any] = handler(self)
        return {name: value for name, value in data.items() if value or name not in _NEW}

    @property
    def open(self) -> bool:
        return self.ending is None

    @property
    def stage(self) -> Stage:
        return self.policy.stage(self.stage_number, self.urgent)

    @property
    def next_stage(self) -> Stage | None:
        """The stage above, for this track and against this agency; None at the last."""
        return self.policy.next_stage(self.stage_number, self.urgent, self.receiving_agency)

    @property
    def now_with(self) -> e.Parties:
        """The parties of the present stage; every filed case has them."""
        assert self.parties is not None
        return self.parties

    def side_of(self, person: str) -> Side | None:
        """The side on which the person stands; None for nobody of the case, and for who only reads it."""
        member = self.members.get(person)
        return member.side if member is not None and member.side != "neither" else None

    def party_side(self, person: str) -> Side | None:
        """The side for which this person was messaged at the present stage."""
        sides: tuple[Side, ...] = ("receiving", "raising")
        return next((side for side in sides if self.parties and person in self.parties.people(side)), None)

    def asked(self, side: Side) -> bool:
        """Whether anybody of this side was messaged at the present stage and can acknowledge it; where the
        raiser stands alone, nobody was."""
        alone = side == "raising" and self.stage.raising == (RAISER,) and not self.training
        return not (alone and self.now_with.raising.person == self.raiser)

    def holds(self, person: str, role: Role) -> bool:
        """Whether the person has this part in the case."""
        if role == "raiser":
            return self.speaks_as_raiser(person)
        member = self.members.get(person)
        if role == "safeguarding_lead":
            return member is not None and member.role == role
        side: Side = "raising" if role == "raising_manager" else "receiving"
        messaged = self.parties is not None and person in self.parties.people(side)
        return messaged or (member is not None and member.role == role)

    def may(self, person: str, roles: tuple[Role, ...]) -> bool:
        return any(self.holds(person, role) for role in roles)

    def speaks_as_raiser(self, person: str) -> bool:
        """Whether the person is the raiser, or the colleague who may answer for them."""
        return bool(person) and person in (self.raiser, self.answers_for)

    def on_side(self, side: Side) -> tuple[str, ...]:
        return tuple(person for person, member in self.members.items() if member.side == side)
