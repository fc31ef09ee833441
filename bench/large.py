"""A million closed cases and a hundred thousand open ones: `python -m bench.large`.

It fails where a target is missed. The databases are copied together from two real cases, one open and one
closed, with their histories, clocks and posted cards; `--folder` keeps them for the next time. What people do
is measured on them and, turn about, on a database of the same kind with a hundred cases: whole turns without
the platforms, each with its commit. Then the service itself runs on the large one, with nothing to do.
"""

import argparse
import asyncio
import os
import secrets
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from pathlib import Path
from statistics import median

from pydantic import SecretStr
from sqlalchemy import text

from bench.burst import enlarged, groups_of, say
from bench.copies import Home, Original, Rows, fill, played
from bot.app import Service
from bot.chat.turn import Account, Address, Incoming, Place, Said, Turn
from bot.desk import Desk, Filing
from bot.escalation.events import Concern, Spoken
from bot.settings import Settings
from bot.store.database import Database
from playground.house import EXAMPLE, KEY, shipped
from playground.story import play
from playground.world import World
from tests.faults.process import Process
from tests.postgres import Postgres
from tests.stories.filing import filed

TENANT, APP = "T0LARGE", "A0LARGE"
SMALL, WATCHED = 100, 5
"""A database to compare with, and the groups of people whose turns are measured: they have its cases."""
TURN_RATIO, START_SECONDS, IDLE_SHARE, MEMORY_MB = 1.2, 3.0, 0.01, 200.0
WARM = 3
"""Rounds that are not counted."""
CLOSED = 10
"""Closed cases to each open one."""
AHEAD = timedelta(days=60)
CONCERN = Concern(
    child_reference="HV-1", decision="The referral was closed.", risk="There is no food in the house.",
    request="An assessment.", phone="07700 900101", spoken=Spoken(happened=True, who="Marek", when="today"),
)  # fmt: skip
_MET: list[bool] = []


@dataclass(frozen=True, slots=True)
class Originals:
    open: Original
    closed: Original


async def originals() -> Originals:
    """What is over has no messages any more: those are thrown away after thirty days."""
    return Originals(Original(await played(filed)), Original(await played(play), without=("deliveries",)))


def home(person: str) -> Home:
    return Home(person, "slack", TENANT, APP, f"D-{person}")


