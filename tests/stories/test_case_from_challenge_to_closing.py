"""The main story, in all pairings of platforms and on both databases."""

from pathlib import Path

import pytest

from playground.house import House
from playground.story import play
from tests.stories.people import BY_EMAIL, CHATS, Pairing


@pytest.mark.parametrize("pairing", [*CHATS, pytest.param(BY_EMAIL, marks=pytest.mark.full)], ids=str)
async def test_one_case_from_challenge_to_closing(
    tmp_path: Path, pairing: Pairing, database_url: str
) -> None:
    """Advice, checklist, raise, both managers told and acknowledging in the thread, up a stage when nobody
    answers, answered, accepted, closed: and both platforms show the same truth."""
    async with House.open(tmp_path, platforms=pairing.platforms(), database_url=database_url) as house:
        await house.to_working_time()
        reference = await play(house)
        async with house.service.database.reading() as work:
            row = await work.case_by_reference(reference)
            assert row is not None
            assert row.status == "closed"
            assert await work.verify(f"case:{row.id}") == []
            assert await work.stale_cards() == 0
        for person in ("jo", "priya", "helen", "tom"):
            assert house.world.person(person).sees("Closed")
