"""How each event changes a case: `apply(case, event)`, total and pure."""

from collections.abc import Sequence
from functools import reduce
from typing import Any

from bot.escalation import events as e
from bot.escalation.case import (
    NOT_SHOWN,
    READING,
    Case,
    CheckState,
    Closure,
    Correction,
    Ending,
    Hold,
    Identified,
    Meeting,
    Member,
    MemberRole,
    MoreTime,
    Pause,
    Proposal,
    Seen,
    Talk,
)  # fmt: skip
from bot.escalation.policy import Side


def replay(history: Sequence[e.Event]) -> Case:
    """The case after its events, the first of which is CaseRaised."""
    first = history[0]
    assert isinstance(first, e.CaseRaised)
    return reduce(_changed, history[1:], begun(first))


def begun(event: e.CaseRaised) -> Case:
    """The case as it is raised, at no stage yet."""
    return Case(
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
        priority=event.priority,
        urgent=event.urgent,
        decided_by=event.decided_by,
        unbacked=event.unbacked,
    )


def apply(case: Case | None, event: e.Event) -> Case:
    """The case after the event; `case` is None for CaseRaised only."""
    if case is None:
        return replay([event])
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
            last = {**case.last_way, event.person: event.way} if event.way else case.last_way
            return {"told": (*case.told, event.person), "last_way": last}
        case e.TriedNextWay():
            return {"ran_out": (*case.ran_out, event.clock)}
        case e.AnswersFor():
            return {
                "answers_for": event.person,
                "members": _with_colleague(case.members, event.person),
            }
        case e.NotReached():
            return {"unreached": (*case.unreached, event.person)}
        case e.Left():
            gone = set(event.people)
            return {
                "members": {one: member for one, member in case.members.items() if one not in gone},
                "left": case.left | dict.fromkeys(event.people, event.why),
                "answers_for": "" if case.answers_for in gone else case.answers_for,
            }
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
                "respond_by": None, "ran_out": (), "talk": _unconfirmed(case), "closure": None,
                "meeting": None, **_MOVED,
            }  # fmt: skip
        case e.MoreTimeAsked():
            asked = MoreTime(by=event.by, until=event.until, reason=event.reason, asked=event.asked)
            return {"more_time": asked, "members": _asked(case.members, event.asked, "")}
        case e.MoreTimeAgreed():
            answer = f":{case.stage.answer.name}:"
            kept = tuple(key for key in case.ran_out if answer not in key)
            return {
                "more_time": None, "respond_by": event.until, "ran_out": kept,
                "extensions": case.extensions + 1, **_MOVED,
            }  # fmt: skip
        case e.MoreTimeRefused():
            return {"more_time": None}
        case e.HandedOver():
            parties = case.now_with.model_copy(update={event.side: event.to})
            return {
                "parties": parties,
                "members": _joined(case.members, event.to, event.side),
                "covered": _covered(case, event.to),
            }
        case e.ClockRanOut():
            if event.name == "cap":
                return {"caps_out": (*case.caps_out, event.clock), "ran_out_at": event.at}
            told = _added(case.members, event.told, "informed")
            return {"ran_out": (*case.ran_out, event.clock), "ran_out_at": event.at, "members": told}
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
            return {
                "ending": Ending(by=event.by, at=event.at, outcome=event.outcome, note=event.note),
                "closure": None, "paused": None,
            }  # fmt: skip
        case e.Withdrawn():
            return {
                "ending": Ending(by=event.by, at=event.at, outcome="withdrawn", note=event.reason),
                "members": _asked(case.members, (event.lead,), event.coordinator),
                "paused": None,
            }
        case _:
            return _changes_by_policy(case, event)


