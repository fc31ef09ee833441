"""The heartbeat: a call to the outside every minute, only while all is well.

Whoever keeps the address (a "dead man's switch") raises the alarm when the calls stay away: when Braver is
down, when it can't reach the outside, and when something is wrong that nobody in the chat may hear of.
"""

import asyncio
from collections.abc import Callable

import aiohttp
import structlog

from bot.chat.machine import host_of, on_this_machine

EVERY = 60.0
LIMIT = 10.0
"""Seconds for one call."""
_log = structlog.get_logger(__name__)


class Heartbeat:
    """`failing` names what is wrong; empty while all is well. The address is a secret: of it only the host is
    ever written down."""

    def __init__(self, url: str, failing: Callable[[], tuple[str, ...]]) -> None:
        self._url = url
        self._host = host_of(url)
        self._failing = failing

    async def run(self) -> None:
        async with session(self._url, LIMIT) as calls:
            while True:
                # First of all the watchdog has to look.
                await asyncio.sleep(EVERY)
                try:
                    await self.step(calls)
                except Exception:
                    # The engine must never stand still because of us.
                    _log.exception("the heartbeat could not be sent", host=self._host)

    async def step(self, calls: aiohttp.ClientSession) -> bool:
        """Whether a call went out and was taken."""
        failing = self._failing()
        if failing:
            _log.error("no heartbeat, since not all is well", failing=failing)
            return False
        try:
            # Where it sends us on to is not where we were told to call.
            async with calls.get(self._url, allow_redirects=False) as answer:
                taken = 200 <= answer.status < 300
                if not taken:
                    _log.warning("the heartbeat was not taken", host=self._host, status=answer.status)
                return taken
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            _log.warning("the heartbeat did not go out", host=self._host, kind=type(error).__name__)
            return False


def session(url: str, seconds: float) -> aiohttp.ClientSession:
    """For calls to this address: through the machine's proxy, unless it is on this machine."""
    return aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=seconds),
        trust_env=not on_this_machine(host_of(url)),
        cookie_jar=aiohttp.DummyCookieJar(),
    )
