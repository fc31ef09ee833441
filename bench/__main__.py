"""What a turn costs, beside yardsticks measured in the same run: `python -m bench [ROUNDS] [REQUESTS]`.

One table: (a) Slack turns, (b) Teams turns, (c) acts with all their commits, (d) fifty people at once. It
fails where a target is missed. How each figure is measured: docs/performance.md.
"""

import asyncio
import contextlib
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from bench.measure import Row, table
from bench.turns import commits, slack
from tests.postgres import Postgres

ROUNDS, REQUESTS, CYCLES = 5, 400, 40


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


@contextlib.contextmanager
def databases(folder: Path, what: str) -> Iterator[Mapping[str, tuple[str, str]]]:
    """What they are called, and the addresses of two fresh ones of each: ours and the yardstick's."""
    ours, other = (f"sqlite+aiosqlite:///{folder / f'{what}-{whose}.db'}" for whose in ("ours", "other"))
    with Postgres.running() as server, server.database() as first, server.database() as second:
        yield {"SQLite": (ours, other), "PostgreSQL": (first, second)}


async def rows(folder: Path, rounds: int, requests: int, cycles: int) -> list[Row]:
    """All rows, in the order of the table."""
    with databases(folder, "turns") as fresh:
        found = await slack.rows(folder, fresh, rounds, requests)
    with databases(folder, "commits") as fresh:
        found += [await commits.row(folder, name, url, rounds, cycles) for name, (url, _) in fresh.items()]
    return sorted(found, key=lambda row: row.what[:3])


def main() -> int:
    rounds, requests = (*map(int, sys.argv[1:]), ROUNDS, REQUESTS)[:2]
    with tempfile.TemporaryDirectory(prefix="braver-bench-") as name:
        found = asyncio.run(rows(Path(name), rounds, requests, CYCLES))
    met = table(found, say)
    say("every target is met" if met else "a target is missed")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
