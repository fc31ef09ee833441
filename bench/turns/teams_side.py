"""Teams' side of the benchmark: a connector that takes every message at once, and people who wait for it."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from aiohttp import web

from bench.measure import Drive
from bench.turns import crowd
from bench.turns.server import listening

APP = "11111111-aaaa-4444-8888-000000000001"
TENANT = "22222222-bbbb-4444-8888-000000000002"
PATH = "/api/messages"
BASE = "/emea/"
_numbers = itertools.count(1)

Json = dict[str, Any]


class TeamsSide:
    """The connector: it knows everybody, takes every message, and tells who waits for one."""

    def __init__(self) -> None:
        self._waiting: dict[str, asyncio.Future[None]] = {}
        self.url = ""

    def reply_to(self, chat: str) -> asyncio.Future[None]:
        """Done when a message is posted to this chat."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[chat] = future
        return future

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["TeamsSide"]:
        chat = f"{BASE}v3/conversations/{{chat}}"
        app = web.Application()
        app.add_routes([
            web.post(f"{chat}/activities", self._post),
            web.post(f"{chat}/activities/{{activity}}", self._post),
            web.get(f"{chat}/members/{{member}}", self._member),
        ])  # fmt: skip
        async with listening(app) as port:
            self.url = f"http://127.0.0.1:{port}{BASE}"
            yield self

    async def _post(self, request: web.Request) -> web.Response:
        _ = await request.read()
        future = self._waiting.pop(request.match_info["chat"], None)
        if future is not None and not future.done():
            future.set_result(None)
        return web.json_response({"id": str(next(_numbers))}, status=201)

    async def _member(self, request: web.Request) -> web.Response:
        user = request.match_info["member"]
        email = f"{user.removeprefix('29:')}@health.example"
        return web.json_response({"id": user, "name": user, "email": email, "tenantId": TENANT})


def message(service: str, who: str, text: str) -> Json:
    """Words typed in the personal chat, as Teams sends them."""
    return {
        "type": "message", "id": f"{time.time_ns()}-{next(_numbers)}", "channelId": "msteams",
        "timestamp": "2026-11-26T10:00:00.000Z", "localTimestamp": "2026-11-26T10:00:00.000Z",
        "localTimezone": "Europe/London", "serviceUrl": service, "locale": "en-GB",
        "from": {"id": f"29:{who}", "name": f"Visitor {who}", "aadObjectId": f"aad-{who}"},
        "recipient": {"id": f"28:{APP}", "name": "Braver"},
        "conversation": {"conversationType": "personal", "tenantId": TENANT, "id": f"a:{who}"},
        "channelData": {"tenant": {"id": TENANT}}, "text": text, "textFormat": "plain",
        "entities": [{"type": "clientInfo", "locale": "en-GB", "country": "GB", "platform": "Web"}],
    }  # fmt: skip


def driver(side: TeamsSide, people: Sequence[str], texts: Sequence[str], token: str) -> Drive:
    """What these people write, one thing after the other. `token`: of each request; empty where none is
    checked."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}

    def begin(who: str, text: str) -> tuple[Awaitable[object], crowd.Sending]:
        posted, activity = side.reply_to(f"a:{who}"), message(side.url, who, text)

        async def send(session: aiohttp.ClientSession, port: int) -> bool:
            url = f"http://127.0.0.1:{port}{PATH}"
            async with session.post(url, json=activity, headers=headers) as answer:
                _ = await answer.read()
                return answer.status < 300

        return posted, send

    return crowd.driver(people, texts, begin)
