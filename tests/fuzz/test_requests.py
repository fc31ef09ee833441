"""The whole way in, over HTTP, with the real service behind: whatever is sent, nothing breaks."""

import json
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import structlog

from playground.house import House
from playground.slack_installer import SlackInstaller
from tests.faults.door import SqliteDoor
from tests.fuzz.asking import SLACK, TEAMS, Asked, Asker, Tally, ask, signed
from tests.fuzz.mutating import Seeded, Source
from tests.fuzz.pages import Letter, begun, correspond
from tests.fuzz.shapes import JSON, Json
from tests.stories.people import Pairing
from tests.stories.test_two_workspaces import HEALTH, Workspaces, between_workspaces

BOTH = Pairing("slack", "teams").platforms()
ALL = BOTH | {"helen": "email"}
"""Somebody on each platform."""
BUSY = 80
"""Requests of each kind that are tried in the shorter suite."""


class Logged:
    """What was logged as a mistake of ours while requests came. That a platform refuses an answer is none."""

    def __init__(self, caplog: pytest.LogCaptureFixture, events: Sequence[MutableMapping[str, Any]]) -> None:
        self._caplog = caplog
        self._events = events

    @property
    def mistakes(self) -> list[str]:
        found = [str(event) for event in self._events if event.get("exc_info") or "failed" in event["event"]]
        return found + [
            f"{record.name}: {record.getMessage()} {record.exc_info}"
            for record in self._caplog.records
            if record.exc_info or "failed" in record.getMessage()
        ]


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[Logged]:
    with structlog.testing.capture_logs() as events:
        yield Logged(caplog, events)


async def _sent(
    house: House, asker: Asker, seed: str, number: int, make: Callable[[Source], Asked] | None = None
) -> Tally:
    """`make`: of which kind they are; left out, of any."""
    tally, source = Tally(), Seeded(seed)
    async with aiohttp.ClientSession() as session:
        for _ in range(number):
            asked: Asked = (make or asker.any)(source)
            tally.add(await ask(session, house.address, asked), asked)
    for adapter in house.service.adapters:
        await adapter.settled()
    return tally


async def _still_there(house: House) -> None:
    """Somebody is answered as if nothing had been."""
    for name in ("jo", "helen"):
        await house.world.person(name).says("help")
        await house.quiet()
        await house.world.person(name).expects_new("raise")


async def test_spoilt_requests(database_url: str, tmp_path: Path, logged: Logged) -> None:
    """Each is answered with 2xx or 4xx, nothing is logged as a mistake, and whoever comes next is served."""
    async with House.open(tmp_path, database_url=database_url, platforms=BOTH) as house:
        tally = await _sent(house, Asker.of(house.world), f"spoilt {database_url[:6]}", BUSY * 3)
        assert not tally.wrong, tally.told
        assert tally.statuses[200] > BUSY / 2, "much of it gets behind the first check"
        assert not logged.mistakes, "\n".join(logged.mistakes)
        assert house.service.front_door.connections, "the service stands behind the door"
        await _still_there(house)


async def test_spoilt_requests_for_the_page_of_a_letter(
    database_url: str, tmp_path: Path, logged: Logged
) -> None:
    """Behind a good link, with a session and without one, nothing is a mistake of ours either."""
    async with House.open(tmp_path, database_url=database_url, platforms=ALL) as house:
        await correspond(house)
        asker = Asker.of(house.world)
        assert [letter.cookie != "" for letter in asker.behind if isinstance(letter, Letter)] == [True, False]
        tally = await _sent(house, asker, f"letter {database_url[:6]}", BUSY * 2, asker.of_pages)
        assert not tally.wrong, tally.told
        assert tally.statuses[200] > BUSY / 3, "much of it gets behind the link"
        assert not logged.mistakes, "\n".join(logged.mistakes)
        await _still_there(house)


