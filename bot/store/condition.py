"""The condition of the database itself: which schema it has, and how it is set up."""

from dataclasses import dataclass

from sqlalchemy import text

from bot.store.rows import Rows


@dataclass(frozen=True, slots=True)
class Server:
    """`version` as it is told ("16.4"). PostgreSQL alone has a `statement_timeout`, as it holds for us ("2s";
    "0" is none), SQLite alone a `journal` ("wal")."""

    version: str
    major: int
    statement_timeout: str = ""
    journal: str = ""


class Condition(Rows):
    async def revision(self) -> str:
        """The revision of the schema; empty where no migration has run."""
        found = (await self._execute(text("SELECT version_num FROM alembic_version"))).scalars().all()
        return str(found[0]) if found else ""

    async def server(self) -> Server:
        """What serves the database."""
        if self._dialect == "sqlite":
            version = await self._told("SELECT sqlite_version()")
            return Server(version, _major(version), journal=await self._told("PRAGMA journal_mode"))
        version = await self._told("SHOW server_version")
        return Server(version, _major(version), statement_timeout=await self._told("SHOW statement_timeout"))

    async def _told(self, question: str) -> str:
        return str((await self._execute(text(question))).scalar_one())


def _major(version: str) -> int:
    first = version.partition(".")[0].partition(" ")[0]
    return int(first) if first.isdigit() else 0
