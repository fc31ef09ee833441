"""The vendor's client is started and stopped as this folder promises: on this machine alone."""

import asyncio
import subprocess
from pathlib import Path

import aiohttp
import pytest

from tests.clients.agents_playground import HERE, AgentsPlayground, Member

NOBODY = "http://127.0.0.1:9/api/messages"
PEOPLE = [
    Member(slug, f"{slug.title()} Example", f"{slug}@nowhere.example")
    for slug in ("ada", "ben", "cleo", "dev", "elin", "finn")
]


async def test_it_listens_on_this_machine_alone(tmp_path: Path) -> None:
    """Whoever is not on the loopback interface finds nobody at the client's port."""
    async with AgentsPlayground(PEOPLE[0], PEOPLE[1:], NOBODY, tmp_path) as client:
        port = int(client.address.rpartition(":")[2])
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.close()
        with pytest.raises(ConnectionRefusedError):
            # A server on every interface would answer at this address of the machine too.
            await asyncio.open_connection("127.0.0.2", port)


async def test_it_ends_with_its_test(tmp_path: Path) -> None:
    """When the block is left, nobody listens any more."""
    async with AgentsPlayground(PEOPLE[0], PEOPLE[1:], NOBODY, tmp_path) as client:
        address = client.address
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get(address)


async def test_a_client_that_can_not_start_says_why(tmp_path: Path) -> None:
    """A tenant that the client does not take ends the start with the client's own words."""
    with pytest.raises(AssertionError, match="must NOT have fewer than 5 items"):
        async with AgentsPlayground(PEOPLE[0], PEOPLE[2:], NOBODY, tmp_path):
            raise RuntimeError("it started")


@pytest.mark.parametrize("address", ["http://192.0.2.1/", "http://nowhere.example/"])
def test_it_calls_nobody_outside(address: str) -> None:
    """A call to another machine, by number or by name, never leaves this one."""
    script = f"require('http').get('{address}').on('error', e => console.log(e.syscall, e.address))"
    told = subprocess.run(
        ["node", "--require", str(HERE / "loopback.cjs"), "--eval", script],
        capture_output=True, text=True, timeout=30, check=True,
    )  # fmt: skip
    assert told.stdout == "connect 127.0.0.1\n"
