"""How long one deadline takes: `python -m bench.deadlines`. It fails at 50 µs or more.

The median is that of a mix: every unit, the offices of each nation, starts that are open and closed, over
Christmas, Easter and both changes of the clocks. Each deadline has a calendar of its own, as a case has
when it is read from the store. The reference is timed between the deadlines, so that the ratio says the same
on a fast machine and on a slow one.
"""

import json
import sys
from collections.abc import Callable
from datetime import datetime
from itertools import product
from statistics import median, quantiles
from time import perf_counter, perf_counter_ns
from typing import Any, get_args

from bot.escalation.clock import Calendar, Duration, Nation, due

LIMIT_US = 50.0
SECONDS = 3.0
ROUNDS = 200

OFFICE = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday"), "08:30-17:00") | {
    "friday": "08:30-16:30"
}
ALWAYS = dict.fromkeys((*OFFICE, "saturday", "sunday"), "00:00-24:00")
CLOSURES = ["2026-12-29", "2026-12-30", "2026-12-31"]
DURATIONS = (
    "immediately", "same working day", "90 minutes", "48 hours", "28 days",
    "30 working minutes", "2 working hours", "40 working hours", "240 working hours",
    "1 working day", "2 working days", "5 working days", "14 working days", "120 working days",
    "1 working week", "6 working weeks", "26 working weeks",
)  # fmt: skip
STARTS = (
    "2026-01-07T10:20:00+00:00",  # a Wednesday
    "2026-01-10T12:00:00+00:00",  # a Saturday
    "2026-03-27T15:50:30+00:00",  # the Friday before the clocks go forward
    "2026-04-02T15:00:00+00:00",  # the Thursday before Easter
    "2026-10-23T15:15:00+00:00",  # the Friday before the clocks go back
    "2026-12-21T09:05:00+00:00",  # Christmas week
    "2026-12-24T18:30:00+00:00",  # Christmas Eve, after hours
)
REFERENCE = json.dumps({"case": "C-1", "stage": 2, "open": True, "due": STARTS[0], "told": ["ana", "ben"]})

Deadline = tuple[datetime, Duration, Calendar]


def mix() -> list[Deadline]:
    """Every duration from every start, in every nation's office and in one that is always open."""
    kept = [{"nation": nation, "hours": OFFICE, "closures": CLOSURES} for nation in get_args(Nation)]
    kept.append({"nation": "England", "hours": ALWAYS})
    written = [json.dumps(each) for each in kept]
    return [
        (datetime.fromisoformat(start), Duration.parse(duration), Calendar.model_validate_json(each))
        for start, duration, each in product(STARTS, DURATIONS, written)
    ]


def nanoseconds(work: Callable[..., Any], *given: Any) -> int:
    """How long one call takes."""
    began = perf_counter_ns()
    work(*given)
    return perf_counter_ns() - began


def main() -> int:
    """Measure, say the figures, and return 1 where the limit is not kept."""
    deadlines = mix()
    first = [nanoseconds(due, *deadline) for deadline in deadlines]
    taken: list[list[int]] = [[] for _ in deadlines]
    reference: list[int] = []
    stop = perf_counter() + SECONDS
    for _ in range(ROUNDS):
        for deadline, each in zip(deadlines, taken, strict=True):
            each.append(nanoseconds(due, *deadline))
            reference.append(nanoseconds(json.loads, REFERENCE))
        if perf_counter() > stop:
            break
    every = [one for each in taken for one in each]
    typical, other = median(every) / 1000, median(reference) / 1000
    slowest = max(range(len(deadlines)), key=lambda index: median(taken[index]))
    lines = (
        f"{len(deadlines)} different deadlines, {len(every)} measured",
        f"median           {typical:8.2f} µs (limit {LIMIT_US:.0f} µs)",
        f"99 of 100 within {quantiles(every, n=100)[98] / 1000:8.2f} µs",
        f"slowest of them  {median(taken[slowest]) / 1000:8.2f} µs ({deadlines[slowest][1]})",
        f"never asked yet  {max(first) / 1000:8.2f} µs at most",
        f"reference        {other:8.2f} µs (json.loads of {len(REFERENCE)} characters)",
        f"ratio            {typical / other:8.2f}",
    )
    print("\n".join(lines))  # noqa: T201 - it is what this is run for
    return 1 if typical >= LIMIT_US else 0


if __name__ == "__main__":
    sys.exit(main())
