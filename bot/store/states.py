"""States: what a conversation remembers of a person (or an account), in a place or everywhere."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import col

from bot.store.rows import Rows
from bot.store.tables import StateRow


class States(Rows):
    """`person_key` and `place_key` are opaque; the empty place is for what follows the person."""

    async def state(self, person_key: str, place_key: str, name: str) -> tuple[int, str] | None:
        """Version and data (JSON text), or None (never kept, forgotten, expired)."""
        kept = select(StateRow).where(*self._here(person_key, place_key), col(StateRow.name) == name)
        row = await self._first(StateRow, kept.where(col(StateRow.expires_at) > self.now))
        return None if row is None else (row.version, row.data)

    async def keep_state(
        self,
        person_key: str,
        place_key: str,
        name: str,
        version: int,
        data: str,
        expires_at: datetime,
        *,
        question: bool = False,
    ) -> None:
        """Keep `data` (JSON text) in place of what was there; a question replaces the one that is pending."""
        if question:
            pending = (*self._here(person_key, place_key), col(StateRow.question), col(StateRow.name) != name)
            await self._execute(delete(StateRow).where(*pending))
        values = {
            "version": version,
            "data": data,
            "question": question,
            "expires_at": expires_at,
        }
        fresh = self._insert(StateRow).values(person_key=person_key, place_key=place_key, name=name, **values)
        keys = ["person_key", "place_key", "name"]
        await self._execute(fresh.on_conflict_do_update(index_elements=keys, set_=values))

    async def forget_state(self, person_key: str, place_key: str, name: str) -> None:
        if not self._writing and await self.state(person_key, place_key, name) is None:
            return
        await self._execute(
            delete(StateRow).where(*self._here(person_key, place_key), col(StateRow.name) == name)
        )

    async def forget_question(self, person_key: str, place_key: str) -> None:
        """Forget the question that waits for an answer here, if one does."""
        if not self._writing and await self.pending(person_key, place_key) is None:
            return
        pending = (*self._here(person_key, place_key), col(StateRow.question))
        await self._execute(delete(StateRow).where(*pending))

    async def remember_once(self, person_key: str, what: str, name: str, expires_at: datetime) -> bool:
        """Keep that this was so; False where it was kept before. Of two at once, one is the first."""
        values = {"version": 1, "data": "{}", "question": False, "expires_at": expires_at}
        fresh = self._insert(StateRow).values(person_key=person_key, place_key=what, name=name, **values)
        kept = fresh.on_conflict_do_nothing().returning(col(StateRow.name))
        return await self._changed(kept) == 1

    async def pending(self, person_key: str, place_key: str) -> tuple[str, int, str] | None:
        """Name, version and data of the question that waits for an answer here."""
        waiting = select(StateRow).where(*self._here(person_key, place_key), col(StateRow.question))
        row = await self._first(StateRow, waiting.where(col(StateRow.expires_at) > self.now))
        return None if row is None else (row.name, row.version, row.data)

    def _here(self, person_key: str, place_key: str) -> tuple[ColumnElement[bool], ...]:
        return (col(StateRow.person_key) == person_key, col(StateRow.place_key) == place_key)
