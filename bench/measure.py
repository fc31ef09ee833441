"""Servers measured against each other: each a process of its own on one core, driven from the other core.

All of them run at once and are driven in turns, round by round, so that whatever else the machine does meets
them alike. What counts is the CPU time of a server for one request, and its ratio to the yardstick's: both
are sturdier than requests in a second.

    echo = Subject("echo", ("-m", "bench.turns.slack_echo", "--api", url), drive)
    ours = Subject("ours", ("-m", "bench.turns.slack_braver", …), drive)
    found = await interleaved((echo, ours), rounds=5, requests=500)
    row = Row("a turn", found["ours"], found["echo"], target=0.7)
    table((row,), say)

A server's process says `ready PORT` on a line of its own, and ends at SIGTERM. `drive(port, requests)` sends
so many requests and gives how long each took, in seconds; the first round warms up and does not count.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter
from typing import Self

Drive = Callable[[int, int], Awaitable[Sequence[float]]]
SERVER_CORE, CLIENT_CORE = 0, 1
_TICKS = os.sysconf("SC_CLK_TCK")
_READY = "ready"
_START = 90.0


@dataclass(frozen=True, slots=True)
class Subject:
    """A server to measure: what Python is given to run it, and how it is driven. Those that are run alike
    share one process."""

    name: str
    command: Sequence[str]
    drive: Drive
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def process(self) -> object:
        return tuple(self.command), tuple(sorted(self.environment.items()))


@dataclass(frozen=True, slots=True)
class Running:
    """A server's process, which listens on this port of loopback."""

    pid: int
    port: int

    def cpu(self) -> float:
        """Seconds of CPU so far, user and system, of all its threads."""
        stat = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(stat[11]) + int(stat[12])) / _TICKS


@dataclass(frozen=True, slots=True)
class Figures:
    """Medians of the rounds; the latencies are those of all of them."""

    name: str
    per_second: float
    cpu_us: float
    p50_ms: float
    p99_ms: float

    @classmethod
    def of(cls, name: str, rounds: Sequence["Round"]) -> Self:
        took = sorted(one for each in rounds for one in each.took)
        return cls(
            name,
            median(len(each.took) / each.seconds for each in rounds),
            median(each.cpu / len(each.took) for each in rounds) * 1e6,
            median(took) * 1000,
            quantiles(took, n=100)[98] * 1000,
        )


@dataclass(frozen=True, slots=True)
class Round:
    """What one round took: seconds, seconds of CPU, and each request's seconds."""

    seconds: float
    cpu: float
    took: Sequence[float]


async def interleaved(subjects: Sequence[Subject], *, rounds: int, requests: int) -> dict[str, Figures]:
    """Each subject's figures by name. The client, which this process is, is kept to its own core."""
    measured: dict[str, list[Round]] = {subject.name: [] for subject in subjects}
    with pinned(CLIENT_CORE):
        async with AsyncExitStack() as started:
            running: dict[object, Running] = {}
            for subject in subjects:
                if subject.process not in running:
                    running[subject.process] = await started.enter_async_context(serving(subject))
            for number in range(rounds + 1):
                for subject in subjects:
                    one = await _driven(subject, running[subject.process], requests)
                    if number:
                        measured[subject.name].append(one)
    return {name: Figures.of(name, each) for name, each in measured.items()}


async def _driven(subject: Subject, server: Running, requests: int) -> Round:
    before, began = server.cpu(), perf_counter()
    took = await subject.drive(server.port, requests)
    return Round(perf_counter() - began, server.cpu() - before, took)


@asynccontextmanager
async def serving(subject: Subject) -> AsyncIterator[Running]:
    """The subject's process, pinned to its core and ready, until the block is left."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, *subject.command,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, **subject.environment},
    )  # fmt: skip
    reading = asyncio.create_task(asyncio.sleep(0))
    try:
        os.sched_setaffinity(process.pid, {_core(SERVER_CORE)})
        async with asyncio.timeout(_START):
            port = await _port(process)
        reading = asyncio.create_task(_read_on(process))
        # Threads that were there before it was pinned stay where they were: all of them are moved.
        for thread in os.listdir(f"/proc/{process.pid}/task"):
            os.sched_setaffinity(int(thread), {_core(SERVER_CORE)})
        yield Running(process.pid, port)
    finally:
        if process.returncode is None:
            process.terminate()
        _ = await process.wait()
        await reading


async def _read_on(process: asyncio.subprocess.Process) -> None:
    """What it has to say must not fill the pipe."""
    assert process.stdout is not None
    async for _ in process.stdout:
        pass


async def _port(process: asyncio.subprocess.Process) -> int:
    assert process.stdout is not None
    said = list[str]()
    async for line in process.stdout:
        said.append(line.decode())
        if said[-1].startswith(f"{_READY} "):
            return int(said[-1].split()[1])
    raise RuntimeError(f"a server ended before it was ready:\n{''.join(said[-30:])}")


class pinned:
    """This process on one core, while the block lasts; a machine with one core is left as it is."""

    def __init__(self, core: int) -> None:
        self._core = core

    def __enter__(self) -> None:
        self._before = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {_core(self._core)})

    def __exit__(self, *_: object) -> None:
        os.sched_setaffinity(0, self._before)


_CORES = sorted(os.sched_getaffinity(0))


def _core(number: int) -> int:
    return _CORES[number % len(_CORES)]


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: ours against the yardstick. `target` is the least ratio of the yardstick's CPU
    for a request to ours; `p99_ms` the most that one request in a hundred may take."""

    what: str
    ours: Figures
    yardstick: Figures | None = None
    target: float | None = None
    p99_ms: float | None = None

    @property
    def ratio(self) -> float | None:
        """How much of the yardstick's speed is ours, by CPU for a request."""
        return self.yardstick.cpu_us / self.ours.cpu_us if self.yardstick else None

    @property
    def wall_ratio(self) -> float | None:
        """The same by requests in a second."""
        return self.ours.per_second / self.yardstick.per_second if self.yardstick else None

    @property
    def kept(self) -> bool | None:
        """Whether the target is met; None where there is none."""
        if self.target is not None and self.ratio is not None:
            return self.ratio >= self.target
        return self.ours.p99_ms < self.p99_ms if self.p99_ms is not None else None


_COLUMNS = (
    f"{'':<58}{'CPU/turn':>10}{'yardstick':>11}{'ratio':>7}{'per s':>8}{'ratio':>7}"
    f"{'p50':>8}{'p99':>8}  target"
)


def table(rows: Sequence[Row], say: Callable[[str], None]) -> bool:
    """Say the rows as one table, and whether every target is met."""
    say(_COLUMNS)
    for row in rows:
        yard = f"{row.yardstick.cpu_us / 1000:8.2f} ms" if row.yardstick else ""
        say(
            f"{row.what:<58}{row.ours.cpu_us / 1000:7.2f} ms{yard:>11}{_two(row.ratio):>7}"
            f"{row.ours.per_second:8.0f}{_two(row.wall_ratio):>7}"
            f"{row.ours.p50_ms:5.0f} ms{row.ours.p99_ms:5.0f} ms  {_aim(row)}"
        )
    return all(row.kept is not False for row in rows)


def _two(ratio: float | None) -> str:
    return "" if ratio is None else f"{ratio:.2f}"


def _aim(row: Row) -> str:
    if row.kept is None:
        return ""
    aim = f"ratio ≥ {row.target:g}" if row.target is not None else f"p99 < {row.p99_ms:g} ms"
    return f"{aim}: {'kept' if row.kept else 'MISSED'}"
