"""Cases: the projection that is looked up, and who is on it."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import structlog
from sqlalchemy import Integer, Select, bindparam, select, text
from sqlmodel import col

from bot.store.keyring import Erased, Locked
from bot.store.rows import Conflict, Parameters, table_of
from bot.store.sealed import Sealed
from bot.store.sealed_columns import CASE
from bot.store.statements import at, changed, found, gone, inserted
from bot.store.tables import CaseMember, CaseRow, DeadlineRow

_log = structlog.get_logger(__name__)


@cache
def _of_person(open_only: bool) -> Select[Any]:
    cases, members = table_of(CaseRow), table_of(CaseMember)
    mine = select(cases.c.id).join(members, members.c.case_id == cases.c.id)
    mine = mine.where(members.c.person == bindparam("person"))
    if open_only:
        mine = mine.where(cases.c.status == "open")
    newest = (cases.c.opened_at.desc(), cases.c.id)
    # Sorted without their contents, of which only a few are wanted.
    few = select(cases).where(cases.c.id.in_(mine.order_by(*newest).limit(bindparam("most", type_=Integer))))
    return few.order_by(*newest)


@cache
def _theirs(*, locked: bool) -> Select[Any]:
    cases, members = table_of(CaseRow), table_of(CaseMember)
    row = select(cases).join(members, members.c.case_id == cases.c.id)
    row = row.where(cases.c.id == bindparam("case_id"), members.c.person == bindparam("person"))
    return row.with_for_update(of=cases) if locked else row


class Cases(Sealed):
    _held: dict[str, CaseRow] | None = None
    """The cases that this transaction has locked: until it saves them itself, they stay as they are."""

    def undone(self) -> None:
        super().undone()
        # With it go the locks.
        self._held = None

    async def case(self, case_id: str) -> CaseRow | None:
        """The case. In a writing transaction it is locked until the end: the first lock that an act takes."""
        if self._held is not None and case_id in self._held:
            return self._held[case_id]
        row = await self._case(found(CaseRow, "id", locked=self._writing), at(id=case_id))
        if row is not None and self._writing:
            self._held = {**(self._held or {}), case_id: row}
        return row

    async def case_of(self, case_id: str, person: str) -> CaseRow | None:
        """The case, if the person is on it; locked as by `case`. One statement, whether there is no such case
        or it is one of others."""
        if self._held is not None and case_id in self._held:
            return self._held[case_id]
        asked = {"case_id": case_id, "person": person}
        row = await self._case(_theirs(locked=self._writing), asked)
        if row is not None and self._writing:
            self._held = {**(self._held or {}), case_id: row}
        return row

    async def case_by_reference(self, reference: str) -> CaseRow | None:
        """The case that people call by this reference; locked as by `case`."""
        by = at(reference=reference)
        return await self._case(found(CaseRow, "reference", locked=self._writing), by)

    async def _case(self, statement: Select[Any], by: Parameters) -> CaseRow | None:
        row = await self._first(CaseRow, statement, by)
        return None if row is None else (await self._readable([row]))[0]

    async def _readable(self, rows: list[CaseRow]) -> list[CaseRow]:
        """The same, with what they say in the open."""
        for row, state in zip(rows, await self.states_in(rows), strict=True):
            row.__dict__["state"] = state
        return rows

    async def _those_readable(self, rows: list[CaseRow]) -> list[CaseRow]:
        """Of many: one that can't be opened must not keep the others from anybody. The audit tells of it."""
        try:
            return await self._readable(rows)
        except (Locked, Erased):
            found = list[CaseRow]()
            for row in rows:
                try:
                    found += await self._readable([row])
                except (Locked, Erased):
                    _log.error("a case can't be opened", case=row.id)
            return found

    async def states_in(self, rows: Sequence[CaseRow]) -> list[str]:
        """What the cases are, as JSON texts. Raises Locked, and Erased."""
        return await self._open_of([(row.state, CASE.about(row.id)) for row in rows])

    async def cases_of(self, person: str, open_only: bool, limit: int) -> list[CaseRow]:
        """The cases that the person is on, newest first; those that can't be opened are left out."""
        mine = {"person": person, "most": limit}
        return await self._those_readable(await self._all(CaseRow, _of_person(open_only), mine))

    async def save_case(self, row: CaseRow, expected: int) -> None:
        """Insert the row where `expected` is 0; otherwise replace version `expected`. Raises Conflict."""
        self._held = None
        values = row.model_dump()
        (values["state"],) = await self._close_of(scope(row.id), [(row.state, CASE.about(row.id))])
        if expected == 0:
            if not await self._changed(inserted(self._dialect, CaseRow, tuple(values), "id"), values):
                raise Conflict(f"case {row.reference} is already there")
            return
        here = at(id=row.id, version=expected)
        if not await self._changed(changed(CaseRow, ("id", "version"), tuple(values), "id"), values | here):
            raise Conflict(f"case {row.reference} is no longer at version {expected}")

    async def members(self, case_id: str, roles: Mapping[str, str], *, first: bool = False) -> None:
        """From now on exactly these people (id → role) are on the case. `first`: it is new, and nobody is on
        it yet."""
        if not first:
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
        """Open cases that no live deadline watches: there must be none. What they say stays sealed."""
        ticking = select(DeadlineRow.id).where(  # type: ignore[call-overload]
            col(DeadlineRow.case_id) == col(CaseRow.id), text("deadlines.state = 'live'")
        )
        silent = select(CaseRow).where(text("cases.status = 'open'"), ~ticking.exists())
        return await self._all(CaseRow, silent.order_by(col(CaseRow.id)).limit(limit))


def scope(case_id: str) -> str:
    """Under which the texts of a case are sealed: the name of its stream."""
    return f"case:{case_id}"
