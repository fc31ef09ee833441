"""The unit of work keeps all of an act or nothing of it, on both databases."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.chat.turn import Account, Address, Message, Place
from bot.store.database import Database
from bot.store.places import destination
from bot.store.work import Conflict
from tests.units.recorder import meddle, opened, save

HOUR = timedelta(hours=1)
JO = Account("blue", "t1", "U1")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with opened(database_url, may_shift=True) as database:
        yield database


def place(conversation: str, kind: str = "personal", thread: str = "") -> Place:
    address = Address("blue", "t1", "app", conversation, "https://service.example")
    return Place(address, "personal" if kind == "personal" else "channel", thread)


# Acts


async def test_an_act_is_carried_out_once(database: Database) -> None:
    """The same act again gets the outcome of the first time."""
    async with database.work() as work:
        assert await work.once("act") is None
        await work.outcome("act", "filed")
    async with database.work() as work:
        assert await work.once("act") == "filed"


async def test_three_at_once(database: Database) -> None:
    """Of three deliveries of one act at once one takes effect, the others wait and repeat its outcome."""

    async def deliver() -> str:
        async with database.work() as work:
            earlier = await work.once("act")
            if earlier is not None:
                return earlier
            await work.append("case:c1", "raised", {"words": "we disagree"}, "jo")
            await work.outcome("act", "filed")
            return "first"

    assert sorted(await asyncio.gather(deliver(), deliver(), deliver())) == ["filed", "filed", "first"]
    async with database.reading() as work:
        assert len(await work.history("case:c1")) == 1


async def test_the_first_of_two_fails(database: Database) -> None:
    """When the first delivery of an act fails, the second, which waited for it, carries the act out."""
    claimed, may_fail = asyncio.Event(), asyncio.Event()

    async def first() -> None:
        async with database.work() as work:
            assert await work.once("act") is None
            claimed.set()
            await may_fail.wait()
            raise ConnectionResetError

    async def second() -> str | None:
        async with database.work() as work:
            return await work.once("act")

    failing = asyncio.create_task(first())
    await claimed.wait()
    waiting = asyncio.create_task(second())
    may_fail.set()
    with pytest.raises(ConnectionResetError):
        await failing
    assert await waiting is None


async def test_nothing_of_a_failed_act_is_kept(database: Database) -> None:
    """An exception undoes the events, the case, the clocks and the messages of its transaction together."""

    async def act() -> None:
        async with database.work() as work:
            await save(work)
            await work.append("case:c1", "raised", {}, "jo")
            await work.set_deadlines("c1", {"respond": work.now + HOUR})
            await work.deliver("k1", "c1", "helen", None, "please answer")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await act()
    async with database.reading() as work:
        assert await work.case("c1") is None
        assert await work.history("case:c1") == []
        assert await work.next_due() is None
        assert await work.under_way() == {}


# Events


async def test_a_history(database: Database) -> None:
    """Events come back in order, as they were written, with the time of their transaction."""
    async with database.work() as work:
        now = work.now
        assert await work.append("case:c1", "raised", {"words": "“ça” \u0001 ✓"}, "jo") == 1
        assert await work.append("case:c1", "answered", {"n": [1, None]}, "helen") == 2
        assert await work.append("case:c2", "raised", {}, "jo") == 1
    async with database.reading() as work:
        first, second = await work.history("case:c1")
        assert await work.verify("case:c1") == []
    assert (first.sequence, first.kind, first.actor, first.body) == (
        1,
        "raised",
        "jo",
        {"words": "“ça” \u0001 ✓"},
    )
    assert (second.sequence, second.body, second.at) == (2, {"n": [1, None]}, now)


async def test_writers_of_one_stream_take_turns(database: Database) -> None:
    """Events appended to one stream at the same time get places of their own, in an unbroken chain."""

    async def append(number: int) -> None:
        async with database.work() as work:
            await work.append("security", "not_on_case", {"number": number}, "jo")

    await asyncio.gather(*(append(number) for number in range(8)))
    async with database.reading() as work:
        history = await work.history("security")
        assert [event.sequence for event in history] == list(range(1, 9))
        assert sorted(event.body["number"] for event in history) == list(range(8))
        assert await work.verify("security") == []


@pytest.mark.parametrize(
    ("tampering", "wrong"),
    [
        ("UPDATE events SET body = '{}' WHERE sequence = 2", ["event 2 is not as it was written"]),
        ("UPDATE events SET actor = 'tom' WHERE sequence = 4", ["event 4 is not as it was written"]),
        (
            "UPDATE events SET at = '2020-01-01 00:00:00' WHERE sequence = 1",
            ["event 1 is not as it was written"],
        ),
        ("DELETE FROM events WHERE sequence = 2", ["events 2 to 2 are missing"]),
        ("DELETE FROM events WHERE sequence = 1", ["events 1 to 1 are missing"]),
        ("DELETE FROM events WHERE sequence > 2", ["events 3 to 4 are missing"]),
        (
            "UPDATE events SET sequence = 20 WHERE sequence = 3;"
            "UPDATE events SET sequence = 3 WHERE sequence = 2;"
            "UPDATE events SET sequence = 2 WHERE sequence = 20",
            [
                "event 2 does not follow the one before it",
                "event 2 is not as it was written",
                "event 3 does not follow the one before it",
                "event 3 is not as it was written",
                "event 4 does not follow the one before it",
            ],
        ),
        ("UPDATE streams SET sequence = 3 WHERE name = 'case:c1'", ["its head does not fit its last event"]),
        ("DELETE FROM streams", ["its head does not fit its last event"]),
    ],
)
async def test_tampering_is_found(database: Database, tampering: str, wrong: list[str]) -> None:
    """A changed, missing or reordered event, the first, the last or one between, is found and named."""
    async with database.work() as work:
        for number in range(4):
            await work.append("case:c1", "said", {"n": number}, "jo")
    for statement in tampering.split(";"):
        await meddle(database, statement)
    async with database.reading() as work:
        assert await work.verify("case:c1") == [f"case:c1: {what}" for what in wrong]


# Cases


async def test_a_case_is_saved(database: Database) -> None:
    """A case is found by its id and by its reference, as it was saved last."""
    async with database.work() as work:
        await save(work)
        await save(work, version=2)
    async with database.reading() as work:
        by_id, by_reference = await work.case("c1"), await work.case_by_reference("BR-c1")
    assert by_id is not None
    assert (by_id.version, by_id.status, by_id.closed_at) == (2, "open", None)
    assert by_reference == by_id


@pytest.mark.parametrize("version", [1, 2, 4])
async def test_a_stale_writer_is_refused(database: Database, version: int) -> None:
    """Whoever saves over a version that is not the newest gets a conflict; the case stays as it was."""
    async with database.work() as work:
        await save(work)
        await save(work, version=2)
    async with database.work() as work:
        with pytest.raises(Conflict):
            await save(work, version=version)
        # The transaction goes on: the act reloads and decides again.
        assert (await work.case("c1")).version == 2  # type: ignore[union-attr]


async def test_acts_on_one_case_take_turns(database: Database) -> None:
    """Of two acts on one case at the same time, the second sees what the first one did."""

    async def act() -> int:
        async with database.work() as work:
            row = await work.case("c1")
            assert row is not None
            await save(work, version=row.version + 1)
            return row.version + 1

    async with database.work() as work:
        await save(work)
    assert sorted(await asyncio.gather(*(act() for _ in range(5)))) == [2, 3, 4, 5, 6]


async def test_my_cases(database: Database) -> None:
    """A person's cases come newest first, only those that they are on now, and only open ones if wanted."""
    for number in range(3):
        async with database.work() as work:
            await save(work, f"c{number}")
            await work.members(f"c{number}", {"jo": "raiser", "helen": "receiving"})
        await database.shift(HOUR)
    await meddle(database, "UPDATE cases SET status = 'closed' WHERE id = 'c1'")
    async with database.work() as work:
        await work.members("c2", {"jo": "raiser", "tom": "receiving"})
    async with database.reading() as work:
        assert [row.id for row in await work.cases_of("jo", False, 5)] == ["c2", "c1", "c0"]
        assert [row.id for row in await work.cases_of("jo", True, 5)] == ["c2", "c0"]
        assert [row.id for row in await work.cases_of("jo", False, 1)] == ["c2"]
        assert [row.id for row in await work.cases_of("helen", False, 5)] == ["c1", "c0"]
        assert await work.role("c2", "tom") == "receiving"
        assert await work.role("c2", "helen") is None


