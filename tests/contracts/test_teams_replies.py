"""What is said back in Teams, and to whom: over real HTTP, seen with the eyes of the people."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import pytest
import pytest_asyncio

from adapters.teams.intake import Arrival, Way
from adapters.teams.replies import plan
from bot.chat.action import Payload
from bot.chat.card import Button, Card, Text
from bot.chat.form import (
    DateTimeField,
    Form,
    LongTextField,
    Option,
    PersonField,
    TextField,
    YesNoField,
    refused,
)
from bot.chat.text import plain
from bot.chat.turn import (
    Account,
    Act,
    Address,
    Ask,
    Done,
    Incoming,
    Invalid,
    Message,
    Next,
    Place,
    PlaceKind,
    Pressed,
    Redraw,
    Reply,
    Said,
    Say,
    ShowHome,
    Submitted,
    Whisper,
)
from playground.faults import Broken, DropBefore, Refuse, Stall, TooMany
from tests.contracts.inbox import PHRASES
from tests.contracts.teams_harness import CHANNEL, TeamsHarness, teams_harness

GO = Payload("case.go", 1)
FILE = Payload("raise.file", 1)
BUTTONS = (Button("Open", GO, opens_form=True), Button("Ack", Payload("case.ack", 1)))
MENU = Card("Menu", buttons=BUTTONS)
FORM = Form("Raise it", (TextField("ref", "Reference"), LongTextField("why", "Why?")), FILE, "inst-1", "Send")


@pytest_asyncio.fixture
async def teams() -> AsyncIterator[TeamsHarness]:
    async with teams_harness() as harness:
        yield harness


@pytest_asyncio.fixture
async def dialogs() -> AsyncIterator[TeamsHarness]:
    async with teams_harness(forms="dialog") as harness:
        yield harness


def answers(act: Act) -> Reply | None:
    """Words bring the menu, a press the form, the form a card."""
    match act:
        case Said():
            return Say(MENU, tracked="menu")
        case Pressed(payload) if payload == GO:
            return Ask(FORM)
        case Pressed():
            return Redraw(Card("Acknowledged"), tracked="case:7")
        case Submitted(values=values):
            return Done(Card("Filed", (Text(plain(str(values["why"]))),)), tracked="case:8")
    return None


# --- the plan


def arrival(way: Way, kind: PlaceKind, act: Act | None = None) -> Arrival:
    place = Place(
        Address("teams", "t", "b", "c", "https://x.example/"), kind, "1" if kind == "channel" else ""
    )
    pressed = Message(place.address, "5", place.thread)
    found = act or (Said("x") if way == "typed" else Pressed(GO, pressed))
    return Arrival(Incoming("k", Account("teams", "t", "u"), place, found), way)


PRIVATE: list[Reply] = [Whisper(MENU), Redraw(MENU), Done(MENU), Ask(FORM), Invalid(FORM), Next(FORM)]


@pytest.mark.parametrize("reply", PRIVATE, ids=lambda reply: reply.kind)
@pytest.mark.parametrize("way", ["typed", "sent", "executed", "fetched", "dialog"])
def test_nothing_private_is_shown_in_a_channel(way: Way, reply: Reply) -> None:
    """Whatever way a person acted in a channel, what is for them alone is shown there by no message."""
    planned = plan(arrival(way, "channel"), (reply,))
    assert all(show.private for show in planned.shows)
    assert planned.cards or planned.form or planned.shows


@pytest.mark.parametrize("way", ["typed", "sent", "executed"])
@pytest.mark.parametrize("reply", [Ask(FORM), Invalid(FORM), Next(FORM)], ids=lambda reply: reply.kind)
def test_a_form_is_never_a_card_in_a_channel(way: Way, reply: Reply) -> None:
    """In a channel a form is a dialog, or goes to the personal chat."""
    planned = plan(arrival(way, "channel"), (reply,))
    assert planned.form is None
    assert [show.private for show in planned.shows] == [True]


def test_a_dialog_shows_one_thing_at_a_time() -> None:
    """Danger comes with the form: the form is in the dialog, the danger in the personal chat."""
    planned = plan(arrival("fetched", "channel"), (Whisper(MENU), Ask(FORM)))
    assert (planned.cards, planned.form) == ((), FORM)
    assert [(show.what, show.private) for show in planned.shows] == [(MENU, True)]


# --- words and buttons in the personal chat


async def test_words_are_answered_in_the_personal_chat(teams: TeamsHarness) -> None:
    """The answer is shown, and the tracked card is known by its message."""
    teams.inbox.answers = answers
    jo = teams.actor("jo")
    await jo.says("menu")
    card = await jo.expects("Menu")
    assert [(name, message.id) for name, _, message in teams.inbox.tracked] == [("menu", card.id)]


async def test_a_form_as_a_card_is_filled_and_replaced(teams: TeamsHarness) -> None:
    """The button brings the form, what is typed arrives typed, and the form becomes the card."""
    teams.inbox.answers = answers
    jo = teams.actor("jo")
    await jo.says("menu")
    await jo.presses("Open")
    await jo.submits({"Reference": "X-1", "Why?": "because"})
    filed = await jo.expects("Filed")
    await teams.settled()
    act = teams.inbox.last.act
    assert isinstance(act, Submitted)
    assert (act.payload, dict(act.values)) == (FILE, {"ref": "X-1", "why": "because"})
    assert teams.inbox.tracked[-1][0] == "case:8"
    assert teams.inbox.tracked[-1][2].id == filed.id
    assert jo.form() is None


async def test_a_redrawn_card_stays_redrawn(teams: TeamsHarness) -> None:
    """A press redraws the card in its answer and in the message itself, so that it is so on every device."""
    teams.inbox.answers = answers
    jo = teams.actor("jo")
    await jo.says("menu")
    card = await jo.expects("Menu")
    await jo.presses("Ack")
    await teams.settled()
    now = jo.message("Acknowledged")
    assert (now.id, now.private) == (card.id, False)
    assert "update_activity" in [name for name, _ in teams.tenant.calls]
    assert teams.inbox.tracked[-1][2].id == card.id


async def test_an_invalid_form_keeps_every_word(teams: TeamsHarness) -> None:
    """Errors stand by their fields, the words are still there, and the next try is heard."""
    asked = Form(
        "Raise it",
        (
            LongTextField("why", "Why?"),
            DateTimeField("when", "When?"),
            YesNoField("spoken", "Spoken?"),
            PersonField("who", "Who?", "all", (Option("helen", "Helen Castle"),)),
        ),
        FILE,
        "inst-1",
        "Send",
    )

    def once(act: Act) -> Reply:
        if not isinstance(act, Submitted):
            return Ask(asked)
        return Invalid(refused(asked, act.values, {"why": "Say more"}, "Not yet"))

    teams.inbox.answers = once
    jo = teams.actor("jo")
    await jo.says("raise")
    when = datetime.fromisoformat("2026-03-29T09:30")
    await jo.submits({"Why?": "so", "When?": when, "Spoken?": False, "Who?": "Helen Castle"})
    await teams.settled()
    form = jo.form()
    assert form is not None
    assert form.problem == "Not yet"
    assert [(item.id, item.shown, item.error) for item in form.drawing.fields] == [
        ("why", "so", "Say more"),
        ("when.date", "2026-03-29", ""),
        ("when.time", "09:30", ""),
        ("spoken", "No", ""),
        ("who", "Helen Castle", ""),
    ]
    act = teams.inbox.last.act
    assert isinstance(act, Submitted)
    assert dict(act.values) == {"why": "so", "when": when, "spoken": False, "who": "helen"}


async def test_people_are_found_by_typing(teams: TeamsHarness) -> None:
    """A person field asks the inbox for more people, by its scope."""
    teams.inbox.people = (Option("p7", "Grace Hill"),)
    teams.inbox.answers = lambda act: (
        Done(Card("Done"))
        if isinstance(act, Submitted)
        else Ask(Form("Who", (PersonField("who", "Who?", "all"),), FILE, "i", "Send"))
    )
    jo = teams.actor("jo")
    await jo.says("hand over")
    await jo.submits({"Who?": "Grace Hill"})
    assert teams.inbox.searches == [("all", "Grace Hill")]
    act = teams.inbox.last.act
    assert isinstance(act, Submitted)
    assert act.values["who"] == "p7"


async def test_the_next_form_takes_the_place_of_the_one_before(teams: TeamsHarness) -> None:
    """A conversation of several forms is one message that changes."""
    second = Form("Second", (TextField("b", "B"),), Payload("step.two", 1), "inst-2", "Send")
    teams.inbox.answers = lambda act: Next(second) if isinstance(act, Submitted) else Ask(FORM)
    jo = teams.actor("jo")
    await jo.says("raise")
    await jo.submits({"Reference": "1", "Why?": "2"})
    await teams.settled()
    form = jo.form()
    assert form is not None
    assert form.title == "Second"
    assert len([message for message in jo.messages() if message.drawing.fields]) == 1


async def test_the_menu_is_the_home(teams: TeamsHarness) -> None:
    """Teams has no home of an app: it is said in place."""
    teams.inbox.answers = lambda act: ShowHome(MENU)
    jo = teams.actor("jo")
    await jo.visits_home()
    await jo.expects("Menu")


async def test_every_press_is_answered_with_words(teams: TeamsHarness) -> None:
    """Also a press that changes nothing gets a non-empty answer: an empty one is sent again."""
    teams.inbox.answers = lambda act: Say(MENU) if isinstance(act, Said) else None
    jo = teams.actor("jo")
    await jo.says("menu")
    await jo.presses("Ack")
    assert len([attempt for attempt in teams.tenant.attempts if '"invoke"' in attempt.body]) == 1
    assert jo.sees(PHRASES.one_moment)


# --- channels


async def test_a_mention_is_answered_in_its_thread(teams: TeamsHarness) -> None:
    """What is said goes under the mention, where everybody in the channel sees it."""
    teams.inbox.answers = answers
    post = await teams.actor("jo").mentions("menu", channel=CHANNEL)
    card = await teams.actor("helen").expects("Menu")
    assert card.thread == post.id


async def test_a_private_word_after_a_mention_goes_to_the_personal_chat(teams: TeamsHarness) -> None:
    """The channel learns that there was an answer, and not a word of it."""
    teams.inbox.answers = lambda act: Whisper(Card("Secret"))
    jo, helen = teams.actor("jo"), teams.actor("helen")
    await jo.mentions("who are my contacts?", channel=CHANNEL)
    await teams.settled()
    assert jo.message("Secret").chat == teams.tenant.state.chat(jo.client.user)  # type: ignore[attr-defined]
    assert helen.sees(PHRASES.answered_privately)
    assert not helen.sees("Secret")


async def test_a_private_word_that_cannot_be_told_is_not_told_in_the_channel(teams: TeamsHarness) -> None:
    """Where the person can't be reached the channel is told that, and nothing else."""
    teams.inbox.answers = lambda act: Whisper(Card("Secret"))
    teams.faults.next("create_conversation", Refuse("BotNotInConversationRoster"))
    jo, helen = teams.actor("jo"), teams.actor("helen")
    await jo.mentions("who are my contacts?", channel=CHANNEL)
    await teams.settled()
    assert helen.sees(PHRASES.privately_unreachable)
    assert not helen.sees("Secret")
    assert not jo.sees("Secret")


