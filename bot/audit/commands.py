"""`braver audit`."""

import asyncio
import sys
import time
from collections.abc import Callable
from typing import Annotated

import typer

EVERY = 5.0
"""Seconds between two words of how far it is."""


def audit(
    at_rest: Annotated[
        bool,
        typer.Option("--at-rest", help="No service runs on this database: what is only late is left out."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Look at every case, every history, every deadline and every card: whether each open case is watched,
    nothing was changed from outside, nothing is late, and what people see is what is so. Changes nothing; the
    service may be running. Exit 1 if something was found."""
    from bot import logs, settings
    from bot.audit import report
    from bot.audit.whole import audited
    from bot.chat.port import NotSaved
    from bot.store.database import CannotOpen, Database

    async def look() -> report.Audited:
        known = settings.read()
        database = Database(known.database_url, known.secret_keys, may_shift=True)
        try:
            async with database.beside():
                return await audited(database, at_rest=at_rest, progress=_progress(report.words))
        except NotSaved as away:
            raise CannotOpen("the database does not answer: check that it runs") from away

    logs.silently()
    found = asyncio.run(look())
    typer.echo(report.as_json(found) if as_json else report.in_words(found))
    raise typer.Exit(int(bool(found.findings)))


def _progress(words: Callable[..., str]) -> Callable[[int, int], None]:
    """On the terminal's other channel, and only where it takes long."""
    said = time.monotonic()

    def progress(cases: int, streams: int) -> None:
        nonlocal said
        if time.monotonic() - said >= EVERY:
            said = time.monotonic()
            print(words("progress", cases=f"{cases:,}", streams=f"{streams:,}"), file=sys.stderr)  # noqa: T201

    return progress
