"""What an earlier release left in the open is sealed, while the service runs."""

import asyncio
from collections.abc import Callable

from bot.store.database import Database
from bot.store.unsealed import OF_NO_CASE, Rechained

PORTION = 100
SETTLE = 5.0
PATIENCE = 60.0
"""Seconds for one portion: a long history is sealed as a whole."""
_SECURITY = "security"
_LOG = "sealed"


async def closed(
    database: Database, progress: Callable[[int], None] = lambda _: None, settle: float = SETTLE
) -> int:
    """From now on everything is sealed, and what lies in the open is sealed as well; how many histories,
    cases and rows that were. What was broken off goes on where it stood. `settle`: seconds in which whoever
    had begun before is through. Raises NotSaved and Conflict."""
    async with database.work() as work:
        began = await work.begin_sealing()
    done, last = 0, not began
    while True:
        some = await _streams(database) + await _cases(database) + await _rows(database)
        done += some
        progress(done)
        if not some and last:
            return done
        if not some:
            await asyncio.sleep(settle)
            last = True


async def _streams(database: Database) -> int:
    after, done = "", 0
    while True:
        async with database.reading(patience=PATIENCE, heavy=True) as work:
            names = await work.open_streams_after(after, PORTION)
        if not names:
            return done
        for name in names:
            async with database.work(patience=PATIENCE, heavy=True) as work:
                sealed = await work.seal_stream(name)
                if sealed is not None:
                    await work.append(_SECURITY, _LOG, _said(sealed), "")
        after, done = names[-1], done + len(names)


def _said(sealed: Rechained) -> dict[str, str | int]:
    return {
        "what": _LOG, "stream": sealed.stream, "sequence": sealed.sequence, "before": sealed.before,
        "after": sealed.after,
    }  # fmt: skip


async def _cases(database: Database) -> int:
    after, done = "", 0
    while True:
        async with database.reading(patience=PATIENCE, heavy=True) as work:
            ids = await work.open_cases_after(after, PORTION)
        if not ids:
            return done
        for id in ids:
            async with database.work(heavy=True) as work:
                await work.seal_case(id)
        after, done = ids[-1], done + len(ids)


async def _rows(database: Database) -> int:
    done = 0
    for column in OF_NO_CASE:
        some = PORTION
        while some == PORTION:
            async with database.work(patience=PATIENCE, heavy=True) as work:
                some = await work.seal_rows(column, PORTION)
            done += some
    return done
