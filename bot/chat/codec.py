"""Replies as text and back: the outcome of an act is kept with its key and repeated on a retry."""

import dataclasses
import json
from datetime import datetime
from typing import Any

from bot.chat import action, card, form, text, turn
from bot.chat.turn import Replies

_KINDS: dict[str, type[Any]] = {
    kind.__name__: kind
    for module in (text, action, card, form, turn)
    for kind in vars(module).values()
    if isinstance(kind, type) and dataclasses.is_dataclass(kind)
}


def encode(replies: Replies) -> str:
    """One JSON text. Raises TypeError for a value that is not of the vocabulary."""
    return json.dumps([_plain(reply) for reply in replies], separators=(",", ":"))


def decode(stored: str) -> Replies:
    """The replies that `encode` stored."""
    return tuple(_restored(item) for item in json.loads(stored))


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | int | bool):
        return value
    names = _names(type(value))
    if names is not None:
        fields = {name: _plain(getattr(value, name)) for name in names}
        return {"_": type(value).__name__, **fields}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {"_": "dict", "items": {key: _plain(item) for key, item in value.items()}}
    if isinstance(value, datetime):
        return {"_": "datetime", "at": value.isoformat()}
    raise TypeError(f"{type(value).__name__} is not part of the vocabulary")


_FIELDS: dict[type, tuple[str, ...] | None] = {}


def _names(kind: type) -> tuple[str, ...] | None:
    """The fields of a dataclass that are given to it, looked up once; None for what is none."""
    if kind not in _FIELDS:
        is_one = dataclasses.is_dataclass(kind)
        _FIELDS[kind] = tuple(one.name for one in dataclasses.fields(kind) if one.init) if is_one else None
    return _FIELDS[kind]


def _restored(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_restored(item) for item in value)
    if not isinstance(value, dict):
        return value
    kind = value["_"]
    if kind == "dict":
        return {key: _restored(item) for key, item in value["items"].items()}
    if kind == "datetime":
        return datetime.fromisoformat(value["at"])
    return _KINDS[kind](**{name: _restored(item) for name, item in value.items() if name != "_"})
