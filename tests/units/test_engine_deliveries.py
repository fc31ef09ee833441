"""What must arrive arrives: once, in order, or somebody is told."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import timedelta

import pytest

from bot.chat.card import Card
from bot.chat.port import NotSaved, Refused, TryLater, Uncertain
from bot.chat.turn import Place
from bot.engine import deliveries
from bot.engine.deliveries import ATTEMPTS, DEATHS, Deliverer
from bot.engine.traffic import elapsing
from bot.store.database import Database
from bot.store.work import Work
from tests.units.recorder import PlainDesk, Recorder, meddle, opened, pass_leases, save, told


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with opened(database_url, may_shift=True) as database:
        yield database


@pytest.fixture
def blue() -> Recorder:
    platform = Recorder("blue")
    platform.homes = {
        "helen@blue.example": "dm-helen",
        "tom@blue.example": "dm-tom",
        "jo@blue.example": "dm-jo",
    }
    return platform


def deliverer(database: Database, *platforms: Recorder, desk: PlainDesk | None = None) -> Deliverer:
    names = [platform.name for platform in platforms]
    return Deliverer(database, {p.name: p for p in platforms}, desk or PlainDesk(*names))


async def send(database: Database, *notices: str, to: str = "helen", case: str | None = None) -> None:
    async with database.work() as work:
        for notice in notices:
            await work.deliver(f"{to}:{notice}", case, to, None, notice)


async def open_case(database: Database, case_id: str = "c1") -> None:
    async with database.work() as work:
        await save(work, case_id)


async def under_way(database: Database) -> dict[str, int]:
    async with database.reading() as work:
        return await work.under_way()


async def test_a_message_arrives(database: Database, blue: Recorder) -> None:
    """A delivery is posted to the person, becomes a card of its case, and the desk hears of it."""
    await open_case(database)
    await send(database, "please answer", case="c1")
    assert await deliverer(database, blue).step() == 1
    assert [(post.place.address.conversation, post.card.title) for post in blue.posts] == [
        ("dm-helen", "please answer")
    ]
    assert (await told(database, "delivered"))[0][1]["key"] == "helen:please answer"
    async with database.reading() as work:
        assert await work.case_of_message(blue.posts[0].place.address, "m1") == "c1"


async def test_messages_of_a_case_share_a_thread(database: Database, blue: Recorder) -> None:
    """The second message of a case stands in the thread that the first one began."""
    await open_case(database)
    await send(database, "one", "two", case="c1")
    worker = deliverer(database, blue)
    while await worker.step():
        pass
    assert [post.place.thread for post in blue.posts] == ["", "m1"]
    async with database.reading() as work:
        assert await work.case_in_thread(blue.posts[0].place.address, "m1") == "c1"


async def test_a_personal_chat_without_threads_is_one_stream(database: Database) -> None:
    """Where a personal chat has no threads, no message is put into one."""
    plain = Recorder("blue", threads_in_personal=False)
    plain.homes = {"helen@blue.example": "dm-helen"}
    await open_case(database)
    await send(database, "one", "two", case="c1")
    worker = deliverer(database, plain)
    while await worker.step():
        pass
    assert [post.place.thread for post in plain.posts] == ["", ""]


async def test_a_message_to_a_channel(database: Database, blue: Recorder) -> None:
    """A delivery with a fixed place goes to that channel and asks for no address."""
    async with database.work() as work:
        await work.deliver("nudge", None, "", blue.place("general"), "look here")
    await deliverer(database, blue).step()
    assert [post.place.address.conversation for post in blue.posts] == ["general"]


async def test_order_within_a_case(database: Database, blue: Recorder) -> None:
    """While a message of a case waits for another try, no later one of the case overtakes it."""
    await open_case(database)
    await send(database, "first", "second", case="c1")
    blue.failures.append(TryLater("busy"))
    worker = deliverer(database, blue)
    await worker.step()
    assert await worker.step() == 0
    assert blue.posts == []
    await pass_leases(database)
    while await worker.step():
        pass
    assert blue.words == ["first", "second"]


async def test_one_message_at_a_time_to_a_person(database: Database, blue: Recorder) -> None:
    """Messages of several cases to one person are never under way together; other people's are."""
    for number in range(5):
        await open_case(database, f"c{number}")
        await send(database, f"case {number}", case=f"c{number}")
    await send(database, "hello", to="tom")
    worker = deliverer(database, blue)
    assert await worker.step() == 2
    while await worker.step():
        pass
    assert len(blue.posts) == 6
    assert not blue.crowded


async def test_a_busy_person_holds_up_nobody_else(database: Database, blue: Recorder) -> None:
    """While another worker sends to a person, messages to others go out."""
    await send(database, "one")
    async with database.work() as work:
        await work.claim_deliveries(1, [], timedelta(seconds=30))
    await open_case(database)
    await send(database, "two", case="c1")
    await send(database, "three", to="tom")
    assert await deliverer(database, blue).step() == 1
    assert blue.words == ["three"]


