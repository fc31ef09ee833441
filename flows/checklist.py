"""The skills checklist: 21 skills one at a time, at one's own pace, and never a gate before raising."""

from datetime import timedelta
from typing import ClassVar, Literal

from pydantic import Field

from bot.chat.action import Action
from bot.chat.card import Button, Card, Element, Progress, Text, button
from bot.chat.memory import State
from bot.chat.router import Answered, Flow
from bot.chat.turn import Redraw, Turn
from bot.desk import Desk
from bot.guidance.skills import Skill, skills
from bot.guidance.words import Words
from flows.entries import OpenAdvice, OpenChecklist, OpenHome, StartRaising
from flows.showing import opened

flow = Flow[Desk]("checklist")
words = Words("checklist")

Sure = Literal["sure", "partly", "not_yet"]
OFFERED: tuple[Sure, ...] = ("sure", "partly", "not_yet")


class Checklist(State):
    """Where somebody stands: the place of the skill that is next (from 0), and the answers by skill."""

    name: ClassVar[str] = "checklist"
    keep_for: ClassVar[timedelta] = timedelta(days=60)
    at: int = 0
    answers: dict[str, Sure] = Field(default_factory=dict)


class Answer(Action):
    """How sure somebody is of the skill on the card."""

    name: ClassVar[str] = "checklist.answer"
    skill: str
    sure: Sure


class ShowSkill(Action):
    """The skill at this place (from 0)."""

    name: ClassVar[str] = "checklist.skill"
    at: int


class Pause(Action):
    name: ClassVar[str] = "checklist.pause"


class ShowSummary(Action):
    name: ClassVar[str] = "checklist.summary"


class StartAgain(Action):
    name: ClassVar[str] = "checklist.again"


@flow.command("checklist", "skills", summary=words("summary"), exact=True)
async def asked(turn: Turn, desk: Desk) -> Answered:
    return opened(turn, _entry(await desk.recall(turn, Checklist)))


@flow.on(OpenChecklist)
async def pressed(turn: Turn, desk: Desk, action: OpenChecklist) -> Answered:
    return opened(turn, _entry(await desk.recall(turn, Checklist)))


@flow.on(Answer)
async def answered(turn: Turn, desk: Desk, action: Answer) -> Answered:
    """Keep the answer and go on; where it was not "sure", the next card begins with a tip."""
    kept = await desk.recall(turn, Checklist) or Checklist()
    place = next((n for n, one in enumerate(skills()) if one.id == action.skill), None)
    if place is None:
        return Redraw(_entry(kept))
    state = Checklist(at=place + 1, answers={**kept.answers, action.skill: action.sure})
    await desk.keep(turn, state)
    tip = _tip(skills()[place], action.sure)
    return Redraw(_skill(state, tip) if state.at < len(skills()) else _summary(state, tip))


@flow.on(ShowSkill)
async def shown(turn: Turn, desk: Desk, action: ShowSkill) -> Answered:
    kept = await desk.recall(turn, Checklist) or Checklist()
    state = kept.model_copy(update={"at": min(max(action.at, 0), len(skills()) - 1)})
    await desk.keep(turn, state)
    return Redraw(_skill(state))


@flow.on(Pause)
async def paused(turn: Turn, desk: Desk, action: Pause) -> Answered:
    state = await desk.recall(turn, Checklist) or Checklist()
    body = words.text("paused.body", done=len(state.answers), of=len(skills()))
    return Redraw(_card(words("paused.title"), (body,), (_carry_on(state), *_answers(state), *_ways_on())))


@flow.on(ShowSummary)
async def summed_up(turn: Turn, desk: Desk, action: ShowSummary) -> Answered:
    return Redraw(_summary(await desk.recall(turn, Checklist) or Checklist()))


@flow.on(StartAgain)
async def again(turn: Turn, desk: Desk, action: StartAgain) -> Answered:
    await desk.forget(turn, Checklist)
    return Redraw(_skill(Checklist()))


