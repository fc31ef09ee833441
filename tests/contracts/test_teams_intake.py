"""What people do in Teams becomes an act, in the same words as anywhere else."""

import json
from typing import Any

import pytest

from adapters.teams.intake import Arrival, Presses, Search, mark, parse, read
from bot.chat.action import Payload
from bot.chat.turn import Account, Act, Address, Installed, Message, Place, Pressed, Removed, Said, Submitted

TENANT = "tenant-1"
SERVICE = "https://smba.example/emea/"
BOT = "28:bot"
CHANNEL = "19:duty@thread.tacv2"
ACTION = Payload("case.ack", 1, '{"case":"7"}')
PERSONAL = Place(Address("teams", TENANT, BOT, "a:1", SERVICE), "personal")
THREAD = Place(Address("teams", TENANT, BOT, CHANNEL, SERVICE), "channel", "100")
MENTION = {
    "type": "mention",
    "text": "<at>Braver</at>",
    "mentioned": {"id": BOT, "name": "Braver"},
}

Json = dict[str, Any]


def activity(kind: str = "message", **more: Any) -> Json:
    return {
        "type": kind,
        "id": "act-1",
        "channelId": "msteams",
        "serviceUrl": SERVICE,
        "from": {"id": "29:jo", "name": "Jo Marsh", "aadObjectId": "aad-jo"},
        "recipient": {"id": BOT, "name": "Braver"},
        "conversation": {"conversationType": "personal", "tenantId": TENANT, "id": "a:1"},
        "channelData": {"tenant": {"id": TENANT}},
        **more,
    }


def in_channel(kind: str = "message", thread: str = ";messageid=100", **more: Any) -> Json:
    conversation = {"conversationType": "channel", "tenantId": TENANT, "id": CHANNEL + thread}
    data = {"tenant": {"id": TENANT}, "team": {"id": CHANNEL}}
    return activity(kind, conversation=conversation, channelData=data, **more)


def arrival(raw: Json) -> Arrival:
    found = read(parse(json.dumps(raw).encode()))
    assert isinstance(found, Arrival)
    return found


def ignored(raw: Json) -> bool:
    return read(parse(json.dumps(raw).encode())) is None


def act(raw: Json) -> Act:
    return arrival(raw).incoming.act


def test_words_in_the_personal_chat_are_for_the_bot() -> None:
    """A typed message is the person's words, under the key of conversation and message."""
    found = arrival(activity(text="raise"))
    assert found.incoming.act == Said("raise")
    assert found.incoming.key == "a:1:act-1"
    assert found.incoming.account == Account("teams", TENANT, "29:jo")
    assert found.incoming.place == PERSONAL
    assert found.way == "typed"


@pytest.mark.parametrize(
    ("typed", "heard"),
    [
        ("/braver raise", "raise"),
        ("/Braver", ""),
        ("  raise \n", "raise"),
        ("ring 999 &amp; wait", "ring 999 &amp; wait"),
        ("a\u0000b\xa0c", "ab c"),
        ("/braverly", "/braverly"),
    ],
)
def test_typed_words_are_taken_as_meant(typed: str, heard: str) -> None:
    """A slash command typed in Teams is its words; what a database can't hold is taken out."""
    assert act(activity(text=typed)) == Said(heard)


def test_a_lone_surrogate_is_taken_out() -> None:
    """Half a character, which can be sent as JSON and never stored, does not get in."""
    raw = json.dumps(activity(text="x")).replace('"x"', '"a\\ud83db"').encode()
    found = read(parse(raw))
    assert isinstance(found, Arrival)
    assert found.incoming.act == Said("ab")


def test_xml_text_is_read_as_text() -> None:
    """Where Teams marks the text as XML its entities are characters."""
    assert act(activity(text="a &lt; b &amp; c", textFormat="xml")) == Said("a < b & c")


def test_a_mention_in_a_channel_is_for_the_bot() -> None:
    """The bot's mention is taken off, other people's names stay, and the thread is known."""
    other = {"type": "mention", "text": "<at>Helen</at>", "mentioned": {"id": "29:helen"}}
    found = arrival(
        in_channel(text="<at>Braver</at>&nbsp;ask <at>Helen</at>", entities=[MENTION, other])
    ).incoming
    assert found.act == Said("ask Helen", addressed=True)
    assert found.place == THREAD


