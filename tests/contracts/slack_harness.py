"""Slack's side of the contract: a simulated workspace, the real adapter, and real HTTP between them."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from zoneinfo import ZoneInfo

from aiohttp import web

from adapters.slack import Slack, SlackSettings
from bot.chat.port import Platform
from bot.chat.turn import Address, Place
from playground.faults import Faults
from playground.people import Actor
from playground.slack_workspace import SlackWorkspace
from tests.contracts.inbox import PHRASES, ScriptedInbox
from tests.contracts.lacking import Missing

ZONE = ZoneInfo("Europe/London")
CHANNEL = "duty-team"


class SlackHarness:
    """Jo and Helen in one workspace and one channel; Lena has an account, and the channel is not hers."""

    name = "slack"
    lacks: Mapping[Missing, str] = {}
    nobody = "nobody@wickering.example"

    def __init__(self, workspace: SlackWorkspace, adapter: Slack, inbox: ScriptedInbox) -> None:
        self.workspace = workspace
        self.adapter = adapter
        self.inbox = inbox
        people = {"jo": "Jo Marsh", "helen": "Helen Castle", "lena": "Lena Brook"}
        clients = {id: workspace.add_person(name, f"{id}@wickering.example") for id, name in people.items()}
        self.actors = {id: Actor(id, client, workspace.feed) for id, client in clients.items()}
        self.users = {id: client.user for id, client in clients.items()}
        self.channel_id = workspace.add_channel(CHANNEL, [self.users["jo"], self.users["helen"]])

    @property
    def platform(self) -> Platform:
        return self.adapter.platform

    @property
    def faults(self) -> Faults:
        return self.workspace.faults

    def actor(self, id: str) -> Actor:
        return self.actors[id]

    async def personal(self, id: str) -> Place:
        return await self.platform.reach(f"{id}@wickering.example", ())

    async def channel(self) -> Place:
        return Place(self._address(self.channel_id), "channel")

    async def known(self) -> tuple[Place, ...]:
        return (await self.channel(),)

    async def nowhere(self) -> Place:
        """A conversation that does not exist, or that the bot was taken out of."""
        return Place(self._address("C000GONE"), "channel")

    async def settled(self) -> None:
        """Every event was taken and every reply carried out."""
        await self.workspace.settled()
        await self.adapter.settled()

    def _address(self, conversation: str) -> Address:
        return Address("slack", self.workspace.state.team_id, self.workspace.state.app_id, conversation)


@asynccontextmanager
async def slack_harness(
    answer_within: float = 2.5, moment_after: float = 1.2, workspaces: tuple[str, ...] = ()
) -> AsyncIterator[SlackHarness]:
    """A running workspace with a running adapter. All arguments are those of `SlackSettings`."""
    inbox = ScriptedInbox()
    async with SlackWorkspace() as workspace:
        chosen = SlackSettings(
            workspace.bot_token,
            workspace.signing_secret,
            ZONE,
            workspace.api_url,
            workspaces=workspaces,
            answer_within=answer_within,
            moment_after=moment_after,
        )
        adapter = Slack(chosen, inbox, PHRASES)
        await adapter.start()
        app = web.Application()
        app.add_routes(adapter.routes())
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        workspace.service = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
        try:
            yield SlackHarness(workspace, adapter, inbox)
        finally:
            inbox.gate.set()
            await runner.cleanup()
            await adapter.close()
