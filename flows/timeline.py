"""A case's history in words: one entry an event, in order, for those who may read it."""

from dataclasses import dataclass
from datetime import datetime

from bot.desk import CaseView, events
from bot.guidance.words import Words

words = Words("following")


@dataclass(frozen=True, slots=True)
class Entry:
    """`text` are a person's own words, where the event has some."""

    at: datetime
    words: str
    text: str = ""


def entries(view: CaseView) -> tuple[Entry, ...]:
    """What this reader may see: words kept on one side stay on that side."""
    side = view.case.members[view.reader].side
    return tuple(
        _entry(view, event)
        for event in view.history
        if not (isinstance(event, events.Shared) and not event.with_both and event.side != side)
    )


def _entry(view: CaseView, event: events.Event) -> Entry:
    name = view.person(event.by).name if event.by else words("timeline.by_service")
    key, values, text = event.kind, dict[str, str](), ""
    match event:
        case events.StageEntered():
            key = f"stage_entered_{event.because}"
            stage = view.case.policy.stage(event.stage)
            values = {
                "stage": f"{stage.label}, {stage.name}",
                "receiver": view.person(event.parties.receiving.person).name,
                "raising": view.person(event.parties.raising.person).name,
            }
            text = event.reason
        case events.Told(person=person):
            values = {"person": view.person(person).name}
        case events.NotReached():
            values = {"person": view.person(event.person).name, "reason": event.reason}
        case events.MoreTimeAsked() | events.MoreTimeAgreed():
            values = {"until": view.when(event.until)}
            text = event.reason if isinstance(event, events.MoreTimeAsked) else ""
        case events.HandedOver():
            values, text = {"person": view.person(event.to.person).name}, event.reason
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
            pass
    return Entry(event.at, words(f"event.{key}", name=name, **values), text)


def _outcome(view: CaseView, code: str) -> str:
    return next((o.label for o in view.case.policy.outcomes if o.code == code), code)