async def test_a_private_word_after_a_press_is_seen_by_the_presser_alone(teams: TeamsHarness) -> None:
    """In a channel the answer of the press is drawn for the one who pressed."""
    teams.inbox.answers = lambda act: Say(MENU) if isinstance(act, Said) else Whisper(Card("Secret"))
    jo, helen = teams.actor("jo"), teams.actor("helen")
    await jo.mentions("menu", channel=CHANNEL)
    await helen.presses("Ack")
    await teams.settled()
    assert helen.sees("Secret")
    assert not jo.sees("Secret")
    assert jo.sees("Menu")


async def test_a_form_asked_for_in_a_channel_comes_in_private(teams: TeamsHarness) -> None:
    """The form is a card of the personal chat, and the presser is told where it is."""
    teams.inbox.answers = answers
    jo, helen = teams.actor("jo"), teams.actor("helen")
    await jo.mentions("menu", channel=CHANNEL)
    await jo.presses("Open")
    await teams.settled()
    form = jo.form()
    assert form is not None
    assert form.chat == teams.tenant.state.chat(jo.client.user)  # type: ignore[attr-defined]
    assert jo.sees(PHRASES.answered_privately)
    assert helen.form() is None


# --- dialogs


async def test_a_form_as_a_dialog(dialogs: TeamsHarness) -> None:
    """With dialogs the form opens over the chat, closes with a word, and its card is in the chat."""
    dialogs.inbox.answers = answers
    jo = dialogs.actor("jo")
    await jo.says("menu")
    await jo.presses("Open")
    form = jo.form()
    assert form is not None
    assert form.surface == "dialog"
    await jo.submits({"Reference": "X-1", "Why?": "because"})
    await dialogs.settled()
    assert jo.form() is None
    assert jo.message("because").edits == 0
    assert dialogs.inbox.tracked[-1][0] == "case:8"


