"""Each workspace and tenant is written to as fast as it takes, and no faster; messages before redrawings."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.chat.port import Pace, Rate, TryLater, Unreachable
from bot.chat.turn import Address, Message, Place
from bot.engine import cards, claims, deliveries, traffic, ways
from bot.engine.cards import Updater
from bot.engine.deadlines import Sweeper
from bot.engine.deliveries import Deliverer
from bot.engine.traffic import HELD, SLOTS, Meter, Traffic, lane_of
from bot.engine.watchdog import Health
from bot.metrics import Metrics
from bot.store.database import Database
from tests.units.recorder import PlainDesk, Recorder, meddle, opened, pass_leases, save

SLOW = Pace(posts=(Rate(2, 60),))


class Time:
    """What `elapsing` says, in every part of the engine."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.now = 1_000.0
        for part in (traffic, claims, ways, deliveries, cards):
            patch.setattr(part, "elapsing", lambda: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Time:
    return Time(monkeypatch)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with opened(database_url, may_shift=True) as database:
        yield database


def paced(name: str, pace: Pace) -> Recorder:
    platform = Recorder(name)
    platform.capabilities = replace(platform.capabilities, pace=pace)
    return platform


def place(platform: str, tenant: str, conversation: str) -> Place:
    return Place(Address(platform, tenant, "app", conversation), "channel")


async def send(database: Database, *places: Place, words: str = "look") -> None:
    async with database.work() as work:
        for number, where in enumerate(places):
            key = f"{where.address.tenant}:{where.address.conversation}:{words}:{number}"
            await work.deliver(key, None, "", where, words)


def where(platform: Recorder) -> list[tuple[str, str]]:
    return [(post.place.address.tenant, post.place.address.conversation) for post in platform.posts]


def test_a_meter_keeps_to_every_rate() -> None:
    """So many in a second, and so many in a minute: whichever is used up first says when there is room."""
    meter = Meter((Rate(2, 1), Rate(3, 60)))
    assert (meter.room(0), meter.wait(0)) == (2, 0)
    meter.note(0)
    meter.note(0.5)
    assert (meter.room(0.5), meter.wait(0.5)) == (0, 0.5)
    assert (meter.room(1.2), meter.wait(1.2)) == (1, 0)
    meter.note(1.2)
    assert (meter.room(2.5), meter.wait(2.5)) == (0, 57.5)
    assert meter.room(60) == 1


def test_places_that_are_booked_follow_each_other() -> None:
    """Whoever books ahead gets the next free place, not the one that somebody else has."""
    meter = Meter((Rate(1, 10),))
    assert [meter.book(0) for _ in range(3)] == [0, 10, 20]
    assert Meter(()).book(0) == 0
    assert Meter(()).room(0) == SLOTS


async def test_a_workspace_gets_no_more_than_it_takes(database: Database, clock: Time) -> None:
    """What it does not take now goes out when there is room again, in order, and nobody is asked in vain."""
    blue = paced("blue", SLOW)
    await send(database, *(place("blue", "t1", f"c{number}") for number in range(5)))
    worker = Deliverer(database, {"blue": blue}, PlainDesk("blue"))
    while await worker.step():
        pass
    assert where(blue) == [("t1", "c0"), ("t1", "c1")]
    clock.now += 60
    while await worker.step():
        pass
    assert where(blue)[2:] == [("t1", "c2"), ("t1", "c3")]
    assert blue.calls == 4


async def test_nobody_waits_behind_another_workspace(database: Database, clock: Time) -> None:
    """A long queue for one workspace keeps no message for another one waiting, nor of another platform."""
    blue, green = paced("blue", SLOW), Recorder("green")
    await send(database, *(place("blue", "t1", f"c{number}") for number in range(40)))
    await send(database, place("blue", "t2", "elsewhere"), place("green", "t1", "general"))
    worker = Deliverer(database, {"blue": blue, "green": green}, PlainDesk("blue"))
    await worker.step()
    assert where(blue) == [("t1", "c0"), ("t1", "c1"), ("t2", "elsewhere")]
    assert where(green) == [("t1", "general")]


async def test_what_a_workspace_refuses_holds_no_other(database: Database, clock: Time) -> None:
    """Two refusals are the whole workspace's; messages for the other one go out."""
    blue = Recorder("blue")
    await send(database, place("blue", "t1", "c0"), place("blue", "t1", "c1"))
    blue.failures.extend([TryLater("too many", after=600), TryLater("too many", after=600)])
    worker = Deliverer(database, {"blue": blue}, PlainDesk("blue"))
    await worker.step()
    await send(database, place("blue", "t1", "c2"), place("blue", "t2", "c3"))
    while await worker.step():
        pass
    assert where(blue) == [("t2", "c3")]
    assert blue.calls == 3
    await pass_leases(database)
    while await worker.step():
        pass
    assert len(blue.posts) == 4


async def test_an_alarm_waits_for_nobody(database: Database, clock: Time) -> None:
    """That messages are late is told before the messages that are."""
    blue = paced("blue", SLOW)
    await send(database, *(place("blue", "t1", f"c{number}") for number in range(40)))
    worker = Deliverer(database, {"blue": blue}, PlainDesk("blue"))
    await worker.step()
    await send(database, place("blue", "t1", "coordinator"), words="alarm")
    clock.now += 60
    while await worker.step():
        pass
    assert where(blue)[2:] == [("t1", "coordinator"), ("t1", "c2")]


async def test_somebody_with_a_thousand_messages_keeps_nobody_waiting(database: Database) -> None:
    """Each claim takes one message for each destination, however many the first one has."""
    await send(database, *[place("blue", "t1", "busy")] * 60)
    await send(database, *(place("blue", "t1", f"c{number}") for number in range(3)))
    blue = Recorder("blue")
    assert await Deliverer(database, {"blue": blue}, PlainDesk("blue")).step() == 4


async def test_a_conversation_that_has_enough_rests(database: Database, clock: Time) -> None:
    """Beyond its own pace a conversation gets nothing; the others get theirs."""
    blue = paced("blue", Pace(each=(Rate(2, 5),)))
    await send(database, *[place("blue", "t1", "busy")] * 4, place("blue", "t1", "quiet"))
    worker = Deliverer(database, {"blue": blue}, PlainDesk("blue"))
    while await worker.step():
        pass
    assert sorted(where(blue)) == [("t1", "busy"), ("t1", "busy"), ("t1", "quiet")]
    clock.now += 5
    while await worker.step():
        pass
    assert len(blue.posts) == 5


class Asked(Recorder):
    """Counts how often it was asked who somebody is. Nothing can be posted in conversations `closed`."""

    asked = 0
    closed = ""

    async def reach(self, email: str, known: Sequence[Place]) -> Place:
        self.asked += 1
        return await super().reach(email, known)

    async def post(self, place: Place, card: object, key: str) -> Message:
        if place.address.conversation == self.closed:
            raise Unreachable("this conversation was closed")
        return await super().post(place, card, key)  # type: ignore[arg-type]


async def to_helen(database: Database, *notices: str) -> None:
    async with database.work() as work:
        for notice in notices:
            await work.deliver(notice, None, "helen", None, notice)


async def test_a_platform_is_not_asked_again_and_again(database: Database, clock: Time) -> None:
    """Where asking has a limit of its own, who was found is remembered for a while, and looked for anew when
    they are not there any more."""
    blue = Asked("blue")
    blue.capabilities = replace(blue.capabilities, pace=Pace(asks=(Rate(40, 60),)))
    blue.homes = {"helen@blue.example": "dm-1"}
    worker = Deliverer(database, {"blue": blue}, PlainDesk("blue"))
    await to_helen(database, "one", "two", "three")
    while await worker.step():
        pass
    assert (len(blue.posts), blue.asked) == (3, 1)
    blue.closed, blue.homes = "dm-1", {"helen@blue.example": "dm-2"}
    await to_helen(database, "four")
    await worker.step()
    assert [post.place.address.conversation for post in blue.posts] == ["dm-1"] * 3 + ["dm-2"]
    assert blue.asked == 2
    clock.now += ways.FRESH
    await to_helen(database, "five")
    await worker.step()
    assert (len(blue.posts), blue.asked) == (5, 3)


async def test_whoever_is_known_does_not_wait_for_whoever_is_looked_for(
    database: Database, clock: Time
) -> None:
    """A person who must be looked up waits for their turn; nobody else does."""
    blue = Asked("blue")
    blue.capabilities = replace(blue.capabilities, pace=Pace(asks=(Rate(1, 60),)))
    blue.homes = {f"{name}@blue.example": f"dm-{name}" for name in ("helen", "tom")}
    worker = Deliverer(database, {"blue": blue}, PlainDesk("blue"))
    await to_helen(database, "one")
    await worker.step()
    async with database.work() as work:
        await work.deliver("for tom", None, "tom", None, "for tom")
    await to_helen(database, "two")
    while await worker.step():
        pass
    assert (blue.words, blue.asked) == (["one", "two"], 1)
    clock.now += 60
    await pass_leases(database)
    await worker.step()
    assert blue.words == ["one", "two", "for tom"]


async def stale_card(database: Database) -> None:
    async with database.work() as work:
        await save(work, "c1")
        message = Message(Address("blue", "t1", "app", "general"), "m1")
        await work.card_posted("c1", "", place("blue", "t1", "general"), message, "the case", 1)
    async with database.work() as work:
        await save(work, "c1", version=2)
        await work.cards_changed("c1", 2)


async def test_redrawings_wait_for_messages_but_not_for_ever(database: Database, clock: Time) -> None:
    """While more messages wait than a workspace takes, its cards are redrawn a few at a time, at times."""
    blue = paced("blue", SLOW)
    flow = Traffic({"blue": blue})
    updater = Updater(database, {"blue": blue}, PlainDesk("blue"), flow)
    lane = flow.lane(lane_of("blue", "t1"))
    lane.full, lane.drawn = True, clock.now
    await stale_card(database)
    blue.capabilities = replace(blue.capabilities, pace=Pace())
    lane.updates = Meter(())
    assert await updater.step() == 0
    clock.now += HELD
    assert await updater.step() == 1
    assert len(blue.updates) == 1


async def test_redrawings_go_on_where_no_message_waits(database: Database, clock: Time) -> None:
    """A queue for one workspace holds up no card of another."""
    blue = Recorder("blue")
    flow = Traffic({"blue": blue})
    other = flow.lane(lane_of("blue", "t2"))
    other.full, other.drawn = True, clock.now
    await stale_card(database)
    assert await Updater(database, {"blue": blue}, PlainDesk("blue"), flow).step() == 1


async def test_redrawings_wait_for_clocks_that_ran_out(database: Database, clock: Time) -> None:
    """What comes of a clock that ran out may be a message: the clocks are handled first."""
    blue = Recorder("blue")
    flow = Traffic({"blue": blue}, sweeping=True)
    flow.lane(lane_of("blue", "t1")).drawn = clock.now
    await stale_card(database)
    updater = Updater(database, {"blue": blue}, PlainDesk("blue"), flow)
    assert await updater.step() == 0
    flow.sweeping = False
    assert await updater.step() == 1


async def test_a_clock_that_was_tried_is_claimed_by_itself(database: Database) -> None:
    """Should one of them kill the process again, it is the only one that is put aside in the end."""
    async with database.work() as work:
        for number in range(4):
            await save(work, f"c{number}")
            await work.set_deadlines(f"c{number}", {"respond": work.now - timedelta(hours=1)})
    async with database.work() as work:
        assert len(await work.due(10, tried=False)) == 4
    await pass_leases(database)
    async with database.work() as work:
        assert await work.due(10, tried=False) == []
        assert len(await work.due(1, tried=True)) == 1


async def test_it_is_told_how_late_everything_is(database: Database) -> None:
    """Of each clock that fired and of each message that went out, by how much later than it should have."""
    metrics = Metrics()
    blue = Recorder("blue")
    async with database.work() as work:
        await save(work, "c1")
        await work.set_deadlines("c1", {"respond": work.now - timedelta(minutes=4)})
        await work.deliver(
            "late", None, "", place("blue", "t1", "c0"), "look", work.now - timedelta(minutes=9)
        )
    await meddle(database, "UPDATE deliveries SET created_at = '2020-01-01 00:00:00.000000+00:00'")
    assert await Sweeper(database, PlainDesk("blue"), late=metrics.fired_late).step() == 1
    assert (
        await Deliverer(database, {"blue": blue}, PlainDesk("blue"), late=metrics.delivered_late).step() == 1
    )
    told = metrics.text(Health(), {}).decode()
    assert 'braver_deadline_lateness_seconds_bucket{le="120.0"} 0.0' in told
    assert 'braver_deadline_lateness_seconds_bucket{le="300.0"} 1.0' in told
    assert 'braver_delivery_lateness_seconds_bucket{le="300.0",platform="blue"} 0.0' in told
    assert 'braver_delivery_lateness_seconds_bucket{le="600.0",platform="blue"} 1.0' in told
