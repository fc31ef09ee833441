"""Counts of what the coaching is used for: numbers by month, without people."""

from dataclasses import dataclass

from sqlalchemy import select
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
    async def count(self, month: str, name: str, *, newly: bool) -> None:
        """Once more; `newly`: by somebody who has not been counted for it this month."""
        fresh = self._insert(CountRow).values(month=month, name=name, times=1, people=int(newly))
        more = {"times": CountRow.times + 1, "people": CountRow.people + int(newly)}
        await self._execute(fresh.on_conflict_do_update(index_elements=["month", "name"], set_=more))

    async def counted(self) -> tuple[Counted, ...]:
        """All counts, the newest month first, then by name."""
        every = select(CountRow).order_by(col(CountRow.month).desc(), col(CountRow.name))
        rows = await self._all(CountRow, every)
        return tuple(Counted(row.month, row.name, row.times, row.people) for row in rows)
