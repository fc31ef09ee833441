"""How a card reaches the person of a turn, and how a number on it is dialled."""

import re

from bot.chat.card import Card
from bot.chat.turn import Reply, Say, Turn, Whisper


def opened(turn: Turn, card: Card) -> Reply:
    """A new card for this person alone; the card that was pressed stays as it is."""
    return Say(card) if turn.place.kind == "personal" else Whisper(card)


def public(turn: Turn, card: Card) -> Reply:
    """A card that says nothing about anybody: in a channel all may read it."""
    return Whisper(card) if turn.place.kind == "home" else Say(card)


def dialled(phone: str) -> str:
    """A number as a phone dials it: without an extension."""
    digits = re.sub(r"[^\d+]", "", re.split(r"[ex]", phone)[0])
    return f"tel:{digits}"