def test_words_within_earshot_are_not_for_the_bot_for_sure() -> None:
    """A reply in a thread that mentions nobody, or somebody else, is merely heard."""
    other = {"type": "mention", "text": "<at>Helen</at>", "mentioned": {"id": "29:helen"}}
    assert act(in_channel(text="ack")) == Said("ack", addressed=False)
    assert act(in_channel(text="<at>Helen</at> ack", entities=[other])) == Said("Helen ack", addressed=False)


def test_a_name_typed_like_a_mention_is_none() -> None:
    """Only what Teams marks as a mention of the bot is one."""
    assert act(in_channel(text="<at>Braver</at> ack")) == Said("Braver ack", addressed=False)


def test_a_new_post_opens_the_thread_of_its_answer() -> None:
    """Where the conversation names no root, the post itself is the root."""
    assert arrival(in_channel(thread="", text="x", id="200")).incoming.place.thread == "200"


def test_a_pressed_button_comes_back_with_its_payload_and_card() -> None:
    """Action.Execute is a press, on the message that it stood on."""
    data = {"braver": {"p": ACTION.encode(), "n": "n1"}}
    value = {"action": {"type": "Action.Execute", "verb": "case.ack", "data": data}, "trigger": "manual"}
    found = arrival(in_channel("invoke", name="adaptiveCard/action", value=value, replyToId="100"))
    assert found.way == "executed"
    assert found.incoming.act == Pressed(ACTION, Message(THREAD.address, "100", "100"))
    assert found.incoming.key == f"{CHANNEL};messageid=100:act-1"


def test_an_old_clients_press_is_a_press() -> None:
    """Action.Submit comes as a message with a value, and means the same."""
    found = arrival(activity(value={"braver": {"p": ACTION.encode(), "n": "n1"}}, replyToId="5"))
    assert found.way == "sent"
    assert found.incoming.act == Pressed(ACTION, Message(PERSONAL.address, "5"))


SUBMISSION = {
    "braver": {"p": ACTION.encode(), "n": "n1", "i": "inst-1", "t": {"why": "long_text", "yes": "yes_no"}},
    "why": "because\u0000",
    "yes": "yes",
    "else": "not asked for",
}


@pytest.mark.parametrize(
    ("raw", "way"),
    [
        (activity(value=SUBMISSION, replyToId="5"), "sent"),
        (
            activity(
                "invoke", name="adaptiveCard/action", value={"action": {"data": SUBMISSION}}, replyToId="5"
            ),
            "executed",
        ),
        (activity("invoke", name="task/submit", value={"data": SUBMISSION}, replyToId="5"), "dialog"),
    ],
)
def test_a_sent_form_is_the_same_by_every_way(raw: Json, way: str) -> None:
    """A form sent by a card of any age or from a dialog has the same values and the key of its instance."""
    found = arrival(raw)
    assert found.way == way
    assert found.incoming.key == "form:inst-1"
    assert found.incoming.act == Submitted(
        ACTION, "inst-1", {"why": "because", "yes": True}, Message(PERSONAL.address, "5")
    )


def test_a_button_that_opens_a_dialog_is_a_press() -> None:
    """task/fetch is a press that is answered by a dialog."""
    data = {"braver": {"p": ACTION.encode(), "n": "n1"}, "type": "task/fetch"}
    found = arrival(activity("invoke", name="task/fetch", value={"data": data}, replyToId="5"))
    assert found.way == "fetched"
    assert found.incoming.act == Pressed(ACTION, Message(PERSONAL.address, "5"))


def test_typing_into_a_person_field_is_a_search() -> None:
    """The field's scope and at most a hundred characters are looked for."""
    value = {"queryText": "hel" * 100, "dataset": "colleagues:jo", "kind": "search"}
    found = read(parse(json.dumps(activity("invoke", name="application/search", value=value)).encode()))
    assert found == Search(Account("teams", TENANT, "29:jo"), "colleagues:jo", ("hel" * 100)[:100])