async def progress(turn: Turn, desk: Desk) -> tuple[int, int]:
    """How many of the skills this person has answered in a checklist that is not finished; 0 if none is."""
    state = await desk.recall(turn, Checklist)
    of = len(skills())
    return (0, of) if state is None or state.at >= of else (len(state.answers), of)


def _entry(state: Checklist | None) -> Card:
    """The first skill, the summary of a finished checklist, or the way back into one that was left."""
    if state is None or not state.answers:
        return _skill(Checklist())
    if state.at >= len(skills()):
        return _summary(state)
    current = skills()[state.at]
    body = words.text("resume.body", number=state.at + 1, of=len(skills()), skill=current.name)
    return _card(words("resume.title"), (body,), (_carry_on(state), *_answers(state), _again(), *_ways_on()))


def _skill(state: Checklist, tip: tuple[Element, ...] = ()) -> Card:
    current, of = skills()[state.at], len(skills())
    body: list[Element] = [
        *tip,
        Progress(state.at + 1, of, words("progress", number=state.at + 1, of=of)),
        Text(words.blocks("skill", means=current.means, ask=current.ask)),
    ]
    if not state.at and not state.answers:
        body.insert(0, words.text("intro"))
    said = state.answers.get(current.id)
    if said:
        body.append(words.text("said", sure=words(f"sure.{said}")))
    buttons = [
        button(
            words(f"label.{sure}"),
            Answer(skill=current.id, sure=sure),
            "primary" if sure == "sure" else "default",
        )
        for sure in OFFERED
    ]
    if state.at:
        buttons.append(button(words("button.back"), ShowSkill(at=state.at - 1)))
    buttons.append(button(words("button.pause"), Pause()))
    buttons.append(button(words("button.raise"), StartRaising()))
    return _card(current.name, tuple(body), tuple(buttons))


def _tip(answered: Skill, sure: Sure) -> tuple[Element, ...]:
    """Nothing for "sure", the tip for "partly", and words to begin with for "not yet"."""
    if sure == "sure":
        return ()
    tip = words.text("tip", skill=answered.name, tip=answered.tip)
    return (tip,) if sure == "partly" else (tip, words.text("tip_say", say=answered.say))


def _summary(state: Checklist, tip: tuple[Element, ...] = ()) -> Card:
    of, done = len(skills()), len(state.answers)
    body: list[Element] = [*tip, Progress(done, of, words("summary_card.counts", done=done, of=of))]
    open_ones = [one for one in skills() if state.answers.get(one.id, "sure") != "sure"]
    if not done:
        body.append(words.text("summary_card.nothing"))
    elif not open_ones:
        body.append(words.text("summary_card.all_sure"))
    else:
        body.append(words.text("summary_card.work_on"))
        body += [_to_work_on(one, state.answers[one.id]) for one in open_ones]
        body.append(words.text("summary_card.next"))
    buttons = (_again(),) if state.at >= of else (_carry_on(state), _again())
    return _card(words("summary_card.title"), tuple(body), (*_ways_on(), *buttons))


def _to_work_on(one: Skill, sure: Sure) -> Element:
    return words.text("summary_card.item", skill=one.name, sure=words(f"sure.{sure}"), tip=one.tip)


def _carry_on(state: Checklist) -> Button:
    return button(words("button.carry_on"), ShowSkill(at=state.at), "primary")


def _answers(state: Checklist) -> tuple[Button, ...]:
    return (button(words("button.summary"), ShowSummary()),) if state.answers else ()


def _again() -> Button:
    return button(words("button.again"), StartAgain())


def _ways_on() -> tuple[Button, ...]:
    return (
        button(words("button.raise"), StartRaising()),
        button(words("button.advice"), OpenAdvice(), opens_form=True),
        button(words("button.home"), OpenHome()),
    )


def _card(title: str, body: tuple[Element, ...], buttons: tuple[Button, ...]) -> Card:
    return Card(title, body, buttons, words.blocks("yours"))
