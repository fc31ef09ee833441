"""Cases in bulk: one real case, played to a certain point, and as many copies of its rows as wanted.

A copy has its own id, reference, people and chats, and its history is chained anew, so that an audit finds
nothing wrong with it. Its clocks run out at the same moment as those of the original.
"""

import re
import sqlite3
import tempfile
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from typing import cast as cast_

import asyncpg
from sqlalchemy import DateTime, make_url
from sqlmodel import SQLModel

from bot.store.chain import fingerprint
from bot.store.tables import (
    CaseMember,
    CaseRow,
    DeadlineRow,
    DeliveryRow,
    EventRow,
    PostedCard,
    StreamRow,
)
from playground.house import House

TABLES = (CaseRow, CaseMember, DeadlineRow, DeliveryRow, PostedCard, StreamRow, EventRow)
NAMES = tuple(str(table.__tablename__) for table in TABLES)
BATCH = 2_000
_COUNTED = ("deadlines", "deliveries", "posted_cards")
"""Tables whose ids the database counts up."""
_FORMAT = "%Y-%m-%d %H:%M:%S.%f"
Rows = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Home:
    """Somebody, and their chat with Braver."""

    person: str
    platform: str
    tenant: str
    app: str
    conversation: str
    service: str = ""


async def played(play: Callable[[House], Awaitable[object]]) -> Rows:
    """The rows of the one case that `play` leaves behind, at ten o'clock of a working day."""
    with tempfile.TemporaryDirectory(prefix="braver-bench-") as folder:
        async with House.open(Path(folder), sealed=False) as house:
            await house.to_working_time()
            await play(house)
        with sqlite3.connect(Path(folder) / "braver.db") as database:
            database.row_factory = sqlite3.Row
            of_case = {"streams": " WHERE name LIKE 'case:%'", "events": " WHERE stream LIKE 'case:%'"}
            return {
                name: [
                    dict(row)
                    for row in database.execute(f"SELECT * FROM {name}{of_case.get(name, '')}")  # noqa: S608
                    if row.keys().count("case_id") == 0 or row["case_id"]
                ]
                for name in NAMES
            }


class Original:
    """A case to copy. `without`: tables whose rows are left out, as when they have been thrown away."""

    def __init__(self, rows: Rows, without: Sequence[str] = ()) -> None:
        self.rows = {name: [] if name in without else found for name, found in rows.items()}
        case = rows["cases"][0]
        self._case, self._reference = case["id"], case["reference"]
        self.people = tuple(sorted(row["person"] for row in rows["case_members"]))
        names = "|".join(map(re.escape, self.people))
        self._tokens = re.compile(f"({case['id']}|{case['reference']}|(?<![\\w.-])(?:{names})(?![\\w.-]))")
        self._moments = [_moment(row["at"]) for row in self.rows["events"]]
        self._parts = {name: [self._split(row) for row in found] for name, found in self.rows.items()}

    def _split(self, row: dict[str, Any]) -> tuple[dict[str, Any], dict[str, list[str]]]:
        """What stays as it is, and the texts that name the case or its people, in pieces."""
        parts = {key: self._tokens.split(value) for key, value in row.items() if isinstance(value, str)}
        return row, {key: pieces for key, pieces in parts.items() if len(pieces) > 1}

    @property
    def due_at(self) -> datetime:
        """When the first of its clocks runs out."""
        first = min(row["due_at"] for row in self.rows["deadlines"] if row["state"] == "live")
        return _moment(first)

    def columns(self, table: str) -> list[str]:
        """What a copied row holds; an id that the database counts up is not in it."""
        known = SQLModel.metadata.tables[table].columns
        return [column.name for column in known if not (column.name == "id" and table in _COUNTED)]

    def copy(self, number: int, cast: Mapping[str, Home]) -> Rows:
        """The rows of one copy; `cast` says who has each part."""
        tokens = {self._case: f"{number:032x}", self._reference: f"BR-{number:07d}"}
        tokens |= {name: home.person for name, home in cast.items()}
        made: Rows = {
            name: [
                row
                | {
                    key: "".join(tokens.get(piece, piece) for piece in pieces)
                    for key, pieces in parts.items()
                }
                for row, parts in found
            ]
            for name, found in self._parts.items()
        }
        self._chain(made)
        self._put_up(made, number, cast)
        return made

    def _chain(self, made: Rows) -> None:
        previous = ""
        for row, at in zip(made["events"], self._moments, strict=True):
            row["previous"] = previous
            # A whole row of the table takes longer to make than to hash.
            event = SimpleNamespace(**{**row, "at": at})
            row["hash"] = previous = fingerprint(cast_(EventRow, event))
        for head in made["streams"]:
            head["hash"] = previous

    def _put_up(self, made: Rows, number: int, cast: Mapping[str, Home]) -> None:
        """The cards stand in the chats of those who have the parts now, each with an id of its own."""
        fresh: dict[str, str] = {"": ""}
        for place, row in enumerate(made["posted_cards"]):
            part = self.rows["posted_cards"][place]["person"]
            home = cast[part]
            slack = home.platform == "slack"
            id_ = (
                f"{1_600_000_000 + number}.{place:06d}"
                if slack
                else str(1_500_000_000_000 + number * 100 + place)
            )
            fresh[row["message_id"]] = id_
            row |= {
                "platform": home.platform, "tenant": home.tenant, "app": home.app, "service": home.service,
                "conversation": home.conversation, "message_id": id_,
                "thread": fresh.get(row["thread"], "") if slack else "",
            }  # fmt: skip


