"""A Teams tenant on loopback: the Bot Connector for the service, activities from the people.

    async with TeamsTenant(service="http://127.0.0.1:3978/api/messages") as tenant:
        tenant.service_url                       # http://127.0.0.1:<port>/emea/
        helen = tenant.add_person("Helen Castle", "helen@care.example")       # a TeamsClient
        team = tenant.add_team("Duty", [helen.user])                          # with its General channel
        tenant.add_channel(team, "assessments")
        await tenant.install(helen.user); await tenant.install_in_team(team, helen.user)
        await helen.say("raise")

Until the app is installed for a person, or in a team that they are in, the bot can't write to them (403) and
hears nothing of them. `consent=True`: the teams let the bot read channel messages without a mention.
Anonymous by default; with `token` (makes the bearer token of a request) and `accepts` (judges the service's)
both directions are signed. What goes wrong is asked for with `tenant.faults` (names in `teams_api`);
`tenant.attempts` are the requests to the service, `tenant.calls` the service's calls.
"""

from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Self

from aiohttp import web

from playground.attempt import Attempt
from playground.clock import Clock
from playground.faults import Faults
from playground.feed import Feed
from playground.limits import Limits
from playground.screen import Json
from playground.teams_activity import Activities
from playground.teams_api import MAX_BODY, TeamsApi
from playground.teams_client import TeamsClient
from playground.teams_service import INVOKE_PATIENCE, MESSAGE_PATIENCE, TeamsService
from playground.teams_state import Team, TeamsState

BASE = "/emea"


class TeamsTenant:
    """One tenant with one app. Many can run side by side."""

    def __init__(
        self, service: str = "", *, app_id: str = "00000000-0000-0000-0000-00000000b0b0",
        tenant_id: str = "00000000-0000-0000-0000-0000000071ca", clock: Clock | None = None,
        feed: Feed | None = None, consent: bool = False, token: Callable[[], str] | None = None,
        accepts: Callable[[str], bool] | None = None, invoke_patience: float = INVOKE_PATIENCE,
        message_patience: float = MESSAGE_PATIENCE, fresh_ids: bool = False,
    ) -> None:  # fmt: skip
        self.app_id = app_id
        self.tenant_id = tenant_id
        self.consent = consent
        self.clock = clock or Clock()
        self.feed = feed or Feed(self.clock)
        self.faults = Faults()
        self.state = TeamsState(tenant_id, app_id, self.clock, self.feed)
        self.service_url = ""
        self._out = TeamsService(
            service, self.faults, token, invoke_patience=invoke_patience, message_patience=message_patience,
            fresh_ids=self.state.new_id if fresh_ids else None,
        )  # fmt: skip
        self._activities = Activities(self.state, lambda: self.service_url, lambda: self.consent)
        self._api = TeamsApi(self.state, self.faults, lambda: self.service_url, accepts)
        self._runner: web.AppRunner | None = None
        self._clients: dict[str, TeamsClient] = {}

    @property
    def service(self) -> str:
        return self._out.url

    @service.setter
    def service(self, url: str) -> None:
        self._out.url = url

    @property
    def attempts(self) -> list[Attempt]:
        return self._out.attempts

    @property
    def limits(self) -> Limits | None:
        """How much it takes, see `playground.limits`; None is any number of calls."""
        return self._api.limits

    @limits.setter
    def limits(self, limits: Limits | None) -> None:
        self._api.limits = limits

    @property
    def calls(self) -> list[tuple[str, Json]]:
        return self._api.calls

    async def start(self, port: int = 0) -> None:
        """Listen on loopback; `port` 0 takes any free one."""
        app = web.Application(client_max_size=MAX_BODY)
        app.add_routes(self._api.routes(BASE))
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.service_url = f"http://127.0.0.1:{self._runner.addresses[0][1]}{BASE}/"
        await self._out.start()

    async def close(self) -> None:
        """Let go of everything; what is stalled ends."""
        self.faults.clear()
        await self._out.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def settled(self) -> None:
        """Wait until everything on its way to the service has been taken or given up."""
        await self._out.settled()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:  # fmt: skip
        await self.close()

    def add_person(self, name: str, email: str, *, upn: str = "") -> TeamsClient:
        """A person of the tenant, for whom nothing is installed yet."""
        member = self.state.add_member(name, email, upn)
        client = TeamsClient(self.state, self._out, self._activities, member.id)
        self._clients[member.id] = client
        return client

    def client(self, user: str) -> TeamsClient:
        return self._clients[user]

    def add_team(self, name: str, members: Iterable[str]) -> Team:
        """A team with these people and a General channel; the app is not in it yet."""
        team = self.state.add_team(name, set(members))
        team.installed = False
        return team

    def add_channel(self, team: Team, name: str) -> str:
        """A further channel of the team; its id."""
        return self.state.add_channel(team, name)

    async def install(self, user: str) -> None:
        """The app is added for one person; the service is told, as Teams tells it."""
        self.state.members[user].installed = True
        for activity in self._activities.installed(user, "add"):
            await self._out.event(activity)

    async def uninstall(self, user: str) -> None:
        """The app is removed for one person."""
        self.state.members[user].installed = False
        for activity in self._activities.installed(user, "remove"):
            await self._out.event(activity)

    async def install_in_team(self, team: Team, by: str) -> None:
        """The app is added to a team by one of its members."""
        team.installed = True
        for activity in self._activities.team_installed(by, team, "add"):
            await self._out.event(activity)

    async def uninstall_from_team(self, team: Team, by: str) -> None:
        team.installed = False
        for activity in self._activities.team_installed(by, team, "remove"):
            await self._out.event(activity)

    async def join(self, user: str, team: Team) -> None:
        """A person is added to a team."""
        team.members.add(user)
        if team.installed:
            await self._out.event(self._activities.joined(user, team))
