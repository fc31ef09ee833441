"""`braver policy …`: check, explain, draw, print and compare policy files, for whoever writes them."""

import asyncio
import json
import os
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from bot import files
from bot.escalation.policy import Policy
from bot.policies.source import load, tree_of

if TYPE_CHECKING:
    from bot.escalation.policy import Policy
    from bot.people.directory import Directory

policy = typer.Typer(no_args_is_help=True, help="Policy files: whether one is sound, and what it says.")

PolicyFile = Annotated[Path, typer.Argument(help="The policy file.", show_default=False)]
DirectoryFile = Annotated[
    Path | None,
    typer.Option("--directory", help="The directory of people; BRAVER_DIRECTORY or the example if left out."),
]
Priority = Annotated[str, typer.Option(help="The priority's short name; the first of the file if left out.")]
Urgent = Annotated[bool, typer.Option("--urgent", help="The urgent track.")]
Start = Annotated[
    str, typer.Option("--from", help="When it is raised, as in 2026-12-23T16:00; now if left out.")
]


@policy.command()
def check(file: PolicyFile, directory: DirectoryFile = None) -> None:
    """Whether a policy file is sound, and whether its posts are held."""
    from bot.policies.held import held, sound

    tree = tree_of(file)
    found = files.checked(tree, Policy)
    notes = held(found, tree.place, _directory(directory))
    typer.echo(sound(str(file), found))
    for note in notes:
        typer.echo(note)


@policy.command()
def explain(
    file: PolicyFile, start: Start = "", priority: Priority = "", urgent: Urgent = False,
    as_json: Annotated[bool, typer.Option("--json", help="As data.")] = False,
    directory: DirectoryFile = None,
) -> None:  # fmt: skip
    """The whole ladder as a timetable: every stage, clock and time, and what happens when it runs out."""
    from bot.policies.explain import asked, explained, in_words

    found = load(file)
    which = asked(found, start, priority, urgent, datetime.now(UTC))
    data = explained(found, which, *_names(directory))
    typer.echo(json.dumps(data, indent=2, ensure_ascii=False) if as_json else in_words(data))


@policy.command()
def draw(
    file: PolicyFile,
    out: Annotated[Path | None, typer.Option(help="Where to write it; FILE.svg here if left out.")] = None,
    directory: DirectoryFile = None,
) -> None:
    """The ladder as a picture (SVG)."""
    from bot.policies.draw import drawn

    _write(out or Path(f"{file.stem}.svg"), drawn(load(file), *_names(directory)))


@policy.command("print")
def print_(
    file: PolicyFile,
    out: Annotated[Path | None, typer.Option(help="Where to write it; FILE.html here if left out.")] = None,
    directory: DirectoryFile = None,
    database: Annotated[
        str, typer.Option(help="Where it is kept who checked which number; BRAVER_DATABASE_URL if left out.")
    ] = "",
) -> None:
    """A sheet of one page for the day when chat is down: numbers, ladder, contacts."""
    from bot.policies.sheet import sheet

    found = load(file)
    known = _known(database, found, directory)
    people = _directory(directory) if directory else None
    _write(out or Path(f"{file.stem}.html"), sheet(found, datetime.now(UTC).date(), people, known))


@policy.command()
def diff(
    old: Annotated[Path, typer.Argument(help="The policy file as it was.", show_default=False)],
    new: Annotated[Path, typer.Argument(help="The policy file as it is now.", show_default=False)],
) -> None:
    """What changes for people between two policy files, in words."""
    from bot.policies.diff import changes, in_words

    typer.echo(in_words(changes(load(old), load(new))))


@policy.command()
def schema() -> None:
    """The JSON Schema of a policy file, for editors."""
    from bot.policies.schema import text

    typer.echo(text(), nl=False)


@policy.command("who-sees")
def who_sees(
    file: Annotated[
        Path | None, typer.Argument(help="The policy file; the example if left out.", show_default=False)
    ] = None,
) -> None:
    """Who sees what of a case, and who can do what in each state: the page docs/who-sees-what.md."""
    from bot.guidance.content import root
    from bot.policies.who_sees import page

    typer.echo(page(load(file or root() / "policies" / "example.yaml")), nl=False)


def _directory(file: Path | None) -> "Directory":
    from bot.people import source
    from bot.people.entries import PLATFORMS
    from bot.settings import PREFIX, Settings

    usual = os.environ.get(f"{PREFIX}DIRECTORY") or Settings.model_fields["directory"].default
    return source.load(file or Path(usual), PLATFORMS)


def _names(directory: Path | None) -> tuple[Any, ...]:
    """What agencies are called, where a directory was named."""
    if directory is None:
        return ()
    people = _directory(directory)

    def name(agency: str) -> str:
        found = people.agency(agency)
        return found.name if found else agency

    return (name,)


def _known(database: str, found: Policy, directory: Path | None) -> dict[str, tuple[str, date]] | None:
    """Who checked the numbers. The sheet is for the day when nothing else works: a database that only the
    environment names does not keep it from being printed."""
    from bot.store.database import CannotOpen

    url = database or os.environ.get("BRAVER_DATABASE_URL", "")
    try:
        return asyncio.run(_confirmed(url, found, directory)) if url else None
    except CannotOpen as closed:
        if database:
            raise
        typer.echo(f"The sheet does not say who checked the numbers: {closed}", err=True)
        return None


async def _confirmed(url: str, found: "Policy", directory: Path | None) -> dict[str, tuple[str, date]]:
    """Number → who has said that it is right, and when, as the service keeps it. It may be running."""
    from sqlalchemy.exc import SQLAlchemyError

    from bot.desk.numbers import confirmations
    from bot.store.database import CannotOpen, Database

    people = _directory(directory)
    try:
        async with Database(url, _secrets(), may_shift=True).looking() as work:
            said = await confirmations(work, found)
    except SQLAlchemyError as error:
        raise CannotOpen("the database is not Braver's, or not of this version") from error
    zone = ZoneInfo(found.calendar.zone)

    def name(person: str) -> str:
        entry = people.person(person)
        return entry.name if entry else person

    return {number: (name(by), at.astimezone(zone).date()) for number, (by, at) in said.items()}


def _secrets() -> tuple[str, ...]:
    """Those of the environment, whatever else in it is wrong."""
    from bot.settings import KeySettings

    return KeySettings().secret_keys


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        what = f"This file can't be written ({(error.strerror or 'unknown reason').lower()})."
        raise files.bad(file, 0, what, "Choose another name with --out.") from None
    typer.echo(f"Wrote {file}")
