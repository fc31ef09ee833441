"""What is held of one person, as rows: for whoever gathers it."""

from collections.abc import Collection

from sqlalchemy import and_, func, select, text
from sqlmodel import SQLModel, col

from bot.store.cases import Cases
from bot.store.events import OF_CASES
from bot.store.states import States
from bot.store.tables import (
    AccountRow,
    CaseMember,
    CaseRow,
    DeliveryRow,
    EventRow,
    LetterRow,
    PlaceRow,
    PostedCard,
    StateRow,
)


class Held(Cases, States):
    async def acted_on(self, person: str) -> set[str]:
        """The ids of all cases on which the person ever did something. Goes through all events: for nobody
        who waits."""
        theirs = (col(EventRow.actor) == person, col(EventRow.stream).startswith(OF_CASES))
        streams = await self._execute(select(col(EventRow.stream)).where(*theirs).distinct())
        return {row.stream.removeprefix(OF_CASES) for row in streams}

    async def cases_held_after(self, case_id: str, limit: int) -> list[CaseRow]:
        """Cases that are not erased, by their ids, for going through all of them."""
        some = select(CaseRow).where(text("cases.status <> 'erased'"), col(CaseRow.id) > case_id)
        return await self._readable(await self._all(CaseRow, some.order_by(col(CaseRow.id)).limit(limit)))

    async def every_account_of(self, person: str) -> list[AccountRow]:
        """Linked, waiting, or refused."""
        theirs = select(AccountRow).where(col(AccountRow.person) == person)
        return await self._all(AccountRow, theirs.order_by(col(AccountRow.platform), col(AccountRow.user)))

    async def every_place_of(self, person: str) -> list[PlaceRow]:
        theirs = select(PlaceRow).where(col(PlaceRow.person) == person)
        return await self._all(PlaceRow, theirs.order_by(col(PlaceRow.platform), col(PlaceRow.conversation)))

    async def drafts_of(self, keys: Collection[str]) -> list[StateRow]:
        """What conversations remember of them, and has not expired. `keys`: their id, and their accounts."""
        theirs = (col(StateRow.person_key).in_(list(keys)), col(StateRow.expires_at) > self.now)
        rows = await self._all(StateRow, select(StateRow).where(*theirs).order_by(col(StateRow.name)))
        for row in rows:
            data = self.state_in(row.data, row.person_key, row.place_key, row.name)
            row.__dict__["data"] = data
        return rows

    async def parts_after(self, person: str, case_id: str, limit: int) -> list[tuple[str, str]]:
        """The cases (ids) that the person is on, and as what, in the order of their ids; those after this
        one."""
        theirs = (col(CaseMember.person) == person, col(CaseMember.case_id) > case_id)
        found = select(col(CaseMember.case_id), col(CaseMember.role)).where(*theirs)
        rows = await self._execute(found.order_by(col(CaseMember.case_id)).limit(limit))
        return [(str(row[0]), str(row[1])) for row in rows]

    async def number_of_drafts(self, keys: Collection[str]) -> int:
        theirs = and_(col(StateRow.person_key).in_(list(keys)), col(StateRow.expires_at) > self.now)
        return await self._count(StateRow, theirs)

    async def number_of_cases(self, person: str) -> int:
        """How many cases the person is on."""
        return await self._count(CaseMember, col(CaseMember.person) == person)

    async def messages_to(self, person: str) -> int:
        return await self._count(DeliveryRow, col(DeliveryRow.recipient) == person)

    async def cards_of(self, person: str) -> int:
        """How many cards of ours stand in their chats."""
        return await self._count(PostedCard, col(PostedCard.person) == person)

    async def letters_to(self, address: str) -> int:
        return await self._count(LetterRow, col(LetterRow.address) == address)

    async def _count(self, table: type[SQLModel], where: object) -> int:
        counted = select(func.count()).select_from(table).where(where)  # type: ignore[arg-type]
        return int((await self._execute(counted)).scalar_one())