async def test_an_invalid_dialog_stays_open(dialogs: TeamsHarness) -> None:
    """A dialog with errors is the dialog again, with every word."""
    dialogs.inbox.answers = lambda act: (
        Invalid(refused(FORM, act.values, {"why": "Say more"}))
        if isinstance(act, Submitted)
        else answers(act)
    )
    jo = dialogs.actor("jo")
    await jo.says("menu")
    await jo.presses("Open")
    await jo.submits({"Reference": "X-1", "Why?": "so"})
    form = jo.form()
    assert form is not None
    assert form.surface == "dialog"
    assert [(item.shown, item.error) for item in form.drawing.fields] == [("X-1", ""), ("so", "Say more")]


async def test_what_a_dialog_in_a_channel_leads_to_stays_in_it(dialogs: TeamsHarness) -> None:
    """In a channel the dialog is private: the card at its end is shown there, and not in the channel."""
    dialogs.inbox.answers = answers
    jo, helen = dialogs.actor("jo"), dialogs.actor("helen")
    await jo.mentions("menu", channel=CHANNEL)
    await jo.presses("Open")
    await jo.submits({"Reference": "X-1", "Why?": "because"})
    await dialogs.settled()
    form = jo.form()
    assert form is not None
    assert "Filed" in form.drawing.words
    assert not helen.sees("Filed")


