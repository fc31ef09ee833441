"""The watchdog: for every open case, always, a live clock or an alarm; and nothing stands still unseen.

What can be counted at once is counted in each round. The rest of the audit goes round with it: each time a
few cases and histories, all of them in the course of time, so that it stays cheap however many there are.
"""

import asyncio
import secrets
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import structlog

from bot.audit.checks import case_findings
from bot.audit.findings import OVERDUE, STUCK, Finding
from bot.audit.walks import CaseWalk, Judge, StreamWalk, Walk, again
from bot.engine import telling
from bot.engine.alarms import UNHEARD
from bot.engine.desk import EngineDesk
from bot.engine.pulse import Pulse
from bot.store.database import Database
from bot.store.events import OF_CASES

EVERY = 60.0
"""Seconds."""
SPEND = 0.1
"""Seconds of each round for each of the walks. A small database is gone through in every round."""
UNHURRIED = 5.0
"""Seconds that one look may take: nobody waits for it."""
LATE = OVERDUE
_CASES = 100
_AGAIN = 50
_MOST = 1_000
"""So many findings are kept in mind."""
_PURGE = 500
_dice = secrets.SystemRandom()
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Health:
    """What was seen. `found` counts what the walks found, by kind; `unheard`: an alarm reached nobody.
    `under_way` counts messages by state, `stale_cards` those that show an old version."""

    without_clock: tuple[str, ...] = ()
    overdue: int = 0
    quarantined: int = 0
    stuck: int = 0
    found: dict[str, int] = field(default_factory=dict)
    unheard: bool = False
    under_way: dict[str, int] = field(default_factory=dict)
    stale_cards: int = 0

    @property
    def failing(self) -> dict[str, int]:
        """What is wrong, by name, and how often."""
        counted = {
            "without_clock": len(self.without_clock),
            "overdue": self.overdue,
            "quarantined": self.quarantined,
            "stuck": self.stuck,
            UNHEARD: int(self.unheard),
        }
        return {name: number for name, number in (counted | self.found).items() if number}

    @property
    def well(self) -> bool:
        return not self.failing


class Watchdog:
    """Tells a human of each incident once, again each day while it stands, and anew after it was over.

    `judge` says what is wrong with a case.
    """

    def __init__(self, database: Database, desk: EngineDesk, judge: Judge = case_findings) -> None:
        self._database = database
        self._desk = desk
        self._judge = judge
        # From anywhere: who is often restarted must not look at the same ones each time.
        self._walks: tuple[Walk, ...] = (
            CaseWalk(True, judge, secrets.token_hex(16)),
            CaseWalk(False, judge, secrets.token_hex(16)),
            StreamWalk(OF_CASES + secrets.token_hex(16)),
        )
        self._found: dict[str, Finding] = {}
        self._late_before = False
        self.pulse = Pulse()
        self.health: Health | None = None

    async def run(self) -> None:
        self.pulse.begins("watchdog")
        while True:
            try:
                await self.step()
                self.pulse.turned("watchdog")
            except Exception:
                _log.exception("the watchdog could not look")
            await asyncio.sleep(EVERY)

    async def step(self) -> Health:
        """Look at everything, tell of what is new, and throw away what nobody needs any more. What can be
        counted is told even where a walk fails; then the step fails at its end."""
        settled, failure = set[str](), None
        try:
            settled = await self._look_again()
            for walk in self._walks:
                await self._go_on(walk)
        except Exception as error:
            failure = error
        health = await self.look()
        async with self._database.work() as work:
            # Another process may have seen it before: it is over only where nothing is late.
            lasting = {"overdue"} if health.overdue else ()
            await telling.tell(work, self._desk, self._to_tell(health), settled, lasting)
        async with self._database.work(patience=UNHURRIED, heavy=True) as work:
            await work.purge(_PURGE)
        if failure is not None:
            raise failure
        return health

    async def look(self) -> Health:
        """How things stand now. What the walks found is what they saw last."""
        async with self._database.reading(patience=UNHURRIED, heavy=True) as work:
            self.health = Health(
                without_clock=tuple(row.reference for row in await work.cases_without_clock(_CASES)),
                overdue=await work.overdue(LATE),
                quarantined=await work.quarantined(),
                stuck=await work.stuck(STUCK),
                found=dict(Counter(one.kind for one in self._found.values())),
                unheard=UNHEARD in await work.incidents(),
                under_way=await work.under_way(),
                stale_cards=await work.stale_cards(),
            )
        return self.health

    async def _go_on(self, walk: Walk) -> None:
        """Go on for a while, and at most once through everything."""
        clock = asyncio.get_running_loop().time
        until, began, round_about = clock() + SPEND, walk.after, False
        while True:
            looked = await walk.step(self._database, UNHURRIED)
            self._found.pop(Finding("chain", looked.whole).key, None)
            self._keep(looked.findings)
            through = looked.last and (round_about or not began)
            round_about |= looked.last
            if through or (round_about and walk.after >= began) or clock() >= until:
                return

    def _keep(self, findings: Iterable[Finding]) -> None:
        for one in findings:
            # A case without any clock is counted at each look, whoever else comes upon it.
            if one.kind != "without_clock" and len(self._found) < _MOST:
                self._found[one.key] = one

    async def _look_again(self) -> set[str]:
        """At what was found before, by whichever process; the keys of what was looked at."""
        async with self._database.reading() as work:
            open_ones = await work.incidents()
        # A long history that belongs to no case is followed by its walk alone.
        keys = [
            key
            for key in {*self._found, *open_ones}
            if telling.of_a_walk(key) and not telling.of_a_long_stream(key)
        ]
        # Where there are too many, others each time.
        keys = _dice.sample(keys, min(_AGAIN, len(keys)))
        if keys:
            found = await again(self._database, frozenset(telling.subject(key) for key in keys), self._judge)
            for key in keys:
                self._found.pop(key, None)
            self._keep(found)
        return set(keys)

    def _to_tell(self, health: Health) -> list[Finding]:
        # A clock that was just wound forward leaves everything overdue for a moment: look twice.
        late, self._late_before = health.overdue > 0 and self._late_before, health.overdue > 0
        found = [Finding("without_clock", case, case) for case in health.without_clock]
        found += [Finding("overdue", "", detail=str(health.overdue))] if late else []
        found += [Finding("stuck", "", detail=str(health.stuck))] if health.stuck else []
        return found + list(self._found.values())
