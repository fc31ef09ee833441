"""The cards of what only happens where a policy says so: copies, pauses, agreement, the meeting, the
questions after closing."""

from collections.abc import Callable

from bot.chat.card import Button, Card, Element, Text, button
from bot.chat.text import quote
from bot.desk import CaseView, events
from bot.guidance.ladder import clock_label
from flows import case_actions as a
from flows.case_card import finished, meeting_lines
from flows.case_moves import (
    check_buttons,
    closure_buttons,
    meeting_buttons,
    pausing,
    raiser_moves,
    reopening,
)  # fmt: skip
from flows.case_state import must_agree, outcome_words, stage_name, status, words
from flows.then import past_stage, stage_then
from flows.told import actor, expect, raiser_name, told


def outside(view: CaseView) -> Card:
    """For who is told that something happened and no more, whatever it was."""
    if view.kind == "clock_told":
        return _clock_told(view)
    return finished(view, words("copy.title", reference=view.case.reference), (_copy_words(view, "notice"),))


def _copy(view: CaseView) -> Card:
    return told(view, "copy.title", (_copy_words(view, "case"), status(view)))


def _copy_words(view: CaseView, sees: str) -> Text:
    case = view.case
    on = view.event.on if isinstance(view.event, events.Copied) else "stage"
    what = words(f"copy.{on}", reference=case.reference, stage=stage_then(view))
    other = view.directory.agency(case.receiving_agency)
    return words.text(
        f"copy.{sees}", what=what, agency=view.person(case.raiser).agency_name,
        other_agency=other.name if other else "",
    )  # fmt: skip


def _clock_told(view: CaseView) -> Card:
    case = view.case
    said = words.text(
        "clock_told.body", stage=stage_then(view), reference=case.reference, what=_measured(view)
    )
    return finished(view, words("clock_told.title", reference=case.reference), (said,))


def _measured(view: CaseView) -> str:
    """What the clock of the event measured, in words."""
    event = expect(view, events.ClockRanOut)
    if event.name == "cap":
        return words("deadline.cap")
    stage = view.case.policy.stage(view.stage_then, view.case.urgent)
    clock = stage.clock(event.name, event.side)
    return clock_label(clock) if clock else event.name


def _clock_due(view: CaseView) -> Card:
    event, case = expect(view, events.ClockRanOut), view.case
    body: list[Element] = [words.text("clock_due.body", stage=stage_then(view), what=_measured(view))]
    over = past_stage(view) or not case.open or (event.side == "receiving" and case.proposal is not None)
    if over:
        return told(view, "clock_due.title", (*body, status(view)))
    clock = case.stage.clock(event.name, event.side)
    if clock is not None and clock.binding == "indicative":
        body.append(words.text("clock_due.guide"))
    body.append(words.text(f"clock_due.{event.side}"))
    buttons: tuple[Button, ...] = raiser_moves(view) if case.speaks_as_raiser(view.reader) else ()
    if event.side == "receiving" and view.may("answer"):
        answer = a.StartAnswer(case=case.id, stage=case.stage_number)
        buttons = (
            *meeting_buttons(view),
            button(words("label.answer"), answer, "primary", opens_form=True),
        )
    return told(view, "clock_due.title", tuple(body), *buttons)


def _backing(view: CaseView) -> Card:
    event = expect(view, events.BackingRefused)
    who = actor(view)
    lead = view.person(view.case.now_with.raising.person)
    phone = words("backing.phone", phone=lead.phone) if lead.phone else ""
    body = (
        words.text("backing.body", **who),
        Text(quote(event.reason)),
        words.text("backing.on", lead=lead.name, lead_role=lead.role, phone=phone),
    )
    return told(view, "backing.title", body, name=who["name"])


def _paused(view: CaseView) -> Card:
    event, paused = expect(view, events.Paused), view.case.paused
    until = view.when(event.until)
    body: list[Element] = [
        words.text("paused.body", name=actor(view)["name"], until=until), Text(quote(event.reason)),
    ]  # fmt: skip
    if paused is None or paused.at != event.at:
        body.append(status(view))
    return told(view, "paused.title", tuple(body), *pausing(view), until=until)


def _resumed(view: CaseView) -> Card:
    return told(view, "resumed.title", (words.text("resumed.body"), status(view)))


