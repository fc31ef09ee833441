"""`braver backup` and `braver restore`."""

import asyncio
import shutil
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

if TYPE_CHECKING:
    from bot.settings import Settings
    from bot.store.database import Database


def backup(
    file: Annotated[
        Path, typer.Argument(help="Where to write it; - for the standard output.", show_default=False)
    ],
) -> None:
    """Write everything that the database holds into one file, as of one moment. The service may be running.
    The file holds what people wrote: encrypt it where you keep it. Either kind of database takes it back."""
    from bot import logs, settings
    from bot.backup.format import words
    from bot.backup.taking import STDOUT, taken
    from bot.chat.port import NotSaved
    from bot.on_record import on_record
    from bot.store.database import CannotOpen, Database

    logs.silently()
    known = settings.read()
    database = Database(known.database_url, known.secret_keys, may_shift=True)
    summary = asyncio.run(taken(database, file))
    said = words("written", file=file, rows=f"{summary.all:,}", cases=f"{summary.rows.get('cases', 0):,}")
    typer.echo(said, err=file == STDOUT)
    try:
        asyncio.run(on_record(database, "backed_up"))
    except (CannotOpen, NotSaved) as why:
        typer.echo(words("not_on_record", why=why), err=True)
    typer.echo(words("sensitive"), err=file == STDOUT)


def restore(
    file: Annotated[Path, typer.Argument(help="The backup; - for the standard input.", show_default=False)],
) -> None:
    """Put a backup into the database that BRAVER_DATABASE_URL names, which must be empty, and look whether
    all of it is sound. Exit 1 if something was found, 2 if nothing was restored."""
    from bot import logs, settings
    from bot.audit import report
    from bot.audit.whole import audited
    from bot.backup.format import BadBackup, words
    from bot.backup.restoring import Restored, restored
    from bot.store.database import CannotOpen, Database, WrongKey

    async def put_back(opened: BinaryIO, database: Database) -> tuple[Restored, report.Audited | None]:
        try:
            done = await restored(database, opened)
        except BadBackup as bad:
            raise CannotOpen(str(bad)) from bad
        # The role of the service gets its rights.
        await database.upgrade()
        try:
            async with database.beside():
                return done, await audited(database, at_rest=True)
        except WrongKey:
            return done, None

    logs.silently()
    known = settings.read()
    owner = known.database_owner_url.get_secret_value()
    database = Database(known.database_url, known.secret_keys, may_shift=True, owner_url=owner)
    with ExitStack() as stack:
        done, found = asyncio.run(put_back(_opened(file, stack), database))
    numbers = {"rows": f"{done.summary.all:,}", "cases": f"{done.summary.rows['cases']:,}"}
    typer.echo(words("restored", made_at=f"{done.header.made_at:%Y-%m-%d %H:%M} UTC", **numbers))
    if found is None:
        typer.echo(words("locked"))
        raise typer.Exit(1)
    typer.echo(report.in_words(found))
    locked = asyncio.run(_locked(known, database))
    if locked:
        typer.echo(words("other_key", number=locked))
    typer.echo(words("then"))
    raise typer.Exit(int(bool(found.findings or locked)))


def _opened(file: Path, stack: ExitStack) -> BinaryIO:
    """The file, or a copy of what comes in, for our eyes only: it is read twice."""
    from bot.backup.format import words
    from bot.store.database import CannotOpen

    if file == Path("-"):
        copy = stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - the stack closes it
        shutil.copyfileobj(sys.stdin.buffer, copy)
        return copy
    try:
        return stack.enter_context(file.open("rb"))
    except OSError as error:
        raise CannotOpen(words("not_read", file=file, why=(error.strerror or "").lower())) from error


async def _locked(settings: "Settings", database: "Database") -> int:
    """How many sealed tokens BRAVER_SECRET_KEY does not open."""
    from bot.installations import installed_tokens

    async with database.looking() as work:
        sealed = len(await work.installed("slack"))
    if not sealed or not settings.secret_keys:
        return sealed
    tokens = await installed_tokens(settings)
    return sum(not token for token in (tokens or {}).values())
