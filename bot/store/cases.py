"""Cases: the projection that is looked up, and who is on it."""

from collections.abc import Mapping

from sqlalchemy import select, text
from sqlmodel import col

from bot.store.rows import Conflict, Rows
from bot.store.statements import at, changed, found, gone, inserted
from bot.store.tables import CaseMember, CaseRow, DeadlineRow


class Cases(Rows):
    async def case(self, case_id: str) -> CaseRow | None:
        """The case. In a writing transaction it is locked until the end: the first lock that an act takes."""
        return await self._first(CaseRow, found(CaseRow, "id", locked=self._writing), at(id=case_id))

    async def case_by_reference(self, reference: str) -> CaseRow | None:
        """The case that people call by this reference; locked as by `case`."""
        by = at(reference=reference)
        return await self._first(CaseRow, found(CaseRow, "reference", locked=self._writing), by)

    async def cases_of(self, person: str, open_only: bool, limit: int) -> list[CaseRow]:
        """The cases that the person is on, newest first."""
        mine = select(CaseRow).join(CaseMember, col(CaseMember.case_id) == col(CaseRow.id))
        mine = mine.where(col(CaseMember.person) == person)
        if open_only:
            mine = mine.where(col(CaseRow.status) == "open")
        return await self._all(
            CaseRow, mine.order_by(col(CaseRow.opened_at).desc(), col(CaseRow.id)).limit(limit)
        )

    async def save_case(self, row: CaseRow, expected: int) -> None:
        """Insert the row where `expected` is 0; otherwise replace version `expected`. Raises Conflict."""
        values = row.model_dump()
        if expected == 0:
            if not await self._changed(inserted(self._dialect, CaseRow, tuple(values), "id"), values):
                raise Conflict(f"case {row.reference} is already there")
            return
        here = at(id=row.id, version=expected)
        if not await self._changed(changed(CaseRow, ("id", "version"), tuple(values), "id"), values | here):
            raise Conflict(f"case {row.reference} is no longer at version {expected}")

    async def members(self, case_id: str, roles: Mapping[str, str]) -> None:
        """From now on exactly these people (id → role) are on the case."""
        await self._execute(gone(CaseMember, "case_id"), at(case_id=case_id))
        if roles:
            rows = [{"case_id": case_id, "person": person, "role": role} for person, role in roles.items()]
            await self._execute(inserted(self._dialect, CaseMember, tuple(rows[0])), rows)

    async def role(self, case_id: str, person: str) -> str | None:
        """As what the person is on the case; None for somebody who is not."""
        here = at(case_id=case_id, person=person)
        row = (await self._execute(found(CaseMember, "case_id", "person"), here)).first()
        return None if row is None else str(row.role)

    async def cases_without_clock(self, limit: int) -> list[CaseRow]:
        """Open cases that no live deadline watches: there must be none."""
        ticking = select(DeadlineRow.id).where(  # type: ignore[call-overload]
            col(DeadlineRow.case_id) == col(CaseRow.id), col(DeadlineRow.state) == "live"
        )
        silent = select(CaseRow).where(text("cases.status = 'open'"), ~ticking.exists())
        return await self._all(CaseRow, silent.order_by(col(CaseRow.id)).limit(limit))
