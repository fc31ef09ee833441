"""Several Slack workspaces in one service: whose token is used where, who is let in, what a removal means."""

import json
import time
from collections.abc import AsyncIterator

import aiohttp
import pytest

from adapters.slack.workspaces.single import Single
from bot.chat.action import Payload
from bot.chat.card import Button, Card
from bot.chat.form import Form, TextField
from bot.chat.port import TryLater, Uncertain, Unreachable
from bot.chat.turn import Address, Ask, Place, Removed, Said, Say, Whisper
from bot.installations import StoredInstallations
from bot.sealing import Seal
from playground.faults import Broken, DropAfter, Refuse, TooMany
from playground.screen import Json
from playground.slack_client import envelope
from playground.slack_service import signed
from playground.slack_workspace import SlackWorkspace
from tests.contracts.inbox import PHRASES
from tests.contracts.slack_harness import SlackHarness, slack_harness
from tests.contracts.slack_town import COUNCIL, ELSEWHERE, HEALTH, KEY, Town, town
from tests.faults.door import PostgresDoor
from tests.postgres import Postgres

CARD = Card("Case WIC-7")
OPEN = Payload("raise.open", 1)
FORM = Form("Raise", (TextField("reference", "Case reference"),), Payload("raise.send", 1), "i-1", "Send")


@pytest.fixture
async def here(sqlite_url: str) -> AsyncIterator[Town]:
    """A town with Braver in both workspaces that may have it. No token is ever used in another workspace."""
    async with town(sqlite_url) as found:
        yield found
        assert found.slack.crossings == []
        assert found.slack.unknown_tokens == []


async def send(town: Town, body: Json | str, kind: str = "application/json") -> int:
    """A request that Slack signed; the status of its answer."""
    words = body if isinstance(body, str) else json.dumps(body)
    headers = signed(town.slack.signing_secret, words) | {"Content-Type": kind}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{town.address}/slack/events", data=words.encode(), headers=headers) as answer,
    ):
        return answer.status


def words(workspace: SlackWorkspace, user: str, text: str = "hello") -> Json:
    """A message in the person's direct message, as an event."""
    ts = workspace.state.new_ts()
    event: Json = {"type": "message", "channel_type": "im", "user": user, "text": text, "ts": ts}
    event |= {"event_ts": ts, "channel": workspace.state.direct(user).id}
    return envelope(workspace.state, event)


def removal(workspace: SlackWorkspace, at: int, kind: str = "app_uninstalled") -> Json:
    return envelope(workspace.state, {"type": kind}) | {"event_time": at}


def _somewhere(team: str) -> Place:
    return Place(Address("slack", team, "A0PLAY", "D1"), "personal")


def user(town: Town, id: str) -> str:
    teams = {"jo": town.health, "helen": town.council, "eve": town.elsewhere}
    return next(one.id for one in teams[id].state.users.values() if one.email.startswith(f"{id}@"))


# Whose token


async def test_each_is_answered_in_their_own_workspace(here: Town) -> None:
    """Words, presses and forms are answered with the token of the workspace in which they were made."""
    here.inbox.answers = lambda act: Say(Card("I am here", (), (Button("Raise", OPEN, opens_form=True),)))
    for id in ("jo", "helen"):
        await here.actor(id).says("hello")
        await here.settled()
        assert here.actor(id).sees("I am here")
    here.inbox.answers = lambda act: Ask(FORM)
    for id in ("jo", "helen"):
        await here.actor(id).presses("Raise")
        await here.settled()
        form = here.actor(id).form()
        assert form is not None
        assert form.title == "Raise"
    tenants = {(heard.account.tenant, heard.place.address.tenant) for heard in here.inbox.heard}
    assert tenants == {(HEALTH, HEALTH), (COUNCIL, COUNCIL)}


