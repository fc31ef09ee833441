"""A message whose fate is unknown is looked for where the platform lets us. Nothing depends on that: where it
does not, the message is sent again, says so, and is counted."""

from collections.abc import AsyncIterator

import pytest

from bot.chat.port import Gone, Refused, TryLater, Uncertain, Unreachable
from bot.engine.deliveries import LOOKING, Deliverer
from bot.store.database import Database
from tests.faults.elapsing import elapse
from tests.units.recorder import PlainDesk, Recorder, opened, pass_leases, save, told

MARKED = "please answer (again)"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with opened(database_url) as database:
        yield database


@pytest.fixture
def blue() -> Recorder:
    platform = Recorder("blue")
    platform.homes = {f"{person}@blue.example": f"dm-{person}" for person in ("helen", "tom", "jo")}
    return platform


class Worker:
    """A deliverer, and what it said was sent again."""

    def __init__(self, database: Database, platform: Recorder) -> None:
        self.repeated: list[tuple[str, str]] = []
        self._deliverer = Deliverer(
            database, {platform.name: platform}, PlainDesk(platform.name),
            repeated=lambda name, why: self.repeated.append((name, why)),
        )  # fmt: skip

    async def step(self) -> int:
        return await self._deliverer.step()


async def in_doubt(database: Database, blue: Recorder, *people: str) -> Worker:
    """A message to each of these, of which nobody knows whether it arrived; the settling time is over."""
    async with database.work() as work:
        await save(work)
        for person in people:
            await work.deliver(f"{person}:ask", "c1", person, None, "please answer")
    blue.failures.extend([Uncertain("the connection broke")] * len(people))
    worker = Worker(database, blue)
    await worker.step()
    await pass_leases(database)
    return worker


async def under_way(database: Database) -> dict[str, int]:
    async with database.reading() as work:
        return await work.under_way()


@pytest.mark.parametrize("refusal", [Unreachable("no right to read"), Refused("no"), Gone("not there")])
async def test_nobody_may_read(
    database: Database, blue: Recorder, refusal: Unreachable | Refused | Gone
) -> None:
    """What was said may not be read: the message is sent again at once, says so, and is counted. The person
    is not taken to be unreachable."""
    worker = await in_doubt(database, blue, "helen")
    blue.unread.append(refusal)
    await worker.step()
    assert blue.words == ["please answer", MARKED]
    assert worker.repeated == [("blue", "refused")]
    assert await under_way(database) == {}
    assert await told(database, "undeliverable") == []


async def test_a_quota_is_waited_for_once(database: Database, blue: Recorder) -> None:
    """Reading is allowed again in a minute: the message is looked for then, and not sent a second time."""
    worker = await in_doubt(database, blue, "helen")
    blue.unread.append(TryLater("once in a minute", after=60))
    await worker.step()
    assert await under_way(database) == {"uncertain": 1}
    await pass_leases(database)
    await worker.step()
    assert blue.words == ["please answer"]
    assert worker.repeated == []
    assert await under_way(database) == {}


@pytest.mark.parametrize("after", [60.0, None])
async def test_a_quota_is_not_waited_for_for_ever(
    database: Database, blue: Recorder, after: float | None
) -> None:
    """Reading is put off again and again: two minutes after it was sent, the message is sent again."""
    worker = await in_doubt(database, blue, "helen")
    blue.unread.extend([TryLater("once in a minute", after)] * 2)
    await worker.step()
    assert blue.words == ["please answer"]
    await elapse(database, LOOKING)
    await worker.step()
    assert blue.words == ["please answer", MARKED]
    assert worker.repeated == [("blue", "put_off")]


async def test_a_long_wait_is_not_waited_at_all(database: Database, blue: Recorder) -> None:
    """Where reading is put off for longer than that, the message is sent again at once."""
    worker = await in_doubt(database, blue, "helen")
    blue.unread.append(TryLater("come back later", after=600))
    await worker.step()
    assert blue.words == ["please answer", MARKED]


async def test_waiting_to_look_holds_up_nobody_else(database: Database, blue: Recorder) -> None:
    """Two messages wait until they can be looked for: neither the person nor the platform is blocked, and
    what belongs to others, or to another case, goes out."""
    worker = await in_doubt(database, blue, "helen", "tom")
    blue.unread.extend([TryLater("once in a minute", after=60)] * 2)
    await worker.step()
    async with database.work() as work:
        assert await work.blocks() == {}
        await work.deliver("jo:ask", "c1", "jo", None, "for jo")
        await save(work, "c2")
        await work.deliver("helen:other", "c2", "helen", None, "another case")
    blue.posts.clear()
    await worker.step()
    assert sorted(blue.words) == ["another case", "for jo"]


async def test_where_nothing_can_be_looked_up_it_is_counted(database: Database) -> None:
    """A platform without any looking up: sent again, and counted as such."""
    blind = Recorder("blue", finds_posts=False)
    blind.homes = {"helen@blue.example": "dm-helen"}
    worker = await in_doubt(database, blind, "helen")
    await worker.step()
    assert blind.words == ["please answer", MARKED]
    assert worker.repeated == [("blue", "no_looking")]


async def test_what_was_not_taken_a_second_time_is_not_counted(database: Database, blue: Recorder) -> None:
    """The second sending is put off: nothing came twice so far, so nothing is counted."""
    worker = await in_doubt(database, blue, "helen")
    blue.unread.append(Refused("no"))
    blue.failures.append(TryLater("busy"))
    await worker.step()
    assert worker.repeated == []
    assert blue.words == ["please answer"]
