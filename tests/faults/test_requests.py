"""Requests that nobody vouches for: forged, stale, replayed. Refused, counted, and without any effect."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from pydantic import SecretStr

from playground.house import House
from playground.slack_service import signed
from tests.contracts.identity_provider import IdentityProvider, identity_provider, new_key
from tests.faults.corners import Corner
from tests.faults.looking import attempts, counted, happened, history, standing
from tests.stories.filing import filed

APP = "11111111-aaaa-4444-8888-000000000001"


async def _posts(url: str, body: str, headers: Mapping[str, str]) -> int:
    """The status of the answer."""
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=body.encode(), headers=headers) as answer,
    ):
        return answer.status


async def _acknowledgement(house: House) -> str:
    """The body of the request in which Helen acknowledged the case that Jo filed."""
    reference = await filed(house)
    helen = house.world.person("helen")
    await helen.replies(f"Escalation {reference} for you", "ack")
    await house.quiet()
    return next(sent.body for sent in attempts(house.world, helen.platform) if '"ack"' in sent.body)


@pytest.mark.parametrize(
    "corner",
    [Corner("slack", "sqlite"), pytest.param(Corner("slack", "postgres"), marks=pytest.mark.full)],
    ids=str,
)
async def test_a_forged_or_stale_slack_request(house: House) -> None:
    """Without a signature, with another secret's, over another body, or too old: 401, counted, no effect."""
    await filed(house)
    helen = house.world.person("helen")
    url = f"{house.address}/slack/events"
    await helen.says("help")
    await house.quiet()
    real = next(a.body for a in attempts(house.world, "slack") if '"text": "help"' in a.body)
    forged = real.replace('"text": "help"', '"text": "ack"').replace('"ts": "', '"ts": "1')
    assert forged != real
    secret, now = house.world.slack.signing_secret, int(time.time())
    kind = {"Content-Type": "application/json"}
    for headers in (
        {}, signed("another secret", forged), signed(secret, real), signed(secret, forged, now - 301),
        signed(secret, forged, now + 301), {**signed(secret, forged), "X-Slack-Signature": "v0=00"},
        {**signed(secret, forged), "X-Slack-Request-Timestamp": "yesterday"},
    ):  # fmt: skip
        assert await _posts(url, forged, kind | headers) == 401
    await house.quiet()
    assert counted(house, "braver_requests_refused") == 7
    assert await happened(house.service.database, "acknowledged") == []
    noted = await history(house.service.database, "security")
    assert {(event.kind, event.body["why"], event.actor) for event in noted} == {
        ("request_refused", why, "slack") for why in ("no signature", "wrong signature", "too old")
    }
    assert len(noted) == 3, "each reason once, however often"
    assert await _posts(url, forged, kind | signed(secret, forged)) == 200
    await house.quiet()
    assert len(await happened(house.service.database, "acknowledged")) == 1


async def test_a_replayed_request(house: House, platform: str) -> None:
    """The very bytes of an act, sent again by somebody who overheard them, are the same act and no other."""
    body = await _acknowledgement(house)
    path = {"slack": "/slack/events", "teams": "/api/messages"}[platform]
    proof = signed(house.world.slack.signing_secret, body) if platform == "slack" else {}
    for _ in range(2):
        status = await _posts(house.address + path, body, {"Content-Type": "application/json"} | proof)
        assert status == 200
    await house.quiet()
    assert len(await happened(house.service.database, "acknowledged")) == 1
    assert len(standing(house.world.person("jo"), "Helen Castle has seen this")) == 1
    assert counted(house, "braver_turns_repeated") == 2


def _signed_in(provider: IdentityProvider) -> dict[str, Any]:
    """Settings of a service that is registered with this identity provider."""
    theirs = provider.settings()
    return {
        "teams_app_id": APP, "teams_app_password": SecretStr("made-up secret"),
        "teams_tenant_id": provider.tenant, "teams_allow_anonymous": False,
        "teams_login_url": theirs["login_url"], "teams_keys_url": theirs["keys_url"],
        "teams_issuer": theirs["issuer"], "teams_scope": theirs["scope"], "teams_ca_file": theirs["ca_file"],
    }  # fmt: skip


@pytest.mark.parametrize(
    "corner",
    [Corner("teams", "postgres"), pytest.param(Corner("teams", "sqlite"), marks=pytest.mark.full)],
    ids=str,
)
async def test_a_forged_or_stale_teams_request(tmp_path: Path, url: str) -> None:
    """Unsigned, signed with a stranger's key, for another bot, or out of date: 401, counted, no effect."""
    tenant = "00000000-0000-0000-0000-0000000071ca"
    async with (
        identity_provider(tenant, tmp_path) as provider,
        House.open(tmp_path, database_url=url, settings=_signed_in(provider)) as house,
    ):
        installs = attempts(house.world, "teams")
        assert {attempt.status for attempt in installs} == {401}, "the tenant of the playground does not sign"
        body, url = installs[0].body, f"{house.address}/api/messages"
        claims = provider.claims(APP, house.world.teams.service_url)
        stranger = IdentityProvider(tenant, Path(provider.ca_file), provider.base)
        stranger.keys = {"k1": new_key()}
        old = int(time.time()) - 7_200
        before = counted(house, "braver_requests_refused")
        forged = (
            "", "no bearer", stranger.sign(claims), provider.sign(claims | {"aud": "another bot"}),
            provider.sign(claims | {"nbf": old, "exp": old + 3_600}),
            provider.sign(claims | {"iss": "https://elsewhere.example"}),
        )  # fmt: skip
        for token in forged:
            headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
            assert await _posts(url, body, headers) == 401
        assert counted(house, "braver_requests_refused") == before + len(forged) == len(installs) + 6
        async with house.service.database.reading() as work:
            assert await work.channels("teams") == []
            assert await work.places_of("tom", "teams") == []
            assert await work.streams_after("", 10) == ["directory", "security"]
            assert {event.kind for event in await work.history("security")} == {"request_refused"}
        headers["Authorization"] = f"Bearer {provider.sign(claims)}"
        assert await _posts(url, body, headers) == 200
