"""Who may speak to the bot in Teams, proved with keys of our own against an identity provider of our own."""

import asyncio
import base64
import hashlib
import hmac
import itertools
import json
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import jwt
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives import serialization

from adapters.teams import Teams, TeamsSettings, limits
from bot.chat.card import Card
from bot.chat.port import TryLater
from bot.chat.turn import Address, Place, Said
from playground.teams_tenant import TeamsTenant
from tests.contracts.identity_provider import IdentityProvider, identity_provider, new_key
from tests.contracts.inbox import PHRASES, ScriptedInbox
from tests.contracts.reasons import assert_plain
from tests.contracts.teams_harness import serving

APP = "11111111-aaaa-4444-8888-000000000001"
TENANT = "22222222-bbbb-4444-8888-000000000002"


@dataclass(frozen=True, slots=True)
class Signed:
    """A bot with an app id, its identity provider, and a tenant that wants to see the bot's token."""

    provider: IdentityProvider
    tenant: TeamsTenant
    adapter: Teams
    inbox: ScriptedInbox
    url: str

    def activity(self, **more: Any) -> dict[str, Any]:
        return {
            "type": "message",
            "id": "1",
            "channelId": "msteams",
            "serviceUrl": self.tenant.service_url,
            "from": {"id": "29:jo", "name": "Jo Marsh"},
            "recipient": {"id": f"28:{APP}", "name": "Braver"},
            "conversation": {"conversationType": "personal", "tenantId": TENANT, "id": "a:1"},
            "channelData": {"tenant": {"id": TENANT}},
            "text": "raise",
            **more,
        }

    def claims(self, **more: Any) -> dict[str, Any]:
        return self.provider.claims(APP, self.tenant.service_url) | more

    async def sends(self, header: str | None, activity: Any = None) -> int:
        """The status of the answer."""
        headers = {"Authorization": header} if header is not None else {}
        async with (
            aiohttp.ClientSession() as session,
            session.post(self.url, json=activity or self.activity(), headers=headers) as answer,
        ):
            return answer.status


@pytest_asyncio.fixture
async def signed(tmp_path: Path) -> AsyncIterator[Signed]:
    async with (
        identity_provider(TENANT, tmp_path) as provider,
        TeamsTenant(app_id=APP, tenant_id=TENANT, accepts=provider.accepts) as tenant,
    ):
        inbox = ScriptedInbox()
        settings = TeamsSettings(APP, "made-up secret", TENANT, **provider.settings())
        adapter = Teams(settings, inbox, PHRASES)
        async with serving(adapter) as url:
            yield Signed(provider, tenant, adapter, inbox, url)


async def test_a_right_token_is_let_in(signed: Signed) -> None:
    """What Teams signed for this bot, this tenant and this service URL is heard."""
    assert await signed.sends(f"Bearer {signed.provider.sign(signed.claims())}") == 200
    assert signed.inbox.last.act == Said("raise")
    assert signed.inbox.refusals == []


def _public_pem(provider: IdentityProvider) -> bytes:
    return (
        provider.keys["k1"]
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )


def _hs256_with_the_public_key(signed: Signed) -> str:
    """Signed by hand, since the library refuses to make such a token."""

    def part(raw: bytes) -> str:
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    head = part(json.dumps({"alg": "HS256", "kid": "k1"}).encode())
    text = f"{head}.{part(json.dumps(signed.claims()).encode())}"
    return f"{text}.{part(hmac.new(_public_pem(signed.provider), text.encode(), hashlib.sha256).digest())}"


def _other_key(signed: Signed) -> str:
    return jwt.encode(signed.claims(), new_key(), algorithm="RS256", headers={"kid": "k1"})


def _unknown_key(signed: Signed) -> str:
    return jwt.encode(signed.claims(), new_key(), algorithm="RS256", headers={"kid": "k9"})


def _no_key_id(signed: Signed) -> str:
    return jwt.encode(signed.claims(), signed.provider.keys["k1"], algorithm="RS256")


def _without_end(signed: Signed) -> str:
    claims = signed.claims()
    del claims["exp"]
    return signed.provider.sign(claims)


def _changed(**more: Any) -> Callable[[Signed], str]:
    return lambda signed: signed.provider.sign(signed.claims(**more))


