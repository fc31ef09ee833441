"""Nothing is forgotten unseen: what stands still is counted, and a human is told once."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.audit import walks
from bot.audit.findings import Finding
from bot.chat.turn import Address, Message, Place
from bot.engine.watchdog import Watchdog
from bot.store.database import Database
from tests.units.recorder import PlainDesk, meddle, opened, save, told

HOUR = timedelta(hours=1)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with opened(database_url, may_shift=True) as database:
        yield database


def dog_of(database: Database) -> Watchdog:
    """A watchdog to which every case is as good as any: these here have no history."""
    return Watchdog(database, PlainDesk(), lambda *_: ())


async def alarms(database: Database) -> list[str]:
    return [f"{kind} {body['detail']}" for kind, body in await told(database, "alarms")]


async def test_all_is_well(database: Database) -> None:
    """A case with a live clock troubles nobody."""
    async with database.work() as work:
        await save(work)
        await work.set_deadlines("c1", {"respond": work.now + HOUR})
    assert (await dog_of(database).step()).well
    assert await alarms(database) == []


async def test_a_case_without_a_clock(database: Database) -> None:
    """An open case that no clock watches is reported once, and again only after it was mended."""
    async with database.work() as work:
        await save(work)
    dog = dog_of(database)
    assert (await dog.step()).without_clock == ("BR-c1",)
    await dog_of(database).step()
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
    assert (await dog_of(database).step()).well


async def test_overdue(database: Database) -> None:
    """Clocks that ran out and did not fire are counted at once and reported if they are there again."""
    async with database.work() as work:
        await save(work)
        await work.set_deadlines("c1", {"respond": work.now - HOUR})
    dog = dog_of(database)
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
    assert [told for told in await alarms(database) if told.startswith("overdue")] == ["overdue 1"]


async def test_stuck(database: Database) -> None:
    """A message that is on its way for minutes is reported; one that waits for its time is not."""
    async with database.work() as work:
        await work.deliver("k1", None, "helen", None, "good morning", work.now + HOUR)
        await work.deliver("k2", None, "helen", None, "urgent")
    dog = dog_of(database)
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
    health = await dog_of(database).look()
    assert (health.quarantined, health.without_clock) == (1, ("BR-c1",))


async def test_every_history_is_checked(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A few histories at a time, all of them in turn, long ones in portions; a changed one is reported once,
    and stays known however often it is looked at."""
    monkeypatch.setattr(walks, "STREAMS", 2)
    monkeypatch.setattr(walks, "EVENTS", 2)
    async with database.work() as work:
        for number in range(5):
            for _ in range(5):
                await work.append(f"training:{number}", "joined", {}, "jo")
    await meddle(database, "UPDATE events SET body = '[]' WHERE stream = 'training:3' AND sequence = 4")
    dog = dog_of(database)
    health = await dog.step()
    for _ in range(3):
        health = await dog.step()
    assert health.found == {"chain": 1}
    assert await alarms(database) == ["chain training:3: event 4 is not as it was written"]


async def test_what_still_stands_is_told_again_the_next_day(database: Database) -> None:
    """Once a day, saying that it stands still; a process that just started does not tell it anew."""
    async with database.work() as work:
        await save(work)
    await dog_of(database).step()
    await dog_of(database).step()
    await meddle(database, "UPDATE incidents SET opened_at = '2020-01-01 00:00:00'")
    await dog_of(database).step()
    await dog_of(database).step()
    assert await alarms(database) == ["without_clock BR-c1", "without_clock still BR-c1"]


async def test_a_coordinator_who_could_not_be_reached_is_tried_again(database: Database) -> None:
    """Each hour, until something arrives: else nobody would know that they can be reached again."""
    async with database.work() as work:
        await work.incident("unheard")
    assert (await dog_of(database).step()).unheard
    assert await alarms(database) == []
    await meddle(database, "UPDATE incidents SET opened_at = '2020-01-01 00:00:00'")
    await dog_of(database).step()
    assert not (await dog_of(database).step()).well
    assert await alarms(database) == ["unheard "]


async def test_a_walk_that_fails_keeps_nothing_from_being_told(database: Database) -> None:
    """A mistake in the judgement of a case: what is counted is told all the same, and the step fails, so that
    the watchdog is not taken for one that turns."""

    def fails(*_: object) -> tuple[Finding, ...]:
        raise RuntimeError("a mistake of ours")

    async with database.work() as work:
        await save(work)
    with pytest.raises(RuntimeError):
        await Watchdog(database, PlainDesk(), fails).step()
    assert await alarms(database) == ["without_clock BR-c1"]


async def test_many_of_one_kind_are_told_as_a_number(database: Database) -> None:
    """A mistake that strikes every case does not bury the coordinator; each kind is told by itself."""
    async with database.work() as work:
        for number in range(9):
            await save(work, f"c{number}")
    await dog_of(database).step()
    await dog_of(database).step()
    assert await alarms(database) == [
        *(f"without_clock BR-c{number}" for number in range(5)),
        "without_clock + 4",
    ]


async def test_what_a_walk_finds_is_over_when_it_is_mended(database: Database) -> None:
    """A case that was found wrong is looked at again in each round, by every process: it is told once while
    it stands, and again only after it was mended."""
    wrong = {"BR-c1"}
    async with database.work() as work:
        await save(work)
        await work.set_deadlines("c1", {"respond": work.now + HOUR})

    def dog() -> Watchdog:
        return Watchdog(
            database,
            PlainDesk(),
            lambda file, *_: tuple(Finding("projection", one, one) for one in wrong & {file.row.reference}),
        )

    assert (await dog().step()).found == {"projection": 1}
    another = dog()
    assert (await another.step()).failing == {"projection": 1}
    wrong.clear()
    assert (await another.step()).well
    wrong.add("BR-c1")
    assert not (await another.step()).well
    assert await alarms(database) == ["projection BR-c1"] * 2


async def test_what_is_over_is_thrown_away(database: Database) -> None:
    """Expired drafts and messages sent long ago are thrown away; what is still needed stays."""
    async with database.work() as work:
        await work.keep_state("jo", "", "draft", 1, "{}", work.now - HOUR)
        await work.keep_state("jo", "", "progress", 1, "{}", work.now + HOUR)
        assert await work.once("act") is None
        await work.deliver("k1", None, "helen", None, "sent")
        await work.deliver("k2", None, "helen", None, "not sent")
    await meddle(database, "UPDATE deliveries SET finished_at = '2020-01-01 00:00:00' WHERE key = 'k1'")
    await dog_of(database).step()
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
