"""The briefing in seven minutes: a minute for each part, then a short check of understanding."""

from datetime import timedelta
from typing import ClassVar

from pydantic import Field

from bot.chat.action import Action
from bot.chat.card import Button, Card, Element, Progress, Text, button
from bot.chat.memory import State
from bot.chat.router import Answered, Flow
from bot.chat.text import Bullets, Span
from bot.chat.turn import Redraw, Turn
from bot.desk import Desk
from bot.guidance.briefing import part
from bot.guidance.walk import Scenario, check, steps
from bot.guidance.words import Words
from flows.coaching.safety import coached
from flows.entries import OpenBriefing, OpenChecklist, OpenRehearsals, OpenWalk
from flows.showing import opened

flow = Flow[Desk]("walk")
words = Words("walk")

LETTERS = "ABCDEFGH"


class Walk(State):
    """`at` is the step, and after the last step the question (both from 0, counted on); `answers` are the
    options (from 0) that were chosen, by the question's id."""

    name: ClassVar[str] = "walk"
    keep_for: ClassVar[timedelta] = timedelta(days=60)
    at: int = 0
    answers: dict[str, int] = Field(default_factory=dict)


class GoTo(Action):
    """The step or question at this place."""

    name: ClassVar[str] = "walk.go"
    at: int


class Choose(Action):
    """An option of a question."""

    name: ClassVar[str] = "walk.choose"
    question: str
    option: int


class BeginAgain(Action):
    name: ClassVar[str] = "walk.again"


@flow.command("walk", "seven minutes", "7 minutes", summary=words("summary"), exact=True)
async def asked(turn: Turn, desk: Desk) -> Answered:
    return opened(turn, await _entry(turn, desk))


@flow.on(OpenWalk)
async def pressed(turn: Turn, desk: Desk, action: OpenWalk) -> Answered:
    return opened(turn, await _entry(turn, desk))


@flow.on(GoTo)
async def go(turn: Turn, desk: Desk, action: GoTo) -> Answered:
    kept = await _state(turn, desk)
    state = kept.model_copy(update={"at": min(max(action.at, 0), _last())})
    await desk.keep(turn, state)
    if state.at == _last() > kept.at:
        await desk.count(turn, "walk:finished")
    return Redraw(_now(turn, desk, state))


@flow.on(Choose)
async def chosen(turn: Turn, desk: Desk, action: Choose) -> Answered:
    kept = await _state(turn, desk)
    place = next((n for n, one in enumerate(check()) if one.id == action.question), None)
    if place is None or not 0 <= action.option < len(check()[place].options):
        return Redraw(_now(turn, desk, kept))
    answers = {**kept.answers, action.question: action.option}
    state = Walk(at=len(steps()) + place, answers=answers)
    await desk.keep(turn, state)
    return Redraw(_now(turn, desk, state))


@flow.on(BeginAgain)
async def again(turn: Turn, desk: Desk, action: BeginAgain) -> Answered:
    await desk.keep(turn, Walk())
    await desk.count(turn, "walk:begun")
    return Redraw(_now(turn, desk, Walk()))


async def _entry(turn: Turn, desk: Desk) -> Card:
    """The first step, or where it was left."""
    state = await desk.recall(turn, Walk)
    if state is None:
        await desk.keep(turn, Walk())
        await desk.count(turn, "walk:begun")
    return _now(turn, desk, state or Walk())


def _now(turn: Turn, desk: Desk, state: Walk) -> Card:
    if state.at < len(steps()):
        return _step(turn, desk, state)
    return _question(turn, desk, state) if state.at < _last() else _end(turn, desk, state)


