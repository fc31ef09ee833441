"""No secret of the settings ever stands in what the service writes: the real one, with all of them seeded,
and everything around it failing and saying them back."""

import asyncio
import base64
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import aiohttp
import pytest
from aiohttp import web
from pydantic import SecretStr

from bot.guidance.content import root
from bot.settings import PREFIX, Settings
from playground.house import _moved, shipped
from playground.slack_service import signed

HERE = Path(__file__).parents[2]
PASSWORD = "seeded/database+password 9"
REGISTERED = "seeded-client-secret-of-the-file"
SEEDED = {
    "SECRET_KEY": "seeded-key-of-more-than-thirty-two-characters,seeded-older-key-of-more-than-32-chars",
    "SLACK_BOT_TOKEN": "xoxb-seeded-token-of-the-bot",
    "SLACK_SIGNING_SECRET": "seeded-signing-secret",
    "TEAMS_APP_PASSWORD": "seeded~client.secret-of-teams",
    "EMAIL_PASSWORD": "seeded password of the mail server",
    "WATCH_TOKEN": "seeded-token-of-whoever-watches-32",
    "HEARTBEAT_URL": "http://127.0.0.1:{port}/beat/seeded-address-of-the-heartbeat",
}
"""Of each setting that is a secret; but for one that can't stand beside another."""
ELSEWHERE = {"SLACK_CLIENT_SECRET", "DATABASE_OWNER_URL"}
"""Only where workspaces install the app, instead of the bot's token; and only with PostgreSQL."""
APP, TENANT = "11111111-aaaa-4444-8888-000000000001", "22222222-aaaa-4444-8888-000000000002"


