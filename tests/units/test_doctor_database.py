"""Looking at the database: what is wrong with it, on both kinds, without changing anything."""

import os
import socket
import sqlite3
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from bot.desk.numbers import record, states
from bot.doctor.database import Seen, file_findings, look, server_findings
from bot.doctor.policy import number_findings
from bot.escalation.policy import Policy
from bot.guidance.content import root
from bot.policies import source
from bot.settings import Settings
from bot.store import schema
from bot.store.condition import Server
from bot.store.database import Database
from tests.units.recorder import opened

CHESHIRE_EAST = root() / "policies" / "cheshire-east.yaml"


@pytest.fixture
def policy() -> Policy:
    return source.load(CHESHIRE_EAST)


@pytest.fixture
async def made(database_url: str) -> str:
    """The address of a database that a start of the service has made."""
    async with opened(database_url):
        pass
    return database_url


def _settings(url: str, *, playground: bool = False) -> Settings:
    return Settings(database_url=url, playground_clock=playground, slack_bot_token=SecretStr("xoxb-1"))


def _said(seen: Seen) -> list[tuple[str, str]]:
    return [(one.state, one.what) for one in seen.findings if one.group == "database"]


async def _execute(url: str, statement: str) -> None:
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.execute(text(statement))
    await engine.dispose()


async def test_a_database_as_it_should_be(made: str) -> None:
    """It answers, has the schema of this program, and its clock, where it is another's, agrees with ours."""
    seen = await look(_settings(made), None)
    [(state, what)] = _said(seen)
    assert state == "ok"
    assert "with the schema of this program" in what
    clocks = [one.state for one in seen.findings if one.group == "clock"]
    assert clocks == (["ok"] if "postgres" in made else [])


async def test_it_can_be_looked_at_while_the_service_runs(database_url: str) -> None:
    """Looking keeps nobody out and is kept out by nobody."""
    async with opened(database_url) as database, database.work() as work:
        assert [state for state, _ in _said(await look(_settings(database_url), None))] == ["ok"]
        await work.deliver("k", None, "helen", None, "{}")
    async with opened(database_url) as database, database.reading() as work:
        assert await work.under_way()


@pytest.mark.parametrize(
    ("revision", "state", "said"),
    [("0001", "look", "is older than this program"), ("9999", "fix", "is newer than this program")],
)
async def test_the_schema_of_another_program(made: str, revision: str, state: str, said: str) -> None:
    """An older schema is brought up to date by the next start; a newer one needs the newer program. Neither
    is changed by looking."""
    await _execute(made, f"UPDATE alembic_version SET version_num = '{revision}'")  # noqa: S608
    for _ in range(2):
        [(found, what)] = _said(await look(_settings(made), None))
        assert found == state
        assert said in what
        assert f"({revision})" in what


def _file(url: str) -> Path:
    return Path(url.removeprefix("sqlite+aiosqlite:///"))


def _bytes(url: str) -> bytes:
    return _file(url).read_bytes()


async def test_a_database_without_tables(bare_postgres_url: str) -> None:
    """Before the first start there is nothing yet, which need not be wrong; looking makes nothing."""
    for _ in range(2):
        assert _said(await look(_settings(bare_postgres_url), None)) == [
            ("look", "The database holds no tables of Braver yet.")
        ]


async def test_no_file_yet(bare_sqlite_url: str) -> None:
    """Before the first start there is no file yet; looking makes none, and nothing beside it."""
    [(state, what)] = _said(await look(_settings(bare_sqlite_url), None))
    assert state == "look"
    assert "There is no database" in what
    assert list(_file(bare_sqlite_url).parent.iterdir()) == []


async def test_the_database_of_another_program(bare_sqlite_url: str) -> None:
    """A file that is not Braver's is left as it was, to the last byte."""
    with sqlite3.connect(_file(bare_sqlite_url)) as others:
        others.execute("CREATE TABLE letters (text TEXT)")
    others.close()
    before = _bytes(bare_sqlite_url)
    assert _said(await look(_settings(bare_sqlite_url), None)) == [
        ("look", "The database holds no tables of Braver yet.")
    ]
    assert _bytes(bare_sqlite_url) == before


