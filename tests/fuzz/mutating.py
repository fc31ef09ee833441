"""Right things made wrong: keys dropped, types swapped, values huge, deep, empty, or of no character at all.

What is chosen comes from a `Source`, so that the same mutations are driven by a seed, by hypothesis (which
makes what fails small) and by a fuzzer that is guided by coverage.
"""

import copy
import json
import random
import re
from typing import Any, Protocol

from hypothesis import strategies as st

from tests.fuzz.shapes import Json


class Source(Protocol):
    """Where chance comes from."""

    def below(self, end: int) -> int:
        """A whole number from 0, less than `end`."""


class Seeded:
    """The same choices for the same seed."""

    def __init__(self, seed: int | str) -> None:
        self._random = random.Random(seed)  # noqa: S311

    def below(self, end: int) -> int:
        return self._random.randrange(end)


class Drawn:
    """The choices of hypothesis."""

    def __init__(self, data: st.DataObject) -> None:
        self._data = data

    def below(self, end: int) -> int:
        return self._data.draw(st.integers(0, end - 1))


class Fed:
    """The choices that stand in a fuzzer's bytes; when they are used up, always the first."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def below(self, end: int) -> int:
        more = 1 if end <= 256 else 2
        taken = self._data[self._at : self._at + more]
        self._at += more
        return int.from_bytes(taken, "big") % end


DEEP, ENDLESS, NOT_A_NUMBER, HUGE_NUMBER = "@deep@", "@endless@", "@nan@", "@huge@"
_WRITTEN = {
    DEEP: "[" * 60 + "]" * 60,
    ENDLESS: '{"a":' * 30_000 + "1" + "}" * 30_000,
    NOT_A_NUMBER: "NaN",
    HUGE_NUMBER: "9" * 5_000,
}
"""What no value of Python's stands for, written into the JSON."""
AWKWARD: tuple[Any, ...] = (
    None, True, False, 0, -1, 2**63, 10**30, 1.5, 1e308, "", " ", "\x00", "a\x00b", "\ud800", "x\udfffy",
    "🙂" * 100, "x" * 5_000, "é" * 50_000, [], [None], [[]], {}, {"id": None}, {"id": "x"}, {"": ""}, "null",
    "[]", "{}", '{"n":1}', "<@", "<|>", "<@U0BRAVER|>", "<>", "&#x110000;", "\u202e", "1e400", "2026-13-45",
    "9999999999999", "-", "\n", "/", "../..", "%00", "http://[", "https://x.example:99999/", "yes",
    DEEP, ENDLESS, NOT_A_NUMBER, HUGE_NUMBER,
)  # fmt: skip


def one_of(source: Source, items: Any) -> Any:
    return items[source.below(len(items))]


def mutated(body: Json, source: Source, times: int) -> Any:
    """The body with so many of its parts made wrong. The given one is left as it is."""
    whole = [json.loads(json.dumps(body))]
    for _ in range(times):
        spots = _spots(whole)
        holder, key = one_of(source, spots)
        _spoil(holder, key, source, spots)
    return whole[0]


def written(value: Any, source: Source) -> bytes:
    """The value as JSON, in which something may be wrong that no value has: keys twice, halves of characters,
    bytes that are no UTF-8, an end too early."""
    text = json.dumps(value, ensure_ascii=bool(source.below(4)))
    for mark, instead in _WRITTEN.items():
        text = text.replace(f'"{mark}"', instead)
    match source.below(12):
        case 1:
            text = re.sub(r"\{", '{"type": "twice", "id": 1, ', text, count=1 + source.below(3))
        case 2:
            text = text[: source.below(len(text) + 1)]
        case 3:
            text = "\ufeff" + text
    raw = text.encode("utf-8", "surrogatepass")
    match source.below(12):
        case 1:
            at = source.below(len(raw) + 1)
            raw = raw[:at] + one_of(source, (b"\xff", b"\xc0\x80", b"\x00", b"\xed\xa0\x80")) + raw[at:]
        case 2 if raw:
            at = source.below(len(raw))
            raw = raw[:at] + bytes([source.below(256)]) + raw[at + 1 :]
    return raw


def _spots(whole: list[Any]) -> list[tuple[Any, Any]]:
    """Every place in it where something stands: what holds it, and its key or number there."""
    found: list[tuple[Any, Any]] = []
    ahead: list[Any] = [whole]
    while ahead:
        holder = ahead.pop()
        keys = list(holder) if isinstance(holder, dict) else range(len(holder))
        for key in keys:
            found.append((holder, key))
            if isinstance(holder[key], dict | list):
                ahead.append(holder[key])
    return found


def _spoil(holder: Any, key: Any, source: Source, spots: list[tuple[Any, Any]]) -> None:
    there = holder[key]
    match source.below(9):
        case 0 | 1 if isinstance(holder, dict):
            del holder[key]
        case 2:
            other, place = one_of(source, spots)
            # Something of its own from elsewhere: of the wrong kind, or another's id.
            holder[key] = copy.deepcopy(other[place])
        case 3:
            holder[key] = _as_another_kind(there)
        case 4 if isinstance(holder, list):
            holder.extend(copy.deepcopy(there) for _ in range(source.below(300)))
        case 5 if isinstance(there, str):
            at = source.below(len(there) + 1)
            holder[key] = there[:at] + str(one_of(source, AWKWARD)) + there[at:]
        case 6 if isinstance(holder, dict):
            holder[str(one_of(source, AWKWARD))[:5_000]] = holder.pop(key)
        case _:
            holder[key] = copy.deepcopy(one_of(source, AWKWARD))


def _as_another_kind(value: Any) -> Any:
    match value:
        case dict():
            return list(value.values())
        case list():
            return {str(place): item for place, item in enumerate(value)}
        case str():
            return [value]
        case bool() | None:
            return str(value)
        case _:
            return str(value)
