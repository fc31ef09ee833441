"""What comes from outside is made safe to read and to keep before anything else looks at it.

Signed is not well-formed: a platform that errs, a proxy between, or whoever has the secret can send anything.
So JSON is read within a depth, texts lose what no database keeps, and names of things stay short.
"""

import json
import re
from collections.abc import AsyncIterable
from hashlib import sha256
from typing import Any

DEEPEST = 40
"""How many brackets may stand in each other: a card of Teams or a modal of Slack has about 15."""
LONGEST_ID = 300
"""Bytes of a platform's id. Theirs have some 130 at most; an index of PostgreSQL takes 2,700 in all."""
LONGEST_KEY = 600
"""Bytes of the key of an act; a longer one is kept as its digest."""

_UNKEPT = re.compile("[\x00\ud800-\udfff]")
_MAY_HOLD_UNKEPT = re.compile(r"\\u(?:0000|[dD][89a-fA-F])|[\x00\ud800-\udfff]")
_STRINGS = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?', flags=re.DOTALL)
_BRACKETS = re.compile(r"[\[{]+|[\]}]+")


class Malformed(ValueError):
    """A verified request that is nothing its platform sends. Nothing of it may stand in the message."""


def kept(text: str) -> str:
    """The text without NUL and halves of characters: no database keeps them, and nobody sees them."""
    return _UNKEPT.sub("", text)


def read_json(text: object) -> Any:
    """What the JSON says, every text in it as `kept` leaves it.

    Raises Malformed where it is none, or no text at all, is nested deeper than `DEEPEST`, or holds a number
    that JSON has not.
    """
    if not isinstance(text, str):
        raise Malformed("no text")
    if _too_deep(text):
        raise Malformed("nested too deeply")
    try:
        value = _DECODER.decode(text)
    except (ValueError, RecursionError) as error:
        raise Malformed("not JSON") from error
    return _kept_in(value) if _MAY_HOLD_UNKEPT.search(text) else value


def identifier(value: object) -> str:
    """A platform's id, which is a short text. Raises Malformed for anything else."""
    if not isinstance(value, str) or not value or len(value.encode("utf-8", "replace")) > LONGEST_ID:
        raise Malformed("not an id")
    return value


def optional(value: object) -> str:
    """An id, or empty where there is none. Raises Malformed."""
    return "" if value is None or value == "" else identifier(value)


def key(text: str) -> str:
    """The key of an act, short enough for an index; the same text has the same key."""
    raw = text.encode("utf-8", "replace")
    return text if len(raw) <= LONGEST_KEY else f"{text[:40]}:{sha256(raw).hexdigest()}"


def part(value: object) -> dict[str, Any]:
    """An object, or an empty one where there is none. Raises Malformed for anything else."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Malformed("not an object")
    return value


def parts(value: object) -> list[dict[str, Any]]:
    """A list of objects, or an empty one where there is none. Raises Malformed for anything else."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise Malformed("not a list of objects")
    return value


async def bounded(chunks: AsyncIterable[bytes], most: int) -> bytes | None:
    """The chunks as one, or None where there are more than `most` bytes: no more than that is ever held."""
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > most:
            return None
    return bytes(body)


def _too_deep(text: str) -> bool:
    """Looked at before anything is parsed. Without that many brackets there is no such depth."""
    if text.count("[") + text.count("{") <= DEEPEST:
        return False
    depth = 0
    for brackets in _BRACKETS.finditer(_STRINGS.sub("", text)):
        run = brackets[0]
        depth += len(run) if run[0] in "[{" else -len(run)
        if depth > DEEPEST:
            return True
    return False


def _no_number(name: str) -> Any:
    raise Malformed(f"{name} is no number of JSON")


_DECODER = json.JSONDecoder(parse_constant=_no_number)


def _kept_in(value: Any) -> Any:
    if isinstance(value, str):
        return kept(value)
    if isinstance(value, list):
        return [_kept_in(item) for item in value]
    if isinstance(value, dict):
        return {kept(name): _kept_in(item) for name, item in value.items()}
    return value
