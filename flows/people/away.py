"""Being away: from when, until when, who covers; what comes of it; and being back."""

from typing import ClassVar

from bot.chat.action import Action
from bot.chat.card import Button, Card, Element, Text, button
from bot.chat.router import Answered, Flow, argument, typed
from bot.chat.text import Bullets, Span
from bot.chat.turn import Ask, Done, Redraw, Reply, Turn, Whisper
from bot.desk import Absence, Case, Desk, Instead, Refusal, by_field
from bot.guidance.words import Words
from flows.checking import invalid, me, submitted, wrong
from flows.coaching import advice
from flows.entries import OpenAway, OpenEntry, StartAway, StartHandingOver
from flows.people.away_form import SendAway, away_form, sent, too_far, words
from flows.people.entry_card import post_name
from flows.people.entry_form import given_back

flow = Flow[Desk]("away")

_AWAY = (
    "away",
    "i am away",
    "i'm away",
    "i’m away",
    "i am on leave",
    "i'm on leave",
    "i’m on leave",
    "on leave",
)
_BACK = ("back", "i am back", "i'm back", "i’m back")
_SENTENCE = 8
"""More words than this after the command are something else that somebody has to tell."""


class EndAway(Action):
    """It is over, or will not be."""

    name: ClassVar[str] = "away.end"
    absence: str


@flow.command(*_AWAY, summary=words("summary"))
async def typed_away(turn: Turn, desk: Desk) -> Answered:
    """The form; or, where something is known already, what that is."""
    more = argument(turn, *_AWAY)
    if len(more.split()) > _SENTENCE:
        return await advice.answer(turn, desk, typed(turn.act))
    return await _opened(turn, desk)


@flow.on(OpenAway, shows=True)
async def open_away(turn: Turn, desk: Desk, press: OpenAway) -> Reply:
    return await _opened(turn, desk)


async def _opened(turn: Turn, desk: Desk) -> Reply:
    mine = desk.absences_of(me(turn))
    return Whisper(_known(desk, mine)) if mine else Ask(await away_form(desk, me(turn), None))


@flow.on(StartAway, shows=True)
async def start_away(turn: Turn, desk: Desk, press: StartAway) -> Reply:
    absence = _mine(turn, desk, press.absence)
    if press.absence and absence is None:
        return Whisper(_over(desk, turn))
    return Ask(await away_form(desk, me(turn), absence))


@flow.on(SendAway)
async def send_away(turn: Turn, desk: Desk, action: SendAway) -> Reply:
    values, before = submitted(turn), _mine(turn, desk, action.absence)
    if action.absence and before is None:
        return Done(_over(desk, turn))
    shown = await away_form(desk, me(turn), before)
    problem = invalid(shown, values, desk)
    if problem:
        return problem
    far = too_far(desk, values)
    if far:
        return wrong(shown, values, far)
    asked = sent(desk, values, before)
    try:
        saved = (
            await desk.change_absence(turn, before, asked.away)
            if before
            else await desk.go_away(turn, asked.away)
        )
    except ValueError as error:
        return given_back(shown, values, by_field(error))
    body = [*await _what_happens(desk, saved), *await _answers(turn, desk, asked.answers)]
    buttons = _buttons(desk, saved)
    if not saved.hand_over and await desk.parts_of(me(turn)):
        buttons += (_hand_over(),)
    return Done(Card(words("saved.title"), (*body, words.text("saved.on_return")), buttons))


@flow.on(EndAway)
async def end_away(turn: Turn, desk: Desk, press: EndAway) -> Reply:
    absence = _mine(turn, desk, press.absence)
    if absence is None:
        return Redraw(_over(desk, turn))
    if absence.since <= desk.now:
        await desk.come_back(turn)
        return Redraw(Card(words("back.title"), (words.text("back.body"),)))
    await desk.stay(turn, absence)
    since, until = desk.when(absence.since), desk.when(absence.until)
    return Redraw(Card(words("stays.title"), (words.text("stays.body", since=since, until=until),)))


@flow.command(*_BACK, summary=words("back_summary"), exact=True)
async def typed_back(turn: Turn, desk: Desk) -> Reply:
    if await desk.come_back(turn):
        return Whisper(Card(words("back.title"), (words.text("back.body"),)))
    return Whisper(_over(desk, turn))


