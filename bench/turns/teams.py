"""A message in Teams → the reply is posted: `python -m bench.turns.teams`.

Braver as it runs, in a process of its own on SQLite, beside the SDK's stock echo bot. Both stand on one core,
the people and a stand-in for Teams' connector on the other. Rounds alternate between the two; of the ratios of
the rounds the median counts. A turn has ended when its reply is posted and its request answered.
"""

import asyncio
import itertools
import json
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import aiohttp
from aiohttp import web

from bot.app import PLATFORMS
from bot.people import source
from bot.settings import Settings
from tests.contracts.identity_provider import IdentityProvider, identity_provider

APP = "11111111-aaaa-4444-8888-000000000001"
TENANT = "22222222-bbbb-4444-8888-000000000002"
PEOPLE = 32
SERVER, DRIVER = 0, 1
"""Cores."""

Json = dict[str, Any]


class Connector:
    """What a bot needs of Teams' connector: takes messages, knows who somebody is."""

    def __init__(self) -> None:
        self.posted = 0
        self.url = ""

    async def post(self, request: web.Request) -> web.Response:
        await request.read()
        self.posted += 1
        return web.json_response({"id": str(self.posted)}, status=201)

    async def member(self, request: web.Request) -> web.Response:
        user = request.match_info["member"]
        email = f"{user.removeprefix('29:')}@bench.example"
        return web.json_response(
            {"id": user, "name": user, "email": email, "userPrincipalName": email, "tenantId": TENANT}
        )

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Connector"]:
        app = web.Application()
        chat = "/emea/v3/conversations/{chat}"
        app.add_routes([
            web.post(f"{chat}/activities", self.post),
            web.post(f"{chat}/activities/{{activity}}", self.post),
            web.get(f"{chat}/members/{{member}}", self.member),
        ])  # fmt: skip
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}/emea/"
        try:
            yield self
        finally:
            await runner.cleanup()


@dataclass(frozen=True, slots=True)
class Server:
    """A process that listens. `pid` tells the system whose time to count."""

    name: str
    url: str
    pid: int

    def cpu(self) -> float:
        """Seconds of processor time that the process has used, its threads included."""
        return time.clock_gettime((~self.pid << 3) | 2)

    @classmethod
    @asynccontextmanager
    async def started(cls, name: str, module: tuple[str, ...], env: Mapping[str, str]) -> AsyncIterator["Server"]:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", *module, env=os.environ | dict(env), stdout=asyncio.subprocess.PIPE,
            preexec_fn=lambda: os.sched_setaffinity(0, {SERVER}),
        )  # fmt: skip
        try:
            assert process.stdout is not None
            async for line in process.stdout:
                with suppress(ValueError):
                    told = json.loads(line)
                    if told.get("event") == "listening":
                        yield cls(name, f"http://127.0.0.1:{told['port']}/api/messages", process.pid)
                        return
            raise RuntimeError(f"{name} did not start")
        finally:
            with suppress(ProcessLookupError):
                process.terminate()
            await process.wait()


class People:
    """Each waits for the answer before they write again."""

    def __init__(self, session: aiohttp.ClientSession, connector: Connector, words: str, token: str) -> None:
        self._session = session
        self._connector = connector
        self._words = words
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._ids = itertools.count(1)
        self.latencies: list[float] = []

    async def turns(self, server: Server, number: int) -> None:
        left = iter(range(number))
        await asyncio.gather(*(self._person(server, who, left) for who in range(PEOPLE)))

    async def _person(self, server: Server, who: int, left: Any) -> None:
        for _ in left:
            began = time.perf_counter()
            async with self._session.post(
                server.url, json=self._activity(who), headers=self._headers
            ) as answer:
                await answer.read()
                if answer.status not in (200, 201, 202):
                    raise RuntimeError(f"{server.name} answered {answer.status}")
            self.latencies.append(time.perf_counter() - began)

    def _activity(self, who: int) -> Json:
        return {
            "type": "message",
            "id": f"{time.time_ns()}{next(self._ids)}",
            "timestamp": "2026-11-26T10:00:00.000Z",
            "localTimestamp": "2026-11-26T10:00:00.000Z",
            "localTimezone": "Europe/London",
            "channelId": "msteams",
            "serviceUrl": self._connector.url,
            "from": {"id": f"29:bench{who}", "name": f"Bench {who}", "aadObjectId": f"aad-{who}"},
            "recipient": {"id": f"28:{APP}", "name": "Braver"},
            "conversation": {"conversationType": "personal", "tenantId": TENANT, "id": f"a:bench{who}"},
            "channelData": {"tenant": {"id": TENANT}},
            "entities": [{"type": "clientInfo", "locale": "en-GB", "country": "GB", "platform": "Web"}],
            "text": self._words,
            "textFormat": "plain",
            "locale": "en-GB",
        }


