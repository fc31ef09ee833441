"""A service that comes back after a long time finds many clocks run out: all of them fire, each once."""

import faulthandler
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlmodel import SQLModel

from bot.app import Service
from playground.house import House
from tests.faults.corners import Corner
from tests.faults.looking import the_case
from tests.stories.filing import filed

COPIED = {
    "streams": "name", "events": "stream", "cases": "id", "case_members": "case_id",
    "deadlines": "case_id",
}  # fmt: skip
"""Tables in which a case stands, and the column that holds its id."""
NUMBERS = {
    "postgresql": "SELECT generate_series(1, {most}) AS n",
    "sqlite": "WITH RECURSIVE counted(n) AS (VALUES(1) UNION ALL SELECT n + 1 FROM counted WHERE n < {most}) "
    "SELECT n FROM counted",
}


async def _copy(url: str, case_id: str, reference: str, times: int) -> None:
    """So many cases like this one: as if as many people had filed the same."""
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        for table, key in COPIED.items():
            await connection.execute(text(_copying(connection, table, key, case_id, reference, times)))
    await engine.dispose()


def _copying(
    connection: AsyncConnection, table: str, key: str, case_id: str, reference: str, times: int
) -> str:
    numbers = NUMBERS[connection.dialect.name].format(most=times)
    names, values = [], []
    for column in SQLModel.metadata.tables[table].columns:
        if column.name == "id" and table == "deadlines":
            continue
        names.append(f'"{column.name}"')
        value = f'"{column.name}"'
        if column.type.python_type is str:
            value = (
                f"replace(replace({value}, '{case_id}', '{case_id}' || n), '{reference}', '{reference}' || n)"
            )
        values.append(value)
    whose = f"{key} IN ('{case_id}', 'case:{case_id}')"
    return (
        f"INSERT INTO {table} ({', '.join(names)}) "  # noqa: S608
        f"SELECT {', '.join(values)} FROM {table}, ({numbers}) AS numbers WHERE {whose}"
    )


@asynccontextmanager
async def _started_again(house: House) -> AsyncIterator[House]:
    """The service is closed, and a new one begins where it left off."""
    await house.service.database.close()
    service = Service(house.service.settings)
    async with service.serving(moving=False) as port:
        address = f"http://127.0.0.1:{port}"
        house.world.serve(address)
        yield House(house.world, service, address)
        await house.world.settled()


async def _count(url: str, question: str) -> int:
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        found = int((await connection.execute(text(question))).scalar_one())
    await engine.dispose()
    return found


async def test_many_clocks_ran_out_meanwhile(tmp_path: Path, corner: Corner, url: str) -> None:
    """Nobody acknowledged anything, and nobody was there to notice: every case moves on, once, a message to
    each of its people is on its way, and each case has a live clock again."""
    await _restarted_with(100, tmp_path, corner, url)


@pytest.mark.full
async def test_ten_thousand_clocks_ran_out_meanwhile(tmp_path: Path, postgres_url: str) -> None:
    """The same where so many cases stand, which is PostgreSQL; the file takes minutes for as many commits."""
    await _restarted_with(10_000, tmp_path, Corner("slack", "postgres"), postgres_url)


async def _restarted_with(number: int, folder: Path, corner: Corner, url: str) -> None:
    # Thousands take longer than a test that hangs is given.
    faulthandler.dump_traceback_later(900, exit=True)
    # In the open: a sealed case opens with its own key alone, so that no copy of its rows would.
    async with House.open(folder, platforms=corner.platforms(), database_url=url, sealed=False) as house:
        await house.to_working_time()
        reference = await filed(house)
        case = await the_case(house.service.database)
        await _copy(url, case.id, reference, number - 1)
        await house.service.database.shift(timedelta(minutes=31))
        async with house.service.database.reading() as work:
            assert await work.overdue(timedelta(0)) == number
        async with _started_again(house) as restarted:
            engine, database = restarted.service.engine, restarted.service.database
            swept = 0
            while done := await engine.sweeper.step():
                swept += done
            assert swept == number
            async with database.reading() as work:
                assert await work.overdue(timedelta(0)) == 0
                assert await work.cases_without_clock(10) == []
                # The raiser and her manager, of each case.
                assert await work.under_way() == {"ready": 2 * number}
            fired = "SELECT count(*) FROM events WHERE kind = 'clock_ran_out'"
            assert await _count(url, fired) == number
            assert await _count(url, fired.replace("*", "DISTINCT stream")) == number
            await engine.deliverer.step()
            for person in ("jo", "priya"):
                assert house.world.person(person).sees("has not acknowledged")
