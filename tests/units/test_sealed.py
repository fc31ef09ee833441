"""What people wrote lies sealed in the database: in each column, on each kind of database."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.chat.card import Card
from bot.keys.closing import closed
from bot.keys.turning import standing, turned
from bot.store.database import CannotOpen, Database, WrongKey
from bot.store.keyring import MARK, Erased, Locked
from bot.store.sealed_columns import ALL
from bot.store.tables import CaseRow
from bot.store.whole import kept_tables, snapshot
from bot.store.work import Work
from tests.units.recorder import meddle, opened, save

OLD, NEW = "an older key of more than thirty-two characters", "a newer key of more than thirty-two characters"
MARKER = "marker-7f3a"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with opened(database_url, secrets=(OLD,)) as database:
        yield database


async def write(work: Work, marker: str = MARKER) -> None:
    """The marker into every column in which words can stand."""
    row = CaseRow(
        id="c1", reference="BR-c1", version=1, status="open", training=False, stage=1, opened_at=work.now,
        state=f'{{"concern": "{marker}"}}', raiser="jo",
    )  # fmt: skip
    await work.save_case(row, 0)
    await work.append("case:c1", "raised", {"concern": marker}, "jo")
    await work.append("case:c1", "answered", {"answer": marker}, "helen")
    await work.append("security", "stranger", {"what": marker}, "kit")
    await work.carried_out("act", marker)
    assert await work.once("asked") is None
    await work.outcome("asked", marker)
    await work.keep_state("jo", "dm", "draft", 1, marker, work.now + timedelta(days=1), question=True)
    await work.letter_written("l1", "sam@example.org", Card(marker), "key")
    await work.letter_adds("l1", "l2", Card(marker))
    await work.letter_replaces("l1", "l2", Card(marker), "act-2")


async def seen(work: Work) -> list[str]:
    """The same, as it comes out again."""
    case = await work.case("c1")
    mine = await work.cases_of("jo", open_only=True, limit=5)
    state = await work.state("jo", "dm", "draft")
    question = await work.pending("jo", "dm")
    assert case is not None and state is not None and question is not None  # noqa: PT018
    letters = await work.letter_cards("l1", 5)
    bodies = [event.body for stream in ("case:c1", "security") for event in await work.history(stream)]
    return [
        case.state, *(row.state for row in mine), state[1], question[2], str(await work.kept_outcome("act")),
        str(await work.kept_outcome("asked")), *(kept.card.title for kept in letters), *map(str, bodies),
    ]  # fmt: skip


async def everything(database: Database) -> str:
    """All that lies in the database, in every table."""
    async with snapshot(database) as connection:
        tables = await connection.run_sync(kept_tables)
        rows = [row for table in tables for row in await connection.execute(table.select())]
    return "\n".join(str(tuple(row)) for row in rows)


async def test_words_go_in_and_come_out_and_do_not_lie_there(database: Database) -> None:
    async with database.work() as work:
        await write(work)
    assert MARKER not in await everything(database)
    for transaction in (database.reading, database.work):
        async with transaction() as work:
            assert all(MARKER in one for one in await seen(work))
            assert len(await seen(work)) == 10


async def test_every_column_that_holds_words_is_sealed(database: Database) -> None:
    """The list of the columns is whole: each of them was written here, and nothing in it is in the open."""
    async with database.work() as work:
        await write(work)
        await work.change_directory([_Change()], "imported", "")
        for column in ALL:
            table = str(column.row.__tablename__)
            stored = (await work._execute(text(f"SELECT {column.column} FROM {table}"))).scalars().all()  # noqa: S608
            assert stored
            assert all(one == "" or one.startswith(MARK) for one in stored), table


class _Change:
    kind, id, before, place = "person", "jo", None, 0
    after = {"name": MARKER}  # noqa: RUF012


async def test_the_directory_is_sealed_too(database: Database) -> None:
    async with database.work() as work:
        await work.change_directory([_Change()], "imported", "")
    assert MARKER not in await everything(database)
    async with database.reading() as work:
        (record,) = await work.directory_after((0, "", ""), 5)
    assert MARKER in record.body


async def test_each_case_has_a_key_of_its_own(database: Database) -> None:
    """It is made with the first text of the case, once, also where that is rolled back."""
    with pytest.raises(ZeroDivisionError):
        await _saved_and_broken(database.work())
    for case_id in ("c1", "c2"):
        async with database.work() as work:
            await save(work, case_id)
    async with database.work() as work:
        await save(work, "c1", 2)
        scopes = (await work._execute(text("SELECT scope FROM data_keys ORDER BY scope"))).scalars().all()
    assert scopes == ["case:c1", "case:c2", "service"]


async def test_an_erased_key_leaves_nothing_to_read(database: Database) -> None:
    """The history still follows link by link; of other cases nothing is lost. No new key takes its place."""
    async with database.work() as work:
        await write(work)
        await save(work, "c2")
    async with database.work() as work:
        assert await work.erase_key("case:c1")
        assert not await work.erase_key("case:c1")
        assert not await work.erase_key("case:nobody")
    async with database.reading() as work:
        with pytest.raises(Erased):
            await work.history("case:c1")
        with pytest.raises(Erased):
            await work.case("c1")
        assert await work.verify("case:c1") == []
        assert await work.case("c2") is not None
    with pytest.raises(Erased):
        async with database.work() as work:
            await work.append("case:c1", "answered", {}, "jo")


async def test_a_text_that_was_moved_is_not_taken_for_another(database: Database) -> None:
    """Whoever can write into the database can't make one person's words those of another."""
    async with database.work() as work:
        for person, said in (("jo", "mine"), ("kit", "yours")):
            await work.keep_state(person, "", "draft", 1, said, work.now + timedelta(days=1))
    theirs = "(SELECT s.data FROM states s WHERE s.person_key = 'jo')"
    await meddle(database, f"UPDATE states SET data = {theirs} WHERE person_key = 'kit'")  # noqa: S608
    async with database.reading() as work:
        with pytest.raises(Locked):
            await work.state("kit", "", "draft")


async def test_without_the_key_nothing_opens(database_url: str, database: Database) -> None:
    """Neither for who has none, nor for who has another: the refusal says what to do, and no secret."""
    async with database.work() as work:
        await write(work)
    for secrets in ((), (NEW,)):
        with pytest.raises(WrongKey, match="BRAVER_SECRET_KEY") as refused:
            async with Database(database_url, secrets).beside():
                pass
        assert NEW not in str(refused.value)
        with pytest.raises(CannotOpen, match="BRAVER_SECRET_KEY"):
            async with Database(database_url, secrets).looking() as work:
                await work.history("security")
    async with Database(database_url, (NEW, OLD)).beside() as both, both.reading() as work:
        assert len(await seen(work)) == 10


async def test_keys_are_turned_while_others_write(database_url: str, database: Database) -> None:
    """Portion by portion: what is broken off goes on where it stood. Then the older key opens nothing."""
    for number in range(7):
        async with database.work() as work:
            await save(work, f"c{number}")
    async with Database(database_url, (NEW, OLD)).beside() as newer:
        async with newer.work() as work:
            assert await work.rewrap_keys(3) == 3
            await save(work, "of-the-newer")
        assert await turned(newer) == 5
        assert await turned(newer) == 0
        wrapped, first = await standing(newer)
        assert wrapped == {first: 9}
    async with Database(database_url, (NEW,)).beside() as alone, alone.reading() as work:
        assert await work.case("c3") is not None
    with pytest.raises(WrongKey):
        async with Database(database_url, (OLD,)).beside():
            pass


async def test_what_an_earlier_release_left_open_is_sealed(database_url: str) -> None:
    """It goes on as it was until then, since the earlier release may run beside; then row by row, each
    history as a whole. They follow link by link, and the security log says which hash each had."""
    async with opened(database_url) as earlier, earlier.work() as work:
        await write(work)
        await work.change_directory([_Change()], "imported", "")
    async with opened(database_url, secrets=(OLD,)) as database:
        async with database.work() as work:
            await work.append("case:c1", "told", {"more": MARKER}, "jo")
            assert await work.lies_open()
            before = (await work._head("case:c1"))[1]
        assert MARKER in await everything(database)
        assert await closed(database, settle=0) > 8
        assert MARKER not in await everything(database)
        assert await closed(database, settle=0) == 0
        async with database.work() as work:
            assert not await work.lies_open()
            assert sum(MARKER in one for one in await seen(work)) == 11
            for stream in ("case:c1", "security", "directory"):
                assert await work.verify(stream) == []
            said = [event.body for event in await work.history("security") if event.kind == "sealed"]
            (told,) = [body for body in said if body["stream"] == "case:c1"]
            assert (told["before"], told["after"], told["sequence"]) == (
                before, (await work._head("case:c1"))[1], 3,
            )  # fmt: skip


async def test_sealing_that_was_broken_off_goes_on(database_url: str) -> None:
    async with opened(database_url) as earlier, earlier.work() as work:
        await write(work)
    async with opened(database_url, secrets=(OLD,)) as database:
        async with database.work() as work:
            await work.begin_sealing()
        async with database.work() as work:
            await work.seal_stream("case:c1")
        async with database.reading() as work:
            assert all(MARKER in one for one in await seen(work))
        assert await closed(database, settle=0) > 0
        assert MARKER not in await everything(database)


async def test_a_case_that_can_not_be_opened_keeps_no_other_from_anybody(database: Database) -> None:
    """Neither where a person's cases are listed, nor where those are looked for that nobody watches."""
    for case_id in ("c1", "c2"):
        async with database.work() as work:
            await save(work, case_id)
            await work.members(case_id, {"jo": "raiser"})
    await meddle(database, "UPDATE cases SET state = 's1.case:c1.AAAA' WHERE id = 'c1'")
    async with database.reading() as work:
        assert [row.id for row in await work.cases_of("jo", open_only=True, limit=5)] == ["c2"]
        assert [row.reference for row in await work.cases_without_clock(5)] == ["BR-c1", "BR-c2"]
        with pytest.raises(Locked):
            await work.case("c1")


