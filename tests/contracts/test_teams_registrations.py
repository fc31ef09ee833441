"""Several registrations in one service: each tenant is answered by its own bot, and nothing crosses."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from adapters.teams import Teams, TeamsSettings
from adapters.teams.tenants.cloud import Registration
from bot.chat.card import Card
from bot.chat.port import Profile, TryLater, Unreachable
from bot.chat.turn import Account, Act, Address, Place, Reply, Said, Say
from playground.people import Actor
from playground.teams_tenant import TeamsTenant
from tests.contracts.identity_provider import IdentityProvider, Realm, identity_provider
from tests.contracts.inbox import PHRASES, ScriptedInbox
from tests.contracts.reasons import assert_plain
from tests.contracts.teams_harness import serving

COUNCIL_APP = "11111111-aaaa-4444-8888-000000000001"
COUNCIL = "22222222-bbbb-4444-8888-000000000002"
TRUST_APP = "33333333-cccc-4444-8888-000000000003"
TRUST = "44444444-dddd-4444-8888-000000000004"
REGISTRATIONS = (
    Registration(COUNCIL_APP, "the council's", COUNCIL),
    Registration(TRUST_APP, "the trust's", TRUST, "Wickering NHS Trust"),
)


def _answers(act: Act) -> Reply | None:
    return Say(Card(f"You said {act.text}")) if isinstance(act, Said) else None


@dataclass(frozen=True, slots=True)
class Two:
    """One adapter with two registrations; Helen in the council's tenant, Jo in the trust's."""

    provider: IdentityProvider
    council: TeamsTenant
    trust: TeamsTenant
    realms: dict[str, Realm]
    adapter: Teams
    inbox: ScriptedInbox
    url: str
    helen: Actor
    jo: Actor

    def token(self, app: str, tenant: TeamsTenant) -> str:
        return self.provider.sign(self.provider.claims(app, tenant.service_url))

    async def sends(self, token: str, activity: dict[str, Any]) -> int:
        """The status of the answer."""
        async with (
            aiohttp.ClientSession() as session,
            session.post(self.url, json=activity, headers={"Authorization": f"Bearer {token}"}) as answer,
        ):
            return answer.status

    async def settled(self) -> None:
        for tenant in (self.council, self.trust):
            await tenant.settled()
        await self.adapter.settled()

    def channel(self, tenant: TeamsTenant) -> Place:
        """The channel of the tenant's only team."""
        team = next(iter(tenant.state.teams))
        return Place(
            Address("teams", tenant.tenant_id, f"28:{tenant.app_id}", team, tenant.service_url), "channel"
        )

    def channels(self) -> tuple[Place, ...]:
        return (self.channel(self.council), self.channel(self.trust))


def _activity(tenant: TeamsTenant, **more: Any) -> dict[str, Any]:
    """Words to the bot of this tenant, as Teams would send them."""
    return {
        "type": "message",
        "id": "1",
        "channelId": "msteams",
        "serviceUrl": tenant.service_url,
        "from": {"id": "29:somebody", "name": "Somebody"},
        "recipient": {"id": f"28:{tenant.app_id}", "name": "Braver"},
        "conversation": {"conversationType": "personal", "tenantId": tenant.tenant_id, "id": "a:1"},
        "channelData": {"tenant": {"id": tenant.tenant_id}},
        "text": "raise",
        **more,
    }


def _person(tenant: TeamsTenant, id: str, name: str) -> Actor:
    client = tenant.add_person(name, f"{id}@wickering.example")
    tenant.add_team("Duty", [client.user]).installed = True
    return Actor(id, client, tenant.feed)


@pytest_asyncio.fixture
async def two(tmp_path: Path) -> AsyncIterator[Two]:
    async with identity_provider(COUNCIL, tmp_path) as provider:
        realms = {
            COUNCIL: provider.add(Realm(COUNCIL, COUNCIL_APP, "the council's")),
            TRUST: provider.add(Realm(TRUST, TRUST_APP, "the trust's")),
        }

        def tenant(app: str, id: str) -> TeamsTenant:
            made = TeamsTenant(
                app_id=app,
                tenant_id=id,
                accepts=realms[id].accepts,
                token=lambda: provider.sign(provider.claims(app, made.service_url)),
            )
            return made

        async with tenant(COUNCIL_APP, COUNCIL) as council, tenant(TRUST_APP, TRUST) as trust:
            inbox = ScriptedInbox(_answers)
            settings = TeamsSettings(registrations=REGISTRATIONS, **provider.settings())
            adapter = Teams(settings, inbox, PHRASES)
            async with serving(adapter) as url:
                council.service = trust.service = url
                helen = _person(council, "helen", "Helen Castle")
                jo = _person(trust, "jo", "Jo Marsh")
                yield Two(provider, council, trust, realms, adapter, inbox, url, helen, jo)


