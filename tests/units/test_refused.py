"""What is refused before anybody is heard: an event for the auditor, and a line on the page about it."""

import ast
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

import adapters
from bot.app import Service
from bot.settings import Settings

HOUSE = Path(adapters.__file__).parents[1]
PAGE = HOUSE / "docs" / "hardening.md"
TELLING = {"refused", "Unauthorised", "NotTaken", "NotHere"}
"""Calls that carry the reason as a text."""
IN_CONSTANTS = {"_REASONS", "NOT_ALLOWED", "NOT_INSTALLED", "ORGANISATION"}


def _texts(node: ast.AST) -> Iterator[str]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
            yield inner.value


def _reasons() -> set[str]:
    """Every reason that an intake gives, and those of the limits."""
    found: set[str] = set()
    for file in (*(HOUSE / "adapters").rglob("*.py"), HOUSE / "bot" / "inbox.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(name) | ast.Attribute(attr=name), args=args) if name in TELLING:
                    found |= {text for argument in args for text in _texts(argument)}
                case ast.Assign(targets=[ast.Name(name)], value=ast.Dict(values=values)) if (
                    name in IN_CONSTANTS
                ):
                    found |= {text for value in values for text in _texts(value)}
                case ast.Assign(targets=[ast.Name(name)], value=value) if name in IN_CONSTANTS:
                    found |= set(_texts(value))
                case ast.FunctionDef(name="distrust"):
                    for inner in ast.walk(node):
                        if isinstance(inner, ast.Return) and inner.value is not None:
                            found |= {text for text in _texts(inner.value) if text}
    return found


def test_every_reason_stands_on_the_page() -> None:
    """Whoever adds one says there what the person reads and what the auditor finds."""
    reasons = _reasons()
    assert {"wrong signature", "bad token", "used link", "workspace not allowed", "not a form"} <= reasons
    told = set(re.findall(r"`([^`]+)`", PAGE.read_text(encoding="utf-8")))
    assert reasons - told == set()


def test_every_test_that_the_page_names_exists() -> None:
    """A line without a test that shows it would be a promise."""
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE.read_text(encoding="utf-8"))
    assert len(named) > 40
    for file, test in named:
        source = (HOUSE / file).read_text(encoding="utf-8")
        assert re.search(rf"^(?:async )?def {test}\(", source, flags=re.MULTILINE), f"{file}::{test}"


@pytest.fixture
async def service(database_url: str) -> AsyncIterator[Service]:
    service = Service(Settings(teams_allow_anonymous=True, database_url=database_url))
    await service.database.open()
    yield service
    await service.inbox.settled()
    await service.database.close()


async def test_what_the_intakes_refuse_is_an_event_once_an_hour(service: Service) -> None:
    """However many come: one for each platform and reason, whichever process finds it, with no word of it."""
    beside = Service(service.settings)
    # As another process has it: what it noted itself it knows, and no more.
    beside.inbox._database = service.database
    for inbox in (service.inbox, beside.inbox):
        for _ in range(50):
            inbox.refused("slack", "too old")
            inbox.refused("teams", "bad token")
        await inbox.settled()
    async with service.database.reading() as work:
        noted = [(event.kind, event.actor, event.body["why"]) for event in await work.history("security")]
        assert await work.verify("security") == []
    assert sorted(noted) == [
        ("request_refused", "slack", "too old"), ("request_refused", "teams", "bad token"),
    ]  # fmt: skip


async def test_a_refusal_that_can_not_be_noted_stops_nothing(service: Service) -> None:
    """With the database away it is counted all the same, and nobody notices."""
    await service.database.close()
    service.inbox.refused("slack", "too old")
    await service.inbox.settled()
    assert service.metrics.refused.labels("slack", "too old")._value.get() == 1
    await service.database.open()