async def test_what_goes_out_takes_the_token_of_its_address(here: Town) -> None:
    """Posts, updates, look-ups and profiles go to the workspace of the address, whatever came last."""
    for id, team in (("jo", HEALTH), ("helen", COUNCIL)):
        place = await here.platform.reach(f"{id}@wickering.example", ())
        assert place.address.tenant == team
        message = await here.platform.post(place, CARD, f"k-{id}")
        await here.platform.update(message, Card("Case WIC-8"))
        assert here.actor(id).sees("Case WIC-8")
        found = await here.platform.find(place, f"k-{id}", time.time() - 60)
        assert found is not None
        assert found.id == message.id


async def test_private_words_stay_in_the_workspace(here: Town) -> None:
    """A whisper in a channel and its fallback in private reach the person where they asked."""
    here.council.add_channel("duty", [user(here, "helen")])
    here.inbox.answers = lambda act: Whisper(Card("For you alone"))
    here.council.faults.next("chat.postEphemeral", Refuse("channel_not_found"))
    await here.actor("helen").mentions("urgent", channel="duty")
    await here.settled()
    assert here.actor("helen").sees("For you alone")
    assert not here.actor("jo").sees("For you alone")


async def test_a_client_is_made_once(here: Town) -> None:
    """As long as the installation is the same, so is what speaks for it."""
    first = await here.adapter.workspaces.at(HEALTH)
    assert await here.adapter.workspaces.at(HEALTH) is first
    assert await here.adapter.workspaces.at(COUNCIL) is not first


async def test_another_process_installs_anew(here: Town) -> None:
    """A token that was changed in the database, by whichever process, is used from then on."""
    before = await here.adapter.workspaces.at(HEALTH)
    kept = await here.installations.find(HEALTH)
    assert kept is not None
    await StoredInstallations(here.database, Seal((KEY,)), "slack").save(kept)
    after = await here.adapter.workspaces.at(HEALTH)
    assert after is not before
    place = await here.platform.reach("jo@wickering.example", ())
    await here.platform.post(place, CARD, "k")
    assert here.actor("jo").sees("Case WIC-7")


# Finding people


async def test_a_person_is_reached_where_they_were_seen(here: Town) -> None:
    """Of two workspaces that know the address, the one in which the person was seen is taken."""
    here.health.add_person("Helen Castle", "helen@wickering.example")
    seen = _somewhere(COUNCIL)
    channel = Place(Address("slack", HEALTH, "A0PLAY", "C1"), "channel")
    place = await here.platform.reach("helen@wickering.example", (seen, channel))
    assert place.address.tenant == COUNCIL


async def test_somebody_never_seen_is_reached_in_the_order_of_the_list(here: Town) -> None:
    """Of two workspaces that know the address, and saw nobody, the first of the allow-list is taken."""
    for team in (here.council, here.health):
        team.add_person("Lena Brook", "lena@wickering.example")
    for _ in range(3):
        assert (await here.platform.reach("lena@wickering.example", ())).address.tenant == HEALTH


async def test_somebody_who_left_the_workspace_is_found_in_the_other(here: Town) -> None:
    """Where the person was seen, but is no more, the other workspaces are asked."""
    here.council.add_person("Jo Marsh", "jo@wickering.example")
    seen = _somewhere(HEALTH)
    await here.health.deactivate(user(here, "jo"))
    assert (await here.platform.reach("jo@wickering.example", (seen,))).address.tenant == COUNCIL


async def test_somebody_whom_nobody_knows(here: Town) -> None:
    """Only where no workspace has the person are they not reachable."""
    with pytest.raises(Unreachable) as caught:
        await here.platform.reach("nobody@wickering.example", ())
    assert "nobody in the Slack workspace" in caught.value.reason


async def test_a_workspace_that_does_not_answer_is_not_passed_over(here: Town) -> None:
    """While the first workspace does not answer, the second is not taken in its stead."""
    here.council.add_person("Jo Marsh", "jo@wickering.example")
    here.health.faults.next("users.lookupByEmail", TooMany(after=9))
    with pytest.raises(TryLater):
        await here.platform.reach("jo@wickering.example", ())
    assert (await here.platform.reach("jo@wickering.example", ())).address.tenant == HEALTH


