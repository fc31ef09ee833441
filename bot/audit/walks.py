"""Walks through the database: each step reads one portion, judges it, and knows where to go on."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bot.audit.checks import case_findings
from bot.audit.findings import Finding
from bot.store.chain import Chain
from bot.store.database import Database
from bot.store.events import OF_CASES
from bot.store.inspecting import CaseFile
from bot.store.work import Work

Judge = Callable[[CaseFile, datetime, datetime], tuple[Finding, ...]]
"""What judges a case: the file, *now*, and the real time."""
CASES, STREAMS, EVENTS = 20, 200, 500
"""How many are read at a time."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What a step found. `seen` is how many cases, or streams, it finished; `last`: it is at the end.
    `whole` is a stream that was followed to its end, and in which nothing is wrong."""

    findings: tuple[Finding, ...]
    seen: int
    last: bool
    whole: str = ""


class Walk(Protocol):
    after: str
    """Where it stands; empty at the beginning."""

    async def step(self, database: Database, patience: float | None = None) -> Looked:
        """Go through the next portion, in one transaction. Raises NotSaved."""


@dataclass(slots=True)
class CaseWalk:
    """Case by case, in the order of their ids; begins anew when it is through. `after`: an id."""

    open_only: bool
    judge: Judge = case_findings
    after: str = ""

    async def step(self, database: Database, patience: float | None = None) -> Looked:
        async with database.reading(patience=patience, heavy=True, snapshot=True) as work:
            rows = await work.cases_after(self.after, CASES, open_only=self.open_only)
            files = await work.case_files(rows) if rows else []
        found = await judged(files, self.judge, work)
        last = len(rows) < CASES
        self.after = "" if last else rows[-1].id
        return Looked(found, len(rows), last)


@dataclass(slots=True)
class StreamWalk:
    """Stream by stream, in the order of their names: those that belong to no case are followed, of the others
    it is only seen whether their case is there. `after`: a name."""

    after: str = ""
    _long: str = ""
    _chain: Chain = field(default_factory=Chain)

    async def step(self, database: Database, patience: float | None = None) -> Looked:
        async with database.reading(patience=patience, heavy=True, snapshot=True) as work:
            if self._long:
                return await self._on(work)
            heads = await work.heads_after(self.after, STREAMS)
            ids = [head.name.removeprefix(OF_CASES) for head in heads if head.name.startswith(OF_CASES)]
            known = await work.known_cases(ids) if ids else set()
        found: list[Finding] = []
        for seen, head in enumerate(heads, 1):
            self.after = head.name
            if not head.name.startswith(OF_CASES):
                self._long, self._chain = head.name, Chain()
                return Looked(tuple(found), seen - 1, False)
            if head.name.removeprefix(OF_CASES) not in known:
                found.append(Finding("no_case", head.name))
        last = len(heads) < STREAMS
        self.after = "" if last else self.after
        return Looked(tuple(found), len(heads), last)

    async def _on(self, work: Work) -> Looked:
        """The next events of a stream, of which there may be any number."""
        rows = await work.events_after(self._long, self._chain.length, EVENTS)
        self._chain.follow(rows)
        if len(rows) == EVENTS:
            return Looked((), 0, False)
        heads = await work.heads([self._long])
        faults = self._chain.end(heads[0] if heads else None)
        name, self._long = self._long, ""
        if not faults:
            return Looked((), 1, False, whole=name)
        return Looked((Finding("chain", name, detail="; ".join(map(str, faults))),), 1, False)


async def judged(files: list[CaseFile], judge: Judge, work: Work) -> tuple[Finding, ...]:
    found: list[Finding] = []
    for file in files:
        found += judge(file, work.now, work.real_now)
        # People are served in between: some thousand lines of JSON take their time.
        await asyncio.sleep(0)
    return tuple(found)


async def again(database: Database, subjects: frozenset[str], judge: Judge) -> tuple[Finding, ...]:
    """What is wrong still, or anew, with cases in which something was found before: by their references or
    their streams."""
    ids = [one.removeprefix(OF_CASES) for one in subjects if one.startswith(OF_CASES)]
    async with database.reading(heavy=True, snapshot=True) as work:
        rows = {row.id: row for row in await work.cases_called(subjects)}
        rows |= {row.id: row for row in await work.cases_with(ids)}
        found = await judged(await work.case_files(list(rows.values())), judge, work) if rows else ()
        orphans = await work.heads([OF_CASES + id for id in ids if id not in rows])
    return *found, *(Finding("no_case", head.name) for head in orphans)