async def _what_happens(desk: Desk, absence: Absence) -> list[Element]:
    """From when until when, who has new messages, and which cases go over to whom."""
    begun = absence.since <= desk.now
    until, since = desk.when(absence.until), desk.when(absence.since)
    said: list[Element] = [words.text("saved.now" if begun else "saved.planned", since=since, until=until)]
    instead = desk.instead_of(absence)
    if instead:
        lines = tuple((Span(_instead(desk, absence, one)),) for one in instead)
        said.append(Text((*words.blocks("saved.messages"), Bullets(lines))))
    else:
        said.append(words.text("saved.no_post"))
    cases = await desk.goes_over(absence)
    if cases and absence.hand_over:
        moves = tuple((Span(_move(desk, case, to.person if to else "")),) for case, to in cases)
        said.append(Text((*words.blocks("saved.over_now" if begun else "saved.over"), Bullets(moves))))
    elif cases:
        references = ", ".join(case.reference for case, _ in cases)
        said.append(words.text("saved.stay", references=references))
    return said


def _instead(desk: Desk, absence: Absence, one: Instead) -> str:
    name = desk.person(one.person).name
    what = post_name(desk, one.post) if one.post else words("saved.as_line_manager")
    if one.person == absence.person:
        return words("saved.nobody_yet", what=what)
    key = "saved.net" if one.net else "saved.instead"
    return words(key, what=what, name=name)


def _move(desk: Desk, case: Case, to: str) -> str:
    if not to:
        return words("saved.move_none", reference=case.reference)
    return words("saved.move", reference=case.reference, name=desk.person(to).name)


async def _answers(turn: Turn, desk: Desk, person: str) -> list[Element]:
    """The colleague who answers in the escalations that this person raised, from now on."""
    if not person:
        return []
    done, refused = await desk.let_answer_everywhere(turn, person)
    name = desk.person(person).name
    said: list[Element] = []
    if done:
        references = ", ".join(case.reference for case in done)
        said.append(words.text("saved.answers", name=name, references=references))
    said += [_no_answer(name, case, refusal) for case, refusal in refused]
    return said


def _no_answer(name: str, case: Case, refusal: Refusal) -> Text:
    why = Words("refusals")(refusal.why)
    return words.text("saved.answers_not", name=name, reference=case.reference, why=why)


def _known(desk: Desk, mine: tuple[Absence, ...]) -> Card:
    """What is known of a person's absences, each with the way to change and to end it."""
    lines = tuple((Span(_line(desk, one)),) for one in mine)
    buttons = tuple(one for absence in mine for one in _buttons(desk, absence))
    new = button(words("label.another"), StartAway(), opens_form=True)
    return Card(words("known.title"), (Text((Bullets(lines),)),), (*buttons, new, _hand_over()))


def _hand_over() -> Button:
    return button(words("label.hand_over_all"), StartHandingOver(), opens_form=True)


def _line(desk: Desk, absence: Absence) -> str:
    cover = desk.person(absence.cover).name if absence.cover else words("known.deputies")
    since, until = desk.when(absence.since), desk.when(absence.until)
    return words("known.line", since=since, until=until, cover=cover)


def _buttons(desk: Desk, absence: Absence) -> tuple[Button, ...]:
    begun = absence.since <= desk.now
    end = words("label.back") if begun else words("label.stay", since=desk.when(absence.since))
    change = words("label.change", until=desk.when(absence.until))
    return (
        button(change, StartAway(absence=absence.id), opens_form=True),
        button(end, EndAway(absence=absence.id)),
    )


def _over(desk: Desk, turn: Turn) -> Card:
    """Nothing of this person runs, or not that; what is planned is shown."""
    mine = desk.absences_of(me(turn))
    if mine:
        return _known(desk, mine)
    new = button(words("label.away"), StartAway(), opens_form=True)
    entry = button(words("label.entry"), OpenEntry())
    return Card(words("over.title"), (words.text("over.body"),), (new, entry))


def _mine(turn: Turn, desk: Desk, absence: str) -> Absence | None:
    return next((one for one in desk.absences_of(me(turn)) if one.id == absence), None)
