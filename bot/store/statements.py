"""Statements that are put together once.

To put a statement together, and to find its compiled form by its parts, takes ten times as long as to run it.
So what a turn needs is made here at its first use, with places for its values, and kept.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from sqlalchemy import Delete, Select, Update, and_, bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import SQLModel

from bot.store.rows import Dialect, table_of

Row = type[SQLModel]
Names = tuple[str, ...]
_AT = "at_"
_INSERT: Mapping[str, Callable[..., Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def at(**keys: Any) -> dict[str, Any]:
    """The values of the columns by which rows are found."""
    return {f"{_AT}{name}": value for name, value in keys.items()}


@cache
def found(row: Row, *keys: str, locked: bool = False) -> Select[Any]:
    """The rows that have these values in these columns; one after the other by their primary key."""
    table = table_of(row)
    rows = select(table).where(_where(row, keys)).order_by(*table.primary_key.columns)
    return rows.with_for_update() if locked else rows


@cache
def fresh(dialect: Dialect, row: Row, names: Names) -> Any:
    """A new row, with values in these columns. It fails where there is one with the same key."""
    return _INSERT[dialect](table_of(row)).values({name: bindparam(name) for name in names})


@cache
def inserted(dialect: Dialect, row: Row, names: Names, returning: str = "") -> Any:
    """A new row, with values in these columns; nothing where there is one with the same key. `returning` is
    a column that comes back of a row that was new."""
    new = fresh(dialect, row, names).on_conflict_do_nothing()
    return new.returning(table_of(row).c[returning]) if returning else new


@cache
def kept(dialect: Dialect, row: Row, keys: Names, changed: Names, only_new: Names = ()) -> Any:
    """A row with these keys: a new one, or the one that is there, with new values in the columns `changed`.
    In the columns `only_new` a row that is there stays as it is."""
    new = fresh(dialect, row, tuple(dict.fromkeys((*keys, *changed, *only_new))))
    after = {name: new.excluded[name] for name in changed}
    return new.on_conflict_do_update(index_elements=list(keys), set_=after)


@cache
def changed(row: Row, keys: Names, names: Names, returning: str = "") -> Update:
    """The rows that have these values in the columns `keys`, with new values in the columns `names`."""
    table = table_of(row)
    after = update(table).where(_where(row, keys)).values({name: bindparam(name) for name in names})
    return after.returning(table.c[returning]) if returning else after


@cache
def gone(row: Row, *keys: str) -> Delete:
    """Without the rows that have these values."""
    return delete(table_of(row)).where(_where(row, keys))


def _where(row: Row, keys: Names) -> ColumnElement[bool]:
    columns = table_of(row).c
    return and_(*(columns[name] == bindparam(f"{_AT}{name}") for name in keys))
