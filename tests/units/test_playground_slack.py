"""The simulated workspace behaves as Slack does where Braver could come to grief."""

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator
from datetime import datetime

import aiohttp
import pytest
from aiohttp import web

from playground.faults import Broken, DropAfter, DropBefore, Refuse, Stall, TooMany
from playground.people import Actor
from playground.slack_workspace import SlackWorkspace
from tests.units.playground_service import Json, Service, asked, buttons, modal, section

TEXT = {"type": "plain_text_input", "action_id": "a"}


class Stage:
    """One workspace, one service, Jo in it, and a channel that she and the bot are in."""

    def __init__(self, workspace: SlackWorkspace, service: Service) -> None:
        self.workspace = workspace
        self.service = service
        client = workspace.add_person("Jo Marsh", "jo@health.example")
        self.user = client.user
        self.jo = Actor("jo", client, workspace.feed)
        self.duty = workspace.add_channel("duty-team", [self.user])

    async def api(self, method: str, **args: object) -> Json:
        _, found = await self.service.call(
            self.workspace.api_url + method, dict(args), self.workspace.bot_token
        )
        return found

    async def tells(self, *blocks: Json, channel: str = "", **more: object) -> Json:
        """The bot posts to Jo."""
        channel = channel or self.workspace.state.direct(self.user).id
        return await self.api("chat.postMessage", channel=channel, text="…", blocks=list(blocks), **more)

    async def opens(self, view: Json) -> None:
        """The bot opens a modal before Jo."""
        trigger = self.workspace.state.new_trigger(self.user)
        assert (await self.api("views.open", trigger_id=trigger, view=view))["ok"]

    def kinds(self) -> list[str]:
        """The types of what the service got, its own messages left out."""
        events = [body.get("event", body) for body in self.service.bodies]
        return [event["type"] for event in events if "bot_id" not in event]


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with Service() as service, SlackWorkspace(patience=1.0) as workspace:
        workspace.service = f"{service.url}/slack/events"
        yield Stage(workspace, service)


async def test_requests_carry_slacks_signature(stage: Stage) -> None:
    """What the workspace sends is signed over time stamp and body with the signing secret."""
    await stage.jo.says("hello")
    headers = stage.service.headers[0]
    base = f"v0:{headers['X-Slack-Request-Timestamp']}:{stage.workspace.attempts[0].body}"
    secret = stage.workspace.signing_secret.encode()
    digest = hmac.new(secret, base.encode(), hashlib.sha256).hexdigest()
    assert headers["X-Slack-Signature"] == f"v0={digest}"


async def test_a_mention_comes_as_two_events_of_one_message(stage: Stage) -> None:
    """A mention in a channel reaches the service as message and app_mention with the same ts."""
    await stage.jo.mentions("raise", channel="duty-team")
    events = [body["event"] for body in stage.service.bodies]
    assert sorted(event["type"] for event in events) == ["app_mention", "message"]
    assert len({event["ts"] for event in events}) == 1
    assert {event["channel_type"] for event in events if event["type"] == "message"} == {"channel"}


async def test_an_event_that_is_not_taken_comes_again(stage: Stage) -> None:
    """An event answered 503 is sent again with Slack's retry headers, and no more once it is taken."""
    answers = [web.Response(status=503), web.Response(status=503), web.Response()]

    async def answer(body: Json) -> web.Response:
        return answers.pop(0)

    stage.service.answer = answer
    await stage.jo.says("hello")
    assert [headers.get("X-Slack-Retry-Num") for headers in stage.service.headers] == [None, "1", "2"]
    assert stage.service.headers[1]["X-Slack-Retry-Reason"] == "http_error"
    assert len({body["event_id"] for body in stage.service.bodies}) == 1


async def test_events_come_twice_or_in_reverse_on_demand(stage: Stage) -> None:
    """Doubling and swapping change what the service gets, and nothing is lost."""
    stage.workspace.faults.twice()
    await stage.jo.says("one")
    stage.workspace.faults.swap()
    await asyncio.gather(stage.jo.says("two"), stage.jo.says("three"))
    assert [body["event"]["text"] for body in stage.service.bodies] == ["one", "one", "three", "two"]


async def test_an_unanswered_command_is_told_to_the_person(stage: Stage) -> None:
    """Where the service answers a slash command with an error, the person reads that it failed."""

    async def answer(body: Json) -> web.Response:
        return web.Response(status=500)

    stage.service.answer = answer
    await stage.jo.says("/braver raise")
    assert stage.service.bodies[0]["command"] == "/braver"
    assert stage.service.bodies[0]["text"] == "raise"
    assert stage.jo.sees("failed")


