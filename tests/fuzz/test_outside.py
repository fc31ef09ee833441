"""What every intake stands on: one reader of JSON, ids that are short texts, and bodies of bounded length."""

import json
import time
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.signature import SignatureVerifier

from adapters.slack.auth import distrust
from adapters.teams.intake import _words as teams_words
from adapters.teams.intake import parse
from bot.chat.action import Payload
from bot.chat.outside import (
    DEEPEST,
    LONGEST_ID,
    LONGEST_KEY,
    Malformed,
    bounded,
    identifier,
    kept,
    key,
    optional,
    part,
    parts,
    read_json,
)  # fmt: skip
from bot.chat.text import markup
from bot.guidance.identifiers import identifiers

LONG = 400_000
"""Characters with which work that grows with the square of them would not end while anybody waits."""


@given(st.recursive(st.none() | st.integers() | st.text().map(kept), lambda some: st.lists(some, max_size=4)))
def test_json_says_what_it_says(value: object) -> None:
    """What is right is read as any reader reads it."""
    assert read_json(json.dumps(value)) == read_json(json.dumps(value, ensure_ascii=False)) == value


def test_no_text_holds_what_no_database_keeps() -> None:
    """NUL and halves of characters are taken out of texts and names alike; whole characters stay."""
    assert read_json('{"a\\u0000": ["\\ud800x", "\\ud83d\\ude42", "\\u00e9"]}') == {"a": ["x", "🙂", "é"]}
    assert kept("a\x00b\udfffc") == "abc"
    inside = Payload.decode('{"n":"x.y","v":1,"d":{"words":"\\u0000a\\ud800"}}')
    assert inside is not None
    assert json.loads(inside.data) == {"words": "a"}


@pytest.mark.parametrize(
    "text",
    ["", "{", "NaN", "[Infinity]", '{"a":-Infinity}', "9" * 5_000, "\ufeff{}", '{"a" 1}', "'a'", "[1,]"],
)
def test_what_is_no_json_is_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        read_json(text)


def test_depth_is_bounded_before_anything_is_parsed() -> None:
    """Brackets that stand in each other count, brackets in words and beside each other do not."""
    assert read_json("[" * DEEPEST + "]" * DEEPEST)
    assert read_json(json.dumps(["[{" * 5_000, '\\"[{"' * 500, [[]] * 500]))
    too_deep = "[" * (DEEPEST + 1) + "]" * (DEEPEST + 1)
    for text in (too_deep, '{"a":' * LONG, "[" * LONG, '["\\""' + ",[" * 50):
        with pytest.raises(Malformed, match="deep"):
            read_json(text)


@pytest.mark.parametrize(
    "value", [None, "", 0, 1, True, [], {}, ["U1"], "x" * (LONGEST_ID + 1), "é" * LONGEST_ID]
)
def test_an_id_is_a_short_text(value: object) -> None:
    with pytest.raises(Malformed):
        identifier(value)
    assert identifier("U1") == optional("U1") == "U1"
    assert optional(None) == optional("") == ""


def test_parts_have_their_kind() -> None:
    """Nothing is an empty one; anything of another kind is malformed."""
    assert part(None) == {}
    assert part({"a": 1}) == {"a": 1}
    assert parts(None) == []
    no_objects: tuple[object, ...] = ([], "x", 1)
    no_lists: tuple[object, ...] = ({}, "x", [1], [[]])
    for wrong in no_objects:
        with pytest.raises(Malformed):
            part(wrong)
    for wrong in no_lists:
        with pytest.raises(Malformed):
            parts(wrong)


def test_a_long_key_is_kept_as_its_digest() -> None:
    """Two long keys differ where they differ only at their ends."""
    assert key("team:C1:123") == "team:C1:123"
    one, other = key("x" * 5_000 + "1"), key("x" * 5_000 + "2")
    assert one != other
    assert max(len(one), len(other)) <= LONGEST_KEY
    assert key("x" * 5_000 + "1") == one


async def test_no_more_is_held_than_may_come() -> None:
    """A body that is too long is given up at the first byte too many, however much is still to come."""
    given_up = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal given_up
        while True:
            given_up += 1
            yield b"x" * 100

    assert await bounded(endless(), 950) is None
    assert given_up == 10


@pytest.mark.parametrize("stamp", ["9" * 5_000, "-1", "1e9", "١٢٣", " 1", ""])
def test_no_time_of_a_request_is_a_mistake_of_ours(stamp: str) -> None:
    """Whoever signs nothing can send any time; it is refused."""
    headers = {"X-Slack-Signature": "v0=00", "X-Slack-Request-Timestamp": stamp}
    assert distrust(SignatureVerifier("secret"), headers, b"{}") == "no signature"


def test_bytes_that_are_no_text_are_not_signed() -> None:
    headers = {"X-Slack-Signature": "v0=00", "X-Slack-Request-Timestamp": str(int(time.time()))}
    assert distrust(SignatureVerifier("secret"), headers, b"\xff\xfe") == "wrong signature"


@pytest.mark.parametrize("piece", ["a.", "a-", "+44 ", "A a ", "0", "1/1/", "born "])
def test_the_search_for_identifiers_comes_to_an_end(piece: str) -> None:
    """One long text must not stop everybody's conversations."""
    identifiers(piece * (LONG // len(piece)))


def test_addresses_are_still_found() -> None:
    for text in ("jo@x.example", "(jo@x.example)", "..jo.marsh+a@x-y.example.org!", "a@b@c.example"):
        assert identifiers(text) == ("email",)
    assert identifiers("jo@ x.example @x") == ()


@pytest.mark.parametrize("piece", ["[", "](", "**", "*a", "<at>", "<at "])
def test_the_reading_of_marks_comes_to_an_end(piece: str) -> None:
    markup(piece * (LONG // len(piece)))
    raw = {"type": "message", "id": "1", "text": piece * 10_000, "recipient": {"id": "28:x"}}
    teams_words(parse(json.dumps(raw).encode()))