async def test_typing_form_brings_the_card(dialogs: TeamsHarness) -> None:
    """Whose client has no dialogs types "form", and gets the form of the last button as a card."""
    dialogs.inbox.answers = answers
    jo = dialogs.actor("jo")
    await jo.says("menu")
    await jo.expects("Menu")
    await jo.says("Form")
    await dialogs.settled()
    form = jo.form()
    assert form is not None
    assert (form.surface, form.title) == ("card", "Raise it")
    await jo.submits({"Reference": "X-1", "Why?": "because"})
    await jo.expects("Filed")


async def test_typing_form_asks_which(dialogs: TeamsHarness) -> None:
    """Where the last card had several such buttons they are offered again, as cards this time."""
    several = Card(
        "Case", buttons=(Button("Answer", GO, opens_form=True), Button("More time", GO, opens_form=True))
    )
    dialogs.inbox.answers = lambda act: Say(several) if isinstance(act, Said) else answers(act)
    jo = dialogs.actor("jo")
    await jo.says("case")
    await jo.expects("Case")
    await jo.says("form")
    await dialogs.settled()
    offered = await jo.expects(PHRASES.form_ready)
    await jo.presses("More time", on=offered)
    form = jo.form()
    assert form is not None
    assert form.surface == "card"


async def test_form_is_a_word_like_others_where_there_is_nothing_to_open(dialogs: TeamsHarness) -> None:
    """Before any such button was shown, "form" is the person's words."""
    dialogs.inbox.answers = answers
    await dialogs.actor("jo").says("form")
    assert dialogs.inbox.last.act == Said("form")


# --- when things go wrong


async def test_the_same_message_twice_is_answered_once(teams: TeamsHarness) -> None:
    """Two copies at once are one act with one answer."""
    teams.inbox.answers = answers
    teams.faults.twice()
    jo = teams.actor("jo")
    await jo.says("menu")
    await teams.settled()
    assert len(teams.inbox.deliveries) == 2
    assert len([message for message in jo.messages() if "Menu" in message.words]) == 1