async def test_what_a_person_sees_is_read_from_the_blocks(stage: Stage) -> None:
    """The screen shows the blocks, not the fallback text, with entities and links as they read."""
    rich: Json = {"type": "rich_text", "elements": []}
    item = {"type": "rich_text_section", "elements": [{"type": "text", "text": "Write it down"}]}
    rich["elements"].append({"type": "rich_text_list", "style": "bullet", "elements": [item]})
    await stage.tells(section("Risk &amp; <https://a.example|what to do>"), rich, buttons("Acknowledge"))
    message = await stage.jo.expects("risk & what to do (https://a.example)")
    assert message.drawing.lines[1:] == ("• Write it down", "[Acknowledge]")
    assert not stage.jo.sees("…")


async def test_a_press_says_who_pressed_what_where(stage: Stage) -> None:
    """A press brings block_actions with user, value, message and a trigger that opens one modal."""
    await stage.tells(section("A case"), buttons("Acknowledge", "Answer"))
    await stage.jo.presses("answer")
    press = next(body for body in stage.service.bodies if body["type"] == "block_actions")
    assert press["user"]["id"] == stage.user
    assert press["actions"][0]["value"] == "Answer"
    assert press["message"]["blocks"][0]["text"]["text"] == "A case"
    view = modal("Answer", asked("b", "Your answer", TEXT))
    assert (await stage.api("views.open", trigger_id=press["trigger_id"], view=view))["ok"]
    again = await stage.api("views.open", trigger_id=press["trigger_id"], view=view)
    assert again["error"] == "exchanged_trigger_id"


async def test_a_trigger_dies_after_three_seconds(stage: Stage) -> None:
    """A trigger that is older than three seconds opens nothing."""
    trigger = stage.workspace.state.new_trigger(stage.user)
    stage.workspace.clock.wind(3.5)
    found = await stage.api("views.open", trigger_id=trigger, view=modal("Late", section("x")))
    assert found["error"] == "expired_trigger_id"


async def test_a_modal_is_filled_refused_and_sent(stage: Stage) -> None:
    """Slack refuses what is empty, the service's errors stand at their field, a good one closes."""
    options = [{"text": {"type": "plain_text", "text": text}, "value": text[0]} for text in ("Yes", "No")]
    view = modal(
        "Raise",
        asked("risk", "The risk", TEXT),
        asked("spoken", "Have you spoken?", {"type": "radio_buttons", "action_id": "r", "options": options}),
        asked("when", "When", {"type": "datetimepicker", "action_id": "w"}, optional=True),
        asked("who", "Who", {"type": "external_select", "action_id": "p"}, optional=True),
    )

    async def answer(body: Json) -> web.Response | None:
        if body["type"] == "block_suggestion":
            option = {"text": {"type": "plain_text", "text": f"{body['value']} Tull"}, "value": "marek"}
            return web.json_response({"options": [option]})
        if body["type"] == "view_submission" and body["view"]["state"]["values"]["risk"]["a"]["value"] == "?":
            return web.json_response({"response_action": "errors", "errors": {"risk": "Say more."}})
        return None

    stage.service.answer = answer
    await stage.opens(view)
    await stage.jo.submits({"The risk": " "})
    assert stage.kinds() == []
    assert stage.jo.sees("Please complete this required field.")
    await stage.jo.submits({"The risk": "?", "Have you spoken?": True})
    form = stage.jo.form()
    assert form is not None
    assert [item.error for item in form.drawing.fields] == ["Say more.", "", "", ""]
    await stage.jo.submits(
        {"risk": "Burns", "When": datetime.fromisoformat("2026-07-01T09:30"), "Who": "Marek"}
    )
    assert stage.jo.form() is None
    values = stage.service.bodies[-1]["view"]["state"]["values"]
    assert values["risk"]["a"]["value"] == "Burns"
    assert values["spoken"]["r"]["selected_option"]["value"] == "Y"
    assert values["when"]["w"]["selected_date_time"] == 1782894600
    assert values["who"]["p"]["selected_option"]["value"] == "marek"


async def test_a_submission_without_an_answer_keeps_the_form(stage: Stage) -> None:
    """A submission that is not answered well leaves the modal open, with the words in it and trouble said."""

    async def answer(body: Json) -> web.Response:
        return web.Response(status=500)

    stage.service.answer = answer
    view = modal("Raise", asked("risk", "The risk", TEXT))
    await stage.opens(view)
    await stage.jo.submits({"The risk": "Burns"})
    form = stage.jo.form()
    assert form is not None
    assert "trouble" in form.problem
    assert form.drawing.fields[0].shown == "Burns"


