"""The loop that each part of the engine runs in: work while there is some, then wait for the bell."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from random import SystemRandom

import structlog

from bot.chat.port import NotSaved
from bot.engine.pulse import Pulse
from bot.store.database import Database

POLL = 5.0
"""Seconds: should a bell ever be missed, nothing waits longer."""
_AFTER_FAILURE = 1.0
_log = structlog.get_logger(__name__)
_dice = SystemRandom()


async def run(
    name: str,
    database: Database,
    step: Callable[[], Awaitable[int]],
    pause: Callable[[], Awaitable[float]],
    pulse: Pulse,
) -> None:
    """Until cancelled. A failure is logged and never ends the loop. `pulse` hears of each turn."""
    pulse.begins(name)
    bell = database.bell()
    try:
        while True:
            bell.clear()
            try:
                done = await step()
                pulse.turned(name)
                if done:
                    continue
                seconds = await pause()
            except NotSaved as away:
                _log.warning("the database is away", loop=name, reason=str(away))
                seconds = _AFTER_FAILURE
            except Exception:
                _log.exception("a step failed", loop=name)
                seconds = _AFTER_FAILURE
            await bell.wait(seconds)
    finally:
        database.hush(bell)


def until(at: datetime | None, now: datetime) -> float:
    """Seconds to wait for `at`, at most a poll."""
    return POLL if at is None else min(POLL, max(0.01, (at - now).total_seconds()))


def backoff(tries: int) -> timedelta:
    """Doubling up to a minute, with jitter, so that not everything comes back at once."""
    return timedelta(seconds=min(60.0, 2.0 ** min(tries, 10)) * _dice.uniform(0.5, 1.0))
