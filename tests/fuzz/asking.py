"""Requests that a platform should never send, at every address of the service. Most are signed."""

import asyncio
import gzip
import hmac
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode, urlsplit

import aiohttp

from playground.people import Actor
from playground.slack_service import signed as proof_of
from playground.world import World
from tests.fuzz.laws import actions
from tests.fuzz.mutating import Source, mutated, one_of, written
from tests.fuzz.pages import NO_TEXT, Begun, Letter, letters_of
from tests.fuzz.shapes import FORM, JSON, Json, corpus, on_the_wire, particular

SLACK, TEAMS = "/slack/events", "/api/messages"
_OTHER_PATHS = (
    "/healthz", "/readyz", "/metrics", "/about", "/", "/mail/x", "/mail/%00", "/mail/%ff%fe", "/mail/x/act",
    "/mail/x/code", "/mail/x/open", "/mail/x/again", "/mail/x/out", "/mail/a.b.c", "/mail/" + "x" * 5_000,
    "/mail/x/nothing", "/slack/install", "/slack/oauth_redirect?code=x&state=y",
    "/slack/oauth_redirect?" + "x" * 3_000, "/slack/events?x=%ff", "//", "/../etc",
    "/%2e%2e/", "/slack//events",
)  # fmt: skip
_KINDS = (JSON, FORM, "text/plain", "", "multipart/form-data", "application/json; charset=utf-16", "x/y; z=é")
_ANY_BYTES = (
    "Cookie", "Content-Type", "Authorization", "X-Slack-Signature", "X-Slack-Request-Timestamp", "Host",
    "Sec-Fetch-Site", "X-Forwarded-Proto", "Content-Encoding", "User-Agent",
)  # fmt: skip
"""Headers in which bytes stand that are no text."""
_ENCODINGS = ("gzip", "deflate", "br", "zstd", "gzip, gzip", "identity", "nonsense")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request. `what` says what it was made of; `chunked`: its length is not said before; `signed`: by
    Slack."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    what: str
    chunked: bool = False
    signed: bool = False


@dataclass(slots=True)
class Tally:
    """What came of it: how often each status was answered, and what was answered as it must not be."""

    statuses: Counter[int] = field(default_factory=Counter)
    wrong: list[tuple[int, Asked]] = field(default_factory=list)

    def add(self, status: int, asked: Asked) -> None:
        self.statuses[status] += 1
        # An answer may be lost where the connection is closed while there is still more to come.
        lost = status == 0 and len(asked.body) > 60_000
        if not 200 <= status < 500 and not lost and len(self.wrong) < 20:
            self.wrong.append((status, asked))

    @property
    def told(self) -> str:
        return "\n".join(f"{status} {asked.what} {asked.body[:400]!r}" for status, asked in self.wrong)


@dataclass(frozen=True, slots=True)
class Asker:
    """Makes requests. `secret` is that with which Slack signs; `slack` and `teams` are what is spoilt;
    `behind`: the pages that are not for everybody."""

    secret: str
    slack: Mapping[str, Json]
    teams: Mapping[str, Json]
    behind: tuple[Letter | Begun, ...] = ()

    @classmethod
    def of(cls, world: World) -> "Asker":
        """As of the people of this world: of Jo, and where she is not, of somebody else; with the letters
        that were sent so far."""
        actors = {actor.platform: actor for actor in reversed(world.people)}
        actors[world.person("jo").platform] = world.person("jo")
        slack, teams = (_particular(name, actors.get(name)) for name in ("slack", "teams"))
        return cls(world.slack.signing_secret, slack, teams, letters_of(world))

    def any(self, source: Source) -> Asked:
        match source.below(8 if self.behind else 7):
            case 0 | 1 | 2:
                return self.of_slack(source)
            case 3 | 4 | 5:
                return self.of_teams(source)
            case 6:
                return elsewhere(source)
            case _:
                return self.of_pages(source)

    def of_pages(self, source: Source) -> Asked:
        """A request for a page that is not for everybody, of whoever may see it, but for some."""
        method, path, headers, body = one_of(source, self.behind).asked(source)
        return _travelling(method, path, headers, body, f"{method} {path[:60]}", source)

    def of_slack(self, source: Source) -> Asked:
        """A request of Slack's with something wrong in it; signed, but for some."""
        name = one_of(source, tuple(self.slack))
        value = mutated(_of_another_action(self.slack[name], source), source, source.below(4))
        text, kind = on_the_wire(value)
        raw = written(value, source)
        if kind == JSON:
            body = raw
        elif text.startswith("payload="):
            body = urlencode({"payload": raw}).encode()
        else:
            body = text.encode()
        if not source.below(10):
            kind = one_of(source, _KINDS)
        if not source.below(15):
            body = one_of(source, (b"", b"payload=", b"payload", b"&" * 2_000, b"%ff=%ff", b"\xff", raw))
        is_signed = source.below(8) > 0
        proof = {} if is_signed else _unsigned(source)
        headers = {"Content-Type": kind, **proof}
        asked = _travelling("POST", SLACK, headers, body, f"slack {name}", source)
        return signed(asked, self.secret) if is_signed else asked

    def of_teams(self, source: Source) -> Asked:
        """A request of Teams' with something wrong in it."""
        name = one_of(source, tuple(self.teams))
        value = mutated(_of_another_action(self.teams[name], source), source, source.below(4))
        body = written(value, source)
        headers = {"Content-Type": JSON if source.below(10) else one_of(source, _KINDS)}
        if not source.below(10):
            headers["Authorization"] = one_of(
                source, ("Bearer", "Bearer x", "Bearer a.b.c", "Basic eA==", "é")
            )
        return _travelling("POST", TEAMS, headers, body, f"teams {name}", source)


