"""Rehearsal: a short role-play against scripted replies, with feedback on each thing that was said."""

from collections import Counter
from datetime import timedelta
from typing import ClassVar

from bot.chat.action import Action
from bot.chat.card import Button, Card, Element, Status, Text, button
from bot.chat.memory import Question, State
from bot.chat.router import Answered, Flow
from bot.chat.text import Bullets, Span, markup, quote
from bot.chat.turn import Redraw, Turn
from bot.desk import Desk
from bot.guidance.danger import in_danger
from bot.guidance.rehearsal import Choice, Exchange, Rehearsal, nearest, rehearsals
from bot.guidance.skills import skill
from bot.guidance.words import Words
from flows.checking import identifying
from flows.coaching.safety import coached, may_ask
from flows.entries import OpenAdvice, OpenPlan, OpenRehearsals
from flows.guarding import how_to_delete
from flows.showing import opened

flow = Flow[Desk]("rehearsal")
words = Words("rehearsal")

_LETTERS = "ABCDEF"


class Rehearsing(State):
    """The role-play that somebody is in: `said` are the turns so far, each with the choice (from 0). What
    was typed is not kept."""

    name: ClassVar[str] = "rehearsal"
    keep_for: ClassVar[timedelta] = timedelta(days=14)
    rehearsal: str
    said: tuple[tuple[str, int], ...] = ()


class Reply(Question):
    """Their own words are waited for."""

    name: ClassVar[str] = "rehearsal.reply"
    keep_for: ClassVar[timedelta] = timedelta(hours=1)
    dictated: ClassVar[bool] = True


class Say(Action):
    """Say this (from 0) at this turn; `place` is how many things were said before."""

    name: ClassVar[str] = "rehearsal.say"
    rehearsal: str
    turn: str
    choice: int
    place: int


class Leave(Action):
    name: ClassVar[str] = "rehearsal.leave"


@flow.command("rehearse", "rehearsal", "practise", summary=words("summary"), exact=True)
async def asked(turn: Turn, desk: Desk) -> Answered:
    return opened(turn, await _list(turn, desk))


@flow.on(OpenRehearsals)
async def pressed(turn: Turn, desk: Desk, action: OpenRehearsals) -> Answered:
    if action.rehearsal not in rehearsals():
        return opened(turn, await _list(turn, desk))
    state = await _recall(turn, desk, action.rehearsal)
    if state is None or _where(state) is None:
        state = Rehearsing(rehearsal=action.rehearsal)
        await desk.keep(turn, state)
        await desk.count(turn, f"rehearsal:{action.rehearsal}")
    await _listen(turn, desk)
    return opened(turn, _now(turn, desk, state))


@flow.on(Say)
async def said(turn: Turn, desk: Desk, action: Say) -> Answered:
    """A press on an older card of the same role-play goes back to that place."""
    if action.rehearsal not in rehearsals():
        return Redraw(await _list(turn, desk))
    kept = await _recall(turn, desk, action.rehearsal) or Rehearsing(rehearsal=action.rehearsal)
    state = kept.model_copy(update={"said": kept.said[: action.place]})
    if action.turn != _where(state):
        return Redraw(await _list(turn, desk))
    return Redraw(await _on(turn, desk, state, action.choice))


@flow.question(Reply)
async def typed(turn: Turn, desk: Desk, question: Reply, text: str) -> Answered:
    """Their own words are taken for the nearest thing that can be said here, and are not kept."""
    state = await _recall(turn, desk)
    here = _where(state) if state is not None else None
    if state is None or here is None:
        await desk.forget(turn, Reply)
        return opened(turn, await _list(turn, desk))
    exchange = rehearsals()[state.rehearsal].turns[here]
    if in_danger(text):
        return None  # the numbers are on screen, and nothing of the practice hides them
    choice = nearest(exchange, text)
    stopped = identifying(text, desk)
    if choice is None or stopped:
        return opened(turn, _asked_again(turn, desk, state, exchange, stopped))
    return opened(turn, await _on(turn, desk, state, choice, words.text("taken")))


@flow.on(Leave)
async def leave(turn: Turn, desk: Desk, action: Leave) -> Answered:
    await desk.forget(turn, Rehearsing)
    await desk.forget(turn, Reply)
    return Redraw(await _list(turn, desk))


async def _listen(turn: Turn, desk: Desk) -> None:
    """Wait for typed words, where they can be."""
    if await may_ask(turn, desk):
        await desk.keep(turn, Reply())


async def _on(turn: Turn, desk: Desk, state: Rehearsing, choice: int, *note: Element) -> Card:
    """One thing further: what they say to it, or how it ended."""
    here = _where(state)
    assert here is not None, "nothing is said after the end"
    choice = min(max(choice, 0), len(rehearsals()[state.rehearsal].turns[here].choices) - 1)
    state = state.model_copy(update={"said": (*state.said, (here, choice))})
    await desk.keep(turn, state)
    ended = _where(state) is None
    if ended:
        await desk.forget(turn, Reply)
        await desk.count(turn, "rehearsal:finished")
    else:
        await _listen(turn, desk)
    return _now(turn, desk, state, *note)


async def _list(turn: Turn, desk: Desk) -> Card:
    """All role-plays, each with the roles in it."""
    items = Bullets(
        tuple(
            (Span(f"{one.title}: ", bold=True), Span(words("list.roles", you=one.you, they=one.they)))
            for one in rehearsals().values()
        )
    )
    buttons = tuple(button(one.title, OpenRehearsals(rehearsal=id)) for id, one in rehearsals().items())
    return _card(turn, desk, words("list.title"), (words.text("list.intro"), Text((items,))), *buttons)