async def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    """A file with something else in it is told by its name."""
    file = tmp_path / "letter.db"
    file.write_text("Dear Sir or Madam, " * 100, encoding="utf-8")
    assert _said(await look(_settings(f"sqlite:///{file}"), None)) == [("fix", f"{file} is not a database.")]


async def test_a_missing_folder(tmp_path: Path) -> None:
    """A database in a folder that does not exist can't be made."""
    [(state, what)] = _said(await look(_settings(f"sqlite:///{tmp_path}/no/braver.db"), None))
    assert state == "fix"
    assert what == f"There is no folder {tmp_path}/no for the database."


@pytest.fixture
def nobody() -> Iterator[None]:
    """For root nothing is closed: the test is nobody in particular for a while."""
    was = os.geteuid()
    if was == 0:
        os.seteuid(65534)
    yield
    os.seteuid(was)


@pytest.mark.parametrize("closed", ["file", "folder"])
async def test_a_database_that_may_not_be_written(closed: str, nobody: None) -> None:
    """A file, or the folder around it, that this user may not write is told, and who should have it."""
    with tempfile.TemporaryDirectory() as name:
        folder, file = Path(name), Path(name) / "braver.db"
        async with opened(f"sqlite+aiosqlite:///{file}"):
            pass
        which = file if closed == "file" else folder
        os.chmod(which, 0o444 if closed == "file" else 0o555)
        try:
            [wrong] = (await look(_settings(f"sqlite:///{file}"), None)).findings
        finally:
            os.chmod(folder, 0o755)  # noqa: S103  # its owner alone is here
    assert (wrong.group, wrong.state) == ("database", "fix")
    assert str(which) in wrong.what
    assert "user that Braver runs as" in wrong.remedy


@pytest.mark.parametrize(
    ("short", "scarce", "state"), [(10**9, 10**9, "fix"), (0, 10**9, "look"), (0, 0, "")]
)
def test_a_disk_that_fills_up(tmp_path: Path, short: int, scarce: int, state: str) -> None:
    """Less room than is needed must be made; little room is to be looked at."""
    found = [one for one in file_findings(tmp_path / "braver.db", short, scarce) if "MB" in one.what]
    assert [one.state for one in found] == ([state] if state else [])


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://braver:secret@host/name", "The database can't be used."),
        ("sqlite://", "The database can't be used."),
        ("postgresql://braver:secret@127.0.0.1:1/braver", "The database does not answer, or is locked."),
    ],
)
async def test_an_address_that_leads_nowhere(url: str, said: str) -> None:
    """An address of the wrong kind, and a server that is not there; the password is not repeated."""
    seen = await look(_settings(url), None)
    assert _said(seen) == [("fix", said)]
    assert "BRAVER_DATABASE_URL" in seen.findings[0].remedy
    assert "secret" not in repr(seen)


