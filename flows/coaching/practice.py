"""The plan at the end of the checklist: one skill, and what somebody will do with it next."""

from datetime import timedelta
from typing import ClassVar

from bot.chat.action import Action
from bot.chat.card import Element, Text, button
from bot.chat.form import ChoiceField, Form, LongTextField, Option, YesNoField, form
from bot.chat.memory import State
from bot.chat.router import Answered, Flow
from bot.chat.text import quote
from bot.chat.turn import Ask, Done, Redraw, Turn
from bot.desk import Desk
from bot.guidance.skills import Skill, skills
from bot.guidance.words import Words
from flows.checking import invalid, submitted, text
from flows.coaching.checklist_state import Checklist
from flows.coaching.safety import PRIVATE, coached
from flows.entries import OpenPlan, OpenRehearsals

flow = Flow[Desk]("practice")
words = Words("practice")

ABOUT = "practice"
"""What the follow-up of this plan is about."""


class Practice(State):
    """The skill that somebody works on, and what they will do, in their own words."""

    name: ClassVar[str] = "practice"
    keep_for: ClassVar[timedelta] = timedelta(days=90)
    skill: str
    will: str


class StartPractice(Action):
    name: ClassVar[str] = "practice.start"


class SendPractice(Action):
    name: ClassVar[str] = "practice.send"


class ForgetPractice(Action):
    name: ClassVar[str] = "practice.forget"


@flow.on(StartPractice, shows=True)
async def start(turn: Turn, desk: Desk, action: StartPractice) -> Answered:
    return Ask(await _form(turn, desk))


@flow.on(SendPractice)
async def send(turn: Turn, desk: Desk, action: SendPractice) -> Answered:
    values = submitted(turn)
    refused = invalid(await _form(turn, desk), values, desk)
    if refused:
        return refused
    plan = Practice(skill=text(values, "skill"), will=text(values, "will"))
    await desk.keep(turn, plan)
    await desk.count(turn, "practice:planned")
    asks = values.get("ask_later") is True
    at = await desk.ask_later(turn, ABOUT) if asks else None
    if not asks:
        await desk.ask_no_more(turn, ABOUT)
    told = words.text("planned.ask", at=desk.when(at)) if at else words.text("planned.no_ask")
    buttons = (
        button(words("button.rehearse"), OpenRehearsals(), "primary"),
        button(words("button.prepare"), OpenPlan()),
        button(words("button.forget"), ForgetPractice()),
    )
    title = words("planned.title")
    return Done(coached(desk, turn.person, title, (*planned(plan), told), *buttons, footnote=PRIVATE))


@flow.on(ForgetPractice)
async def forget(turn: Turn, desk: Desk, action: ForgetPractice) -> Answered:
    await desk.forget(turn, Practice)
    await desk.ask_no_more(turn, ABOUT)
    return Redraw(coached(desk, turn.person, words("forgotten.title"), (words.text("forgotten.body"),)))


def planned(plan: Practice | None) -> tuple[Element, ...]:
    """The plan as it stands on the checklist; nothing where there is none."""
    name = next((one.name for one in skills() if plan is not None and one.id == plan.skill), "")
    if plan is None or not name:
        return ()
    return (Text(words.blocks("planned.body", skill=name) + quote(plan.will)),)


async def _form(turn: Turn, desk: Desk) -> Form:
    """The three to work on to choose from, or every skill where there are none; the first one's tip is the
    example."""
    state = await desk.recall(turn, Checklist) or Checklist()
    kept = await desk.recall(turn, Practice)
    offered = state.three() or skills()
    ids = {one.id for one in offered}
    skill = kept.skill if kept is not None and kept.skill in ids else offered[0].id
    will = kept.will if kept is not None and kept.skill == skill else ""
    tip = _tip(state, offered[0])
    options = tuple(Option(one.id, one.name) for one in offered)
    fields = (
        ChoiceField("skill", words("form.skill"), options, value=skill),
        LongTextField("will", words("form.will"), words("form.will_hint", tip=tip), True, 500, will),
        YesNoField("ask_later", words("form.ask_later"), value=await desk.asks_later(turn, ABOUT)),
    )
    return form(words("form.title"), fields, SendPractice(), words("form.submit"), words.blocks("form.intro"))


def _tip(state: Checklist, one: Skill) -> str:
    return one.tips.of({**state.before, **state.answers}.get(one.id, "partly"))
