"""`braver retention`, on real databases: what it lists, does, refuses, and leaves on record."""

import asyncio
import json
import stat
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Never

import pytest
from typer.testing import CliRunner, Result

from bot.__main__ import app
from bot.escalation import events as e
from bot.escalation.changes import apply
from bot.guidance.content import root
from bot.people.records import changes
from bot.retention import access
from bot.retention.access import counted
from bot.retention.due import first_due
from bot.store.database import Database
from bot.store.keyring import Erased
from bot.store.work import StoredEvent, Work
from tests.units.cases import DIRECTORY, MONDAY, POLICY, Played
from tests.units.kept import WORDS, keep, raised_at
from tests.units.recorder import opened
from tests.units.test_erasing import over

LADDER = root() / "policies" / "example.yaml"
KEY = "a key that these tests alone seal with: 0123456789"
Braver = Callable[..., Result]


async def _filled(url: str) -> None:
    """One case that is due, one that nobody has filed, one that is open."""
    database = Database(url, (KEY,), patience=60)
    await database.open()
    async with database.work() as work:
        await work.change_directory(changes(None, DIRECTORY), "imported", "")
        await keep(work, over("c1"))
        await keep(work, over("c2", file=False))
        await keep(work, raised_at(MONDAY - timedelta(days=3000), "c3"))
    await database.close()


async def _events(url: str, stream: str) -> list[StoredEvent]:
    async with Database(url, (KEY,), patience=60).looking() as work:
        return await work.history(stream)


def recorded(url: str, stream: str = "security") -> list[StoredEvent]:
    return asyncio.run(_events(url, stream))


async def _last_kind(url: str, stream: str) -> str:
    """Also where nobody can read what was said."""
    async with Database(url, (KEY,), patience=60).looking() as work:
        return (await work._stored(stream))[-1].kind


@pytest.fixture
def braver(database_url: str) -> Braver:
    asyncio.run(_filled(database_url))
    given = {
        "BRAVER_DATABASE_URL": database_url, "BRAVER_POLICY": str(LADDER),
        "BRAVER_TEAMS_ALLOW_ANONYMOUS": "true", "BRAVER_SECRET_KEY": KEY,
    }  # fmt: skip

    def invoked(*arguments: str | Path) -> Result:
        return CliRunner().invoke(app, ["retention", *map(str, arguments)], env=given)

    return invoked


def test_a_dry_run_lists_and_changes_nothing(braver: Braver, database_url: str) -> None:
    """What would be done now, and what hinders the rest; no word of what a case is about."""
    ended = braver("due")
    assert ended.exit_code == 0
    assert "These times are an assumption" in ended.stdout
    assert "To be done now: 1\n  BR-c1  closed 2018-09-06, to be erased since 2024-09-06" in ended.stdout
    assert "Little Wickering Community Health (raising side) has not said" in ended.stdout
    assert "BR-c3" not in ended.stdout
    assert not any(word in ended.stdout for word in WORDS)
    assert "BR-c1 would be done." in braver("erase").stdout
    assert recorded(database_url) == []


async def test_what_can_be_done_is_not_hidden_by_older_cases_that_nobody_filed(database_url: str) -> None:
    """Those that wait are gone through, and it is said where there may be more."""
    async with opened(database_url, secrets=(KEY,)) as database, database.work() as work:
        await keep(work, over(), card=False)
        for number in range(60):
            await keep(work, over(f"a{number}", file=False), card=False)
        found, more = await first_due(work, POLICY, 3, 500)
        assert [(one.case.id, bool(one.why_not)) for one in found] == [
            ("c1", False), ("a0", True), ("a1", True),
        ]  # fmt: skip
        assert more
        found, more = await first_due(work, POLICY, 3, 50)
        assert (len(found), more) == (3, True)
        found, more = await first_due(work, POLICY, 70, 500)
        assert (len(found), more) == (61, False)


def test_the_same_as_data(braver: Braver) -> None:
    found = json.loads(braver("due", "--json").stdout)
    assert found["retention"]["confirmed"] is False
    assert [(one["reference"], one["ready"], one["why_not"]) for one in found["due"]] == [
        ("BR-c1", True, []), ("BR-c2", False, ["raising", "receiving"]),
    ]  # fmt: skip


