"""The port that the service listens at: bounded in the number, the length and the slowness of what comes.

Everything here is decided before anybody knows who asks. What may be sent in a request, and how long that may
take, the adapters say; here stands what is so for all of them.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from aiohttp import hdrs, web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.typedefs import Handler

from bot import headers

_BODILESS = {hdrs.METH_GET, hdrs.METH_HEAD, hdrs.METH_OPTIONS}


@dataclass(frozen=True, slots=True)
class Bounds:
    """Times are in seconds. `connections`: open at once. `first`: until the headers of the first request are
    here. `kept`: until those of the next one are, and the answer before it was taken; proxies in front of a
    service keep connections for a minute, and should be the first to close them. `request`: for one request,
    from its headers to its answer. `headers`: how many of them. `line`: how many bytes in the first line and
    in each of the headers."""

    connections: int = 1_000
    first: float = 30.0
    kept: float = 120.0
    request: float = 60.0
    headers: int = 64
    line: int = 8_190


@dataclass(slots=True)
class _Connection:
    """`since`: when the request on it began, or, while there is none, when the last one ended."""

    since: float
    transport: asyncio.Transport | None = None
    is_asked: bool = False
    was_asked: bool = False


class FrontDoor:
    """Serves an application within bounds."""

    def __init__(self, bounds: Bounds | None = None, *, by_https: bool = False) -> None:
        """`by_https`: people reach the application by https, through what stands before this port."""
        self._bounds = bounds or Bounds()
        self._bear = headers.borne(by_https=by_https)
        self._open: dict[web.RequestHandler, _Connection] = {}

    @contextlib.asynccontextmanager
    async def serving(self, application: web.Application, host: str, port: int) -> AsyncIterator[int]:
        """Listen until the block is left; gives the port. Raises OSError where that can't be."""
        application.middlewares.append(self._watched)
        headers.fitted(application, self._bear)
        runner = web.AppRunner(application, shutdown_timeout=5)
        await runner.setup()
        loop = asyncio.get_running_loop()
        try:
            listening = await loop.create_server(lambda: self._met(runner), host, port, backlog=128)
            sweeping = asyncio.create_task(self._sweep(runner))
            try:
                yield int(listening.sockets[0].getsockname()[1])
            finally:
                listening.close()
                sweeping.cancel()
                await asyncio.gather(sweeping, return_exceptions=True)
        finally:
            await runner.cleanup()

    @property
    def connections(self) -> int:
        """How many are open, as far as is known since the last look."""
        return len(self._open)

    def _met(self, runner: web.AppRunner) -> asyncio.Protocol:
        """What talks on a new connection. Where there are too many, whoever has been quiet for longest goes:
        a connection that is held open by somebody must keep nobody out who has something to say."""
        assert runner.server is not None, "it is listening"
        if len(self._open) >= self._bounds.connections:
            self._forget_closed(runner)
        if len(self._open) >= self._bounds.connections and not self._made_room():
            return _Refusal()
        made = self._handler(runner.server)
        self._open[made] = _Connection(asyncio.get_running_loop().time())
        return made

    def _handler(self, server: web.Server) -> "_Handler":
        bounds = self._bounds
        made = _Handler(
            server,
            loop=asyncio.get_running_loop(),
            access_log=None,  # type: ignore[arg-type]
            logger=_log,
            # What comes packed is refused, so nothing of it is ever unpacked.
            auto_decompress=False,
            keepalive_timeout=bounds.kept,
            max_headers=bounds.headers,
            max_line_size=bounds.line,
            max_field_size=bounds.line,
        )
        made.bear = self._bear
        return made

    def _made_room(self) -> bool:
        quiet = [one for one, connection in self._open.items() if not connection.is_asked]
        for one in sorted(quiet, key=lambda one: self._open[one].since):
            transport = self._open[one].transport or one.transport
            if transport is not None:
                transport.abort()
                del self._open[one]
                return True
        return False

    @web.middleware
    async def _watched(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        connection = self._open.setdefault(request.protocol, _Connection(0.0))
        loop = asyncio.get_running_loop()
        connection.transport = request.transport
        connection.since, connection.is_asked = loop.time(), True
        try:
            if request.headers.get(hdrs.CONTENT_ENCODING, "identity") != "identity":
                return _closing(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
            if request.method in _BODILESS and request.body_exists:
                return _closing(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return await handler(request)
        finally:
            connection.since, connection.is_asked, connection.was_asked = loop.time(), False, True

    async def _sweep(self, runner: web.AppRunner) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(min(self._bounds.first / 4, 1.0))
            self._forget_closed(runner)
            now = loop.time()
            for one, connection in list(self._open.items()):
                connection.transport = connection.transport or one.transport
                if connection.transport is not None and now - connection.since > self._bound(connection):
                    connection.transport.abort()

    def _bound(self, connection: _Connection) -> float:
        if connection.is_asked:
            return self._bounds.request
        return self._bounds.kept if connection.was_asked else self._bounds.first

    def _forget_closed(self, runner: web.AppRunner) -> None:
        assert runner.server is not None, "it is listening"
        living = set(runner.server.connections)
        for one in [one for one, known in self._open.items() if known.transport and one not in living]:
            del self._open[one]


class _Handler(web.RequestHandler):
    """Answers what is no HTTP, too, with the headers of all answers, and says nothing of what came."""

    __slots__ = ("bear",)
    bear: Mapping[str, str]

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        answer = super().handle_error(request, status, exc, message)
        if isinstance(answer, web.Response):
            answer.text = ""
        headers.dress(answer, self.bear)
        return answer


class _Refusal(asyncio.Protocol):
    """Hangs up at once."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.abort()


class _NoHttp(logging.Filter):
    """Leaves out that somebody sent what is no HTTP: anybody can, and it is answered with 400."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        return not isinstance(error, HttpProcessingError)


_log = logging.getLogger("braver.http")
_log.addFilter(_NoHttp())


def _closing(status: HTTPStatus) -> web.Response:
    """An answer after which nothing more is read from whoever asked."""
    answer = web.Response(status=status)
    answer.force_close()
    return answer
