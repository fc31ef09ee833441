"""What has to be looked after in the directory from time to time: absences, and whether entries are right.

Everything is found by looking at what the database holds, so that a restart forgets nothing.
"""

import asyncio
import contextlib
import json
import zlib
from datetime import timedelta

import structlog

from bot.chat.port import NotSaved
from bot.desk.desk import Desk
from bot.desk.entries import STILL_RIGHT, end_absence, handed_over
from bot.desk.house import House
from bot.desk.leavers import Leavers
from bot.desk.stored import restored
from bot.engine.pulse import Pulse
from bot.escalation import commands as c
from bot.escalation.clock import is_working
from bot.people.duty import Absence
from bot.store.database import Database
from bot.store.work import Conflict

ASK_EVERY = timedelta(days=30)
"""An entry that nobody has said is right for so long is asked about."""
_AT_ONCE = 50
_MOST_CASES = 200


EVERY = 30.0
"""Seconds."""
_log = structlog.get_logger(__name__)


class Rounds:
    """One step looks once at everything; it gives how much there was to do."""

    def __init__(self, database: Database, house: House) -> None:
        self._database = database
        self._house = house
        self._leavers = Leavers(database, house)
        self._asked: set[str] = set()
        self.pulse = Pulse()

    async def run(self) -> None:
        self.pulse.begins("rounds")
        while True:
            try:
                await self.step()
                self.pulse.turned("rounds")
            except Exception:
                _log.exception("the rounds could not be made")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(EVERY):
                    await self._house.register.anybody_lost.wait()

    async def step(self) -> int:
        done = await self.leavers() + await self._leavers.compared()
        return done + await self.absences() + await self.ask_whether_right()

    async def leavers(self) -> int:
        """Whoever lost their post, or is gone from the directory, leaves their cases at once."""
        return await self._leavers.told()

    async def absences(self) -> int:
        """Those that begin hand over, those that are over tell what came in the meantime."""
        async with self._database.reading() as work:
            now = work.now
            known = [one for mine in self._house.register.absences.values() for one in mine]
        begun = [one for one in known if one.hand_over and one.since <= now < one.until]
        ended = [one for one in known if one.until <= now]
        for absence in begun:
            await self._begin(absence)
        for absence in ended:
            async with self._database.work() as work:
                await end_absence(work, absence, "")
        return len(begun) + len(ended)

    async def _begin(self, absence: Absence) -> None:
        """Case by case, each in a transaction of its own; what another act was faster at comes next time."""
        async with self._database.reading() as work:
            mine = [restored(row) for row in await work.cases_of(absence.person, True, _MOST_CASES)]
        for case in mine:
            try:
                async with self._database.work() as work:
                    relieve = c.Relieve(absence.person, case.stage_number)
                    await Desk(self._house, work).act_of_clock(case.id, relieve)
            except (Conflict, NotSaved):
                return
        async with self._database.work() as work:
            await handed_over(work, absence)

    async def ask_whether_right(self) -> int:
        """Ask who holds a post, once a month and each on a day of their own, whether their entry is right."""
        async with self._database.reading() as work:
            now, today = work.now, work.now.date()
        if not is_working(now, self._house.policy.calendar):
            return 0
        directory, month = self._house.directory, f"{today:%Y-%m}"
        asked: list[str] = []
        for entry in directory.on_the_ladder:
            key = f"{STILL_RIGHT}:{entry.id}:{month}"
            fresh = entry.verified_on and today - entry.verified_on < ASK_EVERY
            if fresh or key in self._asked or today.day < _day_of(entry.id):
                continue
            asked.append(key)
            if len(asked) == _AT_ONCE:
                break
        if asked:
            async with self._database.work() as work:
                for key in asked:
                    person = key.split(":")[1]
                    await work.deliver(key, None, person, None, json.dumps({"kind": STILL_RIGHT}))
            self._asked.update(asked)
        return len(asked)


def _day_of(person: str) -> int:
    """The day of the month, 1 to 28, on which this person is asked: not everybody on the same."""
    return zlib.crc32(person.encode()) % 28 + 1
