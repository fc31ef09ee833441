"""What leaves for Teams, who is reached, and how every refusal is named."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.typedefs import Handler

from adapters.teams.connector.addresses import acceptable
from bot.chat.card import Card
from bot.chat.port import DeliveryError, Gone, Profile, Refused, TryLater, Uncertain, Unreachable
from bot.chat.turn import Account, Address, Message, Place, Said
from playground.faults import Broken, DropAfter, DropBefore, Fault, Refuse, TooMany
from tests.contracts.reasons import assert_plain
from tests.contracts.teams_harness import CHANNEL, TeamsHarness, teams_harness

CARD = Card("Case WIC-7")


@pytest_asyncio.fixture
async def teams() -> AsyncIterator[TeamsHarness]:
    async with teams_harness() as harness:
        yield harness


POSTING: list[tuple[Fault, type[DeliveryError]]] = [
    (TooMany(7), TryLater),
    (Broken(408), TryLater),
    (Broken(412), TryLater),
    (Broken(500), TryLater),
    (Broken(502), TryLater),
    (Broken(503), TryLater),
    (Broken(504), TryLater),
    (Broken(401), TryLater),
    (Refuse("BotNotInConversationRoster", 403), Unreachable),
    (Refuse("ConversationBlockedByUser", 403), Unreachable),
    (Refuse("MessageWritesBlocked", 403), Unreachable),
    (Refuse("ConversationNotFound", 404), Unreachable),
    (Refuse("MessageSizeTooBig", 413), Refused),
    (Refuse("BadArgument", 400), Refused),
    (Broken(302), Refused),
    (DropAfter(), Uncertain),
    (DropBefore(), Uncertain),
]


@pytest.mark.parametrize(("fault", "error"), POSTING, ids=lambda value: str(value))
async def test_a_refused_post_has_its_name(
    teams: TeamsHarness, fault: Fault, error: type[DeliveryError]
) -> None:
    """Whatever Teams answers to a post is one of the closed set, with a reason in words."""
    place = await teams.personal("jo")
    teams.faults.next("post_activity", fault)
    with pytest.raises(error) as caught:
        await teams.platform.post(place, CARD, "k")
    assert_plain(caught.value.reason)
    assert "simulated" not in caught.value.reason


UPDATING: list[tuple[Fault, type[DeliveryError]]] = [
    (TooMany(7), TryLater),
    (Broken(502), TryLater),
    (DropBefore(), TryLater),
    (DropAfter(), TryLater),
    (Refuse("ActivityNotFoundInConversation", 404), Gone),
    (Refuse("NotEnoughPermissions", 403), Gone),
    (Refuse("BotNotInConversationRoster", 403), Unreachable),
    (Refuse("ConversationBlockedByUser", 403), Unreachable),
    (Refuse("MessageSizeTooBig", 413), Refused),
]


@pytest.mark.parametrize(("fault", "error"), UPDATING, ids=lambda value: str(value))
async def test_a_refused_update_has_its_name(
    teams: TeamsHarness, fault: Fault, error: type[DeliveryError]
) -> None:
    """Whatever Teams answers to an update is one of the closed set; an update may always be sent again."""
    message = await teams.platform.post(await teams.personal("jo"), CARD, "k")
    # Twice: the HTTP client itself repeats an update once, on a connection that was cut.
    teams.faults.next("update_activity", fault, times=2)
    with pytest.raises(error):
        await teams.platform.update(message, CARD)


async def test_teams_names_when_to_come_back(teams: TeamsHarness) -> None:
    """The seconds of a 429 are passed on, and nothing is waited for or sent again meanwhile."""
    place = await teams.personal("jo")
    teams.faults.next("post_activity", TooMany(31))
    posts = len(teams.tenant.calls)
    with pytest.raises(TryLater) as caught:
        await teams.platform.post(place, CARD, "k")
    assert caught.value.after == 31
    assert len(teams.tenant.calls) == posts + 1


async def test_a_service_that_does_not_listen_has_taken_nothing(teams: TeamsHarness) -> None:
    """A refused connection is no doubt: the message was not sent."""
    place = await teams.personal("jo")
    nobody = Place(
        Address("teams", place.address.tenant, place.address.app, "a:1", "http://127.0.0.1:9/"), "personal"
    )
    with pytest.raises(TryLater):
        await teams.platform.post(nobody, CARD, "k")


@pytest.mark.parametrize(
    ("service", "fine"),
    [
        ("https://smba.trafficmanager.example/emea/", True),
        ("http://127.0.0.1:3978/", True),
        ("http://localhost:3978/", True),
        ("http://[::1]:3978/", True),
        ("http://smba.example/", False),
        ("http://169.254.169.254/", False),
        ("http://127.0.0.1.example/", False),
        ("ftp://127.0.0.1/", False),
        ("file:///etc/passwd", False),
        ("https://", False),
        ("http://[", False),
        ("", False),
    ],
)
def test_the_bots_token_goes_over_https_or_stays_here(service: str, fine: bool) -> None:
    """A service URL is https, or on this machine."""
    assert acceptable(service) is fine


async def test_a_stored_address_that_may_not_be_called_is_refused(teams: TeamsHarness) -> None:
    """Also an address from the database is looked at before the token goes there."""
    place = await teams.personal("jo")
    elsewhere = Place(
        Address("teams", place.address.tenant, place.address.app, "a:1", "http://elsewhere.example/"),
        "personal",
    )
    with pytest.raises(Refused):
        await teams.platform.post(elsewhere, CARD, "k")


# --- reaching people


async def test_a_known_personal_chat_is_taken(teams: TeamsHarness) -> None:
    """Whoever wrote before is reached where they wrote, without asking Teams."""
    jo = teams.actor("jo")
    await jo.says("hello")
    known = teams.inbox.last.place
    calls = len(teams.tenant.calls)
    assert await teams.platform.reach("jo@wickering.example", (known,)) == known
    assert len(teams.tenant.calls) == calls


@pytest.mark.parametrize(
    "email", ["helen@wickering.example", "HELEN@Wickering.Example", " helen@wickering.example "]
)
async def test_a_member_of_a_team_is_found_by_address(teams: TeamsHarness, email: str) -> None:
    """A person who never wrote is found in the roster of a team, in any spelling of case, and can be told."""
    place = await teams.platform.reach(email, (await teams.channel(),))
    await teams.platform.post(place, CARD, "k")
    assert teams.actor("helen").sees("Case WIC-7")
    assert not teams.actor("jo").sees("Case WIC-7")


async def test_a_member_is_found_by_sign_in_name(teams: TeamsHarness) -> None:
    """Where the mailbox has another address than the sign-in name, either finds the person."""
    ruth = teams.tenant.add_person("Ruth Vale", "r.vale@wickering.example", upn="ruth@care.example")
    teams.team.members.add(ruth.user)
    for email in ("r.vale@wickering.example", "ruth@care.example"):
        place = await teams.platform.reach(email, (await teams.channel(),))
        assert place.address.conversation == teams.tenant.state.chat(ruth.user)


async def test_a_big_team_is_read_to_its_end(teams: TeamsHarness) -> None:
    """Rosters come in pages; the last person of the last page is found."""
    many = [teams.tenant.add_person(f"Person {n}", f"p{n}@wickering.example") for n in range(510)]
    teams.team.members.update(client.user for client in many)
    place = await teams.platform.reach("p509@wickering.example", (await teams.channel(),))
    assert place.address.conversation == teams.tenant.state.chat(many[509].user)


@pytest.mark.parametrize("email", ["lena@wickering.example", "helen@wickering.exampl", "helen", ""])
async def test_nobody_is_guessed(teams: TeamsHarness, email: str) -> None:
    """Somebody in no team with the app, and an address that is nearly right, are not reached."""
    with pytest.raises(Unreachable, match="not installed"):
        await teams.platform.reach(email, (await teams.channel(),))


async def test_without_any_known_place_nobody_is_reached(teams: TeamsHarness) -> None:
    """Where the app is installed nowhere there is nobody to ask."""
    with pytest.raises(Unreachable):
        await teams.platform.reach("jo@wickering.example", ())


async def test_a_team_that_can_not_be_asked_is_no_answer(teams: TeamsHarness) -> None:
    """While a roster can't be read nobody is called unreachable; a team that is gone is passed over."""
    channel = await teams.channel()
    teams.faults.next("get_paged_members", Broken(503))
    with pytest.raises(TryLater):
        await teams.platform.reach("helen@wickering.example", (channel,))
    gone = await teams.nowhere()
    place = await teams.platform.reach("helen@wickering.example", (gone, channel))
    assert place.kind == "personal"


