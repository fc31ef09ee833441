"""Migrations only add: the release before goes on working on a database that this one has changed."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from alembic import command
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Column, Connection, Integer, Text, inspect
from sqlalchemy.ext.asyncio import create_async_engine

from bot.store import schema
from bot.store.database import CannotOpen, Database
from tests.faults.releases import SCHEMA
from tests.units.recorder import meddle, opened


@dataclass(frozen=True, slots=True)
class Table:
    """`columns`: name → type, and whether whoever knows nothing of it may leave it out; `unique`: what may
    not be there twice."""

    columns: dict[str, tuple[str, bool]]
    unique: set[tuple[str, ...]]


def tables_of(connection: Connection) -> dict[str, Table]:
    found = inspect(connection)
    tables = {}
    for name in found.get_table_names():
        columns = {
            str(one["name"]): (str(one["type"]), bool(one["nullable"] or one.get("default") is not None))
            for one in found.get_columns(name)
        }
        unique = {tuple(one["column_names"]) for one in found.get_unique_constraints(name)}
        unique |= {
            tuple(filter(None, one["column_names"])) for one in found.get_indexes(name) if one["unique"]
        }
        unique.add(tuple(found.get_pk_constraint(name)["constrained_columns"]))
        tables[name] = Table(columns, unique - {()})
    return tables


def breaking(before: dict[str, Table], after: dict[str, Table]) -> list[str]:
    """What a release that knows the tables as they were can't live with, in words."""
    wrong = []
    for name, then in before.items():
        now = after.get(name)
        if now is None:
            wrong.append(f"{name} is gone")
            continue
        for column, (kind, may_be_left_out) in then.columns.items():
            if column not in now.columns:
                wrong.append(f"{name}.{column} is gone")
            elif now.columns[column][0] != kind:
                wrong.append(f"{name}.{column} was {kind}")
            elif may_be_left_out and not now.columns[column][1]:
                wrong.append(f"{name}.{column} must be filled now")
        added = {column: now.columns[column][1] for column in now.columns if column not in then.columns}
        wrong += [f"{name}.{column} must be filled" for column, left_out in added.items() if not left_out]
        wrong += [f"{name}: {'+'.join(one)} may be there once only" for one in now.unique - then.unique]
        wrong += [f"{name}: {'+'.join(one)} may be there twice now" for one in then.unique - now.unique]
    return wrong


def _upgraded(connection: Connection, revision: str) -> dict[str, Table]:
    config = schema._config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
    return tables_of(connection)


async def test_the_migrations_since_the_last_release_only_add(database_url: str) -> None:
    engine = create_async_engine(database_url)
    async with engine.begin() as connection:
        before = await connection.run_sync(_upgraded, SCHEMA)
        after = await connection.run_sync(_upgraded, "head")
    await engine.dispose()
    assert len(before) > 15
    assert breaking(before, after) == []


CHANGES: list[tuple[Callable[[Operations], object], list[str]]] = [
    (lambda op: op.add_column("acts", Column("note", Text)), []),
    (lambda op: op.add_column("acts", Column("n", Integer, nullable=False, server_default="0")), []),
    (lambda op: op.create_table("notes", Column("id", Integer, primary_key=True)), []),
    (lambda op: op.create_index("ix_acts_outcome", "acts", ["outcome"]), []),
    (lambda op: op.drop_column("acts", "outcome"), ["acts.outcome is gone"]),
    (
        lambda op: op.alter_column("acts", "outcome", new_column_name="reply"),
        ["acts.outcome is gone", "acts.reply must be filled"],
    ),
    (lambda op: op.add_column("acts", Column("who", Text, nullable=False)), ["acts.who must be filled"]),
    (
        lambda op: op.create_index("uq_acts_at", "acts", ["at"], unique=True),
        ["acts: at may be there once only"],
    ),
    (lambda op: op.drop_constraint("pk_acts", "acts"), ["acts: key may be there twice now"]),
    (lambda op: op.drop_table("counts"), ["counts is gone"]),
]
"""What a migration may do, and what is then said against it."""


async def test_a_migration_that_breaks_the_release_before_is_seen(postgres_url: str) -> None:
    """Each kind of change, made up here: what adds may pass, what takes away or asks for more does not."""

    def made_up(connection: Connection) -> None:
        before = _upgraded(connection, "head")
        operations = Operations(MigrationContext.configure(connection))
        for change, wrong in CHANGES:
            with connection.begin_nested() as tried:
                change(operations)
                assert breaking(before, tables_of(connection)) == wrong
                tried.rollback()

    engine = create_async_engine(postgres_url)
    async with engine.connect() as connection:
        await connection.run_sync(made_up)
    await engine.dispose()


async def test_a_database_of_a_newer_release_is_left_alone(database_url: str) -> None:
    """It can't be understood here: whoever goes back is told how."""
    async with opened(database_url) as database:
        await meddle(database, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(CannotOpen, match=r"newer release .* restore the backup"):
        await Database(database_url).open()
