"""Many clocks in one second: `python -m bench.burst`. It fails where a storm of 429 breaks out.

Open cases are copied from one real case until the wanted number of clocks runs out in the same second. Then
the clock is wound to that moment. The service, with all its parts running, has to fire them and to get out
what follows: two messages for each, and three cards to redraw. The simulated platforms run in another
process, with the limits that Slack and Microsoft document, or without any (`--limits off`: what we ourselves
can do).
"""

import argparse
import asyncio
import json
import resource
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles
from typing import Any

from pydantic import SecretStr
from sqlalchemy import text

from bench.copies import Home, Original, Rows, fill, played
from bench.town import POSTS, Town
from bot.app import Service
from bot.people.directory import Directory
from bot.settings import Settings
from playground.house import EXAMPLE, KEY, shipped
from tests.postgres import Postgres
from tests.stories.filing import filed

IN_EACH_GROUP = 20
"""Cases that the same three people have."""
MOST_REFUSED = 0.05
LOOK_EVERY = 0.5


@dataclass(frozen=True, slots=True)
class Asked:
    clocks: int
    database: str
    limits: str
    platforms: str
    edits: bool
    most: float


def say(line: str = "") -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def groups_of(people: tuple[str, ...], number: int) -> list[dict[str, str]]:
    return [{name: f"{name}-{group}" for name in people} for group in range(number)]


def enlarged(directory: Directory, groups: list[dict[str, str]], platforms: str) -> Directory:
    """The example directory, with these groups of further people, half of them on either platform."""
    today = datetime.now(UTC).date()
    people = [one.model_copy(update={"verified_on": today}) for one in directory.people]
    known = {one.id: one for one in people}
    sides = ["slack", "teams"] if platforms == "both" else [platforms]
    for number, group in enumerate(groups):
        for name, id_ in group.items():
            one = known[name]
            changes = {
                "id": id_, "name": f"{one.name} {number}", "email": f"{id_}@{one.email.partition('@')[2]}",
                "ways": (sides[number % len(sides)],),
                "line_manager": group.get(one.line_manager, one.line_manager),
            }  # fmt: skip
            people.append(one.model_copy(update=changes))
    return directory.model_copy(update={"people": tuple(people)})


def copies(
    original: Original, number: int, groups: list[dict[str, str]], homes: Mapping[str, Home]
) -> Iterator[Rows]:
    for case in range(number):
        group = groups[case % len(groups)]
        yield original.copy(case, {name: homes[id_] for name, id_ in group.items()})


def standing(made: Iterator[Rows], file: Path) -> Iterator[Rows]:
    """The same, noting for the platforms which cards stand where."""
    with file.open("w", encoding="utf-8") as opened:
        for rows in made:
            for card in rows["posted_cards"]:
                opened.write(json.dumps([card["platform"], card["conversation"], card["message_id"]]) + "\n")
            yield rows


def settings(town: Town, url: str, directory: Path) -> Settings:
    return Settings(
        database_url=url, directory=directory, policy=EXAMPLE, port=0, playground_clock=True,
        slack_bot_token=SecretStr(town.told["slack_token"]), slack_api_url=town.told["slack_api_url"],
        slack_signing_secret=SecretStr(town.told["slack_secret"]), teams_allow_anonymous=True,
        secret_key=SecretStr(KEY),
    )  # fmt: skip


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


@dataclass(frozen=True, slots=True)
class Left:
    """Clocks that ran out and did not fire, messages under way, cards that show an old version."""

    clocks: int
    messages: int
    cards: int


async def left(service: Service) -> Left:
    async with service.database.reading(patience=20) as work:
        clocks = await work.overdue(timedelta(0))
        return Left(clocks, sum((await work.under_way()).values()), await work.stale_cards())


@dataclass(slots=True)
class Run:
    """What was seen: seconds until each kind was done (0: never), and CPU seconds used until then."""

    fired: float = 0.0
    fired_cpu: float = 0.0
    sent: float = 0.0
    sent_cpu: float = 0.0
    drawn: float = 0.0
    left: Left = field(default_factory=lambda: Left(0, 0, 0))


async def watched(service: Service, asked: Asked) -> Run:
    """Until everything is done, or the time is up."""
    run, began, used = Run(), time.time(), cpu()
    while time.time() - began < asked.most:
        await asyncio.sleep(LOOK_EVERY)
        run.left = now = await left(service)
        seconds, spent = time.time() - began, cpu() - used
        if not now.clocks and not run.fired:
            run.fired, run.fired_cpu = seconds, spent
        if run.fired and not now.messages and not run.sent:
            run.sent, run.sent_cpu = seconds, spent
        if run.sent and not now.cards:
            run.drawn = seconds
        if run.drawn or (run.sent and not asked.edits):
            break
    return run


