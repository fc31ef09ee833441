"""The rounds: absences begin and end by themselves, and people are asked whether their entry is right."""

import json
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from bot.app import Service
from bot.desk import Desk, leavers
from bot.desk.house import House
from bot.desk.rounds import Rounds
from bot.escalation import commands as c
from bot.escalation.changes import replay
from bot.people.records import Change, body, changes, post_id
from bot.people.register import ABSENCE, Lost, Register
from bot.settings import Settings
from bot.store.database import Database
from bot.store.work import DeliveryRow
from tests.units.cases import DIRECTORY, POLICY, raised
from tests.units.recorder import opened

HOUSE = Service(Settings(teams_allow_anonymous=True)).house
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
async def house() -> House:
    """The example ladder, with a register of its own."""
    return replace(HOUSE, policy=POLICY, register=Register(DIRECTORY))


@pytest.fixture
async def database(database_url: str, house: House) -> AsyncIterator[Database]:
    """With the example directory in it; ten o'clock on a working day at the end of a month."""
    async with opened(database_url, may_shift=True) as database:
        database.at_begin = house.register.fresh
        async with database.work() as work:
            await work.change_directory(changes(None, DIRECTORY), "imported", "")
            now = work.now
        then = datetime(now.year + 1, 10, 28, 10, tzinfo=ZoneInfo("Europe/London"))
        while then.weekday() > 4:
            then += DAY
        await database.shift(then - now)
        yield database


async def filed(database: Database, house: House) -> str:
    """A case that is with Helen."""
    async with database.work() as work:
        played = raised()
        opened_now = [event.model_copy(update={"at": work.now}) for event in played.history]
        await Desk(house, work)._record(None, tuple(opened_now))
        return replay(opened_now).id


async def leaves(database: Database, person: str, since: timedelta, until: timedelta, cover: str = "") -> str:
    """The person says so now; the parts that they have are to be handed over."""
    async with database.work() as work:
        plain = {
            "person": person, "cover": cover, "hand_over": "yes",
            "since": (work.now + since).isoformat(), "until": (work.now + until).isoformat(),
        }  # fmt: skip
        await work.change_directory((Change(ABSENCE, person, None, plain),), "away", person)
    return person


async def holder(database: Database, house: House, case_id: str) -> tuple[str, str]:
    async with database.reading() as work:
        case = await Desk(house, work).any_case(case_id)
    assert case is not None
    return case.now_with.receiving.person, case.now_with.receiving.covers


async def sent(database: Database, kind: str) -> list[str]:
    """To whom something of this kind is to be delivered."""
    async with database.reading() as work:
        rows = await work._all(DeliveryRow, select(DeliveryRow))
    return sorted(row.recipient for row in rows if json.loads(row.notice)["kind"] == kind)


async def test_a_case_goes_over_when_the_absence_begins(database: Database, house: House) -> None:
    """Not before, and only once."""
    case_id = await filed(database, house)
    await leaves(database, "helen", HOUR, DAY, "noor")
    rounds = Rounds(database, house)
    await rounds.absences()
    assert await holder(database, house, case_id) == ("helen", "")
    await database.shift(2 * HOUR)
    assert await rounds.absences() == 1
    assert await holder(database, house, case_id) == ("noor", "helen")
    assert await rounds.absences() == 0


async def test_two_processes_at_once_hand_over_once(database: Database, house: House) -> None:
    """Each finds the same absence; the case goes over one time."""
    case_id = await filed(database, house)
    await leaves(database, "helen", timedelta(0), DAY, "noor")
    other = replace(house, register=Register(DIRECTORY))
    async with database.reading() as work:
        await other.register.fresh(work)
    await Rounds(database, house).absences()
    database.at_begin = other.register.fresh
    await Rounds(database, other).absences()
    async with database.reading() as work:
        kinds = [event.kind for event in await work.history(f"case:{case_id}")]
    assert kinds.count("handed_over") == 1


async def test_whoever_comes_back_is_told_what_came_meanwhile(database: Database, house: House) -> None:
    """When the absence is over, once."""
    await filed(database, house)
    await leaves(database, "helen", timedelta(0), DAY)
    rounds = Rounds(database, house)
    await rounds.absences()
    assert await sent(database, "returned") == []
    await database.shift(2 * DAY)
    assert await rounds.absences() == 1
    assert await sent(database, "returned") == ["helen"]
    assert not house.register.absences
    assert await rounds.absences() == 0


async def test_an_absence_that_a_restart_overslept_still_begins_and_ends(
    database: Database, house: House
) -> None:
    """Nothing is remembered but what the database holds."""
    await leaves(database, "helen", timedelta(0), HOUR)
    await database.shift(DAY)
    later = replace(house, register=Register(DIRECTORY))
    database.at_begin = later.register.fresh
    assert await Rounds(database, later).absences() == 1
    assert await sent(database, "returned") == ["helen"]


async def test_people_on_the_ladder_are_asked_once_a_month(database: Database, house: House) -> None:
    """All of them by the end of the month, nobody twice, nobody else."""
    rounds = Rounds(database, house)
    asked = 0
    while found := await rounds.ask_whether_right():
        asked += found
    assert asked == len(DIRECTORY.on_the_ladder)
    assert await Rounds(database, house).ask_whether_right() == asked
    async with database.reading() as work:
        assert (await work.under_way())["ready"] == asked


