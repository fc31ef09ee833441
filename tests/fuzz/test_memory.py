"""What a process remembers of what came from outside is bounded, however much comes."""

import json
import tracemalloc

import pytest

from adapters.teams import limits
from adapters.teams.connector.clients import Connector
from adapters.teams.intake import Presses, mark, parse
from adapters.teams.tenants.cloud import Cloud, Registration
from adapters.teams.tenants.registrations import Registrations
from bot.chat.turn import Address
from bot.guidance.matching import stems
from bot.guidance.matching.stems import counted
from tests.fuzz.memory import MAY_GROW, measured


@pytest.mark.full
async def test_bad_requests_leave_nothing_behind() -> None:
    """A process holds as much after a few thousand as after the first hundreds; `make fuzz` sends more."""
    found = await measured(4_000, seed=3)
    assert found.held[4_000] - found.held[400] < MAY_GROW
    assert not found.mistakes, found.mistakes[0]
    assert {status for status, _ in found.tally.wrong} <= {503}, found.tally.told


def test_open_presses_are_forgotten() -> None:
    """Presses that nobody ever answers are kept for a while, and never more than so many."""
    presses = Presses()
    for number in range(limits.REMEMBERED * 2):
        presses.key(("chat", "user", str(number), "payload"), f"key {number}")
    assert len(presses._open) <= limits.REMEMBERED
    newest = str(limits.REMEMBERED * 2 - 1)
    assert presses.key(("chat", "user", newest, "payload"), "another") == f"key {newest}"


def test_a_long_button_is_remembered_by_its_digest() -> None:
    """A press that carries much takes no more room than any other."""
    carried = {"p": "x" * 100_000, "n": "y" * 100_000}
    huge = json.dumps({"type": "message", "id": "1", "value": {"braver": carried}})
    assert sum(map(len, mark(parse(huge.encode())))) < 1_500


async def test_ways_to_services_are_forgotten() -> None:
    """As many addresses of a service as somebody may name, so many are not kept."""
    connector = Connector(Registrations((Registration("", "", ""),), Cloud("", "", "", "", "")), "")
    try:
        for number in range(limits.SERVICES + 20):
            await connector.client(Address("teams", "t", "28:x", "c", f"http://127.0.0.1:{number + 1}/"))
        assert len(connector._clients) == limits.SERVICES
    finally:
        await connector.close()


def test_words_that_are_none_are_not_learned() -> None:
    """Texts of endless letters leave nothing behind."""
    before = stems._stem_of.cache_info().currsize
    tracemalloc.start()
    try:
        for number in range(50):
            counted(f"{number}{'x' * 30_000}")
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert stems._stem_of.cache_info().currsize == before
    assert held < 1_000_000
