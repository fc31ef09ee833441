"""Which addresses are Teams', and which of them may be called."""

import ipaddress
from functools import lru_cache
from urllib.parse import urlsplit

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
    try:
        parts = urlsplit(service)
    except ValueError:
        return False
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme == "http" and loopback(service))
    )


@lru_cache(1_024)
def loopback(service: str) -> bool:
    """Whether the address is on this machine."""
    try:
        host = urlsplit(service).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
