"""Each thing that Slack can send becomes the act that it was, under a key that names the act."""

import json

import pytest

from adapters.slack import intake
from adapters.slack.render import Json
from bot.chat.action import Payload
from bot.chat.turn import Commanded, HomeOpened, Message, Pressed, Removed, Said
from tests.contracts.inbox import PHRASES
from tests.contracts.slack_harness import ZONE

ACKNOWLEDGE = Payload("case.acknowledge", 1, '{"case":"WIC-7"}')


def event(inner: Json) -> Json:
    """An event as Slack wraps it."""
    return {
        "type": "event_callback",
        "team_id": "T1",
        "api_app_id": "A1",
        "event_id": "Ev1",
        "event": {"event_ts": inner.get("ts", "9.9"), **inner},
        "authorizations": [{"team_id": "T1", "user_id": "UBOT", "is_bot": True}],
    }


def words(text: str, **more: object) -> Json:
    """A message of U1 in channel C1."""
    channel = {"type": "message", "channel": "C1", "channel_type": "channel", "user": "U1", "ts": "7.1"}
    return event({**channel, "text": text, **more})


def direct(text: str, **more: object) -> Json:
    return words(text, **{"channel": "D1", "channel_type": "im", **more})


def interactive(kind: str, **more: object) -> Json:
    base: Json = {"type": kind, "team": {"id": "T1"}, "user": {"id": "U1"}, "api_app_id": "A1"}
    return {**base, "trigger_id": "9.9.trigger", **more}


def pressed(**more: object) -> Json:
    """A press of U1 on a message in the direct message."""
    action = {"action_id": "press.0", "action_ts": "8.8", "value": ACKNOWLEDGE.encode(), "type": "button"}
    base: Json = {
        "actions": [action],
        "channel": {"id": "D1", "name": "directmessage"},
        "container": {"type": "message", "message_ts": "5.5", "channel_id": "D1"},
        "message": {"ts": "5.5", "user": "UBOT", "bot_id": "B1"},
    }
    return interactive("block_actions", **{**base, **more})


def test_words_in_private() -> None:
    """A direct message is addressed to us, and its key is where and when it was written."""
    heard = intake.event(direct("raise"))
    assert heard is not None
    assert heard.incoming.act == Said("raise")
    assert (heard.incoming.place.kind, heard.incoming.place.thread) == ("personal", "")
    assert heard.incoming.key == "T1:D1:7.1"
    assert (heard.incoming.account.tenant, heard.incoming.account.user) == ("T1", "U1")
    address = heard.incoming.place.address
    assert (address.platform, address.tenant, address.app, address.conversation) == (
        "slack",
        "T1",
        "A1",
        "D1",
    )


@pytest.mark.parametrize(("thread", "expected"), [("", ""), ("7.1", ""), ("3.3", "3.3")])
def test_a_thread_of_a_direct_message(thread: str, expected: str) -> None:
    """An empty thread id, or the message's own, is no thread."""
    heard = intake.event(direct("ack", thread_ts=thread))
    assert heard is not None
    assert heard.incoming.place.thread == expected


def test_a_mention_comes_once() -> None:
    """Of the two events of a mention one is read, without the mention; its thread is the message itself."""
    text = "<@UBOT> raise"
    heard = intake.event(words(text, type="app_mention"))
    assert heard is not None
    assert heard.incoming.act == Said("raise")
    assert (heard.incoming.place.kind, heard.incoming.place.thread) == ("channel", "7.1")
    assert heard.incoming.key == "T1:C1:7.1"
    assert intake.event(words(text)) is None
    assert intake.event(words(text, thread_ts="3.3")) is None


def test_a_mention_in_a_thread_keeps_its_thread() -> None:
    """A mention under a card belongs to the card's thread."""
    heard = intake.event(words("<@UBOT> ack", type="app_mention", thread_ts="3.3"))
    assert heard is not None
    assert heard.incoming.place.thread == "3.3"


def test_words_within_earshot() -> None:
    """Words in a channel's thread are heard as not addressed; words in the channel itself are not heard."""
    heard = intake.event(words("ack", thread_ts="3.3"))
    assert heard is not None
    assert heard.incoming.act == Said("ack", addressed=False)
    assert heard.incoming.place.thread == "3.3"
    assert intake.event(words("ack")) is None


