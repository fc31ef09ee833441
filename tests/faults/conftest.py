"""A house for faults: everybody of the story on one platform, ten o'clock, nothing moving by itself."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from playground.house import House
from tests.faults.corners import DIAGONAL, REST, Corner
from tests.faults.site import Site
from tests.stories.people import Pairing

CORNERS = [
    *(pytest.param(corner, id=str(corner)) for corner in DIAGONAL),
    *(pytest.param(corner, id=str(corner), marks=pytest.mark.full) for corner in REST),
]


@pytest.fixture(params=CORNERS)
def corner(request: pytest.FixtureRequest) -> Corner:
    """Where in the matrix it goes wrong: the test runs once in each of the four corners."""
    chosen: Corner = request.param
    return chosen


@pytest.fixture
def platform(corner: Corner) -> str:
    """The platform of everybody in the story."""
    return corner.platform


@pytest.fixture
def database(corner: Corner) -> str:
    """ "sqlite" or "postgres"."""
    return corner.database


@pytest.fixture
def url(request: pytest.FixtureRequest, database: str) -> str:
    """The address of this corner's database, which is the test's own."""
    found: str = request.getfixturevalue(f"{database}_url")
    return found


@pytest.fixture
async def house(tmp_path: Path, platform: str, url: str) -> AsyncIterator[House]:
    """A house in this corner."""
    both = Pairing(platform, platform).platforms()
    async with House.open(tmp_path, platforms=both, database_url=url) as opened:
        await opened.to_working_time()
        yield opened


@pytest.fixture
async def site(tmp_path: Path, platform: str, url: str) -> AsyncIterator[Site]:
    """A site in this corner; a test may name `platform` and `database` itself."""
    async with Site.open(platform, url, tmp_path) as opened:
        yield opened
