"""Teams' side of the contract: a simulated tenant, the real adapter, and real HTTP between them."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from aiohttp import web

from adapters.teams import Teams, TeamsSettings
from bot.chat.port import Platform
from bot.chat.turn import Address, Place
from playground.faults import Faults
from playground.people import Actor
from playground.teams_tenant import TeamsTenant
from tests.contracts.inbox import PHRASES, ScriptedInbox
from tests.contracts.lacking import Missing

CHANNEL = "duty-team"


class TeamsHarness:
    """Jo and Helen in one tenant and one team; Lena has an account, the app is not there for her."""

    name = "teams"
    lacks: Mapping[Missing, str] = {}
    nobody = "nobody@wickering.example"

    def __init__(self, tenant: TeamsTenant, adapter: Teams, inbox: ScriptedInbox) -> None:
        self.tenant = tenant
        self.adapter = adapter
        self.inbox = inbox
        people = {"jo": "Jo Marsh", "helen": "Helen Castle", "lena": "Lena Brook"}
        clients = {id: tenant.add_person(name, f"{id}@wickering.example") for id, name in people.items()}
        self.actors = {id: Actor(id, client, tenant.feed) for id, client in clients.items()}
        self.users = {id: client.user for id, client in clients.items()}
        self.team = tenant.add_team("Duty", [self.users["jo"], self.users["helen"]])
        self.channel_id = tenant.add_channel(self.team, CHANNEL)

    async def install(self) -> None:
        """The app is added for Jo and for the team, so that Helen can be reached through the team."""
        await self.tenant.install(self.users["jo"])
        await self.tenant.install_in_team(self.team, self.users["helen"])
        self.tenant.state.members[self.users["helen"]].installed = True
        await self.settled()
        self.inbox.heard.clear()
        self.inbox.deliveries.clear()

    @property
    def platform(self) -> Platform:
        return self.adapter.platform

    @property
    def faults(self) -> Faults:
        return self.tenant.faults

    def actor(self, id: str) -> Actor:
        return self.actors[id]

    async def personal(self, id: str) -> Place:
        return await self.platform.reach(f"{id}@wickering.example", (await self.channel(),))

    async def channel(self) -> Place:
        return Place(self.address(self.channel_id), "channel")

    async def known(self) -> tuple[Place, ...]:
        return (await self.channel(),)

    async def nowhere(self) -> Place:
        """A conversation that does not exist, or that the bot was taken out of."""
        return Place(self.address("19:gone@thread.tacv2"), "channel")

    async def settled(self) -> None:
        """Every event was taken and every reply carried out."""
        await self.tenant.settled()
        await self.adapter.settled()

    def address(self, conversation: str) -> Address:
        state = self.tenant.state
        return Address("teams", state.tenant_id, state.bot, conversation, self.tenant.service_url)


@asynccontextmanager
async def serving(adapter: Teams) -> AsyncIterator[str]:
    """The adapter behind a port of this machine; the address of its endpoint."""
    await adapter.start()
    app = web.Application()
    app.add_routes(adapter.routes())
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/api/messages"
    finally:
        await runner.cleanup()
        await adapter.close()


@asynccontextmanager
async def teams_harness(
    *, consent: bool = False, patience: float = 0, **settings: Any
) -> AsyncIterator[TeamsHarness]:
    """A running tenant with a running adapter. `settings`: fields of `TeamsSettings` other than usual.
    `patience`: seconds after which Teams sends an invoke again, under a new id."""
    inbox = ScriptedInbox()
    tenant = (
        TeamsTenant(consent=consent, fresh_ids=True, invoke_patience=patience)
        if patience
        else TeamsTenant(consent=consent)
    )
    async with tenant:
        chosen = TeamsSettings(tenant_id=tenant.tenant_id, allow_anonymous=True)
        adapter = Teams(replace(chosen, **settings), inbox, PHRASES)
        async with serving(adapter) as tenant.service:
            harness = TeamsHarness(tenant, adapter, inbox)
            await harness.install()
            try:
                yield harness
            finally:
                inbox.gate.set()
