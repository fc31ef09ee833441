"""The simulated platforms in a process of their own: `python -m bench.town DIRECTORY`.

Orders come on stdin, one JSON object a line, and each is answered by one on stdout: see `Town`.
"""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

from bench.copies import Home
from bot.app import PLATFORMS
from bot.people import source
from playground import limits, slack_state, teams_state
from playground.world import World

POSTS = ("chat.postMessage", "post_activity")
EDITS = ("chat.update", "update_activity")
_LINE = 64 * 1024 * 1024


class Town:
    """The other end of the pipe. `told` is what it said when it was ready: the addresses for the service's
    settings, and the chat of each person."""

    def __init__(self, process: asyncio.subprocess.Process, told: dict[str, Any]) -> None:
        self._process = process
        self.told = told
        self.homes = {name: Home(**home) for name, home in told["homes"].items()}

    @classmethod
    @asynccontextmanager
    async def running(cls, directory: Path) -> AsyncIterator[Self]:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bench.town", str(directory),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=_LINE,
        )  # fmt: skip
        try:
            yield cls(process, await _answer(process))
        finally:
            process.kill()
            await process.wait()

    async def order(self, **what: Any) -> dict[str, Any]:
        """`serve`: the service's address · `limits`: on or off · `stand`: a file of the cards that stand in
        the chats · `report`: what was taken and refused."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(what).encode() + b"\n")
        return await _answer(self._process)


async def _answer(process: asyncio.subprocess.Process) -> dict[str, Any]:
    assert process.stdout is not None
    line = await process.stdout.readline()
    if not line:
        raise RuntimeError("the simulated platforms have ended")
    told: dict[str, Any] = json.loads(line)
    return told


async def serve(directory: Path) -> None:
    people = source.load(directory, PLATFORMS, two_people=False).people
    async with World(people) as world:
        tell({
            "slack_api_url": world.slack.api_url, "slack_token": world.slack.bot_token,
            "slack_secret": world.slack.signing_secret,
            "homes": {name: asdict(home) for name, home in homes_in(world).items()},
        })  # fmt: skip
        lines = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(lines), sys.stdin
        )
        async for line in lines:
            tell(await carried_out(world, json.loads(line)))


async def carried_out(world: World, order: dict[str, Any]) -> dict[str, Any]:
    if "serve" in order:
        world.serve(order["serve"])
        await world.install()
        await world.settled()
    if "limits" in order:
        on = order["limits"] == "on"
        world.slack.limits = limits.slack() if on else limits.Limits({})
        world.teams.limits = limits.teams() if on else limits.Limits({})
    if "stand" in order:
        all_stand(world, Path(order["stand"]))
    return report(world) if "report" in order else {}


def all_stand(world: World, file: Path) -> None:
    for line in file.read_text("utf-8").splitlines():
        platform, conversation, id_ = json.loads(line)
        stand(world, platform, conversation, id_)


def stand(world: World, platform: str, conversation: str, id_: str) -> None:
    """A card of ours stands in this chat."""
    if platform == "slack":
        bot = world.slack.state.bot_user
        post = slack_state.Post(id_, conversation, bot, "", [])
        world.slack.state.channels[conversation].posts[id_] = post
    else:
        found = teams_state.Post(id_, conversation, world.teams.state.bot, "", [])
        world.teams.state.posts.setdefault(conversation, {})[id_] = found


def report(world: World) -> dict[str, Any]:
    told: dict[str, Any] = {"at": time.time()}
    for name, limit in (("slack", world.slack.limits), ("teams", world.teams.limits)):
        assert limit is not None
        told[name] = {"taken": limit.taken, "refused": limit.refused}
    return told


def homes_in(world: World) -> dict[str, Home]:
    """The chat of everybody who is on a chat platform."""
    found = {}
    for actor in world.people:
        user = actor.client.user
        if actor.platform == "slack":
            state = world.slack.state
            home = Home(actor.id, "slack", state.team_id, state.app_id, state.direct(user).id)
        elif actor.platform == "teams":
            tenant = world.teams
            chat = tenant.state.chat(user)
            home = Home(actor.id, "teams", tenant.tenant_id, tenant.state.bot, chat, tenant.service_url)
        else:
            continue
        found[actor.id] = home
    return found


def tell(what: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
