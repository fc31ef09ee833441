"""Claims: which messages are begun next, in each workspace and tenant as many as it takes."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime

from bot.chat.port import Platform
from bot.engine import loop
from bot.engine.desk import EngineDesk
from bot.engine.traffic import PRESSING, SLOTS, Lane, Traffic, elapsing, lane_of
from bot.engine.ways import LEASE, left_of
from bot.store import places
from bot.store.database import Database
from bot.store.work import Conflict, DeliveryRow, Work

FEW = SLOTS // 4
"""So many messages are begun together while others are under way: a claim costs the same for one."""
BREATH = 0.05
"""Seconds after which fewer are begun all the same."""
SORTED = 500
"""Messages of which it is looked up in one transaction where they go."""
NOBODY = "nobody"
"""The lane of messages for which there is no way."""


class Claims:
    """`soon`: seconds until there may be more to claim, as far as that hangs on how much is taken."""

    def __init__(
        self, database: Database, platforms: Mapping[str, Platform], desk: EngineDesk, traffic: Traffic
    ) -> None:
        self._database = database
        self._platforms = platforms
        self._desk = desk
        self._traffic = traffic
        self.soon = loop.POLL

    async def claim(self, busy: Collection[int]) -> list[tuple[DeliveryRow, Lane]]:
        """What is to be sent now, each with its lane; none of `busy` (ids)."""
        claimed: list[tuple[DeliveryRow, Lane]] = []
        try:
            async with self._database.work(heavy=True) as work:
                await self._sort(work)
                waits = [loop.POLL]
                blocks = await work.blocks()
                waits += [(until - work.real_now).total_seconds() for until in blocks.values()]
                for name in sorted(await work.lanes(), key=lambda name: not name.endswith(PRESSING)):
                    lane = self._traffic.lane(name)
                    if name.removesuffix(PRESSING) in blocks or name.partition(":")[0] in blocks:
                        lane.full = True
                        continue
                    lane.blocked = 0.0
                    some = await self._claim_in(work, name, lane, blocks, busy, waits)
                    lane.under_way, lane.unbooked = lane.under_way + len(some), lane.unbooked + len(some)
                    claimed += some
        except BaseException as error:
            for _, lane in claimed:
                lane.under_way, lane.unbooked = lane.under_way - 1, lane.unbooked - 1
            if not isinstance(error, Conflict):
                raise
            # Another worker took one of them; it rings when it is done.
            claimed, waits = [], [loop.POLL]
        self.soon = min(waits)
        return claimed

    async def _claim_in(
        self, work: Work, name: str, lane: Lane, blocks: Mapping[str, datetime], busy: Collection[int],
        waits: list[float],
    ) -> list[tuple[DeliveryRow, Lane]]:  # fmt: skip
        now = elapsing()
        most = lane.room(now)
        if not most:
            lane.full = True
            if wait := lane.posts.wait(now):
                waits.append(wait)
            return []
        if lane.under_way and most < FEW and now - lane.claimed < BREATH:
            waits.append(BREATH)
            return []
        lane.claimed = now
        resting = self._traffic.resting(now)
        waits += [until - now for until in resting.values()]
        here = (f"{name.removesuffix(PRESSING)}/", f"{name.partition(':')[0]}/")
        left_alone = {*resting, *(one.partition("/")[2] for one in blocks if one.startswith(here))}
        rows = await work.claim_deliveries(most, busy, LEASE, name, left_alone)
        lane.full = len(rows) == most
        return [(row, lane) for row in rows]

    async def _sort(self, work: Work) -> None:
        """Look where new messages go, so that nobody waits behind those for another workspace or tenant."""
        new = await work.without_lane(SORTED)
        if not new:
            return
        seen = await work.tenants_of({row.recipient for row in new})
        lanes = defaultdict[str, list[int]](list)
        for row in new:
            try:
                lanes[await self._lane(work, row, seen)].append(row.id)
            except Exception:
                # It fails again when it is its turn, and is told of then; the others go on.
                lanes[lane_of(NOBODY, "")].append(row.id)
        await work.set_lanes(lanes)

    async def _lane(self, work: Work, row: DeliveryRow, seen: Mapping[tuple[str, str], str]) -> str:
        pressing = PRESSING if self._desk.pressing(row.notice) else ""
        if row.place is not None:
            address = places.decode(row.place).address
            return lane_of(address.platform, address.tenant) + pressing
        ways = [name for name, _ in await self._desk.address(work, row.recipient, row.notice)]
        first = next(iter(left_of(row, [name for name in ways if name in self._platforms])), NOBODY)
        return lane_of(first, seen.get((row.recipient, first), "")) + pressing
