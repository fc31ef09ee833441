"""`braver keys`: status, rotate, seal."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

import typer

if TYPE_CHECKING:
    from bot.store.database import Database

T = TypeVar("T")
keys = typer.Typer(no_args_is_help=True, help="The keys with which the database is sealed.")


@keys.command()
def status() -> None:
    """How many data keys each key of BRAVER_SECRET_KEY wraps, and whether anything lies in the open. Exit 1
    if something is to be done."""
    from bot.guidance.words import Words
    from bot.keys.turning import standing

    words = Words("keys")

    async def look(database: "Database") -> tuple[dict[str, int], str, bool]:
        wrapped, first = await standing(database)
        async with database.reading(patience=600, heavy=True) as work:
            return wrapped, first, not work.sealing or await work.lies_open()

    wrapped, first, lies_open = _beside(look)
    others = sum(number for by, number in wrapped.items() if by not in ("", first))
    typer.echo(words("status.first", number=f"{wrapped.get(first, 0):,}", name=first))
    if others:
        typer.echo(words("status.others", number=f"{others:,}"))
    if erased := wrapped.get("", 0):
        typer.echo(words("status.erased", number=f"{erased:,}"))
    typer.echo(words("status.open" if lies_open else "status.closed"))
    raise typer.Exit(int(lies_open or bool(others)))


@keys.command()
def rotate() -> None:
    """Wrap every data key with the first key of BRAVER_SECRET_KEY. The service may be running, with the same
    keys; what was broken off goes on when this is started again. Afterwards the older keys are not needed."""
    from bot.guidance.words import Words
    from bot.keys.turning import turned

    number = _beside(turned)
    typer.echo(Words("keys")("rotate.done" if number else "rotate.nothing", number=f"{number:,}"))


@keys.command()
def seal() -> None:
    """Seal what a release before this one left in the open. The service may be running, all of it of this
    release; what was broken off goes on when this is started again."""
    from bot.guidance.words import Words
    from bot.keys.closing import closed

    number = _beside(closed)
    typer.echo(Words("keys")("seal.done" if number else "seal.nothing", number=f"{number:,}"))


def _beside(does: "Callable[[Database], Awaitable[T]]") -> T:
    """Do this with the database, beside a service that may be running."""
    from bot import logs
    from bot.chat.port import NotSaved
    from bot.files import bad
    from bot.settings import read
    from bot.store.database import CannotOpen, Database
    from bot.store.keyring import Locked

    known = read()
    if not known.secret_keys:
        raise bad("BRAVER_SECRET_KEY", 0, "It is missing.", "Set the key with which the service is started.")

    # The role of the service may change no event.
    url = known.database_owner_url.get_secret_value() or known.database_url

    async def do() -> T:
        async with Database(url, known.secret_keys, may_shift=True).beside() as database:
            return await does(database)

    logs.silently()
    try:
        return asyncio.run(do())
    except Locked as locked:
        raise CannotOpen(str(locked)) from locked
    except NotSaved as away:
        raise CannotOpen("the database does not answer, or is busy: start this again") from away
