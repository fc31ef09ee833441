"""One Slack app in several workspaces, on loopback: one address of the Web API, a token for each workspace.

    async with SlackApp() as slack:
        health = slack.add_workspace("Health", "T0HEALTH")        # a SlackWorkspace
        await slack.start()
        slack.api_url, slack.client_id, slack.client_secret       # for the service's settings
        slack.serve("http://127.0.0.1:3978")                      # where the service listens

Nothing is installed at first: see `playground.slack_installer`. `crossings` are calls that named something of
another workspace than the token's: there must never be one. `exchanges` counts the codes that came.
"""

import base64
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from types import TracebackType
from typing import Self
from urllib.parse import urlencode

from aiohttp import web

from playground.clock import Clock
from playground.fault_http import meet
from playground.faults import Faults, Refuse, TooMany
from playground.feed import Feed
from playground.screen import Json
from playground.slack_api import MAX_BODY, SCOPES, arguments, token_of
from playground.slack_error import SlackError
from playground.slack_workspace import SlackWorkspace

CODE_LIFE = 600.0
"""Seconds, as Slack documents."""
APP = "A0PLAY"


@dataclass(slots=True)
class _Code:
    team: str
    user: str
    organisation: bool
    dies: float
    used: bool = False


class SlackApp:
    """`rotates`: the app's tokens expire and are changed. `back` is its one redirect URL."""

    def __init__(self, *, rotates: bool = False, patience: float = 3.0) -> None:
        self.client_id, self.client_secret = "1234.5678", "playground-client-secret"
        self.signing_secret = "playground-signing-secret"
        self.back = ""
        self.rotates = rotates
        self.clock = Clock()
        self.feed = Feed(self.clock)
        self.faults = Faults()
        self.workspaces: dict[str, SlackWorkspace] = {}
        self.crossings: list[str] = []
        self.exchanges = 0
        self.unknown_tokens: list[str] = []
        self.api_url = ""
        self._patience = patience
        self._organisation: set[str] = set()
        self._tokens: dict[str, SlackWorkspace] = {}
        self._codes: dict[str, _Code] = {}
        self._runner: web.AppRunner | None = None

    def add_workspace(self, name: str, team: str) -> SlackWorkspace:
        """A workspace in which the app is not installed yet. Before `start`."""
        made = SlackWorkspace(
            signing_secret=self.signing_secret, bot_token="", team_id=team, app_id=APP,
            bot_user=f"U{len(self.workspaces)}BRAVER", clock=self.clock, feed=self.feed,
            patience=self._patience, team_name=name,
        )  # fmt: skip
        made.api.installed = False
        self.workspaces[team] = made
        return made

    def serve(self, base: str) -> None:
        """The service listens here: from now on every workspace talks to it."""
        self.back = f"{base}/slack/oauth_redirect"
        for workspace in self.workspaces.values():
            workspace.service = f"{base}/slack/events"

    async def start(self) -> None:
        app = web.Application(client_max_size=MAX_BODY)
        app.router.add_route("*", "/api/{method}", self._call)
        app.router.add_post("/{team}/actions/{name}", self._respond)
        app.router.add_get("/oauth/v2/authorize", self._authorize)
        app.router.add_get("/oauth/v2/decide", self._decide)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        base = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self.api_url = f"{base}/api/"
        for team, workspace in self.workspaces.items():
            await workspace.open(self.api_url, f"{base}/{team}")

    async def close(self) -> None:
        for workspace in self.workspaces.values():
            await workspace.close()
        self.faults.clear()
        if self._runner is not None:
            await self._runner.cleanup()

    async def settled(self) -> None:
        """Wait until every event on its way has been taken or given up."""
        for workspace in self.workspaces.values():
            await workspace.settled()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:  # fmt: skip
        await self.close()

    # --- the Web API

    async def _call(self, request: web.Request) -> web.StreamResponse:
        args = await arguments(request)
        if request.match_info["method"] == "oauth.v2.access":
            self.exchanges += 1
            return await self._met("oauth.v2.access", request, lambda: self._access(request, args))
        token = token_of(request, args)
        if token in self._organisation:
            return web.json_response({"ok": True, "bot_id": "B0ORG", "url": "https://org.slack.example/"})
        workspace = self._tokens.get(token)
        if workspace is None:
            self.unknown_tokens.append(token)
            return web.json_response({"ok": False, "error": "invalid_auth" if token else "not_authed"})
        self._watch(workspace, request.match_info["method"], args)
        return await workspace.api.handle(request)

    def _watch(self, here: SlackWorkspace, method: str, args: Json) -> None:
        named = {str(args[name]) for name in ("channel", "user", "users", "user_id") if name in args}
        for other in self.workspaces.values():
            if other is not here and named & (other.state.channels.keys() | other.state.users.keys()):
                self.crossings.append(f"{method} with the token of {here.state.team_id}")

    async def _met(
        self, method: str, request: web.Request, act: Callable[[], Json]
    ) -> web.StreamResponse:  # fmt: skip
        fault = self.faults.take(method)
        if isinstance(fault, TooMany | Refuse):
            code = fault.code if isinstance(fault, Refuse) else "ratelimited"
            return web.json_response({"ok": False, "error": code})

        def answer() -> web.StreamResponse:
            try:
                return web.json_response({"ok": True, **act()})
            except SlackError as error:
                return web.json_response({"ok": False, "error": str(error)})

        return await meet(fault, request, answer)

    def _access(self, request: web.Request, args: Json) -> Json:
        """`oauth.v2.access`: a code becomes a token, once."""
        proof = base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
        if request.headers.get("Authorization") != f"Basic {proof}":
            raise SlackError("bad_client_secret")
        code = self._codes.get(str(args.get("code", "")))
        if code is None:
            raise SlackError("invalid_code")
        if code.used:
            raise SlackError("code_already_used")
        if self.clock.now() > code.dies:
            raise SlackError("invalid_code")
        if args.get("redirect_uri") != self.back:
            raise SlackError("bad_redirect_uri")
        code.used = True
        token = f"xoxb-{code.team}-{secrets.token_hex(8)}"
        workspace = self.workspaces[code.team]
        state = workspace.state
        found: Json = {
            "access_token": token, "token_type": "bot", "scope": ",".join(sorted(SCOPES)), "app_id": APP,
            "bot_user_id": state.bot_user, "team": {"id": code.team, "name": state.team_name},
            "enterprise": None, "authed_user": {"id": code.user}, "is_enterprise_install": code.organisation,
        }  # fmt: skip
        if code.organisation:
            self._organisation.add(token)
            return found | {"team": None, "enterprise": {"id": "E0COUNTY", "name": "County"}}
        self._install(workspace, token)
        more = {"refresh_token": "xoxe-1", "expires_in": 43_200} if self.rotates else {}
        return found | more

    def _install(self, workspace: SlackWorkspace, token: str) -> None:
        if workspace.bot_token:
            workspace.api.worthless.add(workspace.bot_token)
        workspace.api.token, workspace.api.installed = token, True
        self._tokens[token] = workspace

    # --- consent

    async def _authorize(self, request: web.Request) -> web.Response:
        """The page on which somebody chooses a workspace and allows the app, or does not."""
        query = request.query
        if query.get("client_id") != self.client_id or query.get("redirect_uri") != self.back:
            return web.Response(status=400, text="bad_redirect_uri or invalid_client_id")
        wanted = set(query.get("scope", "").split(","))
        if not wanted <= SCOPES or query.get("user_scope"):
            return web.Response(status=400, text="invalid_scope")
        links = [
            f'<a href="{escape(self._way(query["state"], team, choice))}">{choice}</a>'
            for team in self.workspaces
            for choice in ("allow", "cancel", "whole organisation")
        ]
        return web.Response(text="\n".join(links), content_type="text/html")

    def _way(self, state: str, team: str, choice: str) -> str:
        return "/oauth/v2/decide?" + urlencode({"state": state, "team": team, "choice": choice})

    async def _decide(self, request: web.Request) -> web.Response:
        query, name = request.query, secrets.token_hex(12)
        if query["choice"] == "cancel":
            back = {"error": "access_denied", "state": query["state"]}
        else:
            whole = query["choice"] == "whole organisation"
            self._codes[name] = _Code(query["team"], "U0INSTALLER", whole, self.clock.now() + CODE_LIFE)
            back = {"code": name, "state": query["state"]}
        raise web.HTTPFound(f"{self.back}?{urlencode(back)}")

    async def _respond(self, request: web.Request) -> web.StreamResponse:
        return await self.workspaces[request.match_info["team"]].responses.handle(request)
