"""The urgent numbers: who said what of which, whom Braver asks and when, and who may say."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs
from typer.testing import CliRunner, Result

from bot.__main__ import app
from bot.app import Service
from bot.chat.turn import Account, Address, Place, Redraw, Said, Turn
from bot.desk import Desk, numbers
from bot.desk.engine import CaseDesk
from bot.escalation.policy import Policy
from bot.settings import Settings
from bot.store.database import CannotOpen, Database
from flows.numbers import SayOfNumber, listed, said
from tests.units.cases import DIRECTORY, POLICY
from tests.units.recorder import meddle, opened
from tests.units.rich_policy import policy_with

FRONT, NIGHT = "01632 960100", "01632 960199"
HOUSE = Service(Settings(teams_allow_anonymous=True)).house


def ours(front: str = FRONT, name: str = "Front door", **changes: Any) -> Policy:
    """A ladder that is somebody's own, with two numbers besides 999."""
    urgent = [
        {"name": "Emergency", "number": "999"}, {"name": name, "number": front},
        {"name": "Night team", "number": NIGHT},
    ]  # fmt: skip
    given: dict[str, Any] = {
        "id": "ours", "status": "provisional", "partnership": "Little Wickering",
        "unconfirmed": ["the times"], "urgent": urgent,
    }  # fmt: skip
    return policy_with(**given | changes)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with opened(database_url) as database:
        yield database


async def say(database: Database, policy: Policy, number: str, right: bool, person: str = "sam") -> None:
    contact = next(one for one in policy.urgent if one.number == number)
    async with database.work() as work:
        await numbers.record(work, policy, contact, right, person)


async def known(database: Database, policy: Policy) -> dict[str, tuple[str, str]]:
    async with database.reading() as work:
        return {one.contact.number: (one.standing, one.by) for one in await numbers.states(work, policy)}


async def started(database: Database, policy: Policy) -> list[str]:
    """The service starts: what it warns of."""
    with capture_logs() as logs:
        async with database.work() as work:
            await CaseDesk(replace(HOUSE, policy=policy)).started(work)
    return [f"{line['number']}: {line['event']}" for line in logs]


async def messages(database: Database) -> list[str]:
    """To whom there is something to be sent."""
    async with database.work() as work:
        row = text("SELECT recipient FROM deliveries ORDER BY id")
        return list((await work._execute(row)).scalars())


async def test_each_number_has_the_last_that_was_said_of_it(database: Database) -> None:
    """Not checked, right, wrong, right again; 999 is the nation's and nobody has to."""
    policy = ours()
    assert await known(database, policy) == {
        "999": ("national", ""),
        FRONT: ("open", ""),
        NIGHT: ("open", ""),
    }
    await say(database, policy, FRONT, True)
    await say(database, policy, NIGHT, False, "ruth")
    assert await known(database, policy) == {
        "999": ("national", ""), FRONT: ("right", "sam"), NIGHT: ("wrong", "ruth"),
    }  # fmt: skip
    await say(database, policy, NIGHT, True)
    assert (await known(database, policy))[NIGHT] == ("right", "sam")


@pytest.mark.parametrize("changed", [ours(front="01632 960111"), ours(name="Front door, new team")])
async def test_a_changed_number_or_name_has_to_be_rung_anew(database: Database, changed: Policy) -> None:
    """What was said of the other number stays with it."""
    for number in (FRONT, NIGHT):
        await say(database, ours(), number, True)
    states = await known(database, changed)
    assert states[changed.urgent[1].number] == ("open", "")
    assert states[NIGHT] == ("right", "sam")
    assert (await known(database, ours()))[FRONT] == ("right", "sam")


async def test_who_said_so_can_not_be_changed_later(database: Database) -> None:
    """The stream of the policy is a chain like those of the cases."""
    await say(database, ours(), FRONT, True)
    async with database.reading() as work:
        assert await work.verify("numbers:ours") == []
    await meddle(database, "UPDATE events SET actor = 'jo' WHERE stream = 'numbers:ours'")
    async with database.reading() as work:
        assert await work.verify("numbers:ours") != []


async def test_confirmations_are_those_of_the_numbers_that_are_right(database: Database) -> None:
    """By whom and when; not those reported wrong."""
    await say(database, ours(), FRONT, True)
    await say(database, ours(), NIGHT, False)
    async with database.reading() as work:
        found = await numbers.confirmations(work, ours())
        assert {number: by for number, (by, _) in found.items()} == {FRONT: "sam"}
        assert abs(found[FRONT][1] - work.now) < timedelta(minutes=1)


async def test_the_coordinator_is_asked_once_for_the_numbers_of_a_file(database: Database) -> None:
    """However often the service starts and whatever has been checked by then; again for another number."""
    unchecked = "nobody has checked this urgent number yet"
    assert await started(database, ours()) == [f"{FRONT}: {unchecked}", f"{NIGHT}: {unchecked}"]
    await say(database, ours(), FRONT, True)
    assert await started(database, ours()) == [f"{NIGHT}: {unchecked}"]
    await say(database, ours(), NIGHT, False)
    assert await started(database, ours()) == [f"{NIGHT}: this urgent number was reported wrong"]
    assert await messages(database) == [DIRECTORY.coordinator]
    await started(database, ours(front="01632 960111"))
    assert await messages(database) == [DIRECTORY.coordinator] * 2


async def test_nobody_is_asked_where_all_are_right_or_made_up(database: Database) -> None:
    """An example's numbers are nobody's; those that are checked are done."""
    assert await started(database, POLICY) == []
    for number in (FRONT, NIGHT):
        await say(database, ours(), number, True)
    assert await started(database, ours()) == []
    assert await messages(database) == []