@pytest.mark.parametrize(
    "more",
    [
        {"bot_id": "B7"},
        {"user": "UBOT"},
        {"user": ""},
        {"subtype": "message_changed"},
        {"subtype": "message_deleted"},
        {"subtype": "channel_join"},
        {"subtype": "bot_message"},
        {"edited": {"user": "U1", "ts": "7.2"}},
    ],
)
def test_what_is_nobodys_words(more: Json) -> None:
    """Our own messages, other bots', edits, removals and joins are no acts."""
    assert intake.event(direct("raise", **more)) is None
    assert intake.event(words("raise", thread_ts="3.3", **more)) is None


@pytest.mark.parametrize("subtype", ["file_share", "thread_broadcast", "me_message"])
def test_words_with_something_beside_them(subtype: str) -> None:
    """Words with a file, or shown in the channel too, are words."""
    heard = intake.event(direct("look", subtype=subtype))
    assert heard is not None
    assert heard.incoming.act == Said("look")


def test_a_file_without_words_in_a_thread_is_not_for_us() -> None:
    """A picture dropped into a thread calls for no answer."""
    assert intake.event(words("", subtype="file_share", thread_ts="3.3")) is None


@pytest.mark.parametrize(
    ("sent", "typed"),
    [
        ("a &lt;b&gt; &amp;amp; c", "a <b> &amp; c"),
        ("see <https://x.example/a|the page>", "see the page"),
        ("see <https://x.example/a>", "see https://x.example/a"),
        ("ring <tel:01632960000|01632 960000>", "ring 01632 960000"),
        ("write <mailto:jo@x.example|jo@x.example>", "write jo@x.example"),
        ("ask <@U7> in <#C7|general>", "ask @U7 in #general"),
    ],
)  # fmt: skip
def test_words_arrive_as_typed(sent: str, typed: str) -> None:
    """Slack's own encoding of links, mentions and signs is taken off."""
    heard = intake.event(direct(sent))
    assert heard is not None
    assert heard.incoming.act == Said(typed)


def test_the_home_tab() -> None:
    """Opening the home tab is an act in the person's home."""
    heard = intake.event(event({"type": "app_home_opened", "user": "U1", "channel": "D1", "tab": "home"}))
    assert heard is not None
    assert heard.incoming.act == HomeOpened()
    assert (heard.incoming.place.kind, heard.incoming.place.address.conversation) == ("home", "D1")


def test_the_app_is_removed() -> None:
    """An uninstalled app can no longer reach the workspace."""
    heard = intake.event(event({"type": "app_uninstalled"}))
    assert heard is not None
    assert heard.incoming.act == Removed()
    assert heard.incoming.account.tenant == "T1"


def test_a_slash_command() -> None:
    """A command's words arrive in the channel where it was given; each has its own key."""
    body: Json = {
        "command": "/braver", "text": "raise  WIC-7", "team_id": "T1", "user_id": "U1", "api_app_id": "A1",
        "channel_id": "C1", "channel_name": "duty-team", "trigger_id": "1.2.t",
    }  # fmt: skip
    heard = intake.command(body)
    assert heard.incoming.act == Commanded("raise  WIC-7")
    assert (heard.incoming.place.kind, heard.incoming.place.thread) == ("channel", "")
    assert (heard.incoming.key, heard.trigger, heard.private) == ("command:T1:1.2.t", "1.2.t", False)


def test_a_slash_command_in_a_chat_of_others() -> None:
    """A command given in any direct message is answered in the person's own with us."""
    body: Json = {
        "command": "/braver", "text": "", "team_id": "T1", "user_id": "U1", "channel_id": "D77",
        "channel_name": "directmessage", "trigger_id": "1.2.t",
    }  # fmt: skip
    heard = intake.command(body)
    assert heard.private
    assert heard.incoming.place.address.conversation == ""
    assert heard.at("D1").incoming.place.address.conversation == "D1"
    assert not heard.at("D1").private


def test_shortcuts_say_what_they_are_called() -> None:
    """A shortcut is the command of its name; one on a message brings the message's words, in private."""
    heard = intake.shortcut(interactive("shortcut", callback_id="raise"))
    assert heard.incoming.act == Commanded("raise")
    on_message = interactive(
        "message_action", callback_id="advice", message={"ts": "1.1", "text": "they say &amp; do nothing"},
        channel={"id": "C1", "name": "duty-team"},
    )  # fmt: skip
    heard = intake.shortcut(on_message)
    assert heard.incoming.act == Commanded("advice they say & do nothing")
    assert heard.private
    assert heard.incoming.place.kind == "personal"


