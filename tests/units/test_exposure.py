"""What others on the machine or the network could read: found, and said with what to do."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from bot.doctor.database import look
from bot.doctor.settings import given
from bot.exposure import in_the_open, readable_by_others
from bot.settings import Settings
from bot.store.database import Database


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder into which everybody of the machine may go, as far as it is ours to say."""
    for one in (tmp_path, *tmp_path.parents):
        if one.owner() != Path.home().owner() or not os.access(one, os.W_OK):
            break
        if len(one.parts) > 2:
            one.chmod(one.stat().st_mode | stat.S_IXOTH)
    return tmp_path


@pytest.mark.parametrize(
    ("file", "around", "found"),
    [
        (0o600, 0o711, False), (0o640, 0o711, False), (0o644, 0o711, True), (0o602, 0o711, True),
        (0o644, 0o700, False), (0o644, 0o750, False),
    ],
)  # fmt: skip
def test_a_file_is_shut_by_its_own_rights_or_its_folders(
    folder: Path, file: int, around: int, found: bool
) -> None:
    """Readable for everybody is only what everybody can come to."""
    inner = folder / "inner"
    inner.mkdir()
    held = inner / "secret"
    held.write_text("x")
    held.chmod(file)
    inner.chmod(around)
    assert readable_by_others(held) is found
    assert not readable_by_others(inner / "nothing")


async def test_the_doctor_finds_a_database_that_everybody_may_read(folder: Path) -> None:
    """It must be put right, and the database is looked at all the same."""
    file = folder / "braver.db"
    settings = Settings(database_url=f"sqlite+aiosqlite:///{file}")
    database = Database(settings.database_url)
    await database.open()
    await database.close()
    file.chmod(0o644)
    found = [one for one in (await look(settings, None)).findings if one.state == "fix"]
    assert [one.what for one in found] == [
        f"Every user of this machine may read {file}, with everything in it."
    ]
    assert "chmod" in found[0].remedy
    file.chmod(0o600)
    seen = await look(settings, None)
    assert [one for one in seen.findings if one.state == "fix"] == []
    assert any("SQLite" in one.what for one in seen.findings)


@pytest.mark.parametrize("setting", ["BRAVER_TEAMS_REGISTRATIONS_FILE", "BRAVER_SECRET_KEY_FILE"])
def test_the_doctor_finds_client_secrets_that_everybody_may_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    """The files of registrations and of keys, which a container may have to read so: to be looked at."""
    file = folder / "registrations.yaml"
    file.write_text((Path(__file__).parent / "registrations.yaml").read_text(encoding="utf-8"))
    monkeypatch.setenv(setting, str(file))
    for mode, said in ((0o644, True), (0o600, False)):
        file.chmod(mode)
        assert any("which holds secrets" in one.what for one in given().findings) is said


async def test_the_doctor_tells_of_a_database_across_an_open_network(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever said that nobody else is on that network is reminded of it."""
    url = "postgresql+asyncpg://braver:secret-made-up@192.0.2.1/braver"
    settings = Settings(database_url=url, database_tls="none")
    monkeypatch.setattr("bot.store.database.PATIENCE", 0.2)
    seen = await look(settings, None)
    assert any("in the open" in one.what and "192.0.2.1" in one.what for one in seen.findings)
    assert "secret-made-up" not in str(seen.findings)


@pytest.mark.parametrize("url", ["", "nonsense", "sqlite+aiosqlite:///braver.db", "mysql://braver@host/name"])
def test_what_is_no_database_across_a_network(url: str) -> None:
    """What is wrong with such an address is told elsewhere."""
    assert in_the_open(url) == ""


def test_what_the_service_makes_is_for_its_user_alone(tmp_path: Path) -> None:
    """The database's files of `braver run`, whatever is the habit of the machine."""
    file = tmp_path / "braver.db"
    script = (
        "import os, asyncio, bot.__main__ as main\n"
        "import bot.app\n"
        "os.umask(0o022)\n"
        "def stopped():\n"
        "    event = asyncio.Event()\n"
        "    event.set()\n"
        "    return event\n"
        "main._stopping = stopped\n"
        "main.run()\n"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BRAVER_")}
    environment |= {
        "BRAVER_DATABASE_URL": f"sqlite+aiosqlite:///{file}", "BRAVER_PORT": "0",
        "BRAVER_SECRET_KEY": "a-made-up-key-of-more-than-32-characters",
        "BRAVER_TEAMS_ALLOW_ANONYMOUS": "true",
    }  # fmt: skip
    subprocess.run([sys.executable, "-c", script], env=environment, check=True, timeout=120)
    made = [one for one in tmp_path.iterdir() if one.name.startswith("braver.db")]
    assert made
    assert {stat.S_IMODE(one.stat().st_mode) & 0o077 for one in made} == {0}