async def test_a_server_that_hangs() -> None:
    """A server that takes the connection and says nothing is given up after the time of one transaction."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://braver:secret@127.0.0.1:{silent.getsockname()[1]}/braver"
        assert _said(await look(_settings(url), None)) == [
            ("fix", "The database does not answer, or is locked.")
        ]


async def test_a_server_that_refuses(postgres_url: str) -> None:
    """A database that the server does not have, a user that it does not know, and one who may not look."""
    head, _, rest = postgres_url.partition("/braver_")
    nowhere = f"{head}/nowhere?{rest.partition('?')[2]}"
    assert _said(await look(_settings(nowhere), None)) == [
        ("fix", "The server has no database of this name.")
    ]
    stranger = postgres_url.replace("postgres@", "stranger@")
    assert _said(await look(_settings(stranger), None)) == [
        ("fix", "The database does not take this user or password.")
    ]
    async with opened(postgres_url):
        pass
    await _execute(postgres_url, "CREATE ROLE onlooker LOGIN")
    try:
        onlooker = postgres_url.replace("postgres@", "onlooker@")
        assert _said(await look(_settings(onlooker), None)) == [
            ("fix", "This user may not read Braver's tables.")
        ]
    finally:
        await _execute(postgres_url, "DROP ROLE onlooker")


async def test_what_serves_the_database(made: str) -> None:
    """The real server keeps our time limit, the real file a write-ahead log."""
    async with Database(made).looking() as work:
        server = await work.server()
    assert (server.statement_timeout, server.journal) == (("2s", "") if "postgres" in made else ("", "wal"))
    assert server.major >= 3
    assert tuple(server_findings(server)) == ()


@pytest.mark.parametrize(
    ("server", "said"),
    [
        (Server("11.22", 11, statement_timeout="2s"), "PostgreSQL 11.22 gets no more repairs"),
        (Server("16.4", 16, statement_timeout="0"), "none of the time limits"),
        (Server("3.45.1", 3, journal="delete"), "no write-ahead log (it is delete)"),
    ],
)
def test_a_server_that_is_to_be_looked_at(server: Server, said: str) -> None:
    """An old server, a pooler that drops our limits, a disk of the network: nothing fails yet, and it may."""
    [only] = server_findings(server)
    assert only.state == "look"
    assert said in only.what
    assert only.remedy


async def test_a_playgrounds_database(database_url: str) -> None:
    """A clock that was wound belongs to a playground, and is no fault there."""
    async with opened(database_url, may_shift=True) as database:
        await database.shift(timedelta(hours=1))
    assert [state for state, _ in _said(await look(_settings(database_url), None))] == ["ok", "fix"]
    demo = _settings(database_url, playground=True)
    assert [state for state, _ in _said(await look(demo, None))] == ["ok"]


async def test_the_urgent_numbers(made: str, policy: Policy) -> None:
    """A number that nobody has rung is looked at, a wrong one put right at once, a right one is fine."""
    seen = await look(_settings(made), policy)
    opening = number_findings(policy, seen.numbers)
    rung = [one.contact for one in seen.numbers or () if one.standing == "open"]
    assert [one.state for one in opening] == ["look"] * len(rung)
    assert rung
    async with opened(made) as database:
        for contact in rung:
            async with database.work() as work:
                await record(work, policy, contact, True, "coordinator")
        async with database.work() as work:
            await record(work, policy, rung[0], False, "coordinator")
    [wrong] = number_findings(policy, (await look(_settings(made), policy)).numbers)
    assert wrong.state == "fix"
    assert rung[0].number in wrong.what
    async with opened(made) as database, database.work() as work:
        await record(work, policy, rung[0], True, "coordinator")
        assert len(await states(work, policy)) == len(policy.urgent)
    assert [one.state for one in number_findings(policy, (await look(_settings(made), policy)).numbers)] == [
        "ok"
    ]


async def test_numbers_that_can_not_be_seen(bare_sqlite_url: str, policy: Policy) -> None:
    """Without a database it is said that nobody knows; an example's numbers are nobody's."""
    seen = await look(_settings(bare_sqlite_url), policy)
    assert seen.numbers is None
    assert [one.state for one in number_findings(policy, seen.numbers)] == ["look"]
    example = source.load(root() / "policies" / "example.yaml")
    assert number_findings(example, None) == ()


def test_the_program_knows_its_own_schema() -> None:
    """What stands in no migration of this program is of a newer one; nothing at all is older."""
    assert schema.standing("") == schema.standing("0001") == "behind"
    assert schema.standing("9999") == "ahead"


async def test_a_sealed_database(database_url: str) -> None:
    """With its key all is well; with another, or none, the doctor names the setting."""
    key = "a made-up key of more than thirty-two characters"
    async with opened(database_url, secrets=(key,)) as database, database.work() as work:
        await work.change_directory([], "imported", "")
    known = _settings(database_url)
    right = known.model_copy(update={"secret_key": SecretStr(key)})
    assert [state for state, _ in _said(await look(right, None))] == ["ok"]
    for given in ("", f"another {key}"):
        wrong = known.model_copy(update={"secret_key": SecretStr(given)})
        [(state, what)] = _said(await look(wrong, None))
        assert (state, "BRAVER_SECRET_KEY does not open it" in what) == ("fix", True)