async def test_what_is_still_being_sent_here_is_not_claimed_again(database: Database) -> None:
    """A worker that outlives its lease does not take its own message a second time."""
    await send(database, "one")
    async with database.work() as work:
        mine = await work.claim_deliveries(1, [], timedelta(seconds=30))
    await pass_leases(database)
    async with database.work() as work:
        assert await work.claim_deliveries(1, [mine[0].id], timedelta(seconds=30)) == []


async def test_two_workers_share_the_rows(database: Database, blue: Recorder) -> None:
    """Two workers at once send every message exactly once."""
    for number in range(10):
        await send(database, f"note {number}")
        await send(database, f"note {number}", to="tom")
    workers = deliverer(database, blue), deliverer(database, blue)
    while await under_way(database):
        await asyncio.gather(*(worker.step() for worker in workers))
    assert sorted(post.key for post in blue.posts) == sorted(
        f"{to}:note {number}" for number in range(10) for to in ("helen", "tom")
    )
    assert not blue.crowded


async def test_crash_between_commit_and_send(database_url: str, blue: Recorder) -> None:
    """What was committed before a crash is sent after the restart."""
    async with opened(database_url) as before:
        await send(before, "please answer")
    async with opened(database_url) as after:
        await deliverer(after, blue).step()
    assert blue.words == ["please answer"]


async def test_crash_between_send_and_writing_it_down(database: Database, blue: Recorder) -> None:
    """A worker died after sending: the one that takes over finds the message instead of sending it again."""
    await send(database, "please answer")
    async with database.work() as work:
        dead = (await work.claim_deliveries(1, [], timedelta(seconds=30)))[0]
    await blue.post(blue.place("dm-helen", "personal"), Card(dead.notice), dead.key)
    assert await deliverer(database, blue).step() == 0
    await pass_leases(database)
    assert await deliverer(database, blue).step() == 1
    assert blue.words == ["please answer"]
    assert len(await told(database, "delivered")) == 1


async def test_lease_taken_over(database: Database, blue: Recorder) -> None:
    """A worker died before sending: another one takes the message over when the lease is past."""
    await send(database, "please answer")
    async with database.work() as work:
        await work.claim_deliveries(1, [], timedelta(seconds=30))
    assert await deliverer(database, blue).step() == 0
    await pass_leases(database)
    assert await deliverer(database, blue).step() == 1
    assert blue.words == ["please answer"]


async def test_a_thawed_worker_is_refused(database: Database, blue: Recorder) -> None:
    """A worker that froze while sending can't write its result once another one has the message."""
    await send(database, "please answer")
    blue.gate.clear()
    frozen = asyncio.create_task(deliverer(database, blue).step())
    await blue.posting.wait()
    await pass_leases(database)
    async with database.work() as work:
        taken_over = await work.claim_deliveries(1, [], timedelta(seconds=30))
    blue.gate.set()
    await frozen
    assert await told(database, "delivered") == []
    async with database.work() as work:
        assert await work.finish(taken_over[0], "done")


