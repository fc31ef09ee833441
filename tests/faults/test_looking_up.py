"""Slack does not let Braver read what was said, or only once in a minute: nothing is lost for want of it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.slack import limits
from playground.faults import DropAfter, Fault, Refuse, TooMany
from playground.house import House
from tests.faults.elapsing import elapse
from tests.faults.filing import filed_and_not_sent
from tests.faults.looking import POST, counted, happened, standing
from tests.stories.people import Pairing

MARK = "This message may have reached you before"
READ = "conversations.history"
SOON, MINUTE = timedelta(seconds=6), timedelta(seconds=61)
HANGS_UP = DropAfter()


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with House.open(tmp_path, platforms=Pairing("slack", "slack").platforms()) as opened:
        await opened.to_working_time()
        yield opened


async def _filed_into_doubt(house: House) -> str:
    """Nobody knows whether the first message to each of the three has arrived. The reference."""
    reference = await filed_and_not_sent(house)
    house.world.slack.faults.next(POST["slack"], HANGS_UP, times=3)
    await house.quiet()
    await elapse(house.service.database, SOON)
    return reference


async def _goes_on(house: House, reference: str, copies: int) -> None:
    """Each has so many; the last one's button counts, and every card that is known follows."""
    helen, jo = house.world.person("helen"), house.world.person("jo")
    cards = standing(helen, f"Escalation {reference} for you")
    assert [MARK in card.words for card in cards] == [False, True][:copies]
    await helen.presses("Acknowledge", on=cards[-1])
    await house.quiet()
    await jo.expects("Helen Castle has seen this")
    assert len(await happened(house.service.database, "acknowledged")) == 1
    async with house.service.database.reading() as work:
        assert await work.under_way() == {}


async def test_without_the_right_to_read(house: House) -> None:
    """The workspace did not grant reading: what is in doubt comes once more, says so, and is counted."""
    house.world.slack.scopes.discard("im:history")
    reference = await _filed_into_doubt(house)
    await house.quiet()
    await _goes_on(house, reference, copies=2)
    assert counted(house, "braver_deliveries_repeated") == 3


@pytest.mark.parametrize("refusal", [Refuse("not_in_channel"), Refuse("invalid_arguments")])
async def test_where_reading_is_refused(house: House, refusal: Fault) -> None:
    """Whatever else Slack says against reading: the message itself still goes out."""
    reference = await _filed_into_doubt(house)
    house.world.slack.faults.next(READ, refusal, times=100)
    await house.quiet()
    await _goes_on(house, reference, copies=2)


async def test_where_more_was_said_than_is_looked_through(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A search that stops early has not found that nothing is there: what is sent again says so."""
    monkeypatch.setattr(limits, "FIND_PAGES", 0)
    reference = await _filed_into_doubt(house)
    await house.quiet()
    await _goes_on(house, reference, copies=2)
    assert counted(house, "braver_deliveries_repeated") == 3


async def test_reading_once_in_a_minute(house: House) -> None:
    """The quota is waited for once, and nobody else waits for it. Who could be looked up by then gets nothing
    twice; the others get theirs once more, two minutes after the first at the latest."""
    reference = await _filed_into_doubt(house)
    faults, database = house.world.slack.faults, house.service.database
    quota = faults.next(READ, TooMany(after=60), times=100)
    await house.quiet()
    async with database.reading() as work:
        assert await work.under_way() == {"uncertain": 3}
        assert await work.blocks() == {}
    assert [met for _, met in faults.struck].count(quota) == 3
    await elapse(database, MINUTE)
    await house.quiet()
    await _goes_on(house, reference, copies=2)
    assert [met for _, met in faults.struck].count(quota) == 6


async def test_reading_after_a_minute(house: House) -> None:
    """A minute later reading works: what arrived is found, and comes only once."""
    reference = await _filed_into_doubt(house)
    faults = house.world.slack.faults
    faults.next(READ, TooMany(after=60), times=3)
    await house.quiet()
    await elapse(house.service.database, MINUTE)
    await house.quiet()
    await _goes_on(house, reference, copies=1)
    assert counted(house, "braver_deliveries_repeated") == 0
