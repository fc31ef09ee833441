"""A whole house: all simulated platforms and the real service between them, on one clock.

    async with House.open(folder) as house:
        jo = house.world.person("jo")
        await jo.says("raise")
        await house.quiet()

With `moving=False` nothing of the service moves by itself: `quiet()` carries out all that is to be done now,
so that a story needs no waiting and always comes out the same.
"""

import contextlib
import shutil
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from bot.app import PLATFORMS, Service
from bot.escalation.clock import Duration, due, is_working, next_working
from bot.guidance.content import root
from bot.people import source
from bot.people.directory import Directory
from bot.people.entries import Entry
from bot.settings import Settings
from bot.store.database import PATIENCE, Database
from playground.mail_browser import PUBLIC
from playground.mail_office import SENDER
from playground.world import World

KEY = "the key of a playground and of no secret at all"
EXAMPLE = root() / "policies" / "example.yaml"
"""The ladder that is played where nobody asks for another: it belongs to no partnership."""
TABLES: Path | None = None
"""A SQLite file with all tables and nothing in them, copied for each new house; None: each makes its own."""
CHANNELS = {"safeguarding": ("jo", "priya", "kit"), "duty": ("helen", "leo", "tom")}


@dataclass(frozen=True, slots=True)
class House:
    """`service` listens at `address`; `folder` holds its database and its directory."""

    world: World
    service: Service
    address: str

    @classmethod
    @contextlib.asynccontextmanager
    async def open(
        cls, folder: Path, *, database_url: str = "", platforms: Mapping[str, str] | None = None,
        moving: bool = False, settings: Mapping[str, object] | None = None,
        prepare: Callable[[Directory], Directory] = lambda directory: directory, patience: float = 20.0,
        paced: bool = False, limited: bool = False, sealed: bool = True,
    ) -> AsyncIterator["House"]:  # fmt: skip
        """Open everything on free ports of loopback. `platforms` moves people (id → "slack", "teams" or
        "email");
        `prepare` changes the directory before the service reads it. `patience` (seconds) is how long the
        database may take: longer than in earnest, since stories are played on busy machines. The platforms
        then wait longer, too. `paced`: as in earnest, no platform gets more than it is known to take.
        `limited`: as in earnest, nobody does more in a minute than may be. Not `sealed`: the new database is
        as an earlier release leaves one, with everything in the open."""
        directory = prepare(_moved(shipped(), platforms or {}))
        unhurried = {"patience": patience} if patience > PATIENCE else {}
        slow = {"invoke_patience": patience, "message_patience": patience} if unhurried else {}
        async with World(directory.people, channels=CHANNELS, slack=unhurried, teams=slow) as world:
            own = folder / "braver.db"
            if not database_url and TABLES is not None and not own.exists():
                shutil.copyfile(TABLES, own)
            file = folder / "directory.yaml"
            file.write_text(directory.model_dump_json(indent=2, exclude_none=True), encoding="utf-8")
            made = Settings(
                database_url=database_url or f"sqlite+aiosqlite:///{own}",
                directory=file, policy=EXAMPLE, host="127.0.0.1", port=0, playground_clock=True,
                slack_bot_token=SecretStr(world.slack.bot_token),
                slack_signing_secret=SecretStr(world.slack.signing_secret),
                slack_api_url=world.slack.api_url, teams_allow_anonymous=True,
                secret_key=SecretStr(KEY), **_by_mail(world),
            ).model_copy(update=dict(settings or {}))  # fmt: skip
            if not sealed:
                await _left_open(made.database_url)
            service = Service(made, patience=patience, paced=paced, limited=limited)
            async with service.serving(moving=moving) as port:
                house = cls(world, service, f"http://127.0.0.1:{port}")
                world.serve(house.address)
                await world.install()
                try:
                    yield house
                finally:
                    await world.settled()

    async def quiet(self) -> None:
        """Carry out all that is due and to be sent now, until nothing is left to do."""
        engine = self.service.engine
        done = 1
        while done:
            await self.world.settled()
            for adapter in self.service.adapters:
                await adapter.settled()
            await self.service.inbox.settled()
            done = await engine.rounds.leavers() + await engine.rounds.absences()
            done += await engine.sweeper.step()
            done += await engine.deliverer.step() + await engine.updater.step()
            done += await engine.remover.step()
        await self.world.look()

    # The clock, as the page asks it: see `playground.page_view.PlaygroundClock`.

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.service.house.policy.calendar.zone)

    async def now(self) -> datetime:
        async with self.service.database.reading() as work:
            return work.now.astimezone(self._zone)

    async def is_working(self, at: datetime) -> bool:
        return is_working(at, self.service.house.policy.calendar)

    async def working_day_after(self, at: datetime) -> datetime:
        day = due(at, Duration.parse("1 working day"), self.service.house.policy.calendar)
        return day.astimezone(self._zone)

    async def next_deadline(self) -> tuple[datetime, str] | None:
        """The next clock of any case, and the case's reference."""
        async with self.service.database.reading() as work:
            at = await work.next_due()
        return (at.astimezone(self._zone), "") if at is not None else None

    async def wind(self, to: datetime) -> None:
        """Go there, clock by clock, so that everything on the way fires at its own time."""
        while True:
            ahead = await self.next_deadline()
            until = min(to, ahead[0]) if ahead is not None else to
            await self._jump(until)
            await self.quiet()
            if until >= to:
                return

    async def wind_by(self, by: timedelta) -> None:
        await self.wind(await self.now() + by)

    async def to_next_deadline(self) -> datetime:
        """Wind to the next clock that runs, and let it fire; when that was."""
        ahead = await self.next_deadline()
        assert ahead is not None, "no clock is running"
        await self.wind(ahead[0])
        return ahead[0]

    async def to_working_time(self, hour: int = 10) -> None:
        """To `hour` o'clock of the next working day after today, so that a story always begins alike."""
        tomorrow = (await self.now()).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        opens = next_working(tomorrow.astimezone(UTC), self.service.house.policy.calendar)
        await self.wind(opens.astimezone(self._zone).replace(hour=hour, minute=0))

    async def _jump(self, to: datetime) -> None:
        # In UTC: between two times of one zone Python counts by the clock on the wall, whatever changes it.
        by = to.astimezone(UTC) - (await self.now()).astimezone(UTC)
        if by > timedelta(0):
            await self.service.database.shift(by + timedelta(milliseconds=1))
            self.world.clock.wind(by.total_seconds())


async def _left_open(url: str) -> None:
    """Something is written without a key: from then on nothing is sealed before `braver keys seal`."""
    database = Database(url)
    await database.open()
    async with database.work() as work:
        await work.append("released", "earlier", {}, "")
    await database.close()


def _by_mail(world: World) -> dict[str, Any]:
    """The settings of e-mail, where somebody has nothing else."""
    if not world.by_mail:
        return {}
    return {
        "email_host": "127.0.0.1",
        "email_port": world.mail.port,
        "email_from": SENDER,
        "email_tls": "none",
        "public_url": PUBLIC,
    }


def _moved(directory: Directory, platforms: Mapping[str, str]) -> Directory:
    """With people moved, and every entry right as of today, so that nobody is asked about theirs."""
    today = datetime.now(UTC).date()

    def placed(entry: Entry) -> Entry:
        moved = {"ways": (platforms[entry.id],)} if entry.id in platforms else {}
        return entry.model_copy(update={"verified_on": today, **moved})

    return directory.model_copy(update={"people": tuple(placed(entry) for entry in directory.people)})


@cache
def shipped() -> Directory:
    """The example directory, read once."""
    return source.load(Settings().directory, PLATFORMS)
