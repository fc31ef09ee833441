"""`braver keys`, beside a service that runs: what it says, and what it leaves behind."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bot.store.database import Database
from tests.units.recorder import opened, save

OLD, NEW = "an older key of more than thirty-two characters", "a newer key of more than thirty-two characters"
BRAVER = shutil.which("braver", path=str(Path(sys.executable).parent)) or "braver"


def _keys(url: str, command: str, **settings: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BRAVER_")}
    given = {f"BRAVER_{name}": value for name, value in settings.items()}
    return subprocess.run(
        [BRAVER, "keys", command], env=kept | given | {"BRAVER_DATABASE_URL": url},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    "database_url", ["sqlite", pytest.param("postgres", marks=pytest.mark.full)], indirect=True
)
async def test_a_key_is_turned(database_url: str, tmp_path: Path) -> None:
    """The newer key first and the older behind it: status says that something is to be done, rotate does it,
    and then the newer one is enough; it may stand in a file. No key is ever printed."""
    async with opened(database_url, secrets=(OLD,)) as running:
        async with running.work() as work:
            await save(work, "c1")
        said = [_keys(database_url, "status", SECRET_KEY=OLD)]
        assert said[0].returncode == 0
        assert said[0].stdout.splitlines()[1] == "Everything that people wrote is sealed."
        said.append(_keys(database_url, "status", SECRET_KEY=f"{NEW},{OLD}"))
        assert said[-1].returncode == 1
        assert "2 are still wrapped with an older key. → braver keys rotate" in said[-1].stdout
    async with opened(database_url, secrets=(NEW, OLD)) as running:
        said.append(_keys(database_url, "rotate", SECRET_KEY=f"{NEW},{OLD}"))
        assert said[-1].stdout.startswith("2 data keys were wrapped with the first key.")
        said.append(_keys(database_url, "rotate", SECRET_KEY=f"{NEW},{OLD}"))
        assert said[-1].stdout == "All data keys are wrapped with the first key already.\n"
        async with running.work() as work:
            await save(work, "c2")
    file = tmp_path / "key"
    file.write_text(NEW, encoding="utf-8")
    said.append(_keys(database_url, "status", SECRET_KEY_FILE=str(file)))
    assert said[-1].returncode == 0
    assert said[-1].stdout.startswith("3 data keys are wrapped with the first key")
    assert not [one for one in said if OLD in one.stdout + one.stderr or NEW in one.stdout + one.stderr]


async def test_what_lies_open_is_sealed(sqlite_url: str) -> None:
    async with opened(sqlite_url) as earlier, earlier.work() as work:
        await work.append("case:c1", "raised", {"concern": "a word"}, "jo")
    status = _keys(sqlite_url, "status", SECRET_KEY=OLD)
    assert (status.returncode, "braver keys seal" in status.stdout) == (1, True)
    sealed = _keys(sqlite_url, "seal", SECRET_KEY=OLD)
    assert (sealed.returncode, sealed.stderr) == (0, "")
    assert "Older backups still hold them in the open" in sealed.stdout
    assert _keys(sqlite_url, "seal", SECRET_KEY=OLD).stdout == "Nothing lies in the open.\n"
    assert _keys(sqlite_url, "status", SECRET_KEY=OLD).returncode == 0
    async with Database(sqlite_url, (OLD,)).beside() as database, database.reading() as work:
        assert [event.body for event in await work.history("case:c1")] == [{"concern": "a word"}]


@pytest.mark.parametrize("command", ["status", "rotate", "seal"])
@pytest.mark.parametrize("key", ["", NEW])
async def test_without_the_right_key_nothing_is_done(sqlite_url: str, command: str, key: str) -> None:
    """It says which setting to change."""
    async with opened(sqlite_url, secrets=(OLD,)) as database, database.work() as work:
        await save(work, "c1")
    ended = _keys(sqlite_url, command, SECRET_KEY=key)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "BRAVER_SECRET_KEY" in ended.stderr
    assert "Traceback" not in ended.stderr
