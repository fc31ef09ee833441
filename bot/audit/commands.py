"""`braver audit`, and `braver audit verify`, `export` and `check`."""

import asyncio
import getpass
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from bot.settings import Settings
    from bot.store.database import Database

EVERY = 5.0
"""Seconds between two words of how far it is."""
PATIENCE = 120.0
"""Seconds for one statement: some go through a whole table."""
Json = Annotated[bool, typer.Option("--json", help="One JSON object.")]
Keys = Annotated[
    list[str] | None,
    typer.Option("--key", help="A public key that may have signed the anchors. May be given more than once."),
]
Kept = Annotated[
    list[Path] | None,
    typer.Option(
        "--anchors",
        help="Anchors that were kept outside the database: the file of BRAVER_ANCHOR_FILE, or a log of the "
        "service. May be given more than once.",
    ),
]

audit = typer.Typer(help="Whether everything is there, is watched, is shown as it is, and was not changed.")


@audit.callback(invoke_without_command=True)
def whole(
    context: typer.Context,
    at_rest: Annotated[
        bool,
        typer.Option("--at-rest", help="No service runs on this database: what is only late is left out."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Look at every case, every history, every deadline and every card: whether each open case is watched,
    nothing was changed from outside, nothing is late, and what people see is what is so. Changes nothing; the
    service may be running. Exit 1 if something was found."""
    if context.invoked_subcommand is not None:
        return
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
                return await audited(
                    database, at_rest=at_rest, progress=_progress(report.words, "cases", "streams")
                )
        except NotSaved as away:
            raise CannotOpen("the database does not answer: check that it runs") from away

    logs.silently()
    found = asyncio.run(look())
    typer.echo(report.as_json(found) if as_json else report.in_words(found))
    raise typer.Exit(int(bool(found.findings)))


@audit.command()
def verify(key: Keys = None, anchors: Kept = None, as_json: Json = False) -> None:
    """Follow every history event by event, and check every anchor: any row that was changed, that is missing
    or stands elsewhere is found. Changes nothing; the service may be running. Exit 1 if something was
    found."""
    from bot import logs, settings
    from bot.audit import proof_report as report
    from bot.audit.outside import kept_in
    from bot.audit.verifying import Verified, verified
    from bot.chat.port import NotSaved
    from bot.signing import public_keys
    from bot.store.database import CannotOpen

    async def look() -> Verified:
        # Read before the database: what is in the file was in there by then.
        outside = kept_in(files)
        try:
            async with _database(known).beside() as database:
                return await verified(database, keys, outside, _progress(report.words, "streams", "events"))
        except NotSaved as away:
            raise CannotOpen("the database does not answer: check that it runs") from away

    logs.silently()
    known = settings.read()
    keys = {*public_keys(known.secret_keys), *(one.strip().lower() for one in key or ())}
    files = list(anchors or ())
    if not files and known.anchor_file is not None and known.anchor_file.is_file():
        files = [known.anchor_file]
    found = asyncio.run(look())
    typer.echo(report.as_json(found) if as_json else report.in_words(found, signs=bool(known.secret_keys)))
    raise typer.Exit(int(bool(found.breaches)))


@audit.command()
def export(
    reference: Annotated[
        str, typer.Argument(help="A case by its reference; or security, or directory.", show_default=False)
    ],
    out: Annotated[Path, typer.Option("--out", help="The file to write.")],
    readable: Annotated[
        bool, typer.Option("--readable", help="With what people wrote in plain words, too.")
    ] = False,
    by: Annotated[str, typer.Option(help="Who asks for it, for the security log.")] = "",
) -> None:
    """Write one history into a file that proves itself, with “braver audit check”, to whoever has no
    database. That it was written out is an event in the security log. The service may be running."""
    from bot import logs, settings
    from bot.audit.exporting import Exported, exported
    from bot.audit.proof_report import words
    from bot.chat.port import NotSaved
    from bot.signing import Signer
    from bot.store.database import CannotOpen

    async def write() -> Exported:
        signer = Signer(known.secret_keys[0]) if known.secret_keys else None
        try:
            async with _database(known).beside() as database:
                return await exported(
                    database, reference, out, by=f"command:{by or getpass.getuser()}", readable=readable,
                    signer=signer,
                )  # fmt: skip
        except NotSaved as away:
            raise CannotOpen("the database does not answer: check that it runs") from away

    logs.silently()
    known = settings.read()
    done = asyncio.run(write())
    numbers = {"events": f"{done.events:,}", "anchors": f"{done.anchors:,}"}
    typer.echo(words("export.written", file=out, stream=done.stream, **numbers))
    if not done.anchors:
        typer.echo(words("export.unproven"))
    typer.echo(words("export.sensitive"))


@audit.command()
def check(
    file: Annotated[Path, typer.Argument(help="What “braver audit export” wrote.", show_default=False)],
    key: Keys = None,
    anchors: Kept = None,
    as_json: Json = False,
) -> None:
    """Check a history that was written out. Needs no database and no secret. Exit 1 if something is wrong."""
    from bot.audit import proof_report as report
    from bot.audit.checking import checked
    from bot.audit.outside import kept_in

    keys = {one.strip().lower() for one in key or ()}
    found = checked(file, keys, kept_in(anchors or ()))
    typer.echo(report.checked_as_json(found) if as_json else report.checked_in_words(found, known=bool(keys)))
    raise typer.Exit(int(bool(found.faults)))


def _database(known: "Settings") -> "Database":
    from bot.store.database import Database

    return Database(known.database_url, known.secret_keys, patience=PATIENCE, may_shift=True)


def _progress(words: Callable[..., str], *names: str) -> Callable[[int, int], None]:
    """On the terminal's other channel, and only where it takes long. `names` are what is counted."""
    said = time.monotonic()

    def progress(*counted: int) -> None:
        nonlocal said
        if time.monotonic() - said >= EVERY:
            said = time.monotonic()
            numbers = {name: f"{number:,}" for name, number in zip(names, counted, strict=True)}
            print(words("progress", **numbers), file=sys.stderr)  # noqa: T201

    return progress
