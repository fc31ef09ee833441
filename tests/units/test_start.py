"""The start: the clocks that ran out meanwhile come before what can wait."""

import asyncio
from pathlib import Path

import pytest

from bot import app
from playground.house import House
from tests.stories.filing import filed


async def test_clocks_that_ran_out_meanwhile_go_before_the_encoder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is read once they have fired."""
    async with House.open(tmp_path) as house:
        await house.to_working_time()
        await filed(house)
        async with house.service.database.reading() as work:
            due = await work.next_due()
            assert due is not None
        await house.service.database.shift(due - work.now)
        read, loop = asyncio.Event(), asyncio.get_running_loop()
        monkeypatch.setattr(app, "warm", lambda: loop.call_soon_threadsafe(read.set))
        monkeypatch.setattr(app, "_LOOK_EVERY", 0.01)
        monkeypatch.setattr(app, "_LOOKS", 10_000)
        warming = asyncio.create_task(house.service._warm(clocks_first=True))
        await asyncio.sleep(0.2)
        assert not read.is_set()
        await house.quiet()
        async with asyncio.timeout(20):
            await read.wait()
        await warming
