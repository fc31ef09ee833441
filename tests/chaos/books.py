"""What the database says at the end, read once: rows as they are, and each case lived through again."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import SQLModel, col

from bot.escalation import events as e
from bot.escalation.case import Case
from bot.escalation.changes import apply
from bot.escalation.notices import Notice, notices
from bot.store.database import Database
from bot.store.tables import CaseRow, DeadlineRow, DeliveryRow, EventRow, PostedCard
from bot.store.work import StoredEvent, Work

CASE = "case:"


@dataclass(frozen=True, slots=True)
class Story:
    """A case as its events tell it. `owed` are the messages that they cause."""

    id: str
    events: tuple[StoredEvent, ...]
    case: Case | None
    owed: tuple[Notice, ...]


@dataclass(frozen=True, slots=True)
class Books:
    """`wrong` is what the chains of the histories have against themselves, in words."""

    stories: dict[str, Story]
    cases: dict[str, CaseRow]
    deadlines: list[DeadlineRow]
    deliveries: list[DeliveryRow]
    cards: list[PostedCard]
    without_clock: list[str]
    stale: int
    wrong: list[str]
    alarms: list[StoredEvent]
    now: float

    def reference(self, case_id: str) -> str:
        row = self.cases.get(case_id)
        return row.reference if row else case_id


async def read(database: Database) -> Books:
    """All of it. The database is open, or looked at from beside."""
    async with database.reading(patience=120.0) as work:
        names = [str(name) for name in await _texts(work, select(col(EventRow.stream)).distinct())]
        told = {name: tuple(await work.history(name)) for name in names}
        wrong = [one for name in names for one in await work.verify(name)]
        stories = {
            name.removeprefix(CASE): _story(name.removeprefix(CASE), events)
            for name, events in told.items()
            if name.startswith(CASE)
        }
        return Books(
            stories,
            {row.id: row for row in await work._readable(await _rows(work, CaseRow))},
            await _rows(work, DeadlineRow),
            await _rows(work, DeliveryRow),
            await _rows(work, PostedCard),
            [row.reference for row in await work.cases_without_clock(1_000)],
            await work.stale_cards(),
            wrong,
            [event for name, events in told.items() if not name.startswith(CASE) for event in events],
            work.now.timestamp(),
        )


async def _rows(work: Work, table: type[SQLModel]) -> list:  # type: ignore[type-arg]
    return await work._all(table, select(table))


async def _texts(work: Work, statement: object) -> list[str]:
    return list((await work._execute(statement)).scalars())  # type: ignore[arg-type]


def _story(id: str, events: tuple[StoredEvent, ...]) -> Story:
    case: Case | None = None
    owed: list[Notice] = []
    for stored in events:
        event = e.restore(stored.kind, {**stored.body, "by": stored.actor})
        try:
            before, case = case, apply(case, event)
        except Exception:
            # An event is missing before it: the chain of the history says so.
            return Story(id, events, None, tuple(owed))
        owed += notices(before, event, case)
    return Story(id, events, case, tuple(owed))
