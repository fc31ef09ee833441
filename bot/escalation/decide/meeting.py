"""The meeting of a stage: it is called, it is held, and its minutes settle the case or advise the raiser."""

from datetime import datetime

from bot.escalation import commands as c
from bot.escalation import events as e
from bot.escalation.case import Case
from bot.escalation.decide.rules import Events, Refusal, Standing
from bot.escalation.policy import Meeting


def call_meeting(case: Case, command: c.CallMeeting, standing: Standing, now: datetime) -> Events:
    """The convener calls it. Called again before it is held, the new call replaces the old one."""
    meeting = _meeting(case)
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
    meeting, called = _meeting(case), case.meeting
    assert called is not None, "seeing.py lets nobody through where no meeting was called"
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


def _meeting(case: Case) -> Meeting:
    assert case.stage.meeting is not None, "seeing.py lets nobody through where there is no meeting"
    return case.stage.meeting
