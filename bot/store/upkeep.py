"""Upkeep: incidents that a human was told of, and throwing away what is over, in small batches."""

from datetime import timedelta
from typing import Literal

from sqlalchemy import delete, func, select, text, tuple_, update
from sqlmodel import col

from bot.store.rows import Rows
from bot.store.tables import (
    ActRow,
    BlockRow,
    ClockRow,
    DeliveryRow,
    IncidentRow,
    LetterCode,
    LetterLink,
    LetterRow,
    LetterSession,
    PostedCard,
    StateRow,
)

KEEP_ACTS = timedelta(days=30)
"""Far longer than any platform delivers again: a form left open over a holiday is still sent only once."""
KEEP_REPLIES = timedelta(days=1)
"""So long the words of a reply are kept to be repeated. After that the act still counts once."""
KEEP_DELIVERIES = timedelta(days=30)
"""Of what was sent, and of a card that stands in a chat and tells of no case."""
KEEP_LETTERS = timedelta(days=30)
"""Of a letter whose links are all over: so long a new link can be asked for."""


class Upkeep(Rows):
    async def incident(self, key: str, again: timedelta | None = None) -> Literal["new", "still", ""]:
        """Open the incident: "new" where a human has to be told. One that is open already has been told; it
        has "still" to be told when that was longer ago than `again`."""
        fresh = self._insert(IncidentRow).values(key=key, opened_at=self.real_now).on_conflict_do_nothing()
        if await self._changed(fresh.returning(col(IncidentRow.key))):
            return "new"
        if again is None:
            return ""
        told = func.coalesce(col(IncidentRow.told_at), col(IncidentRow.opened_at))
        old = update(IncidentRow).where(col(IncidentRow.key) == key, told <= self.real_now - again)
        late = await self._changed(old.values(told_at=self.real_now).returning(col(IncidentRow.key)))
        return "still" if late else ""

    async def incidents(self) -> set[str]:
        """The open ones."""
        return set((await self._execute(select(col(IncidentRow.key)))).scalars())

    async def incident_over(self, key: str) -> bool:
        """Whether it was open until now."""
        over = delete(IncidentRow).where(col(IncidentRow.key) == key).returning(col(IncidentRow.key))
        return await self._changed(over) == 1

    async def wind(self, by: timedelta) -> None:
        """Move *now* forward, from the next transaction on. `Database.shift` knows whether it may be done."""
        further = col(ClockRow.shift_seconds) + by.total_seconds()
        await self._execute(update(ClockRow).values(shift_seconds=further))
        self.wake()

    async def purge(self, limit: int) -> int:
        """Throw away at most `limit` rows of each kind that nobody needs any more; how many went."""
        gone = 0
        state = (col(StateRow.person_key), col(StateRow.place_key), col(StateRow.name))
        expired = select(*state).where(col(StateRow.expires_at) <= self.now).limit(limit)
        gone += await self._changed(
            delete(StateRow).where(tuple_(*state).in_(expired)).returning(col(StateRow.name))
        )
        old = select(col(ActRow.key)).where(col(ActRow.at) <= self.real_now - KEEP_ACTS).limit(limit)
        gone += await self._changed(delete(ActRow).where(col(ActRow.key).in_(old)).returning(col(ActRow.key)))
        told = (col(ActRow.at) <= self.real_now - KEEP_REPLIES, text("acts.outcome <> ''"))
        silent = select(col(ActRow.key)).where(*told).limit(limit)
        await self._execute(update(ActRow).where(col(ActRow.key).in_(silent)).values(outcome=""))
        long_ago = self.real_now - KEEP_DELIVERIES
        old_card = (col(PostedCard.case_id).is_(None), col(PostedCard.free_at) <= long_ago)
        cards = select(col(PostedCard.id)).where(*old_card).limit(limit)
        gone += await self._changed(
            delete(PostedCard).where(col(PostedCard.id).in_(cards)).returning(col(PostedCard.id))
        )
        sent = col(DeliveryRow.finished_at) <= long_ago
        done = select(col(DeliveryRow.id)).where(sent).limit(limit)
        gone += await self._changed(
            delete(DeliveryRow).where(col(DeliveryRow.id).in_(done)).returning(col(DeliveryRow.id))
        )
        await self._execute(delete(BlockRow).where(col(BlockRow.until) <= self.real_now))
        return gone + await self._purge_letters(limit)

    async def _purge_letters(self, limit: int) -> int:
        """Letters without a link that was good in the last days, with all that belongs to them."""
        long_ago = self.real_now - KEEP_LETTERS
        last = func.coalesce(
            select(func.max(col(LetterLink.ends_at)))
            .where(col(LetterLink.letter) == col(LetterRow.id))
            .correlate(LetterRow)
            .scalar_subquery(),
            col(LetterRow.written_at),
        )
        own = (col(LetterRow.id) == col(LetterRow.letter), col(LetterRow.written_at) <= long_ago)
        old = select(col(LetterRow.id)).where(*own, last <= long_ago).limit(limit)
        ids = list((await self._execute(old)).scalars())
        if not ids:
            return 0
        for table in (LetterLink, LetterCode, LetterSession):
            await self._execute(delete(table).where(col(table.letter).in_(ids)))
        letters = delete(LetterRow).where(col(LetterRow.letter).in_(ids))
        return await self._changed(letters.returning(col(LetterRow.id)))
