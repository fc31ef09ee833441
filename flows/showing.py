"""How a card reaches the person of a turn."""

from bot.chat.card import Card
from bot.chat.turn import Reply, Say, Turn, Whisper


def opened(turn: Turn, card: Card) -> Reply:
    """A new card for this person alone; the card that was pressed stays as it is."""
    return Say(card) if turn.place.kind == "personal" else Whisper(card)


def public(turn: Turn, card: Card) -> Reply:
    """A card that says nothing about anybody: in a channel all may read it."""
    return Whisper(card) if turn.place.kind == "home" else Say(card)
