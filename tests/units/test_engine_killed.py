"""A worker that is killed loses nothing and repeats nothing."""

import asyncio
import sys
from pathlib import Path

import pytest

from bot.engine.deliveries import Deliverer
from tests.units import killed_worker
from tests.units.killed_worker import FilePlatform
from tests.units.recorder import PlainDesk, opened, pass_leases, told


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_killed(database_url: str, tmp_path: Path, moment: str) -> None:
    """Killed before or after the platform took the message, it is there once in the end."""
    async with opened(database_url) as database, database.work() as work:
        await work.deliver("k1", None, "helen", None, "please answer")
    platform = FilePlatform(tmp_path / "messages")
    worker = await asyncio.create_subprocess_exec(
        sys.executable,
        killed_worker.__file__,
        database_url,
        str(platform.file),
        moment,
        cwd=Path(__file__).parents[2],
        env={"PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=asyncio.subprocess.PIPE,
    )
    assert worker.stdout is not None
    assert await worker.stdout.readline() == b"hanging\n"
    worker.kill()
    await worker.wait()
    assert platform.keys == (["k1"] if moment == "after" else [])
    async with opened(database_url) as database:
        deliverer = Deliverer(database, {"blue": platform}, PlainDesk())
        assert await deliverer.step() == 0
        await pass_leases(database)
        assert await deliverer.step() == 1
        assert platform.keys == ["k1"]
        assert len(await told(database, "delivered")) == 1
