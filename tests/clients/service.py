"""The service under test, started as it is started in earnest: `braver run`, with settings by environment."""

import asyncio
import contextlib
import json
import os
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator
from pathlib import Path

from playground.house import KEY

POLICY = Path(__file__).parents[2] / "content" / "policies" / "example.yaml"
START = 60.0
"""Seconds in which the service must listen."""
_LINE = 1 << 20


@contextlib.asynccontextmanager
async def braver(folder: Path, directory: Path, forms: str) -> AsyncIterator[str]:
    """A listening service on SQLite, for Teams alone, without tokens; gives the address for activities."""
    settings = {
        "BRAVER_HOST": "127.0.0.1",
        "BRAVER_PORT": "0",
        "BRAVER_DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'braver.db'}",
        "BRAVER_DIRECTORY": str(directory),
        "BRAVER_POLICY": str(POLICY),
        "BRAVER_TEAMS_ALLOW_ANONYMOUS": "true",
        "BRAVER_TEAMS_FORMS": forms,
        "BRAVER_SECRET_KEY": KEY,
    }
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("braver")), "run", cwd=folder, limit=_LINE,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), **settings}, stdout=PIPE, stderr=STDOUT,
    )  # fmt: skip
    log: list[str] = []
    reading: asyncio.Task[None] | None = None
    try:
        port = await _listening(process, log)
        reading = asyncio.create_task(_read(process, log))
        yield f"http://127.0.0.1:{port}/api/messages"
    finally:
        if process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), 10)
            except TimeoutError:
                process.kill()
                await process.wait()
        if reading is not None:
            await reading
            # Shown by pytest beside a test that failed.
            print("\n".join(["What braver run said:", *log]))  # noqa: T201


async def _listening(process: Process, log: list[str]) -> int:
    """The port, as the service says it."""
    try:
        async with asyncio.timeout(START):
            while line := await _line(process):
                log.append(line)
                with contextlib.suppress(ValueError, TypeError, KeyError):
                    told = json.loads(line)
                    if told["event"] == "listening":
                        return int(told["port"])
    except TimeoutError:
        pass
    raise AssertionError("braver run does not listen: " + "\n".join(log))


async def _read(process: Process, log: list[str]) -> None:
    while line := await _line(process):
        log.append(line)


async def _line(process: Process) -> str:
    assert process.stdout
    return (await process.stdout.readline()).decode(errors="replace").rstrip("\n")
