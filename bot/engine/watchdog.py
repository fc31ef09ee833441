"""The watchdog: for every open case, always, a live clock or an alarm; and nothing stands still unseen."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from bot.engine import alarms
from bot.engine.desk import EngineDesk
from bot.store.database import Database
from bot.store.work import Work

EVERY = 30.0
LATE = timedelta(minutes=1)
STUCK = timedelta(minutes=2)
_CASES = 100
_CHAINS = 5
_PURGE = 500
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Health:
    """What was seen. `under_way` counts messages by state, `stale_cards` those that show an old version."""

    without_clock: tuple[str, ...] = ()
    overdue: int = 0
    quarantined: int = 0
    stuck: int = 0
    broken_chains: tuple[str, ...] = ()
    under_way: dict[str, int] = field(default_factory=dict)
    stale_cards: int = 0

    @property
    def well(self) -> bool:
        return not (
            self.without_clock or self.overdue or self.quarantined or self.stuck or self.broken_chains
        )


class Watchdog:
    """Tells a human once for each incident, and again only after it was over."""

    def __init__(self, database: Database, desk: EngineDesk) -> None:
        self._database = database
        self._desk = desk
        self._checked = ""
        self._broken: dict[str, str] = {}
        self._late_before = False
        self.health: Health | None = None

    async def run(self) -> None:
        while True:
            try:
                await self.step()
            except Exception:
                _log.exception("the watchdog could not look")
            await asyncio.sleep(EVERY)

    async def step(self) -> Health:
        """Look at everything, tell of what is new, and throw away what nobody needs any more."""
        await self._check_chains()
        health = await self.look()
        async with self._database.work() as work:
            await self._tell(work, health)
        async with self._database.work() as work:
            await work.purge(_PURGE)
        return health

    async def look(self) -> Health:
        """How things stand now. The histories are those that were checked last."""
        async with self._database.reading() as work:
            self.health = Health(
                without_clock=tuple(row.reference for row in await work.cases_without_clock(_CASES)),
                overdue=await work.overdue(LATE),
                quarantined=await work.quarantined(),
                stuck=await work.stuck(STUCK),
                broken_chains=tuple(sorted(self._broken.values())),
                under_way=await work.under_way(),
                stale_cards=await work.stale_cards(),
            )
        return self.health

    async def _check_chains(self) -> None:
        """A few histories in each round, all of them in the course of time."""
        async with self._database.reading() as work:
            names = await work.streams_after(self._checked, _CHAINS)
        self._checked = ""
        for name in names:
            self._checked = name
            async with self._database.reading() as work:
                wrong = await work.verify(name)
            self._broken.pop(name, None)
            if wrong:
                self._broken[name] = wrong[0]

    async def _tell(self, work: Work, health: Health) -> None:
        # A clock that was just wound forward leaves everything overdue for a moment: look twice.
        late, self._late_before = health.overdue and self._late_before, health.overdue > 0
        found = {f"{alarms.WITHOUT_CLOCK}:{case}": case for case in health.without_clock}
        found |= {f"{alarms.CHAIN}:{name}": wrong for name, wrong in self._broken.items()}
        found |= {alarms.OVERDUE: str(health.overdue)} if late else {}
        found |= {alarms.STUCK: str(health.stuck)} if health.stuck else {}
        for key, detail in found.items():
            if await work.incident(key):
                await self._desk.alarm(work, key.partition(":")[0], detail)
        # Another process may have seen them before: what one has told of is over only where nothing is late.
        lasting = {alarms.OVERDUE} if health.overdue else set()
        for key in await work.incidents() - found.keys() - lasting:
            # A history that was broken stays broken, whoever mends it later.
            if not key.startswith(alarms.CHAIN):
                await work.incident_over(key)
