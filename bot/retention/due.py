"""What is due to be taken away or erased, and why not yet."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Literal

from bot.escalation.case import Case
from bot.escalation.decide import not_filed
from bot.escalation.policy import Policy, Retention, Rule, Side
from bot.store.work import CaseRow, Work

Hindrance = Literal["hold", "raising", "receiving"]
"""Why a case is not erased although its time has come: a hold, or the side that has not filed its record."""
MOST = 10_000
"""So many of a kind are looked at."""
_PAGE = 50


@dataclass(frozen=True, slots=True)
class Due:
    """A case whose time has come by this rule, since then; `why_not` is empty where nothing hinders it."""

    case: Case
    rule: Rule
    since: datetime
    why_not: tuple[Hindrance, ...]


def standing(case: Case, kept: Retention, zone: str, now: datetime) -> Due | None:
    """What is due of this case; None while nothing is. Erasing goes before taking copies away."""
    times = ((rule, at) for rule, at in _times(case, kept, zone) if at <= now)
    due = next(times, None)
    return Due(case, due[0], due[1], hindrances(case)) if due else None


def hindrances(case: Case) -> tuple[Hindrance, ...]:
    """What keeps the case from being erased, or its copies from being taken away."""
    sides: tuple[Side, ...] = not_filed(case)
    return (*(("hold",) if case.hold else ()), *sides)


def next_time(case: Case, kept: Retention, zone: str) -> tuple[Rule, datetime] | None:
    """What will be due first, and when; None for what is kept until a time is set."""
    return min(_times(case, kept, zone), key=lambda one: one[1], default=None)


def _times(case: Case, kept: Retention, zone: str) -> Iterator[tuple[Rule, datetime]]:
    if case.training:
        if kept.training:
            yield "training", kept.training.after(case.opened_at, zone)
        return
    if case.ending is None:
        return
    if kept.erase:
        yield "erase", kept.erase.after(case.ending.at, zone)
    if kept.minimise and case.minimised_at is None:
        yield "minimise", kept.minimise.after(case.ending.at, zone)


async def due_cases(work: Work, policy: Policy, limit: int = MOST) -> tuple[Due, ...]:
    """What is due now by this policy, the longest due first: at most `limit` of each rule."""
    kept, zone, now = policy.retention, policy.calendar.zone, work.now
    rows = list[CaseRow]()
    if kept.erase:
        rows += await work.closed_before(kept.erase.before(now, zone), limit)
    if kept.minimise:
        rows += await work.closed_before(kept.minimise.before(now, zone), limit, minimised=False)
    if kept.training:
        rows += await work.training_before(kept.training.before(now, zone), limit)
    found: list[Due] = []
    for row in {row.id: row for row in rows}.values():
        due = standing(Case.model_validate_json(row.state), kept, zone, now)
        found += [due] if due else []
        # People are served in between: a case is some thousand characters of JSON.
        await asyncio.sleep(0)
    return tuple(sorted(found, key=lambda one: (one.since, one.case.id)))


async def first_due(work: Work, policy: Policy, most: int, looked_at: int) -> tuple[tuple[Due, ...], bool]:
    """What is due now, for somebody who waits: at most `most` of each rule, those that nothing hinders first,
    then the longest due; and whether there may be more. At most `looked_at` cases of each rule are opened."""
    kept, zone, now = policy.retention, policy.calendar.zone, work.now
    ways: list[tuple[Rule, Callable[..., Awaitable[list[CaseRow]]]]] = []
    if kept.erase:
        ways.append(("erase", partial(work.closed_before, kept.erase.before(now, zone))))
    if kept.minimise:
        before = kept.minimise.before(now, zone)
        ways.append(("minimise", partial(work.closed_before, before, minimised=False)))
    if kept.training:
        ways.append(("training", partial(work.training_before, kept.training.before(now, zone))))
    found, more = list[Due](), False
    for rule, way in ways:
        some, others = await _of_rule(way, rule, policy, now, most, looked_at)
        found, more = found + some, more or others
    return tuple(sorted(found, key=lambda one: (bool(one.why_not), one.since, one.case.id))), more


async def _of_rule(
    before: Callable[..., Awaitable[list[CaseRow]]], rule: Rule, policy: Policy, now: datetime, most: int,
    looked_at: int,
) -> tuple[list[Due], bool]:  # fmt: skip
    """Page by page, until there are enough that can be done."""
    can, wait, looked, last = list[Due](), list[Due](), 0, None
    while len(can) <= most and looked < looked_at:
        asked = min(_PAGE, looked_at - looked)
        rows = await before(asked, after=last)
        for row in rows:
            due = standing(Case.model_validate_json(row.state), policy.retention, policy.calendar.zone, now)
            # What is due by another rule is found by that.
            if due is not None and due.rule == rule:
                (wait if due.why_not else can).append(due)
            await asyncio.sleep(0)
        looked += len(rows)
        # A page may be short of what can't be opened.
        if not rows:
            return (can + wait)[:most], len(can) + len(wait) > most
        last = rows[-1]
    return (can + wait)[:most], True


def ready(found: Iterable[Due]) -> tuple[Due, ...]:
    """Those that nothing hinders."""
    return tuple(one for one in found if not one.why_not)
