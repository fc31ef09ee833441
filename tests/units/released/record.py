"""Records what a release writes and sends, for the tests of those after it. Run once, with that release:

    git archive COMMIT | tar --extract --directory FOLDER
    cd FOLDER; PYTHONPATH=. python …/tests/units/released/record.py RELEASE …/tests/units/released

It plays the story and leaves a second case open, with messages not sent yet. Written are
`database-RELEASE.sql` (the SQLite file, as statements), `requests-RELEASE.json` (each request of a platform,
as it came), `shown-RELEASE.json` (the buttons and forms that stand on the screens, as their platforms hold
them) and `shapes-RELEASE.json` (one of each kind of event, action and conversation state, with every field
filled).
"""

import asyncio
import json
import sqlite3
import sys
import tempfile
import types
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import AwareDatetime, BaseModel

from bot.chat.action import Action
from bot.chat.memory import Question, State
from bot.escalation.events import Event
from bot.escalation.policy import Policy
from bot.policies import source as policies
from playground.house import EXAMPLE, House
from playground.story import ABOUT, SPOKEN, play

Json = dict[str, Any]
MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
PLATFORMS = {
    "jo": "slack",
    "priya": "slack",
    "kit": "slack",
    "helen": "teams",
    "leo": "teams",
    "tom": "teams",
}


LEFT_OUT = ("installationUpdate", "conversationUpdate", '"bot_id"')
"""In requests of which there are many that say little: Braver was installed, or Braver itself has spoken."""


async def main(release: str, out: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with House.open(Path(folder), platforms=PLATFORMS) as house:
            await house.to_working_time()
            await play(house)
            await _talk(house)
            await _file_and_leave(house)
            world = house.world
            attempts = {"slack": world.slack.attempts, "teams": world.teams.attempts}
            requests = {
                name: [
                    one.body for one in sent if one.status == 200 and not any(w in one.body for w in LEFT_OUT)
                ]
                for name, sent in attempts.items()
            }
            shown = {"slack": list(_shown_in_slack(house)), "teams": list(_shown_in_teams(house))}
        with sqlite3.connect(Path(folder) / "braver.db") as file:
            _write(out / f"database-{release}.sql", "\n".join(file.iterdump()))
    _write(out / f"requests-{release}.json", requests)
    _write(out / f"shown-{release}.json", shown)
    _write(out / f"shapes-{release}.json", _shapes())


async def _talk(house: House) -> None:
    """Every conversation that remembers something is begun, and not ended."""
    jo, kit, helen = (house.world.person(name) for name in ("jo", "kit", "helen"))
    for words in (
        "menu",
        "help",
        "plan",
        "rehearse",
        "braver",
        "numbers",
        "entry",
        "away",
        "cases",
        "briefing",
    ):
        await jo.says(words)
        await helen.says(words)
        await house.quiet()
    await kit.says("raise")
    await kit.presses("No, go on")
    await kit.submits(SPOKEN)


async def _file_and_leave(house: House) -> None:
    """Jo files; Helen acknowledges; nothing that this brings about is sent any more."""
    jo, helen = house.world.person("jo"), house.world.person("helen")
    await jo.says("raise")
    await jo.presses("No, go on")
    await jo.submits(SPOKEN)
    await jo.submits(ABOUT)
    await jo.submits({})
    await house.quiet()
    await helen.presses("Acknowledge")
    await helen.presses("Answer")
    await house.world.settled()
    for adapter in house.service.adapters:
        await adapter.settled()


def _shown_in_slack(house: House) -> Iterator[Json]:
    state = house.world.slack.state
    for channel in state.channels.values():
        for user in channel.members if channel.kind == "im" else ():
            for post in channel.posts.values():
                for button in _with(post.blocks, "type", "button"):
                    yield {
                        "user": user,
                        "conversation": channel.id,
                        "message": post.ts,
                        "value": button["value"],
                    }
    for user, views in state.stacks.items():
        for view in views:
            yield {"user": user, "view": {**view.json, "state": {"values": view.state}}}


def _shown_in_teams(house: House) -> Iterator[Json]:
    state = house.world.teams.state
    for chat, user in state.chats.items():
        for post in state.posts.get(chat, {}).values():
            for data in _having(post.cards, "braver"):
                yield {"user": user, "conversation": chat, "message": post.id, "data": data}


def _with(value: Any, key: str, wanted: str) -> Iterator[Json]:
    """Each object in it whose `key` is `wanted`."""
    for one in _having(value, key):
        if one[key] == wanted:
            yield one


def _having(value: Any, key: str) -> Iterator[Json]:
    if isinstance(value, dict):
        if key in value:
            yield value
        for one in value.values():
            yield from _having(one, key)
    elif isinstance(value, list):
        for one in value:
            yield from _having(one, key)


def _shapes() -> Json:
    return {
        "events": {kind.kind: _made(kind).model_dump(mode="json") for kind in Event.__subclasses__()},
        "actions": {kind.name: _action(kind) for kind in _below(Action)},
        "states": {kind.name: _state(kind) for kind in _below(State) if kind is not Question},
    }


def _action(kind: Any) -> str:
    return str(_made(kind).payload().encode())


def _state(kind: Any) -> Json:
    return {"version": kind.version, "data": _made(kind).model_dump(mode="json")}


def _below(kind: Any) -> Iterator[Any]:
    for one in kind.__subclasses__():
        if "name" in vars(one):
            yield one
        yield from _below(one)


def _made(kind: Any) -> Any:
    """One of this kind, with every field filled."""
    if kind is Policy:
        return policies.load(EXAMPLE)
    filled = {name: _value(field.annotation, name) for name, field in kind.model_fields.items()}
    try:
        return kind(**filled)
    except ValueError:
        # Some fields exclude each other: then those that must be there.
        return kind(
            **{name: filled[name] for name, field in kind.model_fields.items() if field.is_required()}
        )


def _value(of: Any, name: str) -> Any:
    made: Any
    origin, inner = get_origin(of), get_args(of)
    if origin in (Union, types.UnionType):
        return _value(next(one for one in inner if one is not type(None)), name)
    if origin is Literal:
        return inner[0]
    if origin in (tuple, list, frozenset, set):
        made = [_value(one, name) for one in inner if one is not Ellipsis]
        return origin(made)
    if origin is dict:
        return {_value(inner[0], name): _value(inner[1], name)}
    if origin is not None and inner:
        return _value(inner[0], name)
    plain = {
        str: f"{name} of then", int: 1, float: 1.0, bool: True, datetime: MONDAY, AwareDatetime: MONDAY,
        date: MONDAY.date(),
        time: MONDAY.time(), timedelta: timedelta(hours=1),
    }  # fmt: skip
    if of in plain:
        return plain[of]
    if isinstance(of, type) and issubclass(of, BaseModel):
        return _made(of)
    if is_dataclass(of):
        hints, made = get_type_hints(of), of
        return made(**{field.name: _value(hints[field.name], field.name) for field in fields(of)})
    raise TypeError(f"{name}: nothing is known of {of}")


def _write(path: Path, what: Any) -> None:
    text = what if isinstance(what, str) else json.dumps(what, ensure_ascii=False, separators=(",", ":"))
    path.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
