"""Every posted card shows the truth, and showing it never holds up a message."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from bot.chat.card import Card, Status
from bot.chat.port import Gone, Refused, TryLater, Uncertain
from bot.chat.turn import Message
from bot.engine.cards import Updater
from bot.engine.deliveries import Deliverer
from bot.engine.desk import Drawn
from bot.store.database import Database
from bot.store.work import Work
from tests.units.recorder import PlainDesk, Recorder, opened, pass_leases, save, told


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """With one case whose card helen has on her screen."""
    async with opened(database_url) as database:
        async with database.work() as work:
            await save(work)
            await work.deliver("first", "c1", "helen", None, "the case")
        yield database


@pytest.fixture
async def blue(database: Database) -> Recorder:
    platform = Recorder("blue")
    platform.homes = {"helen@blue.example": "dm-helen", "tom@blue.example": "dm-tom"}
    await Deliverer(database, {"blue": platform}, PlainDesk()).step()
    return platform


def updater(database: Database, blue: Recorder, desk: PlainDesk | None = None) -> Updater:
    return Updater(database, {"blue": blue}, desk or PlainDesk())


async def change(database: Database, version: int) -> None:
    async with database.work() as work:
        await save(work, version=version)
        await work.cards_changed("c1", version)


def shown(blue: Recorder) -> list[str]:
    """What the redrawn cards say, in order."""
    return [element.words for _, card in blue.updates for element in card.body if isinstance(element, Status)]


async def stale(database: Database) -> int:
    async with database.reading() as work:
        return await work.stale_cards()


async def test_a_card_follows_its_case(database: Database, blue: Recorder) -> None:
    """When the case changes, its card is redrawn in place, once."""
    await change(database, 2)
    worker = updater(database, blue)
    assert await worker.step() == 1
    assert await worker.step() == 0
    assert shown(blue) == ["version 2"]
    assert [message.id for message, _ in blue.updates] == ["m1"]


async def test_the_latest_wins(database: Database, blue: Recorder) -> None:
    """Three changes in a row are one redrawing, of the newest."""
    for version in (2, 3, 4):
        await change(database, version)
    await updater(database, blue).step()
    assert shown(blue) == ["version 4"]
    assert await stale(database) == 0


async def test_a_change_while_redrawing(database: Database, blue: Recorder) -> None:
    """A change that comes while the card is being redrawn is not forgotten."""
    await change(database, 2)

    class Late(Recorder):
        async def update(self, message: Message, card: Card) -> None:
            if not self.updates:
                await change(database, 3)
            await super().update(message, card)

    late = Late("blue")
    worker = updater(database, late)
    await worker.step()
    await worker.step()
    assert shown(late) == ["version 2", "version 3"]


async def test_an_old_picture_does_not_stay_on_top_of_a_new_one(database: Database, blue: Recorder) -> None:
    """A worker that froze in the middle of redrawing, and whose picture comes after that of the one who took
    over, notices it: the card is drawn once more."""
    await change(database, 2)

    class Frozen(Recorder):
        async def update(self, message: Message, card: Card) -> None:
            await change(database, 3)
            await pass_leases(database)
            await updater(database, blue).step()
            blue.updates.append((message, card))

    await updater(database, Frozen("blue")).step()
    assert shown(blue) == ["version 3", "version 2"]
    await updater(database, blue).step()
    assert shown(blue)[-1] == "version 3"
    assert await stale(database) == 0


async def test_a_worker_without_its_claim_redraws_nothing(database: Database, blue: Recorder) -> None:
    """A worker that froze before it looked sends nothing: the card is somebody else's by then."""
    await change(database, 2)

    class Freezing(Database):
        """Freezes after claiming, before the next look."""

        @asynccontextmanager
        async def reading(self, **_: object) -> AsyncIterator[Work]:
            await pass_leases(database)
            async with database.reading() as work:
                yield work

    freezing = Freezing(str(database._url))
    freezing.work = database.work  # type: ignore[method-assign]
    await Updater(freezing, {"blue": blue}, PlainDesk()).step()
    assert shown(blue) == []
    assert await stale(database) == 1


