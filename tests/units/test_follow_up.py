"""Asking how it went: when, whom, once, and nobody else hears of it; on both databases."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from bot.app import Service
from bot.chat.turn import Account, Address, Place, Said, Turn
from bot.desk import Desk
from bot.desk.coaching import wanted
from bot.desk.engine import CaseDesk
from bot.desk.house import House
from bot.engine.deliveries import Deliverer
from bot.engine.desk import Drawn
from bot.escalation.policy import Policy
from bot.guidance.words import Words
from bot.people.register import Register
from bot.settings import Settings
from bot.store.database import Database
from bot.store.work import DeliveryRow
from tests.units.cases import DIRECTORY, POLICY
from tests.units.recorder import Recorder, opened
from tests.units.rich_policy import policy_with

HOUSE = Service(Settings(teams_allow_anonymous=True)).house
LONDON = ZoneInfo("Europe/London")
MONDAY, WEDNESDAY = "Mon 2035-06-04 10:00", "Wed 2035-06-06 10:00"
MINUTE = timedelta(minutes=1)
QUESTION = Words("follow_up")("question.title")
[JO] = [entry for entry in DIRECTORY.people if entry.id == "jo"]
WITHOUT_JO = DIRECTORY.model_copy(update={"people": tuple(p for p in DIRECTORY.people if p.id != "jo")})


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with opened(database_url, may_shift=True) as database:
        yield database


def at(written: str) -> datetime:
    """“Mon 2035-06-04 10:00”: a time on a wall in London; the weekday must be right."""
    wall = datetime.strptime(written[4:], "%Y-%m-%d %H:%M").replace(tzinfo=LONDON)
    assert wall.strftime("%a") == written[:3], f"{written} is a {wall:%A}"
    return wall


def with_calendar(**changes: object) -> Policy:
    return policy_with(calendar=POLICY.calendar.model_dump(mode="json", exclude_none=True) | changes)


async def go_to(database: Database, when: datetime) -> None:
    """Wind the clock forward to this moment."""
    async with database.reading() as work:
        by = when - work.now
    await database.shift(by)


def turn_of(desk: Desk, person: str) -> Turn:
    place = Place(Address("slack", "t", "app", f"dm-{person}"), "personal")
    return Turn("k", desk.person(person), Account("slack", "t", person), place, Said("ask me"))


async def ask(
    database: Database, about: str = "plan", person: str = "jo", policy: Policy = POLICY
) -> datetime:
    """Somebody wants to be asked later."""
    async with database.work() as work:
        desk = Desk(replace(HOUSE, policy=policy), work)
        return await desk.ask_later(turn_of(desk, person), about)


async def take_back(database: Database, about: str = "plan", person: str = "jo") -> None:
    async with database.work() as work:
        desk = Desk(HOUSE, work)
        await desk.ask_no_more(turn_of(desk, person), about)


async def claimed(database: Database) -> list[DeliveryRow]:
    """What can be sent now."""
    async with database.work() as work:
        return await work.claim_deliveries(10, (), timedelta(seconds=30))


async def notices(database: Database) -> list[str]:
    """What was put down to be sent, in order, whenever that is."""
    async with database.work() as work:
        return list((await work._execute(text("SELECT notice FROM deliveries ORDER BY id"))).scalars())


async def fates(database: Database) -> list[tuple[str, str]]:
    """To whom something was to be sent, and what became of it."""
    async with database.work() as work:
        rows = await work._execute(text("SELECT recipient, state FROM deliveries ORDER BY id"))
        return [(row[0], row[1]) for row in rows]


async def drawn(database: Database, notice: str, person: str = "jo", house: House = HOUSE) -> Drawn | None:
    async with database.reading() as work:
        return await CaseDesk(house).draw(work, notice, person, None)


async def deliver(database: Database, house: House = HOUSE, reachable: bool = True) -> Recorder:
    """Send what can be sent now, on a Slack that has Jo's chat or knows nobody."""
    slack = Recorder("slack")
    if reachable:
        slack.homes = {entry.email: f"dm-{entry.id}" for entry in DIRECTORY.people}
    worker = Deliverer(database, {"slack": slack}, CaseDesk(house))
    while await worker.step():
        pass
    return slack


# When


@pytest.mark.parametrize(
    ("start", "due", "policy"),
    [
        (MONDAY, WEDNESDAY, POLICY),
        ("Fri 2035-06-08 10:00", "Tue 2035-06-12 10:00", POLICY),
        ("Sat 2035-06-09 12:00", "Wed 2035-06-13 09:00", POLICY),
        ("Tue 2035-06-05 20:00", "Fri 2035-06-08 09:00", POLICY),
        ("Thu 2035-03-22 10:00", "Wed 2035-03-28 10:00", POLICY),
        ("Fri 2035-12-21 10:00", "Thu 2035-12-27 10:00", POLICY),
        (MONDAY, "Thu 2035-06-07 10:00", with_calendar(closures=["2035-06-05"])),
        ("Thu 2035-03-22 10:00", "Tue 2035-03-27 10:00", with_calendar(nation="Scotland")),
    ],
    ids=[
        "within a week", "over a weekend", "from a weekend", "from an evening", "over Easter and into summer",
        "over Christmas", "over a closure", "over Easter in Scotland",
    ],
)  # fmt: skip
async def test_it_is_asked_two_working_days_later(
    database: Database, start: str, due: str, policy: Policy
) -> None:
    """By the policy's calendar: weekends, bank holidays of its nation and its closures do not count."""
    await go_to(database, at(start))
    asked_for = await ask(database, policy=policy)
    assert at(due) <= asked_for < at(due) + MINUTE


