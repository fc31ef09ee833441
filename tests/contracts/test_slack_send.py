"""Every way in which Slack says no is one of the closed set, and nobody is taken for somebody else."""

import time
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack import limits
from adapters.slack.auth import web_client
from adapters.slack.send import EVENT, Sender
from bot.chat.card import Card, Text
from bot.chat.port import DeliveryError, Gone, Refused, TryLater, Uncertain, Unreachable
from bot.chat.text import plain
from bot.chat.turn import Account, Address, Place
from playground.faults import Broken, DropAfter, DropBefore, Refuse, TooMany
from tests.contracts.inbox import PHRASES
from tests.contracts.reasons import assert_plain
from tests.contracts.slack_harness import SlackHarness, slack_harness
from tests.contracts.slack_validity import assert_message

CARD = Card("Case WIC-7", (Text(plain("It rained.")),))


@pytest.fixture
async def harness() -> AsyncIterator[SlackHarness]:
    """A workspace with the adapter."""
    async with slack_harness() as found:
        yield found


POSTING = {
    "account_inactive": Unreachable,
    "channel_not_found": Unreachable,
    "is_archived": Unreachable,
    "not_in_channel": Unreachable,
    "token_revoked": Unreachable,
    "invalid_auth": TryLater,
    "not_authed": TryLater,
    "token_expired": TryLater,
    "missing_scope": Unreachable,
    "user_not_found": Unreachable,
    "invalid_blocks": Refused,
    "msg_too_long": Refused,
    "msg_blocks_too_long": Refused,
    "no_text": Refused,
    "an_error_of_tomorrow": Refused,
    "ratelimited": TryLater,
    "service_unavailable": TryLater,
    "internal_error": TryLater,
    "fatal_error": TryLater,
}
PERHAPS_TAKEN = {"internal_error", "fatal_error"}


@pytest.mark.parametrize("code", POSTING)
async def test_a_refused_post(harness: SlackHarness, code: str) -> None:
    """Each error of Slack's is the one of ours that says what to do next, with a reason in words."""
    place = await harness.personal("jo")
    harness.faults.next("chat.postMessage", Refuse(code))
    with pytest.raises(DeliveryError) as caught:
        await harness.platform.post(place, CARD, "k")
    assert type(caught.value) is POSTING[code]
    assert getattr(caught.value, "perhaps_taken", False) is (code in PERHAPS_TAKEN)
    assert_plain(caught.value.reason)


@pytest.mark.parametrize("code", ["message_not_found", "cant_update_message", "edit_window_closed"])
async def test_an_update_of_what_is_not_there(harness: SlackHarness, code: str) -> None:
    """A message that was removed, or is not ours, is gone."""
    message = await harness.platform.post(await harness.personal("jo"), CARD, "k")
    harness.faults.next("chat.update", Refuse(code))
    with pytest.raises(Gone):
        await harness.platform.update(message, CARD)


@pytest.mark.parametrize("fault", [Broken(500), Broken(502), Broken(503), DropBefore(), DropAfter()])
async def test_an_update_is_simply_repeated(harness: SlackHarness, fault: Broken | DropBefore) -> None:
    """Doing an update twice harms nothing, so one of unknown fate is tried later."""
    message = await harness.platform.post(await harness.personal("jo"), CARD, "k")
    harness.faults.next("chat.update", fault)
    with pytest.raises(TryLater):
        await harness.platform.update(message, CARD)


async def test_a_request_to_wait_is_not_waited_out_inside(harness: SlackHarness) -> None:
    """The adapter asks Slack once: when to ask again is the engine's matter."""
    place = await harness.personal("jo")
    harness.faults.next("chat.postMessage", TooMany(after=30), times=5)
    with pytest.raises(TryLater) as caught:
        await harness.platform.post(place, CARD, "k")
    assert caught.value.after == 30
    assert len([method for method, _ in harness.faults.struck if method == "chat.postMessage"]) == 1


async def test_nobody_at_the_address() -> None:
    """Where nothing listens, nothing was taken: it is tried later."""
    sender = Sender(AsyncWebClient("xoxb-1", base_url="http://127.0.0.1:9/api/", retry_handlers=[]), PHRASES)
    with pytest.raises(TryLater):
        await sender.post(Place(Address("slack", "T1", "A1", "C1"), "channel"), CARD, "k")