async def test_a_worker_that_froze_after_looking_redraws_nothing(
    database: Database, blue: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it holds is an answer of long ago."""
    await change(database, 2)
    monkeypatch.setattr("bot.engine.cards.FROZEN", -1.0)
    await updater(database, blue).step()
    assert shown(blue) == []
    assert await stale(database) == 1


async def test_a_change_while_posting(database: Database, blue: Recorder) -> None:
    """A card that was drawn before a change and posted after it is redrawn."""
    blue.gate.clear()
    async with database.work() as work:
        await work.deliver("second", "c1", "tom", None, "for tom")
    posting = asyncio.create_task(Deliverer(database, {"blue": blue}, PlainDesk()).step())
    blue.posting.clear()
    await blue.posting.wait()
    await change(database, 2)
    blue.gate.set()
    await posting
    await updater(database, blue).step()
    assert sorted(message.id for message, _ in blue.updates) == ["m1", "m2"]


async def test_messages_first(database: Database, blue: Recorder) -> None:
    """A card is not redrawn while a message of its case to the same person waits."""
    async with database.work() as work:
        await save(work, version=2)
        await work.deliver("second", "c1", "helen", None, "a new stage")
        await work.cards_changed("c1", 2)
    worker = updater(database, blue)
    assert await worker.step() == 0
    await Deliverer(database, {"blue": blue}, PlainDesk()).step()
    assert await worker.step() == 1


async def test_a_lost_message(database: Database, blue: Recorder) -> None:
    """A card whose message is gone is not tried again, and the desk learns of it once."""
    await change(database, 2)
    blue.failures.append(Gone("deleted"))
    worker = updater(database, blue)
    await worker.step()
    await change(database, 3)
    assert await worker.step() == 0
    assert len(await told(database, "lost")) == 1


async def test_what_looks_the_same_is_not_drawn_again(database: Database, blue: Recorder) -> None:
    """A change that a card does not show costs no call, and the card counts as up to date."""

    class Unchanging(PlainDesk):
        async def draw(
            self, work: Work, notice: str, recipient: str, case_id: str | None, *, posted: bool = False
        ) -> Drawn | None:
            drawn = await super().draw(work, notice, recipient, case_id)
            return drawn and replace(drawn, card=Card("always the same"))

    worker = updater(database, blue, Unchanging())
    await change(database, 2)
    await worker.step()
    drawn = len(blue.updates)
    await change(database, 3)
    await worker.step()
    assert len(blue.updates) == drawn
    assert await stale(database) == 0


async def test_too_many_redrawings(database: Database, blue: Recorder) -> None:
    """After a 429 no card is redrawn for a while, but messages still go out."""
    await change(database, 2)
    blue.failures.append(TryLater("too many", after=600))
    worker = updater(database, blue)
    await worker.step()
    assert await worker.step() == 0
    async with database.work() as work:
        await work.deliver("second", "c1", "helen", None, "a new stage")
    await Deliverer(database, {"blue": blue}, PlainDesk()).step()
    assert blue.words == ["the case", "a new stage"]
    await pass_leases(database)
    await worker.step()
    assert shown(blue) == ["version 2"]


async def test_a_busy_platform_gets_no_redrawings(database: Database, blue: Recorder) -> None:
    """While a platform takes no messages, it is not asked to redraw cards either."""
    async with database.work() as work:
        for person in ("tom", "helen"):
            await work.deliver(person, None, person, None, "hello")
    blue.failures.extend([TryLater("too many", after=600)] * 2)
    await Deliverer(database, {"blue": blue}, PlainDesk()).step()
    await change(database, 2)
    assert await updater(database, blue).step() == 0


async def test_an_uncertain_redrawing(database: Database, blue: Recorder) -> None:
    """A redrawing whose fate is unknown is done again: twice the same picture harms nobody."""
    await change(database, 2)
    blue.failures.append(Uncertain("the connection broke"))
    worker = updater(database, blue)
    await worker.step()
    assert await worker.step() == 0
    await pass_leases(database)
    await worker.step()
    assert shown(blue) == ["version 2"]


async def test_a_refused_redrawing(database: Database, blue: Recorder) -> None:
    """A card that the platform will not take is left as it is, and a human is told."""
    await change(database, 2)
    blue.failures.append(Refused("not valid"))
    worker = updater(database, blue)
    await worker.step()
    await pass_leases(database)
    assert await worker.step() == 0
    assert [kind for kind, _ in await told(database, "alarms")] == ["refused"]


async def test_nothing_to_show_any_more(database: Database, blue: Recorder) -> None:
    """A card whose notice is not to be shown any more is left as it is."""
    desk = PlainDesk()
    desk.obsolete.add("the case")
    await change(database, 2)
    worker = updater(database, blue, desk)
    await worker.step()
    await change(database, 3)
    assert await worker.step() == 0
    assert blue.updates == []
