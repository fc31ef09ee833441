"""The urgent numbers: who said what of which, whom Braver asks and when, and who may say."""

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs
from typer.testing import CliRunner

from bot.__main__ import app
from bot.app import Service
from bot.chat.turn import Account, Address, Opened, Place, Redraw, Turn
from bot.desk import Desk, numbers
from bot.desk.engine import CaseDesk
from bot.desk.numbers import NumberState
from bot.escalation.policy import Policy
from bot.settings import Settings
from bot.store.database import Database
from flows.numbers import SayOfNumber, said
from tests.units.cases import DIRECTORY, POLICY
from tests.units.recorder import opened
from tests.units.rich_policy import policy_with

FRONT, NIGHT = "01632 960100", "01632 960199"
HOUSE = Service(Settings(teams_allow_anonymous=True)).house


def ours(front: str = FRONT, name: str = "Front door", **changes: Any) -> Policy:
    """A ladder that is somebody's own, with two numbers besides 999."""
    urgent = [
        {"name": "Emergency", "number": "999"}, {"name": name, "number": front},
        {"name": "Night team", "number": NIGHT},
    ]  # fmt: skip
    given: dict[str, Any] = {
        "id": "ours", "status": "provisional", "partnership": "Little Wickering",
        "unconfirmed": ["the times"], "urgent": urgent,
    }  # fmt: skip
    return policy_with(**given | changes)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with opened(database_url) as database:
        yield database


async def say(database: Database, policy: Policy, number: str, right: bool, person: str = "sam") -> None:
    contact = next(one for one in policy.urgent if one.number == number)
    async with database.work() as work:
        await numbers.record(work, policy, contact, right, person)


async def known(database: Database, policy: Policy) -> dict[str, tuple[str, str]]:
    async with database.reading() as work:
        return {one.contact.number: (one.standing, one.by) for one in await numbers.states(work, policy)}


async def asked(database: Database, policy: Policy) -> tuple[list[str], int]:
    """The service starts: of which numbers it warns, and how many messages there have been by then."""
    house = replace(HOUSE, policy=policy)
    with capture_logs() as logs:
        async with database.work() as work:
            await CaseDesk(house).started(work)
    async with database.reading() as work:
        waiting = await work.waiting() if hasattr(work, "waiting") else None
    assert waiting is None
    return [f"{line['number']}: {line['event']}" for line in logs if "number" in line], 0
