"""`braver directory …`: import, check and export the directory, and its history, for whoever keeps it."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.files import BadFile
from bot.guidance.content import root
from bot.people.directory import Directory

if TYPE_CHECKING:
    from bot.escalation.policy import Policy
    from bot.people.importing import Plan
    from bot.people.live import Proof
    from bot.settings import Settings
    from bot.store.database import Database
    from bot.store.work import Work

directory = typer.Typer(
    no_args_is_help=True, help="The directory of people: import it, check it, and see what has changed."
)

GAP, BAD_INPUT = 1, 2
"""Exit codes: something is missing, or was refused for that; a file that can't be used."""

Json = Annotated[bool, typer.Option("--json", help="As data.")]
TwoPeople = Annotated[
    bool, typer.Option("--namesakes", help="People of one agency with nearly one name are two people.")
]


@directory.command()
def template() -> None:
    """A spreadsheet to fill in (CSV): the columns, what each is for, and made-up people as an example."""
    from bot.people.written import MARK

    typer.echo(MARK + (root() / "directories" / "people.csv").read_text(encoding="utf-8"), nl=False)


@directory.command()
def export(
    as_sheet: Annotated[bool, typer.Option("--csv/--yaml", help="A spreadsheet, or the default.")] = False,
) -> None:
    """The directory as the database has it: imported again, it changes nothing."""
    from bot.on_record import on_record
    from bot.people import written

    found = asyncio.run(_kept(_settings()))
    if not found.people:
        typer.echo(written.words("export.no_directory"), err=True)
        raise typer.Exit(BAD_INPUT)
    left_out = written.left_out(found) if as_sheet else ()
    for what in left_out:
        typer.echo(written.words("export.cannot", what=what), err=True)
    if left_out:
        typer.echo(written.words("export.use_yaml"), err=True)
        raise typer.Exit(BAD_INPUT)
    asyncio.run(on_record(_database(_settings()), "directory_exported"))
    typer.echo(written.MARK + written.as_sheet(found) if as_sheet else written.as_yaml(found), nl=False)


@directory.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="The directory, CSV or YAML.", show_default=False)],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change, and stop.")] = False,
    namesakes: TwoPeople = False,
    even_if: Annotated[
        bool, typer.Option("--even-if", help="Even if it leaves a stage or an open case without somebody.")
    ] = False,
    by: Annotated[str, typer.Option(help="Who imports it, for the history.")] = "",
    as_json: Json = False,
) -> None:
    """Take a file over as the directory, all of it or nothing. The service may be running."""
    from bot.people.showing import plan_data, plan_lines, words
    from bot.policies.source import load as policy_of

    settings = _settings()
    found = _read(file, namesakes, as_json)
    name = " ".join(by.split())[:100] or words("import.hand")
    plan, done = asyncio.run(
        _imported(settings, policy_of(settings.policy), found, name, dry_run=dry_run, even_if=even_if)
    )
    refused = bool(plan.losses) and not even_if
    if as_json:
        typer.echo(json.dumps(plan_data(plan, done=done), ensure_ascii=False, indent=2))
    else:
        for line in plan_lines(plan, done=done, refused=refused, dry_run=dry_run):
            typer.echo(line)
    raise typer.Exit(GAP if refused else 0)


@directory.command()
def check(
    file: Annotated[
        Path | None, typer.Argument(help="A directory file; what the database has if left out.")
    ] = None,
    live: Annotated[
        bool, typer.Option("--live", help="Ask the platforms who can be reached. Nobody is messaged.")
    ] = False,
    namesakes: TwoPeople = False,
    as_json: Json = False,
) -> None:
    """Every gap, in words: whom a message would not find, and what nobody has looked at for too long."""
    from bot.people.gaps import gaps
    from bot.people.showing import check_data, gap_lines, live_lines

    settings = _settings()
    known = _read(file, namesakes, as_json) if file else None
    looked, proofs = asyncio.run(_checked(settings, known, live=live))
    found = gaps(looked)
    if as_json:
        typer.echo(json.dumps(check_data(found, proofs), ensure_ascii=False, indent=2))
    else:
        people = looked.directory.on_the_ladder
        for line in (*gap_lines(looked, found), *(live_lines(proofs, people) if live else ())):
            typer.echo(line)
    missing = any(not gap.note for gap in found) or any(proof.why_not for proof in proofs)
    raise typer.Exit(GAP if missing else 0)


