"""Advice on a described situation: what it is about, what to do next, words to say, and the way on."""

from typing import ClassVar

from bot.chat.action import Action
from bot.chat.card import Button, Card, Element, Text, button
from bot.chat.form import Form, LongTextField, form
from bot.chat.memory import Question
from bot.chat.router import Answered, Flow, argument
from bot.chat.text import Blocks, markup, quote
from bot.chat.turn import Ask, Done, Redraw, Reply, Turn
from bot.desk import AskedIn, Desk
from bot.guidance.advice import DANGER, Advised, Topic, advise, topic, topics
from bot.guidance.rehearsal import rehearsals
from bot.guidance.skills import skill
from bot.guidance.words import Words
from flows.checking import identifying, invalid, submitted, text
from flows.coaching.safety import coached, home, safety, someone
from flows.entries import (
    OpenAdvice,
    OpenCase,
    OpenChecklist,
    OpenFollowUp,
    OpenLadder,
    OpenOtherChair,
    OpenPlan,
    OpenRehearsals,
)
from flows.guarding import how_to_delete
from flows.showing import opened
from flows.urgent import contacts

flow = Flow[Desk]("advice")
words = Words("advice")

_CASES = 3
_HOW_IT_WORKS = "how-escalation-works"
"""The topic to which the partnership's own ladder belongs."""
_CHALLENGED = "being-challenged"
"""The topic to which the other chair belongs."""


class Describe(Action):
    """The form with the situation, sent."""

    name: ClassVar[str] = "advice.describe"


class ShowTopic(Action):
    """Another topic in place of the one shown."""

    name: ClassVar[str] = "advice.topic"
    topic: str


class ShareTopic(Action):
    """Show the topic to all in this channel, as the asker wants it."""

    name: ClassVar[str] = "advice.share"
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


@flow.on(OpenAdvice, shows=True)
async def pressed(turn: Turn, desk: Desk, action: OpenAdvice) -> Answered:
    if action.topic in topics():
        return opened(turn, await _topic(turn, desk, topic(action.topic)))
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
    await desk.count(turn, "advice:other")
    return Redraw(await _topic(turn, desk, topic(action.topic)))


@flow.on(ShareTopic)
async def shared(turn: Turn, desk: Desk, action: ShareTopic) -> Answered:
    """What is said about a topic, for all in the channel where it was asked; never what was asked."""
    if action.topic not in topics() or not await desk.show_all(turn, action.topic):
        return opened(turn, _said(turn, desk, "not_shared"))
    return opened(turn, _said(turn, desk, "shared"))


@flow.on(Helpful)
async def helpful(turn: Turn, desk: Desk, action: Helpful) -> Answered:
    """A card of its own: the advice stays, since it is needed now."""
    await desk.count(turn, "advice:helpful")
    known = action.topic in topics()
    later = (button(words("button.ask_later"), OpenFollowUp(about=action.topic)),) if known else ()
    buttons = (
        button(words("button.plan"), OpenPlan(), "primary"),
        *later,
        button(words("button.checklist"), OpenChecklist()),
    )
    body = (words.text("helpful.body"),)
    return opened(turn, coached(desk, turn.person, words("helpful.title"), body, *buttons))


@flow.question(WhichTopic)
async def told_more(turn: Turn, desk: Desk, question: WhichTopic, typed: str) -> Answered:
    """A second description is answered as well as it can be: one question is enough."""
    await desk.forget(turn, WhichTopic)
    advised = advise(typed, question.leaning)
    if not advised.topic:
        return opened(turn, await _not_answered(turn, desk, advised, identifying(typed, desk)))
    one = topic(advised.topic)
    return opened(turn, await _topic(turn, desk, one, advised, identifying(typed, desk)))


def _said(turn: Turn, desk: Desk, key: str) -> Card:
    return coached(desk, turn.person, words(f"{key}.title"), (words.text(f"{key}.body"),))


def for_all(id: str, desk: Desk) -> Card:
    """A topic, for all in a channel; `id` is a topic's."""
    one = topic(id)
    return Card(one.title, _about(desk, one), safety(), _source(one))


async def answer(turn: Turn, desk: Desk, described: str) -> Reply:
    """Advice on what was typed, to this person alone."""
    return opened(turn, await _advice(turn, desk, described))


async def _advice(turn: Turn, desk: Desk, described: str) -> Card:
    advised = advise(described)
    identified = identifying(described, desk)
    if not advised.sure:
        if advised.kind in ("topic", "unclear"):
            leaning = (advised.topic, *advised.alternatives) if advised.topic else ()
            await desk.keep(turn, WhichTopic(leaning=leaning))
            await desk.count(turn, "advice:unsure")
        return await _not_answered(turn, desk, advised, identified)
    return await _topic(turn, desk, topic(advised.topic), advised, identified)