async def test_an_unconfirmed_address_is_not_taken_from_any_workspace(here: Town) -> None:
    """An address that its owner never confirmed is passed over for one that was."""
    here.health.add_person("Eve", "helen@wickering.example", confirmed=False)
    assert (await here.platform.reach("helen@wickering.example", ())).address.tenant == COUNCIL


async def test_a_channel_of_the_directory_is_found(here: Town) -> None:
    """A directory names a channel by its id alone: the post goes to the workspace that has it."""
    channel = here.council.add_channel("duty", [user(here, "helen")])
    named, began = Place(Address("slack", "", "", channel), "channel"), time.time()
    here.slack.crossings.clear()
    message = await here.platform.post(named, CARD, "k")
    assert message.address == Address("slack", COUNCIL, "A0PLAY", channel)
    found = await here.platform.find(named, "k", began)
    assert found == message
    with pytest.raises(Unreachable):
        await here.platform.post(Place(Address("slack", "", "", "C000GONE"), "channel"), CARD, "k")
    # Here, and only here, Slack itself is asked which workspace has the channel.
    here.slack.crossings.clear()


async def test_a_lost_post_in_a_channel_is_not_posted_elsewhere(here: Town) -> None:
    """A post of unknown fate is looked for, and never tried in the next workspace."""
    channel = here.health.add_channel("duty", [user(here, "jo")])
    here.health.faults.next("chat.postMessage", DropAfter())
    with pytest.raises(Uncertain):
        await here.platform.post(Place(Address("slack", "", "", channel), "channel"), CARD, "k")
    assert not [method for method, _ in here.council.calls if method == "chat.postMessage"]


# Who is let in


async def test_a_workspace_that_is_not_allowed_gets_no_turn(here: Town) -> None:
    """A signed request of a workspace that is not on the list is counted, and nothing comes of it."""
    assert await send(here, words(here.elsewhere, user(here, "eve"))) == 200
    assert here.inbox.refusals == [("slack", "workspace not allowed")]
    assert not here.inbox.deliveries


async def test_nothing_looks_as_if_it_had_been_taken(here: Town) -> None:
    """A command, a press or a form from there is not answered with success: Slack tells the person."""
    eve = here.elsewhere.client(user(here, "eve"))
    await eve.command("/braver raise", here.elsewhere.state.direct(eve.user))
    await eve.shortcut("menu")
    assert [attempt.status for attempt in here.elsewhere.attempts] == [403, 403]
    assert here.actor("eve").sees("failed")
    assert len(here.inbox.refusals) == 2
    assert not here.inbox.deliveries


async def test_a_workspace_where_it_is_not_installed_gets_no_turn(sqlite_url: str) -> None:
    """An allowed workspace that has not installed the app is refused and counted, too."""
    async with town(sqlite_url, installed=(HEALTH,)) as found:
        assert await send(found, words(found.council, user(found, "helen"))) == 200
        assert found.inbox.refusals == [("slack", "workspace not installed")]
        assert not found.inbox.deliveries
        with pytest.raises(Unreachable, match="not installed"):
            await found.platform.post(_somewhere(COUNCIL), CARD, "k")
        with pytest.raises(Unreachable, match="may not be used"):
            await found.platform.post(_somewhere(ELSEWHERE), CARD, "k")


async def test_nowhere_installed_reaches_nobody(sqlite_url: str) -> None:
    """Before the first installation nobody is reachable, and it says why."""
    async with town(sqlite_url, installed=()) as found:
        with pytest.raises(Unreachable, match="not installed in any"):
            await found.platform.reach("jo@wickering.example", ())


