"""How a card reaches the person of a turn, and how a number on it is dialled."""

import re

from bot.chat.card import Card
from bot.chat.turn import Reply, Say, Turn, Whisper
from bot.desk import GLANCE, Case, Desk


def opened(turn: Turn, card: Card) -> Reply:
    """A new card for this person alone; the card that was pressed stays as it is."""
    return Say(card) if turn.place.kind == "personal" else Whisper(card)


def glance(turn: Turn, desk: Desk, case: Case, card: Card) -> Reply:
    """The case as it is now, for this person alone: what stands in their chat is taken away again when they
    leave the case."""
    if turn.place.kind != "personal":
        return Whisper(card)
    return Say(card, tracked=desk.tracked(case, GLANCE))


def public(turn: Turn, card: Card) -> Reply:
    """A card that says nothing about anybody: in a channel all may read it."""
    return Whisper(card) if turn.place.kind == "home" else Say(card)


def dialled(phone: str) -> str:
    """A number as a phone dials it: without an extension."""
    digits = re.sub(r"[^\d+]", "", re.split(r"[ex]", phone)[0])
    return f"tel:{digits}"