async def test_spoilt_requests_while_slack_is_installed(
    tmp_path: Path, sqlite_url: str, logged: Logged
) -> None:
    """What comes back from Slack's consent is read as carefully; whoever goes the whole way is let in."""
    async with between_workspaces(tmp_path, sqlite_url) as house:
        world = house.world
        assert isinstance(world, Workspaces)
        async with SlackInstaller(world.several, house.address) as somebody:
            backs = [await somebody.choose(await somebody.begin(), HEALTH) for _ in range(BUSY // 4)]
            asker = replace(Asker.of(world), behind=tuple(map(begun, backs)))
            tally = await _sent(house, asker, "installing", BUSY * 2, asker.of_pages)
            assert not tally.wrong, tally.told
            assert world.several.exchanges > 10, "many a code gets to Slack"
            assert not logged.mistakes, "\n".join(logged.mistakes)
            assert (await somebody.install(HEALTH)).status == 200
        await _still_there(house)


async def test_shapes_that_the_sdk_takes_for_granted(tmp_path: Path, logged: Logged) -> None:
    """Bolt reads who, where and for whom before any of our code does: what it cannot read is no request."""
    spoilt: tuple[Json, ...] = (
        {"authorizations": [None]}, {"authorizations": ["x"]}, {"enterprise": "x", "authorizations": [7]},
        {"event": {"channel": False}}, {"event": {"channel": 7}}, {"event": {"user": 7}}, {"user_id": 7},
        {"is_ext_shared_channel": True, "event": {"team": 7, "channel": 7}},
    )  # fmt: skip
    async with House.open(tmp_path, platforms=BOTH) as house, aiohttp.ClientSession() as session:
        asker = Asker.of(house.world)
        for wrong in spoilt:
            body = dict(asker.slack["event-message-im"])
            body.update(wrong, event={**body["event"], **wrong.get("event", {})})
            asked = Asked("POST", SLACK, {"Content-Type": JSON}, json.dumps(body).encode(), "spoilt")
            status = await ask(session, house.address, signed(asked, asker.secret))
            assert 200 <= status < 500, f"{wrong}: {status}"
        assert not logged.mistakes, "\n".join(logged.mistakes)
        await house.service.adapters[0].settled()
        await _still_there(house)


async def test_words_that_no_database_keeps(postgres_url: str, tmp_path: Path, logged: Logged) -> None:
    """A NUL or half a character among somebody's words is left out, and the words count as typed."""
    async with House.open(tmp_path, database_url=postgres_url, platforms=BOTH) as house:
        asker, jo = Asker.of(house.world), house.world.person("jo")
        slack, teams = asker.slack["event-message-im"], asker.teams["message-personal"]
        typed = "he\x00l\ud800p"
        said = json.dumps({**slack, "event": {**slack["event"], "text": typed}}).encode()
        written = Asked("POST", SLACK, {"Content-Type": JSON}, said, "words")
        body = json.dumps({**teams, "text": typed}).encode()
        told = Asked("POST", TEAMS, {"Content-Type": JSON}, body, "words")
        async with aiohttp.ClientSession() as session:
            assert await ask(session, house.address, signed(written, asker.secret)) == 200
            assert await ask(session, house.address, told) == 200
        await house.quiet()
        await jo.expects("How Braver works")
        on_teams = [actor for actor in house.world.people if actor.platform == "teams"]
        assert any(actor.sees("How Braver works") for actor in on_teams)
        assert not logged.mistakes, "\n".join(logged.mistakes)


async def test_spoilt_requests_while_the_database_is_away(tmp_path: Path, logged: Logged) -> None:
    """Then there is 503 as well, and no other 5xx."""
    async with House.open(tmp_path, platforms=BOTH, patience=0.05) as house:
        door = SqliteDoor(house.service.settings.database_url)
        asker = Asker.of(house.world)
        door.stick()
        try:
            tally = await _sent(house, asker, "away", BUSY)
        finally:
            door.free()
        assert {status for status, _ in tally.wrong} <= {503}, tally.told
        assert tally.statuses[503]
        assert not logged.mistakes, "\n".join(logged.mistakes)


@pytest.mark.full
@pytest.mark.parametrize("seed", range(4))
async def test_many_spoilt_requests(seed: int, tmp_path: Path, logged: Logged) -> None:
    async with House.open(tmp_path, platforms=ALL) as house:
        await correspond(house)
        tally = await _sent(house, Asker.of(house.world), f"many {seed}", 1_000)
        assert not tally.wrong, tally.told
        assert not logged.mistakes, "\n".join(logged.mistakes)
        await _still_there(house)
