"""What every test may ask for: a database of its own, on SQLite and on a real PostgreSQL server."""

import gc
import os
import shutil
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from zlib import crc32

import hypothesis
import pytest
from sqlalchemy import make_url

from bot import files
from bot.guidance.advice import warm
from playground import house
from tests.memory import MEMORY
from tests.postgres import Postgres
from tests.tables import made

# How many examples a law is tried on. Machines are shared, so that none of them is timed.
hypothesis.settings.register_profile("quick", max_examples=25, deadline=None)
hypothesis.settings.register_profile("thorough", max_examples=100, deadline=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

if MEMORY is not None:
    # The files of a test need not survive a power cut: what a commit writes through has nowhere to go.
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--part", default="1/1", help="One part of the tests, such as 2/3, always the same ones."
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    part, parts = map(int, config.getoption("--part").split("/"))
    chosen, others = list[pytest.Item](), list[pytest.Item]()
    for item in items:
        (chosen if crc32(item.nodeid.encode()) % parts == part - 1 else others).append(item)
    config.hook.pytest_deselected(items=others)
    items[:] = chosen


_TALKING = ("stories", "faults", "contracts")
"""Suites in which people type something to a service of this process."""


def pytest_collection_finish(session: pytest.Session) -> None:
    """What was imported stays, and what a test leaves behind is soon a lot: looking for garbage as often as
    the interpreter does by itself takes a tenth of the time.

    The encoder is read before: while a busy machine reads it, nobody types in vain."""
    if any(part in _TALKING for item in session.items for part in item.path.parts):
        warm()
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(scope="session", autouse=True)
def _read_once() -> Iterator[None]:
    """The same text gives the same nodes: a policy is not taken apart anew for each house."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "composed", lru_cache(maxsize=64)(files.composed))
        yield


@pytest.fixture(scope="session")
def _tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables and nothing in them, to copy."""
    file = tmp_path_factory.mktemp("tables") / "braver.db"
    made(f"sqlite+aiosqlite:///{file}")
    return file


@pytest.fixture(scope="session", autouse=True)
def _houses_begin_with_tables(_tables: Path) -> Iterator[None]:
    """Migrations have tests of their own; here they run once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(house, "TABLES", _tables)
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One PostgreSQL server for the run (for each worker of it)."""
    with Postgres.running() as server:
        yield server


@pytest.fixture(scope="session")
def _postgres_tables(postgres: Postgres) -> Iterator[str]:
    """The name of a PostgreSQL database with all tables and nothing in them, to copy."""
    with postgres.database() as url:
        made(url)
        yield str(make_url(url).database)


@pytest.fixture
def postgres_url(postgres: Postgres, _postgres_tables: str) -> Iterator[str]:
    """The address of a PostgreSQL database for one test: all tables, nothing in them."""
    with postgres.database(_postgres_tables) as url:
        yield url


@pytest.fixture
def sqlite_url(tmp_path: Path, _tables: Path) -> str:
    """The address of a SQLite file for one test: all tables, nothing in them."""
    shutil.copyfile(_tables, tmp_path / "braver.db")
    return f"sqlite+aiosqlite:///{tmp_path / 'braver.db'}"


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of a database for one test, which runs once on each of the two: all tables, nothing in
    them."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def bare_postgres_url(postgres: Postgres) -> Iterator[str]:
    """The address of a PostgreSQL database without any table, as before the first start."""
    with postgres.database() as url:
        yield url


@pytest.fixture
def bare_sqlite_url(tmp_path: Path) -> str:
    """The address of a SQLite file that does not exist yet, as before the first start."""
    return f"sqlite+aiosqlite:///{tmp_path / 'bare.db'}"


@pytest.fixture(params=["sqlite", "postgres"])
def bare_database_url(request: pytest.FixtureRequest) -> str:
    """The address of a database as before the first start, on each of the two."""
    url: str = request.getfixturevalue(f"bare_{request.param}_url")
    return url