def test_an_installation_is_greeted_once() -> None:
    """Teams tells of an installation twice: both are noted, and one is answered."""
    told = arrival(activity("installationUpdate", action="add"))
    again = arrival(activity("conversationUpdate", membersAdded=[{"id": BOT}]))
    assert (told.incoming.act, told.way) == (Installed(), "typed")
    assert (again.incoming.act, again.way) == (Installed(), "quiet")


def test_a_removal_closes_the_place() -> None:
    """Both ways in which Teams tells of a removal close the place, and nobody is spoken to."""
    for raw in (
        activity("installationUpdate", action="remove"),
        activity("conversationUpdate", membersRemoved=[{"id": BOT}]),
    ):
        found = arrival(raw)
        assert (found.incoming.act, found.incoming.place, found.way) == (Removed(), PERSONAL, "quiet")


def test_a_new_member_of_a_team_is_noted() -> None:
    """A person who joins is noted with the channel where they can be found; one who leaves closes nothing."""
    joined = arrival(in_channel("conversationUpdate", thread="", membersAdded=[{"id": "29:lena"}]))
    assert joined.incoming.account == Account("teams", TENANT, "29:lena")
    assert (joined.incoming.act, joined.way) == (Installed(), "quiet")
    assert ignored(in_channel("conversationUpdate", thread="", membersRemoved=[{"id": "29:lena"}]))


@pytest.mark.parametrize(
    "raw",
    [
        activity("typing"),
        activity("messageUpdate", text="raise"),
        activity("messageDelete"),
        activity("messageReaction", reactionsAdded=[{"type": "like"}]),
        activity("conversationUpdate", channelData={"tenant": {"id": TENANT}, "eventType": "teamRenamed"}),
        activity("installationUpdate", action="upgrade"),
        activity("event", name="application/vnd.microsoft.readReceipt"),
        activity(
            text="x",
            conversation={"conversationType": "groupChat", "tenantId": TENANT, "id": "19:g@thread.v2"},
        ),
        activity("invoke", name="composeExtension/query", value={}),
        activity("invoke", name="adaptiveCard/action", value={"action": {"data": {"other": 1}}}),
        activity("invoke", name="adaptiveCard/action", value=None),
        activity("invoke", name="task/submit", value={"data": "x"}),
        activity(value={"braver": {"p": "not ours"}}),
        activity(value={"braver": "x"}),
        {**activity(text="x"), "from": None},
        {**activity(text="x"), "recipient": None},
        {**activity(text="x"), "conversation": {"id": ""}},
    ],
)
def test_what_is_nobodys_act_is_left_alone(raw: Json) -> None:
    """Typing, edits, reactions, group chats, foreign and forged data mean nothing and raise nothing."""
    assert ignored(raw)


def test_a_press_that_comes_again_before_its_answer_is_the_same_act() -> None:
    """Under another id, the same button of the same drawing by the same person is the same press until it
    is answered; after that, another one."""
    presses = Presses()
    value = {"action": {"data": {"braver": {"p": ACTION.encode(), "n": "n1"}}}}
    press = mark(parse(json.dumps(activity("invoke", name="adaptiveCard/action", value=value)).encode()))
    assert presses.key(press, "first") == "first"
    assert presses.key(press, "again") == "first"
    presses.answered(press)
    assert presses.key(press, "on purpose") == "on purpose"


def test_presses_of_two_people_or_two_drawings_are_two() -> None:
    """Another person, another card or another button is another act, whatever is still open."""
    presses = Presses()
    marks = []
    for person, nonce, payload in (
        ("29:jo", "n1", ACTION),
        ("29:helen", "n1", ACTION),
        ("29:jo", "n2", ACTION),
        ("29:jo", "n1", Payload("case.more", 1)),
    ):
        value = {"action": {"data": {"braver": {"p": payload.encode(), "n": nonce}}}}
        raw = activity("invoke", name="adaptiveCard/action", value=value)
        raw["from"] = {"id": person}
        marks.append(mark(parse(json.dumps(raw).encode())))
    assert [presses.key(press, str(n)) for n, press in enumerate(marks)] == ["0", "1", "2", "3"]
