"""Microsoft's login and its signing keys hang: Teams waits for them, and nobody on Slack does."""

import asyncio
import contextlib
import itertools
import json
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from statistics import median

import aiohttp
import pytest
from pydantic import SecretStr

from adapters.teams import limits
from playground.house import House
from playground.people import Actor
from tests.contracts.identity_provider import IdentityProvider, identity_provider
from tests.faults.looking import attempts

APP = "11111111-aaaa-4444-8888-000000000001"
TENANT = "00000000-0000-0000-0000-0000000071ca"
MOST = 0.1
"""Seconds by which a login that hangs may delay a turn on Slack."""
STILL = 0.25
"""Seconds: a loop that waits for a login stands still for much longer."""
TURNS, WRITERS, TRIES = 2, 4, 8
MOMENTS = 2
"""Tries in which the machine itself may be slow, beside those in which it was so while nothing hung."""
_ids = itertools.count(1)


def _signed_in(provider: IdentityProvider) -> dict[str, object]:
    """Settings of a service that is registered with this identity provider."""
    found = {f"teams_{name}": value for name, value in provider.settings().items()}
    ours = {"teams_app_id": APP, "teams_app_password": SecretStr("made-up"), "teams_tenant_id": TENANT}
    return {**found, **ours, "teams_allow_anonymous": False}


class Teams:
    """People of the tenant who write to Braver, with a token in order."""

    def __init__(self, house: House, provider: IdentityProvider, session: aiohttp.ClientSession) -> None:
        self._url = f"{house.address}/api/messages"
        installed = next(a.body for a in attempts(house.world, "teams") if '"installationUpdate"' in a.body)
        self._like: dict[str, object] = json.loads(installed)
        token = provider.sign(provider.claims(APP, house.world.teams.service_url))
        self._headers = {"Authorization": f"Bearer {token}"}
        self._session = session

    async def writes(self) -> int:
        """The status of the answer."""
        message = self._like | {"type": "message", "id": f"slow-{next(_ids)}", "text": "menu"}
        async with self._session.post(self._url, json=message, headers=self._headers) as answer:
            return answer.status

    @contextlib.asynccontextmanager
    async def writing(self) -> AsyncIterator[None]:
        """Several write all the while, each again as soon as they are answered."""

        async def one() -> None:
            while True:
                await self.writes()
                await asyncio.sleep(0.05)

        writers = [asyncio.create_task(one()) for _ in range(WRITERS)]
        try:
            yield
        finally:
            for writer in writers:
                writer.cancel()
            await asyncio.gather(*writers, return_exceptions=True)

    async def answered(self) -> None:
        """Wait until a message is taken."""
        async with asyncio.timeout(20):
            for _ in itertools.count():
                if await self.writes() == 200:
                    return
                await asyncio.sleep(0.1)


def _late(house: House) -> float:
    """How often the loop stood still, as `/metrics` tells."""
    (lag,) = house.service.metrics.loop_lag.collect()
    looks = {s.labels.get("le"): s.value for s in lag.samples if s.name.endswith("_bucket")}
    return looks["+Inf"] - looks[str(STILL)]


async def _slowest(house: House, jo: Actor, hangs: Callable[[], bool]) -> tuple[float, float]:
    """Seconds of the slowest of some turns on Slack, and how often the loop was late meanwhile. There are
    turns until `hangs`, and one more then: the moment in which the login begins is among them."""
    late, slowest, hung = _late(house), 0.0, False
    for number in itertools.count():
        if number >= TURNS and hung:
            break
        hung = hangs()
        began = time.monotonic()
        await jo.says("help" if number % 2 else "menu")
        await jo.expects_new("What you can type" if number % 2 else "Hello")
        slowest = max(slowest, time.monotonic() - began)
    return slowest, _late(house) - late


def _held_up(tries: list[tuple[float, float]], usual: float) -> int:
    """In how many of the tries a turn was delayed by more than is allowed, or the loop stood still. While
    others write, a machine that is busy takes some turns' time more for each."""
    return sum(took >= 3 * usual + MOST or late > 0 for took, late in tries)


async def test_a_login_that_hangs_keeps_nobody_on_slack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the start neither keys nor tokens are to be had, later no token: messages of Teams wait, turns on
    Slack take as long as ever, and the loop is not late. Once Microsoft answers, Teams is served.

    A machine that does other things as well has its moments, also while nothing hangs: those are counted, and
    two more are allowed. A loop that waits for the login only now and then has more of them than that.
    """
    monkeypatch.setattr(limits, "FIRST_KEYS_AGAIN", 0.5)
    async with identity_provider(TENANT, tmp_path) as provider, aiohttp.ClientSession() as session:
        provider.lasts = 1  # Each message needs a token of its own.
        provider.gate.clear()
        provider.keys_gate.clear()
        async with House.open(tmp_path, settings=_signed_in(provider)) as house:
            teams, jo = Teams(house, provider, session), house.world.person("jo")
            assert jo.platform == "slack"

            def hangs() -> bool:
                return provider.token_requests > len(provider.tokens)

            async with teams.writing():
                at_the_start = [await _slowest(house, jo, hangs) for _ in range(TRIES)]
            assert provider.key_requests, "nobody asks for the keys"
            assert not provider.tokens
            provider.gate.set()
            provider.keys_gate.set()
            await teams.answered()
            calm, hanging = list[tuple[float, float]](), list[tuple[float, float]]()
            for _ in range(TRIES):
                calm.append(await _slowest(house, jo, lambda: True))
                late = _late(house)
                provider.gate.clear()
                async with teams.writing():
                    took, _ = await _slowest(house, jo, hangs)
                provider.gate.set()
                await teams.answered()
                hanging.append((took, _late(house) - late))
            usual = median(took for took, _ in calm)
            allowed = _held_up(calm, usual) + MOMENTS
            assert _held_up(at_the_start, usual) <= allowed, (usual, at_the_start)
            assert _held_up(hanging, usual) <= allowed, (usual, hanging)
