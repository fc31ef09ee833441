"""The directory in the database: one row for each record, and every change in the history of its stream."""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple, Protocol

from sqlalchemy import select, text, tuple_
from sqlmodel import col

from bot.store.events import Events
from bot.store.sealed_columns import RECORD
from bot.store.tables import DirectoryRow, StreamRow

STREAM = "directory"
_AT_ONCE = 500
"""So many changes are written with one statement, and told of by one event."""
_WRITE = {
    "sqlite": text("""INSERT INTO directory (kind, id, body, version, gone, place)
    SELECT value ->> 0, value ->> 1, value ->> 2, :version, value ->> 3, value ->> 4
    FROM json_each(:rows) WHERE true ON CONFLICT (kind, id) DO UPDATE SET
    body = excluded.body, version = excluded.version, gone = excluded.gone, place = excluded.place"""),
    "postgresql": text("""INSERT INTO directory (kind, id, body, version, gone, place)
    SELECT value ->> 0, value ->> 1, value ->> 2, :version,
        CAST(value ->> 3 AS boolean), CAST(value ->> 4 AS integer)
    FROM json_array_elements(CAST(:rows AS json)) AS value ON CONFLICT (kind, id) DO UPDATE SET
    body = excluded.body, version = excluded.version, gone = excluded.gone, place = excluded.place"""),
}
"""One statement that is always the same, whatever the number of rows: made for each number anew, it took most
of the time of a large import."""


Mark = tuple[int, str, str]
"""Version, kind and id: how far somebody has read."""


class Record(NamedTuple):
    """A record as it was written; `body` is JSON text, `version` that of the directory when it changed."""

    kind: str
    id: str
    body: str
    version: int
    gone: bool
    place: int

    @property
    def mark(self) -> Mark:
        return self.version, self.kind, self.id


class Changed(Protocol):
    """A record that is added, changed or removed (`after` is None); see `bot.people.records.Change`."""

    @property
    def kind(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def before(self) -> Mapping[str, Any] | None: ...
    @property
    def after(self) -> Mapping[str, Any] | None: ...
    @property
    def place(self) -> int: ...


class DirectoryStore(Events):
    directory_version: int = 0
    """How many events the directory's history had when the transaction began: 0 where there is none."""

    async def directory_after(self, mark: Mark, limit: int) -> list[Record]:
        """The records that were changed after that mark, at most `limit`, in the order of their marks."""
        columns = (DirectoryRow.kind, DirectoryRow.id, DirectoryRow.body, DirectoryRow.version,
            DirectoryRow.gone, DirectoryRow.place)  # fmt: skip
        here = tuple_(col(DirectoryRow.version), col(DirectoryRow.kind), col(DirectoryRow.id))
        newer = select(*map(col, columns)).where(here > tuple_(*mark)).order_by(*here)
        rows = [Record(*row) for row in await self._execute(newer.limit(limit))]
        return [row._replace(body=self._open(row.body, RECORD.about(row.kind, row.id))) for row in rows]

    async def directory_is_empty(self) -> bool:
        """Whether there is no directory yet. Of several that find it so at once the first one fills it: the
        others wait here until that is done."""
        head = self._insert(StreamRow).values(name=STREAM, sequence=0, hash="")
        head = head.on_conflict_do_update(index_elements=["name"], set_={"name": STREAM})
        length = (await self._execute(head.returning(col(StreamRow.sequence)))).scalar_one()
        return int(length) == 0

    async def in_directory(self, kind: str, id: str) -> bool:
        """Whether there is such a record; it is locked until the transaction ends."""
        here = (col(DirectoryRow.kind) == kind, col(DirectoryRow.id) == id, ~col(DirectoryRow.gone))
        record = select(DirectoryRow).where(*here)
        return await self._first(DirectoryRow, record.with_for_update()) is not None

    async def change_directory(self, changes: Sequence[Changed], why: str, by: str) -> int:
        """Write the changes and tell of them in the history: `why` ("imported", "corrected", …) is the
        event's kind, `by` a person's id or a name in words. Gives the new version."""
        version = self.directory_version
        for some in _in_parts(changes):
            told = [
                {"kind": one.kind, "id": one.id, "before": one.before, "after": one.after} for one in some
            ]
            version = await self.append(STREAM, why, {"changes": told}, by)
            await self._write(some, version)
        self.wake()
        return version

    async def _write(self, some: Sequence[Changed], version: int) -> None:
        rows = [
            (one.kind, one.id, self._close(_json(one.after or {}), RECORD.about(one.kind, one.id)),
                one.after is None, one.place)
            for one in some
        ]  # fmt: skip
        await self._execute(_WRITE[self._dialect].bindparams(rows=_json(rows), version=version))


def _json(body: Any) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def _in_parts(changes: Sequence[Changed]) -> Iterator[list[Changed]]:
    left = iter(changes)
    while some := list(islice(left, _AT_ONCE)):
        yield some
