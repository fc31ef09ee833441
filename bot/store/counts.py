"""Counts of what the coaching is used for: numbers by month, without people."""

from dataclasses import dataclass

from sqlalchemy import select, update
from sqlmodel import col

from bot.store.rows import Rows
from bot.store.tables import CountRow


@dataclass(frozen=True, slots=True)
class Counted:
    """How often, and by how many people, something was used in a month ("2026-11")."""

    month: str
    name: str
    times: int
    people: int


class Counts(Rows):
    async def count(self, month: str, name: str) -> None:
        """Once more. Whoever counts the same at the same moment waits until this is committed."""
        fresh = self._insert(CountRow).values(month=month, name=name, times=1, people=0)
        more = {"times": CountRow.times + 1}
        await self._execute(fresh.on_conflict_do_update(index_elements=["month", "name"], set_=more))

    async def count_person(self, month: str, name: str) -> None:
        """That use was by somebody who has not been counted for it this month."""
        this = (col(CountRow.month) == month, col(CountRow.name) == name)
        await self._execute(update(CountRow).where(*this).values(people=CountRow.people + 1))

    async def counted(self) -> tuple[Counted, ...]:
        """All counts, the newest month first, then by name."""
        every = select(CountRow).order_by(col(CountRow.month).desc(), col(CountRow.name))
        rows = await self._all(CountRow, every)
        return tuple(Counted(row.month, row.name, row.times, row.people) for row in rows)
