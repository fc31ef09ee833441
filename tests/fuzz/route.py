"""The whole service in the process of the fuzzer: each try is a request over HTTP that must be answered."""

import asyncio
import tempfile
from contextlib import AsyncExitStack
from functools import cache
from pathlib import Path

import aiohttp

from playground.house import House
from tests.fuzz.asking import Asker, ask
from tests.fuzz.mutating import Fed
from tests.fuzz.pages import correspond
from tests.stories.people import Pairing


class _Running:
    """Open until the process ends."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner()
        self._open = AsyncExitStack()
        self._house, self._session = self._runner.run(self._opened())
        self._asker = Asker.of(self._house.world)

    async def _opened(self) -> tuple[House, aiohttp.ClientSession]:
        folder = Path(tempfile.mkdtemp())
        platforms = Pairing("slack", "teams").platforms() | {"helen": "email"}
        house = await self._open.enter_async_context(House.open(folder, platforms=platforms))
        await correspond(house)
        return house, await self._open.enter_async_context(aiohttp.ClientSession())

    def tried(self, data: bytes) -> None:
        asked = self._asker.any(Fed(data))
        status = self._runner.run(ask(self._session, self._house.address, asked))
        assert 200 <= status < 500, f"{status} to {asked}"


@cache
def _running() -> _Running:
    return _Running()


def service_answers(data: bytes) -> None:
    """Any request is answered with 2xx or 4xx."""
    _running().tried(data)
