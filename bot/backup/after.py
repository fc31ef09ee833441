"""What a restored database has to know: that time has passed, and that nobody knows what happened in it.

The service went on after the backup was made. It may have sent what waits here, and fired clocks that still
run here. So nothing is taken for sent, nothing for unsent: a message is looked up where its platform can be
asked, and says elsewhere that it may have come before. Every card of an open case is drawn anew.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, delete, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from bot.engine.alarms import RESTORED
from bot.engine.ways import LEASE
from bot.store.tables import (
    BlockRow,
    CaseRow,
    ClockRow,
    DeadlineRow,
    DeliveryRow,
    IncidentRow,
    InstallStateRow,
    LetterCode,
    LetterSession,
    PostedCard,
)

SHORT_LIVED = (BlockRow, InstallStateRow, LetterCode, LetterSession)
"""What was good for hours, and must not be good once more."""


async def settle(connection: AsyncConnection, made_at: datetime, real_now: datetime) -> None:
    """`made_at` is when the backup was made, by the clock of its database."""
    shift = float(await connection.scalar(select(col(ClockRow.shift_seconds))) or 0.0)
    now = real_now + timedelta(seconds=shift)
    await _deliveries(connection, made_at, real_now, now)
    await _deadlines(connection, made_at, now)
    await _cards(connection, real_now)
    for table in SHORT_LIVED:
        await connection.execute(delete(table))
    # The watchdog tells the coordinator, when the service runs.
    key = f"{RESTORED}:{made_at:%d %B %Y, %H:%M} UTC"
    await connection.execute(insert(IncidentRow).values(key=key, opened_at=real_now))


async def _deliveries(
    connection: AsyncConnection, made_at: datetime, real_now: datetime, now: datetime
) -> None:
    """What was being sent at the moment of the backup is in doubt since its worker took it; what waited,
    since the backup. What waits for a time that has not come yet was not sent by anybody."""
    unfinished = col(DeliveryRow.finished_at).is_(None)
    sending = (unfinished, col(DeliveryRow.state) == "sending", col(DeliveryRow.doubt_since).is_(None))
    for row in (await connection.execute(select(DeliveryRow.id, DeliveryRow.free_at).where(*sending))).all():  # type: ignore[call-overload]
        begun = update(DeliveryRow).where(col(DeliveryRow.id) == row.id)
        await connection.execute(begun.values(doubt_since=min(row.free_at - LEASE, made_at)))
    asleep = col(DeliveryRow.wait_until) > now
    doubtful = func.coalesce(col(DeliveryRow.doubt_since), made_at)
    anew: dict[str, Any] = {
        "created_at": real_now, "free_at": real_now, "attempts": 0, "tries": 0,
        "token": col(DeliveryRow.token) + 1,
        "state": case((asleep, "ready"), else_="uncertain"),
        "doubt_since": case((asleep, col(DeliveryRow.doubt_since)), else_=doubtful),
    }  # fmt: skip
    await connection.execute(update(DeliveryRow).where(unfinished).values(**anew))


async def _deadlines(connection: AsyncConnection, made_at: datetime, now: datetime) -> None:
    """What ran out since fires once; what it sends may have come before."""
    live = col(DeadlineRow.state) == "live"
    await connection.execute(update(DeadlineRow).where(live).values(claimed_until=None, attempts=0))
    ran_out = update(DeadlineRow).where(live, col(DeadlineRow.due_at) <= now)
    await connection.execute(ran_out.values(doubt_since=made_at))


async def _cards(connection: AsyncConnection, real_now: datetime) -> None:
    """What the cards of open cases show now is not known: all of them are drawn anew."""
    still_open = select(col(CaseRow.id)).where(text("cases.status = 'open'"))
    shown = update(PostedCard).where(
        col(PostedCard.state) == "shown", col(PostedCard.case_id).in_(still_open)
    )
    unknown = {"shown_version": 0, "shown_digest": "", "free_at": real_now, "tries": 0}
    await connection.execute(shown.values(**unknown, token=col(PostedCard.token) + 1))