def elsewhere(source: Source) -> Asked:
    """A request to any other address, with any method."""
    method = one_of(source, ("GET", "GET", "POST", "POST", "HEAD", "PUT", "OPTIONS"))
    pairs = one_of(source, ({}, {"press": "x"}, {"form": "x.y"}, {"say": "x", "words": "\0"}, {"code": "1"}))
    body = b"" if method in ("GET", "HEAD") else urlencode(pairs).encode()
    if not source.below(10):
        body = b"x=1&" * 50_000
    headers = {"Content-Type": FORM if source.below(5) else one_of(source, _KINDS)}
    if not source.below(5):
        headers["Cookie"] = one_of(source, ("mail_x=y", "=", "a" * 4_000, "mail_x=é; ;;", "braver-install=x"))
    path = one_of(source, _OTHER_PATHS)
    return _travelling(method, path, headers, body, f"{method} {path[:60]}", source)


def _of_another_action(body: Json, source: Source) -> Json:
    """Often with another button's or form's name in it than was recorded, and with what it may carry."""
    known = actions()
    if not known or not source.below(3):
        return body
    action = one_of(source, known)
    data = {name: one_of(source, _CARRIED) for name in action.model_fields if source.below(3)}
    payload = json.dumps({"n": action.name, "v": action.version, "d": data})

    def changed(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: changed(item) for name, item in value.items()}
        if isinstance(value, list):
            return [changed(item) for item in value]
        return payload if isinstance(value, str) and value.startswith('{"n"') else value

    spoilt = changed(body)
    assert isinstance(spoilt, dict)
    return spoilt


_CARRIED: tuple[Any, ...] = (
    "",
    "x",
    "jo",
    "helen",
    "health",
    "BR-7KQ2M",
    "1",
    0,
    1,
    -1,
    10**9,
    True,
    [],
    ["jo"],
    {},
    None,
)


def _particular(platform: str, actor: Actor | None) -> Mapping[str, Json]:
    shapes = corpus(platform)
    if actor is None:
        return shapes
    return {name: json.loads(particular(json.dumps(body), actor)) for name, body in shapes.items()}


def signed(asked: Asked, secret: str) -> Asked:
    """Signed as it travels, be it packed or not; now."""
    return replace(asked, headers={**asked.headers, **signed_bytes(secret, asked.body)}, signed=True)


def signed_bytes(secret: str, body: bytes) -> dict[str, str]:
    """Slack's proof for any bytes, also for those that are no text."""
    stamp = str(int(time.time()))
    digest = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}


async def ask(session: aiohttp.ClientSession, base: str, asked: Asked) -> int:
    """The status of the answer; 0 where the connection was closed without one."""
    if any(NO_TEXT in value for value in asked.headers.values()):
        return await _ask_in_bytes(base, asked)

    async def pieces() -> AsyncIterator[bytes]:
        for at in range(0, len(asked.body), 10_000):
            yield asked.body[at : at + 10_000]

    data: Any = pieces() if asked.chunked else asked.body
    try:
        async with session.request(
            asked.method, base + asked.path, data=data, headers=asked.headers, allow_redirects=False,
            skip_auto_headers=("Content-Type",),
        ) as answer:  # fmt: skip
            text = await answer.read()
            assert b"Traceback" not in text, "nothing of the inside is told outside"
            return answer.status
    except (aiohttp.ServerDisconnectedError, ConnectionResetError, aiohttp.ClientOSError):
        return 0


async def _ask_in_bytes(base: str, asked: Asked) -> int:
    """The same with headers that no client sends: there `NO_TEXT` goes as its byte."""
    where = urlsplit(base)
    headers = {"Host": where.netloc, "Content-Length": str(len(asked.body)), "Connection": "close"}
    lines = [f"{name}: {value}" for name, value in (headers | asked.headers).items()]
    head = "\r\n".join((f"{asked.method} {asked.path} HTTP/1.1", *lines, "", ""))
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    try:
        writer.write(head.encode("utf-8", "surrogateescape") + asked.body)
        answer = await reader.read()
    except ConnectionResetError:
        return 0
    finally:
        writer.close()
    assert b"Traceback" not in answer, "nothing of the inside is told outside"
    return int(answer.split(b" ", 2)[1]) if answer else 0


def _unsigned(source: Source) -> dict[str, str]:
    proofs: tuple[dict[str, str], ...] = (
        {}, proof_of("another secret", "x"), {"X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Signature": "\x80", "X-Slack-Request-Timestamp": "9" * 5_000},
        {"X-Slack-Signature": "v0=x", "X-Slack-Request-Timestamp": "-1"},
    )  # fmt: skip
    return dict(one_of(source, proofs))


def _travelling(
    method: str, path: str, headers: dict[str, str], body: bytes, what: str, source: Source
) -> Asked:
    headers = {name: value for name, value in headers.items() if value}
    if not source.below(25):
        headers["Content-Encoding"] = one_of(source, _ENCODINGS)
        body = gzip.compress(b"0" * 3_000_000 if source.below(2) else body)
        what += " packed"
    if not source.below(20):
        headers[one_of(source, _ANY_BYTES)] = one_of(
            source, (NO_TEXT, f"x={NO_TEXT}", f"application/json{NO_TEXT}")
        )
    return Asked(method, path, headers, body, what, chunked=not source.below(20))
