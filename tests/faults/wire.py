"""The wire between the platforms and the service, on which a request or its answer may get lost, or come
several times at once.

    async with Wire.before(house) as wire:
        wire.lose_request()
        await jo.says("checklist")
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

import aiohttp
from aiohttp import web

from playground.house import House

Fate = Literal["lose request", "lose answer", "three at once"]


class Wire:
    """Passes everything on, but for the next requests, one for each fate that was asked for.

    `statuses` are those of the service's answers; `answered` is set with the first.
    """

    def __init__(self, service: str) -> None:
        self._service = service
        self._fates: list[Fate] = []
        self._session: aiohttp.ClientSession | None = None
        self.statuses: list[int] = []
        self.answered = asyncio.Event()

    @classmethod
    @asynccontextmanager
    async def before(cls, house: House) -> AsyncIterator["Wire"]:
        """From now on everything that the platforms send to the service goes over this wire."""
        wire = cls(house.address)
        app = web.Application()
        app.router.add_post("/{path:.*}", wire._pass)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        async with aiohttp.ClientSession() as wire._session:
            house.world.serve(f"http://127.0.0.1:{runner.addresses[0][1]}")
            try:
                yield wire
            finally:
                await house.world.settled()
                house.world.serve(house.address)
                await runner.cleanup()

    def lose_request(self) -> None:
        """The next request never arrives, and its sender's connection breaks."""
        self._fates.append("lose request")

    def lose_answer(self) -> None:
        """The next request has its effect, and instead of the answer the connection breaks."""
        self._fates.append("lose answer")

    def three_at_once(self) -> None:
        """The next request arrives in three copies; its sender gets the first answer."""
        self._fates.append("three at once")

    async def _pass(self, request: web.Request) -> web.Response:
        fate = self._fates.pop(0) if self._fates else ""
        body = await request.read()
        if fate == "lose request":
            return _cut(request)
        copies = 3 if fate == "three at once" else 1
        answers = await asyncio.gather(*(self._send(request, body) for _ in range(copies)))
        return _cut(request) if fate == "lose answer" else answers[0]

    async def _send(self, request: web.Request, body: bytes) -> web.Response:
        assert self._session is not None
        headers = {name: value for name, value in request.headers.items() if name != "Host"}
        url = self._service + request.path_qs
        async with self._session.post(url, data=body, headers=headers) as answer:
            self.statuses.append(answer.status)
            self.answered.set()
            kind = {"Content-Type": answer.headers.get("Content-Type", "text/plain")}
            return web.Response(status=answer.status, body=await answer.read(), headers=kind)


def _cut(request: web.Request) -> web.Response:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()