def test_what_is_due_is_erased(braver: Braver, database_url: str) -> None:
    """And what something hinders is not; who did it, and by which rule, is on record."""
    ended = braver("erase", "--yes", "--by", "Nell Orchard")
    assert ended.exit_code == 0
    assert "BR-c1 is erased. Cards to be taken away from the chats by the service: 1" in ended.stdout
    assert "BR-c2" not in ended.stdout
    (event,) = recorded(database_url)
    assert (event.kind, event.actor, event.body["reference"]) == (
        "case_erased", "command:Nell Orchard", "BR-c1",
    )  # fmt: skip
    assert event.body["rule"] == "erase: 6 years (assumption), example 1"
    assert "To be done now" not in braver("due").stdout
    assert asyncio.run(_last_kind(database_url, "case:c1")) == "erased"
    with pytest.raises(Erased):
        recorded(database_url, "case:c1")


@pytest.mark.parametrize(
    ("reference", "why"),
    [
        ("BR-c2", "The raising side has not said that its record is filed."),
        ("BR-c3", "Its time has not come."),
        ("BR-none", "There is no case BR-none."),
    ],
)
def test_a_case_that_is_named_and_not_erased_says_why(
    braver: Braver, database_url: str, reference: str, why: str
) -> None:
    """Exit 1; the attempt is on record where there is such a case."""
    ended = braver("erase", "--case", reference, "--yes")
    assert ended.exit_code == 1
    assert why in ended.stderr
    kinds = [event.kind for event in recorded(database_url)]
    assert kinds == ([] if reference == "BR-none" else ["erasing_refused"])


def test_a_hold_is_placed_and_lifted(braver: Braver, database_url: str) -> None:
    """Nothing is erased in between; both are on the timeline, with why and who."""
    assert braver("hold", "BR-c1", "--reason", "A court asks for it.", "--by", "Nell").exit_code == 0
    again = braver("hold", "BR-c1", "--reason", "Again.")
    assert (again.exit_code, again.stderr) == (1, "BR-c1 is on hold already.\n")
    assert "on hold since" in braver("due").stdout
    assert "A hold applies." in braver("erase", "--case", "BR-c1", "--yes").stderr
    assert braver("lift", "BR-c1", "--reason", "The court has it.").exit_code == 0
    told = [(event.kind, event.actor.partition(":")[0]) for event in recorded(database_url, "case:c1")[-2:]]
    assert told == [("hold_placed", "command"), ("hold_lifted", "command")]
    assert "BR-c1 is erased" in braver("erase", "--case", "BR-c1", "--yes").stdout


@pytest.mark.parametrize("what", ["hold", "lift"])
def test_a_reason_that_says_who_is_meant_is_refused(braver: Braver, database_url: str, what: str) -> None:
    """As in a chat: it is on no timeline, and nothing is changed."""
    if what == "lift":
        braver("hold", "BR-c1", "--reason", "A court asks for it.")
    before = recorded(database_url, "case:c1")
    ended = braver(what, "BR-c1", "--reason", "About 943 476 5919, for a court.")
    assert ended.exit_code == 1
    assert "may say which child or family is meant" in ended.stderr
    assert "943" not in ended.output
    assert recorded(database_url, "case:c1") == before


def test_a_likely_name_in_a_reason_is_told(braver: Braver, database_url: str) -> None:
    """It is a guess: the timeline says that it was kept, as for whatever somebody writes."""
    assert braver("hold", "BR-c1", "--reason", "Sam Carter asks for it.").exit_code == 0
    told = [event.kind for event in recorded(database_url, "case:c1")[-2:]]
    assert told == ["hold_placed", "identifiers_kept"]


def test_a_hold_needs_a_reason(braver: Braver) -> None:
    assert braver("hold", "BR-c1", "--reason", " ").exit_code == 2