def _changes_by_policy(case: Case, event: e.Event) -> dict[str, Any]:
    """What only happens where a policy says so."""
    match event:
        case e.BackingRefused():
            return {"unbacked": True}
        case e.Copied():
            role: MemberRole = "copied" if event.sees == "case" else "informed"
            copied = (*case.copied, *event.people) if event.on == "stage" else case.copied
            return {"members": _added(case.members, event.people, role), "copied": copied}
        case e.Paused():
            return {"paused": Pause(by=event.by, at=event.at, until=event.until, reason=event.reason)}
        case e.Resumed():
            assert case.paused is not None
            return {"paused": None, "pauses": (*case.pauses, (case.paused.at, event.at))}
        case e.ClosureProposed():
            closure = Closure(
                by=event.by, at=event.at, outcome=event.outcome, note=event.note, waiting=event.waiting
            )
            return {"closure": closure, "members": _with_lead(case, event.lead), **_MOVED}
        case e.ClosureAgreed():
            assert case.closure is not None
            waiting = tuple(role for role in case.closure.waiting if role not in event.roles)
            return {"closure": case.closure.model_copy(update={"waiting": waiting})}
        case e.ClosureRefused():
            return {"closure": None, **_MOVED, "reply_chased_at": event.at}
        case e.ClosureChased():
            assert case.closure is not None
            chased = {"chases": event.level, "chased_at": event.at}
            return {
                "closure": case.closure.model_copy(update=chased),
                "members": _asked(case.members, (), event.coordinator),
            }
        case e.Reopened():
            return {
                "ending": None, "checks": {}, "ladder_from": event.at, "caps_out": (), "filed": {},
                "minimised_at": None,
            }  # fmt: skip
        case e.MeetingCalled():
            called = Meeting(by=event.by, when=event.when, where=event.where, invited=event.invited)
            return {"meeting": called, "members": _invited(case, event.invited)}
        case e.MeetingHeld():
            return _held(case, event)
        case e.CheckAsked():
            state = case.checks.get(event.check) or CheckState(person=event.person)
            return _check(case, event.check, state, asked_at=event.at)
        case e.CheckAnswered():
            return _check(case, event.check, case.checks[event.check], done=event.done) | {
                "members": _added(case.members, event.told, "copied")
            }
        case e.CheckMissed():
            state = case.checks[event.check]
            return _check(case, event.check, state, missed=event.level, missed_at=event.at) | {
                "members": _added(case.members, event.told, "copied")
            }
        case _:
            return _changes_of_keeping(case, event)


def _changes_of_keeping(case: Case, event: e.Event) -> dict[str, Any]:
    """What is done to the record of the case, and not to the case."""
    match event:
        case e.RecordFiled():
            return {"filed": {**case.filed, event.side: Seen(by=event.by, at=event.at)}}
        case e.HoldPlaced():
            return {"hold": Hold(by=event.by, at=event.at, reason=event.reason)}
        case e.HoldLifted():
            return {"hold": None}
        case e.Corrected():
            said = Correction(
                of=event.of, by=event.by, at=event.at, text=event.text, private_to=event.private_to
            )
            # A record that was filed before does not have it; and those who read the first read it in a chat.
            kept = {side: seen for side, seen in case.filed.items() if event.private_to not in ("", side)}
            return {"corrections": (*case.corrections, said), "filed": kept, "minimised_at": None}
        case e.Minimised():
            return {"minimised_at": event.at}
        case _:
            return {}


def _held(case: Case, event: e.MeetingHeld) -> dict[str, Any]:
    """A meeting with its quorum that mediates leaves its minutes as an answer, for the raiser to decide."""
    before = case.meeting or Meeting(by=event.by, when=event.at, where="", invited=event.attended)
    held = before.model_copy(update={"held_at": event.at, "quorate": event.quorate, "minutes": event.minutes})
    if not event.quorate or event.outcome:
        return {"meeting": held}
    proposal = Proposal(by=event.by, at=event.at, text=event.minutes)
    return {"meeting": held, "proposal": proposal, "more_time": None, **_MOVED}


def _check(case: Case, check: str, state: CheckState, **changed: object) -> dict[str, Any]:
    return {"checks": {**case.checks, check: state.model_copy(update=changed)}}


