"""Who must be told what: `notices(before, event, after)`. Pure.

A notice is a message that must arrive. Everything else is seen on the cards that are redrawn.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Protocol

from bot.escalation import events as e
from bot.escalation.case import Case
from bot.escalation.seeing import Sight, sees

Kind = Literal[
    "filed", "stage", "stage_raiser", "went_up", "seen", "answer", "answer_filed", "not_accepted", "overdue",
    "manager_silent", "reply_due", "more_time", "more_time_agreed", "more_time_refused", "handed_over",
    "taken_over", "not_reached", "identify", "identified", "talk", "talk_confirmed", "talk_due",
    "shared", "risk", "risk_filed", "closed", "withdrawn", "stands_still", "backing", "copy", "clock_told",
    "clock_due", "paused", "resumed", "closure", "closure_refused", "closure_due", "reopened", "meeting",
    "meeting_off", "minutes", "check", "check_told", "answers_for", "answers_no_more", "left", "corrected",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Notice:
    """`recipient` is a person's id, `sequence` the event's place in the history, which the card reads.
    `after_way`: not by this platform, nor by those that go before it for the person; "first" for whichever is
    their first."""

    kind: Kind
    recipient: str
    sequence: int
    after_way: str = ""


FIRST_WAY = "first"


class Tell(Protocol):
    def __call__(self, kind: Kind, *people: str) -> None: ...


def notices(before: Case | None, event: e.Event, after: Case) -> tuple[Notice, ...]:
    """The notices of one event; `after.version` is the event's sequence."""
    found: list[Notice] = []

    def tell(kind: Kind, *people: str) -> None:
        everybody = dict.fromkeys(one for person in people for one in _with_cover(after, event, person))
        found.extend(Notice(kind, person, after.version) for person in everybody if person)

    match event:
        case e.StageEntered():
            _stage(before, event, after, tell)
        case e.Acknowledged():
            tell("seen", *(person for person in (after.raiser,) if person != event.by))
        case e.Answered():
            tell("answer", after.raiser, *_raising(after))
            tell("answer_filed", event.by)
        case e.AnswerNotAccepted():
            if after.next_stage is None:
                tell("not_accepted", *_receiving(after))
        case e.MoreTimeAsked():
            tell("more_time", *(event.asked or (after.raiser, *_raising(after))))
        case e.MoreTimeAgreed():
            tell("more_time_agreed", *_receiving(after))
        case e.MoreTimeRefused():
            tell("more_time_refused", *_receiving(after))
        case e.HandedOver():
            tell("stage", *(person for person in (event.to.person,) if person != after.raiser))
            tell("handed_over", after.raiser, *((event.by,) if event.by else ()), *_had_it(before, event))
        case e.TriedNextWay():
            found.extend(
                Notice("stage", person, after.version, after.last_way.get(person, FIRST_WAY))
                for person in event.people
            )
        case e.AnswersFor():
            tell("answers_for", event.person)
            tell("answers_no_more", *_still_on_it(before, after))
        case e.Left():
            tell("left", *(person for person in event.people if person != event.by))
        case e.NotReached():
            somebody_else = after.now_with.raising.person if event.person == after.raiser else after.raiser
            tell("not_reached", somebody_else)
        case e.ClockRanOut():
            _ran_out(event, after, tell)
        case e.Prompted():
            tell("overdue", *event.people)
            tell("stands_still", event.coordinator)
        case e.ReplyChased():
            tell("reply_due", *event.people)
            tell("stands_still", event.coordinator)
        case e.ChildIdentified():
            tell("identified", after.raiser)
        case e.IdentificationChased():
            tell("identify", *_receiving(after))
        case e.TalkRecorded():
            other = _other_side(after, event.by)
            tell("talk", *other)
        case e.TalkConfirmed():
            tell("talk_confirmed", after.raiser, *_raising(after), *_receiving(after))
        case e.TalkChased():
            assert after.talk is not None
            tell("talk_due", *_other_side(after, after.talk.by))
        case e.Shared():
            readers = _everybody(after) if event.with_both else _readers(after, event.side)
            tell("shared", *(person for person in readers if person != event.by))
        case e.RiskChanged():
            tell("risk", *(p for p in _parties(after) if p != event.by))
            tell("risk_filed", event.by)
        case e.Closed():
            tell("closed", *_everybody(after))
        case e.Withdrawn():
            tell("withdrawn", *_everybody(after))
            tell("stands_still", event.coordinator)
        case _:
            _by_policy(before, event, after, tell)
    return tuple(found)


def _still_on_it(before: Case | None, after: Case) -> tuple[str, ...]:
    """Who answered for the raiser, where they are on the case for something else too; else they leave it."""
    person = before.answers_for if before is not None else ""
    member = after.members.get(person)
    return (person,) if member is not None and member.role != "raiser_cover" else ()