async def test_it_is_not_sent_before_it_is_due_and_is_after(database: Database) -> None:
    """A minute before nothing can be claimed, at the time it can, once."""
    await go_to(database, at(MONDAY))
    due = await ask(database)
    assert await claimed(database) == []
    await go_to(database, due - MINUTE)
    assert await claimed(database) == []
    await go_to(database, due)
    [row] = await claimed(database)
    assert (row.recipient, row.case_id, row.place) == ("jo", None, None)
    assert await claimed(database) == []


async def test_other_messages_to_the_person_do_not_wait_for_it(database: Database) -> None:
    """What comes of a case is sent at once, although it was put down later."""
    await go_to(database, at(MONDAY))
    await ask(database)
    async with database.work() as work:
        await work.deliver("k", None, "jo", None, "something else")
    assert [row.notice for row in await claimed(database)] == ["something else"]


# Whether


async def test_whoever_wanted_it_is_asked(database: Database) -> None:
    """The question comes to the person's own chat, and only once."""
    await go_to(database, at(MONDAY))
    await go_to(database, await ask(database))
    slack = await deliver(database)
    assert slack.words == [QUESTION]
    assert slack.posts[0].place == slack.place("dm-jo", "personal")
    assert (await deliver(database)).posts == []


async def test_taken_back_it_draws_nothing(database: Database) -> None:
    """What waits to be sent is dropped when its time comes, and nobody is told."""
    await go_to(database, at(MONDAY))
    due = await ask(database)
    [notice] = await notices(database)
    assert await drawn(database, notice) is not None
    await take_back(database)
    assert await drawn(database, notice) is None
    await go_to(database, due)
    assert (await deliver(database)).posts == []
    assert await fates(database) == [("jo", "dropped")]


async def test_taking_back_leaves_the_rest(database: Database) -> None:
    """Each subject by itself, and each person."""
    await go_to(database, at(MONDAY))
    for about, person in (("plan", "jo"), ("practice", "jo"), ("plan", "kit")):
        await ask(database, about, person)
    await take_back(database, "plan")
    await take_back(database, "recording")
    found = list(zip(("jo", "jo", "kit"), await notices(database), strict=True))
    assert [await drawn(database, notice, person) is not None for person, notice in found] == [
        False, True, True,
    ]  # fmt: skip


async def test_asked_for_twice_only_the_last_is_drawn(database: Database) -> None:
    """Who asks again moves the question on, and gets one."""
    await go_to(database, at(MONDAY))
    await ask(database)
    await go_to(database, at("Tue 2035-06-05 15:00"))
    due = await ask(database)
    first, last = await notices(database)
    assert await drawn(database, first) is None
    assert await drawn(database, last) is not None
    await go_to(database, at(WEDNESDAY) + MINUTE)
    assert (await deliver(database)).posts == []
    await go_to(database, due)
    assert (await deliver(database)).words == [QUESTION]


async def test_asked_for_twice_in_a_weekend_it_comes_once(database: Database) -> None:
    """Both are due at the same time: it is one question, also after it was taken back between."""
    await go_to(database, at("Sat 2035-06-09 12:00"))
    due = await ask(database)
    await take_back(database)
    await go_to(database, at("Sun 2035-06-10 12:00"))
    assert await ask(database) == due
    await go_to(database, due)
    assert (await deliver(database)).words == [QUESTION]


async def test_only_this_person_subject_and_time_are_wanted(database: Database) -> None:
    """Nothing else is asked: not somebody else, not of something else, not at another time."""
    await go_to(database, at(MONDAY))
    due = await ask(database)
    async with database.reading() as work:
        assert await wanted(work, "jo", "plan", due.isoformat())
        assert not await wanted(work, "kit", "plan", due.isoformat())
        assert not await wanted(work, "jo", "practice", due.isoformat())
        assert not await wanted(work, "jo", "plan", (due + MINUTE).isoformat())


@pytest.mark.parametrize("about", ["plan", "practice", "recording", "a-topic-that-is-gone"])
async def test_the_question_can_be_drawn_of_anything(database: Database, about: str) -> None:
    """Of the plan, of practice, of a topic, and of one that the content has no more."""
    await go_to(database, at(MONDAY))
    await ask(database, about)
    [notice] = await notices(database)
    shown = await drawn(database, notice)
    assert shown is not None
    assert (shown.card.title, shown.version) == (QUESTION, 0)


# Who hears of it


async def test_nobody_is_told_where_it_can_not_be_delivered(database: Database) -> None:
    """No alarm and no next person: what somebody practised is their own business."""
    await go_to(database, at(MONDAY))
    await go_to(database, await ask(database))
    assert (await deliver(database, reachable=False)).posts == []
    assert await fates(database) == [("jo", "undeliverable")]


async def test_it_comes_to_whoever_is_still_in_the_directory(database: Database) -> None:
    """Somebody else who left it is not looked for, and nobody is told."""
    await go_to(database, at(MONDAY))
    await ask(database)
    await go_to(database, await ask(database, person="kit"))
    slack = await deliver(database, replace(HOUSE, register=Register(WITHOUT_JO)))
    assert [post.place.address.conversation for post in slack.posts] == ["dm-kit"]
    assert await fates(database) == [("jo", "undeliverable"), ("kit", "done")]


async def test_the_message_that_waits_says_nothing_of_what_was_planned(database: Database) -> None:
    """What is put down is the subject and the time, and the key of the row has no words either."""
    await go_to(database, at(MONDAY))
    due = await ask(database)
    [notice] = await notices(database)
    assert notice == f'{{"kind": "follow_up", "about": "plan", "due": "{due.isoformat()}"}}'
    shown = await drawn(database, notice)
    assert shown is not None
    assert JO.name not in repr(shown.card)
