"""Looking at Teams: each thing that can be wrong with the registration is told apart, and nothing is sent."""

import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from adapters.teams import TeamsSettings
from adapters.teams.tenants.sign_in import SignIn
from bot.chat.card import Card
from bot.chat.port import DeliveryError, Finding
from playground.faults import Refuse
from tests.contracts.identity_provider import IdentityProvider, identity_provider
from tests.contracts.teams_harness import teams_harness

TENANT = "00000000-0000-0000-0000-0000000000aa"
SETTINGS = TeamsSettings(
    app_id="00000000-0000-0000-0000-00000000b0b0", app_password="pw-made-up", tenant_id=TENANT
)


@pytest.fixture
async def provider(tmp_path: Path) -> AsyncIterator[IdentityProvider]:
    async with identity_provider(TENANT, tmp_path) as provider:
        yield provider


async def _seen(provider: IdentityProvider, **other: Any) -> tuple[Finding, ...]:
    settings = replace(SETTINGS, **{**provider.settings(), **other})
    [examiner] = settings.examiners()
    return await examiner.examine()


def _wrong(found: tuple[Finding, ...]) -> list[str]:
    assert all(one.remedy for one in found if one.state == "fix")
    return [one.what for one in found if one.state == "fix"]


async def test_a_registration_as_it_should_be(provider: IdentityProvider) -> None:
    """Microsoft lets the bot in, the keys can be had, the clocks agree; what can't be seen is said."""
    found = await _seen(provider)
    assert [one.group for one in found if one.state == "ok"] == ["credentials", "credentials", "clock"]
    [unseen] = [one for one in found if one.state != "ok"]
    assert (unseen.group, unseen.state) == ("scopes", "look")
    assert "can't be seen" in unseen.what
    assert provider.token_requests == provider.key_requests == 1


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        ({"error": "invalid_client", "error_codes": [7000215]}, "client secret is wrong"),
        ({"error": "invalid_client", "error_codes": [7000222]}, "client secret has expired"),
        ({"error": "invalid_client"}, "does not take the client secret"),
        ({"error": "unauthorized_client", "error_codes": [700016]}, "no app with this id"),
        ({"error": "invalid_request", "error_codes": [90002]}, "no tenant with this id"),
        ({"error": "unauthorized_client", "error_codes": [7000112]}, "was switched off"),
        ({"error": "access_denied", "error_codes": [53003]}, "does not let the bot sign in (53003)"),
        ({"error": "<pw-made-up>"}, "does not let the bot sign in."),
    ],
)
async def test_microsoft_refuses(provider: IdentityProvider, refusal: dict[str, Any], said: str) -> None:
    """Each of Microsoft's reasons has words and a remedy, without the password."""
    provider.refuses, provider.refusal = True, refusal
    found = await _seen(provider)
    [what] = _wrong(found)
    assert said in what
    assert "pw-made-up" not in repr(found)


async def test_an_unknown_tenant(provider: IdentityProvider) -> None:
    """Microsoft has no sign-in page for a tenant that does not exist."""
    found = await _seen(provider, tenant_id="00000000-0000-0000-0000-0000000000bb")
    assert _wrong(found) == ["Microsoft knows no tenant with this id."]


async def test_nobody_answers(tmp_path: Path) -> None:
    """Where neither the sign-in nor the keys can be reached, it is about the network."""
    async with identity_provider(TENANT, tmp_path) as provider:
        pass
    assert _wrong(await _seen(provider)) == ["127.0.0.1 can't be reached from here."] * 2


async def test_a_certificate_that_is_not_believed(provider: IdentityProvider) -> None:
    """A proxy that looks inside shows certificates of its own: the setting for them is named."""
    found = await _seen(provider, ca_file="")
    assert len(_wrong(found)) == 2
    for one in found[:2]:
        assert "certificate that this machine does not believe" in one.what
        assert "BRAVER_TEAMS_CA_FILE" in one.remedy