# Cards


async def test_threads_of_cases(database: Database) -> None:
    """A case has one thread in a conversation, found from its root and from what stands in it."""
    channel, other = place("general", "channel"), place("random", "channel")
    async with database.work() as work:
        await save(work)
        assert await work.thread_of("c1", channel.address) == ""
        await work.card_posted("c1", "", channel, Message(channel.address, "m1"), "{}", 1)
        await work.card_posted("c1", "", channel, Message(channel.address, "m2", "m1"), "{}", 1)
    async with database.reading() as work:
        assert await work.thread_of("c1", channel.address) == "m1"
        assert await work.thread_of("c1", other.address) == ""
        assert await work.case_in_thread(channel.address, "m1") == "c1"
        assert await work.case_in_thread(other.address, "m1") is None
        assert await work.case_in_thread(channel.address, "") is None
        assert await work.case_of_message(channel.address, "m2") == "c1"
        assert await work.case_of_message(channel.address, "m3") is None


async def test_a_service_address_may_change(database: Database) -> None:
    """A conversation is the same one when the platform gives it another service address."""
    before = place("general", "channel")
    after = Address("blue", "t1", "app", "general", "https://elsewhere.example")
    async with database.work() as work:
        await save(work)
        await work.card_posted("c1", "", before, Message(before.address, "m1"), "{}", 1)
        assert await work.case_in_thread(after, "m1") == "c1"


