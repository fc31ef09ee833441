"""Data keys are wrapped anew, with the first key of BRAVER_SECRET_KEY, while the service runs."""

import asyncio
from collections.abc import Callable

from bot.store.database import Database

PORTION = 500


async def turned(database: Database, progress: Callable[[int], None] = lambda _: None) -> int:
    """Wrap every data key with the first key; how many they were. Portion by portion, each in a transaction
    of its own: what was broken off goes on where it stood. Raises Locked where a key is missing, and
    NotSaved."""
    done = 0
    while True:
        async with database.work(heavy=True) as work:
            some = await work.rewrap_keys(PORTION)
        done += some
        progress(done)
        if not some:
            wrapped, first = await standing(database)
            if not sum(number for by, number in wrapped.items() if by not in ("", first)):
                return done
            # Somebody else has those that are left at this moment.
            await asyncio.sleep(0.2)


async def standing(database: Database) -> tuple[dict[str, int], str]:
    """How many data keys each key wraps ("" counts the erased ones), and the name of the first key."""
    async with database.reading() as work:
        return await work.keys_by(), work.keyring.first if work.keyring else ""
