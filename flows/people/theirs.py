"""What somebody asked for belongs to others: a private explanation, and a line in the security log."""

from bot.chat.card import Card, button
from bot.chat.turn import Done, Reply, Submitted, Turn, Whisper
from bot.desk import Desk
from bot.guidance.words import Words
from flows.entries import OpenEntry

words = Words("theirs")


async def not_theirs(turn: Turn, desk: Desk, what: str) -> Reply:
    """`what` is a short name of the attempt, for the security log."""
    await desk.suspicious(turn, what)
    mine = button(words("label.mine"), OpenEntry())
    coordinator = desk.person(desk.directory.coordinator)
    said = words.text("body", coordinator=coordinator.name, role=coordinator.role)
    return answered(turn, Card(words("title"), (said,), (mine,)))


def answered(turn: Turn, card: Card) -> Reply:
    """For this person alone, whether a form was sent or something else was done."""
    return Done(card) if isinstance(turn.act, Submitted) else Whisper(card)