async def test_a_worker_without_a_lease_sends_nothing(
    database: Database, blue: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that froze before sending looks at its lease first, and sends nothing without one."""
    await send(database, "please answer")
    frozen = 0.0
    monkeypatch.setattr(deliveries, "elapsing", lambda: elapsing() + frozen)

    class Freezing(Recorder):
        async def reach(self, email: str, known: Sequence[Place]) -> Place:
            nonlocal frozen
            frozen = 31.0
            await pass_leases(database)
            async with database.work() as other:
                await other.claim_deliveries(1, [], timedelta(seconds=30))
            return await super().reach(email, known)

    cold = Freezing("blue")
    cold.homes = blue.homes
    await deliverer(database, cold).step()
    assert cold.posts == []


async def test_a_worker_that_froze_after_looking_sends_nothing(
    database: Database, blue: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It held the lease when it looked; by the time it moves again that is an answer of long ago."""
    await send(database, "please answer")
    monkeypatch.setattr("bot.engine.deliveries.SURE", -1.0)
    monkeypatch.setattr("bot.engine.deliveries.FROZEN", -1.0)
    await deliverer(database, blue).step()
    assert blue.posts == []
    monkeypatch.undo()
    await deliverer(database, blue).step()
    assert blue.words == ["please answer"]


async def test_uncertain_and_found(database: Database, blue: Recorder) -> None:
    """A message whose fate is unknown is looked up first, and not sent again when it is there."""
    await send(database, "please answer")
    blue.failures.append(Uncertain("the connection broke"))
    worker = deliverer(database, blue)
    await worker.step()
    assert await under_way(database) == {"uncertain": 1}
    assert await worker.step() == 0
    await pass_leases(database)
    await worker.step()
    assert await under_way(database) == {}
    assert blue.words == ["please answer"]


async def test_uncertain_and_not_found(database: Database, blue: Recorder) -> None:
    """A message that was looked up and is not there is sent again."""
    await send(database, "please answer")
    blue.failures.append(Uncertain("the connection broke"))
    worker = deliverer(database, blue)
    await worker.step()
    blue.posts.clear()
    await pass_leases(database)
    await worker.step()
    assert blue.words == ["please answer"]
    assert await under_way(database) == {}


async def test_uncertain_where_nothing_can_be_looked_up(database: Database) -> None:
    """Where the platform can't look a message up, it is sent again and says that it may be a repeat."""
    blind = Recorder("blue", finds_posts=False)
    blind.homes = {"helen@blue.example": "dm-helen"}
    await send(database, "please answer")
    blind.failures.append(Uncertain("the connection broke"))
    worker = deliverer(database, blind)
    await worker.step()
    await pass_leases(database)
    await worker.step()
    assert blind.words == ["please answer", "please answer (again)"]


async def test_a_found_message_is_redrawn(database: Database, blue: Recorder) -> None:
    """Which version a found message shows is unknown, so its card is to be redrawn."""
    await open_case(database)
    await send(database, "please answer", case="c1")
    blue.failures.append(Uncertain("the connection broke"))
    worker = deliverer(database, blue)
    await worker.step()
    await pass_leases(database)
    await worker.step()
    async with database.reading() as work:
        assert await work.stale_cards() == 1


async def test_a_busy_destination_is_left_alone(database: Database, blue: Recorder) -> None:
    """After a 429 the destination gets no request before its time, and everybody else gets theirs."""
    await send(database, "one", "two")
    blue.failures.append(TryLater("too many", after=600))
    worker = deliverer(database, blue)
    await worker.step()
    await send(database, "three")
    await send(database, "hello", to="tom")
    while await worker.step():
        pass
    assert blue.words == ["hello"]
    assert blue.calls == 2
    await pass_leases(database)
    while await worker.step():
        pass
    assert sorted(blue.words) == ["hello", "one", "three", "two"]


async def test_a_busy_platform_is_left_alone(database: Database, blue: Recorder) -> None:
    """When two destinations are told to wait, it is the platform's own limit, and nobody is tried."""
    await send(database, "one")
    await send(database, "two", to="tom")
    blue.failures.extend([TryLater("too many", after=600), TryLater("too many", after=600)])
    worker = deliverer(database, blue)
    await worker.step()
    await send(database, "three", to="jo")
    while await worker.step():
        pass
    assert blue.calls == 2


async def test_waiting_costs_no_attempt(database: Database, blue: Recorder) -> None:
    """However often a platform puts a message off in the first hour, it is not given up."""
    await send(database, "please answer")
    blue.failures.extend([TryLater("busy")] * (3 * ATTEMPTS))
    worker = deliverer(database, blue)
    while not blue.posts:
        await pass_leases(database)
        assert await worker.step() == 1
    assert await told(database, "undeliverable") == []


async def test_put_off_for_too_long(database: Database, blue: Recorder) -> None:
    """A message that a platform has put off for more than an hour is given up, and somebody is told."""
    await open_case(database)
    await send(database, "please answer", case="c1")
    await meddle(database, "UPDATE deliveries SET tries = 9, created_at = '2020-01-01 00:00:00'")
    blue.failures.append(TryLater("busy"))
    await deliverer(database, blue).step()
    assert len(await told(database, "undeliverable")) == 1
    assert [kind for kind, _ in await told(database, "alarms")] == ["given_up"]


async def test_the_next_way(database: Database, blue: Recorder) -> None:
    """A person who can't be reached on one platform is reached on the next."""
    green = Recorder("green")
    green.homes = {"helen@green.example": "chat-helen"}
    blue.homes.clear()
    await send(database, "please answer")
    await deliverer(database, blue, green).step()
    assert green.words == ["please answer"]


async def test_what_is_told_is_why_the_preferred_platform_failed(database: Database) -> None:
    """Nobody is reached by any way: the first one's reason is what somebody can mend."""
    await send(database, "please answer")
    await deliverer(database, Recorder("blue"), Recorder("green")).step()
    ((_, said),) = await told(database, "undeliverable")
    assert "blue" in said["reason"]


async def test_no_way(database: Database, blue: Recorder) -> None:
    """When no way reaches the person, the desk is told why, in the same transaction."""
    await send(database, "please answer", to="nobody")
    await deliverer(database, blue).step()
    assert await told(database, "undeliverable") == [
        ("told", {"key": "nobody:please answer", "reason": "nobody@blue.example has not installed the app"})
    ]
    assert await under_way(database) == {}


async def test_refused(database: Database, blue: Recorder) -> None:
    """A message that the platform will never take is undeliverable at once, and a human is alarmed."""
    await open_case(database)
    await send(database, "please answer", case="c1")
    blue.failures.append(Refused("the card is not valid"))
    await deliverer(database, blue).step()
    assert len(await told(database, "undeliverable")) == 1
    ((kind, said),) = await told(database, "alarms")
    assert kind == "refused"
    assert "helen" not in said["detail"]


async def test_an_alarm_breeds_no_alarm(database: Database, blue: Recorder) -> None:
    """A refused message of no case may be an alarm itself: the desk hears of it, and no alarm follows."""
    await send(database, "something is wrong")
    blue.failures.append(Refused("the card is not valid"))
    await deliverer(database, blue).step()
    assert len(await told(database, "undeliverable")) == 1
    assert await told(database, "alarms") == []


async def test_a_message_that_kills_its_worker(database: Database, blue: Recorder) -> None:
    """A message whose workers die again and again is given up, and a human is alarmed."""
    await open_case(database)
    await send(database, "please answer", case="c1")
    for _ in range(DEATHS + 1):
        async with database.work() as work:
            assert len(await work.claim_deliveries(1, [], timedelta(seconds=30))) == 1
        await pass_leases(database)
    await deliverer(database, blue).step()
    assert blue.posts == []
    assert [kind for kind, _ in await told(database, "alarms")] == ["given_up"]


async def test_deaths_are_no_attempts(database: Database, blue: Recorder) -> None:
    """Machines that fail one after the other give no message up."""
    await send(database, "please answer")
    for _ in range(2 * ATTEMPTS):
        async with database.work() as work:
            assert len(await work.claim_deliveries(1, [], timedelta(seconds=30))) == 1
        await pass_leases(database)
    await deliverer(database, blue).step()
    assert len(blue.posts) == 1


async def test_nothing_to_show_any_more(database: Database, blue: Recorder) -> None:
    """A notice that is no longer to be shown is dropped, and nobody is troubled."""
    desk = PlainDesk()
    desk.obsolete.add("old news")
    await send(database, "old news", "news")
    worker = deliverer(database, blue, desk=desk)
    while await worker.step():
        pass
    assert blue.words == ["news"]
    assert await told(database, "undeliverable") == []


async def test_not_before_its_time(database: Database, blue: Recorder) -> None:
    """A message that waits for a time is sent after it, and holds up no other one."""
    async with database.work() as work:
        await work.deliver("k1", None, "helen", None, "good morning", work.now + timedelta(hours=8))
    await send(database, "urgent")
    worker = deliverer(database, blue)
    while await worker.step():
        pass
    assert blue.words == ["urgent"]
    await database.shift(timedelta(hours=8))
    await worker.step()
    assert blue.words == ["urgent", "good morning"]


async def test_the_same_key_twice(database: Database, blue: Recorder) -> None:
    """A second delivery with the same key is dropped."""
    await send(database, "please answer")
    await send(database, "please answer")
    worker = deliverer(database, blue)
    while await worker.step():
        pass
    assert blue.words == ["please answer"]


async def test_a_broken_desk_repeats_no_message(database: Database, blue: Recorder) -> None:
    """When the desk can't take the news of an arrival, the message still counts as sent."""
    desk = PlainDesk()
    desk.broken = True
    await send(database, "please answer")
    await deliverer(database, blue, desk=desk).step()
    assert await under_way(database) == {}


async def test_database_away_after_the_send(
    database_url: str, blue: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A result that can't be written down is kept until it can: the message is not sent again."""

    async with opened(database_url) as database:
        working, away = database.work, [NotSaved("away"), NotSaved("still away")]

        def failing(*, heavy: bool = False) -> AbstractAsyncContextManager[Work]:
            if blue.posts and away:
                raise away.pop()
            return working(heavy=heavy)

        monkeypatch.setattr(deliveries, "RETRY", 0.0)
        monkeypatch.setattr(database, "work", failing)
        await send(database, "please answer")
        await deliverer(database, blue).step()
        assert away == []
        assert await under_way(database) == {}
        assert blue.words == ["please answer"]


async def test_the_loop_wakes_at_once(database: Database, blue: Recorder) -> None:
    """A running deliverer sends what is committed; stopped, it finishes what it sends."""
    blue.gate.clear()
    running = asyncio.create_task(deliverer(database, blue).run())
    await send(database, "please answer")
    await blue.posting.wait()
    running.cancel()
    blue.gate.set()
    await asyncio.wait({running})
    assert blue.words == ["please answer"]
    assert await under_way(database) == {}
