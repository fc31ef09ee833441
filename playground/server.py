"""The page of the playground: a Slack workspace and a Teams tenant side by side, on loopback only.

    app = page(Stage.of(world, clock, {"jo": ("Health visitor", "Little Wickering Community Health"), …}))
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 3980).start()

- `GET /` is the page, `GET /state?people=jo,helen` what it draws, as JSON.
- `GET /ws` is the same, live: the browser says `{"people": [...], "reading": {person: chat}}` and is sent the
  view at every change.
- `POST /act` is what a person does, see `playground.page_acts`.
- `POST /clock` `{"to": …}` goes to "next_deadline", "half_hour", "working_day", or begins with "start_again".

Only a browser on this machine, on a page of this server, gets an answer.
"""

import asyncio
import json
import weakref
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

from aiohttp import WSCloseCode, WSMsgType, hdrs, web
from ruamel.yaml import YAML

from playground.feed import Feed
from playground.page_acts import CannotBeDone, act
from playground.page_view import Player, PlaygroundClock, Unread, people, screen, time_shown
from playground.screen import Json
from playground.world import World

BUILT = Path(__file__).parent / "page" / "dist"
STEPS = Path(__file__).parent / "page" / "steps.yaml"
FILES = ("main.js", "main.css", "icon.svg")
MAX_BODY = 256 * 1024
TICK = 20.0
"""Seconds after which the clock on the page is drawn anew, also when nothing happened."""
HOSTS = {"127.0.0.1", "localhost", "::1"}
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self' ws://127.0.0.1:* ws://localhost:*; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
HALF_HOUR = timedelta(minutes=30)


class NotBuilt(Exception):
    """The page has not been built: `make demo` builds it."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What the page shows and moves: somebody to be, the bell that rings at each change, and the time."""

    players: Sequence[Player]
    feed: Feed
    clock: PlaygroundClock

    @classmethod
    def of(cls, world: World, clock: PlaygroundClock, roles: Mapping[str, tuple[str, str]]) -> "Stage":
        """The people of this world who have a role; `roles` is person id → role and agency, in words."""
        named = [(actor, roles[actor.id]) for actor in world.people if actor.id in roles]
        players = [Player(actor.id, actor.client, role, agency) for actor, (role, agency) in named]
        return cls(players, world.feed, clock)


StartAgain = Callable[[], Awaitable[Stage]]


def page(stage: Stage, start_again: StartAgain | None = None, built: Path = BUILT) -> web.Application:
    """The page's server; `start_again` gives a fresh stage, without it the page offers none.

    Raises NotBuilt where `built` holds no page.
    """
    missing = [name for name in ("index.html", *FILES) if not (built / name).is_file()]
    if missing:
        raise NotBuilt(f"{', '.join(missing)} not found in {built}: `make demo` builds the page")
    shown = Page(stage, start_again)
    app = web.Application(middlewares=[_guard], client_max_size=MAX_BODY)
    app.router.add_get("/", _file(built / "index.html"))
    for name in FILES:
        app.router.add_get(f"/{name}", _file(built / name))
    app.router.add_get("/state", shown.state)
    app.router.add_get("/ws", shown.live)
    app.router.add_post("/act", shown.act)
    app.router.add_post("/clock", shown.wind)
    app.on_shutdown.append(shown.close)
    return app


