"""A directory is taken over as a whole, in one transaction, beside a service that may be running."""

from collections.abc import Collection
from dataclasses import dataclass

from bot.escalation.case import Case
from bot.escalation.policy import Policy
from bot.people.directory import Directory
from bot.people.losses import Replacing, losses
from bot.people.records import Change, changes
from bot.people.register import Register
from bot.store.database import Database
from bot.store.work import Conflict, Work

IMPORTED = "imported"
"""The kind of the history's event."""
PATIENCE = 120.0
"""Seconds for reading or writing a whole directory."""
_MOST_CASES = 1000


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import would do to version `version` of the directory; `losses` in words."""

    before: Directory | None
    after: Directory
    version: int
    changes: tuple[Change, ...]
    losses: tuple[str, ...]


async def planned(database: Database, after: Directory, policy: Policy, platforms: Collection[str]) -> Plan:
    """What would change. Raises NotSaved."""
    async with database.reading(patience=PATIENCE, heavy=True) as work:
        before = (await kept(work)).directory if work.directory_version else None
        version = work.directory_version
        cases = await _cases(work, before, after)
    found = changes(before, after)
    return Plan(before, after, version, found, losses(Replacing(before, after, policy, cases, platforms)))


async def carried_out(database: Database, plan: Plan, by: str) -> None:
    """Write the plan, all of it or nothing; `by` is whoever imports, in words. Raises Conflict where somebody
    has changed the directory since it was planned, and NotSaved."""
    async with database.work(patience=PATIENCE, heavy=True) as work:
        if work.directory_version != plan.version:
            raise Conflict("the directory was changed meanwhile")
        await work.change_directory(plan.changes, IMPORTED, by)


async def kept(work: Work) -> Register:
    """The directory and the absences of the database. Without any, the directory is empty."""
    register = Register(_NONE)
    await register.fresh(work)
    return register


_NONE = Directory.model_construct(
    agencies=(), teams=(), people=(), posts=(), safeguarding_leads={}, coordinator=""
)


async def _cases(work: Work, before: Directory | None, after: Directory) -> tuple[Case, ...]:
    """The open cases of whoever would not be in the directory any more."""
    gone = [entry.id for entry in before.people if after.person(entry.id) is None] if before else []
    rows = {row.id: row for person in gone for row in await work.cases_of(person, True, _MOST_CASES)}
    return tuple(Case.model_validate_json(row.state) for row in rows.values())