@dataclass(slots=True)
class Echo:
    """A platform, a login service and an address outside that refuse everything, and say in their answers all
    that they were sent; and a mail server of the same kind."""

    port: int = 0
    mail: int = 0
    asked: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    asked_for_mail: asyncio.Event = field(default_factory=asyncio.Event)

    @classmethod
    @asynccontextmanager
    async def open(cls) -> AsyncIterator["Echo"]:
        echo = cls()
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", echo._answer)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        echo.port = runner.addresses[0][1]
        mail = await asyncio.start_server(echo._letter, "127.0.0.1", 0)
        echo.mail = mail.sockets[0].getsockname()[1]
        try:
            yield echo
        finally:
            mail.close()
            await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        said = f"{request.path_qs} {dict(request.headers)} {(await request.read()).decode()}"
        self.asked.append(request.path)
        self.shown.append(said)
        body = {"ok": False, "error": said, "error_description": said, "error_codes": [said]}
        if len(self.asked) % 3 == 0:
            return web.Response(text=f"<html>{said}</html>", status=500, content_type="text/html")
        return web.json_response(body, status=200 if len(self.asked) % 3 else 401)

    async def _letter(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 echo\r\n")
        while line := await reader.readline():
            said = line.decode().strip()
            self.shown.append(f"{said} {_unpacked(said)}")
            if said.upper().startswith("EHLO"):
                writer.write(b"250-echo\r\n250 AUTH PLAIN LOGIN\r\n")
            elif said.upper() == "QUIT":
                break
            else:
                writer.write(f"535 5.7.8 refused: {said} {_unpacked(said)}\r\n".encode())
                self.asked_for_mail.set()
            await writer.drain()
        writer.close()


def _unpacked(said: str) -> str:
    try:
        return base64.b64decode(said.split()[-1]).decode().replace("\0", " ")
    except (ValueError, IndexError):
        return ""


def _directory(folder: Path) -> Path:
    """The coordinator has e-mail alone: what is asked of them at the start goes there."""
    directory = shipped()
    coordinator = directory.coordinator
    file = folder / "directory.yaml"
    moved = _moved(directory, {coordinator: "email"})
    file.write_text(moved.model_dump_json(indent=2, exclude_none=True), encoding="utf-8")
    return file


def _secrets() -> dict[str, str]:
    """Name → the secret, in every form in which it could be told from other words."""
    return {
        **{f"{name} {n}": part for name, value in SEEDED.items() for n, part in enumerate(value.split(","))},
        "HEARTBEAT_URL 0": "seeded-address-of-the-heartbeat",
        "the database's password": PASSWORD,
        "the owner's password": "seeded-of-the-owner",
        "the file of registrations": REGISTERED,
    }


def assert_tells_none(said: str) -> None:
    """None of them, as it is, in an address, in JSON, or in base64."""
    for name, secret in _secrets().items():
        assert secret not in said, name
        assert quote(secret, safe="") not in said, name
        assert json.dumps(secret)[1:-1] not in said, name
        for user in ("", "\0braver\0", "braver:"):
            assert base64.b64encode((user + secret).encode()).decode().rstrip("=")[:-2] not in said, name
    assert "seeded" not in said


@asynccontextmanager
async def _running(folder: Path, more: Mapping[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    ours = {PREFIX + name: value for name, value in more.items()}
    others = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-X", "dev", "-m", "bot", "run", cwd=HERE,
        env=others | ours | {"PYTHONPATH": str(HERE), "PYTHONWARNINGS": "always"},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        yield running
    finally:
        if running.returncode is None:
            running.kill()
        await running.wait()


def _settings(folder: Path, echo: Echo) -> dict[str, str]:
    file = folder / "registrations.yaml"
    other = "33333333-aaaa-4444-8888-00000000000"
    file.write_text(f"- app_id: {other}3\n  tenant_id: {other}4\n  password: {REGISTERED}\n")
    here = f"http://127.0.0.1:{echo.port}"
    return {
        **{name: value.format(port=echo.port) for name, value in SEEDED.items()},
        "DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'braver.db'}", "PORT": "0",
        "DIRECTORY": str(_directory(folder)), "POLICY": str(root() / "policies" / "cheshire-east.yaml"),
        "PUBLIC_URL": here, "SLACK_API_URL": f"{here}/api/",
        "TEAMS_APP_ID": APP, "TEAMS_TENANT_ID": TENANT, "TEAMS_REGISTRATIONS_FILE": str(file),
        "TEAMS_LOGIN_URL": here, "TEAMS_KEYS_URL": f"{here}/keys",
        "EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": str(echo.mail), "EMAIL_TLS": "none", "EMAIL_USER": "braver",
        "EMAIL_FROM": "braver@partnership.example",
    }  # fmt: skip


def test_every_secret_of_the_settings_is_seeded() -> None:
    """A setting that is a secret and is not among them fails here."""
    secret = {name.upper() for name, info in Settings.model_fields.items() if info.annotation is SecretStr}
    assert secret == SEEDED.keys() | ELSEWHERE


async def test_everything_fails_and_says_the_secrets_back(tmp_path: Path) -> None:
    """The service starts, everything around it refuses and repeats what it was sent, people and strangers
    send it what they like, and it is stopped: of all that it wrote no line holds a secret."""
    said: list[str] = []
    async with Echo.open() as echo, _running(tmp_path, _settings(tmp_path, echo)) as running:
        assert running.stdout is not None
        address = ""
        async for line in running.stdout:
            said.append(line.decode())
            if '"listening"' in said[-1]:
                told = json.loads(said[-1])
                address = f"http://{told['host']}:{told['port']}"
                break
        assert address, "".join(said)
        reading = asyncio.create_task(running.stdout.read())
        await _asks(address)
        async with asyncio.timeout(60):
            await echo.asked_for_mail.wait()
        await asyncio.sleep(0.5)
        running.terminate()
        said.append((await reading).decode())
    everything = "".join(said)
    assert any("xoxb-seeded" in one for one in echo.shown), "Slack was asked, with the token"
    assert any("seeded password" in one for one in echo.shown), "the mail server was told the password"
    assert "refused" in everything
    assert_tells_none(everything)


async def _asks(address: str) -> None:
    """An event of somebody whom Slack won't tell of, forged ones, tokens, links, and the watch."""
    secret = SEEDED["SLACK_SIGNING_SECRET"]
    event = {
        "type": "message",
        "channel_type": "im",
        "channel": "D1",
        "user": "U1",
        "text": "hi",
        "ts": "1.2",
    }
    body = json.dumps({"type": "event_callback", "team_id": "T1", "api_app_id": "A1", "event": event})
    kind = {"Content-Type": "application/json"}
    token = "eyJhbGciOiJSUzI1NiJ9.c2VlZGVkLXNlZWRlZA.c2VlZGVk"
    async with aiohttp.ClientSession() as session:
        for path, headers, sent in (
            ("/slack/events", kind | signed(secret, body), body),
            ("/slack/events", kind | {"X-Slack-Signature": secret}, body),
            ("/api/messages", kind | {"Authorization": f"Bearer {token}"}, '{"type": "message"}'),
            ("/api/messages", kind | {"Authorization": f"Bearer {SEEDED['WATCH_TOKEN']}"}, "{"),
            (f"/mail/{quote(SEEDED['SECRET_KEY'], safe='')}/code", {}, "code=seeded"),
        ):
            async with session.post(address + path, data=sent, headers=headers) as answer:
                assert answer.status != 500
        for path in ("/metrics", "/healthz", "/readyz", f"/mail/{quote(secret)}"):
            shown = {"Authorization": f"Bearer {SEEDED['WATCH_TOKEN']}"}
            async with session.get(address + path, headers=shown) as answer:
                assert_tells_none(await answer.text())
                assert answer.status != 500


STARTS = {
    "database away": {
        "DATABASE_URL": f"postgresql+asyncpg://braver:{quote(PASSWORD, safe='')}@127.0.0.1:1/braver",
        "DATABASE_OWNER_URL": "postgresql+asyncpg://owner:seeded-of-the-owner@127.0.0.1:1/braver",
    },
    "no database": {"DATABASE_URL": f"mysql://braver:{quote(PASSWORD, safe='')}@db.example/braver"},
    "in the open": {
        "DATABASE_URL": f"postgresql+asyncpg://braver:{quote(PASSWORD, safe='')}@db.example/braver"
    },
    "heartbeat": {"HEARTBEAT_URL": "http://hc.example/beat/seeded-address-of-the-heartbeat"},
    "port": {"PORT": "99999"},
    "file": {"DATABASE_URL": "sqlite+aiosqlite:////proc/nowhere/braver.db"},
}


@pytest.mark.parametrize(
    "how",
    [
        "database away",
        *(pytest.param(how, marks=pytest.mark.full) for how in STARTS if how != "database away"),
    ],
)
async def test_a_start_that_fails_tells_none(tmp_path: Path, how: str) -> None:
    """What is wrong is said, with the setting to change, and without any secret."""
    async with (
        Echo.open() as echo,
        _running(tmp_path, _settings(tmp_path, echo) | STARTS[how]) as running,
        asyncio.timeout(90),
    ):
        told, _ = await running.communicate()
    assert running.returncode
    assert PREFIX in told.decode() or "can't be used" in told.decode()
    assert_tells_none(told.decode())
