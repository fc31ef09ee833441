"""One chaos run, from an empty database to the auditor's findings."""

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from bot.engine.ways import LEASE
from bot.store.database import Database
from playground.house import KEY
from playground.screen import Client
from tests.chaos import books
from tests.chaos.audit import Audit, audit
from tests.chaos.crowd import Human, Matter
from tests.chaos.held import held
from tests.chaos.ledger import Ledger
from tests.chaos.service import Killed, Winder
from tests.chaos.town import Town
from tests.faults.elapsing import elapse

GOES_ON = 5.0
"""Seconds that people still go on once everything is filed."""
DRAINED = 240.0
"""Seconds in which everything must have come to rest after the last kill."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked for. `history` as for `Town.open`; `like`: practitioners in each agency; `pace`: how long
    people think, 1.0 is a second or so; `uptime`: seconds that a life of the service lasts, on average.
    `waits`: the leases of what died last run out by themselves; else as if nobody had started it for a while.
    """

    seed: int
    cases: int = 200
    kills: int = 100
    platforms: Sequence[str] = ("slack", "teams")
    history: str = "read"
    like: int = 8
    pace: float = 1.0
    uptime: float = 3.0
    waits: bool = True


@dataclass(frozen=True, slots=True)
class Outcome:
    plan: Plan
    audit: Audit
    ledger: Ledger
    cases: int
    closed: int
    deliveries: int
    unfiled: int
    seconds: float
    drained: float


async def run(plan: Plan, url: str, folder: Path, say: Callable[[str], None] = lambda line: None) -> Outcome:
    """`url` is that of an empty database."""
    began = time.monotonic()
    ledger, dice = Ledger(), random.Random(plan.seed)  # noqa: S311
    async with Town.open(
        folder, plan.seed, like=plan.like, platforms=plan.platforms, history=plan.history
    ) as town:
        town.world.feed.listeners.append(ledger.hear)
        humans = _humans(town, plan, ledger)
        matters = _matters(town, plan, dice)
        service, winder = Killed(town, url, ledger, dice, plan.uptime), Winder(url, ledger)
        async with service.alive():
            await town.world.install()
            await winder.to_working_time()
        lives = [asyncio.create_task(human.lives()) for human in humans.values()]
        winds = asyncio.create_task(winder.winds())

        def progress(number: int) -> None:
            _alive(lives)
            released = ceil(plan.cases * (number + 1) / plan.kills)
            _release(humans, matters, released)
            if number % 10 == 0:
                say(f"{number} kills, {sum(one.filed for one in matters)} cases filed")

        try:
            await service.killed(plan.kills, progress)
            _release(humans, matters, plan.cases)
            say(f"{plan.kills} kills; now it is left alone until everything is at rest")
            if not plan.waits:
                async with Database(url, (KEY,), may_shift=True).beside() as database:
                    await elapse(database, LEASE)
            async with service.alive():
                drained = await _comes_to_rest(url, humans, matters, winds, lives)
        finally:
            for task in (winds, *lives):
                task.cancel()
            _ = await asyncio.gather(winds, *lives, return_exceptions=True)
        messages = held(town.world)
    async with Database(url, (KEY,), may_shift=True).beside() as database:
        found = await books.read(database)
    return Outcome(
        plan, audit(found, messages, ledger, reads=plan.history == "read"), ledger, len(found.cases),
        sum(row.status == "closed" for row in found.cases.values()), len(found.deliveries),
        sum(not one.filed for one in matters), time.monotonic() - began, drained,
    )  # fmt: skip


def _humans(town: Town, plan: Plan, ledger: Ledger) -> dict[str, Human]:
    """Everybody, each with lots of their own, so that it matters little who comes first."""
    found = {}
    for actor in town.world.people:
        client: Client = actor.client
        lots = random.Random(f"{plan.seed} {actor.id}")  # noqa: S311
        found[actor.id] = Human(actor.id, client, ledger, lots, pace=plan.pace)
    return found


def _matters(town: Town, plan: Plan, dice: random.Random) -> list[Matter]:
    found = []
    for number in range(plan.cases):
        who = town.raisers[number % len(town.raisers)]
        found.append(Matter(who, f"HV-{10_000 + number}", dice.choice(town.agencies_against(who))))
    return found


def _release(humans: dict[str, Human], matters: list[Matter], number: int) -> None:
    """So many of the matters have come up by now."""
    for matter in matters[:number]:
        mine = humans[matter.who].matters
        if matter not in mine:
            mine.append(matter)


def _alive(lives: list[asyncio.Task[None]]) -> None:
    """Raises what ended somebody's life before its time."""
    for life in lives:
        if life.done():
            life.result()


async def _comes_to_rest(
    url: str, humans: dict[str, Human], matters: list[Matter], winds: asyncio.Task[None],
    lives: list[asyncio.Task[None]],
) -> float:  # fmt: skip
    """What is begun is finished; nobody begins anything. Seconds until nothing was under way any more."""
    began = time.monotonic()
    while time.monotonic() < began + DRAINED and not all(one.filed for one in matters):
        _alive(lives)
        await asyncio.sleep(0.5)
    await asyncio.sleep(GOES_ON)
    _ = winds.cancel()
    for human in humans.values():
        human.ending = True
    _ = await asyncio.wait(lives, timeout=60)
    while time.monotonic() < began + 2 * DRAINED:
        async with Database(url, (KEY,), may_shift=True).beside() as database, database.reading() as work:
            left = sum((await work.under_way()).values()) + await work.stale_cards()
        if not left:
            break
        await asyncio.sleep(1.0)
    return time.monotonic() - began
