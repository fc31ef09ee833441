"""Many clocks run out in the same second: everything arrives once, messages first, without a storm of 429."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bench.burst import copies, enlarged, groups_of
from bench.copies import Original, fill, played
from bench.town import EDITS, POSTS, homes_in, stand
from bot.engine.cards import BATCH
from bot.engine.traffic import HELD
from playground import limits
from playground.house import House
from tests.faults.looking import calls
from tests.stories.filing import filed

IN_EACH_GROUP = 8
"""Cases of the same three people: more messages to one person than a conversation takes at once."""
MOST_REFUSED = 0.05


@pytest.fixture(scope="module")
def original() -> Original:
    return Original(asyncio.run(played(filed)))


@asynccontextmanager
async def town(folder: Path, url: str, original: Original, clocks: int) -> AsyncIterator[House]:
    """A house with so many open cases, whose first clocks run out together, and platforms with limits."""
    groups = groups_of(original.people, clocks // IN_EACH_GROUP)

    async with House.open(
        folder, database_url=url, paced=True, prepare=lambda directory: enlarged(directory, groups, "both")
    ) as house:
        made = list(copies(original, clocks, groups, homes_in(house.world)))
        await fill(url, original, made)
        for rows in made:
            for card in rows["posted_cards"]:
                stand(house.world, card["platform"], card["conversation"], card["message_id"])
        # What was said while the app was installed is not counted.
        house.world.teams.calls.clear()
        house.world.slack.limits, house.world.teams.limits = limits.slack(), limits.teams()
        yield house


async def drained(house: House, original: Original) -> None:
    """The clocks run out, and the engine runs until every message has gone out."""
    database = house.service.database
    async with database.reading() as work:
        ahead = original.due_at - work.now
    engine = asyncio.create_task(house.service.engine.run())
    bell = database.bell()
    try:
        await database.shift(ahead)
        while True:
            bell.clear()
            async with database.reading() as work:
                if not await work.overdue(original.due_at - original.due_at) and not await work.under_way():
                    return
            await bell.wait(1)
    finally:
        engine.cancel()
        await asyncio.gather(engine, return_exceptions=True)


def split(house: House, platform: str) -> tuple[list[Any], list[Any]]:
    """The posts that were made, and for each of them how many cards had been redrawn before it."""
    posts, edits_before, edits = [], [], 0
    for method, call in calls(house.world, platform):
        edits += method in EDITS
        if method in POSTS:
            posts.append(call)
            edits_before.append(edits)
    return posts, edits_before


async def told_once(house: House) -> None:
    """Each case's raiser and her manager, of this clock; nothing is left over, and nobody was alarmed."""
    async with house.service.database.reading() as work:
        told = await work._execute(
            text("SELECT case_id, recipient, state FROM deliveries WHERE key LIKE '%:overdue:%'")
        )
        found = Counter((row[0], row[1], row[2]) for row in told)
        alarms = await work._execute(text("SELECT count(*) FROM deliveries WHERE notice LIKE '%\"alarm\"%'"))
        assert alarms.scalar_one() <= 1
    assert set(found.values()) == {1}
    assert {state for _, _, state in found} == {"done"}


async def burst(house: House, original: Original, clocks: int) -> None:
    began = time.monotonic()
    await drained(house, original)
    # While messages wait a batch is redrawn now and then, however long it all takes.
    batches = 2 + (time.monotonic() - began) / HELD
    await told_once(house)
    for platform, workspace in (("slack", house.world.slack), ("teams", house.world.teams)):
        assert workspace.limits is not None
        taken, refused = workspace.limits.taken, workspace.limits.refused
        assert sum(refused.values()) <= MOST_REFUSED * sum(taken.values())
        posts, edits_before = split(house, platform)
        assert len(posts) == clocks
        # Later ones wait for their own conversation alone, which cards of others need not do.
        assert edits_before[len(posts) // 3] <= batches * BATCH
    keys = Counter(call["metadata"]["event_payload"]["key"] for call in split(house, "slack")[0])
    assert set(keys.values()) == {1}


@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgres", marks=pytest.mark.full)])
async def test_many_clocks_in_one_second(tmp_path: Path, url: str, original: Original) -> None:
    """Everybody is told once; messages come before redrawings; hardly anything is refused."""
    clocks = 64
    async with town(tmp_path, url, original, clocks) as house:
        await burst(house, original, clocks)
