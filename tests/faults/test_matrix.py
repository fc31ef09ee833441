"""The page about faults keeps its word: each test that it names exists and runs where it says."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.corners import DIAGONAL, REST

FOLDER = Path(__file__).parent
HOUSE = FOLDER.parents[1]
PAGE = (HOUSE / "docs" / "faults.md").read_text(encoding="utf-8")
EVERYWHERE, ON_ONE_SIDE = (
    re.findall(r"^\|.*`(test_\w+)` \|$", part, flags=re.MULTILINE)
    for part in PAGE.split("Some faults exist on one side only:")
)


@pytest.fixture(scope="module")
def runs() -> dict[str, set[str]]:
    """Test → its runs, as pytest itself collects this folder."""
    listing = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]
    listed = subprocess.run([*listing, FOLDER], cwd=HOUSE, capture_output=True, text=True, check=True)
    found: dict[str, set[str]] = {}
    for name, run in re.findall(r"::(test_\w+)(\[.*\])?$", listed.stdout, flags=re.MULTILINE):
        found.setdefault(name, set()).add(run)
    return found


def test_each_fault_is_met_in_every_corner(runs: dict[str, set[str]]) -> None:
    """Slack and Teams, SQLite and PostgreSQL."""
    for name in EVERYWHERE:
        for corner in (*DIAGONAL, *REST):
            assert any(str(corner) in run for run in runs.get(name, ())), f"{name} does not run on {corner}"


def test_what_exists_on_one_side_only_is_tried_there(runs: dict[str, set[str]]) -> None:
    assert [name for name in ON_ONE_SIDE if name not in runs] == []
    assert len(ON_ONE_SIDE) > 5


def test_the_page_leaves_no_corner_test_out(runs: dict[str, set[str]]) -> None:
    """A fault that is tried everywhere is told of."""
    everywhere = {
        name
        for name, found in runs.items()
        if all(any(str(corner) in run for run in found) for corner in (*DIAGONAL, *REST))
    }
    assert everywhere - set(EVERYWHERE) - {"test_a_mistyped_command"} == set()
