"""What a turn costs, beside yardsticks measured in the same run: `python -m bench [PART…] [--rounds N]`.

One table: (a) Slack turns, (b) Teams turns, (c) acts with all their commits, (d) fifty people at once. The
parts are slack (a and d), teams and commits; without a name, all. It fails where a target is missed. How each
figure is measured: docs/performance.md.
"""

import argparse
import asyncio
import contextlib
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from bench.measure import Row, table
from bench.turns import commits, slack, teams
from tests.postgres import Postgres

PARTS = ("slack", "teams", "commits")
ROUNDS, REQUESTS, CYCLES = 5, 400, 40
TEAMS_REQUESTS = 200
"""The stock bot takes its time."""


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


@contextlib.contextmanager
def databases(folder: Path, what: str) -> Iterator[Mapping[str, tuple[str, str]]]:
    """What they are called, and the addresses of two fresh ones of each: ours and the yardstick's."""
    ours, other = (f"sqlite+aiosqlite:///{folder / f'{what}-{whose}.db'}" for whose in ("ours", "other"))
    with Postgres.running() as server, server.database() as first, server.database() as second:
        yield {"SQLite": (ours, other), "PostgreSQL": (first, second)}


async def rows(folder: Path, parts: tuple[str, ...], rounds: int) -> list[Row]:
    """The rows of these parts, in the order of the table."""
    found = list[Row]()
    if "slack" in parts:
        with databases(folder, "turns") as fresh:
            found += await slack.rows(folder, fresh, rounds, REQUESTS)
    if "teams" in parts:
        found += await teams.rows(folder, rounds, TEAMS_REQUESTS)
    if "commits" in parts:
        with databases(folder, "commits") as fresh:
            for name, (url, _) in fresh.items():
                found.append(await commits.row(folder, name, url, rounds, CYCLES))
    return sorted(found, key=lambda row: row.what[:3])


def main() -> int:
    asked = argparse.ArgumentParser(prog="python -m bench")
    asked.add_argument("parts", nargs="*", choices=[*PARTS, []], default=[])
    asked.add_argument("--rounds", type=int, default=ROUNDS)
    given = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="braver-bench-") as name:
        found = asyncio.run(rows(Path(name), tuple(given.parts) or PARTS, given.rounds))
    met = table(found, say)
    say("every target is met" if met else "a target is missed")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
