"""What people wrote never stands in a log, whatever goes wrong with it."""

import asyncio
import contextlib
import gc
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import structlog

from adapters.email.auth import Gate
from bot import logs
from bot.chat.router import Router
from bot.inbox import BotInbox
from playground.house import House
from tests.stories.people import BY_EMAIL, Pairing

SECRET = "the-boy-in-the-red-coat"


@contextlib.contextmanager
def logged(configure: Callable[[], None]) -> Iterator[None]:
    """Logs as `braver run` or as `braver demo` has them, and afterwards as the tests have them."""
    root = logging.getLogger()
    before, level = set(root.handlers), root.level
    hooks = sys.excepthook, threading.excepthook, sys.unraisablehook
    configure()
    try:
        yield
    finally:
        (added,) = set(root.handlers) - before
        root.removeHandler(added)
        root.setLevel(level)
        logging.raiseExceptions = True
        logging.captureWarnings(False)
        sys.excepthook, threading.excepthook, sys.unraisablehook = hooks
        structlog.reset_defaults()


KINDS = pytest.mark.parametrize("configure", [logs.as_json, logs.quietly])


async def fails(*args: Any, **more: Any) -> None:
    """A mistake of ours, whose message quotes what it is about."""
    try:
        int(SECRET)
    except ValueError as error:
        raise KeyError(f"{SECRET} {args} {more}") from error


@KINDS
@pytest.mark.parametrize("platform", ["slack", "teams"])
@pytest.mark.parametrize(("owner", "name"), [(Router, "route"), (BotInbox, "receive")])
async def test_a_turn_that_fails_tells_where_and_not_what(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str],
    configure: Callable[[], None], platform: str, owner: type, name: str,
) -> None:  # fmt: skip
    """The log names the kind of the failure, and holds none of the words that were typed."""
    platforms = Pairing(platform, platform).platforms()
    with logged(configure):
        async with House.open(tmp_path, platforms=platforms) as house:
            monkeypatch.setattr(owner, name, fails)
            await house.world.person("jo").says(f"I am worried about {SECRET}")
            await house.quiet()
    told = "".join(capfd.readouterr())
    assert "KeyError" in told
    assert SECRET not in told


@KINDS
async def test_a_request_that_fails_tells_the_address_without_the_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str],
    configure: Callable[[], None],
) -> None:  # fmt: skip
    """The log names the kind of address that was asked for, without what stands in it: a letter's link."""
    with logged(configure):
        async with (
            House.open(tmp_path, platforms=BY_EMAIL.platforms()) as house, aiohttp.ClientSession() as session,
        ):  # fmt: skip
            monkeypatch.setattr(Gate, "visit", fails)
            for path in (f"/mail/{SECRET}", f"/mail/{SECRET}/out"):
                method = "POST" if path.endswith("out") else "GET"
                kind = {"Content-Type": "application/x-www-form-urlencoded"}
                async with session.request(method, house.address + path, headers=kind) as answer:
                    assert answer.status == 500
    told = "".join(capfd.readouterr())
    assert "a request failed" in told
    assert "/mail/{token}/out" in told
    assert SECRET not in told


@KINDS
async def test_a_task_that_nobody_asks_tells_no_words(
    capfd: pytest.CaptureFixture[str], configure: Callable[[], None]
) -> None:
    """What the event loop says of a failed task is its kind and its place."""
    with logged(configure):
        task = asyncio.create_task(fails(SECRET), name=SECRET)
        await asyncio.wait({task})
        del task
        gc.collect()
    told = "".join(capfd.readouterr())
    assert "Task exception was never retrieved" in told
    assert "builtins.KeyError" in told
    assert "in fails" in told
    assert SECRET not in told


def test_a_failure_is_told_with_its_cause_and_its_parts() -> None:
    """The kinds and places of causes and of a group's members are told, each once, in a bounded number."""

    def deep(depth: int) -> None:
        if depth:
            deep(depth - 1)
        try:
            raise ValueError(SECRET)
        except ValueError as error:
            raise ExceptionGroup(SECRET, [OSError(SECRET), error]) from error

    with pytest.raises(ExceptionGroup) as caught:
        deep(200)
    told = logs.course(caught.value)
    kinds = [line for line in told.splitlines() if line.startswith("builtins.")]
    assert kinds == ["builtins.ExceptionGroup", "builtins.ValueError", "builtins.OSError"]
    assert "test_logs.py" in told
    assert SECRET not in told
    assert len(told.splitlines()) < 50
