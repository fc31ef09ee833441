"""Acts: what a person did is carried out once, however often the platform delivers it."""

from sqlalchemy import select, update
from sqlmodel import col

from bot.store.rows import Rows
from bot.store.tables import ActRow


class Acts(Rows):
    async def once(self, key: str) -> str | None:
        """Claim the act `key` in this transaction.

        None: it is new, carry it out. Otherwise the outcome kept the first time ("" if none was). Waits for
        a transaction that holds the same key: if that one fails, the act is new after all.
        """
        claim = self._insert(ActRow).values(key=key, at=self.real_now, outcome="").on_conflict_do_nothing()
        if await self._changed(claim.returning(ActRow.key)):  # type: ignore[call-overload]
            return None
        kept = await self._execute(select(col(ActRow.outcome)).where(col(ActRow.key) == key))
        return str(kept.scalar_one())

    async def outcome(self, key: str, text: str) -> None:
        """What to answer when the act comes again."""
        await self._execute(update(ActRow).where(col(ActRow.key) == key).values(outcome=text))
