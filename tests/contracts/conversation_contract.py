"""The contract of conversations: what is heard of a person, how they are answered, what a form brings."""

from datetime import datetime

from bot.chat.action import Payload
from bot.chat.card import Button, Card
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
from bot.chat.turn import (
    Act,
    Ask,
    Commanded,
    Done,
    HomeOpened,
    Invalid,
    Next,
    Pressed,
    Redraw,
    Said,
    Say,
    ShowHome,
    Submitted,
    Whisper,
)
from playground.people import Actor, Given
from tests.contracts.inbox import PHRASES, Answer
from tests.contracts.lacking import needs
from tests.contracts.platform_contract import CASE, CHANNEL, RAISE, Harness

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
MENU = Card("Menu", (), (Button("Raise", RAISE, "primary", opens_form=True),))


async def opens_the_form(harness: Harness, actor: Actor) -> None:
    """Get the form that was asked for onto the screen, where it takes a press to open it."""
    await harness.settled()
    if actor.form() is None:
        await actor.presses(PHRASES.open_form)
        await harness.settled()
    assert actor.form() is not None


class ConversationContract:
    """Tests for a `harness` fixture."""

    async def test_typed_words_are_heard_as_typed(self, harness: Harness) -> None:
        """Words typed in private arrive as they were typed, from a known account in a personal place."""
        typed = "is <this> & that *ok*? https://x.example/a"
        await harness.actor("jo").says(typed)
        assert harness.inbox.last.act == Said(typed)
        assert harness.inbox.last.place.kind == "personal"

    async def test_a_mention_is_one_act(self, harness: Harness) -> None:
        """A mention is heard once, without the mention, and answered once, in its thread."""
        needs(harness, "channels")
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
        needs(harness, "channels")
        harness.inbox.answers = lambda act: Whisper(Card("Between us"))
        await harness.actor("jo").mentions("hello", channel=CHANNEL)
        await harness.settled()
        assert harness.actor("jo").sees("Between us")
        assert not harness.actor("helen").sees("Between us")

    async def test_a_reply_in_a_thread_says_which(self, harness: Harness) -> None:
        """Words typed under a card in a channel arrive with the thread that the card began."""
        needs(harness, "channels")
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
        await harness.actor("jo").expects("is closed")

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
        needs(harness, "channels")
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
