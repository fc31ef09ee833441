"""The seven-minute briefing: part by part, by name, and by the words in it."""

from typing import ClassVar

from bot.chat.action import Action
from bot.chat.card import Card, Element, Progress, Text, button
from bot.chat.router import Answered, Flow, argument
from bot.chat.text import markup
from bot.chat.turn import Redraw, Turn
from bot.desk import Desk
from bot.guidance.briefing import Part, part, parts, search
from bot.guidance.words import Words
from flows.checking import identifying
from flows.coaching.safety import home, safety
from flows.entries import OpenBraver, OpenBriefing, OpenChecklist, OpenWalk
from flows.showing import public

flow = Flow[Desk]("briefing")
words = Words("briefing")

MOST_FOUND = 6
"""How many lines a search shows: as many as a phone shows without losing the thread."""


class ShowPart(Action):
    """A part in place of the card that was pressed; all parts where `part` is empty."""

    name: ClassVar[str] = "briefing.part"
    part: str = ""


@flow.command("briefing", summary=words("summary"), shows=True)
async def asked(turn: Turn, desk: Desk) -> Answered:
    wanted = argument(turn, "briefing")
    return public(turn, _card("" if identifying(wanted, desk) else wanted))


@flow.on(OpenBriefing, shows=True)
async def pressed(turn: Turn, desk: Desk, action: OpenBriefing) -> Answered:
    return public(turn, _card(action.part))


@flow.on(ShowPart, shows=True)
async def stepped(turn: Turn, desk: Desk, action: ShowPart) -> Answered:
    return Redraw(_card(action.part))


def _card(wanted: str) -> Card:
    if not wanted:
        return _contents(words("title"), words.text("contents"))
    found = part(wanted)
    return _part(found) if found else _search(wanted)


def _contents(title: str, *body: Element) -> Card:
    buttons = tuple(
        button(words("part", number=one.number, title=one.title), ShowPart(part=one.id)) for one in parts()
    )
    walk = button(words("button.walk"), OpenWalk(), "primary")
    return Card(title, body, (walk, *buttons, *safety()), words.blocks("source"))


def _part(one: Part) -> Card:
    last = len(parts())
    body: list[Element] = [
        Progress(one.number, last, words("progress", number=one.number, of=last)),
        Text(markup(one.body)),
    ]
    if one.lost:
        body.append(words.text("lost", lost=one.lost))
    buttons = []
    if one.number < last:
        buttons.append(button(words("button.next"), ShowPart(part=str(one.number + 1)), "primary"))
    if one.number > 1:
        buttons.append(button(words("button.back"), ShowPart(part=str(one.number - 1))))
    buttons.append(button(words("button.contents"), ShowPart()))
    if one.id == "skills-checklist":
        buttons.append(button(words("button.checklist"), OpenChecklist()))
    if one.id == "braver":
        buttons.append(button(words("button.braver"), OpenBraver()))
    buttons += [*safety(), home()]
    title = words("part", number=one.number, title=one.title)
    return Card(title, tuple(body), tuple(buttons), words.blocks("source"))


def _search(wanted: str) -> Card:
    found = search(wanted)
    title = words("found.title", words=wanted)
    if not found:
        return _contents(title, words.text("found.none"))
    lines = tuple(
        words.text("found.line", number=hit.part.number, title=hit.part.title, line=hit.line)
        for hit in found[:MOST_FOUND]
    )
    opening = dict.fromkeys(hit.part for hit in found[:MOST_FOUND])
    buttons = (
        *(
            button(words("part", number=one.number, title=one.title), ShowPart(part=one.id))
            for one in opening
        ),
        button(words("button.contents"), ShowPart()),
        *safety(),
    )
    return Card(title, lines, buttons, words.blocks("source"))
