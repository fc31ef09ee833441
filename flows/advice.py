"""Advice on a described situation: what it is about, what to do next, words to say, and the way on."""

from typing import ClassVar

from bot.chat.action import Action
from bot.chat.card import Button, Card, Element, Text, button
from bot.chat.form import Form, LongTextField, form
from bot.chat.memory import Question
from bot.chat.router import Answered, Flow, argument
from bot.chat.text import Blocks, markup, quote
from bot.chat.turn import Ask, Done, Redraw, Reply, Turn
from bot.desk import Desk
from bot.guidance.advice import DANGER, Advised, Topic, advise, topic, topics
from bot.guidance.skills import skill
from bot.guidance.words import Words
from flows.checking import identifying, invalid, submitted, text
from flows.entries import (
    OpenAdvice,
    OpenCase,
    OpenChecklist,
    OpenHome,
    OpenLadder,
    OpenUrgent,
    StartRaising,
)
from flows.showing import opened
from flows.urgent import contacts

flow = Flow[Desk]("advice")
words = Words("advice")

_CASES = 3
_HOW_IT_WORKS = "how-escalation-works"
"""The topic to which the partnership's own ladder belongs."""


class Describe(Action):
    """The form with the situation, sent."""

    name: ClassVar[str] = "advice.describe"


class ShowTopic(Action):
    """Another topic in place of the one shown."""

    name: ClassVar[str] = "advice.topic"
    topic: str


class Helpful(Action):
    """ "This was it"."""

    name: ClassVar[str] = "advice.helpful"
    topic: str


class WhichTopic(Question):
    """Asked where the words fitted no topic well; the topics they leaned to. The words are not kept."""

    name: ClassVar[str] = "advice.which"
    leaning: tuple[str, ...] = ()


@flow.command("advice", summary=words("summary"))
async def asked(turn: Turn, desk: Desk) -> Answered:
    typed = argument(turn, "advice")
    return await answer(turn, desk, typed) if typed else Ask(_form())


@flow.on(OpenAdvice)
async def pressed(turn: Turn, desk: Desk, action: OpenAdvice) -> Answered:
    if action.topic in topics():
        return opened(turn, _topic(desk, topic(action.topic)))
    return Ask(_form())


@flow.on(Describe)
async def described(turn: Turn, desk: Desk, action: Describe) -> Answered:
    shown, values = _form(), submitted(turn)
    refused = invalid(shown, values, desk)
    return refused or Done(await _advice(turn, desk, text(values, "situation")))


@flow.on(ShowTopic)
async def other(turn: Turn, desk: Desk, action: ShowTopic) -> Answered:
    await desk.forget(turn, WhichTopic)
    if action.topic not in topics():
        return Ask(_form())
    return Redraw(_topic(desk, topic(action.topic)))


@flow.on(Helpful)
async def helpful(turn: Turn, desk: Desk, action: Helpful) -> Answered:
    raises = action.topic not in topics() or topic(action.topic).escalates
    buttons = (*_raise(raises), button(words("button.checklist"), OpenChecklist()), _home())
    return Redraw(Card(words("helpful.title"), (words.text("helpful.body"),), buttons))


@flow.question(WhichTopic)
async def told_more(turn: Turn, desk: Desk, question: WhichTopic, typed: str) -> Answered:
    """A second description is answered as well as it can be: one question is enough."""
    await desk.forget(turn, WhichTopic)
    advised = advise(typed, question.leaning)
    if not advised.topic or not advised.because:
        return opened(turn, await _unsure(turn, desk, advise(typed), identifying(typed, desk)))
    return opened(turn, _topic(desk, topic(advised.topic), advised, identifying(typed, desk)))


async def answer(turn: Turn, desk: Desk, described: str) -> Reply:
    """Advice on what was typed, to this person alone."""
    return opened(turn, await _advice(turn, desk, described))


async def _advice(turn: Turn, desk: Desk, described: str) -> Card:
    advised = advise(described)
    if not advised.sure:
        leaning = (advised.topic, *advised.alternatives) if advised.topic else ()
        await desk.keep(turn, WhichTopic(leaning=leaning))
        return await _unsure(turn, desk, advised, identifying(described, desk))
    return _topic(desk, topic(advised.topic), advised, identifying(described, desk))


def _form() -> Form:
    situation = LongTextField("situation", words("ask.field"), words("ask.hint"))
    intro = words.blocks("ask.intro")
    return form(words("ask.title"), (situation,), Describe(), words("ask.submit"), intro)


def _topic(desk: Desk, one: Topic, advised: Advised | None = None, identified: str = "") -> Card:
    """All that is said about a topic; `advised` says why it is shown and what else it could be."""
    body: list[Element] = []
    if identified:
        body.append(words.text("identifying", what=identified))
    if one.id == DANGER:
        body += contacts(desk)
    if one.redirect:
        body.append(Text((*words.blocks("redirect"), *markup(one.redirect))))
    body += [
        Text((*words.blocks("next"), *_numbered(one.next_steps))),
        Text((*words.blocks("say"), *(block for said in one.say for block in quote(said)))),
        words.text("skills", skills=", ".join(skill(id).name for id in one.skills)),
        words.text("write_down", text=one.write_down),
        words.text("escalate", text=one.escalate),
    ]
    footnote = words.blocks("source", source=one.source)
    if advised is not None and advised.because:
        because = ", ".join(f"“{heard}”" for heard in advised.because)
        footnote = (*words.blocks("because", words=because), *footnote)
    others = advised.alternatives if advised else ()
    buttons = (
        button(words("button.urgent"), OpenUrgent(), "danger"),
        *_raise(one.escalates),
        *((button(words("button.ladder"), OpenLadder()),) if one.id == _HOW_IT_WORKS else ()),
        button(words("button.yes"), Helpful(topic=one.id)),
        *(button(words("button.other", topic=topic(id).title), ShowTopic(topic=id)) for id in others),
        _home(),
    )
    return Card(one.title, tuple(body), buttons, footnote)


async def _unsure(turn: Turn, desk: Desk, advised: Advised, identified: str = "") -> Card:
    """One question: which of the nearest topics it is, or a little more about it. Somebody on a case may
    have meant that case: words typed in a private chat without threads reach nobody by themselves."""
    near = (advised.topic, *advised.alternatives) if advised.topic else ()
    body: list[Element] = [words.text("identifying", what=identified)] if identified else []
    body.append(words.text("unsure.body" if near else "unsure.none"))
    cases = (await desk.cases_of(turn.person, open_only=True))[:_CASES] if turn.person else ()
    if cases:
        body.insert(0, words.text("unsure.cases"))
    buttons = (
        *(button(case.reference, OpenCase(case=case.id)) for case in cases),
        *(button(topic(id).question, ShowTopic(topic=id)) for id in near),
        button(words("button.describe"), OpenAdvice(), opens_form=True),
        button(words("button.urgent"), OpenUrgent(), "danger"),
        *_raise(True),
        _home(),
    )
    return Card(words("unsure.title" if near else "unsure.title_none"), tuple(body), buttons)


def _numbered(steps: tuple[str, ...]) -> Blocks:
    return markup("\n".join(f"{number}. {step}" for number, step in enumerate(steps, start=1)))


def _raise(possible: bool) -> tuple[Button, ...]:
    return (button(words("button.raise"), StartRaising(), "primary"),) if possible else ()


def _home() -> Button:
    return button(words("button.home"), OpenHome())
