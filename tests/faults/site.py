"""Where the service runs as a process of its own, dies, and runs again: a world, a database, a directory.
Or as several processes at once, with a balancer before them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.app import PLATFORMS
from bot.people import source
from bot.settings import Settings
from bot.store.database import Database
from playground.house import CHANNELS, KEY
from playground.world import World
from tests.faults.balancer import Balancer
from tests.faults.process import HERE, Process
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

    @asynccontextmanager
    async def running(self, program: Path = HERE) -> AsyncIterator[Process]:
        """The service, started, and everything talks to it; at the end it is killed, if it still lives."""
        async with Process.running_for(self.world, self.database_url, self.directory, program) as process:
            self.world.serve(process.address)
            yield process

    @asynccontextmanager
    async def replicas(self, *urls: str) -> AsyncIterator["Replicas"]:
        """As many processes at once on one database, each by an address of its own to it, and a balancer
        before them to which everything talks."""
        async with AsyncExitStack() as started:
            starting = (
                started.enter_async_context(Process.running_for(self.world, url, self.directory))
                for url in urls
            )
            all = tuple(await asyncio.gather(*starting))
            balancer = await started.enter_async_context(Balancer.before(process.address for process in all))
            self.world.serve(balancer.address)
            try:
                yield Replicas(all, balancer)
            finally:
                for process in all:
                    await process.kill()

    @asynccontextmanager
    async def beside(self) -> AsyncIterator[Database]:
        """The database, while the service is running; on PostgreSQL."""
        database = Database(self.database_url, (KEY,), may_shift=True)
        async with database.beside() as opened:
            yield opened

    @asynccontextmanager
    async def database(self) -> AsyncIterator[Database]:
        """The database, while the service is down."""
        database = Database(self.database_url, (KEY,), may_shift=True)
        await database.open()
        try:
            yield database
        finally:
            await database.close()


@dataclass(frozen=True, slots=True)
class Replicas:
    """Several processes, and the balancer before them."""

    all: tuple[Process, ...]
    balancer: Balancer

    def only(self, one: Process) -> None:
        """The others stand still and hear nothing, so that what comes next is done by this one."""
        for other in self.all:
            if other is not one and other.alive:
                other.freeze()
        self.balancer.to(one.address)

    def but(self, one: Process) -> None:
        """The others go on, and everything talks to them."""
        others = [other for other in self.all if other is not one and other.alive]
        for other in others:
            other.thaw()
        self.balancer.to(*(other.address for other in others))

    def together(self) -> None:
        """All that live go on, and share the work."""
        living = [process for process in self.all if process.alive]
        for process in living:
            process.thaw()
        self.balancer.to(*(process.address for process in living))
