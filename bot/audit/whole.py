"""The audit of everything at once, for the command: streamed, so that its memory does not grow."""

from collections.abc import Callable, Iterable
from datetime import datetime

from bot.audit.findings import LATENESS, OVERDUE, STUCK, Finding, Kind
from bot.audit.report import Audited
from bot.audit.walks import CaseWalk, StreamWalk
from bot.store.database import Database
from bot.store.inspecting import Late
from bot.store.work import Work

PATIENCE = 600.0
"""Seconds for one reading: nobody waits for it."""
MOST = 10_000
"""So many of a kind are listed."""


async def audited(
    database: Database, *, at_rest: bool = False, progress: Callable[[int, int], None] = lambda *_: None
) -> Audited:
    """Go through all cases and all histories. `at_rest`: no service runs on it, so that nothing is late.
    `progress` hears from time to time how many cases and histories were looked at. Raises NotSaved."""
    found: dict[str, Finding] = {}

    def keep(some: Iterable[Finding]) -> None:
        for one in some:
            if not (at_rest and one.kind in LATENESS):
                found.setdefault(one.key, one)

    cases, walk = 0, CaseWalk(open_only=False)
    while True:
        looked = await walk.step(database, PATIENCE)
        keep(looked.findings)
        cases += looked.seen
        progress(cases, 0)
        if looked.last:
            break
    streams, others = 0, StreamWalk()
    while True:
        looked = await others.step(database, PATIENCE)
        keep(looked.findings)
        streams += looked.seen
        progress(cases, streams)
        if looked.last:
            break
    async with database.reading(patience=PATIENCE, heavy=True, snapshot=True) as work:
        keep(await _at_once(work))
        told = await work.incidents()
    in_order = sorted(found.values(), key=lambda one: (one.case, one.kind, one.subject))
    return Audited(tuple(in_order), cases, streams, told)


async def _at_once(work: Work) -> list[Finding]:
    """What one look finds."""
    found: list[Finding] = []
    for row in await work.cases_without_clock(MOST):
        found.append(Finding("without_clock", row.reference, row.reference))
    found += _late("overdue", await work.late_deadlines(OVERDUE, MOST))
    found += _late("quarantined", await work.quarantined_deadlines(MOST))
    found += _late("stuck", await work.late_deliveries(STUCK, MOST))
    for card in await work.cards_without_case(MOST):
        found.append(Finding("card_orphan", str(card.id), detail=str(card.id)))
    for stream in await work.events_without_stream(MOST):
        found.append(Finding("chain", stream, detail="its head is missing"))
    return found


def _late(kind: Kind, late: Iterable[Late]) -> list[Finding]:
    return [Finding(kind, f"{one.case}/{one.which}", one.case, one.which, _when(one.since)) for one in late]


def _when(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
