"""The simulated tenant behaves as Teams does where Braver could come to grief."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from urllib.parse import quote

import aiohttp
import pytest
from aiohttp import web

from playground.faults import Broken, DropAfter, Refuse, TooMany
from playground.people import Actor
from playground.teams_tenant import TeamsTenant
from tests.units.playground_service import CARD, Json, Service, attached, card, words

EXECUTE: Json = {"type": "Action.Execute", "title": "Acknowledge", "verb": "ack", "data": {"case": 7}}


class Stage:
    """One tenant, one service, Helen and Tom in one team, the app installed for Helen and in the team."""

    def __init__(self, tenant: TeamsTenant, service: Service) -> None:
        self.tenant = tenant
        self.service = service
        helen = tenant.add_person("Helen Castle", "helen@care.example")
        tom = tenant.add_person("Tom Reed", "tom@care.example", upn="t.reed@care.example")
        self.helen_id, self.tom_id = helen.user, tom.user
        self.helen = Actor("helen", helen, tenant.feed)
        self.tom = Actor("tom", tom, tenant.feed)
        self.team = tenant.add_team("Duty", [helen.user, tom.user])
        self.channel = tenant.add_channel(self.team, "assessments")

    @property
    def chat(self) -> str:
        return self.tenant.state.chat(self.helen_id)

    async def call(self, method: str, path: str, body: Json | None = None) -> tuple[int, Json]:
        return await self.service.call(f"{self.tenant.service_url}v3/{path}", body or {}, method=method)

    async def tells(self, conversation: str, body: Json) -> tuple[int, Json]:
        """The bot posts."""
        return await self.call("POST", f"conversations/{quote(conversation, safe='')}/activities", body)

    def answers(self, body: Json) -> None:
        """From now on the service answers every invoke with this."""

        async def answer(activity: Json) -> web.Response | None:
            return web.json_response(body) if activity["type"] == "invoke" else None

        self.service.answer = answer


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with Service() as service, TeamsTenant(invoke_patience=1.0, message_patience=1.0) as tenant:
        tenant.service = f"{service.url}/api/messages"
        stage = Stage(tenant, service)
        await tenant.install(stage.helen_id)
        await tenant.install_in_team(stage.team, stage.helen_id)
        service.bodies.clear()
        yield stage


async def test_installing_tells_the_service_where(stage: Stage) -> None:
    """An installation brings a conversation update and an installation update with the reference to keep."""
    await stage.tenant.install(stage.tom_id)
    assert [body["type"] for body in stage.service.bodies] == ["conversationUpdate", "installationUpdate"]
    for body in stage.service.bodies:
        assert body["serviceUrl"] == stage.tenant.service_url
        assert body["conversation"]["conversationType"] == "personal"
        assert body["from"]["id"] == stage.tom_id


async def test_a_team_tells_of_the_app_and_of_people_that_join(stage: Stage) -> None:
    """The app taken out of a team, put back, and a person who joins: the service is told of each."""
    await stage.tenant.uninstall_from_team(stage.team, stage.helen_id)
    await stage.tenant.install_in_team(stage.team, stage.helen_id)
    leo = stage.tenant.add_person("Leo Ashby", "leo@care.example")
    await stage.tenant.join(leo.user, stage.team)
    updates = [body for body in stage.service.bodies if body["type"] == "installationUpdate"]
    assert [body["action"] for body in updates] == ["remove", "add"]
    assert stage.service.bodies[-1]["membersAdded"][0]["id"] == leo.user
    assert {body["channelData"]["team"]["id"] for body in stage.service.bodies} == {stage.team.id}


async def test_words_in_private_reach_the_service_as_typed(stage: Stage) -> None:
    """A personal message has neither mention nor thread, and names person and tenant."""
    await stage.helen.says("raise")
    body = stage.service.bodies[0]
    assert body["text"] == "raise"
    assert body["conversation"]["id"] == stage.chat
    assert body["channelData"]["tenant"]["id"] == stage.tenant.tenant_id


async def test_words_in_a_channel_need_a_mention(stage: Stage) -> None:
    """In a channel the service hears a mention; other words only where the team has consented."""
    post = await stage.helen.mentions("raise", channel="assessments")
    await stage.helen.replies(post, "between us")
    assert [body["text"] for body in stage.service.bodies] == ["<at>Braver</at> raise"]
    mention = next(entity for entity in stage.service.bodies[0]["entities"] if entity["type"] == "mention")
    assert mention["mentioned"]["id"] == stage.service.bodies[0]["recipient"]["id"]
    stage.tenant.consent = True
    await stage.helen.replies(post, "now heard")
    assert stage.service.bodies[-1]["conversation"]["id"] == f"{stage.channel};messageid={post.id}"


async def test_a_card_is_pressed_with_what_is_typed_into_it(stage: Stage) -> None:
    """Action.Execute is an invoke with the action's data and the inputs; empty ones are left out."""
    inputs: list[Json] = [
        {"type": "Input.Text", "id": "why", "label": "Why", "isRequired": True, "errorMessage": "Say why."},
        {"type": "Input.Text", "id": "more", "label": "More"},
        {"type": "Input.Date", "id": "when.date", "label": "When"},
        {"type": "Input.Time", "id": "when.time", "label": "When"},
        {
            "type": "Input.ChoiceSet",
            "id": "many",
            "label": "Which",
            "isMultiSelect": True,
            "choices": [{"title": "Police", "value": "p"}, {"title": "School", "value": "s"}],
        },
    ]
    await stage.tells(stage.chat, attached(card(words("Answer"), *inputs, actions=(EXECUTE,))))
    stage.answers({"statusCode": 200, "type": CARD, "value": card(words("Thank you"))})
    await stage.helen.submits({"When": datetime.fromisoformat("2026-07-01T09:30")})
    assert stage.service.bodies == []
    form = stage.helen.form()
    assert form is not None
    assert form.drawing.fields[0].error == "Say why."
    await stage.helen.submits({"Why": "Burns", "Which": ["Police", "School"]})
    action = stage.service.bodies[0]["value"]["action"]
    assert action["verb"] == "ack"
    typed = {"why": "Burns", "when.date": "2026-07-01", "when.time": "09:30", "many": "p,s"}
    assert action["data"] == {"case": 7, **typed}
    assert stage.helen.sees("Thank you")
    assert stage.helen.form() is None


