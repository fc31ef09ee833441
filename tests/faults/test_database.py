"""The database stalls or is away: nothing is confirmed that is not committed, no words are lost, everything
arrives once it is back, and the platforms have their answers in time all the while."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from bot.store.database import PATIENCE
from playground.faults import HoldAnswer
from playground.house import House
from playground.people import Actor
from playground.story import ABOUT, SPOKEN
from tests.faults.corners import Corner
from tests.faults.door import Door, PostgresDoor, SqliteDoor
from tests.faults.looking import POST, WITHIN, attempts, cases, faults_of, happened, standing, the_case
from tests.faults.wire import Wire
from tests.postgres import Postgres
from tests.stories.filing import filed

COMMITS_AFAR = [Corner("slack", "postgres"), Corner("teams", "postgres")]
"""A file has no wire on which the answer to a commit may be lost."""
NOT_SAVED = "I could not save this just now"


@pytest.fixture
async def postgres_door(postgres: Postgres, postgres_url: str) -> AsyncIterator[PostgresDoor]:
    async with PostgresDoor.before(postgres, postgres_url) as door:
        yield door


@pytest.fixture
def door(request: pytest.FixtureRequest, corner: Corner) -> Door:
    if corner.database == "sqlite":
        return SqliteDoor(request.getfixturevalue("sqlite_url"))
    through: Door = request.getfixturevalue("postgres_door")
    return through


@pytest.fixture
async def house(tmp_path: Path, corner: Corner, door: Door) -> AsyncIterator[House]:
    """Everybody on this platform; the database is behind the door."""
    async with House.open(
        tmp_path, platforms=corner.platforms(), database_url=door.url, patience=PATIENCE
    ) as opened:
        await opened.to_working_time()
        yield opened
        door.free()


async def _comes_to_the_form(jo: Actor) -> None:
    await jo.says("raise")
    await jo.presses("No, go on")
    await jo.submits(SPOKEN)


def _in_time(house: House, platform: str, since: int) -> bool:
    """Whether everything sent since then was answered, and in the time that the platform has."""
    sent = attempts(house.world, platform)[since:]
    return bool(sent) and all(a.status and a.seconds < WITHIN[platform] for a in sent)


async def test_a_form_sent_while_the_database_is_stalled(house: House, platform: str, door: Door) -> None:
    """The form comes back in time with every word in it, nothing is confirmed, and sending it again once the
    database is back files one case."""
    jo, helen = house.world.person("jo"), house.world.person("helen")
    await _comes_to_the_form(jo)
    before = len(attempts(house.world, platform))
    door.stick()
    await jo.submits(ABOUT)
    form = jo.form()
    assert form is not None
    assert NOT_SAVED in form.problem
    assert {field.label: field.shown for field in form.drawing.fields} == ABOUT
    assert _in_time(house, platform, before)
    door.free()
    await jo.submits({})
    before = len(attempts(house.world, platform))
    door.stick()
    await jo.submits({})
    assert not jo.sees("BR-")
    assert _in_time(house, platform, before)
    door.free()
    assert await cases(house.service.database) == []
    await jo.submits({})
    await house.quiet()
    reference = (await the_case(house.service.database)).reference
    assert len(standing(helen, f"Escalation {reference} for you")) == 1


async def test_a_button_pressed_while_the_database_is_stalled(
    house: House, platform: str, door: Door
) -> None:
    """The person is told in time that nothing was saved, nobody else hears of it; the next press counts."""
    await filed(house)
    helen, jo = house.world.person("helen"), house.world.person("jo")
    before = len(attempts(house.world, platform))
    door.stick()
    await helen.presses("Acknowledge")
    await helen.expects("Nothing was saved and nobody was told")
    assert _in_time(house, platform, before)
    door.free()
    await house.quiet()
    assert not jo.sees("has seen this")
    await helen.presses("Acknowledge")
    await house.quiet()
    await jo.expects("Helen Castle has seen this")


async def test_words_typed_while_the_database_is_stalled(house: House, platform: str, door: Door) -> None:
    """An event that could not be saved is not taken, so the platform sends it again, and then it counts."""
    reference = await filed(house)
    helen, jo = house.world.person("helen"), house.world.person("jo")
    async with Wire.before(house) as wire:
        door.stick()
        typing = asyncio.create_task(helen.replies(f"Escalation {reference} for you", "ack"))
        await wire.answered.wait()
        door.free()
        await typing
    assert wire.statuses[0] == 503
    await house.quiet()
    await jo.expects("Helen Castle has seen this")
    assert len(await happened(house.service.database, "acknowledged")) == 1


@pytest.mark.parametrize("corner", COMMITS_AFAR, ids=str)
async def test_the_database_stalls_in_the_very_commit(house: House, postgres_door: PostgresDoor) -> None:
    """Nobody can tell whether it was saved: the words are given back, and sent again they are the same act,
    also where the commit had gone through after all."""
    jo, helen = house.world.person("jo"), house.world.person("helen")
    await _comes_to_the_form(jo)
    await jo.submits(ABOUT)
    postgres_door.stick_at(b"COMMIT")
    await jo.submits({})
    assert postgres_door.stuck.is_set()
    assert not jo.sees("BR-")
    postgres_door.free()
    await jo.submits({})
    await house.quiet()
    await jo.expects("is filed")
    reference = (await the_case(house.service.database)).reference
    assert len(standing(helen, f"Escalation {reference} for you")) == 1


@pytest.mark.parametrize("corner", COMMITS_AFAR, ids=str)
async def test_the_database_goes_away_after_the_commit(house: House, postgres_door: PostgresDoor) -> None:
    """The commit took place and its answer was lost: sending the form again gives the first result."""
    jo, helen = house.world.person("jo"), house.world.person("helen")
    await _comes_to_the_form(jo)
    await jo.submits(ABOUT)
    postgres_door.shut_after(b"COMMIT")
    await jo.submits({})
    assert postgres_door.stuck.is_set()
    assert not jo.sees("BR-")
    postgres_door.shut()
    postgres_door.free()
    await jo.submits({})
    await house.quiet()
    await jo.expects("is filed")
    reference = (await the_case(house.service.database)).reference
    assert len(standing(helen, f"Escalation {reference} for you")) == 1


async def test_the_database_is_away_for_a_while(tmp_path: Path, corner: Corner, door: Door) -> None:
    """A service that runs by itself loses its database with messages on their way: it says that it is not
    ready, confirms nothing, and when the database is back everything arrives once."""
    platform = corner.platform
    async with House.open(
        tmp_path, platforms=corner.platforms(), database_url=door.url, moving=True, patience=PATIENCE
    ) as house:
        jo, helen, priya = (house.world.person(name) for name in ("jo", "helen", "priya"))
        await _comes_to_the_form(jo)
        await jo.submits(ABOUT)
        # The messages have arrived, and only this process will know of it.
        held = faults_of(house.world, platform).next(POST[platform], HoldAnswer(), times=100)
        await jo.submits({})
        await helen.expects("for you")
        await priya.expects("has escalated")
        if isinstance(door, PostgresDoor):
            door.shut()
        else:
            assert isinstance(door, SqliteDoor)
            await door.stick_soon()
        held.release()
        await priya.says("cases")
        await helen.says("ack")
        # Who only reads is not kept out of a file by somebody who holds its lock.
        if isinstance(door, PostgresDoor):
            assert await _status(house, "/readyz") == await _status(house, "/healthz") == 503
        assert not jo.sees("has seen this")
        door.free()
        for person in (helen, priya, jo):
            person.patience = 40
        await helen.presses("Acknowledge")
        await jo.expects("Helen Castle has seen this")
        await helen.expects("Helen Castle has seen it. Nothing is decided.")
        assert await _status(house, "/readyz") == 200
        assert len(standing(jo, "Helen Castle has seen this")) == 1
        assert len(standing(priya, "has escalated")) == 1
        reference = (await the_case(house.service.database)).reference
        assert len(standing(helen, f"Escalation {reference} for you")) == 1


async def _status(house: House, path: str) -> int:
    async with aiohttp.ClientSession() as session, session.get(house.address + path) as answer:
        return answer.status
