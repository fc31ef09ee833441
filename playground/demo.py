"""`braver demo`: the service between two simulated platforms, and the page on which to be everybody."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

from aiohttp import web

from playground.house import House
from playground.server import Stage, page

HOST = "127.0.0.1"


async def show(
    port: int, policy: Path, say: Callable[[str], None], until: Callable[[], Awaitable[None]]
) -> None:
    """Serve the page on `port` of this machine until `until` returns, then throw everything away. The people
    and their town are made up; `policy` is the ladder that they follow."""
    shown = _Shown(policy)
    async with AsyncExitStack() as open_to_the_end:
        open_to_the_end.push_async_callback(shown.close)
        runner = web.AppRunner(page(await shown.begin(), shown.begin), access_log=None, shutdown_timeout=1)
        await runner.setup()
        open_to_the_end.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, HOST, port).start()
        say(f"Braver is ready to try: http://{HOST}:{port}/  (stop with Ctrl-C)")
        await until()


class _Shown:
    """The house that the page shows now; a fresh one is opened when somebody starts again."""

    def __init__(self, policy: Path) -> None:
        self._policy = policy
        self._open = AsyncExitStack()
        self._one = asyncio.Lock()

    async def begin(self) -> Stage:
        """A fresh house, at a time when people work."""
        async with self._one:
            await self._open.aclose()
            folder = self._open.enter_context(tempfile.TemporaryDirectory(prefix="braver-demo-"))
            house = await self._open.enter_async_context(
                House.open(Path(folder), moving=True, settings={"policy": self._policy})
            )
            now = await house.now()
            if not await house.is_working(now):
                await house.to_working_time()
            directory = house.service.house.directory
            agencies = {agency.id: agency.name for agency in directory.agencies}
            roles = {entry.id: (entry.role, agencies[entry.agency]) for entry in directory.people}
            return Stage.of(house.world, house, roles)

    async def close(self) -> None:
        await self._open.aclose()