async def test_each_tenant_is_answered_with_its_own_credentials(two: Two) -> None:
    """Both people are heard and answered; each tenant accepts no token but its own, and one is enough."""
    for tenant, actor in ((two.council, two.helen), (two.trust, two.jo)):
        await tenant.install(actor.client.user)
        await actor.says("hello")
        await two.settled()
        await actor.expects("You said hello")
    assert [heard.account.tenant for heard in two.inbox.heard if isinstance(heard.act, Said)] == [
        COUNCIL,
        TRUST,
    ]
    assert two.inbox.refusals == []
    assert [realm.token_requests for realm in two.realms.values()] == [1, 1]


@pytest.mark.parametrize("crossed", ["token", "tenant", "both", "service"])
async def test_what_is_crossed_is_refused_and_counted(two: Two, crossed: str) -> None:
    """A token of one registration opens no door of another, nor an activity of one tenant the other's bot."""
    app, activity = {
        "token": (COUNCIL_APP, _activity(two.trust)),
        "tenant": (TRUST_APP, _activity(two.trust, channelData={"tenant": {"id": COUNCIL}})),
        "both": (COUNCIL_APP, _activity(two.trust, recipient={"id": f"28:{COUNCIL_APP}"})),
        "service": (TRUST_APP, _activity(two.trust, serviceUrl=two.council.service_url)),
    }[crossed]
    assert await two.sends(two.token(app, two.trust), activity) == 401
    assert two.inbox.refusals == [("teams", "wrong tenant" if crossed in ("tenant", "both") else "bad token")]
    assert two.inbox.deliveries == []


@pytest.mark.parametrize("recipient", ["28:55555555-eeee-4444-8888-000000000005", TRUST_APP, "", None])
async def test_an_unknown_app_is_refused_and_counted(two: Two, recipient: str | None) -> None:
    """What is addressed to no bot of ours is not looked at, whatever its token says."""
    activity = _activity(two.trust, recipient={"id": recipient, "name": "Braver"})
    assert await two.sends(two.token(TRUST_APP, two.trust), activity) == 401
    assert two.inbox.refusals == [("teams", "unknown app")]
    assert two.inbox.deliveries == []


async def test_an_app_id_is_known_in_capitals_too(two: Two) -> None:
    """Letters of an app id count the same, large or small."""
    activity = _activity(two.trust, recipient={"id": f"28:{TRUST_APP}".upper(), "name": "Braver"})
    assert await two.sends(two.token(TRUST_APP, two.trust), activity) == 200


async def test_a_sign_in_that_is_down_stops_nobody_else(two: Two, caplog: pytest.LogCaptureFixture) -> None:
    """A registration whose secret has run out can't write; the other one goes on. The log names the app."""
    realm = two.realms[COUNCIL]
    realm.refuses = True
    realm.tokens.clear()
    with pytest.raises(TryLater):
        await two.adapter.platform.post(two.channel(two.council), Card("one"), "")
    with pytest.raises(TryLater) as caught:
        await two.adapter.platform.post(two.channel(two.council), Card("two"), "")
    assert_plain(caught.value.reason)
    assert COUNCIL_APP in caplog.text
    assert "council's" not in caplog.text
    await two.adapter.platform.post(two.channel(two.trust), Card("three"), "")
    assert two.jo.sees("three")
    assert not two.helen.sees("one")


async def test_a_sign_in_that_hangs_stops_nobody_else(two: Two) -> None:
    """While one tenant's login does not answer, the other tenant gets its messages; the first one's come
    after."""
    realm = two.realms[COUNCIL]
    realm.tokens.clear()
    with pytest.raises(TryLater):
        await two.adapter.platform.post(two.channel(two.council), Card("one"), "")
    realm.gate.clear()
    hanging = asyncio.create_task(two.adapter.platform.post(two.channel(two.council), Card("two"), ""))
    await two.adapter.platform.post(two.channel(two.trust), Card("three"), "")
    assert two.jo.sees("three")
    assert not hanging.done()
    realm.gate.set()
    await hanging
    assert two.helen.sees("two")


async def test_somebody_is_found_while_another_tenant_does_not_let_us_in(two: Two) -> None:
    """The rosters are looked through by themselves: who is in none is not said to be in none, meanwhile."""
    realm = two.realms[COUNCIL]
    realm.refuses = True
    realm.tokens.clear()
    place = await two.adapter.platform.reach("jo@wickering.example", two.channels())
    assert place.address.tenant == TRUST
    with pytest.raises(TryLater):
        await two.adapter.platform.reach("helen@wickering.example", two.channels())


