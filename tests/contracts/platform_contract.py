"""One contract, kept by both adapters: what a flow may rely on, whatever chat the person uses.

Everything goes over real HTTP: a simulated platform on one side, a scripted inbox on the other.
"""

import time
from datetime import datetime
from typing import Protocol

import pytest

from bot.chat.action import Payload
from bot.chat.card import Button, Card, Fact, Facts, Status, Text
from bot.chat.form import (
    ChoiceField,
    ChoicesField,
    DateTimeField,
    Form,
    LongTextField,
    Option,
    PersonField,
    TextField,
    YesNoField,
    refused,
)
from bot.chat.port import DeliveryError, Gone, Platform, TryLater, Uncertain, Unreachable
from bot.chat.text import plain, quote
from bot.chat.turn import (
    Act,
    Ask,
    Commanded,
    Done,
    HomeOpened,
    Invalid,
    Message,
    Next,
    Place,
    Pressed,
    Redraw,
    Said,
    Say,
    ShowHome,
    Submitted,
    Whisper,
)
from playground.faults import Broken, DropAfter, DropBefore, Faults, TooMany
from playground.people import Actor, Given
from tests.contracts.inbox import PHRASES, Answer, ScriptedInbox

CHANNEL = "duty-team"
POST = {"slack": "chat.postMessage", "teams": "post_activity"}
UPDATE = {"slack": "chat.update", "teams": "update_activity"}

RAISE = Payload("raise.open", 1, '{"case":"WIC-7"}')
FILE = Payload("raise.file", 2)
PEOPLE = (Option("p1", "Priya Okafor"), Option("p2", "Helen Castle"))
FORM = Form(
    "Raise a concern",
    (
        TextField("ref", "Your case reference", "Letters and numbers, no names", max_length=20),
        LongTextField("risk", "What is the risk?"),
        ChoiceField("stage", "Which stage?", (Option("1", "First"), Option("2", "Second"))),
        ChoicesField("seen", "Who has seen the child?", (Option("s", "School"), Option("h", "Health"))),
        PersonField("who", "Who decided?", "colleagues:7", PEOPLE),
        DateTimeField("when", "When did you speak?"),
        YesNoField("spoke", "Have you spoken?"),
    ),
    FILE,
    "instance-1",
    "Send",
)
FILLED: dict[str, Given] = {
    "Your case reference": "WIC-7",
    "What is the risk?": "It was raining.\nNobody was in & <nobody> answered.",
    "Which stage?": "Second",
    "Who has seen the child?": ("School", "Health"),
    "Who decided?": "Priya Okafor",
    "When did you speak?": datetime(2026, 7, 6, 9, 30),  # noqa: DTZ001 - wall time is meant
    "Have you spoken?": True,
}
VALUES = {
    "ref": "WIC-7",
    "risk": "It was raining.\nNobody was in & <nobody> answered.",
    "stage": "2",
    "seen": ("s", "h"),
    "who": "p1",
    "when": datetime(2026, 7, 6, 9, 30),  # noqa: DTZ001 - wall time is meant
    "spoke": True,
}
CASE = Card(
    "Case WIC-7",
    (Status("Answer due", "attention"), Facts((Fact("Raised by", "Jo Marsh"),)), Text(quote("It rained."))),
    (Button("Acknowledge", RAISE, "primary"),),
    plain("No names, please."),
)
MENU = Card("Menu", (), (Button("Raise", RAISE, "primary", opens_form=True),))


class Harness(Protocol):
    """A simulated platform, the real adapter, and an inbox that the test scripts.

    Jo and Helen are in the channel `CHANNEL` and can be reached; Lena has an account and is not in it.
    """

    name: str
    inbox: ScriptedInbox

    @property
    def platform(self) -> Platform: ...

    @property
    def faults(self) -> Faults: ...

    def actor(self, id: str) -> Actor: ...

    async def personal(self, id: str) -> Place:
        """The person's private chat."""

    async def channel(self) -> Place: ...

    async def nowhere(self) -> Place:
        """A conversation that is not there, or that the bot is not in."""

    async def settled(self) -> None:
        """Every event was taken and every reply carried out."""


async def opens_the_form(harness: Harness, actor: Actor) -> None:
    """Get the form that was asked for onto the screen, where it takes a press to open it."""
    await harness.settled()
    if actor.form() is None:
        await actor.presses(PHRASES.open_form)
        await harness.settled()
    assert actor.form() is not None