def directory(folder: Path) -> Path:
    """The example directory with everybody of the bench in it, on Teams."""
    shipped = source.load(Settings().directory, PLATFORMS)
    model = shipped.people[0]
    added = tuple(
        model.model_copy(
            update={
                "id": f"bench{number}", "name": f"Bench Person{number}", "ways": ("teams",),
                "email": f"bench{number}@bench.example",
            }
        )
        for number in range(PEOPLE)
    )  # fmt: skip
    people = tuple(entry.model_copy(update={"ways": ("teams",)}) for entry in shipped.people)
    file = folder / "directory.yaml"
    changed = shipped.model_copy(update={"people": (*people, *added)})
    file.write_text(changed.model_dump_json(exclude_none=True), encoding="utf-8")
    return file


def braver_settings(folder: Path, provider: IdentityProvider | None) -> dict[str, str]:
    settings = {
        "BRAVER_DATABASE_URL": f"sqlite:///{folder}/braver.db",
        "BRAVER_DIRECTORY": str(directory(folder)),
        "BRAVER_PORT": "0",
    }
    if provider is None:
        return settings | {"BRAVER_TEAMS_ALLOW_ANONYMOUS": "true"}
    return settings | {
        "BRAVER_TEAMS_APP_ID": APP,
        "BRAVER_TEAMS_APP_PASSWORD": "secret",
        "BRAVER_TEAMS_TENANT_ID": TENANT,
        "BRAVER_TEAMS_LOGIN_URL": provider.base,
        "BRAVER_TEAMS_KEYS_URL": provider.keys_url,
        "BRAVER_TEAMS_CA_FILE": provider.ca_file,
    }


def echo_settings(provider: IdentityProvider | None) -> dict[str, str]:
    if provider is None:
        return {}
    return {
        "APP_ID": APP,
        "APP_PASSWORD": "secret",
        "TO_BOT_FROM_CHANNEL_TOKEN_ISSUER": provider.settings()["issuer"],
        "TO_BOT_FROM_CHANNEL_OPENID_METADATA_URL": provider.keys_url,
        "TO_CHANNEL_FROM_BOT_LOGIN_URL": provider.base,
        "TO_CHANNEL_FROM_BOT_OAUTH_SCOPE": provider.settings()["scope"],
        "OAUTH_URL": provider.base,
        "REQUESTS_CA_BUNDLE": provider.ca_file,
    }


@dataclass(frozen=True, slots=True)
class Round:
    per_second: float
    cpu_ms: float


async def round_of(server: Server, people: People, connector: Connector, number: int) -> Round:
    posted, cpu, began = connector.posted, server.cpu(), time.perf_counter()
    await people.turns(server, number)
    took, used = time.perf_counter() - began, server.cpu() - cpu
    assert connector.posted - posted == number, "a reply was not posted"
    return Round(number / took, used / number * 1000)


async def measured(words: str, *, signed: bool, rounds: int, profile: str = "") -> None:
    async with AsyncExitStack() as open_:
        folder = Path(open_.enter_context(tempfile.TemporaryDirectory(prefix="braver-bench-")))
        provider = await open_.enter_async_context(identity_provider(TENANT, folder)) if signed else None
        connector = await open_.enter_async_context(Connector().open())
        session = await open_.enter_async_context(
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=PEOPLE))
        )
        token = provider.sign(provider.claims(APP, connector.url)) if provider else ""
        people = People(session, connector, words, token)
        stock = await open_.enter_async_context(
            Server.started("stock echo", ("bench.turns.teams_echo",), echo_settings(provider))
        )
        braver = await open_.enter_async_context(
            Server.started("Braver", ("bot", "run"), braver_settings(folder, provider))
        )
        for server, number in ((stock, 2 * PEOPLE), (braver, 4 * PEOPLE)):
            await people.turns(server, number)
        if profile:
            spy = await asyncio.create_subprocess_exec(
                *profile.split(), "--pid", str(braver.pid)
            )
            await asyncio.gather(people.turns(braver, 4000), spy.wait())
            return
        found: dict[str, list[Round]] = {stock.name: [], braver.name: []}
        for _ in range(rounds):
            found[stock.name].append(await round_of(stock, people, connector, 150))
            found[braver.name].append(await round_of(braver, people, connector, 400))
        for name, each in found.items():
            print(name, "signed" if signed else "anonymous", words,
                  f"{median(one.per_second for one in each):.0f}/s {median(one.cpu_ms for one in each):.2f} ms")
        print("ratio/s", median(b.per_second / a.per_second for a, b in zip(*found.values())),
              "cpu", median(a.cpu_ms / b.cpu_ms for a, b in zip(*found.values())))


if __name__ == "__main__":
    os.sched_setaffinity(0, {DRIVER})
    asyncio.run(measured(sys.argv[1], signed=sys.argv[2] == "signed", rounds=int(sys.argv[3]), profile=" ".join(sys.argv[4:])))
