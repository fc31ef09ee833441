"""The service as its container shuts it in: no right of root's, a root folder that it can't write, and one
folder that it can."""

import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parents[2]
NOBODY = 65_534
SHUT_IN = """
mount --make-rprivate / && mount --bind "$DATA" "$DATA" && mount -o remount,bind,ro / || exit 99
exec setpriv --bounding-set=-all --inh-caps=-all --no-new-privs $AS "$PYTHON" -m bot run
"""


def _can_shut_in() -> bool:
    tried = ["unshare", "--mount", "sh", "-c", "mount --make-rprivate / && mount -o remount,bind,ro /"]
    try:
        return subprocess.run(tried, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _reached(path: Path) -> bool:
    """Whether anybody may go there."""
    return all(part.stat().st_mode & stat.S_IXOTH for part in path.resolve().parents)


@pytest.fixture
def data() -> Iterator[tuple[Path, str]]:
    """The one folder, and as whom it is used: as nobody, where nobody may come to Python at all."""
    folder = Path(tempfile.mkdtemp(prefix="braver-shut-in-"))
    as_nobody = _reached(Path(sys.executable)) and _reached(HERE)
    if as_nobody:
        os.chown(folder, NOBODY, NOBODY)
    try:
        yield folder, f"--reuid={NOBODY} --regid={NOBODY} --clear-groups" if as_nobody else ""
    finally:
        shutil.rmtree(folder)


@pytest.mark.skipif(not _can_shut_in(), reason="this machine lets nobody make a root folder of their own")
def test_it_works_shut_in(data: tuple[Path, str]) -> None:
    """It starts, serves, and stops; everything that it has made lies in that folder, shut for all others."""
    folder, who = data
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BRAVER_")}
    environment |= {
        "BRAVER_DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'braver.db'}", "BRAVER_PORT": "0",
        "BRAVER_SECRET_KEY": "a-made-up-key-of-more-than-32-characters",
        "BRAVER_TEAMS_ALLOW_ANONYMOUS": "true", "HOME": "/nonexistent", "PYTHONPATH": str(HERE),
        "TMPDIR": "/nonexistent", "DATA": str(folder), "AS": who, "PYTHON": sys.executable,
    }  # fmt: skip
    running = subprocess.Popen(
        ["unshare", "--mount", "sh", "-c", SHUT_IN], cwd=folder, env=environment,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        assert running.stdout is not None
        said = []
        for line in running.stdout:
            said.append(line)
            if '"listening"' in line:
                break
        assert re.search(r'"port": \d+', said[-1]), "".join(said)
        status = Path(f"/proc/{running.pid}/status").read_text(encoding="utf-8")
        assert re.search(r"^CapEff:\s+0+$", status, flags=re.MULTILINE)
        assert re.search(r"^NoNewPrivs:\s+1$", status, flags=re.MULTILINE)
        assert "braver.db" in {file.name for file in folder.iterdir()}
        assert {stat.S_IMODE(file.stat().st_mode) & 0o077 for file in folder.iterdir()} == {0}
        running.terminate()
        assert running.wait(60) == 0
    finally:
        running.kill()
        running.wait()