async def fill(
    url: str, original: Original, made: Iterable[Rows], done: Callable[[int], None] | None = None
) -> int:
    """Write the copies into the database at `url`, whose schema is there; how many cases that were."""
    write = _into_sqlite if make_url(url).get_backend_name() == "sqlite" else _into_postgresql
    return await write(url, original, made, done or (lambda _: None))


def _batches(made: Iterable[Rows]) -> Iterable[Rows]:
    together: Rows = {name: [] for name in NAMES}
    for rows in made:
        for name in NAMES:
            together[name] += rows[name]
        if len(together["cases"]) >= BATCH:
            yield together
            together = {name: [] for name in NAMES}
    if together["cases"]:
        yield together


async def _into_sqlite(
    url: str, original: Original, made: Iterable[Rows], done: Callable[[int], None]
) -> int:
    number = 0
    with sqlite3.connect(str(make_url(url).database)) as database:
        database.execute("PRAGMA synchronous = OFF")
        for rows in _batches(made):
            for name in NAMES:
                columns = original.columns(name)
                marks = ", ".join("?" * len(columns))
                database.executemany(
                    f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({marks})",  # noqa: S608
                    ([row[column] for column in columns] for row in rows[name]),
                )
            database.commit()
            number += len(rows["cases"])
            done(number)
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return number


async def _into_postgresql(
    url: str, original: Original, made: Iterable[Rows], done: Callable[[int], None]
) -> int:
    number = 0
    connection: Any = await asyncpg.connect(url.replace("+asyncpg", ""))  # type: ignore[no-untyped-call]
    try:
        for rows in _batches(made):
            async with connection.transaction():
                await connection.execute("SET CONSTRAINTS ALL DEFERRED")
                for table in TABLES:
                    name = str(table.__tablename__)
                    columns = original.columns(name)
                    known = SQLModel.metadata.tables[name].columns
                    read = [_reader(known[column].type) for column in columns]
                    await connection.copy_records_to_table(
                        name,
                        columns=columns,
                        records=[
                            tuple(make(row[column]) for column, make in zip(columns, read, strict=True))
                            for row in rows[name]
                        ],
                    )
            number += len(rows["cases"])
            done(number)
    finally:
        await connection.close()
    return number


@cache
def _moment(text: str) -> datetime:
    return datetime.strptime(text, _FORMAT).replace(tzinfo=UTC)


def _reader(kind: object) -> Callable[[Any], Any]:
    """From what SQLite holds to what PostgreSQL wants."""
    if isinstance(kind, DateTime) or "Date" in type(kind).__name__:
        return lambda text: None if text is None else _moment(text)
    if "Bool" in type(kind).__name__:
        return lambda number: None if number is None else bool(number)
    return lambda value: value
