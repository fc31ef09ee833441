"""Nothing is forgotten unseen: what stands still is counted, and a human is told once."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.chat.turn import Address, Message, Place
from bot.engine import watchdog
from bot.engine.watchdog import Watchdog
from bot.store.database import Database
from tests.units.recorder import PlainDesk, meddle, opened, save, told

HOUR = timedelta(hours=1)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with opened(database_url, may_shift=True) as database:
        yield database


async def alarms(database: Database) -> list[str]:
    return [f"{kind} {body['detail']}" for kind, body in await told(database, "alarms")]


async def test_all_is_well(database: Database) -> None:
    """A case with a live clock troubles nobody."""
    async with database.work() as work:
        await save(work)
        await work.set_deadlines("c1", {"respond": work.now + HOUR})
    assert (await Watchdog(database, PlainDesk()).step()).well
    assert await alarms(database) == []


async def test_a_case_without_a_clock(database: Database) -> None:
    """An open case that no clock watches is reported once, and again only after it was mended."""
    async with database.work() as work:
        await save(work)
    dog = Watchdog(database, PlainDesk())
    assert (await dog.step()).without_clock == ("BR-c1",)
    await Watchdog(database, PlainDesk()).step()
    assert await alarms(database) == ["without_clock BR-c1"]
    async with database.work() as work:
        await work.set_deadlines("c1", {"respond": work.now + HOUR})
    assert (await dog.step()).well
    async with database.work() as work:
        await work.set_deadlines("c1", {})
    await dog.step()
    assert await alarms(database) == ["without_clock BR-c1"] * 2


async def test_a_closed_case_needs_no_clock(database: Database) -> None:
    """A closed case without a clock is as it should be."""
    async with database.work() as work:
        await save(work)
    await meddle(database, "UPDATE cases SET status = 'closed'")
    assert (await Watchdog(database, PlainDesk()).step()).well


async def test_overdue(database: Database) -> None:
    """Clocks that ran out and did not fire are counted at once and reported if they are there again."""
    async with database.work() as work:
        await save(work)
        await work.set_deadlines("c1", {"respond": work.now - HOUR})
    dog = Watchdog(database, PlainDesk())
    assert (await dog.step()).overdue == 1
    assert await alarms(database) == []
    await dog.step()
    await dog.step()
    assert await alarms(database) == ["overdue 1"]


async def test_several_watchdogs_tell_once(database: Database) -> None:
    """Where several processes look, what one has told of is not over because another sees it anew."""
    async with database.work() as work:
        await save(work)
        await work.set_deadlines("c1", {"respond": work.now - HOUR})
    for _ in range(2):
        dogs = [Watchdog(database, PlainDesk()) for _ in range(2)]
        for dog in (dogs[0], dogs[0], dogs[1], dogs[1], dogs[0]):
            await dog.step()
    assert await alarms(database) == ["overdue 1"]


async def test_stuck(database: Database) -> None:
    """A message that is on its way for minutes is reported; one that waits for its time is not."""
    async with database.work() as work:
        await work.deliver("k1", None, "helen", None, "good morning", work.now + HOUR)
        await work.deliver("k2", None, "helen", None, "urgent")
    dog = Watchdog(database, PlainDesk())
    assert (await dog.step()).stuck == 0
    await meddle(database, "UPDATE deliveries SET created_at = '2020-01-01 00:00:00'")
    health = await dog.step()
    assert (health.stuck, health.under_way) == (1, {"ready": 2})
    assert await alarms(database) == ["stuck 1"]


async def test_quarantined(database: Database) -> None:
    """A clock that was put aside is not well, and its case counts as unwatched."""
    async with database.work() as work:
        await save(work)
        await work.set_deadlines("c1", {"respond": work.now - HOUR})
    await meddle(database, "UPDATE deadlines SET state = 'quarantined'")
    health = await Watchdog(database, PlainDesk()).look()
    assert (health.quarantined, health.without_clock) == (1, ("BR-c1",))


async def test_every_history_is_checked(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A few histories are checked in each round, all of them in turn; a changed one is reported once."""
    monkeypatch.setattr(watchdog, "_CHAINS", 2)
    async with database.work() as work:
        for number in range(5):
            await work.append(f"case:{number}", "raised", {"words": "we disagree"}, "jo")
    await meddle(database, "UPDATE events SET body = '{}' WHERE stream = 'case:4'")
    dog = Watchdog(database, PlainDesk())
    for _ in range(8):
        health = await dog.step()
    assert health.broken_chains == ("case:4: event 1 is not as it was written",)
    assert await alarms(database) == ["chain case:4: event 1 is not as it was written"]


async def test_what_is_over_is_thrown_away(database: Database) -> None:
    """Expired drafts and messages sent long ago are thrown away; what is still needed stays."""
    async with database.work() as work:
        await work.keep_state("jo", "", "draft", 1, "{}", work.now - HOUR)
        await work.keep_state("jo", "", "progress", 1, "{}", work.now + HOUR)
        assert await work.once("act") is None
        await work.deliver("k1", None, "helen", None, "sent")
        await work.deliver("k2", None, "helen", None, "not sent")
    await meddle(database, "UPDATE deliveries SET finished_at = '2020-01-01 00:00:00' WHERE key = 'k1'")
    await Watchdog(database, PlainDesk()).step()
    async with database.work() as work:
        assert await work.state("jo", "", "progress") == (1, "{}")
        assert await work.once("act") == ""
        assert await work.under_way() == {"ready": 1}
        assert await work.purge(100) == 0


async def test_the_words_of_a_reply_go_after_a_day_and_the_act_still_counts_once(database: Database) -> None:
    """A retry within the hour is answered as before; after a day nothing of the words is left."""
    async with database.work() as work:
        for key in ("old", "new"):
            assert await work.once(key) is None
            await work.outcome(key, "what was said")
    async with database.work() as work:
        yesterday = work.real_now - timedelta(days=1, hours=1)
    when = f"'{yesterday:%Y-%m-%d %H:%M:%S}'"
    await meddle(database, "UPDATE acts SET at = " + when + " WHERE key = 'old'")  # noqa: S608 - a time of ours
    async with database.work() as work:
        await work.purge(100)
    async with database.work() as work:
        assert await work.once("old") == ""
        assert await work.once("new") == "what was said"


async def test_a_card_that_tells_of_no_case_is_forgotten_after_a_month(database: Database) -> None:
    """That somebody was asked how it went does not stay with their name; a case's card stays."""
    place = Place(Address("slack", "t", "app", "dm-jo"), "personal")
    async with database.work() as work:
        for number in ("1", "2"):
            message = Message(place.address, number)
            await work.card_posted(None, "jo", place, message, "follow-up", 1, "")
    await meddle(database, "UPDATE posted_cards SET free_at = '2020-01-01 00:00:00' WHERE message_id = '1'")
    async with database.work() as work:
        assert await work.purge(100) == 1
        assert await work.purge(100) == 0