async def test_in_a_channel_the_answer_is_for_the_clicker_alone(stage: Stage) -> None:
    """A card answered in a channel shows to the clicker until the message is updated for everybody."""
    _, posted = await stage.tells(stage.channel, attached(card(words("New case"), actions=(EXECUTE,))))
    stage.answers({"statusCode": 200, "type": CARD, "value": card(words("You have it"))})
    await stage.helen.presses("Acknowledge")
    assert stage.helen.sees("You have it")
    assert not stage.tom.sees("You have it")
    assert stage.tom.sees("New case")
    path = f"conversations/{quote(stage.channel, safe='')}/activities/{posted['id']}"
    await stage.call("PUT", path, attached(card(words("Helen has it"))))
    assert stage.helen.sees("Helen has it")
    assert stage.tom.sees("Helen has it")


async def test_a_plain_submit_is_a_message_with_a_value(stage: Stage) -> None:
    """Action.Submit reaches the service as a message without text, under the card."""
    action: Json = {"type": "Action.Submit", "title": "Go", "data": {"case": 7}}
    _, posted = await stage.tells(stage.chat, attached(card(words("Case"), actions=(action,))))
    await stage.helen.presses("Go")
    body = stage.service.bodies[0]
    assert (body["type"], body["value"], body["replyToId"]) == ("message", {"case": 7}, posted["id"])
    assert "text" not in body