@pytest.mark.parametrize("holds", [None, "no certificate"])
async def test_certificates_that_can_not_be_read(
    provider: IdentityProvider, tmp_path: Path, holds: str | None
) -> None:
    """A file of certificates that is not there, or is none, is told by its setting."""
    file = tmp_path / "own.pem"
    if holds:
        file.write_text(holds, encoding="utf-8")
        with pytest.raises(ssl.SSLError):
            ssl.create_default_context().load_verify_locations(file)
    wrong = _wrong(await _seen(provider, ca_file=str(file)))
    assert wrong == ["The certificates of BRAVER_TEAMS_CA_FILE can't be read."] * 2


async def test_keys_that_are_none(provider: IdentityProvider) -> None:
    """An address that answers, with no keys or with something else, can't vouch for what Teams sends."""
    provider.keys.clear()
    [none] = _wrong(await _seen(provider))
    assert "names no key" in none
    [other] = _wrong(await _seen(provider, keys_url=f"{provider.base}/keys"))
    assert "are not the keys of Teams" in other
    [missing] = _wrong(await _seen(provider, keys_url=f"{provider.base}/nowhere"))
    assert "are not the keys of Teams" in missing


@pytest.mark.parametrize(("apart", "state"), [(30, "look"), (-30, "look"), (600, "fix"), (-600, "fix")])
async def test_clocks_that_disagree(provider: IdentityProvider, apart: float, state: str) -> None:
    """The `Date` of Microsoft's answer is compared with this machine's clock."""
    provider.clock_ahead = apart
    [clock] = [one for one in await _seen(provider) if one.group == "clock"]
    assert clock.state == state
    assert ("behind" if apart > 0 else "ahead of") in clock.what


async def test_a_simulator_is_not_asked() -> None:
    """Without an app id nobody is asked, and it is said that nobody is checked."""
    [examiner] = TeamsSettings(allow_anonymous=True).examiners()
    [only] = await examiner.examine()
    assert (only.group, only.state) == ("credentials", "look")
    assert "anybody's word" in only.what


async def test_a_sign_in_knows_whether_microsoft_lets_it_in(provider: IdentityProvider) -> None:
    """A refused sign-in is remembered until one succeeds."""
    settings = replace(SETTINGS, **provider.settings())
    sign_in = SignIn(settings.all_registrations[0], settings.cloud())
    provider.refuses = True
    with pytest.raises(DeliveryError):
        await sign_in.token()
    assert sign_in.admission.shut_out
    provider.refuses = False
    assert await sign_in.token()
    assert not sign_in.admission.shut_out


class _Refused(SignIn):
    """Its token is refused as soon as somebody has looked at what it signs in with."""

    _kept: Any = None

    @property
    def _app(self) -> Any:
        app, self._kept = self._kept, None
        return app

    @_app.setter
    def _app(self, app: Any) -> None:
        self._kept = app


async def test_a_token_that_is_refused_while_the_next_is_fetched(provider: IdentityProvider) -> None:
    """What a thread signs in with is not taken away from under it."""
    settings = replace(SETTINGS, **provider.settings())
    signs_in, refused = (kind(settings.all_registrations[0], settings.cloud()) for kind in (SignIn, _Refused))
    await signs_in.token()
    refused._app = signs_in._app
    assert await refused.token()


async def test_the_running_adapter_knows_whether_teams_lets_it_in() -> None:
    """A call that Teams answers with 401 is remembered until one is taken; other refusals say nothing."""
    async with teams_harness() as harness:
        place = await harness.channel()
        for status, shut_out in ((403, False), (401, True), (429, True), (200, False)):
            if status == 200:
                await harness.platform.post(place, Card("Hello"), "")
            else:
                harness.faults.next("post_activity", Refuse("Refused", status))
                with pytest.raises(DeliveryError):
                    await harness.platform.post(place, Card("Hello"), "")
            assert harness.adapter.admission.shut_out is shut_out
