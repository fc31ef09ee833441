"""Being professionally BRAVER: six short questions, where one stands, and the next step."""

from typing import ClassVar

from pydantic import Field

from bot.chat.action import Action
from bot.chat.card import Button, Card, Element, Fact, Facts, Progress, Text, button
from bot.chat.memory import State
from bot.chat.router import Answered, Flow
from bot.chat.text import markup
from bot.chat.turn import Redraw, Turn
from bot.desk import Desk
from bot.guidance.braver import Letter, letters
from bot.guidance.words import Words
from flows.coaching.safety import PRIVATE, coached
from flows.entries import OpenAdvice, OpenBraver, OpenChecklist, OpenPlan
from flows.showing import opened

flow = Flow[Desk]("braver")
words = Words("braver")

Drawn = tuple[str, tuple[Element, ...], tuple[Button, ...]]
"""Title, body and buttons."""


class Answers(State):
    """The answers so far by letter; `at` is the place of the next letter (from 0)."""

    name: ClassVar[str] = "braver"
    at: int = 0
    yes: dict[str, bool] = Field(default_factory=dict)


class Answer(Action):
    name: ClassVar[str] = "braver.answer"
    letter: str
    yes: bool


class ShowLetter(Action):
    """The letter at this place (from 0)."""

    name: ClassVar[str] = "braver.letter"
    at: int


class StartAgain(Action):
    name: ClassVar[str] = "braver.again"


@flow.command("braver", summary=words("summary"), exact=True, shows=True)
async def asked(turn: Turn, desk: Desk) -> Answered:
    return opened(turn, _now(turn, desk, await desk.recall(turn, Answers) or Answers()))


@flow.on(OpenBraver, shows=True)
async def pressed(turn: Turn, desk: Desk, action: OpenBraver) -> Answered:
    return opened(turn, _now(turn, desk, await desk.recall(turn, Answers) or Answers()))


@flow.on(Answer)
async def answered(turn: Turn, desk: Desk, action: Answer) -> Answered:
    kept = await desk.recall(turn, Answers) or Answers()
    place = next((n for n, one in enumerate(letters()) if one.id == action.letter), None)
    if place is None:
        return Redraw(_now(turn, desk, kept))
    state = Answers(at=place + 1, yes={**kept.yes, action.letter: action.yes})
    await desk.keep(turn, state)
    if state.at == len(letters()) and kept.at < state.at:
        await desk.count(turn, "braver:finished")
    return Redraw(_now(turn, desk, state))


@flow.on(ShowLetter)
async def shown(turn: Turn, desk: Desk, action: ShowLetter) -> Answered:
    kept = await desk.recall(turn, Answers) or Answers()
    state = kept.model_copy(update={"at": min(max(action.at, 0), len(letters()) - 1)})
    await desk.keep(turn, state)
    return Redraw(_now(turn, desk, state))


@flow.on(StartAgain)
async def again(turn: Turn, desk: Desk, action: StartAgain) -> Answered:
    await desk.forget(turn, Answers)
    return Redraw(_now(turn, desk, Answers()))


def _now(turn: Turn, desk: Desk, state: Answers) -> Card:
    title, body, buttons = _end(state) if state.at >= len(letters()) else _letter(state)
    return coached(desk, turn.person, title, body, *buttons, footnote=PRIVATE)


def _letter(state: Answers) -> Drawn:
    one, of = letters()[state.at], len(letters())
    body: list[Element] = [
        Progress(state.at + 1, of, words("progress", number=state.at + 1, of=of)),
        words.text("words", text=one.text) if one.text else words.text("missing", missing=one.missing),
        words.text("question", question=one.question),
    ]
    if not state.at:
        body.insert(0, words.text("intro"))
    if state.at:
        before = letters()[state.at - 1]
        if before.id in state.yes:
            said = before.yes if state.yes[before.id] else before.not_yet
            body.insert(0, words.text("heard", word=before.word or before.letter, text=said))
    if one.id in state.yes:
        body.append(words.text("said", answer=_answer(state.yes[one.id])))
    buttons = [
        button(words("label.yes"), Answer(letter=one.id, yes=True), "primary"),
        button(words("label.not_yet"), Answer(letter=one.id, yes=False)),
    ]
    if state.at:
        buttons.append(button(words("button.back"), ShowLetter(at=state.at - 1)))
    return _title(one), tuple(body), tuple(buttons)


def _title(one: Letter) -> str:
    return words("title", letter=one.letter, word=one.word) if one.word else one.letter


def _end(state: Answers) -> Drawn:
    """Each letter with its answer, and the first "not yet" as the next step."""
    done, of = sum(state.yes.values()), len(letters())
    facts = (Fact(_word(one), _answer(state.yes.get(one.id, False))) for one in letters())
    steps = [one.not_yet for one in letters() if not state.yes.get(one.id, False)]
    body: list[Element] = [
        Progress(done, of, words("end.count", done=done, of=of)),
        Facts(tuple(facts)),
        words.text("end.next", step=steps[0] if steps else words("end.ready")),
    ]
    if steps[1:]:
        body.append(Text((*words.blocks("end.then"), *markup("\n".join(f"- {step}" for step in steps[1:])))))
    buttons = (
        button(words("button.plan"), OpenPlan(), "primary"),
        button(words("button.checklist"), OpenChecklist()),
        button(words("button.advice"), OpenAdvice(), opens_form=True),
        button(words("button.again"), StartAgain()),
    )
    return words("end.title"), tuple(body), buttons


def _word(one: Letter) -> str:
    return one.word or words("end.own_question", letter=one.letter)


def _answer(yes: bool) -> str:
    return words("yes" if yes else "not_yet")
