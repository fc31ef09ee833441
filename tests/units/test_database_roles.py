"""Two roles on PostgreSQL: the service's own can't change or remove an event, whatever it tries, and works
whole all the same."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool
from sqlmodel import SQLModel

from bot.audit.verifying import verified
from bot.backup.restoring import restored
from bot.backup.taking import taken
from bot.doctor.database import look
from bot.engine.anchors import Anchoring
from bot.settings import Settings
from bot.signing import public_keys
from bot.store.append_only import events_open
from bot.store.database import CannotOpen, Database
from playground.house import KEY, House
from playground.story import play
from tests.postgres import Postgres
from tests.stories.people import CHATS
from tests.units.recorder import opened

BRAVER = Path(sys.executable).parent / "braver"
SECRET = "a key of more than thirty-two characters"
FORBIDDEN = "42501"


@dataclass(frozen=True, slots=True)
class Roles:
    """The addresses of one database by the role that owns it, by the service's, and by the superuser."""

    owner: str
    service: str
    root: str


async def run(url: str, *statements: str) -> None:
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            for statement in statements:
                await connection.execute(text(statement))
    finally:
        await engine.dispose()


@pytest.fixture
async def roles(postgres: Postgres) -> AsyncIterator[Roles]:
    """Without any table, as an administrator leaves it: docs/audit.md."""
    with postgres.database() as root:
        name = make_url(root).database
        await run(
            root, "DROP ROLE IF EXISTS braver_service", "DROP ROLE IF EXISTS braver_owner",
            "CREATE ROLE braver_owner LOGIN", "CREATE ROLE braver_service LOGIN",
            f"ALTER DATABASE {name} OWNER TO braver_owner",
        )  # fmt: skip
        try:
            yield Roles(
                root.replace("postgres@", "braver_owner@"), root.replace("postgres@", "braver_service@"), root
            )
        finally:
            await run(
                root, "REASSIGN OWNED BY braver_service, braver_owner TO postgres",
                "DROP OWNED BY braver_service, braver_owner", "DROP ROLE braver_service",
                "DROP ROLE braver_owner",
            )  # fmt: skip


async def refused(url: str, statement: str) -> str:
    """The state with which the server refuses it."""
    with pytest.raises(DBAPIError) as error:
        await run(url, statement)
    return str(getattr(error.value.orig, "sqlstate", ""))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET body = '{}'",
        "UPDATE events SET actor = actor WHERE false",
        "DELETE FROM events",
        "TRUNCATE events",
        "INSERT INTO events SELECT * FROM events ON CONFLICT (stream, sequence) DO UPDATE SET body = '{}'",
        "MERGE INTO events USING streams ON stream = name WHEN MATCHED THEN DELETE",
        "SELECT * FROM events FOR UPDATE",
        "LOCK TABLE events IN ACCESS EXCLUSIVE MODE",
        "ALTER TABLE events ADD COLUMN more text",
        "ALTER TABLE events DISABLE TRIGGER ALL",
        "ALTER TABLE events OWNER TO braver_service",
        "DROP TABLE events",
        "CREATE TRIGGER t BEFORE INSERT ON events EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "CREATE RULE r AS ON INSERT TO events DO INSTEAD NOTHING",
        "CREATE TABLE public.more (id int)",
        "CREATE TEMPORARY TABLE events (id int)",
        "CREATE SCHEMA more",
        "CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "SET ROLE braver_owner",
        "SET SESSION AUTHORIZATION braver_owner",
        "GRANT braver_owner TO braver_service",
        "CREATE ROLE more",
        "SET session_replication_role = replica",
        "UPDATE anchors SET at = at",
        "DELETE FROM anchors",
        "UPDATE anchored SET hash = ''",
        "DELETE FROM anchored",
        "TRUNCATE anchors, anchored",
        "TRUNCATE cases CASCADE",
        "UPDATE alembic_version SET version_num = '0001'",
        "DROP TABLE cases",
    ],
)
async def test_the_server_refuses_each_way(roles: Roles, statement: str) -> None:
    """To change or remove what is kept, to get another right, or to become somebody else; nothing happens."""
    async with opened(roles.service, owner_url=roles.owner) as database, database.work() as work:
        await work.append("security", "not_on_case", {}, "jo")
    state = await refused(roles.service, statement)
    assert state == FORBIDDEN
    async with opened(roles.service) as database, database.reading() as work:
        assert [event.kind for event in await work.history("security")] == ["not_on_case"]
        assert await work.verify("security") == []