async def test_a_person_who_blocked_the_bot_is_unreachable(teams: TeamsHarness) -> None:
    """Teams refuses the chat; the reason is in words."""
    teams.faults.next("create_conversation", Refuse("BotNotInConversationRoster"))
    with pytest.raises(Unreachable):
        await teams.platform.reach("helen@wickering.example", (await teams.channel(),))


async def test_who_speaks_is_what_the_tenant_says(teams: TeamsHarness) -> None:
    """The e-mail address is the tenant's; an account that the tenant does not know is nobody."""
    await teams.actor("jo").says("hello")
    heard = teams.inbox.last
    assert await teams.platform.profile(heard.account, heard.place) == Profile(
        "jo@wickering.example", "Jo Marsh"
    )
    stranger = Account("teams", heard.account.tenant, "29:stranger")
    assert await teams.platform.profile(stranger, heard.place) is None


async def test_who_speaks_in_a_thread_is_looked_up_in_the_channel(teams: TeamsHarness) -> None:
    """The roster is the channel's, not the thread's."""
    await teams.actor("helen").mentions("hello", channel=CHANNEL)
    heard = teams.inbox.last
    profile = await teams.platform.profile(heard.account, heard.place)
    assert profile == Profile("helen@wickering.example", "Helen Castle")


async def test_a_profile_that_can_not_be_had_now_is_tried_later(teams: TeamsHarness) -> None:
    """A roster that is not well makes nobody a stranger."""
    await teams.actor("jo").says("hello")
    heard = teams.inbox.last
    teams.faults.next("get_member", Broken(502))
    with pytest.raises(TryLater):
        await teams.platform.profile(heard.account, heard.place)