async def test_a_ladder_with_999_alone_has_nothing_to_check(database: Database) -> None:
    """Nobody rings 999 to see whether it answers."""
    assert await started(database, ours(urgent=[{"name": "Emergency", "number": "999"}])) == []
    assert await messages(database) == []


def test_the_coordinator_and_the_safeguarding_leads_may_say_so() -> None:
    """Nobody else, whatever their post."""
    everybody = {entry.id for entry in DIRECTORY.people}
    allowed = {one for one in everybody if numbers.may_confirm(DIRECTORY, one)}
    assert allowed == {DIRECTORY.coordinator, *DIRECTORY.safeguarding_leads.values()}
    assert "jo" not in allowed


@pytest.mark.parametrize(
    ("person", "policy", "press", "title"),
    [
        ("jo", ours(), (FRONT, "Front door"), "That is for somebody else"),
        ("helen", ours(), (FRONT, "Front door"), "That is for somebody else"),
        ("sam", POLICY, (FRONT, POLICY.urgent[1].name), "That is for somebody else"),
        ("sam", ours(), ("01632 960111", "Front door"), "That number has changed"),
        ("sam", ours(), (FRONT, "Another team"), "That number has changed"),
        ("sam", ours(), ("999", "Emergency"), "That number has changed"),
    ],
)
async def test_a_press_that_does_not_count_records_nothing(
    database: Database, person: str, policy: Policy, press: tuple[str, str], title: str
) -> None:
    """From whoever may not (the attempt is in the security log), of an example's number, of one that is not
    in the file any more, of 999."""
    house = replace(HOUSE, policy=policy)
    async with database.work() as work:
        desk = Desk(house, work)
        place = Place(Address("slack", "t", "app", "d"), "personal")
        who = Account("slack", "t", person)
        turn = Turn("k", desk.person(person), who, place, Said("numbers"))
        answer = await said(turn, desk, SayOfNumber(number=press[0], whose=press[1], right=False))
        assert isinstance(answer, Redraw)
        assert answer.card.title == title
        assert await work.history(f"numbers:{policy.id}") == []
        tried = [event.body["person"] for event in await work.history("security")]
        assert tried == ([person] if title == "That is for somebody else" else [])


async def test_most_numbers_that_a_file_can_hold_fit_on_the_card(database: Database) -> None:
    """Two buttons for each, and each says which number it is of."""
    urgent = [{"name": f"Team {at}", "number": f"01632 9601{at:02}"} for at in range(10)]
    async with database.reading() as work:
        desk = Desk(replace(HOUSE, policy=ours(urgent=urgent)), work)
        card = listed(await desk.numbers(), desk, True)
    labels = [button.label for button in card.buttons]
    assert len(labels) == len(set(labels)) == 22


# braver policy print


def printed(folder: Path, policy: Policy, *options: str, url: str = "") -> Result:
    file = folder / "policy.yaml"
    file.write_text(policy.model_dump_json(exclude_none=True), encoding="utf-8")
    arguments = ["policy", "print", str(file), "--out", str(folder / "sheet.html"), *options]
    return CliRunner().invoke(app, arguments, env={"BRAVER_DATABASE_URL": url})


async def test_the_sheet_says_who_checked_the_numbers_while_the_service_runs(
    tmp_path: Path, database: Database, database_url: str
) -> None:
    """On both databases; nothing has to be stopped for it."""
    await say(database, ours(), FRONT, True)
    await say(database, ours(), NIGHT, False)
    for options, url in ((("--database", database_url), ""), ((), database_url)):
        done = await asyncio.to_thread(printed, tmp_path, ours(), *options, url=url)
        assert done.exit_code == 0, done.output
        page = (tmp_path / "sheet.html").read_text(encoding="utf-8")
        assert page.count("Confirmed by Sam Ellery") == 1
        assert page.count("Not confirmed yet: ring it") == 1


def test_the_sheet_is_printed_on_the_day_when_the_database_is_away(tmp_path: Path) -> None:
    """Where only the environment names it; one that was asked for by name must be there."""
    gone = f"sqlite:///{tmp_path / 'gone.db'}"
    done = printed(tmp_path, ours(), url=gone)
    assert done.exit_code == 0, done.output
    assert "The sheet does not say who checked the numbers: there is no database yet" in done.output
    assert FRONT in (tmp_path / "sheet.html").read_text(encoding="utf-8")
    refused = printed(tmp_path, ours(), "--database", gone)
    assert isinstance(refused.exception, CannotOpen)


@pytest.mark.parametrize("url", ["postgresql://nobody@127.0.0.1:1/none", "nonsense"])
def test_no_kind_of_unusable_database_keeps_the_sheet_back(tmp_path: Path, url: str) -> None:
    """A server that does not answer, an address that is none."""
    done = printed(tmp_path, ours(), url=url)
    assert done.exit_code == 0, done.output
    assert "The sheet does not say who checked the numbers" in done.output


@pytest.mark.parametrize("content", [b"", b"no database at all, only words " * 40])
def test_a_file_that_is_no_database_of_ours_does_not_either(tmp_path: Path, content: bytes) -> None:
    """Empty, or something else."""
    file = tmp_path / "other.db"
    file.write_bytes(content)
    done = printed(tmp_path, ours(), url=f"sqlite:///{file}")
    assert done.exit_code == 0, done.output
    assert "The sheet does not say who checked the numbers" in done.output
    assert isinstance(printed(tmp_path, ours(), "--database", f"sqlite:///{file}").exception, CannotOpen)