async def test_an_entry_that_was_seen_to_lately_is_not_asked_about(database: Database, house: House) -> None:
    """Within the last thirty days."""
    async with database.reading() as work:
        today = work.now.date()
    people = tuple(one.model_copy(update={"verified_on": today - 10 * DAY}) for one in DIRECTORY.people)
    async with database.work() as work:
        known = DIRECTORY.model_copy(update={"people": people})
        await work.change_directory(changes(DIRECTORY, known), "verified", "sam")
    assert await Rounds(database, house).ask_whether_right() == 0


async def test_nobody_is_asked_at_night(database: Database, house: House) -> None:
    """A question about an entry can wait for the morning."""
    await database.shift(12 * HOUR)
    assert await Rounds(database, house).ask_whether_right() == 0


async def one_more(database: Database, house: House, number: int) -> str:
    """Another case that is with Helen, filed now."""
    async with database.work() as work:
        renamed = {"case": f"{number:032}", "reference": f"BR-TEST{number + 3}"}
        opened_now = [
            event.model_copy(update={"at": work.now, **(renamed if event.kind == "case_raised" else {})})
            for event in raised().history
        ]
        await Desk(house, work)._record(None, tuple(opened_now))
        return replay(opened_now).id


async def loses_her_posts(database: Database, house: House) -> None:
    """Leo has what Helen had."""
    changed = [
        Change("post", post_id(post), body(post), body(post) | {"holder": "leo", "deputies": []})
        for post in house.directory.posts_of("helen")
    ]
    assert changed
    async with database.work() as work:
        await work.change_directory(changed, "imported", "")


async def restarted(database: Database, house: House) -> House:
    """Another process, which has read the directory as it is now and knows of nothing before."""
    later = replace(house, register=Register(DIRECTORY))
    database.at_begin = later.register.fresh
    async with database.reading():
        return later


async def on_it(database: Database, house: House, case_id: str) -> set[str]:
    async with database.reading() as work:
        case = await Desk(house, work).any_case(case_id)
    assert case is not None
    return set(case.members)


async def test_a_post_that_was_lost_while_nobody_looked(database: Database, house: House) -> None:
    """Whoever lost it is off their cases when a process starts again, and only once."""
    case_id = await filed(database, house)
    await loses_her_posts(database, house)
    later = await restarted(database, house)
    assert not later.register.lost
    assert "helen" in await on_it(database, later, case_id)
    await Rounds(database, later).step()
    members = await on_it(database, later, case_id)
    assert "helen" not in members
    assert "leo" in members
    again = await restarted(database, later)
    await Rounds(database, again).step()
    async with database.reading() as work:
        kinds = [event.kind for event in await work.history(f"case:{case_id}")]
    assert kinds.count("left") == 1


async def test_what_a_process_missed_is_found_within_a_day(database: Database, house: House) -> None:
    """The comparison is made once a day as well, also of what was changed since the start."""
    case_id = await filed(database, house)
    rounds = Rounds(database, house)
    await rounds.step()
    await loses_her_posts(database, house)
    async with database.reading():
        house.register.lost.clear()
    await rounds.step()
    assert "helen" in await on_it(database, house, case_id)
    await database.shift(DAY)
    await rounds.step()
    assert "helen" not in await on_it(database, house, case_id)


async def test_whoever_lost_a_post_leaves_every_case(
    database: Database, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many there are."""
    monkeypatch.setattr(leavers, "_CASES", 2)
    theirs = [await one_more(database, house, number) for number in range(5)]
    await loses_her_posts(database, house)
    async with database.reading():
        assert house.register.lost
    await Rounds(database, house).leavers()
    assert not any(["helen" in await on_it(database, house, case_id) for case_id in theirs])


async def test_a_case_that_came_after_the_post_was_lost_stays(database: Database, house: House) -> None:
    """Helen stands in for somebody without a post: that is no post that she lost."""
    await loses_her_posts(database, house)
    await database.shift(HOUR)
    case_id = await filed(database, house)
    later = await restarted(database, house)
    await Rounds(database, later).step()
    assert "helen" in await on_it(database, later, case_id)


async def test_somebody_who_cannot_be_taken_off_stops_nobody_else(
    database: Database, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others leave, absences begin, and it is tried again with the next round."""
    case_id = await filed(database, house)
    act_of_clock = Desk.act_of_clock

    async def broken(self: Desk, case_id: str, command: c.Command) -> object:
        raise ValueError("HV-2231")

    await loses_her_posts(database, house)
    async with database.reading():
        assert Lost("helen", "social_care") in house.register.lost
    house.register.lost = deque([Lost("helen", "social_care"), Lost("tom", "health")])
    await leaves(database, "tom", timedelta(0), HOUR)
    await database.shift(2 * HOUR)
    rounds = Rounds(database, house)
    monkeypatch.setattr(Desk, "act_of_clock", broken)
    with capture_logs() as logs:
        await rounds.step()
    assert "HV-2231" not in str(logs)
    assert [one.person for one in house.register.lost] == ["helen"]
    assert await sent(database, "returned") == ["tom"]
    monkeypatch.setattr(Desk, "act_of_clock", act_of_clock)
    await rounds.step()
    assert not house.register.lost
    assert "helen" not in await on_it(database, house, case_id)
