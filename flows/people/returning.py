"""Back from being away: the cases that somebody else had, and taking them back."""

from datetime import datetime

from bot.chat.card import Button, Card, Divider, Element, Text, button
from bot.chat.router import Flow
from bot.chat.turn import Reply, Turn, Whisper
from bot.desk import Case, Desk, commands, covered_side
from bot.guidance.words import Words
from flows import case_actions as a
from flows.case_state import status
from flows.checking import me
from flows.entries import OpenCase
from flows.for_whom import covered_by

flow, words = Flow[Desk]("returning"), Words("returning")

_SHOWN = 8
"""More than these stand under “My cases”."""


async def returned(person: str, since: datetime, desk: Desk) -> Card | None:
    """What came while this person was away since then, and who answers for them; None for nothing."""
    covered = [
        case for case in await desk.covered_for(person, since) if await _since(desk, case, person, since)
    ]
    answered = [case for case in await desk.raised_by(person) if case.answers_for]
    if not covered and not answered:
        return None
    body: list[Element] = []
    buttons: list[Button] = []
    if covered:
        body.append(words.text("covered"))
    for case in covered[:_SHOWN]:
        body.append(await _line(desk, case, person))
        buttons += _buttons(case, person)
    if len(covered) > _SHOWN:
        body.append(words.text("more", more=len(covered) - _SHOWN))
    if covered and answered:
        body.append(Divider())
    for case in answered[:_SHOWN]:
        name = desk.person(case.answers_for).name
        body.append(words.text("answers", name=name, reference=case.reference))
        buttons.append(button(words("label.myself", reference=case.reference), a.AnswerMyself(case=case.id)))
    return Card(words("title"), tuple(body), tuple(buttons))


@flow.on(a.TakeBack)
async def take_back(turn: Turn, desk: Desk, press: a.TakeBack) -> Reply:
    before = await desk.case(turn, press.case)
    side = covered_side(before, me(turn))
    command = commands.TakeBack(by=me(turn), stage=press.stage)
    case = (await desk.act(turn, before.id, command)).case
    had = desk.person(before.now_with.of(side).person if side else "").name
    said = words.text("taken.body", name=had, raiser=desk.person(case.raiser).name)
    opens = (button(words("label.open", reference=case.reference), OpenCase(case=case.id)),)
    return Whisper(Card(words("taken.title", reference=case.reference), (said,), opens))


async def _since(desk: Desk, case: Case, person: str, since: datetime) -> bool:
    """Whether somebody has this person's part now, or had it in that time: not of an absence before."""
    if covered_side(case, person) is not None:
        return True
    view = await desk.view(case, "case", person)
    return any(person in covered_by(event) for event in view.history if event.at >= since)


async def _line(desk: Desk, case: Case, person: str) -> Text:
    """The case in a line: where it stands, and who has it now."""
    view = await desk.view(case, "case", person)
    stage = f"{case.stage.label}, {case.stage.name}"
    side = case.side_of(person) or "receiving"
    holder = case.now_with.of(side).person
    key = "line" if case.open and holder != person else "line_mine" if case.open else "line_over"
    name = desk.person(holder).name
    return words.text(key, reference=case.reference, stage=stage, name=name, status=status(view).words)


def _buttons(case: Case, person: str) -> tuple[Button, ...]:
    opens = button(words("label.open", reference=case.reference), OpenCase(case=case.id))
    if covered_side(case, person) is None:
        return (opens,)
    take = a.TakeBack(case=case.id, stage=case.stage_number)
    return (button(words("label.take", reference=case.reference), take, "primary"), opens)
