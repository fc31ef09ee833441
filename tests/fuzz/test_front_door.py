"""The port itself, by raw sockets: whoever is slow, silent, endless or many keeps nobody else out."""

import asyncio
import contextlib
import gzip
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web

from adapters.email import limits as email_limits
from adapters.slack import limits as slack_limits
from adapters.teams import limits as teams_limits
from bot.serving import Bounds, FrontDoor
from tests.contracts.email_site import email_site
from tests.contracts.slack_harness import slack_harness
from tests.contracts.teams_harness import teams_harness
from tests.fuzz.shapes import FORM, JSON

HASTY = Bounds(connections=4, first=0.4, kept=0.4, request=0.8, headers=20, line=2_000)
"""So short that no test waits for long; what is compared is what happens, and not when."""
LONG = 20.0
"""Seconds until a test gives up: many times the bounds above, on any machine."""
Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _answers(request: web.Request) -> web.Response:
    return web.Response(text="well")


async def _echoes(request: web.Request) -> web.Response:
    return web.Response(text=str(len(await request.read())))


async def _floods(request: web.Request) -> web.Response:
    return web.Response(body=b"x" * 50_000_000)


@asynccontextmanager
async def _open(bounds: Bounds = HASTY) -> AsyncIterator[tuple[FrontDoor, int]]:
    application = web.Application()
    application.add_routes([web.get("/", _answers), web.post("/", _echoes), web.get("/flood", _floods)])
    door = FrontDoor(bounds)
    async with door.serving(application, "127.0.0.1", 0) as port:
        yield door, port


async def _hung_up(reader: asyncio.StreamReader) -> bytes:
    """What was answered until the other side hung up."""
    async with asyncio.timeout(LONG):
        with contextlib.suppress(ConnectionError):
            return await reader.read()
        return b""


async def _trickle(writer: asyncio.StreamWriter, piece: bytes) -> None:
    """The piece again and again, as long as anybody listens."""
    with contextlib.suppress(ConnectionError):
        while True:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.05)


async def _until(is_so: Callable[[], bool]) -> None:
    for _ in range(int(LONG / 0.02)):
        if is_so():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it never came to be so")


async def _served(port: int) -> str:
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(LONG)) as session,
        session.get(f"http://127.0.0.1:{port}/") as answer,
    ):
        return await answer.text()


