"""The outside: `/healthz`, `/metrics` and the heartbeat notice what nobody in the chat can be told of."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from pydantic import SecretStr

from bot import heartbeat
from bot.chat.port import Unreachable
from bot.chat.turn import Place
from bot.doctor.heartbeat import heartbeat_findings
from bot.engine import loop, pulse
from bot.engine.pulse import Pulse
from bot.heartbeat import Heartbeat
from playground.house import House
from tests.units.recorder import meddle

SECRET = "b0a7-4c1e-secret"


@dataclass
class Outside:
    """Who keeps the address: a real server, that counts calls and answers as it is told."""

    url: str = ""
    answer: Callable[[web.Request], Awaitable[web.StreamResponse]] | None = None
    calls: list[str] = field(default_factory=list)

    async def _met(self, request: web.Request) -> web.StreamResponse:
        self.calls.append(f"{request.method} {request.path}")
        return await self.answer(request) if self.answer else web.Response(text="OK")

    @classmethod
    @asynccontextmanager
    async def open(cls) -> AsyncIterator["Outside"]:
        outside = cls()
        application = web.Application()
        application.router.add_route("*", "/{tail:.*}", outside._met)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        outside.url = f"http://127.0.0.1:{runner.addresses[0][1]}/ping/{SECRET}"
        try:
            yield outside
        finally:
            await runner.cleanup()


@pytest.fixture
async def outside() -> AsyncIterator[Outside]:
    async with Outside.open() as outside:
        yield outside


async def _beat(outside: Outside, *failing: str, seconds: float = 5.0) -> bool:
    async with heartbeat.session(outside.url, seconds) as calls:
        return await Heartbeat(outside.url, lambda: failing).step(calls)


async def test_it_is_called_while_all_is_well(outside: Outside) -> None:
    assert await _beat(outside)
    assert outside.calls == [f"GET /ping/{SECRET}"]


async def test_it_is_not_called_when_anything_is_wrong(outside: Outside) -> None:
    assert not await _beat(outside, "loop_sweeper")
    assert outside.calls == []


async def test_nobody_is_sent_on_to_somewhere_else(
    outside: Outside, capsys: pytest.CaptureFixture[str]
) -> None:
    """The address that was set is called, and no other; the log names the host alone."""

    async def elsewhere(_: web.Request) -> web.StreamResponse:
        raise web.HTTPFound("/elsewhere")

    outside.answer = elsewhere
    assert not await _beat(outside)
    assert outside.calls == [f"GET /ping/{SECRET}"]
    said = "".join(capsys.readouterr())
    assert "127.0.0.1" in said
    assert SECRET not in said


async def test_one_that_does_not_answer_holds_nobody(
    outside: Outside, capsys: pytest.CaptureFixture[str]
) -> None:
    """The call is given up, and the secret stands in no log."""
    hanging = asyncio.Event()

    async def hang(_: web.Request) -> web.StreamResponse:
        await hanging.wait()
        return web.Response()

    outside.answer = hang
    assert not await _beat(outside, seconds=0.1)
    hanging.set()
    assert SECRET not in "".join(capsys.readouterr())


async def test_one_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    gone = Outside(url=f"http://127.0.0.1:9/ping/{SECRET}")
    assert not await _beat(gone)
    assert SECRET not in "".join(capsys.readouterr())


async def test_a_loop_that_hangs_is_noticed() -> None:
    """One whose step does not come back, and one whose step fails each time; not one that waits for work."""
    now = 0.0
    beats = Pulse(lambda: now)
    turns = asyncio.Semaphore(0)

    class Nobody:
        def bell(self) -> object:
            return self

        def hush(self, _: object) -> None: ...

        def clear(self) -> None: ...

        async def wait(self, _: float) -> None:
            turns.release()
            await asyncio.sleep(0)

    async def idle() -> int:
        return 0

    async def pause() -> float:
        return 0.0

    async def hangs() -> int:
        await asyncio.Event().wait()
        return 0

    async def fails() -> int:
        raise RuntimeError("each time")

    steps = {"idles": idle, "hangs": hangs, "fails": fails}
    tasks = [
        asyncio.create_task(loop.run(name, Nobody(), step, pause, beats))  # type: ignore[arg-type]
        for name, step in steps.items()
    ]
    try:
        await turns.acquire()
        assert not beats.silent
        now = pulse.LIMIT + 1
        for _ in range(20):
            await turns.acquire()
        assert beats.silent == ("fails", "hangs")
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _told(house: House, path: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(house.address + path) as answer:
        return answer.status, await answer.text()


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not holds():  # noqa: ASYNC110 - what it waits for is another machine's doing
            await asyncio.sleep(0.02)


async def _looks_until(house: House, status: int) -> None:
    """Each look goes on for a moment only, from where the last one stopped."""
    for _ in range(50):
        _ = await house.service.engine.watchdog.step()
        if (await _told(house, "/healthz"))[0] == status:
            return
    raise AssertionError(f"the health is never {status}")


async def test_a_whole_service(tmp_path: Path, outside: Outside, monkeypatch: pytest.MonkeyPatch) -> None:
    """It beats while all is well. When a case is spoilt, its health says what, and it beats no more; when a
    loop of the engine stands still, or the watchdog itself, that is named too."""
    monkeypatch.setattr(heartbeat, "EVERY", 0.05)
    settings = {"heartbeat_url": SecretStr(outside.url)}
    async with House.open(tmp_path, moving=True, settings=settings) as house:
        engine = house.service.engine
        await _until(lambda: len(outside.calls) > 2)
        assert (await _told(house, "/healthz"))[0] == 200
        metrics = (await _told(house, "/metrics"))[1]
        assert 'braver_audit_findings{kind="chain"} 0.0' in metrics
        assert 'braver_loop_age_seconds{loop="watchdog"}' in metrics

        await meddle(house.service.database, "UPDATE events SET actor = 'x' WHERE stream = 'directory'")
        await _looks_until(house, 503)
        assert '"failing": ["chain"]' in (await _told(house, "/healthz"))[1]
        assert 'braver_audit_findings{kind="chain"} 1.0' in (await _told(house, "/metrics"))[1]
        outside.calls.clear()
        await asyncio.sleep(0.2)
        assert outside.calls == []

        await meddle(house.service.database, "UPDATE events SET actor = '' WHERE stream = 'directory'")
        await _looks_until(house, 200)
        await _until(lambda: bool(outside.calls))
        for name in ("sweeper", "watchdog"):
            before = engine.pulse._turns[name]
            engine.pulse._turns[name] -= 2 * pulse.LIMIT
            assert engine.failing == (f"loop_{name}",)
            status, said = await _told(house, "/healthz")
            assert (status, f"loop_{name}" in said) == (503, True)
            engine.pulse._turns[name] = before


async def test_an_alarm_that_reaches_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The coordinator can't be reached, nor the first safeguarding lead: the next one learns that something
    is wrong, and not with which case; `/healthz` fails until something reaches the coordinator again."""
    shut: set[str] = set()
    async with House.open(tmp_path) as house:
        service = house.service
        directory = service.house.directory
        sam, ruth, noor = (house.world.person(id) for id in ("sam", "ruth", "noor"))
        assert directory.coordinator == "sam"
        for platform in service.inbox.platforms.values():

            async def reached(email: str, known: Sequence[Place], reach: Any = platform.reach) -> Place:
                if email in shut:
                    raise Unreachable("the account is gone")
                place: Place = await reach(email, known)
                return place

            monkeypatch.setattr(platform, "reach", reached)
        await house.quiet()
        for id in ("sam", "ruth"):
            entry = directory.person(id)
            assert entry is not None
            shut.add(entry.email)
        async with service.database.work() as work:
            await service.desk.alarm(work, "without_clock", "BR-7KX2M")
        await house.quiet()
        words = "Braver needs a look, and the coordinator can't be reached: a case has no running clock"
        assert (await noor.expects(words)) is not None
        assert not ruth.sees("a case has no running clock")
        assert not noor.sees("BR-7KX2M")
        status, said = await _told(house, "/healthz")
        assert (status, '"failing": ["unheard"]' in said) == (503, True)

        shut.clear()
        async with service.database.work() as work:
            await service.desk.alarm(work, "without_clock", "BR-7KX2M", still=True)
        await house.quiet()
        await sam.expects("Braver still needs a look: a case has no running clock")
        assert sam.sees("BR-7KX2M")
        assert (await _told(house, "/healthz"))[0] == 200


async def test_the_doctor_asks_the_host_alone(outside: Outside) -> None:
    """Calling the address itself would be a sign of life of a service that may be down."""
    (found,) = await heartbeat_findings(outside.url)
    assert (found.state, outside.calls) == ("ok", ["HEAD /"])
    (unset,) = await heartbeat_findings("")
    assert unset.state == "look"
    (gone,) = await heartbeat_findings(f"http://127.0.0.1:9/ping/{SECRET}")
    assert gone.state == "fix"
    assert SECRET not in f"{found}{gone}"
