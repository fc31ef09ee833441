"""What stands before several processes of the service: each request goes to the next one in turn, past those
that are not there."""

import itertools
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web


class Balancer:
    """`address` is where it listens, `passed` how many requests each address of the service has answered."""

    def __init__(self, addresses: Iterable[str]) -> None:
        self.address = ""
        self.passed: Counter[str] = Counter()
        self._turns: Iterator[str] = iter(())
        self._number = 0
        self.to(*addresses)

    @classmethod
    @asynccontextmanager
    async def before(cls, addresses: Iterable[str]) -> AsyncIterator["Balancer"]:
        balancer = cls(addresses)
        app = web.Application()
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        async with aiohttp.ClientSession() as session:
            app.router.add_post("/{path:.*}", lambda request: balancer._pass(session, request))
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            balancer.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
            try:
                yield balancer
            finally:
                await runner.cleanup()

    def to(self, *addresses: str) -> None:
        """From now on only these are asked."""
        self._number = len(addresses)
        self._turns = itertools.cycle(addresses)

    async def _pass(self, session: aiohttp.ClientSession, request: web.Request) -> web.Response:
        body = await request.read()
        headers = {name: value for name, value in request.headers.items() if name != "Host"}
        for service in itertools.islice(self._turns, self._number):
            try:
                async with session.post(service + request.path_qs, data=body, headers=headers) as answer:
                    self.passed[service] += 1
                    kind = {"Content-Type": answer.headers.get("Content-Type", "text/plain")}
                    return web.Response(status=answer.status, body=await answer.read(), headers=kind)
            except aiohttp.ClientConnectorError:
                # Nothing was sent: the next one may have it.
                continue
            except aiohttp.ClientError:
                return web.Response(status=502)
        return web.Response(status=502)
