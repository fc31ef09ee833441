"""The bell: wakes the engine's loops when there is something to do."""

import asyncio


class Bell:
    """One loop's own. It stays rung until it is cleared, so nothing is missed between looking and waiting."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        self._rung.set()

    @property
    def rung(self) -> bool:
        return self._rung.is_set()

    def clear(self) -> None:
        self._rung.clear()

    async def wait(self, seconds: float) -> None:
        """Until it rings, or this long."""
        try:
            async with asyncio.timeout(seconds):
                await self._rung.wait()
        except TimeoutError:
            pass
