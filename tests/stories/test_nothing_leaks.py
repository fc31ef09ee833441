"""Who is not on a case does not learn that there is one: by no words, no work done, and no number."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from sqlalchemy import event

from bot.chat.action import Action
from bot.desk import Case, Desk, commands
from bot.escalation.matrix import NOT_ON_IT, Reader
from bot.store.database import Database
from flows import case_actions as a
from flows.entries import OpenCase
from tests.stories.all_readers import PEOPLE, AllReaders, all_readers
from tests.stories.test_who_sees import AT_ONCE, FORMS, LOOKS, Press

UNKNOWN = "f" * 32
OUTSIDE: tuple[Reader, ...] = ("colleague", "removed", "learning_lead")


@contextlib.contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """Every statement that is carried out meanwhile, whatever its values."""
    found: list[str] = []

    def said(_connection: Any, _cursor: Any, statement: str, *_: object) -> None:
        found.append(statement)

    engines = [engine.sync_engine for engine in (database._writer, database._reader)]
    for engine in engines:
        event.listen(engine, "before_cursor_execute", said)
    try:
        yield found
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", said)


async def _told(everybody: AllReaders, reader: Reader, action: Action) -> tuple[str, list[str]]:
    with counted(everybody.house.service.database) as statements:
        said = await everybody.presses(reader, action)
    return said, statements


async def _same(everybody: AllReaders, case: Case, platform: str) -> None:
    unknown = case.model_copy(update={"id": UNKNOWN})
    presses: list[Press] = [*FORMS.values(), *AT_ONCE.values(), *LOOKS, lambda one: OpenCase(case=one.id)]
    for number, press in enumerate(presses):
        reader = OUTSIDE[number % len(OUTSIDE)]
        await everybody.presses(reader, press(unknown))  # what is written down at most once in a while
        one = await _told(everybody, reader, press(case))
        other = await _told(everybody, reader, press(unknown))
        assert one[0], press(case)
        assert one[0] == other[0], (platform, reader, press(case))
        assert one[1] == other[1], (platform, reader, press(case))


@pytest.mark.parametrize("platform", ["slack", "teams"])
async def test_a_case_of_others_is_answered_as_one_that_never_was(tmp_path: Path, platform: str) -> None:
    """The same words after the same statements, for each button, on SQLite."""
    async with all_readers(tmp_path, platform, ("open",)) as everybody:
        await _same(everybody, await everybody.case("open"), platform)


async def test_so_it_is_on_postgresql(tmp_path: Path, postgres_url: str) -> None:
    async with all_readers(tmp_path, "slack", ("open",), database_url=postgres_url) as everybody:
        await _same(everybody, await everybody.case("open"), "slack")


@pytest.mark.parametrize("platform", ["slack", "teams"])
async def test_no_typed_word_tells_a_reference_of_others_from_one_that_never_was(
    tmp_path: Path, platform: str
) -> None:
    """Nor does any list: who is not on the case has none, with nothing that counts the cases of others."""
    async with all_readers(tmp_path, platform, ("open",)) as everybody:
        case, never = await everybody.case("open"), "BR-7XK9Q"
        for words in ("ack {}", "acknowledge {}", "{}", "timeline {}", "cases {}", "open {}"):
            for reader in OUTSIDE:
                await everybody.says(reader, words.format(never))
                with counted(everybody.house.service.database) as one:
                    real = await everybody.says(reader, words.format(case.reference))
                with counted(everybody.house.service.database) as other:
                    made_up = await everybody.says(reader, words.format(never))
                if words != "{}":  # which is taken for words that ask for advice, letter by letter
                    assert real.replace(case.reference, never) == made_up, (reader, words)
                    assert one == other, (reader, words)
                assert not any("reference =" in statement for statement in one), words
        for reader in OUTSIDE:
            for words in ("ack", "cases", "hand over all"):
                said = await everybody.says(reader, words)
                assert case.reference not in said
                assert case.id not in said


async def test_no_search_finds_a_case(tmp_path: Path) -> None:
    """What a person field offers are people, whatever is asked of it."""
    async with all_readers(tmp_path, "slack", ("open",)) as everybody:
        case, house = await everybody.case("open"), everybody.house
        async with house.service.database.reading() as work:
            account = (await work.accounts_of(PEOPLE["colleague"]))[0]
        people = {entry.id for entry in house.service.house.directory.people}
        for scope in ("all", "", f"case:{case.id}", case.reference, "agency:social_care"):
            for words in ("", case.reference, case.id, "HV-2231"):
                found = await house.service.inbox.search(account, scope, words)
                assert {option.value for option in found} <= people


async def test_what_is_counted_outside_tells_of_no_case(tmp_path: Path) -> None:
    """Neither a reference, nor an id, nor who is on it."""
    async with all_readers(tmp_path, "slack", ("open",)) as everybody:
        case = await everybody.case("open")
        await everybody.presses("colleague", a.ShowRecord(case=case.id))
        async with ClientSession() as session:
            for path in ("/metrics", "/healthz", "/readyz", f"/{case.reference}", f"/case/{case.id}"):
                async with session.get(f"{everybody.house.address}{path}") as answer:
                    text = await answer.text()
                assert not any(word in text for word in (case.reference, case.id, "HV-2231", "helen")), path


@pytest.mark.parametrize("platform", ["slack", "teams"])
async def test_each_attempt_is_an_event_with_who_what_and_when(tmp_path: Path, platform: str) -> None:
    """In the security log alone: the case's own timeline does not move."""
    async with all_readers(tmp_path, platform, ("open",)) as everybody:
        case = await everybody.case("open")
        for reader in NOT_ON_IT:
            before = len(await everybody.security())
            await everybody.presses(reader, a.ShowRecord(case=case.id))
            (tried,) = (await everybody.security())[before:]
            stranger = reader == "stranger"
            assert tried["what"] == ("stranger" if stranger else "not_on_case")
            assert tried["person"] == ("" if stranger else PEOPLE[reader])
            assert tried["tried"] == "case.record"
            assert tried["case"] == ("" if stranger else case.id)
        assert (await everybody.case("open")).version == case.version


async def test_a_form_of_somebody_who_left_meanwhile_gives_the_words_back(tmp_path: Path) -> None:
    """Whoever had a form open when they handed the case over does not lose what they wrote in it."""
    async with all_readers(tmp_path, "slack", ("open",)) as everybody:
        helen = everybody.actors["receiving_manager"]
        await helen.presses("Answer")
        await helen.expects("Your answer")
        async with everybody.house.service.database.work() as work:
            case = await everybody.case("open")
            leave = commands.Leave(PEOPLE["receiving_manager"], "post_changed")
            await Desk(everybody.house.service.house, work).act_of_clock(case.id, leave)
        await helen.submits({"Your answer": "We begin an assessment tomorrow."})
        await everybody.house.quiet()
        back = await helen.expects("What you wrote")
        assert "We begin an assessment tomorrow." in back.words