async def test_a_message_that_is_not_saved_is_asked_for_again(teams: TeamsHarness) -> None:
    """503 while nothing can be saved, and the person is told so once; nothing is confirmed."""
    teams.inbox.answers = answers
    teams.inbox.down = True
    jo = teams.actor("jo")
    await jo.says("raise")
    await teams.settled()
    assert [attempt.status for attempt in teams.tenant.attempts[-2:]] == [503, 503]
    assert [seen.words for seen in jo.messages() if not seen.mine] == [PHRASES.try_again]
    assert not jo.sees("Menu")


@pytest.mark.parametrize("forms", ["card", "dialog"])
async def test_a_form_that_is_not_saved_gives_every_word_back(forms: str) -> None:
    """The words are still in the form, with what happened above them; sent again it is the same form."""
    async with teams_harness(forms=forms) as teams:
        teams.inbox.answers = answers
        jo = teams.actor("jo")
        await jo.says("menu")
        await jo.presses("Open")
        teams.inbox.down = True
        await jo.submits({"Reference": "X-1", "Why?": "because\nit matters"})
        form = jo.form()
        assert form is not None
        assert form.problem == PHRASES.not_saved
        assert [item.shown for item in form.drawing.fields] == ["X-1", "because\nit matters"]
        teams.inbox.down = False
        await jo.submits()
        await jo.expects("because it matters")
        assert [key for key in teams.inbox.deliveries if key.startswith("form:")] == ["form:inst-1"] * 2


async def test_an_old_clients_form_that_is_not_saved_gives_every_word_back(teams: TeamsHarness) -> None:
    """Also where the form came as a message there is 503, and the card holds the words again."""
    teams.inbox.answers = answers
    jo = teams.actor("jo")
    await jo.says("menu")
    await jo.presses("Open")
    form = jo.form()
    assert form is not None
    teams.inbox.down = True
    client: Any = jo.client
    old = form.drawing.buttons[0].raw["fallback"]
    post = teams.tenant.state.posts[form.chat][form.message]
    data = old["data"] | {"ref": "X-1", "why": "because"}
    await client._service.event(client._activities.value(client.user, post, data, ""))
    await teams.settled()
    again = jo.form()
    assert again is not None
    assert again.problem == PHRASES.not_saved
    assert [item.shown for item in again.drawing.fields] == ["X-1", "because"]
    assert teams.tenant.attempts[-1].status == 503


