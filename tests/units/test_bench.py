"""The benchmark of turns runs, and says what it is for; how fast anything is, is not asked here."""

from pathlib import Path

import pytest

from bench.measure import Figures, Row, table
from bench.turns import commits, slack


def figures(name: str, cpu_us: float, p99_ms: float) -> Figures:
    return Figures(name, 100.0, cpu_us, 1.0, p99_ms)


def test_a_target_that_is_missed_is_said() -> None:
    """The table says of each target whether it is kept; one that is missed fails the whole."""
    said: list[str] = []
    slow, fast = figures("slow", 1_000, 300), figures("fast", 500, 20)
    assert table((Row("fast enough", fast, slow, 0.7),), said.append)
    assert not table((Row("too slow", slow, fast, 0.7), Row("kept", fast, slow, 0.7)), said.append)
    assert not table((Row("late", slow, p99_ms=250),), said.append)
    assert [line.rpartition(": ")[2] for line in said if "≥" in line or "<" in line] == [
        "kept", "MISSED", "kept", "MISSED",
    ]  # fmt: skip


async def test_acts_beside_the_same_rows(tmp_path: Path, sqlite_url: str) -> None:
    """One case is raised, acknowledged and answered, and the same rows are written without us."""
    row = await commits.row(tmp_path, "SQLite", sqlite_url, rounds=1, cycles=2)
    assert row.yardstick is not None
    assert row.ours.cpu_us > 0 < row.yardstick.cpu_us


@pytest.mark.full
async def test_turns_beside_an_echo(tmp_path: Path) -> None:
    """Each kind of turn is answered on the screen, by Braver's own process and by the echo's."""
    ours, other = (f"sqlite+aiosqlite:///{tmp_path / name}.db" for name in ("ours", "other"))
    rows = await slack.rows(tmp_path, {"SQLite": (ours, other)}, rounds=1, requests=24)
    assert [row.what[:3] for row in rows] == ["(a)", "(a)", "(d)"]