async def test_a_whole_organisation_gets_no_turn(here: Town) -> None:
    """A request by way of an organisation-wide installation is refused and counted."""
    body = words(here.health, user(here, "jo"))
    body["authorizations"][0] |= {"is_enterprise_install": True, "enterprise_id": "E0COUNTY"}
    assert await send(here, body) == 200
    assert here.inbox.refusals == [("slack", "organisation-wide installation")]
    assert not here.inbox.deliveries


async def test_a_shared_channel_is_served_for_whom_it_is_installed(here: Town) -> None:
    """In a channel that workspaces share, the authorization says for whom an event is."""
    channel = here.health.add_channel("shared", [user(here, "jo")])
    event: Json = {
        "type": "app_mention",
        "user": "U0STRANGER",
        "text": "hello",
        "ts": "2.0",
        "channel": channel,
    }
    body = envelope(here.health.state, event | {"event_ts": "2.0"})
    body |= {"team_id": ELSEWHERE, "context_team_id": ELSEWHERE, "is_ext_shared_channel": True}
    assert await send(here, body) == 200
    assert here.inbox.last.account.tenant == HEALTH
    assert here.inbox.last.act == Said("hello")


async def test_a_form_in_a_shared_channel_is_answered_by_who_opened_it(here: Town) -> None:
    """A modal says for which workspace it was opened: that one's token goes on with it."""
    jo = here.health.client(user(here, "jo"))
    body: Json = {
        "type": "block_suggestion", "team": {"id": ELSEWHERE}, "user": {"id": jo.user, "team_id": ELSEWHERE},
        "view": {"app_installed_team_id": HEALTH, "private_metadata": "", "state": {}}, "action_id": "x",
    }  # fmt: skip
    form = "payload=" + json.dumps(body)
    assert await send(here, form, "application/x-www-form-urlencoded") == 200
    assert not here.inbox.refusals


@pytest.mark.parametrize("body", ["{", "[]", "null", '"x"', "{}", '{"team":5,"event":{}}', '{"view":"x"}'])
async def test_a_signed_body_without_sense_does_no_harm(here: Town, body: str) -> None:
    """What Slack would never send is turned away without an error of ours."""
    assert 400 <= await send(here, body) < 500 or body == '{"team":5,"event":{}}'
    assert not here.inbox.deliveries


async def test_the_address_proves_itself(here: Town) -> None:
    """Slack's question whether the address is ours names no workspace, and is answered."""
    assert await send(here, {"type": "url_verification", "challenge": "c-1"}) == 200
    assert not here.inbox.refusals


@pytest.mark.parametrize(
    ("allowed", "status"), [((), 200), (("T0OTHER", "T0PLAY"), 200), (("T0OTHER",), 403)]
)
async def test_the_one_workspace_of_the_settings(
    allowed: tuple[str, ...], status: int, caplog: pytest.LogCaptureFixture
) -> None:
    """With a token in the settings a list of workspaces is kept, too; a wrong one is in the log."""
    async with slack_harness(workspaces=allowed) as single:
        await single.workspace.client(single.users["jo"]).shortcut("menu")
        assert single.workspace.attempts[-1].status == status
        refused = [("slack", "workspace not allowed")]
        assert single.inbox.refusals == (refused if status == 403 else [])
        assert len(single.inbox.heard) == (0 if status == 403 else 1)
        assert ("BRAVER_SLACK_WORKSPACES" in caplog.text) == (status == 403)
        await single.workspace.uninstall()
        assert [type(heard.act) for heard in single.inbox.heard][-1:] == ([] if status == 403 else [Removed])


# Removal


