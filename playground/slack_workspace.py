"""A Slack workspace on loopback: real HTTP in both directions, signed, with Slack's limits and errors.

    async with SlackWorkspace(service="http://127.0.0.1:3978/slack/events") as workspace:
        workspace.api_url                        # http://127.0.0.1:<port>/api/ for the service's settings
        workspace.signing_secret, workspace.bot_token
        jo = workspace.add_person("Jo Marsh", "jo@health.example")          # a SlackClient
        workspace.add_channel("duty-team", [jo.user])                       # the bot is in it
        await jo.say("raise")

`service` may be set later (the service wants to know `api_url` first). What goes wrong is asked for with
`workspace.faults` (methods by their Slack name). `workspace.attempts` are the requests to the service with
their answers, `workspace.calls` the service's calls. Trigger ids open one view and die after 3 seconds of
`workspace.clock`. The bot's own posts come back to it as events, as in life.
"""

from collections.abc import Iterable
from types import TracebackType
from typing import Self

from aiohttp import web

from playground.attempt import Attempt
from playground.clock import Clock
from playground.faults import Faults
from playground.feed import Feed
from playground.limits import Limits
from playground.screen import Json
from playground.slack_api import MAX_BODY, SCOPES, SlackApi, message_json
from playground.slack_client import SlackClient, envelope
from playground.slack_responses import Responses
from playground.slack_service import PATIENCE, RETRY_AFTER, SlackService
from playground.slack_state import TRIGGER_LIFE, Channel, Post, SlackState, User


class SlackWorkspace:
    """One workspace with one installed app. Many can run side by side."""

    def __init__(
        self, service: str = "", *, signing_secret: str = "playground-signing-secret",
        bot_token: str = "xoxb-playground", team_id: str = "T0PLAY", app_id: str = "A0PLAY",
        bot_user: str = "U0BRAVER", scopes: Iterable[str] = SCOPES, clock: Clock | None = None,
        feed: Feed | None = None, patience: float = PATIENCE, echoes: bool = True,
        team_name: str = "Little Wickering", retry_after: tuple[float, ...] = RETRY_AFTER,
    ) -> None:  # fmt: skip
        self.signing_secret = signing_secret
        self.clock = clock or Clock()
        self.feed = feed or Feed(self.clock)
        self.faults = Faults()
        self.scopes = set(scopes)
        self.state = SlackState(team_id, app_id, bot_user, self.clock, self.feed, team_name)
        # A trigger lives as long as Slack waits for an answer.
        self.state.trigger_life = max(TRIGGER_LIFE, patience)
        self._out = SlackService(
            service, signing_secret, self.faults, patience=patience, retry_after=retry_after
        )
        self.responses = Responses(self.state, self.faults)
        self.api = SlackApi(self.state, bot_token, self.scopes, self.faults, self._echo)
        self._echoes = echoes
        self._runner: web.AppRunner | None = None
        self._clients: dict[str, SlackClient] = {}
        self.api_url = ""

    @property
    def service(self) -> str:
        return self._out.url

    @service.setter
    def service(self, url: str) -> None:
        self._out.url = url

    def set_clock_apart(self, seconds: float) -> None:
        """Slack's answers are dated so much later than this machine's time (earlier: below nought)."""
        self.api.clock_ahead = seconds

    @property
    def attempts(self) -> list[Attempt]:
        return self._out.attempts

    @property
    def limits(self) -> Limits | None:
        """How much it takes, see `playground.limits`; None is any number of calls."""
        return self.api.limits

    @limits.setter
    def limits(self, limits: Limits | None) -> None:
        self.api.limits = limits

    @property
    def calls(self) -> list[tuple[str, Json]]:
        return self.api.calls

    @property
    def bot_token(self) -> str:
        return self.api.token

    async def start(self, port: int = 0) -> None:
        """Listen on loopback; `port` 0 takes any free one."""
        app = web.Application(client_max_size=MAX_BODY)
        app.router.add_route("*", "/api/{method}", self.api.handle)
        app.router.add_post("/actions/{name}", self.responses.handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        base = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        await self.open(f"{base}/api/", base)

    async def open(self, api_url: str, base: str) -> None:
        """Begin to call the service. Whoever serves the calls from it says where."""
        self.api_url = api_url
        self.responses.base = base
        await self._out.start()

    async def close(self) -> None:
        """Let go of everything; what is stalled ends."""
        self.faults.clear()
        await self._out.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def settled(self) -> None:
        """Wait until every event on its way has been taken or given up."""
        await self._out.settled()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:  # fmt: skip
        await self.close()

    def add_person(self, name: str, email: str, *, user: str = "", confirmed: bool = True) -> SlackClient:
        """A member of the workspace; `confirmed`: the e-mail address was."""
        found = User(user or self.state.new_id("U"), name, email, confirmed=confirmed)
        self.state.users[found.id] = found
        client = SlackClient(self.state, self._out, self.responses, found.id)
        self._clients[found.id] = client
        self.state.direct(found.id)
        return client

    def client(self, user: str) -> SlackClient:
        return self._clients[user]

    def add_channel(self, name: str, members: Iterable[str] = (), *, with_bot: bool = True) -> str:
        """A public channel with these users; its id."""
        everybody = {*members, *([self.state.bot_user] if with_bot else [])}
        channel = Channel(self.state.new_id("C"), name, "channel", everybody)
        self.state.channels[channel.id] = channel
        return channel.id

    async def deactivate(self, user: str) -> None:
        """The account is closed: the person can't be found or written to any more."""
        self.state.users[user].deleted = True

    async def uninstall(self) -> None:
        """The app is removed from the workspace: its token is worth nothing, and the service is told."""
        self.api.installed = False
        event = {"type": "app_uninstalled", "event_ts": self.state.new_ts()}
        await self._out.event(envelope(self.state, event))

    async def revoke(self, *, tell: bool = True) -> None:
        """The bot's token is revoked, and the service is told, or not."""
        self.api.worthless.add(self.bot_token)
        event = {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [self.state.bot_user]}}
        if tell:
            await self._out.event(envelope(self.state, event | {"event_ts": self.state.new_ts()}))

    async def send(self, envelope_: Json) -> None:
        """Send an event as it is given, and wait until it is taken or given up."""
        await self._out.event(envelope_)

    def _echo(self, post: Post, what: str) -> None:
        if not self._echoes or not self.service or post.only_for:
            return
        kind = self.state.channels[post.channel].kind
        event = message_json(self.state, post)
        if what == "changed":
            event = {"type": "message", "subtype": "message_changed", "hidden": True, "message": event}
            event["ts"] = self.state.new_ts()
        event |= {"channel": post.channel, "event_ts": post.ts, "channel_type": kind}
        self._out.send(envelope(self.state, event))
