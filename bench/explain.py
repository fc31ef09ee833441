"""How long it takes to explain all shipped policies: `python -m bench.explain`. It fails at a second or more.

Each file is read from the disk and explained, for each of its tracks and priorities. Reading alone is timed
in the same run, so that the ratio says the same on a fast machine and on a slow one.
"""

import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from time import perf_counter

from bot.escalation.policy import Policy
from bot.policies.explain import Asked, explained, in_words
from bot.policies.source import load, shipped

LIMIT_S = 1.0
START = datetime.fromisoformat("2026-12-23T16:00:00+00:00")


def every_way(policy: Policy) -> list[Asked]:
    """Each timetable that can be asked for."""
    priorities = [one.id for one in policy.priorities] or [""]
    tracks = (False, True) if policy.urgent_track else (False,)
    return [Asked(START, priority, urgent) for priority in priorities for urgent in tracks]


def timed(work: Callable[[], int]) -> tuple[float, int]:
    """Seconds, and what the work counted."""
    began = perf_counter()
    counted = work()
    return perf_counter() - began, counted


def read_all(files: list[Path]) -> int:
    return sum(len(load(file).stages) for file in files)


def explain_all(files: list[Path]) -> int:
    found = 0
    for file in files:
        policy = load(file)
        found += sum(len(in_words(explained(policy, which))) for which in every_way(policy))
    return found


def main() -> int:
    """Measure, say the figures, and return 1 where the limit is not kept."""
    files = list(shipped())
    reading, stages = timed(lambda: read_all(files))
    explaining, letters = timed(lambda: explain_all(files))
    lines = (
        f"{len(files)} files, {stages} stages, {letters} letters",
        f"read and explain {explaining:8.3f} s (limit {LIMIT_S:.0f} s)",
        f"read alone       {reading:8.3f} s",
        f"ratio            {explaining / reading:8.2f}",
    )
    print("\n".join(lines))  # noqa: T201 - it is what this is run for
    return 1 if explaining >= LIMIT_S else 0


if __name__ == "__main__":
    sys.exit(main())
