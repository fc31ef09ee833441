"""The ways by which a message is tried, one after the other, and what is remembered of them."""

from collections.abc import AsyncIterator

import pytest

from bot.chat.port import Refused, TryLater, Uncertain
from bot.engine.deliveries import ATTEMPTS, Deliverer
from bot.engine.ways import FIRST_WAY
from bot.store.database import Database
from tests.units.recorder import PlainDesk, Recorder, meddle, opened, pass_leases, save, told

LONG_AGO = "UPDATE deliveries SET tries = 9, created_at = '2020-01-01 00:00:00'"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with opened(database_url, may_shift=True) as database:
        yield database


@pytest.fixture
def blue() -> Recorder:
    return reached("blue")


@pytest.fixture
def green() -> Recorder:
    return reached("green")


def reached(name: str) -> Recorder:
    platform = Recorder(name)
    platform.homes = {f"helen@{name}.example": f"{name}-helen"}
    return platform


async def send(database: Database, after_way: str = "") -> None:
    async with database.work() as work:
        await save(work)
        await work.deliver("d1", "c1", "helen", None, "please answer", after_way=after_way)


def worker(database: Database, *platforms: Recorder) -> Deliverer:
    names = [platform.name for platform in platforms]
    return Deliverer(database, {one.name: one for one in platforms}, PlainDesk(*names))


async def all_tried(deliverer: Deliverer, database: Database) -> None:
    """Until nothing is left to send, as if every pause were over."""
    for _ in range(2 * ATTEMPTS + 4):
        await deliverer.step()
        await pass_leases(database)


async def test_a_message_that_one_platform_refuses_goes_to_the_next(
    database: Database, blue: Recorder, green: Recorder
) -> None:
    """It fails there for good, and the person is told all the same; no alarm, since it arrived."""
    await send(database)
    blue.failures.append(Refused("the card is not valid"))
    await all_tried(worker(database, blue, green), database)
    assert (blue.words, green.words) == ([], ["please answer"])
    assert await told(database, "alarms") == []
    assert await told(database, "undeliverable") == []


async def test_a_message_that_is_put_off_for_too_long_goes_to_the_next(
    database: Database, blue: Recorder, green: Recorder
) -> None:
    """After an hour, not before: a busy platform is no reason to write twice."""
    await send(database)
    blue.failures.extend([TryLater("busy")] * 3)
    deliverer = worker(database, blue, green)
    await deliverer.step()
    await pass_leases(database)
    await deliverer.step()
    assert green.words == []
    await meddle(database, LONG_AGO)
    await all_tried(deliverer, database)
    assert (blue.words, green.words) == ([], ["please answer"])


async def test_a_message_that_is_lost_again_and_again_goes_to_the_next(
    database: Database, blue: Recorder, green: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody can tell whether it arrived: rather twice than never."""
    await send(database)
    blue.failures.extend([Uncertain("cut off")] * ATTEMPTS)
    monkeypatch.setattr(blue, "find", _nothing)
    await all_tried(worker(database, blue, green), database)
    assert green.words == ["please answer"]


async def _nothing(*_: object) -> None:
    return None


async def test_the_last_way_is_given_up_and_somebody_is_told(
    database: Database, blue: Recorder, green: Recorder
) -> None:
    """Refused by one, put off by the other: the desk hears of it once, with both ways."""
    await send(database)
    blue.failures.append(Refused("the card is not valid"))
    green.failures.extend([TryLater("busy")] * 3)
    deliverer = worker(database, blue, green)
    await deliverer.step()
    await meddle(database, LONG_AGO)
    await all_tried(deliverer, database)
    assert len(await told(database, "undeliverable")) == 1
    assert [kind for kind, _ in await told(database, "alarms")] == ["given_up"]


async def test_what_goes_the_next_way_leaves_out_the_ways_before(
    database: Database, blue: Recorder, green: Recorder
) -> None:
    """The person had it by blue already."""
    await send(database, after_way="blue")
    await all_tried(worker(database, blue, green), database)
    assert (blue.words, green.words) == ([], ["please answer"])


async def test_after_the_first_way_comes_the_second_whatever_it_is_called(
    database: Database, blue: Recorder, green: Recorder
) -> None:
    """Where nobody knows yet by which way the first one goes."""
    await send(database, after_way=FIRST_WAY)
    await all_tried(worker(database, green, blue), database)
    assert (blue.words, green.words) == (["please answer"], [])


@pytest.mark.parametrize("after_way", ["blue", FIRST_WAY])
async def test_without_a_next_way_the_desk_is_told(
    database: Database, blue: Recorder, after_way: str
) -> None:
    """Nothing is sent again by the way that they had it by."""
    await send(database, after_way=after_way)
    await all_tried(worker(database, blue), database)
    assert blue.words == []
    assert len(await told(database, "undeliverable")) == 1