def _step(turn: Turn, desk: Desk, state: Walk) -> Card:
    one, of = steps()[state.at], len(steps())
    found = part(one.part)
    assert found is not None, "checked when the file was read"
    body: list[Element] = [
        Progress(state.at + 1, of, words("step.progress", number=state.at + 1, of=of)),
        words.text("step.body", gist=one.gist, think=one.think),
    ]
    if not state.at:
        body.insert(0, words.text("intro"))
    on = "button.check" if state.at + 1 == of else "button.next"
    buttons = [button(words(on), GoTo(at=state.at + 1), "primary")]
    if state.at:
        buttons.append(button(words("button.back"), GoTo(at=state.at - 1)))
    buttons.append(button(words("button.read"), OpenBriefing(part=one.part)))
    return _card(turn, desk, found.title, tuple(body), *buttons)


def _question(turn: Turn, desk: Desk, state: Walk) -> Card:
    """A question; once it is answered, with why each answer is right or not."""
    number = state.at - len(steps())
    one, of = check()[number], len(check())
    chosen = state.answers.get(one.id)
    if chosen is not None and chosen >= len(one.options):
        chosen = None  # the content has changed since
    body: list[Element] = [
        Progress(number + 1, of, words("question.progress", number=number + 1, of=of)),
        Text(words.blocks("question.body", scenario=one.scenario, question=one.question)),
    ]
    if not number and chosen is None:
        body.insert(0, words.text("question.intro"))
    if chosen is None:
        options = Bullets(
            tuple((Span(f"{LETTERS[n]}. {option.text}"),) for n, option in enumerate(one.options))
        )
        body.append(Text((options,)))
        choose = [
            button(words("button.option", letter=LETTERS[n]), Choose(question=one.id, option=n))
            for n in range(len(one.options))
        ]
        back = button(words("button.back"), GoTo(at=state.at - 1))
        return _card(turn, desk, words("question.title"), tuple(body), *choose, back)
    body += _explained(one, chosen)
    on = "button.finish" if number + 1 == of else "button.next_question"
    buttons = (
        button(words(on), GoTo(at=state.at + 1), "primary"),
        button(words("button.read"), OpenBriefing(part=one.part)),
    )
    title = words("question.right" if one.options[chosen].right else "question.other")
    return _card(turn, desk, title, tuple(body), *buttons)


def _explained(one: Scenario, chosen: int) -> list[Element]:
    said = one.options[chosen]
    found: list[Element] = [
        words.text("question.yours", letter=LETTERS[chosen], text=said.text, why=said.why)
    ]
    if not said.right:
        right = next(n for n, option in enumerate(one.options) if option.right)
        best = one.options[right]
        found.append(words.text("question.best", letter=LETTERS[right], text=best.text, why=best.why))
    return found


def _end(turn: Turn, desk: Desk, state: Walk) -> Card:
    """What was understood, and the parts to read again; nothing is passed or failed."""
    right = [one for one in check() if _right(one, state.answers.get(one.id))]
    body: list[Element] = [
        Progress(len(right), len(check()), words("end.count", right=len(right), of=len(check()))),
        words.text("end.all" if len(right) == len(check()) else "end.some"),
    ]
    again: dict[str, Button] = {}
    for one in check():
        found = part(one.part)
        if one not in right and found is not None:
            read = words("button.read_part", title=found.title)
            again.setdefault(one.part, button(read, OpenBriefing(part=one.part)))
    buttons = (
        button(words("button.checklist"), OpenChecklist(), "primary"),
        button(words("button.rehearse"), OpenRehearsals()),
        *again.values(),
        button(words("button.again"), BeginAgain()),
    )
    return _card(turn, desk, words("end.title"), tuple(body), *buttons)


def _right(one: Scenario, option: int | None) -> bool:
    return option is not None and option < len(one.options) and one.options[option].right


def _last() -> int:
    """The place after the last question."""
    return len(steps()) + len(check())


def _card(turn: Turn, desk: Desk, title: str, body: tuple[Element, ...], *buttons: Button) -> Card:
    return coached(desk, turn.person, title, body, *buttons, footnote=words.blocks("yours"))


async def _state(turn: Turn, desk: Desk) -> Walk:
    return await desk.recall(turn, Walk) or Walk()
