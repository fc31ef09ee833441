"""Where the service runs as a process of its own, dies, and runs again: a world, a database, a directory."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.app import PLATFORMS
from bot.people import source
from bot.settings import Settings
from bot.store.database import Database
from playground.house import CHANNELS
from playground.world import World
from tests.faults.process import Process
from tests.stories.people import Pairing


@dataclass(frozen=True, slots=True)
class Site:
    """`platform` is that of everybody in the story."""

    world: World
    platform: str
    database_url: str
    directory: Path

    @classmethod
    @asynccontextmanager
    async def open(cls, platform: str, database_url: str, folder: Path) -> AsyncIterator["Site"]:
        shipped = source.load(Settings().directory, PLATFORMS)
        there = Pairing(platform, platform).platforms()
        people = tuple(
            entry.model_copy(update={"ways": (there.get(entry.id, entry.platform),)})
            for entry in shipped.people
        )
        directory = shipped.model_copy(update={"people": people})
        file = folder / "directory.yaml"
        file.write_text(directory.model_dump_json(exclude_none=True), encoding="utf-8")
        async with World(people, channels=CHANNELS) as world:
            for actor in world.people:
                # They also wait for processes to start.
                actor.patience = 40
            yield cls(world, platform, database_url, file)

    def running(self) -> AbstractAsyncContextManager[Process]:
        """The service, started; at the end it is killed, if it still lives."""
        return Process.running_for(self.world, self.database_url, self.directory)

    @asynccontextmanager
    async def database(self) -> AsyncIterator[Database]:
        """The database, while the service is down."""
        database = Database(self.database_url, may_shift=True)
        await database.open()
        try:
            yield database
        finally:
            await database.close()
