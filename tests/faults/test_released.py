"""What the release before wrote and sent is understood: its database, its buttons and forms wherever they
still stand, and the requests that a platform sends once more.

What it was is kept in `tests/units/released`, with the program that recorded it.
"""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

import aiohttp
import pytest
from botbuilder.schema import Activity
from pydantic import BaseModel
from sqlalchemy import text

from adapters.slack import intake as slack_intake
from adapters.teams import intake as teams_intake
from bot.chat.action import Action, Payload
from bot.chat.memory import State
from bot.chat.turn import Act, Incoming, Pressed, Submitted
from bot.desk.engine import CaseDesk
from bot.escalation import events as e
from bot.guidance.words import Words
from bot.keys.closing import closed
from flows import all_flows
from playground.house import House
from playground.slack_service import signed
from tests.faults.looking import counted

K = TypeVar("K", bound=BaseModel)
words = Words("home")
KEPT = Path(__file__).parent.parent / "units" / "released"
RELEASES = sorted(path.stem.removeprefix("database-") for path in KEPT.glob("database-*.sql"))
NOTICES = (
    "SELECT notice, recipient, case_id FROM deliveries UNION SELECT notice, person, case_id FROM posted_cards"
)


def kept(name: str, release: str) -> Any:
    return json.loads((KEPT / f"{name}-{release}.json").read_text(encoding="utf-8"))


