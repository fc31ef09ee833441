"""A house to play in: the platforms, the service between them, nothing moving by itself, ten o'clock."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from playground.house import House
from tests.stories.people import BY_EMAIL, PAIRINGS, Pairing

WITH_EMAIL = {
    "test_backing", "test_case_from_challenge_to_closing", "test_crossings", "test_ending", "test_following",
    "test_keeping", "test_managing", "test_meeting", "test_more_time", "test_pausing", "test_replying",
    "test_standing_in", "test_talking_and_sharing",
}  # fmt: skip


def _marked(pairing: Pairing) -> object:
    """Both sides on one platform is for the longer suite: across platforms, each side is on each as well. So
    is e-mail, which has stories of its own in the shorter one."""
    longer = pairing.raising == pairing.receiving or pairing == BY_EMAIL
    marks = [pytest.mark.full] if longer else []
    return pytest.param(pairing, marks=marks, id=str(pairing))


@pytest.fixture(params=map(_marked, PAIRINGS))
def pairing(request: pytest.FixtureRequest) -> Pairing:
    """Each pairing of the raising side's platform with the receiving side's; by e-mail the stories of what a
    manager does with a case."""
    chosen: Pairing = request.param
    story = request.module.__name__.rpartition(".")[2]
    if chosen == BY_EMAIL and story not in WITH_EMAIL:
        pytest.skip("a manager by e-mail does nothing else here than in the stories of a case")
    return chosen


@pytest.fixture
def speaks_first(pairing: Pairing) -> None:
    """For stories in which somebody of the receiving side writes before anything was sent to them."""
    if "email" in (pairing.raising, pairing.receiving):
        pytest.skip("by e-mail there is no page to write on before the first letter")


@pytest.fixture
async def house(tmp_path: Path, pairing: Pairing) -> AsyncIterator[House]:
    """A house on SQLite, for each pairing."""
    async with House.open(tmp_path, platforms=pairing.platforms()) as opened:
        await opened.to_working_time()
        yield opened