async def test_it_has_what_it_needs_and_nothing_else(roles: Roles) -> None:
    """Table by table, as the server itself lists it."""
    async with opened(roles.service, owner_url=roles.owner):
        pass
    engine = create_async_engine(roles.root, poolclass=NullPool)
    async with engine.connect() as connection:
        rows = await connection.execute(
            text(
                "SELECT table_name, privilege_type FROM information_schema.role_table_grants "
                "WHERE grantee IN ('braver_service', 'PUBLIC') AND table_schema = 'public'"
            )
        )
        found: dict[str, set[str]] = {}
        for table, right in rows:
            found.setdefault(table, set()).add(right)
    await engine.dispose()
    kept = {"SELECT", "INSERT"}
    wanted = {table: kept | {"UPDATE", "DELETE"} for table in SQLModel.metadata.tables}
    wanted |= dict.fromkeys(("events", "anchors", "anchored"), kept)
    assert found == wanted | {"alembic_version": {"SELECT"}}


async def test_a_case_from_challenge_to_closing(roles: Roles, tmp_path: Path) -> None:
    """The whole story, with the engine, over the service's role; then the anchors, the audit's proof, a
    backup, and that backup restored for two roles."""
    owner = SecretStr(roles.owner)
    async with House.open(
        tmp_path, platforms=CHATS[0].platforms(), database_url=roles.service,
        settings={"database_owner_url": owner},
    ) as house:  # fmt: skip
        await house.to_working_time()
        reference = await play(house)
        service = house.service
        await service.engine.watchdog.step()
        await service.engine.rounds.step()
        assert await Anchoring(service.database, (SECRET,), None).step() == 1
        async with service.database.reading() as work:
            row = await work.case_by_reference(reference)
            assert row is not None
            assert row.status == "closed"
    async with Database(roles.service, (KEY,), may_shift=True).beside() as database:
        assert (await verified(database, public_keys((SECRET,)), {})).breaches == []
    file = tmp_path / "backup"
    await taken(Database(roles.service), file)
    await run(roles.owner, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
    again = Database(roles.service, (KEY,), owner_url=roles.owner, may_shift=True)
    with file.open("rb") as backup:
        await restored(again, backup)
    await again.upgrade()
    assert await refused(roles.service, "DELETE FROM events") == FORBIDDEN
    async with again.beside():
        assert (await verified(again, public_keys((SECRET,)), {})).breaches == []


async def test_the_service_starts_without_the_owner_once_all_is_up_to_date(roles: Roles) -> None:
    """Before that it says what to do; so it need not know the owner's password at all."""
    with pytest.raises(CannotOpen, match=r"may not bring the schema up to date: run “braver upgrade”"):
        await Database(roles.service).open()
    environment = {"BRAVER_DATABASE_URL": roles.service, "BRAVER_DATABASE_OWNER_URL": roles.owner}
    done = subprocess.run(  # noqa: ASYNC221 - nothing else runs here
        [BRAVER, "upgrade"], env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "The database is up to date.\n", "")
    async with opened(roles.service) as database, database.work() as work:
        await work.append("security", "not_on_case", {}, "jo")
    assert await refused(roles.service, "DELETE FROM events") == FORBIDDEN


@pytest.mark.parametrize(
    "given",
    [
        "GRANT braver_owner TO braver_service",
        "GRANT braver_owner TO braver_service WITH INHERIT FALSE",
        "GRANT pg_write_all_data TO braver_service",
        "ALTER ROLE braver_service CREATEROLE",
        "ALTER ROLE braver_service SUPERUSER",
    ],
)
async def test_a_service_that_could_get_at_the_rows_is_refused(roles: Roles, given: str) -> None:
    """By a role that it is in, or by its own rights: the start says so."""
    await run(roles.root, given)
    with pytest.raises(CannotOpen, match=r"owns Braver's tables|could change events all the same"):
        await Database(roles.service, owner_url=roles.owner).open()


async def test_it_can_give_itself_nothing(roles: Roles) -> None:
    """The server only warns where nothing could be given; then nothing was."""
    async with opened(roles.service, owner_url=roles.owner):
        pass
    await run(roles.service, "GRANT UPDATE, DELETE ON events TO braver_service")
    for statement in ("UPDATE events SET body = '{}'", "DELETE FROM events"):
        assert await refused(roles.service, statement) == FORBIDDEN


async def test_addresses_that_do_not_belong_together(roles: Roles, postgres: Postgres) -> None:
    """One role for both, another database, no PostgreSQL at all."""
    with pytest.raises(CannotOpen, match="owns Braver's tables"):
        await Database(roles.owner, owner_url=roles.owner).open()
    with postgres.database() as other, pytest.raises(CannotOpen, match="must name the same database"):
        await Database(roles.service, owner_url=other).open()
    with pytest.raises(CannotOpen, match="BRAVER_DATABASE_OWNER_URL is for PostgreSQL alone"):
        Database("sqlite:///braver.db", owner_url="sqlite:///braver.db")
    with pytest.raises(CannotOpen, match="BRAVER_DATABASE_OWNER_URL must look like"):
        Database(roles.service, owner_url="nonsense")


async def test_tables_that_the_service_made_itself_must_change_hands(roles: Roles) -> None:
    """An installation of before has one role for everything: what to do is said, and then it works."""
    await run(roles.root, f"ALTER DATABASE {make_url(roles.root).database} OWNER TO braver_service")
    async with opened(roles.service) as database, database.work() as work:
        await work.append("security", "not_on_case", {}, "jo")
    await run(roles.root, f"ALTER DATABASE {make_url(roles.root).database} OWNER TO braver_owner")
    with pytest.raises(CannotOpen, match="owns Braver's tables"):
        await Database(roles.service, owner_url=roles.owner).open()
    await run(roles.root, "REASSIGN OWNED BY braver_service TO braver_owner")
    async with opened(roles.service, owner_url=roles.owner) as database, database.work() as work:
        await work.append("security", "not_on_case", {}, "jo")
    assert await refused(roles.service, "DELETE FROM events") == FORBIDDEN


async def test_the_doctor_says_whether_events_could_be_changed(roles: Roles) -> None:
    """By one role for everything, with what to do; not by two."""

    async def said(url: str) -> list[tuple[str, str, bool]]:
        seen = await look(Settings(database_url=url, slack_bot_token=SecretStr("xoxb-1")), None)
        return [(one.state, one.what, bool(one.remedy)) for one in seen.findings if one.group == "audit"]

    async with opened(roles.service, owner_url=roles.owner):
        pass
    [(state, what, remedy)] = await said(roles.service)
    assert (state, remedy) == ("ok", False)
    assert "can't change or remove" in what
    for url in (roles.owner, roles.root):
        [(state, what, remedy)] = await said(url)
        assert (state, remedy) == ("look", True)
        assert "could change or remove" in what


async def test_the_doctor_misses_a_guard_of_sqlite(sqlite_url: str) -> None:
    async with opened(sqlite_url) as database, database.work() as work:
        await work._execute(text("DROP TRIGGER anchors_no_delete"))
    seen = await look(Settings(database_url=sqlite_url, slack_bot_token=SecretStr("xoxb-1")), None)
    [found] = [one for one in seen.findings if one.group == "audit"]
    assert found.state == "look"
    assert found.remedy


async def test_a_release_may_write_events_in_another_form(database_url: str) -> None:
    """In one transaction of the owner; on SQLite what guards the rows is back when it ends, also when that
    failed."""
    async with opened(database_url) as database:
        async with database.work() as work:
            await work.append("security", "not_on_case", {}, "jo")
        with pytest.raises(DBAPIError):  # noqa: PT012 - what comes before is taken back
            async with database.work() as work, events_open(work._execute, database.dialect):
                await work._execute(text("UPDATE events SET kind = 'other'"))
                await work._execute(text("UPDATE nothing SET kind = 'other'"))
        async with database.reading() as work:
            assert await work.verify("security") == []
            assert await work.triggers_missing() == []
        async with database.work() as work, events_open(work._execute, database.dialect):
            await work._execute(text("UPDATE events SET kind = 'other'"))
        async with database.reading() as work:
            assert [event.kind for event in await work.history("security")] == ["other"]
            assert await work.triggers_missing() == []