# --- threads


async def test_a_post_in_a_channel_opens_a_thread(teams: TeamsHarness) -> None:
    """The message says under which root it can be answered, and the answers stand there."""
    root = await teams.platform.post(await teams.channel(), CARD, "k")
    assert root.thread == root.id
    await teams.platform.post(Place(root.address, "channel", root.thread), Card("More"), "k2")
    assert teams.actor("helen").message("More").thread == root.id


async def test_a_card_in_a_thread_can_be_updated(teams: TeamsHarness) -> None:
    """What was posted under a root is redrawn there."""
    root = await teams.platform.post(await teams.channel(), CARD, "k")
    answer = await teams.platform.post(Place(root.address, "channel", root.thread), Card("More"), "k2")
    await teams.platform.update(answer, Card("Less"))
    assert teams.actor("jo").message("Less").thread == root.id
    assert teams.actor("jo").sees("Case WIC-7")


async def test_a_removed_message_is_gone(teams: TeamsHarness) -> None:
    """A message that is not there any more is said to be gone."""
    message = await teams.platform.post(await teams.personal("jo"), CARD, "k")
    with pytest.raises(Gone):
        await teams.platform.update(Message(message.address, "1", message.thread), CARD)


async def test_with_consent_a_thread_is_heard_without_a_mention() -> None:
    """Where the team lets the bot read the channel, a plain reply under its card is within earshot."""
    async with teams_harness(consent=True, hears_threads=True) as teams:
        assert teams.platform.capabilities.hears_threads
        root = await teams.platform.post(await teams.channel(), CARD, "k")
        await teams.actor("helen").replies("Case WIC-7", "acknowledge")
        assert teams.inbox.last.act == Said("acknowledge", addressed=False)
        assert teams.inbox.last.place.thread == root.id


async def test_without_consent_a_thread_needs_a_mention(teams: TeamsHarness) -> None:
    """The capability says so, and a plain reply is not heard."""
    assert not teams.platform.capabilities.hears_threads
    await teams.platform.post(await teams.channel(), CARD, "k")
    await teams.actor("helen").replies("Case WIC-7", "acknowledge")
    assert teams.inbox.heard == []
    await teams.actor("helen").replies("Case WIC-7", "acknowledge", mention=True)
    assert teams.inbox.last.act == Said("acknowledge")


async def _connector(take: Handler) -> web.AppRunner:
    """A connector of Teams on loopback that answers by `take`; to be cleaned up."""
    app = web.Application()
    app.router.add_post("/v3/conversations/{chat}/activities", take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner


async def test_words_in_any_script_travel_unescaped(teams: TeamsHarness) -> None:
    """A card in Arabic is as long on the wire as it was measured: no escapes triple it."""
    bodies: list[bytes] = []

    async def take(request: web.Request) -> web.Response:
        bodies.append(await request.read())
        return web.json_response({"id": "1"})

    runner = await _connector(take)
    place = await teams.personal("jo")
    service = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    try:
        address = replace(place.address, service=service)
        await teams.platform.post(Place(address, "personal"), Card("مرحبا بالعالم"), "k")
    finally:
        await runner.cleanup()
    assert "مرحبا بالعالم".encode() in bodies[0]


async def test_teams_gets_no_cookie_back(teams: TeamsHarness) -> None:
    """Nothing of one tenant goes along to another."""
    cookies: list[str] = []

    async def take(request: web.Request) -> web.Response:
        cookies.append(request.headers.get("Cookie", ""))
        return web.json_response({"id": "1"}, headers={"Set-Cookie": "of=tenant"})

    runner = await _connector(take)
    place = await teams.personal("jo")
    # By its name: a cookie of a bare number is never kept.
    address = replace(place.address, service=f"http://localhost:{runner.addresses[0][1]}/")
    try:
        for _ in range(2):
            await teams.platform.post(Place(address, "personal"), CARD, "k")
    finally:
        await runner.cleanup()
    assert cookies == ["", ""]
