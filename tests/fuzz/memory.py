"""How much memory the service holds after many bad requests: `python -m tests.fuzz.memory --requests 100000`.

The service runs as a process of its own. A few thousand different requests are made and sent; those that it
refused are sent again and again, Slack's signed anew each time, with one of the others among twenty. It ends
with 1 where more is held at the end than after a tenth of them.
"""

import argparse
import asyncio
import itertools
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from tests.faults.process import Process
from tests.faults.site import Site
from tests.fuzz.asking import Asked, Asker, Tally, ask, signed
from tests.fuzz.mutating import Seeded

DIFFERENT = 1_000
AT_ONCE = 8
MAY_GROW = 8.0
"""MB between a tenth of the requests and all of them. What is kept of the last 10,000 acts is among it."""


@dataclass(slots=True)
class Measured:
    """`held`: memory of the process, in MB, by the number of requests so far. `mistakes`: what it logged."""

    tally: Tally = field(default_factory=Tally)
    held: dict[int, float] = field(default_factory=dict)
    mistakes: list[str] = field(default_factory=list)


async def measured(requests: int, seed: int) -> Measured:
    found = Measured()
    with tempfile.TemporaryDirectory(prefix="braver-memory-") as folder:
        url = f"sqlite+aiosqlite:///{Path(folder) / 'braver.db'}"
        async with Site.open("slack", url, Path(folder)) as site, site.running() as process:
            asker, source = Asker.of(site.world), Seeded(seed)
            different = [asker.any(source) for _ in range(min(DIFFERENT, requests // 20))]
            answered = await _sent(process, asker.secret, different, found.tally)
            bad = [asked for asked, status in answered if 400 <= status < 500]
            others = [asked for asked, status in answered if status < 400][: len(bad) // 20]
            mixed = itertools.cycle([*bad, *others])
            for done in (requests // 100, requests // 10, requests // 2, requests):
                more = done - found.tally.statuses.total()
                await _sent(process, asker.secret, itertools.islice(mixed, max(more, 0)), found.tally)
                found.held[done] = _resident(process.running.pid)
            found.mistakes = [line for line in process.said if '"exception"' in line or "Traceback" in line]
    return found


async def _sent(
    process: Process, secret: str, asking: Iterable[Asked], tally: Tally
) -> list[tuple[Asked, int]]:
    """Each request with the status of its answer, in no order."""
    ahead, answered = iter(asking), list[tuple[Asked, int]]()

    async def worker(session: aiohttp.ClientSession) -> None:
        for asked in ahead:
            fresh = signed(asked, secret) if asked.signed else asked
            status = await ask(session, process.address, fresh)
            tally.add(status, asked)
            answered.append((asked, status))

    async with aiohttp.ClientSession() as session:
        await asyncio.gather(*(worker(session) for _ in range(AT_ONCE)))
    return answered


def _resident(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1_024
    raise AssertionError("the process is gone")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    began = time.monotonic()
    found = asyncio.run(measured(given.requests, given.seed))
    for number, megabytes in found.held.items():
        print(f"after {number:>8,} requests: {megabytes:6.1f} MB")  # noqa: T201
    statuses = ", ".join(f"{status}: {number:,}" for status, number in sorted(found.tally.statuses.items()))
    print(f"in {time.monotonic() - began:.0f} s, answered {statuses}")  # noqa: T201
    grown = found.held[given.requests] - found.held[given.requests // 10]
    print(f"grown by {grown:+.1f} MB, of {MAY_GROW:.0f} that it may")  # noqa: T201
    # On a machine that is busy its database may be too slow, which is said by 503.
    wrong = {status for status, _ in found.tally.wrong} - {503}
    if wrong or found.mistakes:
        print(found.tally.told, *found.mistakes[:5], sep="\n")  # noqa: T201
    return int(grown > MAY_GROW or bool(wrong) or bool(found.mistakes))


if __name__ == "__main__":
    sys.exit(main())