async def test_a_stalled_database_does_not_stall_teams(
    teams: TeamsHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the work hangs the press is answered in time, and what comes of it late is shown late, once."""
    monkeypatch.setattr("adapters.teams.limits.ANSWER_WITHIN", 0.05)
    teams.inbox.answers = answers
    jo = teams.actor("jo")
    await jo.says("menu")
    await jo.expects("Menu")
    teams.inbox.gate.clear()
    await jo.presses("Ack")
    assert jo.sees(PHRASES.try_again)
    assert not jo.sees("Acknowledged")
    await jo.presses("Ack")
    assert len(set(teams.inbox.deliveries[1:])) == 1
    teams.inbox.gate.set()
    await jo.expects("Acknowledged")
    await teams.settled()
    assert len(teams.inbox.heard) == 2


async def test_a_press_sent_again_under_another_id_is_one_act(monkeypatch: pytest.MonkeyPatch) -> None:
    """Teams may give a press that it sends again another id: while the first is unanswered it is the same."""
    async with teams_harness(patience=0.2) as teams:
        teams.inbox.answers = answers
        jo = teams.actor("jo")
        await jo.says("menu")
        await jo.expects("Menu")
        with monkeypatch.context() as patch:
            # The first press gets no answer before it was sent again.
            patch.setattr(teams.inbox, "gate", asyncio.Barrier(2))
            await jo.presses("Ack")
        ids = {json.loads(attempt.body)["id"] for attempt in teams.tenant.attempts[-2:]}
        assert len(ids) == 2
        assert len(set(teams.inbox.deliveries[1:])) == 1


async def test_the_same_button_pressed_twice_on_purpose_is_two_acts(teams: TeamsHarness) -> None:
    """After an answer, the same button of the same card is pressed anew."""
    teams.inbox.answers = lambda act: Say(MENU)
    jo = teams.actor("jo")
    await jo.says("menu")
    menu = await jo.expects("Menu")
    await jo.presses("Ack", on=menu)
    await jo.presses("Ack", on=menu)
    assert len([one for one in teams.inbox.heard if isinstance(one.act, Pressed)]) == 2


async def test_a_reply_waits_a_moment_where_teams_asks_for_it(
    teams: TeamsHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A short 429 is waited out; the person has the answer."""
    teams.inbox.answers = answers
    teams.faults.next("post_activity", TooMany(after=0))
    jo = teams.actor("jo")
    await jo.says("menu")
    await jo.expects("Menu")


async def test_a_reply_that_could_not_be_sent_comes_with_the_same_act(teams: TeamsHarness) -> None:
    """A reply lost to a broken connection is no lost act: sent again, the act brings its reply."""
    teams.inbox.answers = answers
    teams.faults.next("post_activity", DropBefore())
    jo = teams.actor("jo")
    client: Any = jo.client
    said = await jo.says("menu")
    await teams.settled()
    assert not jo.sees("Menu")
    post = teams.tenant.state.posts[said.chat][said.id]
    await client._service.event(client._activities.message(client.user, post, "menu", False))
    await jo.expects("Menu")
    assert len(teams.inbox.heard) == 1


async def test_a_card_that_is_gone_is_said_anew(teams: TeamsHarness) -> None:
    """Where the pressed message can't be redrawn the card is a new message."""
    teams.inbox.answers = answers
    jo = teams.actor("jo")
    await jo.says("menu")
    card = await jo.expects("Menu")
    teams.faults.next("update_activity", Refuse("ActivityNotFoundInConversation", 404))
    await jo.presses("Ack", on=card)
    await teams.settled()
    assert teams.inbox.tracked[-1][2].id != card.id


async def test_a_failing_turn_tells_nothing_of_itself(teams: TeamsHarness) -> None:
    """An error inside is 503 and a kind word; no trace of it reaches a person."""

    def broken(act: Act) -> Reply:
        raise RuntimeError("secret detail")

    teams.inbox.answers = broken
    jo = teams.actor("jo")
    await jo.says("raise")
    await teams.settled()
    assert teams.tenant.attempts[-1].status == 503
    assert jo.sees(PHRASES.try_again)
    assert not jo.sees("secret")


async def test_a_form_too_full_to_be_shown_again_stays_as_it_is(teams: TeamsHarness) -> None:
    """Where all typed words do not fit into one card they stay where they were typed, with what is wrong."""
    fields = tuple(LongTextField(f"f{n}", f"Part {n}") for n in range(8))
    full = Form("Long", fields, FILE, "inst-1", "Send")
    teams.inbox.answers = lambda act: (
        Invalid(refused(full, act.values, {"f0": "Too long"})) if isinstance(act, Submitted) else Ask(full)
    )
    jo = teams.actor("jo")
    await jo.says("raise")
    await jo.submits({f"Part {n}": "long " * 600 for n in range(8)})
    await teams.settled()
    assert jo.sees("Part 0: Too long")
    form = jo.form()
    assert form is not None
    assert [len(item.shown) for item in form.drawing.fields] == [3_000] * 8


async def test_closing_waits_for_what_is_being_said() -> None:
    """A shutdown loses no reply that was on its way."""
    async with teams_harness() as teams:
        teams.inbox.answers = answers
        jo = teams.actor("jo")
        stall = teams.faults.next("update_activity", Stall())
        await jo.says("menu")
        await jo.expects("Menu")
        await jo.presses("Ack")
        closing = asyncio.create_task(teams.adapter.settled())
        await asyncio.sleep(0)
        assert not closing.done()
        stall.release()
        await closing
        assert teams.inbox.tracked[-1][0] == "case:7"


async def test_a_broken_teams_stalls_no_answer(teams: TeamsHarness) -> None:
    """Where Teams refuses every message the turn is still taken, and answered 200."""
    teams.inbox.answers = answers
    teams.faults.next("post_activity", Broken(500), times=2)
    jo = teams.actor("jo")
    await jo.says("menu")
    assert teams.tenant.attempts[-1].status == 200
    assert len(teams.inbox.heard) == 1
