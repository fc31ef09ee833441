"""How a server of the benchmark runs: on a free port of loopback, until it is told to end."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncIterator

from aiohttp import web


async def until_stopped(port: int) -> None:
    """Say that this port is served, and wait for SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    sys.stdout.write(f"ready {port}\n")
    sys.stdout.flush()
    _ = await stop.wait()


@contextlib.asynccontextmanager
async def listening(app: web.Application) -> AsyncIterator[int]:
    """Serve the application; gives the port."""
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        host_and_port: tuple[str, int] = runner.addresses[0]
        yield host_and_port[1]
    finally:
        await runner.cleanup()
