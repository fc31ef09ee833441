"""The remover: cards that are to be taken away from the chats, one by one, until each is gone or can't be."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

import structlog

from bot.chat.port import DeliveryError, Gone, NotSaved, Platform, Refused, TryLater, Unreachable
from bot.chat.turn import Address, Message
from bot.engine import loop
from bot.engine.cards import LEASE, LIMIT
from bot.engine.desk import EngineDesk
from bot.engine.pulse import Pulse
from bot.engine.traffic import Traffic, elapsing, lane_of
from bot.store.cards import UPDATES
from bot.store.database import Database
from bot.store.work import PostedCard

BATCH = 8
PATIENT = 10
"""After so many tries it is tried every ten minutes."""
ATTEMPTS = 300
"""So often a card is tried, over two days: what a platform does not take until then, a person has to."""
_SLOWLY = timedelta(minutes=10)
_log = structlog.get_logger(__name__)


class Remover:
    """Taking a card away twice harms nobody, so that a crash at any point is made good by the next try."""

    def __init__(
        self,
        database: Database,
        platforms: Mapping[str, Platform],
        desk: EngineDesk,
        traffic: Traffic | None = None,
    ) -> None:
        self._database = database
        self._platforms = platforms
        self._desk = desk
        self._traffic = traffic or Traffic(platforms)
        self.pulse = Pulse()

    async def run(self) -> None:
        await loop.run("remover", self._database, self.step, self._pause, self.pulse)

    async def step(self) -> int:
        """Try one batch; how many cards it had."""
        async with self._database.work(heavy=True) as work:
            cards = await work.claim_removals(BATCH, LEASE)
        await asyncio.gather(*(self._remove(card) for card in cards))
        return len(cards)

    async def _remove(self, row: PostedCard) -> None:
        try:
            await self._over(row, await self._left_of(row))
        except NotSaved as away:
            # The lease runs out, and it is tried again.
            _log.warning("a card waits for the database", card=row.id, reason=str(away))
        except (Refused, Unreachable) as refused:
            await self._over(row, refused.reason)
        except (DeliveryError, TimeoutError) as trouble:
            await self._later(row, trouble)
        except Exception:
            _log.exception("a card could not be taken away", card=row.id)

    async def _left_of(self, row: PostedCard) -> str:
        """What of the card stays all the same, in words; empty for nothing."""
        platform = self._platforms.get(row.platform)
        if platform is None:
            raise Unreachable("this platform is not set up here any more")
        meter = self._traffic.lane(lane_of(row.platform, row.tenant)).updates
        address = Address(row.platform, row.tenant, row.app, row.conversation, row.service)
        try:
            async with asyncio.timeout(LIMIT):
                if wait := meter.book(elapsing()):
                    await asyncio.sleep(wait)
                return await platform.remove(Message(address, row.message_id, row.thread))
        except Gone:
            return ""

    async def _later(self, row: PostedCard, trouble: DeliveryError | TimeoutError) -> None:
        if row.tries >= ATTEMPTS:
            await self._over(row, getattr(trouble, "reason", "") or "the platform did not answer")
            return
        after = trouble.after if isinstance(trouble, TryLater) else None
        wait = loop.backoff(row.tries) if row.tries < PATIENT else _SLOWLY
        if after is not None:
            wait = timedelta(seconds=after)
        async with self._database.work() as work:
            if after is not None:
                await work.block(UPDATES + lane_of(row.platform, row.tenant), work.real_now + wait)
            await work.card_later(row, wait)

    async def _over(self, row: PostedCard, left: str) -> None:
        """It is gone, or stays where it is: once that is known of all, somebody is told what stays."""
        async with self._database.work() as work:
            if row.case_id:
                # Before the row, as every act does: one order of locks, no deadlock.
                await work.case(row.case_id)
            if left and not await work.card_left(row, left):
                return
            if not left and not await work.card_removed(row):
                return
            over = await work.removals_over(row.case_id or "")
            if over is not None:
                await self._desk.taken_away(work, row.case_id or "", over)

    async def _pause(self) -> float:
        async with self._database.reading(heavy=True) as work:
            return loop.until(await work.next_removal(), work.real_now)
