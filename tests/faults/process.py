"""The service as a process of its own, `braver run`, which can be killed as a machine kills it, or freeze."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from playground.house import EXAMPLE, KEY
from playground.world import World

HERE = Path(__file__).parent.parent.parent
"""The program that is tested."""


@dataclass(slots=True)
class Process:
    """One run. `address` is where it listens, `said` what it logs, line by line."""

    running: asyncio.subprocess.Process
    address: str
    said: list[str] = field(default_factory=list)

    @classmethod
    @asynccontextmanager
    async def running_for(
        cls, world: World, database_url: str, directory: Path, program: Path = HERE
    ) -> AsyncIterator[Self]:
        """Start it for both platforms of this world, which do not know yet where it listens. `program` is the
        folder in which another release lies."""
        settings = {
            "BRAVER_DATABASE_URL": database_url,
            "BRAVER_DIRECTORY": str(directory),
            # Its own: an earlier release does not know every key of today's.
            "BRAVER_POLICY": str(program / EXAMPLE.relative_to(HERE)),
            "BRAVER_PORT": "0",
            "BRAVER_SLACK_API_URL": world.slack.api_url,
            "BRAVER_SLACK_BOT_TOKEN": world.slack.bot_token,
            "BRAVER_SLACK_SIGNING_SECRET": world.slack.signing_secret,
            "BRAVER_TEAMS_ALLOW_ANONYMOUS": "true",
            "BRAVER_PLAYGROUND_CLOCK": "true",
            "BRAVER_SECRET_KEY": KEY,
            "PYTHONPATH": str(program),
        }
        running = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "run", cwd=program, env=os.environ | settings,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        said: list[str] = []
        try:
            address = await _listening(running, said)
            listening = asyncio.create_task(_drain(running, said))
            try:
                yield cls(running, address, said)
            finally:
                listening.cancel()
        finally:
            with suppress(ProcessLookupError):
                running.kill()
            await running.wait()

    @property
    def alive(self) -> bool:
        return self.running.returncode is None

    async def kill(self) -> None:
        """As by `kill -9`: it finishes nothing."""
        with suppress(ProcessLookupError):
            self.running.kill()
        await self.running.wait()

    async def stop(self) -> None:
        """As by a machine that shuts down in good order."""
        self.running.terminate()
        await self.running.wait()

    def freeze(self) -> None:
        """It stands still, with everything that it holds: connections, locks, leases."""
        self.running.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on where it stood, as if no time had passed."""
        self.running.send_signal(signal.SIGCONT)

    def failures(self) -> list[str]:
        """What it logged as an error."""
        return [line for line in self.said if '"level": "error"' in line or '"level": "critical"' in line]


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
