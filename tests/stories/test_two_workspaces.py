"""The main story between two Slack workspaces that installed one app, with the real service in between."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from pydantic import SecretStr

from bot.app import PLATFORMS, Service
from bot.people import source
from bot.people.entries import Entry
from bot.settings import Settings
from playground.house import EXAMPLE, House
from playground.people import Actor
from playground.slack_app import SlackApp
from playground.slack_installer import SlackInstaller
from playground.story import play
from playground.world import World
from tests.stories.filing import filed
from tests.stories.people import RECEIVING

HEALTH, COUNCIL = "T0HEALTH", "T0COUNCIL"


class Workspaces(World):
    """A world with social care in the council's workspace, and everybody else in the health workspace."""

    def __init__(self, slack: SlackApp, people: tuple[Entry, ...]) -> None:
        super().__init__(())
        self.several = slack
        self.clock, self.feed = slack.clock, slack.feed
        for someone in people:
            workspace = slack.workspaces[COUNCIL if someone.agency == RECEIVING else HEALTH]
            client = workspace.add_person(someone.name, someone.email)
            self._actors[someone.id] = Actor(someone.id, client, slack.feed)

    async def settled(self) -> None:
        await self.several.settled()


@asynccontextmanager
async def between_workspaces(folder: Path, database_url: str) -> AsyncIterator[House]:
    """A house in which both workspaces have installed Braver."""
    shipped = source.load(Settings().directory, PLATFORMS)
    people = tuple(entry.model_copy(update={"ways": ("slack",)}) for entry in shipped.people)
    file = folder / "directory.yaml"
    directory = shipped.model_copy(update={"people": people})
    file.write_text(directory.model_dump_json(exclude_none=True), encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    async with SlackApp() as slack:
        for name, team in (("Health", HEALTH), ("Council", COUNCIL)):
            slack.add_workspace(name, team)
        world = Workspaces(slack, people)
        await slack.start()
        slack.serve(f"http://127.0.0.1:{port}")
        settings = Settings(
            database_url=database_url,
            directory=file,
            policy=EXAMPLE,
            host="127.0.0.1",
            port=port,
            playground_clock=True,
            public_url=f"http://127.0.0.1:{port}",
            secret_key=SecretStr("a made-up key of more than thirty-two characters"),
            slack_client_id=slack.client_id,
            slack_client_secret=SecretStr(slack.client_secret),
            slack_signing_secret=SecretStr(slack.signing_secret),
            slack_workspaces=f"{HEALTH},{COUNCIL}",
            slack_api_url=slack.api_url,
        )
        service = Service(settings)
        async with service.serving(moving=False):
            async with SlackInstaller(slack, settings.public_url) as somebody:
                for team in (HEALTH, COUNCIL):
                    assert (await somebody.install(team)).status == 200
            house = House(world, service, settings.public_url)
            try:
                await house.to_working_time()
                yield house
                assert slack.crossings == []
            finally:
                await house.world.settled()


async def test_one_case_between_two_workspaces(tmp_path: Path, database_url: str) -> None:
    """From challenge to closing: everybody is told in their own workspace, each with its own token."""
    async with between_workspaces(tmp_path, database_url) as house:
        reference = await play(house)
        async with house.service.database.reading() as work:
            row = await work.case_by_reference(reference)
            assert row is not None
            assert row.status == "closed"
            assert await work.stale_cards() == 0
        for person in ("jo", "priya", "helen", "tom"):
            assert house.world.person(person).sees("Closed")


async def test_the_receiving_workspace_is_gone(tmp_path: Path, sqlite_url: str) -> None:
    """Where the other side removed Braver the raiser is told that nobody there could be reached, and nobody
    there is told anything; where it is installed anew, the next case arrives."""
    async with between_workspaces(tmp_path, sqlite_url) as house:
        world = house.world
        assert isinstance(world, Workspaces)
        helen, jo = world.person("helen"), world.person("jo")
        await helen.says("hello")
        await house.quiet()
        await world.several.workspaces[COUNCIL].uninstall()
        await filed(house)
        assert jo.sees("could not be reached")
        assert not helen.sees("BR-")
        async with SlackInstaller(world.several, house.address) as somebody:
            await somebody.install(COUNCIL)
        await filed(house)
        assert helen.sees("BR-")