@directory.command()
def history(
    what: Annotated[str, typer.Argument(help="A person's id or a post (agency/post); all if left out.")] = "",
    as_json: Json = False,
) -> None:
    """Every change of the directory: when, by whom, what it said before and what it says now."""
    from bot.people.past import past_data, past_table
    from bot.policies.source import load as policy_of

    settings = _settings()
    found, people = asyncio.run(_past(settings, what))
    if as_json:
        typer.echo(json.dumps([past_data(one) for one in found], ensure_ascii=False, indent=2))
    else:
        typer.echo(past_table(found, people, policy_of(settings.policy).calendar.zone, what))


def _settings() -> "Settings":
    from bot.settings import read

    return read()


def _read(file: Path, two_people: bool, as_json: bool) -> Directory:
    """The directory of a file; where it can't be used, every problem is shown, and that is the end."""
    from bot.people.entries import PLATFORMS
    from bot.people.showing import problem_data, problem_table
    from bot.people.source import load

    try:
        return load(file, PLATFORMS, two_people=two_people)
    except BadFile as bad:
        if as_json:
            typer.echo(json.dumps(problem_data(bad.problems), ensure_ascii=False, indent=2))
        else:
            typer.echo(problem_table(str(file), bad.problems), err=True)
        raise typer.Exit(BAD_INPUT) from None


def _database(settings: "Settings") -> "Database":
    from bot.people.importing import PATIENCE
    from bot.store.database import Database

    return Database(settings.database_url, settings.secret_keys, patience=PATIENCE, may_shift=True)


@asynccontextmanager
async def _looking(settings: "Settings") -> AsyncIterator["Work"]:
    """One look at the database. Raises CannotOpen, also where it is not of this release."""
    from sqlalchemy.exc import SQLAlchemyError

    from bot.store.database import CannotOpen

    try:
        async with _database(settings).looking() as work:
            yield work
    except SQLAlchemyError as error:
        raise CannotOpen("the database is not Braver's, or not of this version") from error


async def _kept(settings: "Settings") -> Directory:
    from bot.people.importing import kept

    async with _looking(settings) as work:
        return (await kept(work)).directory


async def _imported(
    settings: "Settings", policy: "Policy", found: Directory, by: str, *, dry_run: bool, even_if: bool
) -> tuple["Plan", bool]:
    """The plan, and whether it was carried out."""
    from bot.chat.port import NotSaved
    from bot.people.importing import carried_out, planned
    from bot.people.showing import words
    from bot.store.database import CannotOpen
    from bot.store.work import Conflict

    try:
        async with _database(settings).beside() as database:
            plan = await planned(database, found, policy, settings.platforms)
            if dry_run or not plan.changes or (plan.losses and not even_if):
                return plan, False
            await carried_out(database, plan, by)
            return plan, True
    except NotSaved as error:
        raise CannotOpen("the database does not answer: nothing was changed") from error
    except Conflict as error:
        raise CannotOpen(words("import.meanwhile")) from error


async def _checked(settings: "Settings", known: Directory | None, *, live: bool) -> tuple[Any, list["Proof"]]:
    """What is to be looked at, and what the platforms say."""
    from datetime import UTC, datetime

    from bot.people.gaps import Looked
    from bot.people.importing import kept
    from bot.policies.source import load as policy_of

    policy, absences, now = policy_of(settings.policy), {}, datetime.now(UTC)
    if known is None:
        async with _looking(settings) as work:
            register, now = await kept(work), work.now
            known, absences = register.directory, register.absences
    looked = Looked(known, policy, settings.platforms, absences, now)
    return looked, await _proved(settings, known) if live else []


async def _proved(settings: "Settings", known: Directory) -> list["Proof"]:
    from bot.app import Service
    from bot.people.live import asked, proved
    from bot.settings import load

    service = Service(load())
    async with service.reaching() as platforms:
        async with _looking(settings) as work:
            questions = await asked(work, known, platforms)
        return await proved(questions, platforms)


async def _past(settings: "Settings", what: str) -> tuple[Sequence[Any], Directory]:
    from bot.people.importing import kept
    from bot.people.past import past

    async with _looking(settings) as work:
        return await past(work, what), (await kept(work)).directory