async def burst(asked: Asked, url: str, original: Original, folder: Path) -> bool:
    groups = groups_of(original.people, max(1, asked.clocks // IN_EACH_GROUP))
    directory = folder / "directory.yaml"
    enlarged_ = enlarged(shipped(), groups, asked.platforms)
    directory.write_text(enlarged_.model_dump_json(exclude_none=True), encoding="utf-8")
    async with AsyncExitStack() as opened:
        town = await opened.enter_async_context(Town.running(directory))
        service = Service(settings(town, url, directory), patience=20, paced=asked.limits == "on")
        port = await opened.enter_async_context(service.serving(moving=False))
        await town.order(serve=f"http://127.0.0.1:{port}")
        cards = folder / "cards"
        made = copies(original, asked.clocks, groups, town.homes)
        await fill(url, original, standing(made, cards))
        await town.order(stand=str(cards), limits=asked.limits)
        if service.database.dialect == "postgresql":
            async with service.database.work(patience=60) as work:
                await work._execute(text("ANALYZE"))
        engine = asyncio.create_task(service.engine.run())
        await asyncio.sleep(2)
        async with service.database.reading() as work:
            ahead = original.due_at - work.now
        await service.database.shift(ahead)
        run = await watched(service, asked)
        told = await town.order(report=True)
        engine.cancel()
        await asyncio.gather(engine, return_exceptions=True)
        return said(asked, run, told, await how_late(service), await told_of(service))


LATE = {
    "sqlite": (
        "SELECT (julianday(fired_at) - julianday(due_at)) * 86400 FROM deadlines WHERE fired_at IS NOT NULL",
        "SELECT (julianday(finished_at) - julianday(created_at)) * 86400 FROM deliveries "
        "WHERE state = 'done' AND key LIKE '%:overdue:%'",
    ),
    "postgresql": (
        "SELECT extract(epoch FROM fired_at - due_at) FROM deadlines WHERE fired_at IS NOT NULL",
        "SELECT extract(epoch FROM finished_at - created_at) FROM deliveries "
        "WHERE state = 'done' AND key LIKE '%:overdue:%'",
    ),
}


async def how_late(service: Service) -> dict[str, list[float]]:
    """Seconds, of each clock that fired and of each message that went out."""
    async with service.database.reading(patience=20) as work:
        clocks, messages = [
            [float(row[0]) for row in await work._execute(text(query))]
            for query in LATE[service.database.dialect]
        ]
    return {"clocks": clocks, "messages": messages}


async def told_of(service: Service) -> int:
    """How many alarms the coordinator got."""
    query = text("SELECT count(*) FROM deliveries WHERE notice LIKE '%\"alarm\"%'")
    async with service.database.reading() as work:
        return int((await work._execute(query)).scalar_one())


def said(
    asked: Asked, run: Run, told: Mapping[str, Any], lateness: Mapping[str, list[float]], alarms: int
) -> bool:
    """Say what was measured; False where too much was refused."""
    say(f"{asked.clocks:,} clocks in one second, {asked.database}, limits {asked.limits}: {asked.platforms}")
    posts = sum(told[name]["taken"].get(method, 0) for name in ("slack", "teams") for method in POSTS)
    line("clocks drained after", run.fired, f"s, {asked.clocks / max(run.fired, 0.1):.0f} a second")
    line("… with CPU for each clock, all in all", run.fired_cpu / asked.clocks * 1000, "ms")
    line("messages drained after", run.sent, f"s, {posts / max(run.sent, 0.1):.0f} a second")
    line("… with CPU for each message, all in all", run.sent_cpu / max(posts, 1) * 1000, "ms")
    if asked.edits:
        line("cards redrawn after", run.drawn, "s")
    if not run.sent:
        say(f"  given up after {asked.most:.0f} s: {run.left}")
    for what, late in lateness.items():
        if len(late) > 1:
            cuts = quantiles(late, n=100)
            ends = f"median {cuts[49]:.1f} s, 99 of 100 within {cuts[98]:.1f} s, at most {max(late):.1f} s"
            say(f"  {len(late):,} {what} late: {ends}")
    say(f"  alarms told: {alarms}")
    slack, teams = (taken_and_refused(name, told[name]) for name in ("slack", "teams"))
    return slack and teams


def line(what: str, value: float, unit: str) -> None:
    say(f"  {what:<42}{value:9.1f} {unit}")


def taken_and_refused(name: str, counted: Mapping[str, Mapping[str, int]]) -> bool:
    taken, refused = counted["taken"], counted["refused"]
    share = sum(refused.values()) / max(1, sum(taken.values()))
    say(f"  {name}: {sum(taken.values()):,} calls taken, {sum(refused.values()):,} refused ({share:.1%})")
    for method in sorted({*taken, *refused}):
        say(f"    {method:<26}{taken.get(method, 0):9,}{refused.get(method, 0):9,}")
    return share < MOST_REFUSED


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clocks", type=int, default=10_000)
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--limits", choices=("on", "off"), default="on")
    parser.add_argument("--platforms", choices=("slack", "teams", "both"), default="both")
    parser.add_argument("--edits", action="store_true", help="wait for the cards to be redrawn, too")
    parser.add_argument("--most", type=float, default=3_600.0, help="seconds after which it is given up")
    given = parser.parse_args()
    original = Original(asyncio.run(played(filed)))
    well = True
    for kind in ("sqlite", "postgresql") if given.database == "both" else (given.database,):
        asked = Asked(given.clocks, kind, given.limits, given.platforms, given.edits, given.most)
        with tempfile.TemporaryDirectory(prefix="braver-burst-") as name:
            folder = Path(name)
            with Postgres.running() if kind == "postgresql" else nullcontext() as server:
                if server is None:
                    well &= asyncio.run(
                        burst(asked, f"sqlite+aiosqlite:///{folder / 'braver.db'}", original, folder)
                    )
                else:
                    with server.database() as url:
                        well &= asyncio.run(burst(asked, url, original, folder))
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
