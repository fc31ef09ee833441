"""What is secret is compared in a time that says nothing of it, and what is signed for one purpose opens
nothing else."""

import ast
import hashlib
import hmac
import itertools
import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from slack_sdk.signature import SignatureVerifier

import adapters
from adapters.email.auth import Keys, code_digest
from adapters.slack.auth import MAX_AGE, distrust
from bot.sealing import Seal, WrongKey
from playground.slack_service import signed

HOUSE = Path(adapters.__file__).parents[1]
SECRET = re.compile(
    r"(?i)(secret|signature|token|passw|nonce|hmac|digest|cookie|proof|(?:^|_)code$|session$)"
)
"""Names of what somebody could want to guess."""
HARMLESS = {
    "col(PostedCard.token) == claimed.token": "a lease between processes, never shown to anybody",
    "col(DeliveryRow.token) == claimed.token": "a lease between processes, never shown to anybody",
    "col(LetterSession.session) == session": "a digest looked up by an index; nobody can choose its bytes",
    "digest != row.shown_digest": "whether a card must be drawn anew",
    "digest != anchor.digest": "a digest of the history, which anybody may know",
    "row.previous != self._digest": "a digest of the history, which anybody may know",
    "before != _digest(act)": "whether a form was sent twice with other words, by who wrote both",
    "o.code == code": "the name of an outcome in the policy",
    "o.code == wanted": "the name of an outcome in the policy",
    "one.code == chosen": "the name of an outcome in the policy",
}
"""Comparisons of something with such a name that is no secret, and why."""
KEY = "the-key-of-the-test-of-more-than-32-characters"
OTHER = "another-key-of-the-test-of-more-than-32-chars"


def _name(side: ast.expr) -> str:
    match side:
        case ast.Name(name) | ast.Attribute(attr=name):
            return name
        case ast.Call(func=func):
            return _name(func)
        case ast.Subscript(slice=ast.Constant(str(name))):
            return name
        case _:
            return ""


def _compared() -> Iterator[tuple[str, str]]:
    for folder in ("adapters", "bot", "flows"):
        for file in sorted((HOUSE / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Compare) and all(
                    isinstance(how, ast.Eq | ast.NotEq) for how in node.ops
                ):
                    sides = (node.left, *node.comparators)
                    if any(SECRET.search(_name(side)) for side in sides):
                        yield f"{file.relative_to(HOUSE)}:{node.lineno}", ast.unparse(node)


def test_no_secret_is_compared_sign_by_sign() -> None:
    """Where something is called a secret, `hmac.compare_digest` compares it; the exceptions are listed, each
    with its reason, and none of them is listed in vain."""
    found = list(_compared())
    assert [(where, what) for where, what in found if what not in HARMLESS] == []
    assert {what for _, what in found} == HARMLESS.keys()


def test_the_look_at_the_source_finds_what_it_should(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A comparison as it must not be is found, whatever its shape."""
    for folder in ("adapters", "bot", "flows"):
        (tmp_path / folder).mkdir()
    written = (
        "a = given == self._token\nb = kept['signature'] != x\nc = code == sent.code\nd = digest(x) == y\n"
    )
    (tmp_path / "bot" / "new.py").write_text(written)
    monkeypatch.setattr("tests.units.test_secrets_compared.HOUSE", tmp_path)
    assert len(list(_compared())) == 4


# What is signed is signed for something

Opens = Callable[[str], object]


def _signers(key: str) -> dict[str, tuple[str, Opens]]:
    """Name → what is made with this key, and what opens it; None or WrongKey is no."""
    keys, seal = Keys((key,)), Seal((key,))

    def unsealed(about: str) -> Opens:
        def opened(text: str) -> object:
            try:
                return seal.open(text, about)
            except WrongKey:
                return None

        return opened

    def opens_code(text: str) -> object:
        return hmac.compare_digest(code_digest("link", "123456"), text) or None

    def opens_session(text: str) -> object:
        return hmac.compare_digest(keys.session("link", "nonce", "123456"), text) or None

    return {
        "a link": (keys.token("letter", "link"), keys.read),
        "a page": (
            keys.seal("session", {"m": "letter", "p": "link"}),
            lambda text: keys.unseal("session", text),
        ),
        "a page of another session": (
            keys.seal("other", {"m": "letter", "p": "link"}),
            lambda text: keys.unseal("other", text),
        ),
        "a sealed token": (seal.close("letter", "slack:T1"), unsealed("slack:T1")),
        "another workspace's": (seal.close("letter", "slack:T2"), unsealed("slack:T2")),
        "a code": (code_digest("link", "123456"), opens_code),
        "a session": (keys.session("link", "nonce", "123456"), opens_session),
    }


NAMES = tuple(_signers(KEY))


@pytest.mark.parametrize(("made", "opened"), list(itertools.product(NAMES, NAMES)))
def test_each_opens_what_it_was_made_for_and_nothing_else(made: str, opened: str) -> None:
    """Crosswise: what any of them made is taken by none of the others; under another key by none at all."""
    signers, others = _signers(KEY), _signers(OTHER)
    text, _ = signers[made]
    assert (signers[opened][1](text) is not None) == (made == opened)
    if made != "a code":
        assert others[opened][1](text) is None


def test_a_page_says_of_itself_what_it_carries() -> None:
    """A press, a form and the words of one page are told apart by what is inside the same signature."""
    keys = Keys((KEY,))
    pressed = keys.unseal("s", keys.seal("s", {"m": "1", "p": "{}", "n": "n"}))
    said = keys.unseal("s", keys.seal("s", {"w": "say", "n": "n"}))
    assert pressed is not None
    assert said is not None
    assert "f" not in pressed
    assert "w" not in pressed
    assert "p" not in said


# When Slack's signatures count


@pytest.mark.parametrize(
    ("age", "why"),
    [
        (0, ""), (MAX_AGE - 2, ""), (2 - MAX_AGE, ""), (MAX_AGE + 2, "too old"), (-MAX_AGE - 2, "too old"),
        (86_400, "too old"), (-86_400, "too old"),
    ],
)  # fmt: skip
def test_a_signature_counts_for_five_minutes(age: int, why: str) -> None:
    """In the past and in the future, by Slack's own time; a later one is no longer Slack's."""
    body = json.dumps({"type": "event_callback"})
    headers = signed("seeded-signing-secret", body, int(time.time()) - age)
    assert distrust(SignatureVerifier("seeded-signing-secret"), headers, body.encode()) == why


@pytest.mark.parametrize(
    "stamp", ["", "now", "1e9", "-5", "٣", "9" * 13, "0x10", " 1700000000", "1700000000.5"]
)
def test_a_time_that_is_none_is_no_signature(stamp: str) -> None:
    """Whatever its signature says."""
    body = b"{}"
    said = f"v0:{stamp}:".encode() + body
    proof = hmac.new(b"seeded-signing-secret", said, hashlib.sha256).hexdigest()
    headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={proof}"}
    assert distrust(SignatureVerifier("seeded-signing-secret"), headers, body) == "no signature"
