"""That a command showed or wrote out what the database holds: who, what and when, in the security log."""

import getpass

from bot.store.database import Database

_SECURITY = "security"


async def on_record(database: Database, what: str) -> None:
    """`what` is the event's kind. A service may be running. Raises CannotOpen and NotSaved."""
    async with database.beside() as beside, beside.work() as work:
        await work.append(_SECURITY, what, {"what": what, "case": "", "person": ""}, _who())


def _who() -> str:
    """Whoever is signed in to the machine."""
    return f"command:{getpass.getuser()}"
