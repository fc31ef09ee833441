"""The ground on which the nouns of a unit of work stand: run a statement, read typed rows."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, Protocol, TypeVar

from sqlalchemy import CursorResult, Executable, Select, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm.attributes import manager_of_class
from sqlmodel import SQLModel

Dialect = Literal["sqlite", "postgresql"]
Result = CursorResult[*tuple[Any, ...]]
Parameters = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None
"""Values for the places of a statement; several, where it is carried out for each."""
R = TypeVar("R", bound=SQLModel)


class Conflict(Exception):
    """Somebody else was faster: load again and decide again. The transaction can't be committed."""


class MustWrite(Exception):
    """Something is to be changed where only looking was meant: to be done again in one that writes."""


class Execute(Protocol):
    """Runs a statement, with the values of its parameters."""

    async def __call__(self, statement: Executable, parameters: Parameters = None, /) -> Result: ...


class Rows:
    """One transaction. `now` and `real_now` are fixed at its start; `real_now` knows no playground."""

    def __init__(
        self,
        execute: Execute,
        dialect: Dialect,
        now: datetime,
        real_now: datetime,
        *,
        writing: bool,
    ) -> None:
        self._execute = execute
        self._dialect = dialect
        self._writing = writing
        self.now = now
        self.real_now = real_now
        self.wakes = False

    @property
    def dialect(self) -> Dialect:
        return self._dialect

    @property
    def writes(self) -> bool:
        """Whether what it reads of a case stays as it is until it ends: the case is locked."""
        return self._writing

    def wake(self) -> None:
        """After the commit there is work for the engine."""
        self.wakes = True

    def undone(self) -> None:
        """A part of the transaction was taken back: what is remembered of it is not so any more."""

    def _insert(self, table: type[SQLModel]) -> postgresql.Insert | sqlite.Insert:
        """An insert that knows ON CONFLICT."""
        return postgresql.insert(table) if self._dialect == "postgresql" else sqlite.insert(table)

    async def _all(self, kind: type[R], statement: Select[Any], parameters: Parameters = None) -> list[R]:
        """The rows of `select(kind)`."""
        return [_made(kind, row._mapping) for row in await self._execute(statement, parameters)]

    async def _first(self, kind: type[R], statement: Select[Any], parameters: Parameters = None) -> R | None:
        limited = statement if parameters is not None else statement.limit(1)
        row = (await self._execute(limited, parameters)).first()
        return None if row is None else _made(kind, row._mapping)

    async def _changed(self, statement: Executable, parameters: Parameters = None) -> int:
        """How many rows a statement with RETURNING touched: the count that a driver reports may lie."""
        return len((await self._execute(statement, parameters)).all())


def _made(kind: type[R], columns: Mapping[Any, Any]) -> R:
    """A row of the database as it is: it needs no checking, which takes longer than reading it."""
    row: R = manager_of_class(kind).new_instance()
    row.__dict__.update(columns)
    return row


def table_of(row: type[SQLModel]) -> Table:
    """The table itself: statements over it are put together and compiled faster than over its class."""
    table: Table = row.__table__  # type: ignore[attr-defined]
    return table
