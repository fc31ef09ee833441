"""Two people, each before a Teams client of her own, and the service between them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from playground.people import Actor
from tests.clients.agents_client import AgentsClient
from tests.clients.agents_playground import AgentsPlayground
from tests.clients.little_wickering import HELEN, JO, colleagues, write_directory
from tests.clients.service import braver


@dataclass(frozen=True, slots=True)
class Town:
    """Jo is a health visitor; Helen is the team manager whom her escalations reach. Each has a team with
    the channel “duty”; a message for Helen's post is announced in hers."""

    jo: Actor
    helen: Actor


@pytest.fixture
def forms() -> str:
    """How forms open, where a test does not say otherwise."""
    return "card"


@pytest_asyncio.fixture
async def town(tmp_path: Path, forms: str) -> AsyncIterator[Town]:
    """Braver is installed for both and in both teams."""
    directory = write_directory(tmp_path / "directory.yaml", channel=f"19:{HELEN.slug}-duty@thread.tacv2")
    async with contextlib.AsyncExitStack() as stack:
        endpoint = await stack.enter_async_context(braver(tmp_path, directory, forms))
        clients = [AgentsPlayground(me, colleagues(me), endpoint, tmp_path / me.slug) for me in (JO, HELEN)]
        await asyncio.gather(*map(stack.enter_async_context, clients))
        yield Town(*[await _at_home(client) for client in clients])


async def _at_home(client: AgentsPlayground) -> Actor:
    actor = Actor(client.me.slug, AgentsClient(client), client.feed)
    await client.opens(client.personal)
    await client.opens(client.channel)
    return actor