def test_what_is_held_of_a_person(braver: Braver, database_url: str, tmp_path: Path) -> None:
    """All of it, for a program and to read, for one user's eyes; others' words are left out and marked."""
    out = tmp_path / "helen.json"
    ended = braver("access", "helen", "--out", out)
    assert ended.exit_code == 0, ended.output
    found = json.loads(out.read_text(encoding="utf-8"))
    assert found["entry"]["name"] == "Helen Castle"
    assert {case["reference"] for case in found["cases"]} == {"BR-c1", "BR-c2", "BR-c3"}
    assert {one["kind"] for case in found["cases"] for one in case["written"]} >= {"acknowledged"}
    readable = out.with_suffix(".txt").read_text(encoding="utf-8")
    for words in WORDS:
        assert words not in json.dumps(found)
        assert words not in readable
    assert "What this person did or wrote" in readable
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    (event,) = recorded(database_url)
    assert (event.kind, event.body["person"], event.body["how"]) == ("access_export", "helen", "exported")


async def _leaves(url: str, person: str, case: Played) -> None:
    """A further case, of which the person is no more."""
    case.case = apply(case.open_case, e.Left(at=MONDAY, people=(person,), why="handed_over"))
    case.history.append(e.Left(at=MONDAY, people=(person,), why="handed_over"))
    async with Database(url, (KEY,), patience=60).beside() as database, database.work() as work:
        await keep(work, case)


@pytest.mark.parametrize("acted", [True, False])
def test_a_case_that_the_person_has_left_is_held_as_well(
    braver: Braver, database_url: str, tmp_path: Path, *, acted: bool
) -> None:
    """With what they wrote there, or without: that they were on it is held of them."""
    case = raised_at(MONDAY - timedelta(days=10), "c4")
    actors = {event.by for event in case.history}
    person = next(one for one in case.open_case.members if one != "jo" and (one in actors) is acted)
    asyncio.run(_leaves(database_url, person, case))
    out = tmp_path / "theirs.json"
    assert braver("access", person, "--out", out).exit_code == 0
    found = json.loads(out.read_text(encoding="utf-8"))["cases"]
    (left,) = (one for one in found if one["reference"] == "BR-c4")
    assert (left["role"], left["left"]) == (None, "handed_over")
    assert [one["kind"] for one in left["written"]] == (["acknowledged"] if acted else [])
    assert "left" in [one["kind"] for one in left["named_in"]]
    assert "BR-c4: not on it, or no longer" in out.with_suffix(".txt").read_text(encoding="utf-8")


async def _counted(url: str, person: str) -> Counter[str]:
    """Of a database of which no history and no case may be read."""
    async with Database(url, (KEY,), patience=60).looking() as work:

        async def unread(*_: object, **__: object) -> Never:
            raise AssertionError("somebody waits")

        for name in ("history", "states_in", "bodies", "acted_on"):
            setattr(work, name, unread)
        return await counted(work, DIRECTORY, person)


def test_what_is_counted_in_a_chat_reads_no_history(braver: Braver, database_url: str) -> None:
    """It is a press: it takes no longer for a service that is years old."""
    found = asyncio.run(_counted(database_url, "jo"))
    assert (found["entry"], found["cases"], found["cards"], found["messages"]) == (1, 3, 3, 0)


def test_the_file_is_gathered_while_others_write(
    braver: Braver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may take minutes: nothing waits for it."""
    writing: list[bool] = []

    async def looked(work: Work, *_: object) -> dict[str, str]:
        writing.append(work.writes)
        return {"person": "jo"}

    monkeypatch.setattr(access, "held", looked)
    assert braver("access", "jo", "--out", tmp_path / "jo.json").exit_code == 1
    assert writing == [False]


def test_whoever_wrote_it_gets_their_own_words(braver: Braver, tmp_path: Path) -> None:
    out = tmp_path / "jo.json"
    braver("access", "jo", "--out", out)
    text = out.read_text(encoding="utf-8")
    assert all(word in text for word in WORDS)


def test_no_file_is_written_over(braver: Braver, database_url: str, tmp_path: Path) -> None:
    out = tmp_path / "jo.json"
    out.with_suffix(".txt").write_text("mine")
    assert braver("access", "jo", "--out", out).exit_code == 2
    assert not out.exists()
    assert recorded(database_url) == []


def test_somebody_of_whom_nothing_is_held(braver: Braver, database_url: str, tmp_path: Path) -> None:
    ended = braver("access", "nobody-here", "--out", tmp_path / "nobody.json")
    assert (ended.exit_code, recorded(database_url)) == (1, [])
    assert "Nothing is held of nobody-here" in ended.stderr
