"""The case: its state, and how each event changes it. `apply` is total and pure."""

from collections.abc import Sequence
from datetime import datetime
from functools import reduce
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from bot.escalation import events as e
from bot.escalation.policy import Policy, Side, Stage

Role = Literal["raiser", "raising_manager", "receiving_manager", "safeguarding_lead", "coordinator"]


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Member(Part):
    """A person on the case. Only members see it."""

    side: Side
    role: Role


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


class Ending(Part):
    """`outcome` is a code of the policy, or "withdrawn"."""

    by: str
    at: datetime
    outcome: str
    note: str


class Case(Part):
    """One escalation. `round` counts the answers asked for at this stage; `prompts` and `chases` count
    what was sent since the last movement, and `waiting_since` is when that wait began or was last chased."""

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

    @property
    def open(self) -> bool:
        return self.ending is None

    @property
    def stage(self) -> Stage:
        return self.policy.stage(self.stage_number)

    @property
    def now_with(self) -> e.Parties:
        """The parties of the present stage; every filed case has them."""
        assert self.parties is not None
        return self.parties

    def side_of(self, person: str) -> Side | None:
        member = self.members.get(person)
        return member.side if member else None

    def party_side(self, person: str) -> Side | None:
        """The side for which this person was messaged at the present stage."""
        sides: tuple[Side, ...] = ("receiving", "raising")
        return next((side for side in sides if self.parties and self.parties.of(side).person == person), None)

    def on_side(self, side: Side) -> tuple[str, ...]:
        return tuple(person for person, member in self.members.items() if member.side == side)

    @classmethod
    def replay(cls, history: Sequence[e.Event]) -> "Case":
        """The case after its events, the first of which is CaseRaised."""
        first = history[0]
        assert isinstance(first, e.CaseRaised)
        return reduce(_changed, history[1:], cls._begin(first))

    @classmethod
    def _begin(cls, event: e.CaseRaised) -> "Case":
        return cls(
            id=event.case,
            reference=event.reference,
            version=1,
            policy=event.policy,
            training=event.training,
            opened_at=event.at,
            raiser=event.by,
            raising_agency=event.raising_agency,
            receiving_agency=event.receiving_agency,
            concern=event.concern,
            members={event.by: Member(side="raising", role="raiser")},
            involved=event.involved,
            stage_at=event.at,
            round_at=event.at,
            identity_from=event.at,
        )


def apply(case: Case | None, event: e.Event) -> Case:
    """The case after the event; `case` is None for CaseRaised only."""
    if case is None:
        return Case.replay([event])
    return _changed(case, event)


def _changed(case: Case, event: e.Event) -> Case:
    return case.model_copy(update={"version": case.version + 1, **_changes(case, event)})


_MOVED: dict[str, Any] = {"prompts": 0, "prompted_at": None, "reply_chases": 0, "reply_chased_at": None}
"""Somebody moved: what was prompted or chased before is over."""


