"""Two roles on PostgreSQL: one owns the tables and brings them up to date, the other is the service's, which
can add to what is kept and never change it. See docs/audit.md."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import SQLModel

from bot.store.append_only import ACTS, APPEND_ONLY, trigger
from bot.store.rows import Rows


class NotTwo(Exception):
    """The two roles are not what they must be; the text says why and what to change."""


@dataclass(frozen=True, slots=True)
class Role:
    """A role of a PostgreSQL server, as it says of itself, and its database."""

    name: str
    database: str


_WHO = text("SELECT current_user, current_database()")
# Whoever is a member of the role that owns a table can do all that it can. A member of a role is each role of
# itself as well, and a superuser of all.
_OWNS = text(
    "SELECT count(*) FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' "
    "AND relname = ANY(:tables) AND pg_has_role(:role, relowner, 'MEMBER')"
)
_MAY = " OR ".join(
    f"has_table_privilege(other.oid, '{table}', 'UPDATE, DELETE, TRUNCATE, TRIGGER') "
    f"OR has_any_column_privilege(other.oid, '{table}', 'UPDATE')"
    for table in APPEND_ONLY
)
# Also as a role that it could turn into.
_CHANGES = text(
    "SELECT coalesce(bool_or(other.rolsuper OR other.rolcreaterole OR "  # noqa: S608 - of our own names alone
    f"{_MAY}), false) FROM pg_roles other WHERE pg_has_role(:role, other.oid, 'MEMBER')"
)
_THERE = text("SELECT count(*) FROM pg_roles WHERE rolname = :role")
_CREATES = text("SELECT has_schema_privilege(:role, current_schema(), 'CREATE')")
_OWN_DATABASE = text(
    "SELECT pg_has_role(current_user, datdba, 'USAGE') FROM pg_database WHERE datname = current_database()"
)


async def role_of(connection: AsyncConnection) -> Role:
    """Whoever is connected."""
    name, database = (await connection.execute(_WHO)).one()
    return Role(name, database)


async def must_be_two(connection: AsyncConnection, service: Role) -> None:
    """Whether the service's role is another than that of the connection, in the same database, and owns none
    of the tables that are there. Raises NotTwo."""
    owner = await role_of(connection)
    if owner.database != service.database:
        raise NotTwo(
            "BRAVER_DATABASE_OWNER_URL and BRAVER_DATABASE_URL must name the same database: "
            "they differ in nothing but the user and the password"
        )
    known = {"role": service.name}
    if not await connection.scalar(_THERE, known):
        raise NotTwo("BRAVER_DATABASE_OWNER_URL and BRAVER_DATABASE_URL must name the same server")
    ours = {"tables": [*SQLModel.metadata.tables, "alembic_version"]}
    if await connection.scalar(_OWNS, known | ours):
        raise NotTwo(
            "the user of BRAVER_DATABASE_URL owns Braver's tables, or could become the one who does: make a "
            "role without any rights for the service, and let only that of BRAVER_DATABASE_OWNER_URL own "
            "the tables (docs/audit.md)"
        )


async def settle(connection: AsyncConnection, service: Role) -> None:
    """Give the service's role exactly what it needs, in the owner's transaction. Raises NotTwo."""
    # The tables may be of this very transaction.
    await must_be_two(connection, service)
    for statement in await _grants(connection, service.name):
        await connection.execute(text(statement))
    if await connection.scalar(_CHANGES, {"role": service.name}):
        raise NotTwo(
            "the user of BRAVER_DATABASE_URL could change events all the same, by a right that a role gives "
            "it, or as one who may make roles: take it out of every role, and away what it may itself "
            "(docs/audit.md)"
        )


async def _grants(connection: AsyncConnection, name: str) -> list[str]:
    quoted = connection.dialect.identifier_preparer.quote_identifier
    role, schema = quoted(name), quoted(str(await connection.scalar(text("SELECT current_schema()"))))
    found = [f"GRANT USAGE ON SCHEMA {schema} TO {role}"]
    if await connection.scalar(_CREATES, {"role": name}):
        found.append(f"REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC, {role}")
    if await connection.scalar(_OWN_DATABASE):
        database = quoted(str(await connection.scalar(text("SELECT current_database()"))))
        found.append(f"REVOKE CREATE, TEMPORARY ON DATABASE {database} FROM PUBLIC, {role}")
    for table in (*SQLModel.metadata.tables, "alembic_version"):
        may = "SELECT" if table == "alembic_version" else "SELECT, INSERT"
        if table not in (*APPEND_ONLY, "alembic_version"):
            may += ", UPDATE, DELETE"
        found.append(f"REVOKE ALL ON TABLE {schema}.{quoted(table)} FROM PUBLIC, {role}")
        found.append(f"GRANT {may} ON TABLE {schema}.{quoted(table)} TO {role}")
    found.append(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {role}")
    return found


class Roles(Rows):
    async def can_change_events(self) -> bool:
        """Whether this database would let us change what is kept: on PostgreSQL our role could, on SQLite a
        trigger is missing."""
        if self._dialect == "sqlite":
            return bool(await self.triggers_missing())
        known = {"role": (await self._execute(_WHO)).one()[0]}
        if (await self._execute(_CHANGES, known)).scalar():
            return True
        return bool((await self._execute(_OWNS, known | {"tables": list(APPEND_ONLY)})).scalar())

    async def triggers_missing(self) -> list[str]:
        """The tables to which SQLite would let somebody do more than add, since a trigger is gone or is
        another. Empty on PostgreSQL."""
        if self._dialect != "sqlite":
            return []
        there = text("SELECT sql FROM sqlite_master WHERE type = 'trigger'")
        found = set((await self._execute(there)).scalars())
        return [table for table in APPEND_ONLY if not {trigger(table, act) for act in ACTS} <= found]
