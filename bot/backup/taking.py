"""Taking a backup: every table as of one moment, streamed, while the service runs."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Table as Kept
from sqlalchemy import inspect, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.backup.format import KINDS, Header, Summary, Table, Writer, words
from bot.store import schema
from bot.store.database import CannotOpen, Database
from bot.store.whole import kept_tables, real_time, snapshot

BATCH = 500
"""Rows that are held at a time."""
STDOUT = Path("-")


async def taken(database: Database, file: Path) -> Summary:
    """Write everything into the file, which is then there as a whole, or not at all. Raises CannotOpen."""
    async with snapshot(database) as connection:
        header = await _header(connection)
        with whole(file) as out:
            writer = Writer(out, header)
            for table in await connection.run_sync(kept_tables):
                await _table(connection, table, writer)
            writer.end()
    return writer.summary


async def _header(connection: AsyncConnection) -> Header:
    if not await connection.run_sync(lambda here: inspect(here).has_table("alembic_version")):
        raise CannotOpen(words("nothing_there"))
    made_at = await real_time(connection)
    revision = str(await connection.scalar(text("SELECT version_num FROM alembic_version")))
    if schema.standing(revision) == "ahead":
        raise CannotOpen(words("database_ahead", revision=revision))
    return Header(version(), revision, made_at)


async def _table(connection: AsyncConnection, kept: Kept, writer: Writer) -> None:
    columns = tuple((column.name, KINDS[column.type.python_type]) for column in kept.columns)
    writer.begin(Table(kept.name, columns))
    rows = await connection.stream(select(kept).execution_options(yield_per=BATCH))
    async for some in rows.partitions(BATCH):
        writer.rows([tuple[Any, ...](row) for row in some])
    writer.finish()


def version() -> str:
    try:
        return version_of("braver")
    except PackageNotFoundError:
        return "unknown"


@contextmanager
def whole(file: Path) -> Iterator[BinaryIO]:
    """A file for our eyes only, that gets its name when all of it is on the disk."""
    if file == STDOUT:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        part.replace(file)
        _on_disk(file.absolute().parent)
    except OSError as error:
        raise CannotOpen(words("not_written", file=file, why=(error.strerror or "").lower())) from error
    finally:
        part.unlink(missing_ok=True)


def _on_disk(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