def _now(turn: Turn, desk: Desk, state: Rehearsing, *note: Element) -> Card:
    one = rehearsals()[state.rehearsal]
    here = _where(state)
    if here is None:
        return _end(turn, desk, one, state, *note)
    exchange = one.turns[here]
    body: list[Element] = [*note, *_feedback(one, state, typed=bool(note))]
    if not state.said:
        body.append(Text(words.blocks("about", about=one.about, you=one.you, they=one.they)))
    body.append(Text((*words.blocks("they_say", they=one.they), *quote(exchange.they_say))))
    body.append(Text((*words.blocks("what_now"), _choices(exchange))))
    return _card(turn, desk, one.title, tuple(body), *_say_buttons(state, exchange))


def _asked_again(turn: Turn, desk: Desk, state: Rehearsing, exchange: Exchange, stopped: str) -> Card:
    """The same choices, in short, where what was typed could not be taken."""
    note = words.text("identifying", what=stopped) if stopped else words.text("not_placed")
    delete = how_to_delete(turn) if stopped else ""
    body = (
        note,
        *((Text(markup(delete)),) if delete else ()),
        Text((*words.blocks("what_now"), _choices(exchange))),
    )
    one = rehearsals()[state.rehearsal]
    return _card(turn, desk, one.title, body, *_say_buttons(state, exchange))


def _say_buttons(state: Rehearsing, exchange: Exchange) -> tuple[Button, ...]:
    here = _where(state)
    assert here is not None, "nothing is said after the end"
    place = len(state.said)
    return (
        *(
            button(
                words("button.say", letter=_LETTERS[n]),
                Say(rehearsal=state.rehearsal, turn=here, choice=n, place=place),
            )
            for n in range(len(exchange.choices))
        ),
        button(words("button.leave"), Leave()),
    )


def _choices(exchange: Exchange) -> Bullets:
    return Bullets(
        tuple((Span(f"{_LETTERS[n]}. {choice.say}"),) for n, choice in enumerate(exchange.choices))
    )


def _feedback(one: Rehearsal, state: Rehearsing, *, typed: bool = False) -> tuple[Element, ...]:
    """On what was said last; what was typed was near to it, and not the same."""
    if not state.said:
        return ()
    last = _choice(one, state.said[-1])
    names = ", ".join(skill(id).name for id in last.skills)
    key = "feedback.showed" if last.rating == "strong" else "feedback.lacked"
    return (
        Status(words(f"feedback.{last.rating}"), "good" if last.rating == "strong" else "neutral"),
        Text(
            (
                *words.blocks("feedback.fuller" if typed else "feedback.you_said"),
                *quote(last.say),
                *words.blocks("feedback.says", text=last.feedback),
            )
        ),
        words.text(key, skills=names),
    )


def _end(turn: Turn, desk: Desk, one: Rehearsal, state: Rehearsing, *note: Element) -> Card:
    """How it ended, and by skill what was shown and what was missing."""
    ending = one.endings[_choice(one, state.said[-1]).next]
    said = [_choice(one, each) for each in state.said]
    showed = Counter(id for choice in said if choice.rating == "strong" for id in choice.skills)
    missing = (id for choice in said if choice.rating != "strong" for id in choice.skills)
    lacked = Counter(id for id in missing if id not in showed)
    body: list[Element] = [
        *note,
        *_feedback(one, state, typed=bool(note)),
        words.text("end.text", title=ending.title, text=ending.text),
    ]
    for key, counted in (("end.showed", showed), ("end.lacked", lacked)):
        if counted:
            names = tuple((Span(skill(id).name),) for id, _ in counted.most_common())
            body.append(Text((*words.blocks(key), Bullets(names))))
    ids = list(rehearsals())
    following = rehearsals()[ids[(ids.index(one.id) + 1) % len(ids)]]
    buttons = (
        button(words("button.again"), OpenRehearsals(rehearsal=one.id), "primary"),
        button(words("button.next", title=following.title), OpenRehearsals(rehearsal=following.id)),
        button(words("button.plan"), OpenPlan()),
        button(words("button.advice"), OpenAdvice(topic=one.topic)),
    )
    return _card(turn, desk, words(f"end.{ending.outcome}"), tuple(body), *buttons)


def _choice(one: Rehearsal, said: tuple[str, int]) -> Choice:
    return one.turns[said[0]].choices[said[1]]


def _where(state: Rehearsing) -> str | None:
    """The turn that is next; None where it has ended."""
    one = rehearsals()[state.rehearsal]
    here = _choice(one, state.said[-1]).next if state.said else one.first
    return here if here in one.turns else None


async def _recall(turn: Turn, desk: Desk, rehearsal: str = "") -> Rehearsing | None:
    """The role-play that somebody is in (this one, if named); None where there is none, or where the content
    has changed since."""
    kept = await desk.recall(turn, Rehearsing)
    one = rehearsals().get(kept.rehearsal) if kept is not None else None
    if kept is None or one is None or (rehearsal and kept.rehearsal != rehearsal):
        return None
    here = one.first
    for place, choice in kept.said:
        if place != here or place not in one.turns or choice >= len(one.turns[place].choices):
            return None
        here = one.turns[place].choices[choice].next
    return kept


def _card(turn: Turn, desk: Desk, title: str, body: tuple[Element, ...], *buttons: Button) -> Card:
    return coached(desk, turn.person, title, body, *buttons, footnote=words.blocks("yours"))
