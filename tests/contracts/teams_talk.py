"""A small conversation for the tests of Teams: words bring a menu, a press a form, the form a card."""

from bot.chat.action import Payload
from bot.chat.card import Button, Card, Text
from bot.chat.form import Form, LongTextField, TextField
from bot.chat.text import plain
from bot.chat.turn import Act, Ask, Done, Pressed, Redraw, Reply, Said, Say, Submitted

GO = Payload("case.go", 1)
FILE = Payload("raise.file", 1)
BUTTONS = (Button("Open", GO, opens_form=True), Button("Ack", Payload("case.ack", 1)))
MENU = Card("Menu", buttons=BUTTONS)
FORM = Form("Raise it", (TextField("ref", "Reference"), LongTextField("why", "Why?")), FILE, "inst-1", "Send")


def answers(act: Act) -> Reply | None:
    """Words bring the menu, a press the form, the form a card."""
    match act:
        case Said():
            return Say(MENU, tracked="menu")
        case Pressed(payload) if payload == GO:
            return Ask(FORM)
        case Pressed():
            return Redraw(Card("Acknowledged"), tracked="case:7")
        case Submitted(values=values):
            return Done(Card("Filed", (Text(plain(str(values["why"]))),)), tracked="case:8")
    return None