@pytest.fixture(params=RELEASES)
def release(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(params=[False, True], ids=["as-it-was", "sealed"])
async def house(tmp_path: Path, release: str, request: pytest.FixtureRequest) -> AsyncIterator[House]:
    """On the database of that release, at the moment when it was left: in the open as it was, or sealed."""
    await asyncio.to_thread(_restore, tmp_path / "braver.db", release)
    async with House.open(tmp_path) as opened:
        if request.param:
            assert await closed(opened.service.database)
        yield opened


def _restore(file: Path, release: str) -> None:
    with closing(sqlite3.connect(file)) as database:
        database.executescript((KEPT / f"database-{release}.sql").read_text(encoding="utf-8"))
        (last,) = database.execute("SELECT max(at) FROM events").fetchone()
        shift = datetime.fromisoformat(last).replace(tzinfo=UTC) - datetime.now(UTC)
        database.execute("UPDATE clock SET shift_seconds = ?", (shift.total_seconds(),))
        database.commit()


async def test_its_database_goes_on(house: House) -> None:
    """Each history is whole, each card and message can still be drawn, what was on its way arrives, and the
    clocks that it set run out as they should."""
    service = house.service
    desk = CaseDesk(service.house)
    async with service.database.reading() as work:
        for name in await work.streams_after("", 1_000):
            assert await work.verify(name) == []
        for notice, person, case_id in (await work._execute(text(NOTICES))).all():
            assert await desk.draw(work, notice, person, case_id) is not None, notice
        assert (await work.under_way()).get("ready")
    await house.quiet()
    async with service.database.reading() as work:
        assert await work.under_way() == {}
    for _ in range(3):
        await house.to_next_deadline()
    health = await service.engine.watchdog.step()
    assert health.well, health


async def test_what_a_platform_sends_once_more_has_its_first_answer(house: House, release: str) -> None:
    """Each request of then is read, known as done, and answered with what was kept of it."""
    requests = [
        _request(house, platform, body)
        for platform, bodies in kept("requests", release).items()
        for body in bodies
    ]
    async with aiohttp.ClientSession() as session:
        answers = await asyncio.gather(*(session.post(**request) for request in requests))
    assert {answer.status for answer in answers} == {200}
    for adapter in house.service.adapters:
        await adapter.settled()
    assert counted(house, "braver_turns_failed") == 0
    assert counted(house, "braver_turns_repeated") == len(requests)


def _request(house: House, platform: str, body: str) -> dict[str, Any]:
    if platform == "teams":
        url = house.address + "/api/messages"
        return {"url": url, "data": body, "headers": {"Content-Type": "application/json"}}
    content = "application/json" if body.startswith("{") else "application/x-www-form-urlencoded"
    headers = {"Content-Type": content, **signed(house.world.slack.signing_secret, body)}
    return {"url": house.address + "/slack/events", "data": body, "headers": headers}


async def test_its_buttons_and_forms_still_work(house: House, release: str) -> None:
    """Whoever presses one, or sends a form that was open, gets an answer, and never that it is too old."""
    # Of the same kind one is enough, of each person.
    acts = {f"{one.account.user}:{_kind(one.act)}": one for one in _acts(house, release)}
    assert len(acts) > 50
    too_old = words("outdated.title")
    for number, incoming in enumerate(acts.values()):
        replies = await house.service.inbox.receive(replace(incoming, key=f"released:{number}"))
        assert replies, incoming.act
        assert too_old not in str(replies), incoming.act
    assert counted(house, "braver_turns_failed") == 0
    assert (await house.service.engine.watchdog.look()).without_clock == ()


def _acts(house: House, release: str) -> Iterator[Incoming]:
    """A press of each button, and a sending of each form, that stood on a screen."""
    shown, requests = kept("shown", release), kept("requests", release)
    zone = ZoneInfo(house.service.house.policy.calendar.zone)
    pressed = next(read for body in requests["slack"] if (read := _payload(body))["type"] == "block_actions")
    for one in shown["slack"]:
        raw = pressed | {"user": pressed["user"] | {"id": one["user"]}}
        if "view" in one:
            heard = slack_intake.submission(raw | {"view": one["view"]}, zone)
        else:
            raw["actions"] = [pressed["actions"][0] | {"value": one["value"]}]
            raw["channel"] = pressed["channel"] | {"id": one["conversation"]}
            raw["message"] = pressed["message"] | {"ts": one["message"]}
            heard = slack_intake.press(raw)
        assert heard is not None, one
        yield heard.incoming
    like = json.loads(requests["teams"][0])
    for one in shown["teams"]:
        sent_back = {"type": "message", "replyToId": one["message"], "value": one["data"]}
        raw = like | sent_back
        raw["from"], raw["conversation"] = {"id": one["user"]}, {"id": one["conversation"]}
        arrival = teams_intake.read(Activity.deserialize(raw))
        assert isinstance(arrival, teams_intake.Arrival), one
        yield arrival.incoming


def _kind(act: Act) -> str:
    return f"{act.kind}:{act.payload.name}" if isinstance(act, Pressed | Submitted) else str(act)


def _payload(body: str) -> dict[str, Any]:
    """What a form-encoded request of Slack carries."""
    carried: dict[str, Any] = json.loads(parse_qs(body).get("payload", ['{"type": ""}'])[0])
    return carried


def test_every_kind_of_event_is_read(release: str) -> None:
    """With every field that it had."""
    for kind, body in kept("shapes", release)["events"].items():
        assert _still_in(e.restore(kind, body).model_dump(mode="json"), body), kind


def _still_in(now: Any, then: Any) -> bool:
    """Whether all that was there is there as it was; a part may have fields that it had not."""
    if isinstance(then, dict):
        return all(key in now and _still_in(now[key], value) for key, value in then.items())
    if isinstance(then, list):
        return len(now) == len(then) and all(map(_still_in, now, then))
    return bool(now == then)


def test_every_button_and_form_is_answered(release: str) -> None:
    """Somebody still answers to its name, and reads what it says, whatever it is called by now."""
    known = {kind.name: kind for kind in _below(Action)}
    answered = {name for flow in all_flows() for name in flow.buttons}
    for name, value in kept("shapes", release)["actions"].items():
        payload = Payload.decode(value)
        assert payload is not None, name
        assert known[name].parse(payload) is not None, name
        assert name in answered, name


def test_what_a_conversation_remembered_is_read(release: str) -> None:
    known = {kind.name: kind for kind in _below(State)}
    for name, state in kept("shapes", release)["states"].items():
        assert known[name].restore(state["version"], state["data"]) is not None, name


def _below(kind: type[K]) -> Iterator[type[K]]:
    for one in kind.__subclasses__():
        if "name" in vars(one):
            yield one
        yield from _below(one)
