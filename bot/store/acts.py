"""Acts: what a person did is carried out once, however often the platform delivers it."""

from sqlalchemy import select, update
from sqlmodel import col

from bot.store.arrivals import Arrived
from bot.store.rows import Conflict
from bot.store.sealed import Sealed
from bot.store.sealed_columns import OUTCOME
from bot.store.statements import inserted
from bot.store.tables import ActRow

DIGEST = ":words"
"""How a key ends under which a digest of what stood in a form is kept, and no words."""


class Acts(Sealed):
    arrived: Arrived | None = None
    """What was known of the act for which this transaction began."""

    async def once(self, key: str) -> str | None:
        """Claim the act `key` in this transaction.

        None: it is new, carry it out. Otherwise the outcome kept the first time ("" if none was). Waits for
        a transaction that holds the same key: if that one fails, the act is new after all.
        """
        values = {"key": key, "at": self.real_now, "outcome": ""}
        if await self._changed(inserted(self._dialect, ActRow, tuple(values), "key"), values):
            return None
        return str(await self.kept_outcome(key))

    async def carried_out(self, key: str, outcome: str) -> None:
        """The act `key` was carried out in this transaction, which knew it for new when it began; `outcome`
        is what to answer when it comes again. Waits for another transaction that carries out the same.

        Raises Conflict where that one was first: nothing of this one may count.
        """
        values = {"key": key, "at": self.real_now, "outcome": self._close(outcome, OUTCOME.about(key))}
        if not await self._changed(inserted(self._dialect, ActRow, tuple(values), "key"), values):
            raise Conflict("the act was carried out already")

    async def kept_outcome(self, key: str) -> str | None:
        """What was kept of the act `key`; None where it was not carried out."""
        kept = await self._execute(select(col(ActRow.outcome)).where(col(ActRow.key) == key))
        found: str | None = kept.scalar_one_or_none()
        return None if found is None else self._open(found, OUTCOME.about(key))

    async def outcome(self, key: str, text: str) -> None:
        """What to answer when the act comes again."""
        outcome = self._close(text, OUTCOME.about(key))
        await self._execute(update(ActRow).where(col(ActRow.key) == key).values(outcome=outcome))

    def outcome_in(self, stored: str, key: str) -> str:
        """An outcome as it was kept."""
        return self._open(stored, OUTCOME.about(key))