def _form() -> Form:
    situation = LongTextField("situation", words("ask.field"), words("ask.hint"))
    intro = words.blocks("ask.intro")
    return form(words("ask.title"), (situation,), Describe(), words("ask.submit"), intro)


async def _topic(
    turn: Turn, desk: Desk, one: Topic, advised: Advised | None = None, identified: str = ""
) -> Card:
    """All that is said about a topic; `advised` says why it is shown and what else it could be."""
    await desk.count(turn, f"advice:{one.id}")
    if turn.place.kind == "channel":
        await desk.keep(turn, AskedIn(place=turn.place))
    body: list[Element] = []
    if identified:
        body += _identifying(turn, identified)
    body += [*_about(desk, one), *someone(desk, turn.person)]
    footnote = _source(one)
    if advised is not None and advised.because and not identified:
        because = ", ".join(f"“{heard}”" for heard in advised.because)
        footnote = (*words.blocks("because", words=because), *footnote)
    others = advised.alternatives if advised else ()
    buttons = (
        *safety(),
        button(words("button.yes"), Helpful(topic=one.id)),
        *(button(words("button.other", topic=topic(id).title), ShowTopic(topic=id)) for id in others),
        *_ways_on(one),
        *_share(turn, one),
        home(),
    )
    return Card(one.title, tuple(body), buttons, footnote)


def _about(desk: Desk, one: Topic) -> tuple[Element, ...]:
    """What is said about a topic, whoever asks."""
    first = contacts(desk) if one.id == DANGER else ()
    redirect = (Text((*words.blocks("redirect"), *markup(one.redirect))),) if one.redirect else ()
    return (
        *first,
        *redirect,
        Text((*words.blocks("next"), *_numbered(one.next_steps))),
        Text((*words.blocks("say"), *(block for said in one.say for block in quote(said)))),
        words.text("skills", skills=", ".join(skill(id).name for id in one.skills)),
        words.text("write_down", text=one.write_down),
        words.text("escalate", text=one.escalate),
    )


def _source(one: Topic) -> Blocks:
    return words.blocks("source", source=one.source)


def _ways_on(one: Topic) -> tuple[Button, ...]:
    """The doors that belong to this topic."""
    found = [button(words("button.plan"), OpenPlan())] if one.escalates and one.id != DANGER else []
    rehearsal = next((id for id, each in rehearsals().items() if each.topic == one.id), "")
    if rehearsal:
        found.append(button(words("button.rehearse"), OpenRehearsals(rehearsal=rehearsal)))
    if one.id == _HOW_IT_WORKS:
        found.append(button(words("button.ladder"), OpenLadder()))
    if one.id == _CHALLENGED:
        found.append(button(words("button.other_chair"), OpenOtherChair(chair="challenged")))
    return tuple(found)


def _share(turn: Turn, one: Topic) -> tuple[Button, ...]:
    """In a channel the answer is for the asker alone, who may want it shown to the others."""
    if turn.place.kind != "channel":
        return ()
    return (button(words("button.share"), ShareTopic(topic=one.id)),)


async def _not_answered(turn: Turn, desk: Desk, advised: Advised, identified: str = "") -> Card:
    """One question: which of the nearest topics it is, or a little more about it; or why there is no answer.
    Somebody on a case may have meant that case: words typed in a private chat without threads reach nobody
    by themselves."""
    near: tuple[str, ...] = ()
    if advised.kind == "topic" and advised.topic:
        near = (advised.topic, *advised.alternatives)
    key = "near" if near else "unclear" if advised.kind == "topic" else advised.kind
    body: list[Element] = [*_identifying(turn, identified)] if identified else []
    if advised.kind == "language":
        body += contacts(desk)
    body.append(words.text(f"unsure.{key}.body"))
    cases = (await desk.cases_of(turn.person, open_only=True))[:_CASES] if turn.person else ()
    if cases:
        body.insert(0, words.text("unsure.cases"))
    buttons = (
        *(button(case.reference, OpenCase(case=case.id)) for case in cases),
        *(button(topic(id).question, ShowTopic(topic=id)) for id in near),
        button(words("button.describe"), OpenAdvice(), opens_form=True),
    )
    return coached(desk, turn.person, words(f"unsure.{key}.title"), tuple(body), *buttons)


def _identifying(turn: Turn, what: str) -> tuple[Element, ...]:
    """That the words were not kept, and how to delete them where they stand."""
    delete = how_to_delete(turn)
    return (words.text("identifying", what=what), *((Text(markup(delete)),) if delete else ()))


def _numbered(steps: tuple[str, ...]) -> Blocks:
    return markup("\n".join(f"{number}. {step}" for number, step in enumerate(steps, start=1)))
