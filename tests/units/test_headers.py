"""What every answer tells the browser: each address of the whole service, whatever comes of asking for it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import hdrs
from multidict import CIMultiDictProxy
from pydantic import SecretStr

from bot.app import Service
from bot.headers import ALWAYS, BY_HTTPS, borne
from bot.settings import Settings

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH")
KEY = "a-made-up-key-of-more-than-32-characters"
Ours = CIMultiDictProxy[str]


def _settings(folder: Path, **more: object) -> Settings:
    """Everything on that has addresses of its own."""
    return Settings(
        database_url=f"sqlite+aiosqlite:///{folder / 'braver.db'}", port=0, public_url="https://braver.example",
        secret_key=SecretStr(KEY), slack_client_id="1.2", slack_client_secret=SecretStr("client-made-up"),
        slack_signing_secret=SecretStr("signed-made-up"), slack_workspaces="T0HEALTH",
        slack_api_url="http://127.0.0.1:9/api/", teams_allow_anonymous=True,
        email_host="127.0.0.1", email_port=9, email_from="braver@partnership.example", email_tls="none",
    ).model_copy(update=more)  # fmt: skip


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[tuple[Service, str]]:
    made = Service(_settings(tmp_path))
    async with made.serving(moving=False) as port:
        yield made, f"http://127.0.0.1:{port}"


def _dressed(headers: Ours, *, by_https: bool = True) -> None:
    """All headers are there, once, and none of them says less than it should."""
    for name, value in borne(by_https=by_https).items():
        (found,) = headers.getall(name)
        if name != "Content-Security-Policy":
            assert found == value, name
    policy = {part.partition(" ")[0]: part.partition(" ")[2] for part in _policy(headers).split("; ")}
    assert policy.pop("default-src") == policy.pop("base-uri") == policy.pop("frame-ancestors") == "'none'"
    assert policy.pop("form-action") in ("'none'", "'self'")
    assert all(source.startswith("'sha256-") for source in policy.values())
    assert headers[hdrs.SERVER] == "braver"
    assert "X-Powered-By" not in headers


def _policy(headers: Ours) -> str:
    return headers["Content-Security-Policy"]


async def test_every_address_by_every_method(service: tuple[Service, str]) -> None:
    """Each route of the application, with something in the place of what is variable, and those that are not
    there or not asked for that way: every answer bears the headers, whatever its status."""
    made, address = service
    paths = {
        route.resource.canonical for route in made.application().router.routes() if route.resource is not None
    }
    assert {"/slack/events", "/api/messages", "/mail/{token}/act", "/slack/install", "/metrics"} <= paths
    asked = [path.replace("{token}", "x").replace("{act}", "act") for path in sorted(paths)]
    seen = set[int]()
    async with aiohttp.ClientSession() as session:
        for path in (*asked, "/", "/nothing", "/%ff", "/mail/", "/about/"):
            for method in METHODS:
                body = b"x=1" if method in ("POST", "PUT", "PATCH") else None
                async with session.request(
                    method, address + path, data=body, allow_redirects=False
                ) as answer:
                    _dressed(answer.headers)
                    seen.add(answer.status)
    assert {200, 303, 400, 401, 403, 404, 405} <= seen
    assert not seen & {500}


async def test_answers_to_what_is_refused_before_any_address(service: tuple[Service, str]) -> None:
    """Packed bodies, questions with a body, and what is no HTTP at all; and nothing is said of what came."""
    _, address = service
    async with aiohttp.ClientSession() as session:
        packed = {"Content-Encoding": "gzip"}
        async with session.post(f"{address}/slack/events", data=b"x", headers=packed) as answer:
            assert answer.status == 415
            _dressed(answer.headers)
        async with session.request("GET", f"{address}/about", data=b"x") as answer:
            assert answer.status == 413
            _dressed(answer.headers)
    reader, writer = await asyncio.open_connection("127.0.0.1", int(address.rpartition(":")[2]))
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nSeeded-Marker\x00: y\r\n\r\n")
    answer_bytes = await reader.read()
    writer.close()
    head, _, body = answer_bytes.partition(b"\r\n\r\n")
    assert head.startswith((b"HTTP/1.0 400", b"HTTP/1.1 400"))
    for name in (*ALWAYS, *BY_HTTPS):
        assert f"\r\n{name}: ".encode() in head, name
    assert b"aiohttp" not in answer_bytes
    assert b"Python" not in answer_bytes
    assert body == b""


async def test_a_failure_of_ours_bears_them_too(
    service: tuple[Service, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """500, the same headers, and not a word of what failed."""
    made, address = service

    async def fails() -> object:
        raise RuntimeError("seeded-marker")

    monkeypatch.setattr(made.engine.watchdog, "look", fails)
    async with aiohttp.ClientSession() as session, session.get(f"{address}/healthz") as answer:
        assert answer.status == 500
        assert await answer.text() == ""
        _dressed(answer.headers)


async def test_only_whoever_is_reached_by_https_asks_for_it(tmp_path: Path) -> None:
    """On this machine alone, by http, no browser is told to come by https."""
    made = Service(_settings(tmp_path, public_url="http://127.0.0.1:3978"))
    async with (
        made.serving(moving=False) as port,
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}/about") as answer,
    ):
        _dressed(answer.headers, by_https=False)
        assert "Strict-Transport-Security" not in answer.headers
