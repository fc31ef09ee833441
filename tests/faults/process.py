"""The service as a process of its own, `braver run`, which can be killed as a machine kills it."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from playground.house import EXAMPLE
from playground.world import World


@dataclass(slots=True)
class Process:
    """One run. `address` is where it listens."""

    running: asyncio.subprocess.Process
    address: str
    said: list[str] = field(default_factory=list)

    @classmethod
    @asynccontextmanager
    async def running_for(cls, world: World, database_url: str, directory: Path) -> AsyncIterator[Self]:
        """Start it for both platforms of this world, which talk to it from then on."""
        settings = {
            "BRAVER_DATABASE_URL": database_url,
            "BRAVER_DIRECTORY": str(directory),
            "BRAVER_POLICY": str(EXAMPLE),
            "BRAVER_PORT": "0",
            "BRAVER_SLACK_API_URL": world.slack.api_url,
            "BRAVER_SLACK_BOT_TOKEN": world.slack.bot_token,
            "BRAVER_SLACK_SIGNING_SECRET": world.slack.signing_secret,
            "BRAVER_TEAMS_ALLOW_ANONYMOUS": "true",
            "BRAVER_PLAYGROUND_CLOCK": "true",
        }
        running = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "run",
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, env=os.environ | settings,
        )  # fmt: skip
        said: list[str] = []
        try:
            address = await _listening(running, said)
            listening = asyncio.create_task(_drain(running, said))
            world.serve(address)
            try:
                yield cls(running, address, said)
            finally:
                listening.cancel()
        finally:
            with suppress(ProcessLookupError):
                running.kill()
            await running.wait()

    async def kill(self) -> None:
        """As by `kill -9`: it finishes nothing."""
        self.running.kill()
        await self.running.wait()


async def _listening(running: asyncio.subprocess.Process, said: list[str]) -> str:
    assert running.stdout is not None
    async for line in running.stdout:
        said.append(line.decode())
        with suppress(ValueError, KeyError):
            told = json.loads(line)
            if told["event"] == "listening":
                return f"http://{told['host']}:{told['port']}"
    raise AssertionError(f"the service did not start:\n{''.join(said)}")


async def _drain(running: asyncio.subprocess.Process, said: list[str]) -> None:
    assert running.stdout is not None
    async for line in running.stdout:
        said.append(line.decode())
