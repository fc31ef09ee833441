"""Who must be told what: `notices(before, event, after)`. Pure.

A notice is a message that must arrive. Everything else is seen on the cards that are redrawn.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Protocol

from bot.escalation import events as e
from bot.escalation.case import Case

Kind = Literal[
    "filed", "stage", "stage_raiser", "went_up", "seen", "answer", "answer_filed", "not_accepted", "overdue",
    "manager_silent", "reply_due", "more_time", "more_time_agreed", "more_time_refused", "handed_over",
    "taken_over", "not_reached", "identify", "identified", "talk", "talk_confirmed", "talk_due",
    "shared", "risk", "risk_filed", "closed", "withdrawn", "stands_still",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Notice:
    """`recipient` is a person's id, `sequence` the event's place in the history, which the card reads."""

    kind: Kind
    recipient: str
    sequence: int


class Tell(Protocol):
    def __call__(self, kind: Kind, *people: str) -> None: ...


def notices(before: Case | None, event: e.Event, after: Case) -> tuple[Notice, ...]:
    """The notices of one event; `after.version` is the event's sequence."""
    found: list[Notice] = []

    def tell(kind: Kind, *people: str) -> None:
        found.extend(Notice(kind, person, after.version) for person in dict.fromkeys(people) if person)

    match event:
        case e.StageEntered():
            _stage(before, event, after, tell)
        case e.Acknowledged():
            tell("seen", after.raiser)
        case e.Answered():
            tell("answer", after.raiser, after.now_with.raising.person)
            tell("answer_filed", event.by)
        case e.AnswerNotAccepted():
            if after.policy.next_stage(after.stage_number) is None:
                tell("not_accepted", after.now_with.receiving.person)
        case e.MoreTimeAsked():
            tell("more_time", after.raiser, after.now_with.raising.person)
        case e.MoreTimeAgreed():
            tell("more_time_agreed", after.now_with.receiving.person)
        case e.MoreTimeRefused():
            tell("more_time_refused", after.now_with.receiving.person)
        case e.HandedOver():
            tell("stage", event.to.person)
            tell("handed_over", after.raiser, *((event.by,) if event.by else ()))
        case e.NotReached():
            somebody_else = after.now_with.raising.person if event.person == after.raiser else after.raiser
            tell("not_reached", somebody_else)
        case e.ClockRanOut(side="raising"):
            tell("manager_silent", after.raiser, after.now_with.raising.person)
        case e.Prompted():
            tell("overdue", *event.people)
            tell("stands_still", event.coordinator)
        case e.ReplyChased():
            tell("reply_due", *event.people)
            tell("stands_still", event.coordinator)
        case e.ChildIdentified():
            tell("identified", after.raiser)
        case e.IdentificationChased():
            tell("identify", after.now_with.receiving.person)
        case e.TalkRecorded():
            other = _other_side(after, event.by)
            tell("talk", *other)
        case e.TalkConfirmed():
            tell(
                "talk_confirmed", after.raiser, after.now_with.raising.person, after.now_with.receiving.person
            )
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
            pass
    return tuple(found)


def _stage(before: Case | None, event: e.StageEntered, after: Case, tell: Tell) -> None:
    tell("filed" if event.because == "raised" else "stage_raiser", after.raiser)
    tell("stage", event.parties.raising.person, event.parties.receiving.person)
    if before is not None and before.parties is not None:
        now_told = {after.raiser, event.parties.raising.person, event.parties.receiving.person}
        earlier = (before.parties.raising, before.parties.receiving)
        tell("went_up", *(p.person for p in earlier if p.person not in now_told and not p.stands_in))


def _parties(case: Case) -> Iterable[str]:
    return (case.raiser, case.now_with.raising.person, case.now_with.receiving.person)


def _readers(case: Case, side: str) -> Iterable[str]:
    """The people of a side who may read its words: all but whoever only stands in."""
    return (
        person
        for person, member in case.members.items()
        if member.side == side and member.role != "coordinator"
    )


def _everybody(case: Case) -> Iterable[str]:
    return (person for person, member in case.members.items() if member.role != "coordinator")


def _other_side(case: Case, person: str) -> Iterable[str]:
    if case.side_of(person) == "raising":
        return (case.now_with.receiving.person,)
    return (case.raiser, case.now_with.raising.person)
