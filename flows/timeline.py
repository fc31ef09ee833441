"""A case's history in words: one entry an event, in order, for those who may read it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from bot.desk import CaseView, events, reads
from bot.guidance.words import Words
from flows.correcting import corrected_after
from flows.for_whom import histories, named, paired
from flows.reached import way, without_success

words = Words("following")


@dataclass(frozen=True, slots=True)
class Entry:
    """`text` are a person's own words, where the event has some."""

    at: datetime
    words: str
    text: str = ""


def entries(view: CaseView) -> tuple[Entry, ...]:
    """What this reader may see: words kept on one side stay on that side."""
    return tuple(
        entry
        for place, event, whose in _seen(view)
        for entry in (_with_corrections(view, _entry(view, event, whose), place), *_asked_for(view, event))
    )


def _seen(view: CaseView) -> Iterator[tuple[int, events.Event, str]]:
    """The events with their places in the history. That something was kept in words is seen by those who see
    the words, which stand just before."""
    hidden = False
    for place, (event, whose) in enumerate(histories(view), 1):
        if not isinstance(event, events.IdentifiersKept):
            hidden = not reads(view.case, view.reader, event)
        if not hidden:
            yield place, event, whose


def _with_corrections(view: CaseView, entry: Entry, place: int) -> Entry:
    """What was put right later stands with what was written first."""
    return replace(entry, text=" ".join(filter(None, (entry.text, corrected_after(view, place)))))


def _asked_for(view: CaseView, event: events.Event) -> tuple[Entry, ...]:
    """A time for the answer that is no rule of the partnership is said to be none."""
    if not isinstance(event, events.StageEntered) or event.reply_by is None:
        return ()
    key = "event.reply_by_asked" if event.asked_for else "event.reply_by_put_in"
    raiser = view.person(view.case.raiser).name
    return (Entry(event.at, words(key, raiser=raiser, at=view.when(event.reply_by))),)


def _entry(view: CaseView, event: events.Event, whose: str) -> Entry:
    name = paired(view, event.by, whose) if event.by else words("timeline.by_service")
    key, values, text = event.kind, dict[str, str](), ""
    match event:
        case events.StageEntered():
            key = f"stage_entered_{event.because}"
            stage = view.case.policy.stage(event.stage, view.case.urgent)
            values = {
                "stage": f"{stage.label}, {stage.name}",
                "receiver": named(view, event.parties.receiving),
                "raising": named(view, event.parties.raising),
            }
            text = " ".join((event.reason, *(f"{one.question}: {one.text}" for one in event.form))).strip()
        case events.Told():
            key = "told_by" if event.way else "told"
            before = without_success(event.failed)
            values = {"person": view.person(event.person).name, "way": way(event.way), "before": before}
        case events.NotReached():
            values = {"person": view.person(event.person).name, "reason": event.reason}
        case events.TriedNextWay():
            values = {"people": _names(view, event.people)}
        case events.WayFailed():
            key = "way_failed" if event.failed else "no_other_way"
            values = {"person": view.person(event.person).name, "tried": without_success(event.failed)}
        case events.MoreTimeAsked() | events.MoreTimeAgreed():
            values = {"until": view.when(event.until)}
            text = event.reason if isinstance(event, events.MoreTimeAsked) else ""
        case events.HandedOver():
            key = "taken_back" if event.by == event.to.person else event.kind
            values, text = {"person": named(view, event.to)}, event.reason
        case events.AnswersFor():
            key = "answers_for" if event.person else "answers_no_more"
            values = {"person": view.person(event.person).name}
        case events.Left():
            key, values = f"left_{event.why}", {"people": _names(view, event.people)}
        case events.ClockRanOut():
            key, values = f"clock_ran_out_{event.name}", {"side": words(f"side.{event.side}")}
        case events.Prompted(people=people) | events.ReplyChased(people=people):
            values = {"people": ", ".join(view.person(person).name for person in people)}
        case events.TalkRecorded():
            values, text = {"who": event.who, "when": view.when(event.when)}, event.agreed
        case events.Shared():
            key, text = "shared_both" if event.with_both else "shared_own", event.text
        case events.Answered() | events.RiskChanged():
            text = event.text
        case events.AnswerNotAccepted() | events.Withdrawn():
            text = event.reason
        case events.Closed():
            values, text = {"outcome": _outcome(view, event.outcome)}, event.note
        case _:
            key, values, text = _by_policy(view, event)
    return Entry(event.at, words(f"event.{key}", name=name, **values), text)


def _by_policy(view: CaseView, event: events.Event) -> tuple[str, dict[str, str], str]:
    """Key, values and words of what only happens where a policy says so."""
    match event:
        case events.BackingRefused() | events.ClosureRefused() | events.Reopened():
            return event.kind, {}, event.reason
        case events.Copied():
            if not event.people:
                return "copied_nobody", {"posts": ", ".join(event.nobody)}, ""
            key = "copied" if event.sees == "case" else "informed"
            return key, {"people": _names(view, event.people)}, ""
        case events.Paused():
            return event.kind, {"until": view.when(event.until)}, event.reason
        case events.ClosureProposed():
            return event.kind, {"outcome": _outcome(view, event.outcome)}, event.note
        case events.ClosureChased():
            return event.kind, {"people": _names(view, event.people)}, ""
        case events.MeetingCalled():
            people = _names(view, event.invited)
            return event.kind, {"when": view.when(event.when), "where": event.where, "people": people}, ""
        case events.MeetingHeld():
            key = event.kind if event.quorate else "meeting_not_quorate"
            return key, {"people": _names(view, event.attended)}, event.minutes
        case events.CheckAsked() | events.CheckMissed():
            person = view.person(event.person).name
            return event.kind, {"person": person, "question": _question(view, event.check)}, ""
        case events.HoldPlaced() | events.HoldLifted():
            return event.kind, {}, event.reason
        case events.Corrected():
            first = view.history[event.of - 1]
            return event.kind, {"first": view.when(first.at)}, event.text
        case events.CheckAnswered():
            answer = words("answer.yes" if event.done else "answer.no")
            return event.kind, {"question": _question(view, event.check), "answer": answer}, event.text
        case events.IdentifiersKept():
            return event.kind, {"kinds": ", ".join(Words("identifiers")(kind) for kind in event.kinds)}, ""
        case _:
            return event.kind, {}, ""


def _names(view: CaseView, people: tuple[str, ...]) -> str:
    return ", ".join(view.person(person).name for person in people)


def _question(view: CaseView, check: str) -> str:
    return next((one.question for one in view.case.policy.after_closing if one.id == check), check)


def _outcome(view: CaseView, code: str) -> str:
    return next((o.label for o in view.case.policy.outcomes if o.code == code), code)
