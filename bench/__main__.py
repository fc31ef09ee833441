"""How much a turn costs, beside yardsticks measured in the same run: `python -m bench [ROUNDS] [REQUESTS]`.

One table. It fails where a target is missed.
"""

import asyncio
import contextlib
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from bench.measure import Row, table
from bench.turns import slack
from tests.postgres import Postgres

ROUNDS, REQUESTS = 5, 600


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


@contextlib.contextmanager
def databases(folder: Path) -> Iterator[Mapping[str, tuple[str, str]]]:
    """What they are called, and the addresses of two fresh ones of each."""
    with Postgres.running() as server, server.database() as ours, server.database() as other:
        yield {
            "SQLite": (
                f"sqlite+aiosqlite:///{folder / 'ours.db'}",
                f"sqlite+aiosqlite:///{folder / 'other.db'}",
            ),
            "PostgreSQL": (ours, other),
        }


async def rows(folder: Path, rounds: int = ROUNDS, requests: int = REQUESTS) -> list[Row]:
    with databases(folder) as fresh:
        return await slack.rows(folder, fresh, rounds, requests)


def main() -> int:
    rounds, requests = (*map(int, sys.argv[1:]), ROUNDS, REQUESTS)[:2]
    with tempfile.TemporaryDirectory(prefix="braver-bench-") as name:
        found = asyncio.run(rows(Path(name), rounds, requests))
    met = table(found, say)
    say("every target is met" if met else "a target is missed")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
