"""What anchoring costs whoever adds an event: `python -m bench.anchoring`. It fails at 5 % or more.

Events are added one by one, each in a transaction of its own, to histories in turns: in one database with
anchors, in one beside it without them and without the index that finds what went on. The worst case: every
event is of another history, so that an anchor is due after each thousand, and its whole cost is theirs. What
counts is CPU time, ours and the server's, in the same run, round by round: the ratio says the same on a fast
machine and on a slow one, and whatever else it does.
"""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from statistics import median

from psutil import Process  # type: ignore[import-untyped]
from sqlalchemy import text

from bot.signing import Signer
from bot.store.anchors import AT_ONCE
from bot.store.database import Database
from tests.postgres import Postgres

LIMIT = 0.05
ROUNDS = 9
BLOCK = 50
BODY = {"what": "answered", "text": "A visit is planned for tomorrow. " * 8}
SECRET = "a key of a benchmark, which keeps no secret at all"  # noqa: S105


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    database = Database(url, patience=30)
    await database.open()
    try:
        yield database
    finally:
        await database.close()


class Meter:
    """CPU of this process and of a database server, so far. `server` is the server's process."""

    def __init__(self, server: int | None = None) -> None:
        self._processes = (Process(), *((Process(server),) if server else ()))

    def seconds(self) -> float:
        # PostgreSQL has a process for each connection.
        all_of_them = [one for each in self._processes for one in (each, *each.children(recursive=True))]
        return float(sum(one.cpu_times().user + one.cpu_times().system for one in all_of_them))


async def appended(databases: Sequence[Database], meter: Meter) -> list[float]:
    """Seconds for an event in each of AT_ONCE histories, in each of the databases. They take turns, a few
    events at a time: whatever else the machine does meets them alike."""
    took = [0.0 for _ in databases]
    for first in range(0, AT_ONCE, BLOCK):
        for which, database in enumerate(databases):
            began = meter.seconds()
            for number in range(first, first + BLOCK):
                async with database.work() as work:
                    await work.append(f"case:{number:032x}", "answered", BODY, "jo")
            took[which] += meter.seconds() - began
    return took


async def anchored(database: Database, meter: Meter) -> float:
    """Seconds for the anchor that holds them."""
    began = meter.seconds()
    async with database.work(patience=30, heavy=True) as work:
        newest = await work.newest_anchor()
        made = await work.anchor(Signer(SECRET), newest.number if newest else 0)
    assert made is not None
    assert made.heads == AT_ONCE
    return meter.seconds() - began


async def measured(name: str, ours: str, plain: str, meter: Meter, rounds: int = ROUNDS) -> tuple[str, float]:
    """A line with the figures, and by how much an event costs more."""
    async with AsyncExitStack() as stack:
        with_anchors = await stack.enter_async_context(opened(ours))
        without = await stack.enter_async_context(opened(plain))
        async with without.work() as work:
            await work._execute(text("DROP INDEX ix_streams_moved"))
        both = (without, with_anchors)
        await appended(both, meter)
        await anchored(with_anchors, meter)
        beside, adding, anchoring = list[float](), list[float](), list[float]()
        for _ in range(rounds):
            plainly, ours_took = await appended(both, meter)
            beside.append(plainly)
            adding.append(ours_took)
            anchoring.append(await anchored(with_anchors, meter))
    per_event = [one / AT_ONCE * 1e6 for one in (median(beside), median(adding), median(anchoring))]
    more = median((one + two) / other for one, two, other in zip(adding, anchoring, beside, strict=True)) - 1
    figures = "without {:7.1f} µs · with the index {:7.1f} µs · of its anchor {:6.1f} µs".format(*per_event)
    return f"{name:<10} an event {figures} · {more:+.1%} (limit {LIMIT:.0%})", more


async def run(rounds: int = ROUNDS) -> bool:
    """Whether the limit is kept on both databases."""
    kept = True
    with tempfile.TemporaryDirectory(prefix="braver-bench-") as folder, Postgres.running() as server:
        ours, plain = (f"sqlite+aiosqlite:///{Path(folder) / name}.db" for name in ("ours", "plain"))
        line, more = await measured("SQLite", ours, plain, Meter(), rounds)
        print(line)  # noqa: T201 - it is what this is run for
        kept &= more < LIMIT
        with server.database() as ours, server.database() as plain:
            line, more = await measured("PostgreSQL", ours, plain, Meter(server.process), rounds)
            print(line)  # noqa: T201
            kept &= more < LIMIT
    return kept


if __name__ == "__main__":
    sys.exit(0 if asyncio.run(run()) else 1)