def _changes(case: Case, event: e.Event) -> dict[str, Any]:
    match event:
        case e.StageEntered():
            return _new_stage(case, event)
        case e.Told():
            return {"told": (*case.told, event.person)}
        case e.NotReached():
            return {"unreached": (*case.unreached, event.person)}
        case e.Acknowledged():
            seen = {**case.acknowledged, event.side: Seen(by=event.by, at=event.at)}
            return {"acknowledged": seen} | (_MOVED if event.side == "receiving" else {})
        case e.Answered():
            return {
                "proposal": Proposal(by=event.by, at=event.at, text=event.text),
                "acknowledged": {"receiving": Seen(by=event.by, at=event.at), **case.acknowledged},
                "more_time": None,
                **_MOVED,
            }
        case e.AnswerNotAccepted():
            return {
                "proposal": None, "round": case.round + 1, "round_at": event.at,
                "respond_by": None, "ran_out": (), "talk": _unconfirmed(case), **_MOVED,
            }  # fmt: skip
        case e.MoreTimeAsked():
            return {"more_time": MoreTime(by=event.by, until=event.until, reason=event.reason)}
        case e.MoreTimeAgreed():
            kept = tuple(key for key in case.ran_out if ":respond:" not in key)
            return {"more_time": None, "respond_by": event.until, "ran_out": kept, **_MOVED}
        case e.MoreTimeRefused():
            return {"more_time": None}
        case e.HandedOver():
            parties = case.now_with.model_copy(update={event.side: event.to})
            return {"parties": parties, "members": _joined(case.members, event.to, event.side)}
        case e.ClockRanOut():
            return {"ran_out": (*case.ran_out, event.clock)}
        case e.Prompted():
            return {"prompts": event.level, "prompted_at": event.at, "members": _prompted(case, event)}
        case e.ReplyChased():
            return {
                "reply_chases": event.level,
                "reply_chased_at": event.at,
                "members": _prompted(case, event),
            }
        case e.ChildIdentified():
            return {"identified": Identified(by=event.by, reference=event.reference)}
        case e.IdentificationChased():
            return {"identity_chases": case.identity_chases + 1, "identity_from": event.at}
        case e.TalkRecorded():
            return {"talk": _talk(event), "talk_chases": 0, "talk_from": event.at}
        case e.TalkConfirmed():
            assert case.talk is not None
            return {
                "talk": case.talk.model_copy(update={"confirmed_by": event.by}),
                "round_at": event.at, **_MOVED,
            }  # fmt: skip
        case e.TalkChased():
            return {"talk_chases": case.talk_chases + 1, "talk_from": event.at}
        case e.RiskChanged():
            return {"risk_updates": (*case.risk_updates, event.text)}
        case e.Closed():
            return {"ending": Ending(by=event.by, at=event.at, outcome=event.outcome, note=event.note)}
        case e.Withdrawn():
            return {
                "ending": Ending(by=event.by, at=event.at, outcome="withdrawn", note=event.reason),
                "members": _asked(case.members, (event.lead,), event.coordinator),
            }
        case _:
            return {}


def _new_stage(case: Case, event: e.StageEntered) -> dict[str, Any]:
    members = _joined(case.members, event.parties.raising, "raising")
    members = _joined(members, event.parties.receiving, "receiving")
    return {
        "stage_number": event.stage,
        "stage_at": event.at,
        "parties": event.parties,
        "members": members,
        "involved": tuple(dict.fromkeys((*case.involved, *event.involved))),
        "round": 1,
        "round_at": event.at,
        "told": (),
        "unreached": (),
        "acknowledged": {},
        "proposal": None,
        "more_time": None,
        "respond_by": None,
        "ran_out": (),
        "talk": None,
        **_MOVED,
    }


def _joined(members: dict[str, Member], party: e.Party, side: Side) -> dict[str, Member]:
    """The members with this party among them; somebody already on the case keeps their side and role.

    Whoever stands in where nobody holds the post is there to find the right person, not to see the case; but
    one who only stood in before, and now holds the post, sees it.
    """
    known = members.get(party.person)
    if known is not None and (known.role != "coordinator" or party.stands_in):
        return members
    role: Role = "raising_manager" if side == "raising" else "receiving_manager"
    return {**members, party.person: Member(side=side, role="coordinator" if party.stands_in else role)}


def _prompted(case: Case, event: e.Prompted | e.ReplyChased) -> dict[str, Member]:
    return _asked(case.members, event.people, event.coordinator)


def _asked(members: dict[str, Member], people: tuple[str, ...], coordinator: str) -> dict[str, Member]:
    """Whoever is asked to look after the case must see it; the coordinator sees that it needs somebody."""
    asked = {person: Member(side="raising", role="safeguarding_lead") for person in people if person}
    if coordinator:
        asked[coordinator] = Member(side="raising", role="coordinator")
    return asked | members


def _unconfirmed(case: Case) -> Talk | None:
    """The recorded conversation, while it waits for the other side; one that did not settle it is over."""
    return None if case.talk is None or case.talk.confirmed_by else case.talk


def _talk(event: e.TalkRecorded) -> Talk:
    return Talk(
        by=event.by, at=event.at, side=event.side, who=event.who, when=event.when,
        agreed=event.agreed, owner=event.owner, by_when=event.by_when,
    )  # fmt: skip
