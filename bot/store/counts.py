"""Counts of what the coaching is used for: numbers by month, without people."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlmodel import col

from bot.store.rows import Dialect, Rows, table_of
from bot.store.statements import fresh
from bot.store.tables import CountRow


@dataclass(frozen=True, slots=True)
class Counted:
    """How often, and by how many people, something was used in a month ("2026-11")."""

    month: str
    name: str
    times: int
    people: int


@cache
def _more(dialect: Dialect) -> Any:
    counts = table_of(CountRow)
    new = fresh(dialect, CountRow, ("month", "name", "times", "people"))
    return new.on_conflict_do_update(index_elements=["month", "name"], set_={"times": counts.c.times + 1})


_counts = table_of(CountRow)
_PERSON = (
    update(_counts)
    .where(_counts.c.month == bindparam("of_month"), _counts.c.name == bindparam("of_name"))
    .values(people=_counts.c.people + 1)
)


class Counts(Rows):
    async def count(self, month: str, name: str) -> None:
        """Once more. Whoever counts the same at the same moment waits until this is committed."""
        await self._execute(_more(self._dialect), {"month": month, "name": name, "times": 1, "people": 0})

    async def count_person(self, month: str, name: str) -> None:
        """That use was by somebody who has not been counted for it this month."""
        await self._execute(_PERSON, {"of_month": month, "of_name": name})

    async def counted(self) -> tuple[Counted, ...]:
        """All counts, the newest month first, then by name."""
        every = select(CountRow).order_by(col(CountRow.month).desc(), col(CountRow.name))
        rows = await self._all(CountRow, every)
        return tuple(Counted(row.month, row.name, row.times, row.people) for row in rows)
