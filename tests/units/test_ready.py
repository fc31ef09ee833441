"""`/readyz`: whether the service can work now, and the names of what keeps it from that."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from bot.chat import admission
from bot.chat.port import DeliveryError
from playground.faults import Refuse
from playground.house import House

SLACK_ALONE = {"teams_allow_anonymous": False}


@pytest.fixture
async def house(tmp_path: Path, database_url: str) -> AsyncIterator[House]:
    async with House.open(tmp_path, database_url=database_url) as house:
        yield house


async def _ready(house: House) -> tuple[int, object]:
    async with aiohttp.ClientSession() as session, session.get(f"{house.address}/readyz") as answer:
        return answer.status, await answer.json()


async def _shut_out(house: House) -> None:
    """Slack refuses the token at the next call of the service."""
    house.world.slack.faults.next("users.lookupByEmail", Refuse("token_revoked"))
    with pytest.raises(DeliveryError):
        await house.service.inbox.platforms["slack"].reach("jo@wickering.example", ())


async def test_the_schema_of_another_program(house: House) -> None:
    """While the service runs, a newer one brings the database up to date: the older one is not ready."""
    assert await _ready(house) == (200, {"ready": True})
    engine = create_async_engine(house.service.settings.database_url)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert await _ready(house) == (503, {"ready": False, "failing": ["schema"]})
    async with engine.begin() as connection:
        await connection.execute(text("DROP TABLE alembic_version"))
    await engine.dispose()
    assert await _ready(house) == (503, {"ready": False, "failing": ["schema"]})


async def test_one_platform_shuts_us_out(tmp_path: Path) -> None:
    """It is named; but people on the other one are still heard, so the service is not taken out of use. No
    platform is asked for this."""
    async with House.open(tmp_path) as house:
        await _shut_out(house)
        before = len(house.world.slack.calls)
        assert await _ready(house) == (200, {"ready": True, "failing": ["slack"]})
        assert len(house.world.slack.calls) == before


async def test_the_only_platform_shuts_us_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With no platform left the service is not ready, until Slack takes the token again, or nobody has asked
    for so long that nobody knows."""
    async with House.open(tmp_path, settings=SLACK_ALONE) as house:
        await _shut_out(house)
        assert await _ready(house) == (503, {"ready": False, "failing": ["slack"]})
        await house.service.inbox.platforms["slack"].reach(house.service.house.directory.people[0].email, ())
        assert await _ready(house) == (200, {"ready": True})
        await _shut_out(house)
        monkeypatch.setattr(admission, "KNOWN_FOR", 0.0)
        assert await _ready(house) == (200, {"ready": True})
