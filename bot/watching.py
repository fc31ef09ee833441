"""What whoever watches the service may ask it: whether it can work, whether all is well, and the numbers.

The answer to anybody is yes or no. Names of what is wrong, and numbers, are for whoever knows the token;
where none is set, they are told only by a service that listens on its own machine alone.
"""

import hmac
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import hdrs, web

from bot.chat.machine import on_this_machine
from bot.chat.port import NotSaved
from bot.doctor.ready import Readiness
from bot.engine.watchdog import Health
from bot.settings import Settings


class Watching:
    """`look` looks at everything once, `ready` whether it can work now, `failing` names what is wrong;
    `numbers` are all of them, in the format that Prometheus reads. `look` raises NotSaved."""

    def __init__(
        self,
        settings: Settings,
        *,
        look: Callable[[], Awaitable[Health]],
        ready: Callable[[], Awaitable[Readiness]],
        failing: Callable[[], tuple[str, ...]],
        numbers: Callable[[Health], bytes],
    ) -> None:
        self._token = settings.watch_token.get_secret_value()
        self._alone = on_this_machine(settings.host)
        self._look = look
        self._ready = ready
        self._failing = failing
        self._numbers = numbers

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/healthz", self._healthz),
            web.get("/readyz", self._readyz),
            web.get("/metrics", self._metrics),
        ]

    async def _healthz(self, request: web.Request) -> web.Response:
        """200 while every open case is watched, nothing is late, stuck or spoilt, and every part of the
        engine moves, the watchdog too; 503 with the names of what is wrong, and how often."""
        try:
            health = await self._look()
        except NotSaved:
            return self._said(request, "well", False, {"failing": ["database"]})
        failing = self._failing()
        wrong = {"failing": list(failing), "counts": health.failing} if failing else {}
        return self._said(request, "well", not failing, wrong)

    async def _readyz(self, request: web.Request) -> web.Response:
        """Whether it can work, and the names of what keeps it from that."""
        now = await self._ready()
        return self._said(request, "ready", now.ready, {"failing": now.failing} if now.failing else {})

    async def _metrics(self, request: web.Request) -> web.Response:
        if not self._may_look(request):
            return web.Response(status=401 if self._token else 404)
        try:
            health = await self._look()
        except NotSaved:
            return web.Response(status=503)
        return web.Response(body=self._numbers(health), content_type="text/plain", charset="utf-8")

    def _said(self, request: web.Request, what: str, so: bool, wrong: Mapping[str, object]) -> web.Response:
        told = wrong if self._may_look(request) else {}
        return web.json_response({what: so, **told}, status=200 if so else 503)

    def _may_look(self, request: web.Request) -> bool:
        if not self._token:
            return self._alone
        shown = request.headers.get(hdrs.AUTHORIZATION, "").encode(errors="surrogateescape")
        return hmac.compare_digest(shown, f"Bearer {self._token}".encode())
