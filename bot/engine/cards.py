"""The updater: every posted card follows its case, in place, after the messages that must arrive."""

import asyncio
import time
from collections.abc import Mapping
from datetime import timedelta

import structlog

from bot.chat.port import DeliveryError, Gone, NotSaved, Platform, Refused, TryLater, Unreachable
from bot.chat.turn import Address, Message
from bot.engine import alarms, loop
from bot.engine.desk import Drawn, EngineDesk
from bot.engine.pulse import Pulse
from bot.engine.traffic import Traffic, elapsing, lane_of
from bot.store.cards import UPDATES
from bot.store.database import Database
from bot.store.work import PostedCard

BATCH = 8
LEASE = timedelta(seconds=30)
LIMIT = 20.0
"""Seconds for one redrawing: well inside the lease, so that an old picture never follows a new one."""
FROZEN = 5.0
"""Seconds between looking and sending after which this process must have stood still: somebody else may have
the card by now."""
SOON = 1.0
"""Seconds until cards are looked at again that wait for messages to go out first."""
_log = structlog.get_logger(__name__)


class Updater:
    """Drawn when it is sent, so that any number of changes in between is one redrawing."""

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
        self._held = False
        self.pulse = Pulse()

    async def run(self) -> None:
        await loop.run("updater", self._database, self.step, self._pause, self.pulse)

    async def step(self) -> int:
        """Redraw one batch; how many cards it had."""
        now = elapsing()
        held = self._traffic.no_updates(now, BATCH)
        self._held = bool(held)
        async with self._database.work(heavy=True) as work:
            cards = await work.claim_cards(BATCH, LEASE, held)
        for card in cards:
            self._traffic.lane(lane_of(card.platform, card.tenant)).drawn = now
        await asyncio.gather(*(self._redraw(card) for card in cards))
        return len(cards)

    async def _redraw(self, row: PostedCard) -> None:
        try:
            await self._redrawn(row)
        except NotSaved as away:
            # The lease runs out and the card is drawn again: redrawing twice harms nobody.
            _log.warning("a card waits for the database", card=row.id, reason=str(away))
        except Exception:
            _log.exception("a card could not be redrawn", card=row.id)

    async def _redrawn(self, row: PostedCard) -> None:
        try:
            looked = time.monotonic()
            async with self._database.reading() as work:
                if not await work.holds_card(row, timedelta(seconds=LIMIT + FROZEN)):
                    raise TryLater("the claim is nearly over")
                drawn = await self._desk.draw(work, row.notice, row.person, row.case_id, posted=True)
            platform = self._platforms.get(row.platform)
            if drawn is None or platform is None:
                await self._over(row, "ended")
                return
            if time.monotonic() - looked > FROZEN:
                raise TryLater("this process stood still")
            digest = row.shown_digest if drawn.stays else drawn.digest
            if digest != row.shown_digest:
                await self._show(row, platform, drawn)
            async with self._database.work() as work:
                # What was drawn is at least what was wanted when the card was claimed.
                version = max(drawn.version, row.wanted_version)
                if not await work.card_shown(row, version, digest):
                    await work.card_overwritten(row)
        except Gone:
            await self._lost(row)
        except Unreachable:
            await self._over(row, "gone")
        except Refused as refused:
            _log.error("a card was refused", platform=row.platform, card=row.id, reason=refused.reason)
            await self._over(row, "ended", alarm=f"{row.case_id}: {refused.reason}")
        except (DeliveryError, TimeoutError) as trouble:
            after = trouble.after if isinstance(trouble, TryLater) else None
            await self._later(row, after, taken=not isinstance(trouble, TryLater))

    async def _show(self, row: PostedCard, platform: Platform, drawn: Drawn) -> None:
        meter = self._traffic.lane(lane_of(row.platform, row.tenant)).updates
        address = Address(row.platform, row.tenant, row.app, row.conversation, row.service)
        async with asyncio.timeout(LIMIT):
            if wait := meter.book(elapsing()):
                await asyncio.sleep(wait)
            await platform.update(Message(address, row.message_id, row.thread), drawn.card)

    async def _lost(self, row: PostedCard) -> None:
        async with self._database.work() as work:
            if row.case_id:
                # Before the row, as every act does: one order of locks, no deadlock.
                await work.case(row.case_id)
            if await work.card_over(row, "gone"):
                await self._desk.lost(work, row)

    async def _over(self, row: PostedCard, state: str, alarm: str = "") -> None:
        async with self._database.work() as work:
            if await work.card_over(row, state) and alarm:
                await self._desk.alarm(work, alarms.REFUSED, alarm)

    async def _later(self, row: PostedCard, after: float | None, *, taken: bool) -> None:
        """Where too much is asked there are no more redrawings for a while; messages still go. `taken`: the
        platform may have taken this one."""
        async with self._database.work() as work:
            wait = loop.backoff(row.tries) if after is None else timedelta(seconds=after)
            if after is not None:
                await work.block(UPDATES + lane_of(row.platform, row.tenant), work.real_now + wait)
            if not await work.card_later(row, wait) and taken:
                await work.card_overwritten(row)

    async def _pause(self) -> float:
        async with self._database.reading(heavy=True) as work:
            pause = loop.until(await work.next_stale(), work.real_now)
        return min(pause, SOON) if self._held else pause