@pytest.mark.parametrize(
    ("first", "piece"),
    [
        (b"", b""),
        (b"G", b""),
        (b"GET / HTTP/1.1\r\nHost: x\r\n", b"X-A: b\r\n"[:1]),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX-A: ", b"b"),
    ],
    ids=["silent", "one letter", "headers trickled", "one header trickled"],
)
async def test_a_slow_client_is_cut_off(first: bytes, piece: bytes) -> None:
    """Who does not come to the end of the headers is hung up on, however lively the trickle."""
    async with _open() as (_, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(first)
        trickle = asyncio.create_task(_trickle(writer, piece))
        answer = await _hung_up(reader)
        assert b" 200 " not in answer
        trickle.cancel()
        writer.close()
        assert await _served(port) == "well"


async def test_a_trickled_second_request_is_cut_off() -> None:
    """A kept connection is no place to be slow either."""
    async with _open() as (_, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        async with asyncio.timeout(LONG):
            assert b"200" in await reader.readline()
        writer.write(b"GET / HTTP/1.1\r\nX-A: ")
        trickle = asyncio.create_task(_trickle(writer, b"b"))
        assert b"HTTP/1.1" not in await _hung_up(reader)
        trickle.cancel()
        writer.close()


async def test_a_body_that_never_ends_is_cut_off() -> None:
    """The bound of the port holds where an address has none of its own."""
    async with _open() as (_, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n")
        trickle = asyncio.create_task(_trickle(writer, b"x"))
        assert b" 200 " not in await _hung_up(reader)
        trickle.cancel()
        writer.close()


async def test_an_answer_that_nobody_takes_is_given_up() -> None:
    """Who asks for much and reads nothing keeps no memory of ours."""
    async with _open() as (door, port):
        _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1)
        writer.write(b"GET /flood HTTP/1.1\r\nHost: x\r\n\r\n")
        await _until(lambda: door.connections == 1)
        await _until(lambda: door.connections == 0)
        writer.close()


async def test_the_quietest_makes_room() -> None:
    """With as many connections as may be, whoever comes next is served, and the oldest silent one goes."""
    async with _open(Bounds(connections=4, first=LONG, kept=LONG, request=LONG)) as (door, port):
        silent: list[Ends] = [await asyncio.open_connection("127.0.0.1", port) for _ in range(4)]
        await asyncio.sleep(0.05)
        assert await _served(port) == "well"
        assert await _hung_up(silent[0][0]) == b""
        assert door.connections <= 4
        for _, writer in silent:
            writer.close()


@pytest.mark.parametrize(
    "head",
    [
        b"GET /" + b"x" * 3_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX-A: " + b"b" * 3_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X-A: b\r\n" * 30 + b"\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nx\r\n0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX\x00: y\r\n\r\n",
    ],
    ids=["line", "header", "headers", "tls", "version", "length", "two lengths", "chunk", "nul"],
)
async def test_what_is_no_http_is_refused(head: bytes, caplog: pytest.LogCaptureFixture) -> None:
    """400, the connection is closed, and nothing of it is logged as a mistake."""
    async with _open() as (_, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head)
        answer = await _hung_up(reader)
        assert answer.splitlines()[0].startswith((b"HTTP/1.0 400", b"HTTP/1.1 400"))
        assert b"Traceback" not in answer
        writer.close()
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


@pytest.mark.parametrize("how", ["gzip", "deflate", "br", "gzip, gzip", "nonsense"])
async def test_what_comes_packed_is_not_unpacked(how: str) -> None:
    """A few bytes could become gigabytes: refused by its name, be it packed or not."""
    async with _open() as (_, port), aiohttp.ClientSession() as session:
        headers = {"Content-Encoding": how}
        body = gzip.compress(b"0" * 10_000_000)
        async with session.post(f"http://127.0.0.1:{port}/", data=body, headers=headers) as answer:
            assert answer.status == 415


async def test_a_question_has_no_body() -> None:
    """What is only asked for is asked for without a word more."""
    async with (
        _open() as (_, port),
        aiohttp.ClientSession() as session,
        session.request("GET", f"http://127.0.0.1:{port}/", data=b"x" * 100_000) as answer,
    ):
        assert answer.status == 413


async def test_every_address_bounds_what_it_reads() -> None:
    """Slack's, Teams' and the pages' give up a body that is too long, of a length that nobody said."""
    async with slack_harness() as slack, teams_harness() as teams, email_site() as email:
        await _assert_refused(slack.workspace.service, slack_limits.BODY, JSON)
        await _assert_refused(teams.tenant.service, teams_limits.REQUEST_BODY, JSON)
        await _assert_refused(f"{email.service}/mail/x/act", email_limits.REQUEST_BODY, FORM)


async def _assert_refused(url: str, most: int, kind: str) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 10_000
            yield b"x=" + b"1" * 9_998

    # The answer may be lost, since the connection is closed while there is still more to come.
    lost = (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError)
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(LONG)) as session:
        with contextlib.suppress(*lost):
            async with session.post(url, data=endless(), headers={"Content-Type": kind}) as answer:
                assert answer.status == 413
    # What the sockets between hold comes on top.
    assert sent < most + 20_000_000


async def test_a_trickled_body_of_slack_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """After three seconds Slack is gone; whoever still sends is somebody else."""
    monkeypatch.setattr(slack_limits, "BODY_WITHIN", 0.2)
    async with slack_harness() as slack:
        host, _, port = slack.workspace.service.removeprefix("http://").partition("/")[0].partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n")
        trickle = asyncio.create_task(_trickle(writer, b"x"))
        async with asyncio.timeout(LONG):
            assert b" 408 " in await reader.readline()
        trickle.cancel()
        writer.close()