BAD_TOKENS: dict[str, Callable[[Signed], str]] = {
    "expired": _changed(exp=int(time.time()) - 900),
    "not yet valid": _changed(nbf=int(time.time()) + 900),
    "without an end": _without_end,
    "wrong key": _other_key,
    "unknown key id": _unknown_key,
    "no key id": _no_key_id,
    "alg none": lambda signed: jwt.encode(signed.claims(), "", algorithm="none", headers={"kid": "k1"}),
    "HS256 with the public key": _hs256_with_the_public_key,
    "garbage": lambda signed: "not.a.token",
    "more garbage": lambda signed: "…",
    "empty": lambda signed: "",
    "wrong audience": _changed(aud="33333333-cccc-4444-8888-000000000003"),
    "no audience": _changed(aud=""),
    "wrong issuer": _changed(iss="https://login.example"),
    "emulator's issuer": _changed(
        iss="https://sts.windows.net/d6d49420-f39b-4df7-a1dc-d59a935871db/", ver="1.0", appid=APP
    ),
    "wrong service URL": _changed(serviceurl="https://elsewhere.example/"),
    "no service URL": _changed(serviceurl=""),
}


@pytest.mark.parametrize("kind", BAD_TOKENS)
async def test_a_bad_token_is_refused_and_counted(signed: Signed, kind: str) -> None:
    """Every token that can't be believed gets 401 and is counted, and has no effect."""
    assert await signed.sends(f"Bearer {BAD_TOKENS[kind](signed)}") == 401
    assert [platform for platform, _ in signed.inbox.refusals] == ["teams"]
    assert signed.inbox.deliveries == []


@pytest.mark.parametrize("header", [None, "", "Bearer", "Basic am86", "bearer x.y.z"])
async def test_a_request_without_a_token_is_refused(signed: Signed, header: str | None) -> None:
    """Without a bearer token nothing of the request is even read."""
    assert await signed.sends(header) == 401
    assert signed.inbox.refusals == [("teams", "no token")]


@pytest.mark.parametrize(
    "more",
    [
        {"conversation": {"conversationType": "personal", "tenantId": "other", "id": "a:1"}},
        {"channelData": {"tenant": {"id": "other"}}},
        {"conversation": {"conversationType": "personal", "id": "a:1"}, "channelData": {}},
    ],
)
async def test_another_tenant_is_refused(signed: Signed, more: dict[str, Any]) -> None:
    """A right token with an activity of another tenant, or of none, gets 401."""
    token = signed.provider.sign(signed.claims())
    assert await signed.sends(f"Bearer {token}", signed.activity(**more)) == 401
    assert signed.inbox.refusals == [("teams", "wrong tenant")]
    assert signed.inbox.deliveries == []


async def test_an_activity_names_the_service_that_the_token_vouches_for(signed: Signed) -> None:
    """An activity cannot lead the bot, with its token, to an address that Teams did not sign."""
    token = signed.provider.sign(signed.claims())
    for service in ("https://elsewhere.example/", "", None):
        assert await signed.sends(f"Bearer {token}", signed.activity(serviceUrl=service)) == 401
    assert signed.inbox.deliveries == []


async def test_a_key_without_the_endorsement_of_teams_is_not_believed(signed: Signed) -> None:
    """A key that Microsoft keeps for other channels does not open this door."""
    signed.provider.keys["k2"] = new_key()
    signed.provider.endorsements = ["webchat"]
    adapter = Teams(TeamsSettings(APP, "x", TENANT, **signed.provider.settings()), signed.inbox, PHRASES)
    async with serving(adapter) as url:
        other = Signed(signed.provider, signed.tenant, adapter, signed.inbox, url)
        assert await other.sends(f"Bearer {signed.provider.sign(signed.claims(), 'k2')}") == 401


async def test_without_signing_keys_teams_is_asked_to_come_again(signed: Signed) -> None:
    """Where no key could be fetched nobody is believed, and nobody is called a forger: 503."""
    settings = signed.provider.settings() | {"keys_url": f"{signed.provider.base}/nothing-here"}
    adapter = Teams(TeamsSettings(APP, "x", TENANT, **settings), signed.inbox, PHRASES)
    async with serving(adapter) as url:
        other = Signed(signed.provider, signed.tenant, adapter, signed.inbox, url)
        assert await other.sends(f"Bearer {signed.provider.sign(signed.claims())}") == 503
    assert signed.inbox.refusals == []
    assert signed.inbox.deliveries == []


