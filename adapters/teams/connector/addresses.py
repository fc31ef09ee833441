"""Which addresses are Teams', and which of them may be called."""

from functools import lru_cache

from bot.chat.machine import safe
from bot.chat.turn import Place

PLATFORM = "teams"
CHANNEL = "msteams"


def conversation(place: Place) -> str:
    """The conversation's id as Teams wants it: in a channel with the root of the thread."""
    thread = f";messageid={place.thread}" if place.thread and place.kind == "channel" else ""
    return place.address.conversation + thread


@lru_cache(1_024)
def acceptable(service: str) -> bool:
    """Whether a service URL may be called: https anywhere, plain http on this machine only."""
    return safe(service)
