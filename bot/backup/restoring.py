"""Restoring a backup into an empty database of either kind: all of it, or nothing."""

from dataclasses import dataclass
from typing import Any, BinaryIO

from sqlalchemy import Table as Kept
from sqlalchemy import delete, func, insert, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.backup.after import settle
from bot.backup.format import KINDS, BadBackup, Header, Summary, Table, read, words
from bot.store import schema
from bot.store.database import Database
from bot.store.whole import into_empty, kept_tables, real_time


@dataclass(frozen=True, slots=True)
class Restored:
    header: Header
    summary: Summary


async def restored(database: Database, file: BinaryIO) -> Restored:
    """Read the file once to see whether it is whole, and once more to write what it holds. Raises BadBackup
    or CannotOpen; then nothing was changed."""
    header = checked(file)
    async with into_empty(database) as connection:
        await connection.run_sync(schema.migrate, header.revision)
        try:
            summary = await _filled(connection, file, header)
        except DBAPIError as error:
            raise BadBackup(words("does_not_fit")) from error
        await _in_order(connection, database)
        await connection.run_sync(schema.migrate)
        await settle(connection, header.made_at, await real_time(connection))
    return Restored(header, summary)


def checked(file: BinaryIO) -> Header:
    """Of a backup that is whole, and that this program knows how to read. Raises BadBackup."""
    parts = read(file)
    header = next(parts)
    assert isinstance(header, Header)
    for _ in parts:
        pass
    if not schema.known(header.revision):
        raise BadBackup(words("newer", version=header.version[:20]))
    return header


async def _filled(connection: AsyncConnection, file: BinaryIO, header: Header) -> Summary:
    kept = {table.name: table for table in await connection.run_sync(kept_tables)}
    # The first migration puts a row into one of them.
    for table in reversed(kept.values()):
        await connection.execute(delete(table))
    summary = Summary()
    into: Kept | None = None
    for part in read(file):
        match part:
            case Table():
                into = kept.get(part.name)
                if into is None or part.name in summary.rows or not _fits(into, part):
                    raise BadBackup(words("does_not_fit"))
                summary.rows[part.name] = 0
            case Header():
                if part != header:
                    raise BadBackup(words("altered"))
            case rows:
                assert into is not None
                await connection.execute(insert(into), rows)
                summary.rows[into.name] += len(rows)
    if summary.rows.keys() != kept.keys():
        raise BadBackup(words("does_not_fit"))
    return summary


def _fits(kept: Kept, table: Table) -> bool:
    there = {column.name: KINDS[column.type.python_type] for column in kept.columns}
    return there == dict(table.columns) and len(there) == len(table.columns)


async def _in_order(connection: AsyncConnection, database: Database) -> None:
    """What the database would have done row by row: count on from the highest number, and check that nothing
    refers to what is not there."""
    if database.dialect == "sqlite":
        if (await connection.execute(text("PRAGMA foreign_key_check"))).first() is not None:
            raise BadBackup(words("does_not_fit"))
        return
    await connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    for table in await connection.run_sync(kept_tables):
        for column in table.primary_key.columns:
            sequence: Any = func.pg_get_serial_sequence(table.name, column.name)
            if column.type.python_type is int and await connection.scalar(select(sequence)):
                highest = func.coalesce(func.max(column), 0) + 1
                await connection.execute(select(func.setval(sequence, highest, False)).select_from(table))
