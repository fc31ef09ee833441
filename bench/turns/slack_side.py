"""Slack's side of the benchmark: an interface that answers at once, and people who wait for their answer."""

import asyncio
import hashlib
import hmac
import itertools
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode

import aiohttp
from aiohttp import web

from bench.measure import Drive
from bench.turns import crowd
from bench.turns.server import listening
from bot.people.directory import Directory

SECRET = "the signing secret of a benchmark"  # noqa: S105 - of nobody's workspace
TOKEN = "xoxb-benchmark"  # noqa: S105
TEAM, APP, BOT = "T0BENCH", "A0BENCH", "U0BRAVER"
PATH = "/slack/events"
CONCURRENT = 32


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person of the workspace, and their direct message with the bot."""

    id: str
    user: str
    direct: str


def somebody(id: str) -> Somebody:
    return Somebody(id, f"U-{id}", f"D-{id}")


class SlackSide:
    """Slack's interface: it knows everybody, takes every message, and tells who waits for one."""

    def __init__(self, directory: Directory) -> None:
        self._emails = {f"U-{entry.id}": entry.email for entry in directory.people}
        self._users = {email: user for user, email in self._emails.items()}
        self._waiting: dict[str, asyncio.Future[None]] = {}
        self._stamps = itertools.count(1)
        self.url = ""
        self.unexpected: set[str] = set()

    def answer_to(self, person: Somebody) -> asyncio.Future[None]:
        """Done when this person is shown something."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[person.id] = future
        return future

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["SlackSide"]:
        app = web.Application()
        app.add_routes([web.post("/api/{method}", self._call), web.get("/api/{method}", self._call)])
        async with listening(app) as port:
            self.url = f"http://127.0.0.1:{port}/api/"
            yield self

    async def _call(self, request: web.Request) -> web.Response:
        raw = await request.read()
        sent: dict[str, Any] = dict(request.query)
        if raw.startswith(b"{"):
            sent |= json.loads(raw)
        else:
            sent |= {key: values[0] for key, values in parse_qs(raw.decode()).items()}
        answer = self._answer(request.match_info["method"], sent)
        return web.Response(body=json.dumps({"ok": True, **answer}), content_type="application/json")

    def _answer(self, method: str, sent: dict[str, Any]) -> dict[str, Any]:
        match method:
            case "chat.postMessage" | "chat.update" | "chat.postEphemeral":
                self._shown(str(sent["channel"])[2:])
                return {"channel": sent["channel"], "ts": sent.get("ts") or self._stamp()}
            case "views.open":
                self._shown(str(sent["trigger_id"]).partition(":")[0])
                return {"view": {"id": f"V{next(self._stamps)}"}}
            case "views.publish":
                self._shown(str(sent["user_id"])[2:])
                return {}
            case "conversations.open":
                return {"channel": {"id": f"D-{sent['users'][2:]}"}}
            case "users.info":
                return {"user": self._user(sent["user"])}
            case "users.lookupByEmail":
                return {"user": self._user(self._users[sent["email"]])}
            case "auth.test":
                return {"team_id": TEAM, "user_id": BOT, "bot_id": "B0BRAVER"}
            case "bots.info":
                return {"bot": {"app_id": APP}}
        self.unexpected.add(method)
        return {}

    def _user(self, user: str) -> dict[str, Any]:
        profile = {"email": self._emails[user], "real_name": user}
        return {"id": user, "team_id": TEAM, "is_email_confirmed": True, "profile": profile}

    def _shown(self, person: str) -> None:
        future = self._waiting.pop(person, None)
        if future is not None and not future.done():
            future.set_result(None)

    def _stamp(self) -> str:
        return f"1700000000.{next(self._stamps):06d}"


_numbers = itertools.count(1)
Body = Callable[[Somebody], tuple[str, str]]
"""Content type and body of a request that this person causes."""
_FORM, _JSON = "application/x-www-form-urlencoded", "application/json"


def command(words: str) -> Body:
    """A slash command in the direct message."""

    def body(who: Somebody) -> tuple[str, str]:
        fields = {
            "token": "unused", "team_id": TEAM, "team_domain": "bench", "channel_id": who.direct,
            "channel_name": "directmessage", "user_id": who.user, "user_name": who.id,
            "command": "/braver", "text": words, "api_app_id": APP, "is_enterprise_install": "false",
            "response_url": "http://127.0.0.1:1/", "trigger_id": f"{who.id}:{next(_numbers)}",
        }  # fmt: skip
        return _FORM, urlencode(fields)

    return body


def words(text: str) -> Body:
    """Words typed into the direct message."""

    def body(who: Somebody) -> tuple[str, str]:
        ts = _moment()
        event = {
            "type": "message", "channel": who.direct, "channel_type": "im", "user": who.user,
            # Never the same words twice.
            "text": f"{text}, for {next(_numbers)} days now",
            "ts": ts, "event_ts": ts, "client_msg_id": f"m{next(_numbers)}", "team": TEAM,
        }  # fmt: skip
        return _JSON, json.dumps(_envelope(event))

    return body


def home(who: Somebody) -> tuple[str, str]:
    """The home of the app, opened."""
    event = {
        "type": "app_home_opened", "user": who.user, "channel": who.direct, "tab": "home",
        "event_ts": _moment(),
    }  # fmt: skip
    return _JSON, json.dumps(_envelope(event))


def press(value: Callable[[Somebody], str], opens_form: bool = False) -> Body:
    """A button on a message of the direct message; `value` is its payload."""

    def body(who: Somebody) -> tuple[str, str]:
        at = f"1700000000.{next(_numbers):06d}"
        action = {
            "type": "button", "action_id": f"b0{'.opens_form' if opens_form else ''}", "block_id": "b",
            "value": value(who), "text": {"type": "plain_text", "text": "Press"}, "action_ts": _moment(),
        }  # fmt: skip
        payload = {
            "type": "block_actions", "team": {"id": TEAM, "domain": "bench"}, "api_app_id": APP,
            "user": {"id": who.user, "name": who.id, "team_id": TEAM}, "token": "unused",
            "trigger_id": f"{who.id}:{next(_numbers)}", "is_enterprise_install": False,
            "container": {
                "type": "message", "message_ts": at, "channel_id": who.direct, "is_ephemeral": False,
            },
            "channel": {"id": who.direct, "name": "directmessage"},
            "message": {"type": "message", "ts": at, "user": BOT, "text": "A card", "team": TEAM},
            "response_url": "http://127.0.0.1:1/", "state": {"values": {}}, "actions": [action],
        }  # fmt: skip
        return _FORM, urlencode({"payload": json.dumps(payload)})

    return body


def _moment() -> str:
    return f"{int(time.time())}.{next(_numbers) % 1_000_000:06d}"


def _envelope(event: dict[str, Any]) -> dict[str, Any]:
    return {
        "token": "unused", "team_id": TEAM, "api_app_id": APP, "event": event, "type": "event_callback",
        "event_id": f"Ev{next(_numbers)}", "event_time": int(time.time()), "is_ext_shared_channel": False,
        "authorizations": [{"team_id": TEAM, "user_id": BOT, "is_bot": True, "is_enterprise_install": False}],
    }  # fmt: skip


def driver(side: SlackSide, people: Sequence[Somebody], bodies: Sequence[Body]) -> Drive:
    """What these people do, one after the other."""

    def begin(who: Somebody, body: Body) -> tuple[Awaitable[object], crowd.Sending]:
        shown, request = side.answer_to(who), body(who)
        return shown, lambda session, port: _sent(session, f"http://127.0.0.1:{port}{PATH}", *request)

    return crowd.driver(people, bodies, begin)


async def _sent(session: aiohttp.ClientSession, url: str, content: str, body: str) -> bool:
    stamp = str(int(time.time()))
    digest = hmac.new(SECRET.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": content, "X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}",
    }  # fmt: skip
    async with session.post(url, data=body.encode(), headers=headers) as response:
        _ = await response.read()
        return response.status == 200
