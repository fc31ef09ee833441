"""Time that passes for leases, retries and pauses: these know no playground, so a test moves their rows."""

from datetime import timedelta

from sqlalchemy import text

from bot.store.database import Database

_REAL_TIMES = {
    "deadlines": ("claimed_until",),
    "deliveries": ("created_at", "free_at", "doubt_since"),
    "blocks": ("until",),
    "posted_cards": ("free_at",),
}
"""Table → its columns that hold real time."""


async def elapse(database: Database, by: timedelta) -> None:
    """As if this much time had passed since everything that the engine has written down."""
    seconds = by.total_seconds()
    async with database.work() as work:
        for table, columns in _REAL_TIMES.items():
            for column in columns:
                earlier = f"strftime('%Y-%m-%d %H:%M:%f000', {column}, '-{seconds} seconds')"
                if database.dialect == "postgresql":
                    earlier = f"{column} - interval '{seconds} seconds'"
                await work._execute(text(f"UPDATE {table} SET {column} = {earlier}"))  # noqa: S608
        work.wake()
