"""The other chair: coaching for whoever is challenged, and for the managers on both sides.

It is offered when somebody has acknowledged an escalation, can be put away for good, and is there by word.
"""

from datetime import timedelta
from typing import ClassVar, get_args

from bot.chat.action import Action
from bot.chat.card import Button, Card, Element, Progress, Text, button
from bot.chat.memory import State
from bot.chat.router import Answered, Flow
from bot.chat.text import Bullets, Span, quote
from bot.chat.turn import Redraw, Reply, Turn
from bot.desk import Desk, Side
from bot.guidance.other_chair import Chair, Guide, guide, guides
from bot.guidance.words import Words
from flows.coaching.safety import coached
from flows.entries import OpenCase, OpenOtherChair
from flows.showing import opened

flow = Flow[Desk]("other_chair")
words = Words("other_chair")

_OF_SIDE: dict[Side, Chair] = {"receiving": "manager", "raising": "raiser-manager"}


class PutAway(State):
    """The chairs for which somebody does not want to be offered coaching any more."""

    name: ClassVar[str] = "other_chair.put_away"
    keep_for: ClassVar[timedelta] = timedelta(days=365)
    chairs: tuple[str, ...] = ()


class ShowPage(Action):
    """A page (from 0) of a guide; after the last one, what a good answer contains."""

    name: ClassVar[str] = "other_chair.page"
    chair: str
    page: int
    case: str = ""


class NotNow(Action):
    """The offer is put away: for now, or for good."""

    name: ClassVar[str] = "other_chair.not_now"
    chair: str
    for_good: bool = False


@flow.command("challenged", "being challenged", summary=words("summary"), exact=True, shows=True)
async def asked(turn: Turn, desk: Desk) -> Answered:
    return opened(turn, _choice(turn, desk))


@flow.on(OpenOtherChair)
async def pressed(turn: Turn, desk: Desk, action: OpenOtherChair) -> Answered:
    chair = _chair(action.chair)
    if chair is None:
        return opened(turn, _choice(turn, desk))
    await desk.count(turn, f"other_chair:{chair}")
    return opened(turn, _page(turn, desk, guide(chair), 0, action.case))


@flow.on(ShowPage, shows=True)
async def turned(turn: Turn, desk: Desk, action: ShowPage) -> Answered:
    chair = _chair(action.chair)
    if chair is None:
        return Redraw(_choice(turn, desk))
    return Redraw(_page(turn, desk, guide(chair), action.page, action.case))


@flow.on(NotNow)
async def not_now(turn: Turn, desk: Desk, action: NotNow) -> Answered:
    await desk.count(turn, "other_chair:put_away")
    if action.for_good:
        kept = await desk.recall(turn, PutAway) or PutAway()
        await desk.keep(turn, PutAway(chairs=tuple(dict.fromkeys((*kept.chairs, action.chair)))))
    key = "put_away.for_good" if action.for_good else "put_away.for_now"
    return Redraw(_card(turn, desk, words("put_away.title"), (words.text(key),)))


async def offered(turn: Turn, desk: Desk, side: Side, case: str) -> tuple[Reply, ...]:
    """To somebody who has just acknowledged for this side: two minutes on what comes next. Nothing where they
    do not want to be asked."""
    chair = _OF_SIDE[side]
    kept = await desk.recall(turn, PutAway)
    if kept is not None and chair in kept.chairs:
        return ()
    await desk.count(turn, "other_chair:offered")
    buttons = (
        button(words("button.show"), OpenOtherChair(chair=chair, case=case), "primary"),
        button(words("button.not_now"), NotNow(chair=chair)),
        button(words("button.never"), NotNow(chair=chair, for_good=True)),
    )
    card = _card(turn, desk, words(f"offer.{chair}.title"), (words.text(f"offer.{chair}.body"),), *buttons)
    return (opened(turn, card),)


def _choice(turn: Turn, desk: Desk) -> Card:
    buttons = tuple(button(one.title, OpenOtherChair(chair=one.id)) for one in guides())
    return _card(turn, desk, words("choice.title"), (words.text("choice.body"),), *buttons)


def _page(turn: Turn, desk: Desk, one: Guide, number: int, case: str) -> Card:
    of = len(one.pages) + 1
    number = min(max(number, 0), of - 1)
    body: list[Element] = [words.text("opening", text=one.opening)] if not number else []
    body.append(Progress(number + 1, of, words("progress", number=number + 1, of=of)))
    if number < len(one.pages):
        page = one.pages[number]
        body.append(Text((*words.blocks("page", title=page.title), _list(page.points))))
        body.append(Text((*words.blocks("say"), *(block for said in page.say for block in quote(said)))))
    else:
        body.append(Text((*words.blocks("good_answer"), _list(one.good_answer))))
        body.append(Text((*words.blocks("avoid"), _list(one.avoid))))
    buttons: list[Button] = []
    if number + 1 < of:
        buttons.append(
            button(words("button.next"), ShowPage(chair=one.id, page=number + 1, case=case), "primary")
        )
    if number:
        buttons.append(button(words("button.back"), ShowPage(chair=one.id, page=number - 1, case=case)))
    if case:
        buttons.append(button(words("button.case"), OpenCase(case=case)))
    return _card(turn, desk, one.title, tuple(body), *buttons, source=one.source)


def _list(points: tuple[str, ...]) -> Bullets:
    return Bullets(tuple((Span(point),) for point in points))


def _chair(id: str) -> Chair | None:
    return next((chair for chair in get_args(Chair) if chair == id), None)


def _card(
    turn: Turn, desk: Desk, title: str, body: tuple[Element, ...], *buttons: Button, source: str = ""
) -> Card:
    footnote = words.blocks("source", source=source) if source else ()
    return coached(desk, turn.person, title, body, *buttons, footnote=footnote)
