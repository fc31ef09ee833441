"""The unit of work keeps all of an act or nothing of it, on both databases."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.store.database import Database
from bot.store.work import CaseRow, Conflict, Work


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, may_shift=True)
    await database.open()
    yield database
    await database.close()


def case(work: Work, id: str = "c1", version: int = 1) -> CaseRow:
    return CaseRow(
        id=id,
        reference=f"BR-{id}",
        version=version,
        status="open",
        training=False,
        stage=1,
        opened_at=work.now,
        state="{}",
        raiser="jo",
    )


async def test_an_act_is_carried_out_once(database: Database) -> None:
    """The same act again gets the outcome of the first time."""
    async with database.work() as work:
        assert await work.once("act") is None
        await work.outcome("act", "filed")
    async with database.work() as work:
        assert await work.once("act") == "filed"


async def test_three_at_once(database: Database) -> None:
    """Of three deliveries of one act at once one takes effect, the others wait and repeat its outcome."""

    async def deliver() -> str:
        async with database.work() as work:
            earlier = await work.once("act")
            if earlier is not None:
                return earlier
            await work.append("case:c1", "raised", {"words": "we disagree"}, "jo")
            await work.outcome("act", "filed")
            return "first"

    assert sorted(await asyncio.gather(deliver(), deliver(), deliver())) == ["filed", "filed", "first"]
    async with database.reading() as work:
        assert len(await work.history("case:c1")) == 1


async def test_case_saved(database: Database) -> None:
    async with database.work() as work:
        await work.save_case(case(work), 0)
        await work.members("c1", {"jo": "raiser", "helen": "receiving"})
        await work.set_deadlines("c1", {"ack": work.now + timedelta(hours=1)})
        await work.deliver("d1", "c1", "helen", None, "{}")
        await work.deliver("d1", "c1", "helen", None, "{}")
        await work.keep_state("jo", "", "draft", 1, "{}", work.now + timedelta(days=1))
    async with database.work() as work:
        with pytest.raises(Conflict):
            await work.save_case(case(work, version=5), 4)
    async with database.work() as work:
        assert [r.id for r in await work.cases_of("helen", True, 5)] == ["c1"]
        assert await work.state("jo", "", "draft") == (1, "{}")
        rows = await work.claim_deliveries(10, set(), timedelta(seconds=30))
        assert len(rows) == 1
        assert await work.claim_cards(10, timedelta(seconds=30)) == []
        assert await work.due(10) == []
    await database.shift(timedelta(hours=2))
    async with database.work() as work:
        assert len(await work.due(10)) == 1
        assert await work.verify("case:c1") == []
        assert await work.purge(10) == 0
