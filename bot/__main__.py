"""The command line: `braver run`, `doctor`, `policy`, `directory`, `manifest`, `advise` and the others."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from pathlib import Path
from typing import Annotated

import structlog
import typer

from bot import garbage, logs
from bot.audit.commands import audit
from bot.backup.commands import backup, restore
from bot.files import BadFile
from bot.keys.commands import keys
from bot.people.commands import directory
from bot.policies.commands import policy
from bot.retention.commands import retention

app = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False,
    help="Braver helps people who safeguard children to challenge, and to escalate, in chat.",
)  # fmt: skip
manifest = typer.Typer(no_args_is_help=True, help="App manifests for a real workspace or tenant.")
app.add_typer(manifest, name="manifest")
app.add_typer(policy, name="policy")
app.add_typer(directory, name="directory")
app.add_typer(keys, name="keys")
app.add_typer(audit, name="audit")
app.add_typer(retention, name="retention")
app.command()(backup)
app.command()(restore)

BAD_INPUT = 2


@app.command()
def run() -> None:
    """Serve both platforms. Settings by environment, see the README."""
    from bot import settings
    from bot.app import Service

    logs.as_json()
    # What is made from now on (SQLite's files, say) is for this user alone.
    os.umask(0o077)
    chosen = settings.load()
    logs.hide(chosen.secrets)
    service = Service(chosen)

    async def serve() -> None:
        # Before anybody hears that it listens: who stops it then must not cut it off.
        stopped = _stopping()
        async with service.serving() as port:
            garbage.leave_alone()
            structlog.get_logger().info("listening", host=service.settings.host, port=port)
            await stopped.wait()

    asyncio.run(serve())


@app.command()
def upgrade() -> None:
    """Bring the database up to date, and give the service's own role what it needs and no more (see
    BRAVER_DATABASE_OWNER_URL). The service does so itself when it starts, where it may."""
    from bot import settings
    from bot.store.database import Database

    logs.silently()
    known = settings.read()
    owner = known.database_owner_url.get_secret_value()
    asyncio.run(Database(known.database_url, owner_url=owner).upgrade())
    typer.echo("The database is up to date.")


@app.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Look at settings, credentials, permissions, database, directory, policy and clocks: what is wrong, and
    what to do. Sends nothing, changes nothing; the service may be running. Exit 1 if something must be put
    right, 2 if the settings can't be read."""
    from bot.app import PLATFORMS, examiners
    from bot.doctor import examined, given, report

    logs.silently()
    read = given()
    on = examiners(read.settings) if read.settings and read.sound else ()
    found = asyncio.run(examined(read, on, PLATFORMS))
    typer.echo(report.as_json(found) if as_json else report.in_words(found))
    raise typer.Exit(BAD_INPUT if read.settings is None else int(report.must_be_mended(found)))


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="Where the page is served, on this machine only.")] = 3980,
    policy: Annotated[
        Path | None, typer.Option(help="The policy file to follow; the default one if left out.")
    ] = None,
) -> None:
    """The service with a simulated Slack and Teams, and a page on which to be everybody."""
    from bot.settings import Settings
    from playground.demo import show

    logs.quietly()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(show(port, policy or Settings().policy, typer.echo, _until_stopped))


@app.command()
def story() -> None:
    """Play one case from challenge to closing and print what each person saw."""
    from playground.story import tell

    logs.quietly()
    closed = asyncio.run(tell(typer.echo))
    raise typer.Exit(0 if closed else 1)


@app.command()
def advise(
    text: Annotated[str, typer.Argument(help="What is going on, in plain words.")] = "",
    file: Annotated[Path | None, typer.Option(help="A file with one question a line.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object for each question.")] = False,
) -> None:
    """Say which advice topic a situation is about, and which of its words led there."""
    from bot.files import bad, text_of
    from bot.guidance.advice import advise as advised

    if file is None and not text:
        raise bad("braver advise", 0, "There is nothing to advise on.", "Give a text, or --file.")
    for question in _lines(text_of(file)) if file is not None else [text]:
        found = advised(question)
        if as_json:
            said = {
                "topic": found.topic, "confidence": found.confidence, "alternatives": found.alternatives,
                "because": found.because, "urgent": found.urgent,
            }  # fmt: skip
            typer.echo(json.dumps(said, ensure_ascii=False))
        else:
            heard = ", ".join(f"“{one}”" for one in found.because)
            others = ", ".join(found.alternatives)
            urgent = "  URGENT" if found.urgent else ""
            typer.echo(f"{found.topic or 'no topic'}  {found.confidence:.2f}{urgent}  because {heard or '-'}")
            typer.echo(f"  or: {others or '-'}")


def _lines(text: str) -> list[str]:
    """Line by line; a file's last end of line begins none."""
    lines = text.replace("\r\n", "\n").split("\n")
    return lines[:-1] if lines[-1] == "" else lines


@app.command()
def learn() -> None:
    """Learn anew from the examples in content/examples, after a change there (less than a minute)."""
    try:
        from bot.guidance.matching.learn import learn as learned_of
    except ImportError:
        typer.echo("Learning needs scikit-learn: pip install 'braver[learn]'.", err=True)
        raise typer.Exit(BAD_INPUT) from None
    from bot.guidance.matching.learned import keep, place

    what = learned_of()
    keep(what)
    typer.echo(
        f"Wrote {place()}: {len(what.topics.labels)} labels, {len(what.terms.places):,} rows of words."
    )


@manifest.command("slack")
def manifest_slack(
    address: Annotated[str, typer.Option(help="The public https address of this service.")],
    several: Annotated[bool, typer.Option("--several", help="For an app in several workspaces.")] = False,
) -> None:
    """Print the Slack app manifest (YAML), to paste when making the app."""
    from bot.manifests import slack

    typer.echo(slack(address, several=several), nl=False)


@manifest.command("teams")
def manifest_teams(
    address: Annotated[str, typer.Option(help="The public https address of this service.")],
    app_id: Annotated[str, typer.Option(help="The app's (client) id of the bot's registration.")],
    out: Annotated[Path, typer.Option(help="Where to write the app package.")] = Path("app.zip"),
) -> None:
    """Write the Teams app package (a zip with manifest and icons), to upload for the organisation."""
    from bot.manifests import teams

    out.write_bytes(teams(address, app_id))
    typer.echo(f"Wrote {out}")


async def _until_stopped() -> None:
    await _stopping().wait()


def _stopping() -> asyncio.Event:
    """It is set when the process is asked to stop."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stopped.set)
    return stopped


def main() -> None:
    """Exit 2 for a wrong policy, directory or setting, with every problem in a line of its own."""
    from bot.store.database import CannotOpen

    try:
        app()
    except BadFile as bad:
        for problem in bad.problems:
            typer.echo(logs.hidden(str(problem)), err=True)
        sys.exit(BAD_INPUT)
    except CannotOpen as closed:
        typer.echo(logs.hidden(str(closed)), err=True)
        sys.exit(BAD_INPUT)


if __name__ == "__main__":
    main()
