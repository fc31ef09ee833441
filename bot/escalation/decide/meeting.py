"""The meeting of a stage: it is called, it is held, and its minutes settle the case or advise the raiser."""

from datetime import datetime

from bot.escalation import commands as c
from bot.escalation import events as e
from bot.escalation.case import Case
from bot.escalation.decide.rules import Events, NotTheirs, Refusal, Stale, Standing, at_stage
from bot.escalation.policy import Meeting


def call_meeting(case: Case, command: c.CallMeeting, standing: Standing, now: datetime) -> Events:
    """The convener calls it. Called again before it is held, the new call replaces the old one."""
    meeting = _meeting(case, command.stage)
    if command.by not in case.now_with.people("receiving"):
        raise NotTheirs("convener_only")
    if case.proposal is not None:
        raise Stale(e.Answered.kind)
    if command.when <= now:
        raise Refusal("until_in_the_past")
    others = tuple(person for person in command.others if standing.known(person))
    invited = tuple(dict.fromkeys((*to_invite(case, meeting, standing), *others)))
    called = e.MeetingCalled(at=now, by=command.by, when=command.when, where=command.where, invited=invited)
    seen = "receiving" in case.acknowledged
    return (called,) if seen else (e.Acknowledged(at=now, by=command.by, side="receiving"), called)


def to_invite(case: Case, meeting: Meeting, standing: Standing) -> tuple[str, ...]:
    """The raiser, both sides, and whoever holds a post that the policy invites; nobody who is involved."""
    parties = (*case.now_with.all_of("raising"), *case.now_with.all_of("receiving"))
    people = [case.raiser, *(party.person for party in parties if not party.stands_in)]
    people += [standing.holder(case, post, "receiving") for post in meeting.posts]
    return tuple(dict.fromkeys(person for person in people if person))


def chair_of(case: Case, standing: Standing) -> str:
    """Who writes the minutes: the chair, or the convener where nobody holds that post."""
    meeting = case.stage.meeting
    chair = standing.holder(case, meeting.chair, "receiving") if meeting else ""
    return chair or case.now_with.receiving.person


def hold_meeting(case: Case, command: c.HoldMeeting, standing: Standing, now: datetime) -> Events:
    """The minutes. Without its quorum a meeting settles nothing, and its clock runs on."""
    meeting = _meeting(case, command.stage)
    called = case.meeting
    if called is None:
        raise Refusal("no_meeting_called")
    if command.by not in (chair_of(case, standing), *case.now_with.people("receiving")):
        raise NotTheirs("chair_only")
    if called.held_at is not None and called.quorate:
        raise Stale(e.MeetingHeld.kind)
    if case.proposal is not None:
        raise Stale(e.Answered.kind)
    if called.when > now:
        raise Refusal("meeting_to_come")
    attended = tuple(person for person in dict.fromkeys(command.attended) if person in called.invited)
    quorate = len(attended) >= meeting.quorum
    outcome = command.outcome if meeting.decides and quorate else ""
    if meeting.decides and quorate and outcome not in {one.code for one in case.policy.outcomes}:
        raise Refusal("no_such_outcome")
    held = e.MeetingHeld(
        at=now, by=command.by, attended=attended, quorate=quorate, minutes=command.minutes, outcome=outcome
    )
    if not outcome:
        return (held,)
    return held, e.Closed(at=now, by=command.by, outcome=outcome, note=command.minutes)


def _meeting(case: Case, stage: int) -> Meeting:
    at_stage(case, stage)
    if case.stage.meeting is None:
        raise Refusal("no_meeting")
    return case.stage.meeting
