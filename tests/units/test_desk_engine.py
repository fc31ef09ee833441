"""What the engine asks of the desk: where somebody can be reached."""

from bot.app import Service
from bot.desk.engine import CaseDesk
from bot.settings import Settings
from bot.store.database import Database
from tests.units.recorder import opened

HOUSE = Service(Settings(teams_allow_anonymous=True)).house


async def address(database: Database, person: str) -> list[tuple[str, str]]:
    async with database.reading() as work:
        return list(await CaseDesk(HOUSE).address(work, person, "{}"))


async def test_whoever_can_not_be_reached_where_they_prefer_is_looked_for_elsewhere(sqlite_url: str) -> None:
    """First the platform that the directory names, then the other chat, then e-mail, by the same address."""
    helen = "helen.castle@social-care.little-wickering.example"
    async with opened(sqlite_url) as database:
        assert await address(database, "helen") == [("teams", helen), ("email", helen), ("slack", helen)]


async def test_somebody_who_left_the_directory_has_no_address(sqlite_url: str) -> None:
    """Nothing is guessed: the message counts as undeliverable, and somebody is told."""
    async with opened(sqlite_url) as database:
        assert await address(database, "nobody-at-all") == []