async def test_a_dialog_opens_goes_on_and_closes(stage: Stage) -> None:
    """task/fetch opens a dialog; its submission may bring the next one, or a last word."""
    fetch: Json = {
        "type": "Action.Submit",
        "title": "Open",
        "data": {"msteams": {"type": "task/fetch"}, "n": 1},
    }
    submit: Json = {"type": "Action.Submit", "title": "Send", "data": {"step": 1}}
    text: Json = {"type": "Input.Text", "id": "why", "label": "Why"}
    shown = {"contentType": CARD, "content": card(text, actions=(submit,))}
    await stage.tells(stage.chat, attached(card(words("Case"), actions=(fetch,))))
    stage.answers({"task": {"type": "continue", "value": {"title": "Your answer", "card": shown}}})
    await stage.helen.presses("Open")
    form = stage.helen.form()
    assert form is not None
    assert (form.surface, form.title) == ("dialog", "Your answer")
    assert stage.service.bodies[-1]["value"]["data"] == {"n": 1, "type": "task/fetch"}
    stage.answers({"task": {"type": "message", "value": "Saved."}})
    await stage.helen.submits({"Why": "Burns"})
    assert stage.service.bodies[-1]["value"]["data"] == {"step": 1, "why": "Burns"}
    assert stage.helen.form() is None
    assert stage.helen.sees("Saved.")


async def test_people_are_found_by_typing(stage: Stage) -> None:
    """A filtered choice asks the service for what was typed and takes its answer."""
    who: Json = {"type": "Input.ChoiceSet", "id": "who", "label": "Who", "choices": []}
    who["choices.data"] = {"type": "Data.Query", "dataset": "all"}
    await stage.tells(stage.chat, attached(card(who, actions=(EXECUTE,))))
    results = {"results": [{"value": "marek", "title": "Marek Tull"}]}
    found = {"statusCode": 200, "type": "application/vnd.microsoft.search.searchResponse", "value": results}
    stage.answers(found)
    await stage.helen.submits({"Who": "Marek"})
    query, execute = stage.service.bodies
    assert (query["value"]["queryText"], query["value"]["dataset"]) == ("Marek", "all")
    assert execute["value"]["action"]["data"]["who"] == "marek"


async def test_an_invoke_without_an_answer_comes_again(stage: Stage) -> None:
    """An invoke answered with nothing is sent once more, and then the person reads that it went wrong."""
    await stage.tells(stage.chat, attached(card(words("Case"), actions=(EXECUTE,))))
    await stage.helen.presses("Acknowledge")
    assert len(stage.service.bodies) == 2
    assert stage.service.bodies[0]["id"] == stage.service.bodies[1]["id"]
    assert stage.helen.sees("Something went wrong")


async def test_a_message_that_is_not_taken_comes_again(stage: Stage) -> None:
    """A message answered with an error of the service is sent again under the same id."""
    answers = [web.Response(status=503), web.Response()]

    async def answer(body: Json) -> web.Response:
        return answers.pop(0)

    stage.service.answer = answer
    await stage.helen.says("raise")
    assert [attempt.status for attempt in stage.tenant.attempts[-2:]] == [503, 200]
    assert len({body["id"] for body in stage.service.bodies}) == 1


async def test_events_come_twice_or_in_reverse_on_demand(stage: Stage) -> None:
    """Doubling and swapping change what the service gets, and nothing is lost."""
    stage.tenant.faults.twice()
    await stage.helen.says("one")
    stage.tenant.faults.swap()
    await asyncio.gather(stage.helen.says("two"), stage.helen.says("three"))
    assert [body["text"] for body in stage.service.bodies] == ["one", "one", "three", "two"]


async def test_the_bot_reaches_only_where_it_is_installed(stage: Stage) -> None:
    """A first word needs the app with the person or in a team of theirs, else Teams refuses."""
    asked: Json = {"members": [{"id": stage.tom_id}], "tenantId": stage.tenant.tenant_id}
    status, found = await stage.call("POST", "conversations", asked)
    assert status == 201
    assert (await stage.tells(found["id"], {"type": "message", "text": "Hello"}))[0] == 201
    assert stage.tom.sees("Hello")
    await stage.tenant.uninstall_from_team(stage.team, stage.helen_id)
    status, found = await stage.call("POST", "conversations", asked)
    assert (status, found["error"]["code"]) == (403, "BotNotInConversationRoster")
    status, _ = await stage.tells(stage.tenant.state.chat(stage.tom_id), {"type": "message", "text": "Hello"})
    assert status == 403
    status, found = await stage.tells("a:unknown", {"type": "message", "text": "Hello"})
    assert (status, found["error"]["code"]) == (404, "ConversationNotFound")