def _new_stage(case: Case, event: e.StageEntered) -> dict[str, Any]:
    members = case.members
    sides: tuple[Side, ...] = ("raising", "receiving")
    for side in sides:
        for party in event.parties.all_of(side):
            members = _joined(members, party, side)
    return {
        "stage_number": event.stage,
        "stage_at": event.at,
        "parties": event.parties,
        "members": members,
        "covered": _covered(case, *event.parties.all_of("raising"), *event.parties.all_of("receiving")),
        "involved": tuple(dict.fromkeys((*case.involved, *event.involved))),
        "round": 1,
        "round_at": event.at,
        "told": (),
        "last_way": {},
        "unreached": (),
        "acknowledged": {},
        "proposal": None,
        "more_time": None,
        "respond_by": None,
        "ran_out": (),
        "talk": None,
        "urgent": case.urgent or event.urgent,
        "reply_by": event.reply_by,
        "reply_by_asked": event.asked_for,
        "extensions": 0,
        "paused": None,
        "pauses": case.pauses if case.paused is None else (*case.pauses, (case.paused.at, event.at)),
        "closure": None,
        "meeting": None,
        "copied": (),
        "forms": (*case.forms, *event.form),
        **_MOVED,
    }


def _covered(case: Case, *parties: e.Party) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*case.covered, *(party.covers for party in parties if party.covers))))


def _joined(members: dict[str, Member], party: e.Party, side: Side) -> dict[str, Member]:
    """The members with this party among them; somebody already on the case keeps their side and role.

    Whoever is covered for sees the case too, to find it on their return.
    Whoever stands in where nobody holds the post is there to find the right person, not to see the case, also
    where they got a copy before; but one who only stood in before, or was told of it from outside, and now
    holds the post, sees it.
    """
    role: MemberRole = "raising_manager" if side == "raising" else "receiving_manager"
    fresh: dict[str, Member] = {}
    for person in filter(None, (party.person, party.covers)):
        known = members.get(person)
        if known is None or known.role in ("coordinator", "informed", *READING):
            finds = party.stands_in and person == party.person
            fresh[person] = Member(side=side, role="coordinator" if finds else role)
    return {**members, **fresh}


def _with_colleague(members: dict[str, Member], person: str) -> dict[str, Member]:
    """Whoever may answer for the raiser sees the case; somebody of the raising side keeps their part."""
    known = members.get(person)
    if not person or (known is not None and known.side == "raising" and known.role not in NOT_SHOWN):
        return members
    return {**members, person: Member(side="raising", role="raiser_cover")}


def _prompted(case: Case, event: e.Prompted | e.ReplyChased) -> dict[str, Member]:
    return _asked(case.members, event.people, event.coordinator)


def _asked(members: dict[str, Member], people: tuple[str, ...], coordinator: str) -> dict[str, Member]:
    """Whoever is asked to look after the case must see it; the coordinator sees that it needs somebody."""
    asked = {person: Member(side="raising", role="safeguarding_lead") for person in people if person}
    reads = coordinator in members and members[coordinator].role in READING
    if coordinator and not reads:
        asked[coordinator] = Member(side="raising", role="coordinator")
    known = {one: member for one, member in members.items() if member.side != "neither" or one not in asked}
    return asked | known


def _with_lead(case: Case, lead: str) -> dict[str, Member]:
    """The safeguarding lead who must agree how it ends, also where they have another part already."""
    return case.members | ({lead: Member(side="raising", role="safeguarding_lead")} if lead else {})


def _added(members: dict[str, Member], people: tuple[str, ...], role: MemberRole) -> dict[str, Member]:
    """Whoever is told from outside; who is on the case already keeps their part, unless they see more now."""
    less = ("informed", "coordinator") if role in READING else ("informed",)
    known = {one: member for one, member in members.items() if member.role not in less or one not in people}
    return {person: Member(side="neither", role=role) for person in people} | known


def _invited(case: Case, people: tuple[str, ...]) -> dict[str, Member]:
    """Whoever is invited to the meeting reads the case; but one who stands in has still to find somebody."""
    parties = (*case.now_with.all_of("raising"), *case.now_with.all_of("receiving"))
    finding = {party.person for party in parties if party.stands_in}
    return _added(case.members, tuple(one for one in people if one not in finding), "invited")


def _unconfirmed(case: Case) -> Talk | None:
    """The recorded conversation, while it waits for the other side; one that did not settle it is over."""
    return None if case.talk is None or case.talk.confirmed_by else case.talk


def _talk(event: e.TalkRecorded) -> Talk:
    return Talk(
        by=event.by, at=event.at, side=event.side, who=event.who, when=event.when,
        agreed=event.agreed, owner=event.owner, by_when=event.by_when,
    )  # fmt: skip