async def test_the_app_may_become_known_later(database: Database) -> None:
    """A conversation and a card are the same ones before and after a platform says which app we are."""
    early = place("general", "channel")
    before, after = replace(early.address, app=""), early.address
    async with database.work() as work:
        await save(work)
        first = await work.card_posted("c1", "", early, Message(before, "m1"), "{}", 1)
        assert await work.case_in_thread(after, "m1") == "c1"
        assert await work.thread_of("c1", after) == "m1"
        again = await work.card_posted("c1", "", early, Message(after, "m1"), "{}", 1)
        assert again.id == first.id


async def test_a_channel_of_the_directory_is_the_channel(database: Database) -> None:
    """A channel that the directory names, without its tenant, has the same threads and the same queue."""
    known = place("general", "channel")
    named = Place(Address("blue", "", "", "general"), "channel")
    async with database.work() as work:
        await save(work)
        await work.card_posted("c1", "", known, Message(known.address, "m1"), "{}", 1)
        assert await work.thread_of("c1", named.address) == "m1"
    assert destination("", known) == destination("", named)


# States


async def test_states(database: Database) -> None:
    """A state is kept for one person in one place, replaced, forgotten, and gone when it expires."""
    async with database.work() as work:
        later = work.now + HOUR
        await work.keep_state("jo", "", "draft", 1, '{"n":1}', later)
        await work.keep_state("jo", "", "draft", 2, '{"n":2}', later)
        await work.keep_state("jo", "dm", "draft", 1, "{}", later)
        await work.keep_state("tom", "", "draft", 1, "{}", later)
        assert await work.state("jo", "", "draft") == (2, '{"n":2}')
        assert await work.state("jo", "", "progress") is None
        await work.forget_state("jo", "", "draft")
        assert await work.state("jo", "", "draft") is None
        assert await work.state("jo", "dm", "draft") == (1, "{}")
    await database.shift(HOUR)
    async with database.reading() as work:
        assert await work.state("tom", "", "draft") is None


async def test_one_question_is_pending(database: Database) -> None:
    """A new question takes the place of the pending one, here and not elsewhere; drafts are no questions."""
    async with database.work() as work:
        later = work.now + HOUR
        await work.keep_state("jo", "dm", "draft", 1, "{}", later)
        assert await work.pending("jo", "dm") is None
        await work.keep_state("jo", "other", "which_case", 1, "{}", later, question=True)
        await work.keep_state("jo", "dm", "which_case", 1, "{}", later, question=True)
        await work.keep_state("jo", "dm", "why", 3, '{"n":1}', later, question=True)
        assert await work.pending("jo", "dm") == ("why", 3, '{"n":1}')
        assert await work.state("jo", "dm", "which_case") is None
        assert await work.pending("jo", "other") == ("which_case", 1, "{}")
        assert await work.state("jo", "dm", "draft") == (1, "{}")
    await database.shift(HOUR)
    async with database.reading() as work:
        assert await work.pending("jo", "dm") is None


# People


async def test_accounts_are_linked(database: Database) -> None:
    """An account is nobody until it is linked; the places that it was seen in become the person's."""
    async with database.work() as work:
        assert await work.account(JO) is None
        await work.seen(JO, None, place("dm-1"))
        assert await work.places_of("jo", "blue") == []
        await work.link(JO, "jo", "jo@health.example")
        assert await work.account(JO) == "jo"
        assert await work.account(Account("green", "t1", "U1")) is None
        assert await work.places_of("jo", "blue") == [place("dm-1")]
        await work.seen(JO, None, place("dm-1"))
        assert await work.places_of("jo", "blue") == [place("dm-1")]


async def test_places(database: Database) -> None:
    """Places come newest first, channels apart from personal ones; a thread and a home are no places."""
    async with database.work() as work:
        await work.seen(JO, "jo", place("dm-1"))
        await work.seen(JO, "jo", place("general", "channel", thread="m1"))
        await work.seen(JO, "jo", Place(place("U1").address, "home"))
    async with database.work() as work:
        await work.seen(JO, "jo", place("dm-2"))
    async with database.work() as work:
        assert await work.places_of("jo", "blue") == [place("dm-2"), place("dm-1")]
        assert await work.places_of("jo", "green") == []
        assert await work.channels("blue") == [place("general", "channel")]
        await work.gone(place("dm-2"))
        assert await work.places_of("jo", "blue") == [place("dm-1")]
        await work.seen(JO, "jo", place("dm-2"))
        assert len(await work.places_of("jo", "blue")) == 2
