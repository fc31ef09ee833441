"""`braver retention …`: what is due, erasing it, holds, and what is held of one person."""

import asyncio
import getpass
import json
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from bot.escalation.policy import Policy
    from bot.people.directory import Directory
    from bot.retention.due import Due
    from bot.store.database import Database
    from bot.store.work import Work

retention = typer.Typer(
    no_args_is_help=True, help="What is kept how long: what is due, erasing, holds, what is held of a person."
)

NOT_DONE, BAD_INPUT = 1, 2
"""Exit codes: what was asked for was not done, with why; what can't be used."""
PATIENCE = 120.0
"""Seconds for one transaction: nobody waits for it."""

By = Annotated[str, typer.Option(help="Who does it, for the record; the user of this machine if left out.")]
Reference = Annotated[str, typer.Argument(help="The case's reference.", show_default=False)]
Reason = Annotated[str, typer.Option(help="Why, for the record and for those on the case.")]


@retention.command()
def due(as_json: Annotated[bool, typer.Option("--json", help="As data.")] = False) -> None:
    """What would be erased or taken away now, and of what else the time has come, with why not yet. Changes
    nothing; the service may be running."""
    from bot.retention import report

    async def look() -> tuple[tuple["Due", ...], int, "Policy", "Directory"]:
        from bot.retention.due import due_cases

        async with _database() as database, _patiently(database, writing=False) as work:
            policy, directory = await _known(work)
            return await due_cases(work, policy), await work.closed_cases(), policy, directory

    found, closed, policy, directory = asyncio.run(look())
    if as_json:
        typer.echo(report.as_json(found, closed, policy))
    else:
        typer.echo(report.in_words(found, closed, policy, directory))


@retention.command()
def erase(
    case: Annotated[str, typer.Option(help="This case alone, by its reference.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without this, it is only said.")] = False,
    by: By = "",
) -> None:
    """Do what is due and what nothing hinders: erase cases, take copies away. It can't be undone. Braver's
    cards in the chats are taken away by the service, as soon as it runs. Exit 1 if a case that was named was
    not erased."""
    from bot.retention import report
    from bot.retention.due import due_cases, ready
    from bot.retention.erasing import NotNow, called, carry_out, refused

    async def act() -> int:
        async with _database() as database:
            async with _patiently(database, writing=False) as work:
                policy, directory = await _known(work)
                row = await called(work, case) if case else None
                ids = [one.case.id for one in ready(await due_cases(work, policy))]
            if case:
                ids = [row.id] if row else []
                if row is None:
                    typer.echo(report.words("erase.unknown", reference=case), err=True)
                    return NOT_DONE
            missed = 0
            for case_id in ids:
                try:
                    async with _patiently(database, writing=yes) as work:
                        reference = await _reference(work, case_id)
                        if not yes:
                            why = await _why_not(work, policy, case_id)
                            typer.echo(report.would(reference, why, directory))
                            missed += bool(why)
                            continue
                        rule, cards = await carry_out(work, policy, directory, case_id, _by(by))
                    typer.echo(report.words(f"erase.{rule}", reference=reference, cards=cards))
                except NotNow as refusal:
                    async with _patiently(database, writing=True) as work:
                        await refused(work, case_id, refusal.why, _by(by))
                    typer.echo(report.not_done(reference, refusal.why), err=True)
                    missed += 1
            typer.echo(report.words("erase.end" if yes else "erase.only_said", number=len(ids)))
            return NOT_DONE if case and missed else 0

    raise typer.Exit(asyncio.run(act()))


@retention.command()
def hold(reference: Reference, reason: Reason, by: By = "") -> None:
    """Nothing of this case is erased until the hold is lifted. It is on the case's timeline, with why."""
    from bot.escalation.commands import PlaceHold

    _change(reference, lambda: PlaceHold(_by(by), _said(reason)))


@retention.command()
def lift(reference: Reference, reason: Reason, by: By = "") -> None:
    """End the hold of a case."""
    from bot.escalation.commands import LiftHold

    _change(reference, lambda: LiftHold(_by(by), _said(reason)))


