"""The urgent numbers: a named person rings each and says whether it is right; everybody sees who did."""

from dataclasses import replace
from typing import ClassVar

from bot.chat.action import Action
from bot.chat.card import Button, Card, Element, Text, button
from bot.chat.router import Flow
from bot.chat.text import Bullets, Span
from bot.chat.turn import Redraw, Reply, Turn
from bot.desk import Desk, NumberState
from bot.guidance.words import Words
from flows.checking import me
from flows.entries import OpenHome, OpenUrgent
from flows.showing import opened

words = Words("numbers")
flow = Flow[Desk]("numbers")


class SayOfNumber(Action):
    """ "I rang it": it is right, or it is wrong. Number and name must be those that were shown."""

    name: ClassVar[str] = "numbers.say"
    number: str
    whose: str
    right: bool


@flow.command("numbers", summary=words("summary"), exact=True, shows=True)
async def typed(turn: Turn, desk: Desk) -> Reply:
    return opened(turn, await _card(turn, desk))


@flow.on(SayOfNumber)
async def said(turn: Turn, desk: Desk, press: SayOfNumber) -> Reply:
    states = await desk.numbers()
    rung = [one for one in states if one.standing != "national"]
    shown = next(
        (one for one in rung if (one.contact.number, one.contact.name) == (press.number, press.whose)), None
    )
    if shown is None or not desk.may_confirm_numbers(me(turn)):
        key = "gone" if shown is None else "not_yours"
        if shown is not None:
            await desk.suspicious(turn, "numbers_not_yours")
        return Redraw(Card(words(f"{key}.title"), (words.text(f"{key}.body"),), _buttons()))
    await desk.say_of_number(turn, shown.contact, press.right)
    card = await _card(turn, desk)
    note = () if press.right else (words.text("wrong_now", number=press.number),)
    return Redraw(replace(card, body=(*note, *card.body)))


async def _card(turn: Turn, desk: Desk) -> Card:
    return listed(await desk.numbers(), desk, desk.may_confirm_numbers(me(turn)))


def listed(states: tuple[NumberState, ...], desk: Desk, may: bool) -> Card:
    """Each number with what is known of it, and for whoever may say so the buttons to say it."""
    lines = tuple((Span(f"{one.contact.number}: ", bold=True), Span(_said(one, desk))) for one in states)
    open_ = any(one.standing == "open" for one in states)
    top = "example" if desk.policy.status == "example" else "ask" if may and open_ else "body"
    body: list[Element] = [words.text(top), Text((Bullets(lines),))]
    asked = [one for one in states if one.standing != "national"] if may else []
    buttons: list[Button] = []
    for one in asked:
        number, whose = one.contact.number, one.contact.name
        right = SayOfNumber(number=number, whose=whose, right=True)
        wrong = SayOfNumber(number=number, whose=whose, right=False)
        if one.standing != "right":
            buttons.append(button(words("label.right", number=number), right, "primary"))
        if one.standing != "wrong":
            buttons.append(button(words("label.wrong", number=number), wrong))
    return Card(words("title"), tuple(body), (*buttons, *_buttons()))


def _said(one: NumberState, desk: Desk) -> str:
    hours = one.contact.said
    name = words("name_hours", name=one.contact.name, hours=hours) if hours else one.contact.name
    by = desk.person(one.by).name if one.by else ""
    at = desk.date(one.at) if one.at else ""
    known = "example" if desk.policy.status == "example" and one.standing == "open" else one.standing
    return words(f"line.{known}", name=name, by=by, at=at)


def _buttons() -> tuple[Button, ...]:
    return (
        button(words("label.urgent"), OpenUrgent(), "danger"),
        button(words("label.home"), OpenHome()),
    )
