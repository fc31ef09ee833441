"""A Slack workspace, a Teams tenant and mailboxes side by side, with the people of a directory in them.

    world = World(people, channels={"duty-team": ["jo", "priya"], "duty": ["helen", "tom"]})
    await world.start()                               # then start the service with world.slack.api_url
    world.serve("http://127.0.0.1:3978")              # where the service listens
    await world.install()                             # Teams tells it where it is installed
    jo = world.person("jo")                           # an Actor, see `playground.people`
    for line in world.transcript: …

A channel exists on each platform on which one of its people is; by e-mail there is none. The Teams channels
are those of one team, with everybody on Teams in it. The mail server runs where somebody has e-mail alone.
"""

from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any, Protocol, Self

from playground.clock import Clock
from playground.feed import Feed, Line
from playground.mail_office import MailOffice
from playground.people import Actor
from playground.screen import Client
from playground.slack_workspace import SlackWorkspace
from playground.teams_state import Team
from playground.teams_tenant import TeamsTenant

TEAM = "Little Wickering safeguarding"
SLACK_PATH = "/slack/events"
TEAMS_PATH = "/api/messages"


class Listed(Protocol):
    """Somebody of a directory; `platform` is "slack", "teams" or "email"."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def email(self) -> str: ...
    @property
    def platform(self) -> str: ...


class World:
    """All platforms on one clock and one transcript. `slack` and `teams` are settings of the simulators."""

    def __init__(
        self,
        people: Iterable[Listed],
        *,
        channels: Mapping[str, Iterable[str]] | None = None,
        slack: Mapping[str, Any] | None = None,
        teams: Mapping[str, Any] | None = None,
    ) -> None:
        self.clock = Clock()
        self.feed = Feed(self.clock)
        self.slack = SlackWorkspace(clock=self.clock, feed=self.feed, **(slack or {}))
        self.teams = TeamsTenant(clock=self.clock, feed=self.feed, **(teams or {}))
        self.mail = MailOffice(clock=self.clock, feed=self.feed)
        self._actors: dict[str, Actor] = {}
        self._users: dict[str, str] = {}
        for someone in people:
            self.add(someone)
        on_teams = [self._users[name] for name, actor in self._actors.items() if actor.platform == "teams"]
        self.team: Team = self.teams.add_team(TEAM, on_teams)
        for name, members in (channels or {}).items():
            self.add_channel(name, members)

    def add(self, someone: Listed) -> Actor:
        """Place a person on their platform."""
        client: Client
        match someone.platform:
            case "slack":
                client = self.slack.add_person(someone.name, someone.email)
            case "teams":
                client = self.teams.add_person(someone.name, someone.email)
            case "email":
                client = self.mail.add_person(someone.name, someone.email)
            case unknown:
                raise ValueError(f"{someone.id} is on {unknown!r}, which is none of slack, teams and email")
        self._users[someone.id] = client.user
        self._actors[someone.id] = Actor(someone.id, client, self.feed)
        return self._actors[someone.id]

    def add_channel(self, name: str, members: Iterable[str]) -> None:
        """A channel on each platform on which one of these people is."""
        on = {"slack": list[str](), "teams": list[str](), "email": list[str]()}
        for member in members:
            on[self._actors[member].platform].append(self._users[member])
        if on["slack"]:
            self.slack.add_channel(name, on["slack"])
        if on["teams"]:
            self.teams.add_channel(self.team, name)

    def person(self, id: str) -> Actor:
        if id not in self._actors:
            raise KeyError(f"nobody is called {id!r}; there are: {', '.join(self._actors)}")
        return self._actors[id]

    @property
    def people(self) -> tuple[Actor, ...]:
        return tuple(self._actors.values())

    @property
    def transcript(self) -> tuple[Line, ...]:
        """Who did and saw what, where and when, in order."""
        return self.feed.lines

    @property
    def by_mail(self) -> bool:
        """Whether somebody has e-mail alone."""
        return any(actor.platform == "email" for actor in self.people)

    async def start(self, slack_port: int = 0, teams_port: int = 0) -> None:
        """All platforms listen on loopback."""
        await self.slack.start(slack_port)
        await self.teams.start(teams_port)
        if self.by_mail:
            await self.mail.start()

    def serve(self, base: str) -> None:
        """The service listens here: from now on everything talks to it."""
        self.slack.service = base.rstrip("/") + SLACK_PATH
        self.teams.service = base.rstrip("/") + TEAMS_PATH
        self.mail.service = base

    async def install(self) -> None:
        """The app is added for everybody on Teams, and in their team; Slack's is there from the start."""
        on_teams = [self._users[actor.id] for actor in self.people if actor.platform == "teams"]
        for user in on_teams:
            await self.teams.install(user)
        if on_teams:
            await self.teams.install_in_team(self.team, on_teams[0])

    async def leaves(self, id: str) -> None:
        """The person can't be written to any more: the account or the mailbox is closed; on Teams the app is
        removed for them and for their team."""
        user = self._users[id]
        match self.person(id).platform:
            case "slack":
                await self.slack.deactivate(user)
            case "email":
                self.mail.closed.add(user)
            case _:
                await self.teams.uninstall(user)
                await self.teams.uninstall_from_team(self.team, user)

    async def settled(self) -> None:
        """Wait until everything on its way to the service has been taken or given up."""
        await self.slack.settled()
        await self.teams.settled()
        await self.mail.settled()

    async def look(self) -> None:
        """Everybody looks again at what does not change by itself."""
        await self.mail.look()

    async def close(self) -> None:
        await self.slack.close()
        await self.teams.close()
        await self.mail.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