async def test_a_submission_goes_on_where_the_answer_says(stage: Stage) -> None:
    """An answered update redraws the modal keeping what is typed, push puts one on top, clear closes all."""
    risk = asked("risk", "The risk", TEXT)
    answers: list[Json] = [
        {"response_action": "update", "view": modal("Again", risk)},
        {"response_action": "push", "view": modal("On top", section("Sure?"))},
        {"response_action": "clear"},
    ]

    async def answer(body: Json) -> web.Response:
        return web.json_response(answers.pop(0))

    stage.service.answer = answer
    await stage.opens(modal("Raise", risk))
    titles = []
    for values in ({"The risk": "Burns"}, {}, {}):
        await stage.jo.submits(values)
        form = stage.jo.form()
        titles.append(form.title if form else "")
    assert titles == ["Again", "On top", ""]
    again = stage.service.bodies[1]["view"]
    assert again["state"]["values"]["risk"]["a"]["value"] == "Burns"


async def test_closing_a_form_is_told_to_those_who_asked(stage: Stage) -> None:
    """Closing a modal brings view_closed where the view asked for it, and nothing otherwise."""
    for wanted in (False, True):
        await stage.opens(modal("Raise", section("x"), notify_on_close=wanted))
        await stage.jo.dismisses()
    assert stage.kinds() == ["view_closed"]
    assert stage.jo.form() is None


async def test_shortcuts_bring_a_trigger_and_the_message(stage: Stage) -> None:
    """A global shortcut brings a trigger; one on a message brings the message too."""
    client = stage.workspace.client(stage.user)
    await client.shortcut("braver_raise")
    said = await stage.jo.says("They closed it again")
    await client.shortcut("braver_advice", said)
    alone, on_message = (body for body in stage.service.bodies if "callback_id" in body)
    assert (alone["type"], on_message["type"]) == ("shortcut", "message_action")
    assert on_message["message"]["text"] == "They closed it again"
    view = modal("Raise", section("x"))
    assert (await stage.api("views.open", trigger_id=alone["trigger_id"], view=view))["ok"]


async def test_words_above_an_input_are_its_error(stage: Stage) -> None:
    """In a view shown anew, an alert right above an input is that input's, another one is the form's."""
    blocks = [section("! Look again"), section("! Say more."), asked("risk", "The risk", TEXT)]
    await stage.opens(modal("Raise", *blocks))
    form = stage.jo.form()
    assert form is not None
    assert (form.problem, form.drawing.fields[0].error) == ("Look again", "Say more.")


async def test_an_ephemeral_message_is_for_one_person(stage: Stage) -> None:
    """An ephemeral message shows to its person alone, and neither history nor update knows it."""
    client = stage.workspace.add_person("Kit Rowan", "kit@health.example")
    stage.workspace.state.named("duty-team").members.add(client.user)
    kit = Actor("kit", client, stage.workspace.feed)
    sent = await stage.api("chat.postEphemeral", channel=stage.duty, user=stage.user, text="Between us")
    assert stage.jo.sees("Between us")
    assert not kit.sees("Between us")
    assert (await stage.api("conversations.history", channel=stage.duty))["messages"] == []
    update = await stage.api("chat.update", channel=stage.duty, ts=sent["message_ts"], text="x")
    assert update["error"] == "message_not_found"


async def test_a_response_url_replaces_an_ephemeral_message(stage: Stage) -> None:
    """The response_url of a press on an ephemeral message redraws it for its person."""
    blocks = [section("First"), buttons("More")]
    await stage.api("chat.postEphemeral", channel=stage.duty, user=stage.user, text="…", blocks=blocks)
    await stage.jo.presses("More")
    press = stage.service.bodies[-1]
    assert press["container"]["is_ephemeral"]
    await stage.service.call(press["response_url"], {"replace_original": True, "text": "Second"})
    assert stage.jo.sees("Second")
    assert not stage.jo.sees("First")


async def test_the_home_is_shown_when_published(stage: Stage) -> None:
    """Opening the home tells the service, and a published view is what the person sees there."""
    await stage.jo.visits_home()
    assert stage.kinds() == ["app_home_opened"]
    view = {"type": "home", "blocks": [section("Your cases"), buttons("Raise")]}
    await stage.api("views.publish", user_id=stage.user, view=view)
    await stage.jo.expects("Your cases")
    await stage.jo.presses("Raise")
    assert stage.service.bodies[-1]["view"]["type"] == "home"