async def test_people_are_reached_in_their_own_tenant(two: Two) -> None:
    """Each is found in the roster of their tenant, and written to by that tenant's bot."""
    for email, tenant, actor in (("helen", two.council, two.helen), ("jo", two.trust, two.jo)):
        place = await two.adapter.platform.reach(f"{email}@wickering.example", two.channels())
        assert (place.address.tenant, place.address.app) == (tenant.tenant_id, f"28:{tenant.app_id}")
        await two.adapter.platform.post(place, Card(f"for {email}"), "")
        assert actor.sees(f"for {email}")
    with pytest.raises(Unreachable):
        await two.adapter.platform.reach("nobody@wickering.example", two.channels())


async def test_where_two_tenants_know_an_address_the_first_counts(two: Two) -> None:
    """Not the quicker one: the order is that of the places where Braver was seen."""
    two.council.add_person("Jo Marsh", "jo@wickering.example")
    jo = next(one for one in two.council.state.members.values() if one.email.startswith("jo@"))
    next(iter(two.council.state.teams.values())).members.add(jo.id)
    for order in (two.channels(), tuple(reversed(two.channels()))):
        place = await two.adapter.platform.reach("jo@wickering.example", order)
        assert place.address.tenant == order[0].address.tenant


async def test_a_known_chat_goes_before_every_roster(two: Two) -> None:
    """Nobody is looked up whose own chat is known."""
    chat = two.trust.state.chat(two.jo.client.user)
    own = Place(replace(two.channel(two.trust).address, conversation=chat), "personal")
    assert await two.adapter.platform.reach("jo@wickering.example", (own, *two.channels())) == own
    assert two.council.calls == [] == two.trust.calls


async def test_the_case_of_a_tenants_id_does_not_matter(two: Two) -> None:
    """However it is spelt in the settings, by Teams, or in an address that is kept, it is the same tenant."""
    assert Registration(TRUST_APP, "the trust's", TRUST.upper()).tenant_id == TRUST
    loud = {"tenant": {"id": TRUST.upper()}}
    assert await two.sends(two.token(TRUST_APP, two.trust), _activity(two.trust, channelData=loud)) == 200
    assert two.inbox.last.account.tenant == TRUST
    place = two.channel(two.trust)
    kept = Place(replace(place.address, tenant=TRUST.upper()), "channel")
    profile = await two.adapter.platform.profile(Account("teams", TRUST, two.jo.client.user), kept)
    assert profile is not None
    assert profile.email == "jo@wickering.example"


@pytest.mark.parametrize(
    ("app", "tenant"),
    [(f"28:{COUNCIL_APP}", TRUST), ("28:55555555-eeee-4444-8888-000000000005", TRUST), ("", "")],
    ids=["another tenant's", "unknown", "none"],
)
async def test_an_address_of_no_registration_gets_no_token(two: Two, app: str, tenant: str) -> None:
    """An app that is not registered any more, or not in that tenant, is unreachable, and nothing is asked."""
    address = replace(two.channel(two.trust).address, app=app, tenant=tenant)
    with pytest.raises(Unreachable) as caught:
        await two.adapter.platform.post(Place(address, "channel"), Card("one"), "")
    assert_plain(caught.value.reason)
    own = Place(address, "personal")
    assert await two.adapter.platform.reach("jo@wickering.example", (own, *two.channels())) != own
    assert [name for name, _ in two.trust.calls if name == "post_activity"] == []


async def test_who_somebody_is_comes_with_the_name_of_their_tenant(two: Two) -> None:
    """Where the registration says what people call the tenant, the profile does."""
    for tenant, actor, where in ((two.council, two.helen, ""), (two.trust, two.jo, "Wickering NHS Trust")):
        account = Account("teams", tenant.tenant_id, actor.client.user)
        profile = await two.adapter.platform.profile(account, two.channel(tenant))
        assert profile == Profile(f"{actor.id}@wickering.example", actor.name, where)


@pytest.mark.parametrize(
    "registrations",
    [
        (REGISTRATIONS[0], replace(REGISTRATIONS[1], app_id=COUNCIL_APP.upper())),
        (REGISTRATIONS[0], replace(REGISTRATIONS[1], tenant_id=COUNCIL)),
        (REGISTRATIONS[0], replace(REGISTRATIONS[1], tenant_id="")),
    ],
    ids=["one app twice", "one tenant twice", "no tenant"],
)
def test_registrations_that_can_not_be_told_apart_are_refused(
    registrations: tuple[Registration, ...],
) -> None:
    """Whose message it is must be clear before anything starts."""
    with pytest.raises(ValueError, match="registrations"):
        Teams(TeamsSettings(registrations=registrations), ScriptedInbox(), PHRASES)


def test_a_registration_never_shows_its_secret() -> None:
    """Not in a log, and not in a traceback."""
    assert "council's" not in repr(REGISTRATIONS[0])
