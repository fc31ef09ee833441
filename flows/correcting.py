"""The record of a case: each side says that it is filed, and whoever wrote an entry puts it right by a
further one. The first entry stays."""

from bot.chat.card import Button, Card, Element, Fact, Facts, Text, button
from bot.chat.form import ChoiceField, Form, LongTextField, Option, form
from bot.chat.router import Flow
from bot.chat.text import quote
from bot.chat.turn import Ask, Done, Reply, Turn, Whisper
from bot.desk import CORRECTABLE, NOT_SHOWN, READING, Case, CaseView, Desk, Side, events
from bot.guidance.words import Words
from flows import case_actions as a
from flows.checking import invalid, me, submitted, text

words = Words("correcting")
flow = Flow[Desk]("correcting")

_SIDES: tuple[Side, ...] = ("raising", "receiving")
_OFFERED = 20
_SHOWN = 50
"""Characters of an entry by which it is known again."""


def filed_button(view: CaseView) -> tuple[Button, ...]:
    """ "Our record is filed": on the closed case, for each side that has not said so."""
    case, member = view.case, view.case.members[view.reader]
    asked = not case.open and not case.training and member.role not in (*NOT_SHOWN, *READING)
    if not asked or member.side == "neither" or member.side in case.filed:
        return ()
    return (button(words("filed.label"), a.ConfirmFiled(case=case.id), "primary"),)


def filed_lines(view: CaseView) -> tuple[Element, ...]:
    """Whose record of the closed case is filed, and that a hold applies."""
    case = view.case
    if case.open or case.training:
        return ()
    facts = [Fact(words(f"filed.fact.{side}"), _filed(view, side)) for side in _SIDES]
    if case.hold is not None:
        said = words("hold.since", name=view.person(case.hold.by).name, at=view.when(case.hold.at))
        facts.append(Fact(words("hold.fact"), said))
    return (Facts(tuple(facts)),)


def _filed(view: CaseView, side: Side) -> str:
    seen = view.case.filed.get(side)
    if seen is None:
        return words("filed.not_yet")
    return words("filed.by", name=view.person(seen.by).name, at=view.when(seen.at))


def corrections(view: CaseView, of: int) -> tuple[Element, ...]:
    """What was added to the entry in this place, for whoever may read it."""
    return tuple(
        Text(
            words.blocks("line.title", name=view.person(one.by).name, at=view.when(one.at)) + quote(one.text)
        )
        for one in view.case.corrections
        if one.of == of and one.private_to in ("", view.case.members[view.reader].side)
    )


def corrected_after(view: CaseView, of: int) -> str:
    """The same in a line, to stand behind the entry."""
    side = view.case.members[view.reader].side
    return " ".join(
        words("line.after", name=view.person(one.by).name, at=view.when(one.at), text=one.text)
        for one in view.case.corrections
        if one.of == of and one.private_to in ("", side)
    )


def correct_button(view: CaseView) -> tuple[Button, ...]:
    """For whoever has written something on the case."""
    wrote = any(one.by == view.reader and isinstance(one, CORRECTABLE) for one in view.history)
    if not wrote:
        return ()
    return (button(words("label"), a.StartCorrect(case=view.case.id), opens_form=True),)


@flow.on(a.ConfirmFiled)
async def confirm_filed(turn: Turn, desk: Desk, press: a.ConfirmFiled) -> Whisper:
    case = (await desk.keeping.filed(turn, press.case)).case
    other = [side for side in _SIDES if side not in case.filed]
    said = words.text("filed.waits" if other else "filed.all")
    return Whisper(Card(words("filed.title", reference=case.reference), (said,)))


@flow.on(a.StartCorrect, shows=True)
async def start_correct(turn: Turn, desk: Desk, press: a.StartCorrect) -> Reply:
    case = await desk.case_for(turn, press.case, "correct")
    shown = await _form(turn, desk, case)
    return Ask(shown) if shown else Whisper(Card(words("nothing.title"), (words.text("nothing.body"),)))


@flow.on(a.SendCorrect)
async def send_correct(turn: Turn, desk: Desk, sent: a.SendCorrect) -> Reply:
    case, values = await desk.case(turn, sent.case), submitted(turn)
    shown = await _form(turn, desk, case)
    if shown is None:
        return Done(Card(words("nothing.title"), (words.text("nothing.body"),)))
    problem = invalid(shown, values, desk)
    if problem:
        return problem
    said = text(values, "text")
    await desk.keeping.correct(turn, case.id, int(text(values, "entry")), said)
    title = words("done.title", reference=case.reference)
    return Done(Card(title, (words.text("done.body"), Text(quote(said)))))


async def _form(turn: Turn, desk: Desk, case: Case) -> Form | None:
    """The entries that this person wrote, the newest first; None where there are none."""
    mine = (await desk.keeping.mine(case, me(turn)))[:_OFFERED]
    if not mine:
        return None
    options = tuple(Option(str(at), _option(desk, event)) for at, event in mine)
    fields = (
        ChoiceField("entry", words("form.entry"), options),
        LongTextField("text", words("form.text"), words("form.hint"), max_length=1500),
    )
    action = a.SendCorrect(case=case.id)
    return form(words("form.title"), fields, action, words("form.submit"), words.blocks("form.intro"))


def _option(desk: Desk, event: events.Event) -> str:
    first = " ".join(first_words(event).split())
    short = f"{first[:_SHOWN].rstrip()}…" if len(first) > _SHOWN else first
    return words("form.option", at=desk.when(event.at), text=short)


def first_words(event: events.Event) -> str:
    """What somebody wrote in an event, in their own words."""
    match event:
        case events.CaseRaised():
            return event.concern.decision
        case events.TalkRecorded():
            return event.agreed
        case events.MeetingHeld():
            return event.minutes
        case events.Closed():
            return event.note
        case _:
            return getattr(event, "text", "") or getattr(event, "reason", "")
