"""What is said back in Teams, and to whom: over real HTTP, seen with the eyes of the people."""

from collections.abc import AsyncIterator
from datetime import datetime

import pytest
import pytest_asyncio

from adapters.teams.intake import Arrival, Way
from adapters.teams.replies import plan
from bot.chat.action import Payload
from bot.chat.card import Button, Card
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
from bot.chat.port import NotSaved
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
from playground.faults import Refuse
from tests.contracts.inbox import PHRASES
from tests.contracts.teams_harness import CHANNEL, TeamsHarness, teams_harness
from tests.contracts.teams_talk import FILE, FORM, GO, MENU, answers


@pytest_asyncio.fixture
async def teams() -> AsyncIterator[TeamsHarness]:
    async with teams_harness() as harness:
        yield harness


@pytest_asyncio.fixture
async def dialogs() -> AsyncIterator[TeamsHarness]:
    async with teams_harness(forms="dialog") as harness:
        yield harness


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


async def test_a_person_found_by_typing_keeps_their_name(teams: TeamsHarness) -> None:
    """A form that comes back shows the name of whoever was found, not an id, however often it comes back."""
    asked = Form("Who", (PersonField("who", "Who?", "all"), TextField("why", "Why?")), FILE, "i", "Send")
    teams.inbox.people = (Option("p7", "Grace Hill"),)
    teams.inbox.answers = lambda act: (
        Invalid(refused(asked, act.values, {"why": "Say more"})) if isinstance(act, Submitted) else Ask(asked)
    )
    jo = teams.actor("jo")
    await jo.says("hand over")
    await jo.submits({"Who?": "Grace Hill", "Why?": "x"})
    for again in ("y", "z"):
        await teams.settled()
        form = jo.form()
        assert form is not None
        assert form.drawing.fields[0].shown == "Grace Hill"
        await jo.submits({"Why?": again})
        act = teams.inbox.last.act
        assert isinstance(act, Submitted)
        assert act.values == {"who": "p7", "why": again}


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


async def test_a_press_that_brings_a_card_points_to_it(teams: TeamsHarness) -> None:
    """The card is posted; the word beside the press does not say it a second time."""
    teams.inbox.answers = lambda act: Say(MENU) if isinstance(act, Said) else Say(Card("Timeline"))
    jo = teams.actor("jo")
    await jo.says("menu")
    await jo.presses("Ack")
    await jo.expects("Timeline")
    assert [message.words for message in jo.messages() if message.private] == [PHRASES.see_below]


async def test_a_press_whose_card_is_lost_says_so(teams: TeamsHarness) -> None:
    """Where the answer could not be shown, nothing points to it."""
    teams.inbox.answers = lambda act: Say(MENU) if isinstance(act, Said) else Say(Card("Timeline"))
    jo = teams.actor("jo")
    await jo.says("menu")
    await jo.expects("Menu")
    teams.faults.next("post_activity", Refuse("BadArgument"))
    await jo.presses("Ack")
    assert [message.words for message in jo.messages() if message.private] == [PHRASES.not_shown]


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
    assert jo.message("Secret").chat == teams.tenant.state.chat(jo.client.user)
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
    assert form.chat == teams.tenant.state.chat(jo.client.user)
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
    assert (form.title, form.drawing.words) == ("Filed", "because")
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


async def test_people_who_can_not_be_looked_up_now(
    teams: TeamsHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nobody can be looked up the list says so, in place of being empty; who takes that has chosen
    nobody."""

    async def away(*_: object) -> None:
        raise NotSaved

    monkeypatch.setattr(teams.inbox.__class__, "search", away)
    asked = Form("Who", (PersonField("who", "Who?", "all"),), FILE, "i", "Send")
    teams.inbox.answers = lambda act: Done(Card("Done")) if isinstance(act, Submitted) else Ask(asked)
    jo = teams.actor("jo")
    await jo.says("hand over")
    await jo.submits({"Who?": PHRASES.not_looked_up})
    act = teams.inbox.last.act
    assert isinstance(act, Submitted)
    assert act.values["who"] is None
