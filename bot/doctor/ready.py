"""Whether the service can work now, from what is near and quick: one short look at the database, and what the
adapters know of their own calls. No platform is asked."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from bot.chat.admission import Admitting
from bot.chat.port import NotSaved
from bot.store import schema
from bot.store.database import Database


@dataclass(frozen=True, slots=True)
class Readiness:
    """`failing` are the names of what is wrong: "database", "schema", or a platform that shuts us out.

    One platform that does is no reason to turn away what people write on the other: `ready` is False only
    where all of them do.
    """

    ready: bool
    failing: tuple[str, ...]


async def readiness(database: Database, admissions: Mapping[str, Admitting]) -> Readiness:
    """`admissions` by platform, of those that are on."""
    shut_out = tuple(name for name, admission in admissions.items() if admission.shut_out)
    inner = await _inner(database)
    return Readiness(not inner and len(shut_out) < max(len(admissions), 1), (*inner, *shut_out))


async def _inner(database: Database) -> tuple[str, ...]:
    try:
        async with database.reading() as work:
            await work.next_due()
            right = schema.standing(await work.revision()) == "right"
    except NotSaved:
        return ("database",)
    except SQLAlchemyError:
        return ("schema",)
    return () if right else ("schema",)