def test_a_press_in_private() -> None:
    """A press brings its payload, its message, and a key of place, person, moment and button."""
    heard = intake.press(pressed())
    assert heard is not None
    address = heard.incoming.place.address
    assert heard.incoming.act == Pressed(ACKNOWLEDGE, Message(address, "5.5", ""))
    assert (heard.incoming.place.kind, heard.incoming.place.thread) == ("personal", "")
    assert heard.incoming.key == "press:T1:D1:U1:8.8:press.0"
    assert not heard.opens_form


def test_a_press_in_a_channel_is_answered_under_the_card() -> None:
    """In a channel the answer to a press belongs into the thread of the card."""
    channel = {"id": "C1", "name": "duty-team"}
    root = intake.press(pressed(channel=channel))
    below = intake.press(pressed(channel=channel, message={"ts": "5.5", "thread_ts": "3.3"}))
    assert root is not None
    assert below is not None
    assert (root.incoming.place.kind, root.incoming.place.thread) == ("channel", "5.5")
    assert below.incoming.place.thread == "3.3"
    assert isinstance(below.incoming.act, Pressed)
    assert below.incoming.act.message == Message(below.incoming.place.address, "5.5", "3.3")


def test_a_press_on_an_ephemeral_card() -> None:
    """An ephemeral card has no message; it is replaced through the address that comes with the press."""
    container = {"type": "message", "message_ts": "5.5", "is_ephemeral": True, "thread_ts": "3.3"}
    url = "https://hooks.slack.com/actions/1"
    channel = {"id": "C1", "name": "duty-team"}
    body = pressed(container=container, response_url=url, channel=channel, message=None)
    heard = intake.press(body)
    assert heard is not None
    assert heard.incoming.act == Pressed(ACKNOWLEDGE, None)
    assert heard.ephemeral == url
    assert heard.incoming.place.thread == "3.3"


def test_a_press_at_home() -> None:
    """A press on the home view is answered in the person's direct message."""
    heard = intake.press(pressed(channel=None, message=None, container={"type": "view"}, view={"id": "V1"}))
    assert heard is not None
    assert heard.private
    assert heard.incoming.place.kind == "home"
    assert heard.incoming.key == "press:T1:V1:U1:8.8:press.0"


@pytest.mark.parametrize("value", ["", "{", "[]", '{"n":"x"}', '{"n":"x","v":"y","d":{}}', None])
def test_a_button_that_is_none_of_ours(value: object) -> None:
    """A payload that can't be read is no act."""
    action = {"action_id": "press.0", "action_ts": "8.8", "value": value}
    assert intake.press(pressed(actions=[action])) is None


def test_a_button_that_opens_a_form_is_known_by_its_id() -> None:
    """Whether a form answers the press is known before anything slow."""
    action = {"action_id": "press.3.form", "action_ts": "8.8", "value": ACKNOWLEDGE.encode()}
    heard = intake.press(pressed(actions=[action]))
    assert heard is not None
    assert heard.opens_form


@pytest.mark.parametrize("said", ["raise", 'ask: "why?" & <so>', "دليل" * 400, "word " * 4_000])
def test_the_button_of_a_form_says_the_words_again(said: str) -> None:
    """The button under a form that could not open holds the words; its press is a new act, with a trigger."""
    payload = intake.replay(said, "3.3", PHRASES.shortened)
    assert len(payload.encode()) <= 2_000
    action = {"action_id": "press.0.form", "action_ts": "8.8", "value": payload.encode()}
    heard = intake.press(pressed(actions=[action]))
    assert heard is not None
    assert isinstance(heard.incoming.act, Commanded)
    again = heard.incoming.act.text
    assert again == said or (again.endswith(PHRASES.shortened) and said.startswith(again[:200]))
    assert heard.incoming.place.thread == "3.3"
    assert heard.trigger
    assert heard.incoming.key.startswith("press:")


def test_a_forged_form_is_no_act() -> None:
    """A modal whose private part is not ours is no submission."""
    for kept in ("", "{", "[]", json.dumps({"action": {"n": "x"}}), json.dumps({"kind": "elsewhere"})):
        body = interactive("view_submission", view={"id": "V1", "private_metadata": kept, "state": {}})
        assert intake.submission(body, ZONE) is None


def test_a_search_says_where_to_look() -> None:
    """Typing into a person field asks with the field's own scope, and words within bounds."""
    kept = json.dumps({"scopes": {"who": "colleagues:7"}})
    body = interactive(
        "block_suggestion", action_id="person:who", value="pri" * 200, view={"private_metadata": kept}
    )
    wanted = intake.looking(body)
    assert (wanted.scope, wanted.account.user) == ("colleagues:7", "U1")
    assert len(wanted.words) == 200
    assert intake.looking({**body, "view": None}).scope == ""
