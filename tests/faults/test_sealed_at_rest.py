"""What people write lies nowhere in the open: not in the database, its files, its log, a backup or what the
service says of itself. A marker goes into everything that can be written, and is looked for everywhere."""

import gzip
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.backup.taking import taken
from bot.store.database import Database
from playground.house import KEY, House
from playground.people import Given
from playground.story import ABOUT, SPOKEN
from tests.faults.site import Site
from tests.faults.together import all_arrived
from tests.stories.filing import filed, reference_in
from tests.stories.people import BY_EMAIL, Pairing
from tests.units.test_sealed import everything

MARKER = "quincunx"
"""A word that stands in no content of ours."""
DIAGONAL = [
    ("slack", "sqlite"),
    ("teams", "postgres"),
    pytest.param("slack", "postgres", marks=pytest.mark.full),
    pytest.param("teams", "sqlite", marks=pytest.mark.full),
]


def marked(form: Mapping[str, Given]) -> dict[str, Given]:
    """The same, with the marker in every text that is free."""
    chosen = ("Which agency decided?", "Your work phone")
    return {
        label: f"{value} {MARKER}" if isinstance(value, str) and label not in chosen else value
        for label, value in form.items()
    }


@pytest.mark.parametrize(("platform", "kind"), DIAGONAL)
async def test_a_case_leaves_no_words_behind(
    sqlite_url: str, postgres_url: str, tmp_path: Path, platform: str, kind: str
) -> None:
    """Concern, acknowledgement, answer, a further draft, a question to the advice: all of it can be read in
    the chats, and in the chats alone."""
    url = sqlite_url if kind == "sqlite" else postgres_url
    async with Site.open(platform, url, tmp_path) as site, site.running() as process:
        world = site.world
        await world.install()
        jo, helen = world.person("jo"), world.person("helen")
        await jo.says("raise")
        await jo.presses("No, go on")
        await jo.submits(marked(SPOKEN))
        await jo.submits(marked(ABOUT))
        await jo.expects("Helen Castle")
        await jo.submits({})
        card = f"Escalation {reference_in((await helen.expects('for you')).words)} for you"
        await helen.presses("Acknowledge", on=card)
        await jo.expects("has seen this")
        await helen.presses("Answer", on=card)
        await helen.submits({"Your answer": f"We looked again. {MARKER}"})
        await jo.expects(f"We looked again. {MARKER}")
        await jo.says(f"they closed my referral and nobody told me why {MARKER}")
        await jo.says("raise")
        await jo.presses("No, go on")
        await jo.submits(marked(SPOKEN))
        await process.stop()
        said = "".join(process.said)
        async with site.database() as database:
            await all_arrived(database)
            rows = await everything(database)
            backup = await _backup(database, tmp_path)
    assert '"listening"' in said
    assert "case_raised" in rows
    assert b"case_raised" in backup
    assert MARKER not in said
    assert MARKER not in rows
    assert MARKER.encode() not in backup
    assert _files_with(MARKER, tmp_path) == []


@pytest.fixture
def pairing() -> Pairing:
    return BY_EMAIL


async def test_a_letter_leaves_no_words_behind(tmp_path: Path, pairing: Pairing) -> None:
    """The page behind an e-mail is kept until it is read: sealed as well."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'braver.db'}"
    async with House.open(tmp_path, platforms=pairing.platforms()) as house:
        await house.to_working_time()
        reference = await filed(house, about=marked(ABOUT))
        helen = house.world.person("helen")
        card = await helen.expects(f"Escalation {reference} for you")
        assert MARKER in card.words
        await helen.presses("Answer")
        await helen.submits({"Your answer": f"An assessment begins tomorrow. {MARKER}"})
        await house.quiet()
        assert MARKER not in await everything(house.service.database)
    assert MARKER.encode() not in await _backup(Database(url, (KEY,), may_shift=True), tmp_path)
    assert _files_with(MARKER, tmp_path) == []


def _files_with(words: str, folder: Path) -> list[str]:
    """The database's files, byte by byte: also what SQLite has let go and not yet overwritten."""
    return [file.name for file in folder.rglob("*.db*") if words.encode() in file.read_bytes()]


async def _backup(database: Database, folder: Path) -> bytes:
    """A backup, unpacked."""
    file = folder / "backup.braver"
    await taken(database, file)
    packed = file.read_bytes()
    return gzip.decompress(packed) if packed.startswith(b"\x1f\x8b") else packed