@pytest.mark.parametrize("how", ["uninstall", "revoke"])
async def test_removed_and_installed_anew(here: Town, how: str) -> None:
    """Once removed, people there are not reachable, and the others are; installed anew, all are."""
    place = await here.platform.reach("jo@wickering.example", ())
    await getattr(here.health, how)()
    await here.settled()
    assert isinstance(here.inbox.last.act, Removed)
    assert here.inbox.last.place.address.tenant == HEALTH
    assert not here.inbox.last.place.address.conversation
    with pytest.raises(Unreachable, match="not installed"):
        await here.platform.post(place, CARD, "k1")
    with pytest.raises(Unreachable):
        await here.platform.reach("jo@wickering.example", (place,))
    await here.platform.post(await here.platform.reach("helen@wickering.example", ()), CARD, "k2")
    await here.install(HEALTH)
    await here.platform.post(await here.platform.reach("jo@wickering.example", ()), CARD, "k3")
    assert here.actor("jo").sees("Case WIC-7")
    assert ("installation_revoked", "installation_revoked", f"slack:{HEALTH}:") in await here.history()


async def test_both_events_of_a_removal_are_one(here: Town) -> None:
    """Slack tells of the token and of the app, in any order: neither is refused."""
    await here.health.revoke()
    await here.health.uninstall()
    await here.settled()
    assert [type(heard.act) for heard in here.inbox.heard] == [Removed, Removed]
    assert not here.inbox.refusals


async def test_tokens_of_people_are_no_removal(here: Town) -> None:
    """Tokens of people, of which Braver has none, may be revoked at will."""
    event = {"type": "tokens_revoked", "tokens": {"oauth": ["U1"]}}
    assert await send(here, envelope(here.health.state, event)) == 200
    assert not here.inbox.deliveries
    await here.platform.post(await here.platform.reach("jo@wickering.example", ()), CARD, "k")


async def test_a_removal_that_comes_late_removes_nothing_new(here: Town) -> None:
    """A removal from before the present installation, sent late or again, has no effect."""
    await here.health.uninstall()
    await here.install(HEALTH)
    await here.settled()
    heard = len(here.inbox.heard)
    assert await send(here, removal(here.health, int(time.time()) - 3600)) == 200
    assert len(here.inbox.heard) == heard
    await here.platform.post(await here.platform.reach("jo@wickering.example", ()), CARD, "k")


async def test_a_removal_that_was_not_saved_comes_again(here: Town) -> None:
    """With the database away a removal is answered 503, so that Slack tells of it once more."""
    here.inbox.down = True
    assert await send(here, removal(here.health, int(time.time()))) == 503
    here.inbox.down = False
    assert await send(here, removal(here.health, int(time.time()))) == 200
    assert isinstance(here.inbox.last.act, Removed)


async def test_nobody_else_removes_it(here: Town) -> None:
    """A removal told by a workspace that is not on the list is refused; an unsigned one is, too."""
    assert await send(here, removal(here.elsewhere, int(time.time()))) == 200
    assert here.inbox.refusals == [("slack", "workspace not allowed")]
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{here.address}/slack/events", json=removal(here.health, int(time.time()))) as answer,
    ):
        assert answer.status == 401
    assert set(await here.installations.stamps()) == {HEALTH, COUNCIL}


@pytest.mark.parametrize(
    ("code", "error"),
    [("invalid_auth", TryLater), ("token_revoked", Unreachable), ("account_inactive", Unreachable)],
)
async def test_a_token_that_slack_does_not_take(
    here: Town, code: str, error: type[TryLater] | type[Unreachable]
) -> None:
    """Where Braver was removed nobody is reachable; a token that is only refused may be mended. In words."""
    place = await here.platform.reach("jo@wickering.example", ())
    here.health.faults.next("chat.postMessage", Refuse(code))
    with pytest.raises(error) as caught:
        await here.platform.post(place, CARD, "k")
    assert code not in caught.value.reason
    await here.platform.post(place, CARD, "k")


async def test_a_token_revoked_without_a_word(here: Town) -> None:
    """A removal of which Slack never told is found out by the first call; installed anew, all is well."""
    place = await here.platform.reach("jo@wickering.example", ())
    await here.health.revoke(tell=False)
    with pytest.raises(Unreachable, match="removed"):
        await here.platform.post(place, CARD, "k")
    await here.install(HEALTH)
    await here.platform.post(place, CARD, "k")
    assert here.actor("jo").sees("Case WIC-7")


