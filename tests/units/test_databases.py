"""The databases that tests get are real, empty and their own."""

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from tests.postgres import Postgres


@pytest.mark.parametrize("time", ["first", "second"])
async def test_each_test_gets_an_empty_database(database_url: str, time: str) -> None:
    """A table made in one test's database is not in the next one's."""
    engine = create_async_engine(database_url)
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE seen (word TEXT)"))
    await engine.dispose()


async def test_a_database_can_be_copied_from_a_template(postgres: Postgres) -> None:
    """What the template holds, the copy holds too."""
    with postgres.database() as template_url:
        engine = create_async_engine(template_url)
        async with engine.begin() as connection:
            await connection.execute(text("CREATE TABLE seen AS SELECT 'once' AS word"))
        await engine.dispose()
        assert engine.url.database is not None
        with postgres.database(template=engine.url.database) as copy_url:
            copy = create_async_engine(copy_url)
            async with copy.connect() as connection:
                assert await connection.scalar(text("SELECT word FROM seen")) == "once"
            await copy.dispose()