@pytest.mark.parametrize(
    "how",
    [
        "DELETE FROM data_keys WHERE scope = 'service'",
        "UPDATE data_keys SET wrapped = '' WHERE scope = 'service'",
    ],
)
async def test_without_its_own_key_nothing_is_written_in_the_open(
    database_url: str, database: Database, how: str
) -> None:
    """Neither by the service that runs, nor by one that starts then."""
    async with database.work() as work:
        await write(work)
    await meddle(database, how)
    with pytest.raises(Locked):
        async with database.work():
            pass
    with pytest.raises(CannotOpen):
        async with opened(database_url, secrets=(OLD,)):
            pass


async def test_an_erased_case_that_lay_open_is_sealed_for_good(database_url: str) -> None:
    """Nobody has the key; every other history is sealed as well, and all of them follow link by link."""
    async with opened(database_url) as earlier, earlier.work() as work:
        await write(work)
    async with opened(database_url, secrets=(OLD,)) as database:
        async with database.work() as work:
            await work.begin_sealing()
        async with database.work() as work:
            assert not await work.is_sealed("c1")
            await work.append("case:c1", "told", {"more": MARKER}, "jo")
            assert await work.erase_key("case:c1")
        await closed(database, settle=0)
        assert MARKER not in await everything(database)
        async with database.reading() as work:
            assert not await work.lies_open()
            assert await work.is_sealed("c1")
            assert [await work.verify(one) for one in ("case:c1", "security")] == [[], []]
            with pytest.raises(Erased):
                await work.history("case:c1")


async def test_what_a_transaction_took_back_made_no_key(database: Database) -> None:
    """A part that is undone takes its key with it."""
    async with database.work() as work:
        with pytest.raises(ZeroDivisionError):
            await _saved_and_broken(work.apart(), work)
        await save(work, "c1")
    async with database.reading() as work:
        assert await work.case("c1") is not None


async def _saved_and_broken(
    part: AbstractAsyncContextManager[Work | None], outer: Work | None = None
) -> None:
    async with part as work:
        await save(work or outer or pytest.fail("in no transaction"), "c1")
        raise ZeroDivisionError