@pytest.mark.parametrize("body", ["", "not json", "[]", "null", "<html>", '{"ok": "no"}'])
async def test_an_answer_that_can_not_be_read(body: str) -> None:
    """An answer that is not Slack's leaves the fate of a post open."""

    async def answer(request: web.Request) -> web.Response:
        return web.Response(text=body, content_type="application/json")

    app = web.Application()
    app.router.add_route("*", "/api/{method}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        base = f"http://127.0.0.1:{runner.addresses[0][1]}/api/"
        sender = Sender(AsyncWebClient("xoxb-1", base_url=base, retry_handlers=[]), PHRASES)
        place = Place(Address("slack", "T1", "A1", "C1"), "channel")
        with pytest.raises(Uncertain):
            await sender.post(place, CARD, "k")
    finally:
        await runner.cleanup()


async def test_an_ephemeral_card_is_replaced_through_the_proxy() -> None:
    """Where Slack is reached through a proxy, so is the address of an ephemeral message."""
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(str(request.url))
        return web.Response(text="ok")

    app = web.Application()
    app.router.add_route("POST", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    proxy = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        async with aiohttp.ClientSession() as session:
            client = AsyncWebClient("xoxb-1", session=session, proxy=proxy, retry_handlers=[])
            await Sender(client, PHRASES).replace("http://hooks.slack.invalid/actions/1", CARD)
    finally:
        await runner.cleanup()
    assert asked == ["http://hooks.slack.invalid/actions/1"]


async def test_a_post_carries_its_key(harness: SlackHarness) -> None:
    """The key of a delivery travels as the message's metadata, and links bring no previews of their own."""
    await harness.platform.post(await harness.personal("jo"), CARD, "delivery-7")
    method, args = harness.workspace.calls[-1]
    assert method == "chat.postMessage"
    assert args["metadata"] == {"event_type": EVENT, "event_payload": {"key": "delivery-7"}}
    assert args["unfurl_links"] is False
    assert_message(args["blocks"], args["text"])


async def test_a_reply_under_a_private_message_is_not_missed(harness: SlackHarness) -> None:
    """A delivery in a thread of a direct message is shown in the chat too; in a channel it is not, nor is
    the answer to what the person just did there."""
    place = await harness.personal("jo")
    root = await harness.platform.post(place, CARD, "k")
    message = await harness.platform.post(Place(place.address, "personal", root.id), CARD, "k2")
    assert harness.workspace.calls[-1][1]["reply_broadcast"] is True
    assert message.thread == root.id
    await harness.platform.post(Place(place.address, "personal", root.id), CARD, "")
    assert "reply_broadcast" not in harness.workspace.calls[-1][1]
    channel = await harness.channel()
    top = await harness.platform.post(channel, CARD, "k3")
    await harness.platform.post(Place(channel.address, "channel", top.id), CARD, "k4")
    assert "reply_broadcast" not in harness.workspace.calls[-1][1]


async def test_a_deleted_thread_loses_no_post(harness: SlackHarness) -> None:
    """Where the root of a thread was deleted, the post stands in the chat itself."""
    place = await harness.personal("jo")
    there = Place(place.address, "personal", "1700000000.000001")
    message = await harness.platform.post(there, CARD, "k")
    assert message.thread == ""
    assert harness.actor("jo").sees("Case WIC-7")


async def test_a_lost_post_is_found_in_its_thread(harness: SlackHarness) -> None:
    """A post of unknown fate is found where it belongs: in the chat, or in the thread."""
    place, began = await harness.personal("jo"), time.time()
    root = await harness.platform.post(place, CARD, "k1")
    there = Place(place.address, "personal", root.id)
    harness.faults.next("chat.postMessage", DropAfter())
    with pytest.raises(Uncertain):
        await harness.platform.post(there, CARD, "k2")
    found = await harness.platform.find(there, "k2", began)
    assert found is not None
    assert found.thread == root.id
    assert await harness.platform.find(there, "k3", began) is None


async def test_a_lost_post_is_found_far_down(harness: SlackHarness) -> None:
    """A lost post is found also where many messages stand above it, and the search ends."""
    place, began = await harness.personal("jo"), time.time()
    first = await harness.platform.post(place, CARD, "k1")
    state = harness.workspace.state
    channel = state.channels[place.address.conversation]
    for number in range(450):
        state.post(channel, harness.users["jo"], f"line {number}")
    found = await harness.platform.find(place, "k1", began)
    assert found is not None
    assert found.id == first.id


async def test_a_search_that_ends_early_does_not_say_that_nothing_is_there(
    harness: SlackHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where more was said than is looked through, nobody knows whether the post is there."""
    monkeypatch.setattr(limits, "FIND_PAGE", 2)
    place, began = await harness.personal("jo"), time.time()
    for number in range(2 * limits.FIND_PAGES):
        await harness.platform.post(place, CARD, f"k{number}")
    assert await harness.platform.find(place, "another", began) is None
    await harness.platform.post(place, CARD, "one more")
    with pytest.raises(Refused) as caught:
        await harness.platform.find(place, "another", began)
    assert_plain(caught.value.reason)


@pytest.mark.parametrize(
    ("fault", "error", "after"),
    [
        (Refuse("missing_scope"), Unreachable, None),
        (Refuse("not_in_channel"), Unreachable, None),
        (Refuse("an_error_of_tomorrow"), Refused, None),
        (TooMany(after=60), TryLater, 60.0),
        (Refuse("ratelimited"), TryLater, None),
        (Broken(500), TryLater, None),
    ],
)
async def test_a_lost_post_can_not_be_looked_for(
    harness: SlackHarness, fault: Refuse | TooMany | Broken, error: type[DeliveryError], after: float | None
) -> None:
    """Slack does not let us read what was said, for good or for now: the engine is told which, and how long.
    Slack is asked once; nothing of it is waited out inside."""
    place = await harness.personal("jo")
    harness.faults.next("conversations.history", fault)
    with pytest.raises(DeliveryError) as caught:
        await harness.platform.find(place, "k", time.time())
    assert type(caught.value) is error
    assert getattr(caught.value, "after", None) == after
    assert len(harness.faults.struck) == 1


@pytest.mark.parametrize("email", ["", "nobody@wickering.example", "gone@wickering.example"])
async def test_nobody_is_guessed(harness: SlackHarness, email: str) -> None:
    """An unknown address, an empty one, and that of a closed account reach nobody."""
    client = harness.workspace.add_person("Gone Already", "gone@wickering.example")
    await harness.workspace.deactivate(client.user)
    with pytest.raises(Unreachable):
        await harness.platform.reach(email, ())


async def test_an_unconfirmed_address_reaches_nobody(harness: SlackHarness) -> None:
    """An address that its owner never confirmed to Slack could be anybody's."""
    client = harness.workspace.add_person("Eve", "victim@wickering.example", confirmed=False)
    with pytest.raises(Unreachable):
        await harness.platform.reach("victim@wickering.example", ())
    place = Place(Address("slack", "T0PLAY", "A0PLAY", "D1"), "personal")
    profile = await harness.platform.profile(Account("slack", "T0PLAY", client.user), place)
    assert profile is not None
    assert profile.email == ""


async def test_whoever_wrote_last_is_remembered_longest(
    harness: SlackHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the direct messages that are known, the one that was used longest ago is forgotten."""
    monkeypatch.setattr("adapters.slack.send._MOST_KNOWN", 2)
    sender = (await harness.adapter.workspaces.at(harness.workspace.state.team_id)).sender
    for user in ("U1", "U2", "U1", "U3"):
        sender.met(user, f"D-{user}")
    assert [sender.known_direct(user) for user in ("U1", "U2", "U3")] == ["D-U1", "", "D-U3"]


async def test_the_app_is_known_from_the_start(harness: SlackHarness) -> None:
    """Slack is asked who we are before it ever called us: workspace and app stand in every address."""
    state = harness.workspace.state
    address = (await harness.personal("jo")).address
    assert (address.tenant, address.app) == (state.team_id, state.app_id)


async def test_a_channel_of_the_directory_gets_its_whole_address(harness: SlackHarness) -> None:
    """A directory names a channel by its id alone; the message posted there knows workspace and app."""
    named = Place(Address("slack", "", "", harness.channel_id), "channel")
    message = await harness.platform.post(named, CARD, "k")
    assert message.address == (await harness.channel()).address


async def test_the_case_of_an_address_does_not_matter(harness: SlackHarness) -> None:
    """People write addresses in capitals, and are still found."""
    assert await harness.platform.reach("JO@Wickering.Example", ()) == await harness.personal("jo")


async def test_another_workspaces_word_is_not_taken(harness: SlackHarness) -> None:
    """The e-mail address of somebody from another workspace is not vouched for by ours."""
    account = Account("slack", "T0OTHER", harness.users["jo"])
    profile = await harness.platform.profile(account, await harness.personal("jo"))
    assert profile is not None
    assert profile.email == ""


async def test_somebody_whom_slack_hides_is_nobody(harness: SlackHarness) -> None:
    """An account that Slack does not show has no profile."""
    hidden = Account("slack", harness.workspace.state.team_id, "U000HIDDEN")
    assert await harness.platform.profile(hidden, await harness.personal("jo")) is None


async def test_a_bot_or_a_closed_account_is_nobody(harness: SlackHarness) -> None:
    """Bots and closed accounts have no profile."""
    place = await harness.personal("jo")
    bot = Account("slack", harness.workspace.state.team_id, harness.workspace.state.bot_user)
    assert await harness.platform.profile(bot, place) is None
    await harness.workspace.deactivate(harness.users["lena"])
    gone = Account("slack", harness.workspace.state.team_id, harness.users["lena"])
    assert await harness.platform.profile(gone, place) is None


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "[::1]", "localhost"])
def test_what_is_on_this_machine_is_asked_without_a_proxy(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    """The token of a simulator on this machine goes by no proxy; that of Slack does."""
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    assert web_client("xoxb-made-up", f"http://{host}:3978/api/").proxy is None
    assert web_client("xoxb-made-up", "https://slack.com/api/").proxy == "http://proxy.example:3128"