def _closure(view: CaseView) -> Card:
    """To whoever must agree; and, when it is chased, to the raiser too."""
    case = view.case
    proposed = next(past for past in reversed(view.history) if isinstance(past, events.ClosureProposed))
    if isinstance(view.event, events.ClosureProposed):
        proposed = view.event
    chosen = outcome_words(view, proposed.outcome)
    body: list[Element] = [
        words.text("closure.body", name=view.person(proposed.by).name, outcome=chosen),
        Text(quote(proposed.note)),
    ]
    title = "closure_due.title" if view.kind == "closure_due" else "closure.title"
    waiting = case.closure is not None and case.closure.at == proposed.at
    if not waiting:
        return told(view, title, (*body, words.text("closure.done"), status(view)))
    buttons = closure_buttons(view)
    body.append(
        words.text("closure.ask") if buttons else words.text("closure.waiting", names=must_agree(view))
    )
    return told(view, title, tuple(body), *buttons)


def _closure_refused(view: CaseView) -> Card:
    event, who = expect(view, events.ClosureRefused), actor(view)
    body = (words.text("closure_refused.body", **who), Text(quote(event.reason)), status(view))
    return told(view, "closure_refused.title", body, *raiser_moves(view), name=who["name"])


def _reopened(view: CaseView) -> Card:
    event = expect(view, events.Reopened)
    said = words.text("reopened.body", stage=stage_name(view), **actor(view))
    return told(view, "reopened.title", (said, Text(quote(event.reason)), status(view)))


def _meeting(view: CaseView) -> Card:
    event, meeting = expect(view, events.MeetingCalled), view.case.meeting
    current = meeting is not None and (meeting.when, meeting.where) == (event.when, event.where)
    if not current or past_stage(view):
        return told(view, "meeting_called.title", (status(view),))
    return told(view, "meeting_called.title", tuple(meeting_lines(view)), *meeting_buttons(view))


def _meeting_off(view: CaseView) -> Card:
    return told(view, "meeting_off.title", (words.text("meeting_off.body"), status(view)))


def _minutes(view: CaseView) -> Card:
    event, case, who = expect(view, events.MeetingHeld), view.case, actor(view)
    names = ", ".join(view.person(person).name for person in event.attended)
    body: list[Element] = [
        words.text("minutes_written.body", names=names, **who), Text(quote(event.minutes)),
    ]  # fmt: skip
    if not event.quorate:
        body.append(words.text("minutes_written.not_quorate"))
    elif event.outcome:
        body.append(words.text("minutes_written.decided", outcome=outcome_words(view, event.outcome)))
    else:
        body.append(words.text("minutes_written.mediated", raiser=raiser_name(view)))
    body.append(status(view))
    here = not past_stage(view)
    moves = raiser_moves(view) if case.speaks_as_raiser(view.reader) and here else ()
    again = meeting_buttons(view) if here else ()
    return told(view, "minutes_written.title", tuple(body), *moves, *again)


def _question(view: CaseView, check: str) -> str:
    return next((one.question for one in view.case.policy.after_closing if one.id == check), check)


def _check(view: CaseView) -> Card:
    """The question to whoever is asked, also when it is asked again."""
    case = view.case
    assert isinstance(view.event, events.CheckAsked | events.CheckMissed), "a card of another event"
    check = view.event.check
    state = case.checks.get(check)
    body: list[Element] = []
    if case.ending is not None:
        body.append(words.text("check.body", reference=case.reference, outcome=outcome_words(view)))
    body.append(Text(quote(_question(view, check))))
    if state is not None and state.done is not None:
        answer = words("check.yes" if state.done else "check.no")
        return told(view, "check.title", (*body, words.text("check.done", answer=answer)))
    return told(view, "check.title", tuple(body), *check_buttons(view))


def _check_told(view: CaseView) -> Card:
    """What came of a question after closing, to whom the policy names."""
    event = view.event
    if isinstance(event, events.CheckAnswered):
        name = actor(view)["name"]
        answer = words("check.yes" if event.done else "check.no")
        said = words.text(
            "check_told.answered", name=name, question=_question(view, event.check), answer=answer
        )
        body: tuple[Element, ...] = (said, Text(quote(event.text)))
        return told(view, "check_told.answered_title", body, *reopening(view), name=name)
    missed = expect(view, events.CheckMissed)
    name = view.person(missed.person).name
    said = words.text("check_told.missed", name=name, question=_question(view, missed.check))
    return told(view, "check_told.missed_title", (said,), *reopening(view))


DRAW: dict[str, Callable[[CaseView], Card]] = {
    "backing": _backing,
    "copy": _copy,
    "clock_told": _clock_told,
    "clock_due": _clock_due,
    "paused": _paused,
    "resumed": _resumed,
    "closure": _closure,
    "closure_due": _closure,
    "closure_refused": _closure_refused,
    "reopened": _reopened,
    "meeting": _meeting,
    "meeting_off": _meeting_off,
    "minutes": _minutes,
    "check": _check,
    "check_told": _check_told,
}
