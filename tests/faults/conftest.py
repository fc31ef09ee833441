"""A house for faults: everybody of the story on one platform, ten o'clock, nothing moving by itself."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from playground.house import House
from tests.faults.site import Site
from tests.stories.people import Pairing


@pytest.fixture(params=["slack", "teams"])
def platform(request: pytest.FixtureRequest) -> str:
    """The platform on which it goes wrong: that of everybody in the story."""
    name: str = request.param
    return name


@pytest.fixture
async def house(tmp_path: Path, platform: str) -> AsyncIterator[House]:
    """A house on SQLite, for each platform."""
    async with House.open(tmp_path, platforms=Pairing(platform, platform).platforms()) as opened:
        await opened.to_working_time()
        yield opened


@pytest.fixture
async def site(
    request: pytest.FixtureRequest, tmp_path: Path, platform: str, database: str
) -> AsyncIterator[Site]:
    """A site with everybody on this platform; `database` is "sqlite" or "postgres"."""
    url: str = request.getfixturevalue(f"{database}_url")
    async with Site.open(platform, url, tmp_path) as opened:
        yield opened