def _had_it(before: Case | None, event: e.HandedOver) -> tuple[str, ...]:
    """Whoever had it until somebody took it back: nobody else tells them."""
    if before is None or event.by != event.to.person:
        return ()
    return (before.now_with.of(event.side).person,)


def _by_policy(before: Case | None, event: e.Event, after: Case, tell: Tell) -> None:
    """What only happens where a policy says so."""
    match event:
        case e.BackingRefused():
            tell("backing", after.raiser)
        case e.Copied():
            tell("copy", *event.people)
        case e.Paused():
            tell("paused", *(person for person in _parties(after) if person != event.by))
        case e.Resumed():
            tell("resumed", *(person for person in _parties(after) if person != event.by))
        case e.ClosureProposed():
            tell("closure", *_must_agree(after))
        case e.ClosureRefused():
            tell("closure_refused", after.raiser)
        case e.ClosureChased():
            tell("closure_due", *event.people)
            tell("stands_still", event.coordinator)
        case e.Reopened():
            tell("reopened", *(person for person in _everybody(after) if person != event.by))
        case e.MeetingCalled():
            tell("meeting", *event.invited)
            earlier = before.meeting.invited if before is not None and before.meeting is not None else ()
            tell("meeting_off", *(person for person in earlier if person not in event.invited))
        case e.MeetingHeld():
            invited = after.meeting.invited if after.meeting else event.attended
            tell("minutes", *dict.fromkeys((after.raiser, *invited)))
        case e.CheckAsked():
            tell("check", event.person)
        case e.CheckMissed():
            tell("check", event.person)
            tell("check_told", *event.told)
        case e.CheckAnswered():
            tell("check_told", *event.told, *(() if event.by == after.raiser else (after.raiser,)))
        case e.Corrected():
            readers = _readers(after, event.private_to) if event.private_to else _everybody(after)
            tell("corrected", *(person for person in readers if person != event.by))
        case _:
            pass


def _ran_out(event: e.ClockRanOut, after: Case, tell: Tell) -> None:
    """The late side is reminded where the policy says so; the raiser's silent manager always is told of."""
    if event.side == "raising" and event.name == "acknowledge":
        tell("manager_silent", after.raiser, *_raising(after))
    elif event.reminded or event.side == "raising":
        owner = (after.raiser, *_raising(after)) if event.side == "raising" else _receiving(after)
        tell("clock_due", *owner)
    tell("clock_told", *event.told)


def _must_agree(case: Case) -> tuple[str, ...]:
    """Who is asked whether they agree to the outcome that the raiser chose."""
    assert case.closure is not None
    return tuple(
        person
        for role in case.closure.waiting
        for person in case.members
        if case.holds(person, role) and (role == "safeguarding_lead" or case.party_side(person) is not None)
    )


def _stage(before: Case | None, event: e.StageEntered, after: Case, tell: Tell) -> None:
    """Of a case that is opened again, everybody is told that; it has not gone up."""
    if event.because != "reopened":
        tell("filed" if event.because == "raised" else "stage_raiser", after.raiser)
    messaged = (*event.parties.people("raising"), *event.parties.people("receiving"))
    alone = not after.asked("raising")
    tell("stage", *(person for person in messaged if not (alone and person == after.raiser)))
    if before is not None and before.parties is not None and event.because != "reopened":
        now_told = {after.raiser, *messaged}
        earlier = (*before.parties.all_of("raising"), *before.parties.all_of("receiving"))
        tell("went_up", *(p.person for p in earlier if p.person not in now_told and not p.stands_in))


def _with_cover(case: Case, event: e.Event, person: str) -> tuple[str, ...]:
    """The raiser, and with them the colleague who may answer for them; not of what that colleague did."""
    if person != case.raiser or case.answers_for in ("", event.by):
        return (person,)
    return person, case.answers_for


def _raising(case: Case) -> tuple[str, ...]:
    return case.now_with.people("raising")


def _receiving(case: Case) -> tuple[str, ...]:
    return case.now_with.people("receiving")


def _parties(case: Case) -> Iterable[str]:
    return dict.fromkeys((case.raiser, *_raising(case), *_receiving(case)))


def _readers(case: Case, side: str) -> Iterable[str]:
    """The people of a side who may read its words: all but whoever only stands in."""
    notes: Sight = "notes_raising" if side == "raising" else "notes_receiving"
    return (person for person in case.members if sees(case, person, notes))


def _everybody(case: Case) -> Iterable[str]:
    """Both sides; whoever gets copies is told by the policy's own words."""
    sides = ("raising", "receiving")
    return (
        person
        for person, member in case.members.items()
        if sees(case, person, "case") and (member.side in sides or member.role == "invited")
    )


def _other_side(case: Case, person: str) -> Iterable[str]:
    if case.side_of(person) == "raising":
        return _receiving(case)
    return (case.raiser, *_raising(case))
