"""Two workspaces that may have Braver, one that may not, one app; the real adapter over a real database."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from adapters.slack import Slack, SlackSettings
from adapters.slack.workspaces.install import PAGES, Installing
from bot import headers
from bot.chat.port import Platform
from bot.installations import StoredInstallations
from bot.manifests import slack_scopes
from bot.pages import Notices
from bot.sealing import Seal
from bot.store.database import Database
from playground.people import Actor
from playground.slack_app import SlackApp
from playground.slack_installer import SlackInstaller
from playground.slack_workspace import SlackWorkspace
from tests.contracts.inbox import PHRASES, ScriptedInbox
from tests.contracts.slack_harness import ZONE

HEALTH, COUNCIL, ELSEWHERE = "T0HEALTH", "T0COUNCIL", "T0ELSEWHERE"
PEOPLE = ((HEALTH, "jo", "Jo Marsh"), (COUNCIL, "helen", "Helen Castle"), (ELSEWHERE, "eve", "Eve Stone"))
KEY = "a made-up key of more than thirty-two characters"


@dataclass(frozen=True, slots=True)
class Town:
    """Jo is in the health workspace, Helen in the council's, Eve elsewhere. `address` is the service's."""

    slack: SlackApp
    adapter: Slack
    inbox: ScriptedInbox
    database: Database
    installations: StoredInstallations
    address: str
    actors: dict[str, Actor]

    @property
    def platform(self) -> Platform:
        return self.adapter.platform

    @property
    def health(self) -> SlackWorkspace:
        return self.slack.workspaces[HEALTH]

    @property
    def council(self) -> SlackWorkspace:
        return self.slack.workspaces[COUNCIL]

    @property
    def elsewhere(self) -> SlackWorkspace:
        return self.slack.workspaces[ELSEWHERE]

    def actor(self, id: str) -> Actor:
        return self.actors[id]

    def installer(self) -> SlackInstaller:
        """Somebody with a browser."""
        return SlackInstaller(self.slack, self.address)

    async def install(self, *teams: str) -> None:
        """Braver is installed in these workspaces, as people do it."""
        async with self.installer() as somebody:
            for team in teams:
                assert (await somebody.install(team)).status == 200

    async def settled(self) -> None:
        """Every event was taken and every reply carried out."""
        await self.slack.settled()
        await self.adapter.settled()

    async def history(self) -> list[tuple[str, str, str]]:
        """The security log: kind, what, who."""
        async with self.database.reading() as work:
            return [(event.kind, event.body["what"], event.actor) for event in await work.history("security")]


@asynccontextmanager
async def town(
    database_url: str,
    *,
    installed: tuple[str, ...] = (HEALTH, COUNCIL),
    people: tuple[tuple[str, str, str], ...] = PEOPLE,
    rotates: bool = False,
) -> AsyncIterator[Town]:
    """Everything running; Braver is `installed` in these workspaces. `people`: workspace, id, name."""
    database = Database(database_url)
    await database.open()
    inbox = ScriptedInbox()
    installations = StoredInstallations(database, Seal((KEY,)), "slack")
    async with SlackApp(rotates=rotates) as slack:
        for team, called in ((HEALTH, "Health"), (COUNCIL, "Council"), (ELSEWHERE, "Elsewhere")):
            slack.add_workspace(called, team)
        actors = {}
        for team, id, name in people:
            client = slack.workspaces[team].add_person(name, f"{id}@wickering.example")
            actors[id] = Actor(id, client, slack.feed)
        await slack.start()
        listening = socket.create_server(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        slack.serve(address)
        settings = SlackSettings("", slack.signing_secret, ZONE, slack.api_url, workspaces=(HEALTH, COUNCIL))
        pages = Notices("pages/slack-install.yaml", PAGES)
        installing = Installing(
            slack.client_id, slack.client_secret, address, slack_scopes(), pages, installations
        )
        adapter = Slack(settings, inbox, PHRASES, installing)
        await adapter.start()
        app = web.Application()
        headers.fitted(app, headers.borne(by_https=True))
        app.add_routes(adapter.routes())
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        await web.SockSite(runner, listening).start()
        try:
            found = Town(slack, adapter, inbox, database, installations, address, actors)
            await found.install(*installed)
            yield found
        finally:
            inbox.gate.set()
            await runner.cleanup()
            await adapter.close()
            await database.close()