@retention.command()
def access(
    person: Annotated[str, typer.Argument(help="The person's id in the directory.", show_default=False)],
    out: Annotated[Path, typer.Option(help="Where to write it (JSON); beside it the same to read (.txt).")],
    by: By = "",
) -> None:
    """All that is held of one person, without the words of others. That it was made is on record. No file is
    written over; only this user can read what is written."""
    from bot.retention import report
    from bot.retention.access import held, in_words, on_record

    readable = out.with_suffix(".txt")
    taken = [path for path in (out, readable) if path.exists()]
    if taken or out == readable:
        typer.echo(report.words("access.taken", file=taken[0] if taken else out), err=True)
        raise typer.Exit(BAD_INPUT)

    async def gather() -> dict[str, Any] | None:
        async with _database() as database:
            async with _patiently(database, writing=False) as work:
                _, directory = await _known(work)
                found = await held(work, directory, person)
            if not any(found[key] for key in found if key != "person"):
                return None
            # It takes long, and the service writes meanwhile.
            async with _patiently(database, writing=True) as work:
                await on_record(work, person, _by(by), "exported")
            return found

    found = asyncio.run(gather())
    if found is None:
        typer.echo(report.words("access.nobody", person=person), err=True)
        raise typer.Exit(NOT_DONE)
    _write(out, json.dumps(found, ensure_ascii=False, indent=2) + "\n")
    _write(readable, in_words(found, report.words))
    typer.echo(report.words("access.written", file=out, readable=readable))


def _change(reference: str, command: Callable[[], Any]) -> None:
    from bot.escalation.decide import Refusal
    from bot.retention import report
    from bot.retention.holding import change_hold

    async def act() -> bool:
        async with _database() as database, _patiently(database, writing=True) as work:
            return await change_hold(work, *await _known(work), reference, command())

    try:
        known = asyncio.run(act())
    except Refusal as refusal:
        typer.echo(report.words(f"hold.{refusal.why}", reference=reference), err=True)
        raise typer.Exit(NOT_DONE) from None
    if not known:
        typer.echo(report.words("erase.unknown", reference=reference), err=True)
        raise typer.Exit(NOT_DONE)
    typer.echo(report.words("hold.done", reference=reference))


@asynccontextmanager
async def _database() -> AsyncIterator["Database"]:
    """The database beside a service that may be running. Raises CannotOpen."""
    from bot import settings
    from bot.chat.port import NotSaved
    from bot.store.database import CannotOpen, Database

    known = settings.read()
    try:
        async with Database(
            known.database_url, known.secret_keys, patience=PATIENCE, may_shift=True
        ).beside() as found:
            yield found
    except NotSaved as away:
        raise CannotOpen("the database does not answer: check that it runs") from away


@asynccontextmanager
async def _patiently(database: "Database", *, writing: bool) -> AsyncIterator["Work"]:
    opened = database.work if writing else database.reading
    async with opened(patience=PATIENCE, heavy=True) as work:
        yield work


async def _known(work: "Work") -> tuple["Policy", "Directory"]:
    """The policy of the settings, and the directory of the database."""
    from bot import settings
    from bot.people.importing import kept
    from bot.policies.source import load

    return load(settings.read().policy), (await kept(work)).directory


async def _reference(work: "Work", case_id: str) -> str:
    row = await work.case(case_id)
    return row.reference if row else case_id


async def _why_not(work: "Work", policy: "Policy", case_id: str) -> tuple[str, ...]:
    from bot.retention.erasing import why_not

    return await why_not(work, policy, case_id)


def _by(name: str) -> str:
    """For the record: that it was the command line, and who."""
    return f"command:{' '.join(name.split())[:100] or getpass.getuser()}"


def _said(reason: str) -> str:
    from bot.retention import report

    said = " ".join(reason.split())[:500]
    if not said:
        typer.echo(report.words("hold.no_reason"), err=True)
        raise typer.Exit(BAD_INPUT)
    return said


def _write(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