# Trouble


async def test_the_database_is_away(postgres: Postgres, postgres_url: str) -> None:
    """While nothing can be read, whoever presses something is told that nothing was saved; events come again;
    and nobody is looked for where they may not be."""
    async with PostgresDoor.before(postgres, postgres_url) as door, town(door.url) as found:
        place = await found.platform.reach("jo@wickering.example", ())
        await found.platform.post(place, Card("Menu", (), (Button("Ack", OPEN),)), "k")
        door.stick()
        found.inbox.down = True
        assert await send(found, words(found.health, user(found, "jo"))) == 503
        await found.actor("jo").presses("Ack")
        with pytest.raises(TryLater):
            await found.platform.reach("jo@wickering.example", ())
        door.free()
        await found.settled()
        assert found.actor("jo").sees(PHRASES.try_again)
        assert not found.inbox.refusals


async def test_the_database_is_away_before_anything_is_known(postgres: Postgres, postgres_url: str) -> None:
    """Where it is not known yet whether the app is installed, nothing is refused: it is to come again."""
    async with PostgresDoor.before(postgres, postgres_url) as door, town(door.url) as found:
        door.stick()
        assert await send(found, words(found.council, user(found, "helen"))) == 503
        with pytest.raises(TryLater):
            await found.platform.post(_somewhere(COUNCIL), CARD, "k")
        door.free()
        assert await send(found, words(found.council, user(found, "helen"))) == 200
        assert not found.inbox.refusals


async def test_slack_fails_in_one_workspace(here: Town) -> None:
    """What goes wrong in one workspace leaves the other as it was."""
    jo = await here.platform.reach("jo@wickering.example", ())
    helen = await here.platform.reach("helen@wickering.example", ())
    here.health.faults.next("chat.postMessage", Broken(503), times=5)
    with pytest.raises(TryLater):
        await here.platform.post(jo, CARD, "k1")
    await here.platform.post(helen, CARD, "k2")
    assert here.actor("helen").sees("Case WIC-7")


async def test_one_token_serves_the_workspace_that_it_is_for() -> None:
    """Where no list says who may be served: another workspace that was given the same app, whose requests
    bear the same signature, is refused before anybody hears of it."""
    async with slack_harness() as single:
        await single.workspace.client(single.users["jo"]).say("menu")
        await single.settled()
        body = single.workspace.attempts[-1].body
        assert "T0PLAY" in body
        before = len(single.inbox.deliveries)
        assert await _posted(single, body.replace("T0PLAY", "T0STRANGE")) == 200, "it is not to come again"
        assert single.inbox.refusals == [("slack", "workspace not allowed")]
        assert len(single.inbox.deliveries) == before


async def test_whose_the_token_is_must_be_known() -> None:
    """Slack does not say who we are: what comes is to come again, and nobody is served by mistake."""
    async with slack_harness() as single:
        assert isinstance(single.adapter.workspaces, Single)
        single.adapter.workspaces._team = ""
        single.adapter.workspaces._here.sender._identity = None
        single.faults.next("auth.test", Refuse("internal_error"), times=100)
        await single.workspace.client(single.users["jo"]).say("menu")
        assert {attempt.status for attempt in single.workspace.attempts} == {503}
        assert single.inbox.deliveries == []
        single.faults.stop()
        await single.workspace.client(single.users["jo"]).say("menu")
        assert single.workspace.attempts[-1].status == 200


async def _posted(single: SlackHarness, body: str) -> int:
    headers = {"Content-Type": "application/json", **signed(single.workspace.signing_secret, body)}
    async with (
        aiohttp.ClientSession() as session,
        session.post(single.workspace.service, data=body.encode(), headers=headers) as answer,
    ):
        return answer.status
