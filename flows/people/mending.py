"""A message reached somebody by no way: the coordinator mends the entry and has it sent again. Nothing here
says which case it was."""

from bot.chat.card import Card, Element, Fact, Facts, Text, button
from bot.chat.router import Flow
from bot.chat.text import Bullets, Span
from bot.chat.turn import Redraw, Reply, Turn
from bot.desk import Desk, events
from bot.guidance.words import Words
from flows.entries import OpenEntry, SendAgain, StartCorrecting
from flows.people.entry_card import ways_said
from flows.people.theirs import not_theirs
from flows.reached import way

flow, words = Flow[Desk]("mending"), Words("mending")


def mend(person: str, failed: tuple[events.Failed, ...], desk: Desk) -> Card:
    """Who, by which ways it was tried and why none worked, and what to do."""
    entry, name = desk.entry(person), desk.person(person).name
    lines = tuple((Span(_line(one)),) for one in failed)
    body: list[Element] = [words.text("body", name=name), Text((*words.blocks("tried"), Bullets(lines)))]
    if entry is None:
        return Card(words("title", name=name), (*body, words.text("gone")))
    body.append(
        Facts((
            Fact(words("fact.email"), entry.email),
            Fact(words("fact.ways"), ways_said(entry)),
            Fact(words("fact.phone"), entry.phone or words("no_phone")),
        ))
    )  # fmt: skip
    body.append(words.text("what", name=name))
    buttons = (
        button(words("label.correct"), StartCorrecting(person=person), "primary", opens_form=True),
        button(words("label.again"), SendAgain(person=person)),
        button(words("label.entry"), OpenEntry(person=person)),
    )
    return Card(words("title", name=name), tuple(body), buttons, words.blocks("note"))


def mended(person: str, desk: Desk) -> Card:
    name = desk.person(person).name
    return Card(words("mended.title", name=name), (words.text("mended.body", name=name),))


@flow.on(SendAgain)
async def send_again(turn: Turn, desk: Desk, press: SendAgain) -> Reply:
    if not desk.is_coordinator(turn):
        return await not_theirs(turn, desk, "mending_not_theirs")
    sent = await desk.send_again(turn, press.person)
    name = desk.person(press.person).name
    entry = (button(words("label.entry"), OpenEntry(person=press.person)),)
    if not sent:
        return Redraw(Card(words("nothing.title"), (words.text("nothing.body", name=name),), entry))
    return Redraw(Card(words("again.title"), (words.text("again.body", name=name),), entry))


def _line(failed: events.Failed) -> str:
    if not failed.way:
        return failed.reason
    return words("line", way=way(failed.way), reason=failed.reason)