class Page:
    """What is behind the page: one stage, and who of the browsers looks at whom."""

    def __init__(self, stage: Stage, start_again: StartAgain | None) -> None:
        self._stage = stage
        self._start_again = start_again
        self._unread = Unread(stage.players)
        self._steps: list[Json] = YAML(typ="safe").load(STEPS.read_text("utf-8"))
        self._sockets: weakref.WeakSet[web.WebSocketResponse] = weakref.WeakSet()

    async def state(self, request: web.Request) -> web.Response:
        return web.json_response(await self.view(request.query.get("people", "").split(",")))

    async def act(self, request: web.Request) -> web.Response:
        asked = await _json(request)
        player = self._player(asked.get("person"))
        if player is None:
            return _problem("That person is not here.")
        try:
            answer = await act(player, asked)
        except (AssertionError, LookupError):
            return _problem("That is not there any more.")
        except CannotBeDone as problem:
            return _problem(str(problem))
        return web.json_response({"done": True, **answer})

    async def wind(self, request: web.Request) -> web.Response:
        """Move the clock, or begin anew; answered when what fell due on the way has fired."""
        clock = self._stage.clock
        to = (await _json(request)).get("to")
        now = await clock.now()
        due = await clock.next_deadline()
        if to == "next_deadline" and due:
            await clock.wind(max(due[0], now))
        elif to == "half_hour":
            await clock.wind(now + HALF_HOUR)
        elif to == "working_day":
            await clock.wind(await clock.working_day_after(now))
        elif to == "start_again" and self._start_again:
            before, self._stage = self._stage, await self._start_again()
            self._unread = Unread(self._stage.players)
            before.feed.touch()
        else:
            return _problem(
                "No deadline is running." if to == "next_deadline" else "The clock can't do that."
            )
        self._stage.feed.touch()
        return web.json_response({"done": True})

    async def live(self, request: web.Request) -> web.WebSocketResponse:
        """Send the view at every change, for as long as the browser listens."""
        socket = web.WebSocketResponse(heartbeat=30, max_msg_size=MAX_BODY)
        await socket.prepare(request)
        self._sockets.add(socket)
        watched = _Watched()
        telling = asyncio.create_task(self._tell(socket, watched))
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT and watched.take(message.data):
                    self._stage.feed.touch()
        finally:
            telling.cancel()
        return socket

    async def _tell(self, socket: web.WebSocketResponse, watched: "_Watched") -> None:
        while not socket.closed:
            feed, seen = self._stage.feed, self._stage.feed.revision
            for name, chat in watched.reading.items():
                player = self._player(name)
                if player:
                    self._unread.read(player, chat)
            await socket.send_json(await self.view(watched.people))
            try:
                await feed.until(lambda: feed.revision != seen, TICK)  # noqa: B023 - awaited in the same round
            except TimeoutError:
                continue

    async def view(self, watched: Sequence[str]) -> Json:
        """All that the page draws, with the screens of the people who are watched."""
        stage = self._stage
        zone = (await stage.clock.now()).tzinfo
        return {
            "people": people(stage.players, self._unread),
            "clock": await time_shown(stage.clock),
            "steps": self._steps,
            "can_start_again": self._start_again is not None,
            "screens": {
                player.id: screen(player.client.screen(), zone)
                for player in stage.players
                if player.id in watched
            },
        }

    async def close(self, app: web.Application) -> None:
        for socket in set(self._sockets):
            await socket.close(code=WSCloseCode.GOING_AWAY, message=b"the playground closes")

    def _player(self, name: object) -> Player | None:
        return next((player for player in self._stage.players if player.id == name), None)


class _Watched:
    """Whose screens a browser shows, and which chat each of them has open there."""

    def __init__(self) -> None:
        self.people: tuple[str, ...] = ()
        self.reading: Mapping[str, str] = {}

    def take(self, text: str) -> bool:
        """What the browser said; False where it makes no sense or says nothing new."""
        try:
            asked = json.loads(text)
            watched = tuple(str(name) for name in asked["people"])
            reading = {str(name): str(chat) for name, chat in asked["reading"].items()}
        except (ValueError, LookupError, TypeError, AttributeError):
            return False
        changed = (watched, reading) != (self.people, self.reading)
        self.people, self.reading = watched, reading
        return changed


@web.middleware
async def _guard(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Turn away what is not a browser on this machine showing this page (another site, a rebound name)."""
    if not _from_here(request):
        return web.Response(status=403, text="This page is for this machine only.", headers=HEADERS)
    try:
        response = await handler(request)
    except web.HTTPException as refusal:
        refusal.headers.update(HEADERS)
        raise
    if not response.prepared:
        response.headers.update(HEADERS)
    return response


def _from_here(request: web.Request) -> bool:
    try:
        near = ip_address(request.remote or "").is_loopback
    except ValueError:
        near = False
    if not near or request.url.host not in HOSTS:
        return False
    origin = request.headers.get(hdrs.ORIGIN)
    if origin is None:
        return request.method in ("GET", "HEAD") and request.headers.get("Sec-Fetch-Site") != "cross-site"
    return origin == f"http://{request.host}"


def _file(path: Path) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def send(request: web.Request) -> web.StreamResponse:
        return web.FileResponse(path)

    return send


async def _json(request: web.Request) -> Json:
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType
    try:
        asked = await request.json()
    except ValueError:
        raise web.HTTPBadRequest from None
    if not isinstance(asked, dict):
        raise web.HTTPBadRequest
    return asked


def _problem(words: str) -> web.Response:
    return web.json_response({"problem": words}, status=409)
