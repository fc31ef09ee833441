"""The directory in the database: what is written is read back, and every change has a history."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.people.directory import Directory
from bot.people.records import body, changes, records
from bot.people.register import Register
from bot.store.database import Database
from tests.units.cases import DIRECTORY
from tests.units.recorder import opened


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """With the example directory in it."""
    async with opened(database_url, may_shift=True) as database:
        async with database.work() as work:
            await work.change_directory(changes(None, DIRECTORY), "imported", "the file")
        yield database


def with_phone(directory: Directory, person: str, phone: str) -> Directory:
    people = (
        entry.model_copy(update={"phone": phone}) if entry.id == person else entry
        for entry in directory.people
    )
    return directory.model_copy(update={"people": tuple(people)})


def without(directory: Directory, person: str) -> Directory:
    people = tuple(entry for entry in directory.people if entry.id != person)
    return directory.model_copy(update={"people": people})


async def fresh(database: Database, register: Register) -> Register:
    async with database.reading() as work:
        await register.fresh(work)
    return register


def empty() -> Register:
    return Register(DIRECTORY.model_copy(update={"people": (), "posts": ()}))


async def test_what_is_read_back_is_what_was_written(database: Database) -> None:
    """In the order of the file, with nothing lost."""
    register = await fresh(database, empty())
    assert register.directory == DIRECTORY
    assert [entry.id for entry in register.directory.people] == [entry.id for entry in DIRECTORY.people]


async def test_every_process_sees_a_change(database: Database) -> None:
    """With its next transaction, and without reading anything where nothing has changed."""
    here, there = await fresh(database, empty()), await fresh(database, empty())
    changed = with_phone(DIRECTORY, "helen", "01632 960555")
    async with database.work() as work:
        await work.change_directory(changes(DIRECTORY, changed), "corrected", "sam")
    for register in (here, there):
        before = register.directory
        assert (await fresh(database, register)).directory == changed
        after = register.directory
        assert before is not after
        assert (await fresh(database, register)).directory is after


async def test_of_several_that_start_at_once_one_fills_the_directory(postgres_url: str) -> None:
    """Each of them sees at first that there is none; the others wait for the one that fills it."""
    async with opened(postgres_url) as here, opened(postgres_url) as there:
        met = asyncio.Barrier(2)

        async def start(database: Database) -> None:
            async with database.work() as work:
                assert not work.directory_version
                await met.wait()
                if await work.directory_is_empty():
                    await work.change_directory(changes(None, DIRECTORY), "imported", "the file")

        await asyncio.gather(start(here), start(there))
        async with here.reading() as work:
            assert [event.kind for event in await work.history("directory")] == ["imported"]
            assert await work.verify("directory") == []


async def test_the_history_says_who_changed_what(database: Database) -> None:
    """Before and after, with the person, in a chain that can be checked."""
    changed = with_phone(DIRECTORY, "helen", "01632 960555")
    async with database.work() as work:
        await work.change_directory(changes(DIRECTORY, changed), "corrected", "sam")
    async with database.reading() as work:
        [_, event] = await work.history("directory")
        assert await work.verify("directory") == []
    [change] = event.body["changes"]
    assert (event.kind, event.actor, change["id"]) == ("corrected", "sam", "helen")
    assert change["after"]["phone"] == "01632 960555"
    assert change["before"]["phone"] != change["after"]["phone"]


async def test_nothing_is_left_of_a_change_that_is_not_committed(database: Database) -> None:
    """Neither a row nor a word in the history."""

    async def stopped_halfway() -> None:
        async with database.work() as work:
            await work.change_directory(changes(DIRECTORY, without(DIRECTORY, "ines")), "imported", "sam")
            raise RuntimeError("stopped")

    with pytest.raises(RuntimeError, match="stopped"):
        await stopped_halfway()
    assert (await fresh(database, empty())).directory == DIRECTORY
    async with database.reading() as work:
        assert len(await work.history("directory")) == 1


async def test_a_large_change_is_told_of_in_parts(database: Database) -> None:
    """So that no row of the history grows without bounds."""
    many = tuple(
        DIRECTORY.people[0].model_copy(update={"id": f"p{number}", "email": f"p{number}@health.example"})
        for number in range(1_200)
    )
    larger = DIRECTORY.model_copy(update={"people": (*DIRECTORY.people, *many)})
    async with database.work() as work:
        await work.change_directory(changes(DIRECTORY, larger), "imported", "sam")
    async with database.reading() as work:
        history = await work.history("directory")
    assert [len(event.body["changes"]) for event in history[1:]] == [500, 500, 200]
    assert (await fresh(database, empty())).directory == larger


def test_only_what_differs_is_a_change() -> None:
    """An entry that stays is none; one that is moved in the file is none either."""
    assert changes(DIRECTORY, DIRECTORY) == ()
    turned = DIRECTORY.model_copy(update={"people": DIRECTORY.people[::-1]})
    assert changes(DIRECTORY, turned) == ()
    [change] = changes(DIRECTORY, with_phone(DIRECTORY, "helen", "01632 960555"))
    assert (change.kind, change.id, change.fields) == ("person", "helen", ("phone",))
    assert len(changes(None, DIRECTORY)) == len(records(DIRECTORY))


def test_a_record_holds_no_more_than_it_says() -> None:
    """What is left at its default is not written down."""
    helen = DIRECTORY.person("helen")
    assert helen is not None
    assert "owner" not in body(helen)