@pytest.mark.parametrize(
    ("blocks", "error"),
    [
        ([{"type": "section"}], "invalid_blocks"),
        ([section("x" * 3001)], "invalid_blocks"),
        ([{"type": "marquee"}], "invalid_blocks"),
        ([section("x")] * 51, "invalid_blocks"),
        ([buttons("Twice", "Twice")], "invalid_blocks"),
        ([section("x" * 2_900)] * 5, "msg_blocks_too_long"),
    ],
)
async def test_invalid_blocks_are_refused(stage: Stage, blocks: list[Json], error: str) -> None:
    """A message that Slack would refuse is refused, and nobody sees anything."""
    assert (await stage.tells(*blocks))["error"] == error
    assert stage.jo.messages() == ()


async def test_calls_need_token_scope_and_membership(stage: Stage) -> None:
    """A call with a bad token, without its scope, or to a place without the bot is refused."""
    url = stage.workspace.api_url + "auth.test"
    assert (await stage.service.call(url, {}, "xoxb-stolen"))[1]["error"] == "invalid_auth"
    assert (await stage.service.call(url, {}))[1]["error"] == "not_authed"
    stage.workspace.scopes.discard("users:read.email")
    assert (await stage.api("users.lookupByEmail", email="jo@health.example"))["error"] == "missing_scope"
    closed = stage.workspace.add_channel("closed", with_bot=False)
    assert (await stage.tells(section("x"), channel=closed))["error"] == "not_in_channel"
    assert (await stage.tells(section("x"), channel="C404"))["error"] == "channel_not_found"
    await stage.workspace.uninstall()
    assert (await stage.api("auth.test"))["error"] == "account_inactive"


async def test_a_lost_answer_leaves_a_message_that_can_be_found(stage: Stage) -> None:
    """A connection cut after the post has its effect once, and its metadata tells which it was."""
    stage.workspace.faults.next("chat.postMessage", DropAfter())
    mark = {"event_type": "braver_delivery", "event_payload": {"key": "d-1"}}
    with pytest.raises(aiohttp.ClientError):
        await stage.tells(section("Once"), metadata=mark)
    channel = stage.workspace.state.direct(stage.user).id
    found = await stage.api("conversations.history", channel=channel, include_all_metadata=True)
    assert [message["metadata"] for message in found["messages"]] == [mark]


async def test_faults_strike_as_often_as_asked(stage: Stage) -> None:
    """429 with its Retry-After, an outage, a cut line and an error strike in turn, then all is well."""
    faults = stage.workspace.faults
    faults.next("chat.postMessage", TooMany(after=30))
    faults.next("chat.postMessage", Broken(502))
    faults.next("chat.postMessage", Refuse("channel_not_found"))
    faults.next("chat.postMessage", DropBefore())
    url, token = stage.workspace.api_url + "chat.postMessage", stage.workspace.bot_token
    body: Json = {"channel": stage.user, "text": "hello"}
    assert (await stage.service.call(url, body, token))[0] == 429
    async with aiohttp.ClientSession() as session, session.post(url, json=body) as response:
        assert response.status == 502
    assert (await stage.tells(section("x")))["error"] == "channel_not_found"
    with pytest.raises(aiohttp.ClientError):
        await stage.tells(section("x"))
    assert stage.jo.messages() == ()
    assert (await stage.tells(section("At last")))["ok"]


async def test_a_stalled_call_goes_on_when_released(stage: Stage) -> None:
    """A stalled call is answered after its release, and not before."""
    stall = stage.workspace.faults.next("chat.postMessage", Stall())
    call = asyncio.create_task(stage.tells(section("Late")))
    assert (await stage.api("auth.test"))["ok"]
    assert not call.done()
    stall.release()
    assert (await call)["ok"]


async def test_arguments_come_in_any_shape(stage: Stage) -> None:
    """The API reads JSON, forms with JSON within, and query strings, by GET as well as by POST."""
    url, headers = stage.workspace.api_url, {"Authorization": f"Bearer {stage.workspace.bot_token}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        async with session.get(url + "users.info", params={"user": stage.user}) as response:
            assert (await response.json())["user"]["profile"]["email"] == "jo@health.example"
        form = {"channel": stage.user, "text": "x", "blocks": '[{"type": "divider"}]'}
        async with session.post(url + "chat.postMessage", data=form) as response:
            assert (await response.json())["message"]["blocks"][0]["type"] == "divider"


async def test_what_cannot_be_done_says_what_is_on_the_screen(stage: Stage) -> None:
    """Pressing what is not there fails with the labels that are."""
    stage.jo.patience = 0.0
    await stage.tells(section("A case"), buttons("Acknowledge"))
    with pytest.raises(AssertionError, match=r"no button 'Close', only \['Acknowledge'\]"):
        await stage.jo.presses("Close")
    with pytest.raises(AssertionError, match="A case"):
        await stage.jo.expects("Never said")
