"""The register follows the database: one record, or many thousands, and never half of a change."""

from collections.abc import AsyncIterator

import pytest

from bot.people import register as registers
from bot.people.directory import Directory
from bot.people.entries import Part
from bot.people.records import Change, changes
from bot.people.register import Register
from bot.store.database import Database
from tests.units.cases import DIRECTORY, MONDAY, POLICY

EMPTY = Directory.model_construct(
    agencies=(), teams=(), people=(), posts=(), safeguarding_leads={}, coordinator=""
)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A database with the example in it."""
    opened = Database(database_url, patience=60)
    await opened.open()
    await written(opened, None, DIRECTORY)
    yield opened
    await opened.close()


async def written(database: Database, before: Directory | None, after: Directory) -> None:
    async with database.work() as work:
        await work.change_directory(changes(before, after), "test", "")


async def followed(database: Database, register: Register) -> None:
    """One transaction of the service."""
    async with database.reading() as work:
        await register.fresh(work)


def with_parts(directory: Directory, key: str, id: str, **fields: object) -> Directory:
    """The directory with other fields of one part; of a post `id` is agency and post."""

    def one(part: Part) -> Part:
        named = getattr(part, "id", "") or f"{getattr(part, 'agency', '')}/{getattr(part, 'post', '')}"
        return part.model_copy(update=fields) if named == id else part

    return directory.model_copy(update={key: tuple(map(one, getattr(directory, key)))})


@pytest.mark.parametrize(
    ("key", "id", "fields"),
    [
        ("people", "jo", {"name": "Ångström Jo", "email": "new@health.example", "ways": ("email",)}),
        ("people", "kit", {"team": "", "line_manager": "dana"}),
        ("posts", "health/team_manager", {"holder": "ruth", "deputies": ("priya", "dana")}),
        ("agencies", "health", {"name": "Another name"}),
        ("teams", "duty", {"name": "Another team"}),
    ],
)
async def test_one_change_is_followed_in_place(
    database: Database, key: str, id: str, fields: dict[str, object]
) -> None:
    """Whatever people are looked up by is what it would be, had everything been read anew."""
    register = Register(EMPTY)
    await followed(database, register)
    assert register.directory == DIRECTORY
    after = with_parts(DIRECTORY, key, id, **fields)
    await written(database, DIRECTORY, after)
    await followed(database, register)
    fresh = Register(EMPTY)
    await followed(database, fresh)
    assert register.directory == fresh.directory == after
    for looked_up in ("_people", "_emails", "_agencies", "_teams", "_posts", "_held", "_findable"):
        assert getattr(register.directory, looked_up) == getattr(fresh.directory, looked_up), looked_up


async def test_leads_and_the_coordinator_are_followed(database: Database) -> None:
    """They are records as well."""
    register = Register(EMPTY)
    await followed(database, register)
    leads = DIRECTORY.safeguarding_leads | {"health": "dana"}
    after = DIRECTORY.model_copy(update={"safeguarding_leads": leads, "coordinator": "nell"})
    await written(database, DIRECTORY, after)
    await followed(database, register)
    lead = register.directory.lead("health")
    assert (lead and lead.id, register.directory.coordinator) == ("dana", "nell")


async def test_a_large_change_is_seen_all_at_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service reads it over several transactions, and goes on with the old directory until it has all."""
    register = Register(EMPTY)
    await followed(database, register)
    people = tuple(entry.model_copy(update={"role": "Renamed"}) for entry in DIRECTORY.people)
    after = DIRECTORY.model_copy(update={"people": people})
    await written(database, DIRECTORY, after)
    monkeypatch.setattr(registers, "PAGE", 12)
    seen = []
    while register.directory != after:
        seen.append({entry.role == "Renamed" for entry in register.directory.people})
        await followed(database, register)
    assert seen == [{False}] * 3, "30 people are three pages of 12"


async def test_a_start_reads_it_all(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has no directory yet waits for the whole of it, however many pages it has."""
    monkeypatch.setattr(registers, "PAGE", 7)
    register = Register(EMPTY)
    await followed(database, register)
    assert register.directory == DIRECTORY


async def test_somebody_is_taken_out_and_comes_back(database: Database) -> None:
    """What is gone is gone, and can be written again."""
    register = Register(EMPTY)
    await followed(database, register)
    fewer = DIRECTORY.model_copy(
        update={"people": tuple(entry for entry in DIRECTORY.people if entry.id != "kit")}
    )
    for before, after in ((DIRECTORY, fewer), (fewer, DIRECTORY)):
        await written(database, before, after)
        await followed(database, register)
        assert (register.directory.person("kit") is None) == (after is fewer)


async def test_absences_are_followed_beside_the_directory(database: Database) -> None:
    """Who is away is no part of the directory, and does not make it anew."""
    register = Register(EMPTY)
    await followed(database, register)
    known = register.directory
    body = {"person": "helen", "since": "2026-11-23T00:00:00+00:00", "until": "2026-11-30T00:00:00+00:00"}
    for after, covered in ((body, "leo"), (None, "helen")):
        async with database.work() as work:
            await work.change_directory([Change("absence", "a1", None, after)], "away", "helen")
        await followed(database, register)
        found = register.duty(POLICY.calendar, MONDAY).standing("team_manager", "social_care")
        assert found is not None
        assert found.entry.id == covered
        assert register.directory == known


def test_a_copy_keeps_nothing_of_what_it_was() -> None:
    """What was worked out from the old fields, ways and order among them, is worked out anew."""
    helen = DIRECTORY.person("helen")
    assert helen is not None
    assert helen.platforms == ("teams", "email")
    assert helen.model_copy(update={"ways": ("slack",)}).platforms == ("slack",)
    post = DIRECTORY.post("social_care", "team_manager")
    assert post is not None
    assert post.order == ("helen", "leo")
    assert post.model_copy(update={"deputies": ()}).order == ("helen",)
    assert DIRECTORY.model_copy(update={"people": ()}).person("helen") is None
