"""Cases: the projection that is looked up, and who is on it."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, delete, select, text, update
from sqlmodel import col

from bot.store.rows import Conflict, Rows
from bot.store.tables import CaseMember, CaseRow, DeadlineRow


class Cases(Rows):
    _held: dict[str, CaseRow] | None = None
    """The cases that this transaction has locked: until it saves them itself, they stay as they are."""

    async def case(self, case_id: str) -> CaseRow | None:
        """The case. In a writing transaction it is locked until the end: the first lock that an act takes."""
        if self._held is not None and case_id in self._held:
            return self._held[case_id]
        row = await self._first(CaseRow, self._locked(select(CaseRow).where(col(CaseRow.id) == case_id)))
        if row is not None and self._writing:
            self._held = {**(self._held or {}), case_id: row}
        return row

    async def case_by_reference(self, reference: str) -> CaseRow | None:
        """The case that people call by this reference; locked as by `case`."""
        found = select(CaseRow).where(col(CaseRow.reference) == reference)
        return await self._first(CaseRow, self._locked(found))

    async def cases_of(self, person: str, open_only: bool, limit: int) -> list[CaseRow]:
        """The cases that the person is on, newest first."""
        mine = select(col(CaseRow.id)).join(CaseMember, col(CaseMember.case_id) == col(CaseRow.id))
        mine = mine.where(col(CaseMember.person) == person)
        if open_only:
            mine = mine.where(col(CaseRow.status) == "open")
        newest = (col(CaseRow.opened_at).desc(), col(CaseRow.id))
        # Sorted without their contents, of which only a few are wanted.
        few = select(CaseRow).where(col(CaseRow.id).in_(mine.order_by(*newest).limit(limit)))
        return await self._all(CaseRow, few.order_by(*newest))

    async def save_case(self, row: CaseRow, expected: int) -> None:
        """Insert the row where `expected` is 0; otherwise replace version `expected`. Raises Conflict."""
        self._held = None
        values = row.model_dump()
        if expected == 0:
            fresh = self._insert(CaseRow).values(**values).on_conflict_do_nothing()
            if not await self._changed(fresh.returning(col(CaseRow.id))):
                raise Conflict(f"case {row.reference} is already there")
            return
        here = (col(CaseRow.id) == row.id, col(CaseRow.version) == expected)
        if not await self._changed(update(CaseRow).where(*here).values(**values).returning(col(CaseRow.id))):
            raise Conflict(f"case {row.reference} is no longer at version {expected}")

    async def members(self, case_id: str, roles: Mapping[str, str]) -> None:
        """From now on exactly these people (id → role) are on the case."""
        await self._execute(delete(CaseMember).where(col(CaseMember.case_id) == case_id))
        if roles:
            rows = [{"case_id": case_id, "person": person, "role": role} for person, role in roles.items()]
            await self._execute(self._insert(CaseMember).values(rows))

    async def role(self, case_id: str, person: str) -> str | None:
        """As what the person is on the case; None for somebody who is not."""
        here = (col(CaseMember.case_id) == case_id, col(CaseMember.person) == person)
        role: str | None = (await self._execute(select(col(CaseMember.role)).where(*here))).scalar()
        return role

    async def cases_without_clock(self, limit: int) -> list[CaseRow]:
        """Open cases that no live deadline watches: there must be none."""
        ticking = select(DeadlineRow.id).where(  # type: ignore[call-overload]
            col(DeadlineRow.case_id) == col(CaseRow.id), text("deadlines.state = 'live'")
        )
        silent = select(CaseRow).where(text("cases.status = 'open'"), ~ticking.exists())
        return await self._all(CaseRow, silent.order_by(col(CaseRow.id)).limit(limit))

    def _locked(self, statement: Select[Any]) -> Select[Any]:
        return statement.with_for_update() if self._writing else statement