async def test_the_roster_names_people_with_their_addresses(stage: Stage) -> None:
    """Rosters and members carry e-mail, login name and tenant."""
    place = f"conversations/{quote(stage.channel, safe='')}"
    _, page = await stage.call("GET", f"{place}/pagedmembers")
    assert {member["email"] for member in page["members"]} == {"helen@care.example", "tom@care.example"}
    _, tom = await stage.call("GET", f"{place}/members/{quote(stage.tom_id, safe='')}")
    assert (tom["userPrincipalName"], tom["tenantId"]) == ("t.reed@care.example", stage.tenant.tenant_id)


async def test_a_thread_keeps_its_root(stage: Stage) -> None:
    """A post in a channel opens a thread, and what is sent to the thread's address stands in it."""
    _, root = await stage.tells(stage.channel, {"type": "message", "text": "New case"})
    await stage.tells(f"{stage.channel};messageid={root['id']}", {"type": "message", "text": "An answer"})
    answer = await stage.tom.expects("An answer")
    assert answer.thread == root["id"]
    assert (await stage.tom.expects("New case")).thread == ""


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (card({"type": "Marquee"}), 400),
        (card({"type": "Input.Text", "label": "Without an id"}), 400),
        (card(*[{"type": "Input.Text", "id": "a"}] * 2), 400),
        (card(words("x" * 29_000)), 413),
        ({"type": "AdaptiveCard", "version": "9.9", "body": []}, 400),
    ],
)
async def test_invalid_cards_are_refused(stage: Stage, content: Json, status: int) -> None:
    """A card that Teams would refuse is refused, and nobody sees anything."""
    assert (await stage.tells(stage.chat, attached(content)))[0] == status
    assert stage.helen.messages() == ()


async def test_an_error_beside_its_field_is_read_as_the_fields(stage: Stage) -> None:
    """Attention-coloured words that begin with a field's label are that field's error."""
    said = words("Why: Say more.", color="Attention")
    text: Json = {"type": "Input.Text", "id": "why", "label": "Why", "value": "Burns"}
    await stage.tells(stage.chat, attached(card(said, text, actions=(EXECUTE,))))
    form = stage.helen.form()
    assert form is not None
    assert (form.drawing.fields[0].error, form.drawing.fields[0].shown) == ("Say more.", "Burns")


async def test_faults_strike_as_often_as_asked(stage: Stage) -> None:
    """429, an outage, a refusal and a lost answer strike in turn; the last one has its effect."""
    faults, hello = stage.tenant.faults, {"type": "message", "text": "Hello"}
    faults.next("post_activity", TooMany(after=7))
    faults.next("post_activity", Broken(502))
    faults.next("post_activity", Refuse("ConversationBlockedByUser", 403))
    faults.next("post_activity", DropAfter())
    assert (await stage.tells(stage.chat, hello))[0] == 429
    with pytest.raises(ValueError, match="Expecting value"):
        await stage.tells(stage.chat, hello)
    assert (await stage.tells(stage.chat, hello))[1]["error"]["code"] == "ConversationBlockedByUser"
    assert stage.helen.messages() == ()
    with pytest.raises(aiohttp.ClientError):
        await stage.tells(stage.chat, hello)
    assert stage.helen.sees("Hello")


async def test_signed_mode_checks_both_directions() -> None:
    """With tokens the tenant sends its own and refuses calls without the service's."""
    async with Service() as service, TeamsTenant(token=lambda: "from-teams", accepts="good".__eq__) as tenant:
        tenant.service = f"{service.url}/api/messages"
        helen = tenant.add_person("Helen Castle", "helen@care.example")
        await tenant.install(helen.user)
        assert service.headers[0]["Authorization"] == "Bearer from-teams"
        url = f"{tenant.service_url}v3/conversations/{quote(tenant.state.chat(helen.user))}/members"
        assert (await service.call(url, {}, "bad", "GET"))[0] == 401
        assert (await service.call(url, {}, "good", "GET"))[0] == 200
