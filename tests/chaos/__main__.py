"""`python -m tests.chaos`: breaks the service on purpose, and audits it. Exit 1 where something was lost."""

import asyncio
import secrets
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Literal

import typer

from tests.chaos.report import told
from tests.chaos.run import Outcome, Plan, run
from tests.postgres import Postgres


def main(
    seed: Annotated[int | None, typer.Option(help="Repeats what a run with it chose.")] = None,
    cases: Annotated[int, typer.Option(help="How many cases are raised.")] = 200,
    kills: Annotated[int, typer.Option(help="How often the service is killed.")] = 100,
    database: Annotated[Literal["sqlite", "postgres"], typer.Option()] = "sqlite",
    platforms: Annotated[Literal["both", "slack", "teams"], typer.Option()] = "both",
    history: Annotated[
        Literal["read", "refused", "quota"], typer.Option(help="What Slack lets the bot look up.")
    ] = "read",
) -> None:
    """Kill the service again and again while people work with it, and look for what was lost."""
    chosen = secrets.randbelow(1_000_000) if seed is None else seed
    on = ("slack", "teams") if platforms == "both" else (platforms,)
    plan = Plan(chosen, cases, kills, on, history, like=max(1, min(8, cases // 8)))
    typer.echo(f"Seed {chosen}: {cases} cases, {kills} kills, on {database}")
    outcome = _ran(plan, database)
    for line in told(outcome, database):
        typer.echo(line)
    sys.exit(1 if outcome.audit.found or outcome.unfiled else 0)


def _ran(plan: Plan, database: str) -> Outcome:
    with ExitStack() as open_:
        folder = Path(open_.enter_context(tempfile.TemporaryDirectory(prefix="braver-chaos-")))
        url = f"sqlite+aiosqlite:///{folder / 'braver.db'}"
        if database == "postgres":
            url = open_.enter_context(open_.enter_context(Postgres.running()).database())
        return asyncio.run(run(plan, url, folder, typer.echo))


if __name__ == "__main__":
    typer.run(main)
