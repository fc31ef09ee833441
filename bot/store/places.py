"""Places as text, and the one name by which a destination is known."""

import json
from dataclasses import asdict

from bot.chat.turn import Address, Place


def encode(place: Place) -> str:
    """One JSON text, read back by `decode`."""
    return json.dumps(asdict(place), ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def decode(text: str) -> Place:
    raw = json.loads(text)
    return Place(Address(**raw["address"]), raw["kind"], raw["thread"])


def destination(recipient: str, place: Place | None) -> str:
    """What one message at a time goes to: the channel, whoever is meant there; else the person.

    Of the address only what is known of every channel counts: the directory names no tenant and no app.
    """
    if place is None or place.kind != "channel":
        return recipient
    return json.dumps([place.address.platform, place.address.conversation], ensure_ascii=False)