async def test_keys_are_fetched_once_and_ahead(signed: Signed) -> None:
    """The keys are there before the first request, and unknown key ids do not make the bot fetch again."""
    assert signed.provider.key_requests == 1
    for kind in ("unknown key id", "wrong key", "unknown key id"):
        await signed.sends(f"Bearer {BAD_TOKENS[kind](signed)}")
    await signed.sends(f"Bearer {signed.provider.sign(signed.claims())}")
    assert signed.provider.key_requests == 1


async def test_a_token_that_was_believed_is_believed_for_what_it_says_alone(signed: Signed) -> None:
    """Teams sends one token with many requests. It stays good for its own service URL and signature only."""
    token = signed.provider.sign(signed.claims())
    assert [await signed.sends(f"Bearer {token}") for _ in range(2)] == [200, 200]
    elsewhere = signed.activity(serviceUrl=f"{signed.tenant.service_url}elsewhere/")
    assert await signed.sends(f"Bearer {token}", elsewhere) == 401
    assert await signed.sends(f"Bearer {token[:-4]}AAAA") == 401
    assert await signed.sends(f"Basic {token}") == 401
    assert await signed.sends(f"Bearer {token}") == 200


async def test_a_withdrawn_key_takes_its_tokens_along(
    signed: Signed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A token that was believed is not any more, once the key that signed it is no longer published, or
    another key bears its name. Keys are looked for again while requests go on."""
    monkeypatch.setattr(limits, "KEYS_FRESH", 0.0)
    monkeypatch.setattr(limits, "KEYS_AGAIN", 0.0)
    token = f"Bearer {signed.provider.sign(signed.claims())}"
    assert await signed.sends(token) == 200
    signed.provider.keys["k1"] = new_key()
    async with asyncio.timeout(10):
        while await signed.sends(token) == 200:
            pass
    renewed = f"Bearer {signed.provider.sign(signed.claims())}"
    assert await signed.sends(renewed) == 200
    signed.provider.keys = {"k2": new_key()}
    async with asyncio.timeout(10):
        while await signed.sends(renewed) == 200:
            pass
    assert await signed.sends(renewed) == 401


async def test_nobody_waits_for_the_next_token_while_this_one_lasts(signed: Signed) -> None:
    """Shortly before its end the bot fetches its next token beside, however long that takes: messages go out
    with the one it has."""
    jo = signed.tenant.add_person("Jo Marsh", "jo@wickering.example")
    signed.tenant.state.members[jo.user].installed = True
    place = _personal(signed, signed.tenant.state.chat(jo.user))
    post = signed.adapter.platform.post
    signed.provider.lasts = int(limits.TOKEN_EARLY) - 10
    signed.provider.tokens.clear()
    with pytest.raises(TryLater):
        await post(place, Card("refused with the token of the start"), "")
    await post(place, Card("one"), "")
    assert signed.provider.token_requests == 2
    signed.provider.gate.clear()
    for number in range(3):
        await post(place, Card(f"beside {number}"), "")
    signed.provider.lasts = 3_600
    signed.provider.gate.set()
    async with asyncio.timeout(10):
        for _ in itertools.takewhile(lambda _: len(signed.provider.tokens) < 2, itertools.count()):
            await asyncio.sleep(0.01)
    signed.provider.tokens.pop(0)
    await post(place, Card("with the next token"), "")
    assert signed.provider.token_requests == 3


async def test_the_bots_own_token_is_fetched_once_and_reused(signed: Signed) -> None:
    """Many messages at once go out under one token, fetched at the start."""
    jo = signed.tenant.add_person("Jo Marsh", "jo@wickering.example")
    signed.tenant.state.members[jo.user].installed = True
    place = _personal(signed, signed.tenant.state.chat(jo.user))
    await asyncio.gather(*(signed.adapter.platform.post(place, Card(f"card {n}"), "") for n in range(5)))
    assert signed.provider.token_requests == 1
    assert len(jo.screen().chats[0].messages) == 5


async def test_a_token_that_is_not_accepted_any_more_is_replaced(signed: Signed) -> None:
    """When Teams refuses the bot's token the send is to be tried later, and then has a new one."""
    jo = signed.tenant.add_person("Jo Marsh", "jo@wickering.example")
    signed.tenant.state.members[jo.user].installed = True
    place = _personal(signed, signed.tenant.state.chat(jo.user))
    signed.provider.tokens.clear()
    with pytest.raises(TryLater):
        await signed.adapter.platform.post(place, Card("one"), "")
    await signed.adapter.platform.post(place, Card("two"), "")
    assert signed.provider.token_requests == 2


async def test_a_refused_login_is_tried_again_later(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A login service that refuses the bot's secret stops no start, and sends are kept for later; why is in
    the log, and people read it in plain words."""
    async with identity_provider(TENANT, tmp_path) as provider:
        provider.refuses = True
        adapter = Teams(
            TeamsSettings(APP, "old secret", TENANT, **provider.settings()), ScriptedInbox(), PHRASES
        )
        async with serving(adapter):
            place = Place(Address("teams", TENANT, f"28:{APP}", "a:1", "https://127.0.0.1:9/"), "personal")
            with pytest.raises(TryLater) as caught:
                await adapter.platform.post(place, Card("one"), "")
    assert_plain(caught.value.reason)
    assert "invalid_client" in caplog.text


async def test_an_app_id_needs_a_tenant() -> None:
    """A bot that would answer any tenant is not started."""
    with pytest.raises(ValueError, match="tenant"):
        Teams(TeamsSettings(APP, "x"), ScriptedInbox(), PHRASES)


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        (b"{", 400, "not an activity"),
        (b"[]", 400, "not an activity"),
        (b"{}", 400, "not an activity"),
        (b"[" * 100_000, 400, "not an activity"),
        (b'{"type": "message", "conversation": 7, "from": "x"}', 400, "not an activity"),
        (b'{"type": "message", "text": "' + b"x" * 300_000 + b'"}', 413, "too large"),
    ],
    ids=["cut", "a list", "empty", "deep", "wrong shape", "too large"],
)
async def test_what_is_no_activity_is_turned_away(
    signed: Signed, body: bytes, status: int, reason: str
) -> None:
    """A body that is cut, too deep, of another shape or too large is refused, counted and has no effect."""
    headers = {"Authorization": f"Bearer {signed.provider.sign(signed.claims())}"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(signed.url, data=body, headers=headers) as answer,
    ):
        assert answer.status == status
    assert signed.inbox.refusals == [("teams", reason)]
    assert signed.inbox.deliveries == []


async def test_a_member_whose_id_is_none_is_turned_away(signed: Signed) -> None:
    """Also what tells of others is looked at before anything is done with it."""
    came = signed.activity(type="conversationUpdate", membersAdded=[{"id": "2" * 301}])
    assert await signed.sends(f"Bearer {signed.provider.sign(signed.claims())}", came) == 400
    assert signed.inbox.refusals == [("teams", "not an activity")]
    assert signed.inbox.deliveries == []


async def test_anonymous_activities_need_the_setting_and_this_machine() -> None:
    """Without an app id nobody is heard, unless it is allowed and the service is on this machine."""
    inbox = ScriptedInbox()
    async with TeamsTenant(tenant_id=TENANT) as tenant:
        for allowed, service, status in (
            (False, tenant.service_url, 401),
            (True, "https://elsewhere.example/", 401),
            (True, "http://169.254.169.254/", 401),
            (True, tenant.service_url, 200),
        ):
            adapter = Teams(TeamsSettings(tenant_id=TENANT, allow_anonymous=allowed), inbox, PHRASES)
            async with serving(adapter) as url:
                room = Signed(IdentityProvider(TENANT, Path(), ""), tenant, adapter, inbox, url)
                assert await room.sends(None, room.activity(serviceUrl=service)) == status
    assert len(inbox.heard) == 1


def _personal(signed: Signed, chat: str) -> Place:
    return Place(Address("teams", TENANT, f"28:{APP}", chat, signed.tenant.service_url), "personal")
