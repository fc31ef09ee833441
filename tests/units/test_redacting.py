"""What is secret never stands in a line: known, however it is written; or known by its shape."""

import base64
import json
import logging
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import logs
from bot.redacting import HIDDEN, SHORTEST, Redactor

SECRET = 'Sé/cr+et "&=9f\\'
LETTERS = st.characters(codec="utf-8")
TEXTS = st.text(LETTERS, max_size=20)


@given(before=TEXTS, secret=st.text(st.characters(codec="utf-8"), min_size=SHORTEST), after=TEXTS)
def test_whatever_is_known_is_taken_out(before: str, secret: str, after: str) -> None:
    """Any text as a secret, in any text around it."""
    redactor = Redactor()
    redactor.know([secret])
    said = redactor(before + secret + after)
    assert secret not in said.replace(HIDDEN, "\0")
    assert HIDDEN in said


@pytest.mark.parametrize(
    "written",
    [
        SECRET, quote(SECRET, safe=""), json.dumps(SECRET), json.dumps({"a": [SECRET]}), repr(SECRET),
        repr({"password": SECRET}), f"https://host.example/{quote(SECRET, safe='')}?x=1",
    ],
)  # fmt: skip
def test_however_it_is_written(written: str) -> None:
    """In an address, in JSON, by Python's own way of showing a value."""
    redactor = Redactor()
    redactor.know([SECRET])
    said = redactor(f"it failed: {written} (400)")
    assert HIDDEN in said
    assert "cr" not in said
    assert said.startswith("it failed: ")
    assert said.endswith(" (400)")


@pytest.mark.parametrize("before", ["", "u", "us", "user:", "client-id:"])
def test_in_base64_too(before: str) -> None:
    """As headers carry a user and a password: wherever the secret begins in it."""
    redactor, secret = Redactor(), "a-client-secret-of-some-length"
    redactor.know([secret])
    said = redactor(f"sent {base64.b64encode((before + secret).encode()).decode()} and no more")
    assert HIDDEN in said
    for size in (12, 16):
        for start in range(0, len(secret) - size):
            piece = base64.b64encode(secret[start : start + size].encode()).decode()
            assert piece not in said


@pytest.mark.parametrize(
    "secret",
    [
        "xoxb-1234567890-abcdefGHIJ", "xoxe.xoxb-1-Mi0xLWFi", "xapp-1-A012-345-abcdef",
        "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2lnbmF0dXJl",
        "WyJsZXR0ZXIiLCJsaW5rIl0.aBcDeF.0123456789abcdefghijklmnopqrstuvwxyz",
        "p-of-the-database-and-more",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "line",
    [
        "GET /mail/{} HTTP/1.1", "Authorization: Bearer {}", "https://x.example/cb?code={}&state=1",
        '{{"access_token": "{}", "n": 1}}', "postgresql://braver:{}@db.example/braver",
    ],
)  # fmt: skip
def test_whatever_looks_like_a_secret(line: str, secret: str) -> None:
    """Tokens, links, codes and passwords that nobody told it of, where they usually stand."""
    said = Redactor()(line.format(secret))
    assert HIDDEN in said
    assert secret not in said


@pytest.mark.parametrize(
    "line",
    [
        "a message goes another way: Helen has left", "the mail server refused a letter: 550",
        "Teams refused a call: 403 BotNotInConversationRoster", "a card waits, state: stale, code: none",
        "bot.store.database.CannotOpen\n  /srv/braver/bot/store/database.py:12 in open",
        "https://braver.example/about", "GET /mail/{token}/act",
    ],
)  # fmt: skip
def test_what_is_no_secret_stays(line: str) -> None:
    """A line that says what is wrong still says it."""
    redactor = Redactor()
    redactor.know(["short", "a-secret-of-some-length"])
    assert redactor(line) == line


def test_inside_of_anything() -> None:
    """Keys, lists, bytes, and what only becomes words when it is written."""

    class Held:
        def __str__(self) -> str:
            return f"held {SECRET}"

    redactor = Redactor()
    redactor.know([SECRET])
    told = redactor.inside({"a": [SECRET, 1, None], SECRET: (SECRET.encode(), Held()), "b": {"c": True}})
    assert SECRET not in json.dumps(told, ensure_ascii=False)
    assert told["a"][1:] == [1, None]
    assert told["b"] == {"c": True}


def test_a_line_of_the_library_without_any_exception() -> None:
    """Whatever logger writes it, with whatever arguments."""
    logs.hide([SECRET])
    record = logging.LogRecord("some.library", logging.ERROR, "x.py", 1, "sent %s to %s", (SECRET, "x"), None)
    assert logs._Wordless(logs._FORMAT).format(record) == f"ERROR some.library sent {HIDDEN} to x"