def made(
    which: Originals, cases: int, groups: list[dict[str, str]]
) -> Iterator[tuple[Original, Iterator[Rows]]]:
    """The first hundred are those of the first groups, half of them open: the same in every database. The
    others are those of the other groups."""

    def some(original: Original, numbers: range, whose: list[dict[str, str]]) -> Iterator[Rows]:
        for number in numbers:
            group = whose[number % len(whose)]
            cast = {name: home(group.get(name, name)) for name in original.people}
            yield original.copy(number, cast)

    yield which.open, some(which.open, range(SMALL // 2), groups[:WATCHED])
    yield which.closed, some(which.closed, range(SMALL // 2, SMALL), groups[:WATCHED])
    if cases > SMALL:
        still_open = SMALL + (cases - SMALL) // (CLOSED + 1)
        yield which.open, some(which.open, range(SMALL, still_open), groups[WATCHED:])
        yield which.closed, some(which.closed, range(still_open, cases), groups[WATCHED:])


def _progress(number: int) -> None:
    if number % 100_000 == 0:
        say(f"  {number:,} cases written")


async def built(url: str, which: Originals, cases: int, groups: list[dict[str, str]]) -> None:
    """The database, filled unless it is already."""
    database = Database(url, patience=600)
    await database.open()
    try:
        async with database.reading() as work:
            there = (await work._execute(text("SELECT 1 FROM cases LIMIT 1"))).first()
        if there is None:
            began = time.monotonic()
            for original, copies in made(which, cases, groups):
                await fill(url, original, copies, _progress)
            say(f"  {cases:,} cases written in {time.monotonic() - began:.0f} s")
        async with database.work(patience=600) as work:
            # A database of yesterday: no clock may run out while it is measured.
            later = text("UPDATE deadlines SET due_at = :at WHERE state = 'live' AND due_at < :soon")
            at, soon = work.now + AHEAD, work.now + timedelta(days=1)
            if database.dialect == "sqlite":
                shown = [moment.strftime("%Y-%m-%d %H:%M:%S.%f") for moment in (at, soon)]
                await work._execute(later.bindparams(at=shown[0], soon=shown[1]))
            else:
                await work._execute(later.bindparams(at=at, soon=soon))
            if there is None and database.dialect == "postgresql":
                # It does so by itself after a while. SQLite never does.
                await work._execute(text("ANALYZE"))
            for group in groups[:WATCHED]:
                for person in group.values():
                    account = Account("slack", TENANT, f"U-{person}")
                    await work.link(account, person, f"{person}@there.example")
    finally:
        await database.close()


class Acting:
    """What people do, on one database. Each method is one turn, or one look; `people` have cases there."""

    def __init__(self, service: Service, groups: list[dict[str, str]]) -> None:
        self._service = service
        self._groups = groups
        self._numbers = count()
        self._open = SMALL // 2

    async def raising(self) -> None:
        group = self._groups[next(self._numbers) % len(self._groups)]
        async with self._service.database.work() as work:
            desk = Desk(self._service.house, work)
            person = group["jo"]
            turn = Turn(secrets.token_hex(8), desk.person(person), _account(person), _place(person), Said(""))
            await desk.raise_case(turn, Filing(receiving_agency="social_care", concern=CONCERN))

    async def listing(self) -> None:
        group = self._groups[next(self._numbers) % len(self._groups)]
        await self._says(group["priya"], "cases")

    async def acknowledging(self) -> None:
        """By a word in the thread of the case's card."""
        number = next(self._numbers) % self._open
        person = self._groups[number % len(self._groups)]["priya"]
        async with self._service.database.reading() as work:
            card = text("SELECT message_id FROM posted_cards WHERE case_id = :case AND person = :person")
            found = await work._execute(card.bindparams(case=f"{number:032x}", person=person))
            thread = str(found.scalars().first())
        await self._says(person, "ack", thread)

    async def by_reference(self) -> None:
        async with self._service.database.reading() as work:
            row = await work.case_by_reference(f"BR-{next(self._numbers) % self._open:07d}")
        assert row is not None

    async def _says(self, person: str, words: str, thread: str = "") -> None:
        incoming = Incoming(secrets.token_hex(8), _account(person), _place(person, thread), Said(words))
        await self._service.inbox.receive(incoming)


def _settings(url: str, directory: Path) -> Settings:
    secret = SecretStr("of nobody")
    return Settings(
        database_url=url, directory=directory, policy=EXAMPLE, slack_bot_token=secret,
        slack_signing_secret=secret, secret_key=SecretStr(KEY),
    )  # fmt: skip


def _account(person: str) -> Account:
    return Account("slack", TENANT, f"U-{person}")


def _place(person: str, thread: str = "") -> Place:
    return Place(Address("slack", TENANT, APP, f"D-{person}"), "personal", thread)


def limit(what: str, value: float, most: float, unit: str) -> None:
    _MET.append(value <= most)
    say(f"  {what:<44}{value:9.2f} {unit} (limit {most:g})")


async def turns(urls: Mapping[int, str], directory: Path, groups: list[dict[str, str]], rounds: int) -> None:
    """Turn about on the small and on the large database, so that the machine's moods hit both."""
    async with AsyncExitStack() as opened:
        acting: dict[int, Acting] = {}
        for cases, url in urls.items():
            service = Service(_settings(url, directory), limited=False)
            await service.database.open()
            opened.push_async_callback(service.database.close)
            await service._open_directory()
            acting[cases] = Acting(service, groups[:WATCHED])
        kinds: list[tuple[str, Callable[[Acting], Awaitable[None]]]] = [
            ("raise", Acting.raising), ("list of cases", Acting.listing),
            ("acknowledge, by a word in the thread", Acting.acknowledging),
            ("look-up by reference", Acting.by_reference),
        ]  # fmt: skip
        for what, act in kinds:
            taken: dict[int, list[tuple[float, float]]] = {cases: [] for cases in urls}
            for _ in range(rounds + WARM):
                for cases, acts in acting.items():
                    began, used = time.perf_counter(), time.process_time()
                    await act(acts)
                    taken[cases].append((time.perf_counter() - began, time.process_time() - used))
            small, large = (taken[cases][WARM:] for cases in urls)
            compared(what, small, large)


def compared(what: str, small: list[tuple[float, float]], large: list[tuple[float, float]]) -> None:
    """Time and CPU of one turn on both. On a machine that does other things as well, the smaller ratio of the
    two is nearer to the truth."""
    (time_s, cpu_s), (time_l, cpu_l) = (
        [median(each) * 1000 for each in zip(*taken, strict=True)] for taken in (small, large)
    )
    ratio = min(time_l / time_s, cpu_l / cpu_s)
    _MET.append(ratio <= TURN_RATIO)
    times = f"{time_s:7.2f} → {time_l:7.2f} ms, CPU {cpu_s:7.2f} → {cpu_l:7.2f} ms"
    say(f"  {what:<38}{times}, ratio {ratio:.2f} (limit {TURN_RATIO})")


async def settle(url: str) -> None:
    """What the turns left to be sent and redrawn has gone out: nobody is there to get it."""
    database = Database(url, patience=600)
    await database.open()
    try:
        async with database.work(patience=600) as work:
            for over in (
                "UPDATE deliveries SET state = 'done', finished_at = free_at WHERE finished_at IS NULL",
                "UPDATE posted_cards SET shown_version = wanted_version WHERE wanted_version > shown_version",
            ):
                await work._execute(text(over))
    finally:
        await database.close()


async def idle(url: str, folder: Path, seconds: float) -> None:
    """The service itself, with nothing to do. The file of its directory is the example's: how long a large
    one takes to be read is the matter of `bench.directory`."""
    directory = folder / "example.yaml"
    directory.write_text(shipped().model_dump_json(exclude_none=True), encoding="utf-8")
    async with World(shipped().people) as world:
        began = time.monotonic()
        async with Process.running_for(world, url, directory) as process:
            limit("ready after", time.monotonic() - began, START_SECONDS, "s")
            await asyncio.sleep(5)
            used, began = _cpu(process.running.pid), time.monotonic()
            await asyncio.sleep(seconds)
            share = (_cpu(process.running.pid) - used) / (time.monotonic() - began)
            limit(f"CPU while idle, over {seconds:.0f} s", share * 100, IDLE_SHARE * 100, "%")
            limit("memory, resident", _resident(process.running.pid), MEMORY_MB, "MB")


def _cpu(pid: int) -> float:
    """Seconds that the process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _resident(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


async def measured(
    urls: Mapping[int, str], which: Originals, directory: Path, groups: list[dict[str, str]], rounds: int,
    seconds: float,
) -> None:  # fmt: skip
    for cases, url in urls.items():
        await built(url, which, cases, groups)
    if not rounds:
        return
    await turns(urls, directory, groups, rounds)
    for cases, url in urls.items():
        say(f"  the service with {cases:,} cases")
        await settle(url)
        await idle(url, directory.parent, seconds)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=1_100_000, help="one in eleven of them is open")
    parser.add_argument("--groups", type=int, default=2_000, help="of three people who have the same cases")
    parser.add_argument("--folder", type=Path, help="where the databases are kept for the next time")
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--rounds", type=int, default=100, help="of each turn; 0 only fills the databases")
    parser.add_argument("--idle", type=float, default=60.0, help="seconds")
    given = parser.parse_args()
    which = asyncio.run(originals())
    groups = groups_of(tuple({*which.open.people, *which.closed.people}), given.groups)
    with ExitStack() as opened:
        folder = given.folder or Path(
            opened.enter_context(tempfile.TemporaryDirectory(prefix="braver-large-"))
        )
        folder.mkdir(parents=True, exist_ok=True)
        directory = folder / "directory.yaml"
        people = enlarged(shipped(), groups, "slack")
        directory.write_text(people.model_dump_json(exclude_none=True), encoding="utf-8")
        sizes = (SMALL, given.cases)
        if given.database != "postgresql":
            say(f"SQLite: {given.cases:,} cases, {len(people.people):,} people; beside it {SMALL} cases")
            urls = {size: f"sqlite+aiosqlite:///{folder / f'braver-{size}.db'}" for size in sizes}
            asyncio.run(measured(urls, which, directory, groups, given.rounds, given.idle))
        if given.database != "sqlite":
            say(f"PostgreSQL: {given.cases:,} cases, {len(people.people):,} people; beside it {SMALL} cases")
            server = opened.enter_context(Postgres.running())
            urls = {size: opened.enter_context(server.database()) for size in sizes}
            asyncio.run(measured(urls, which, directory, groups, given.rounds, given.idle))
    say("every target is met" if all(_MET) else "a target is missed")
    return 0 if all(_MET) else 1


if __name__ == "__main__":
    sys.exit(main())