class PlatformContract:
    """Tests for a `harness` fixture."""

    # --- sending

    async def test_a_post_shows_all_of_the_card(self, harness: Harness) -> None:
        """A posted card arrives in the person's private chat with everything that it says."""
        await harness.platform.post(await harness.personal("jo"), CASE, "delivery-1")
        seen = await harness.actor("jo").expects("Case WIC-7")
        for words in ("Answer due", "Raised by", "Jo Marsh", "It rained.", "No names, please."):
            assert words in seen.words
        assert [button.label for button in seen.drawing.buttons] == ["Acknowledge"]

    async def test_a_post_is_for_one_person(self, harness: Harness) -> None:
        """What is posted to one person is seen by nobody else."""
        await harness.platform.post(await harness.personal("jo"), CASE, "delivery-1")
        assert not harness.actor("helen").sees("Case WIC-7")

    async def test_a_post_in_a_channel_is_for_all_there(self, harness: Harness) -> None:
        """What is posted in a channel is seen by its members, and by nobody else."""
        await harness.platform.post(await harness.channel(), CASE, "delivery-1")
        assert harness.actor("jo").sees("Case WIC-7")
        assert harness.actor("helen").sees("Case WIC-7")
        assert not harness.actor("lena").sees("Case WIC-7")

    async def test_a_reply_stands_in_the_thread(self, harness: Harness) -> None:
        """A post whose place has a thread stands under the thread's root."""
        place = await harness.channel()
        root = await harness.platform.post(place, CASE, "delivery-1")
        there = Place(root.address, "channel", root.thread or root.id)
        await harness.platform.post(there, Card("Under it"), "delivery-2")
        assert (await harness.actor("jo").expects("Under it")).thread == root.id

    async def test_an_update_takes_the_place_of_the_card(self, harness: Harness) -> None:
        """An updated message shows the new card where the old one stood."""
        message = await harness.platform.post(await harness.personal("jo"), CASE, "delivery-1")
        before = harness.actor("jo").message("Case WIC-7")
        await harness.platform.update(message, Card("Case WIC-7 is closed"))
        after = await harness.actor("jo").expects("is closed")
        assert after.id == before.id
        assert not harness.actor("jo").buttons()

    async def test_somebody_unknown_is_unreachable(self, harness: Harness) -> None:
        """An address that nobody has is unreachable, with a reason in words; nobody is guessed."""
        with pytest.raises(Unreachable) as caught:
            await harness.platform.reach("nobody@wickering.example", (await harness.channel(),))
        assert " " in caught.value.reason

    async def test_the_platform_vouches_for_the_speaker(self, harness: Harness) -> None:
        """Who wrote is known by name and by the e-mail address that the platform has verified."""
        await harness.actor("jo").says("hello")
        heard = harness.inbox.last
        profile = await harness.platform.profile(heard.account, heard.place)
        assert profile is not None
        assert (profile.email, profile.name) == ("jo@wickering.example", "Jo Marsh")

    async def test_a_reached_person_is_the_one_who_writes(self, harness: Harness) -> None:
        """The place found by e-mail is the place from which the person writes."""
        place = await harness.personal("jo")
        await harness.actor("jo").says("hello")
        assert harness.inbox.last.place.address.conversation == place.address.conversation

    # --- errors

    async def test_too_many_requests_are_tried_later(self, harness: Harness) -> None:
        """Where the platform asks to wait, the error says for how long."""
        place = await harness.personal("jo")
        harness.faults.next(POST[harness.name], TooMany(after=7))
        with pytest.raises(TryLater) as caught:
            await harness.platform.post(place, CASE, "delivery-1")
        assert caught.value.after == 7

    async def test_a_platform_that_is_down_is_tried_later(self, harness: Harness) -> None:
        """A platform that is not available has taken nothing."""
        place = await harness.personal("jo")
        harness.faults.next(POST[harness.name], Broken(503))
        with pytest.raises(TryLater):
            await harness.platform.post(place, CASE, "delivery-1")
        assert not harness.actor("jo").sees("Case WIC-7")

    async def test_a_lost_answer_is_uncertain(self, harness: Harness) -> None:
        """A post whose answer is lost may have arrived, and the error says so."""
        place = await harness.personal("jo")
        harness.faults.next(POST[harness.name], DropAfter())
        with pytest.raises(Uncertain):
            await harness.platform.post(place, CASE, "delivery-1")
        assert harness.actor("jo").sees("Case WIC-7")

    async def test_a_cut_connection_is_in_the_closed_set(self, harness: Harness) -> None:
        """A connection cut before anything was done raises an error of the closed set, and shows nothing."""
        place = await harness.personal("jo")
        harness.faults.next(POST[harness.name], DropBefore())
        with pytest.raises((TryLater, Uncertain)):
            await harness.platform.post(place, CASE, "delivery-1")
        assert not harness.actor("jo").sees("Case WIC-7")

    @pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 429, 500, 502, 504])
    async def test_every_failure_is_in_the_closed_set(self, harness: Harness, status: int) -> None:
        """Whatever the platform answers, only a delivery error comes out, and it names no secret."""
        place = await harness.personal("jo")
        message = await harness.platform.post(place, CASE, "delivery-1")
        harness.faults.next(POST[harness.name], Broken(status), times=9)
        harness.faults.next(UPDATE[harness.name], Broken(status), times=9)
        with pytest.raises(DeliveryError) as posted:
            await harness.platform.post(place, CASE, "delivery-2")
        with pytest.raises(DeliveryError) as updated:
            await harness.platform.update(message, CASE)
        for caught in (posted, updated):
            assert "http" not in caught.value.reason
            assert "xox" not in caught.value.reason

    async def test_a_place_without_the_bot_is_unreachable(self, harness: Harness) -> None:
        """A conversation that the bot is not in can't be posted to."""
        with pytest.raises(Unreachable):
            await harness.platform.post(await harness.nowhere(), CASE, "delivery-1")

    async def test_a_message_that_is_not_there_is_gone(self, harness: Harness) -> None:
        """Updating a message that was removed says that it is gone."""
        message = await harness.platform.post(await harness.personal("jo"), CASE, "delivery-1")
        removed = Message(message.address, "1700000000.000001")
        with pytest.raises(Gone):
            await harness.platform.update(removed, CASE)

    async def test_a_post_of_unknown_fate_is_found_by_its_key(self, harness: Harness) -> None:
        """Where the platform can look posts up, the lost one is found by its key and can be updated."""
        if not harness.platform.capabilities.finds_posts:
            assert await harness.platform.find(await harness.personal("jo"), "delivery-1", 0) is None
            return
        place, began = await harness.personal("jo"), time.time()
        harness.faults.next(POST[harness.name], DropAfter())
        with pytest.raises(Uncertain):
            await harness.platform.post(place, CASE, "delivery-1")
        assert await harness.platform.find(place, "delivery-2", began) is None
        found = await harness.platform.find(place, "delivery-1", began)
        assert found is not None
        await harness.platform.update(found, Card("Found again"))
        assert harness.actor("jo").sees("Found again")

    # --- hearing and answering

    async def test_typed_words_are_heard_as_typed(self, harness: Harness) -> None:
        """Words typed in private arrive as they were typed, from a known account in a personal place."""
        typed = "is <this> & that *ok*? https://x.example/a"
        await harness.actor("jo").says(typed)
        assert harness.inbox.last.act == Said(typed)
        assert harness.inbox.last.place.kind == "personal"

    async def test_a_mention_is_one_act(self, harness: Harness) -> None:
        """A mention is heard once, without the mention, and answered once, in its thread."""
        harness.inbox.answers = lambda act: Say(Card("I am here"))
        await harness.actor("jo").mentions("hello there", channel=CHANNEL)
        await harness.settled()
        assert [heard.act for heard in harness.inbox.heard] == [Said("hello there")]
        assert harness.inbox.last.place.kind == "channel"
        answers = [seen for seen in harness.actor("helen").messages() if "I am here" in seen.words]
        assert len(answers) == 1
        assert answers[0].thread

    async def test_an_event_that_comes_twice_is_one_act(self, harness: Harness) -> None:
        """The same event in two copies at once has one effect and one answer."""
        harness.inbox.answers = lambda act: Say(Card("I am here"))
        harness.faults.twice()
        await harness.actor("jo").says("hello")
        await harness.settled()
        assert len(harness.inbox.heard) == 1
        assert len(set(harness.inbox.deliveries)) == 1
        assert len([seen for seen in harness.actor("jo").messages() if "I am here" in seen.words]) == 1

    async def test_a_whisper_never_reaches_the_channel(self, harness: Harness) -> None:
        """A private answer to words in a channel is seen by the one who asked, and by nobody else."""
        harness.inbox.answers = lambda act: Whisper(Card("Between us"))
        await harness.actor("jo").mentions("hello", channel=CHANNEL)
        await harness.settled()
        assert harness.actor("jo").sees("Between us")
        assert not harness.actor("helen").sees("Between us")

    async def test_a_reply_in_a_thread_says_which(self, harness: Harness) -> None:
        """Words typed under a card in a channel arrive with the thread that the card began."""
        root = await harness.platform.post(await harness.channel(), CASE, "delivery-1")
        jo = harness.actor("jo")
        await jo.replies("Case WIC-7", "acknowledge", mention=True)
        assert harness.inbox.last.act == Said("acknowledge")
        assert harness.inbox.last.place.thread == (root.thread or root.id)

    async def test_a_press_says_what_was_pressed(self, harness: Harness) -> None:
        """A press brings back the button's payload and the message that it stands on."""
        message = await harness.platform.post(await harness.personal("jo"), CASE, "delivery-1")
        await harness.actor("jo").presses("Acknowledge")
        act = harness.inbox.last.act
        assert isinstance(act, Pressed)
        assert act.payload == RAISE
        assert act.message is not None
        assert act.message.id == message.id

    async def test_two_presses_are_two_acts(self, harness: Harness) -> None:
        """Pressing the same button again on purpose is another act."""
        await harness.platform.post(await harness.personal("jo"), CASE, "delivery-1")
        await harness.actor("jo").presses("Acknowledge")
        await harness.actor("jo").presses("Acknowledge")
        assert len(harness.inbox.heard) == 2

    async def test_a_redraw_takes_the_place_of_the_pressed_card(self, harness: Harness) -> None:
        """In private, the answer to a press can stand where the card stood, and is tracked there."""
        harness.inbox.answers = lambda act: Redraw(Card("Acknowledged"), "case:WIC-7")
        message = await harness.platform.post(await harness.personal("jo"), CASE, "delivery-1")
        await harness.actor("jo").presses("Acknowledge")
        await harness.settled()
        assert harness.actor("jo").sees("Acknowledged")
        assert not harness.actor("jo").sees("Answer due")
        ((tracked, account, where),) = harness.inbox.tracked
        assert (tracked, account) == ("case:WIC-7", harness.inbox.last.account)
        assert where.id == message.id

    async def test_a_tracked_reply_can_be_redrawn(self, harness: Harness) -> None:
        """A reply that shows a case is reported with its message, which can be updated."""
        harness.inbox.answers = lambda act: Say(CASE, "case:WIC-7")
        await harness.actor("jo").says("my cases")
        await harness.settled()
        ((tracked, _, message),) = harness.inbox.tracked
        assert tracked == "case:WIC-7"
        await harness.platform.update(message, Card("Case WIC-7 is closed"))
        assert harness.actor("jo").sees("is closed")

    async def test_home_shows_the_menu(self, harness: Harness) -> None:
        """Opening the app's home, or asking for the menu where there is none, shows the home card."""
        harness.inbox.answers = lambda act: ShowHome(MENU)
        await harness.actor("jo").visits_home()
        await harness.settled()
        assert isinstance(harness.inbox.last.act, HomeOpened | Said)
        assert harness.actor("jo").buttons() == ["Raise"]

    # --- forms

    def _asking(self, harness: Harness, sent: Answer) -> None:
        """Everything is answered by the form; the form is answered by `sent`."""

        def answers(act: Act) -> Answer:
            return sent if isinstance(act, Submitted) else Ask(FORM)

        harness.inbox.answers = answers
        harness.inbox.people = PEOPLE

    async def test_a_form_brings_back_every_value(self, harness: Harness) -> None:
        """A form that a button opened comes back with each field in its own type, and then goes away."""
        self._asking(harness, Done(Card("Filed"), "case:WIC-7"))
        await harness.platform.post(await harness.personal("jo"), MENU, "delivery-1")
        jo = harness.actor("jo")
        await jo.presses("Raise")
        await harness.settled()
        await jo.submits(FILLED)
        await harness.settled()
        act = harness.inbox.last.act
        assert isinstance(act, Submitted)
        assert act.payload == FILE
        assert act.instance == "instance-1"
        assert dict(act.values) == VALUES
        assert harness.inbox.last.key == "form:instance-1"
        assert harness.inbox.last.place.kind in ("personal", "home")
        assert jo.sees("Filed")
        assert jo.form() is None
        assert [tracked for tracked, _, _ in harness.inbox.tracked] == ["case:WIC-7"]

    async def test_typed_words_can_be_answered_by_a_form(self, harness: Harness) -> None:
        """A form can be had by typing as well as by a button."""
        self._asking(harness, Done(Card("Filed")))
        jo = harness.actor("jo")
        await jo.says("raise")
        await opens_the_form(harness, jo)
        await jo.submits(FILLED)
        await harness.settled()
        assert all(act in (Said("raise"), Commanded("raise")) for act in self._acts(harness)[:-1])
        assert isinstance(harness.inbox.last.act, Submitted)
        assert jo.sees("Filed")

    async def test_a_form_that_is_refused_keeps_what_was_typed(self, harness: Harness) -> None:
        """Errors stand with their fields, every word is still there, and it is still the same form."""

        def answers(act: Act) -> Answer:
            if not isinstance(act, Submitted):
                return Ask(FORM)
            return Invalid(refused(FORM, act.values, {"ref": "We need letters and numbers."}))

        self._asking(harness, None)
        harness.inbox.answers = answers
        jo = harness.actor("jo")
        await jo.says("raise")
        await opens_the_form(harness, jo)
        await jo.submits(FILLED)
        await harness.settled()
        form = jo.form()
        assert form is not None
        assert jo.sees("We need letters and numbers.") or any(
            "We need letters" in item.error for item in form.drawing.fields
        )
        shown = {item.label: item.shown for item in form.drawing.fields}
        assert shown["Your case reference"] == "WIC-7"
        assert "Nobody was in & <nobody> answered." in shown["What is the risk?"]

    async def test_a_refused_form_can_be_corrected(self, harness: Harness) -> None:
        """A form that was refused can be corrected and sent, and is then answered like any other."""

        def answers(act: Act) -> Answer:
            if not isinstance(act, Submitted):
                return Ask(FORM)
            if act.values["ref"] == "WIC-7":
                return Invalid(refused(FORM, act.values, {"ref": "We need another one."}))
            return Done(Card("Filed"), "case:WIC-8")

        self._asking(harness, None)
        harness.inbox.answers = answers
        jo = harness.actor("jo")
        await jo.says("raise")
        await opens_the_form(harness, jo)
        await jo.submits(FILLED)
        await harness.settled()
        await jo.submits({"Your case reference": "WIC-8"})
        await harness.settled()
        act = harness.inbox.last.act
        assert isinstance(act, Submitted)
        assert dict(act.values) == {**VALUES, "ref": "WIC-8"}
        assert jo.sees("Filed")
        assert jo.form() is None
        assert len(harness.inbox.tracked) == 1

    async def test_one_form_can_follow_another(self, harness: Harness) -> None:
        """A submission can be answered by the next form, which is empty where it is new."""
        second = Form("And then", (LongTextField("risk", "What next?"),), FILE, "instance-2", "Send")
        self._asking(harness, Next(second))
        jo = harness.actor("jo")
        await jo.says("raise")
        await opens_the_form(harness, jo)
        await jo.submits(FILLED)
        await harness.settled()
        form = jo.form()
        assert form is not None
        assert [(item.label, item.shown) for item in form.drawing.fields] == [("What next?", "")]
        await jo.submits({"What next?": "We meet."})
        assert harness.inbox.last.key == "form:instance-2"

    async def test_words_that_were_not_saved_are_given_back(self, harness: Harness) -> None:
        """With the database away nothing is confirmed, every word is given back, and sending it again
        is the same act."""
        self._asking(harness, Done(Card("Filed")))
        jo = harness.actor("jo")
        await jo.says("raise")
        await opens_the_form(harness, jo)
        harness.inbox.down = True
        await jo.submits(FILLED)
        await harness.settled()
        form = jo.form()
        assert form is not None
        assert PHRASES.not_saved in form.drawing.words
        assert not jo.sees("Filed")
        shown = {item.label: item.shown for item in form.drawing.fields}
        assert shown["Your case reference"] == "WIC-7"
        assert "Nobody was in & <nobody> answered." in shown["What is the risk?"]
        harness.inbox.down = False
        await jo.submits()
        await harness.settled()
        act = harness.inbox.last.act
        assert isinstance(act, Submitted)
        assert dict(act.values) == VALUES
        assert [key for key in harness.inbox.deliveries if key == "form:instance-1"][2:] == []
        assert jo.sees("Filed")

    async def test_a_form_of_a_channel_is_private(self, harness: Harness) -> None:
        """A form that was asked for in a channel, and what comes of it, is seen by that person alone."""
        self._asking(harness, Done(Card("Filed")))
        jo = harness.actor("jo")
        await jo.mentions("raise", channel=CHANNEL)
        await opens_the_form(harness, jo)
        await jo.submits(FILLED)
        await harness.settled()
        assert jo.sees("Filed")
        for words in ("Filed", "Raise a concern", "What is the risk?"):
            assert not harness.actor("helen").sees(words)

    def _acts(self, harness: Harness) -> list[Act]:
        return [heard.act for heard in harness.inbox.heard]
