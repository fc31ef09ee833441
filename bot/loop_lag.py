"""How late the event loop is: whatever blocks it keeps everybody waiting, on every platform."""

import asyncio
from collections.abc import Callable

EVERY = 0.1
"""Seconds between two looks. What blocks the loop for longer than this is always seen."""


class LoopLag:
    """Tells `late` how many seconds after its time each look came."""

    def __init__(self, late: Callable[[float], None]) -> None:
        self._late = late

    async def run(self) -> None:
        """Look on, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + EVERY
            await asyncio.sleep(EVERY)
            self._late(max(loop.time() - due, 0.0))
