"""An earlier release's program, taken from this repository's history, to run beside this one."""

import subprocess
from pathlib import Path

import pytest

from tests.faults.process import HERE

RELEASED = "846f056a529a8bfd10063a4079d835b501147ff6"
"""The commit of the release before this one."""
SCHEMA = "0006"
"""The revision of its schema."""


def program(folder: Path, commit: str = RELEASED) -> Path:
    """The program of this commit, in this folder. Fails where the history does not hold it."""
    if not (HERE / ".git").exists():
        pytest.skip("this is no clone of the repository: there is no earlier release to run")
    folder.mkdir()
    packed = subprocess.run(["git", "-C", str(HERE), "archive", commit], capture_output=True, check=False)
    if packed.returncode:
        pytest.fail(
            f"the history has no commit {commit}, which this test runs beside the present one: "
            "where the clone is shallow, fetch the rest with `git fetch --unshallow`",
            pytrace=False,
        )
    subprocess.run(["tar", "--extract", "--directory", str(folder)], input=packed.stdout, check=True)
    return folder
