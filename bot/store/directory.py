"""The directory in the database: one row for each record, and every change in the history of its stream."""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Protocol

from sqlalchemy import select
from sqlmodel import col

from bot.store.events import Events
from bot.store.tables import DirectoryRow

STREAM = "directory"
_AT_ONCE = 500
"""So many changes are written with one statement, and told of by one event."""


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

    async def directory_since(self, version: int) -> list[DirectoryRow]:
        """The records that were changed after that version."""
        newer = select(DirectoryRow).where(col(DirectoryRow.version) > version)
        return await self._all(DirectoryRow, newer.order_by(col(DirectoryRow.version)))

    async def change_directory(self, changes: Sequence[Changed], why: str, by: str) -> int:
        """Write the changes and tell of them in the history: `why` ("imported", "corrected", …) is the
        event's kind, `by` a person's id or a name in words. Gives the new version."""
        version = self.directory_version
        for some in _in_parts(changes):
            told = [
                {"kind": one.kind, "id": one.id, "before": one.before, "after": one.after} for one in some
            ]
            version = await self.append(STREAM, why, {"changes": told}, by)
            await self._write([_row(one, version) for one in some])
        self.wake()
        return version

    async def _write(self, rows: Sequence[dict[str, Any]]) -> None:
        fresh = self._insert(DirectoryRow).values(rows)
        new = {name: fresh.excluded[name] for name in ("body", "version", "gone", "place")}
        await self._execute(fresh.on_conflict_do_update(index_elements=["kind", "id"], set_=new))


def _row(change: Changed, version: int) -> dict[str, Any]:
    row = DirectoryRow(
        kind=change.kind, id=change.id, body=_json(change.after or {}), version=version,
        gone=change.after is None, place=change.place,
    )  # fmt: skip
    return row.model_dump()


def _json(body: Mapping[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def _in_parts(changes: Sequence[Changed]) -> Iterator[list[Changed]]:
    left = iter(changes)
    while some := list(islice(left, _AT_ONCE)):
        yield some
