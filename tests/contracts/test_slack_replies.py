"""What replies become in Slack: where they stand, who sees them, and what happens where that can't be."""

from collections.abc import AsyncIterator

import pytest

from bot.chat.action import Payload
from bot.chat.card import Button, Card
from bot.chat.form import Form, LongTextField, PersonField, TextField, refused
from bot.chat.port import NotSaved, TryLater
from bot.chat.text import plain
from bot.chat.turn import (
    Act,
    Ask,
    Commanded,
    Done,
    HomeOpened,
    Invalid,
    Pressed,
    Redraw,
    Said,
    Say,
    ShowHome,
    Submitted,
    Whisper,
)
from playground.faults import Broken, DropAfter, Refuse, TooMany
from tests.contracts.inbox import PHRASES, Answer
from tests.contracts.slack_harness import CHANNEL, SlackHarness, slack_harness

OPEN = Payload("raise.open", 1)
NOTE = Form("Note", (LongTextField("note", "What happened?"),), OPEN, "instance-1", "Send")
MENU = Card("Menu", (), (Button("Raise", OPEN, opens_form=True), Button("Help", OPEN)))


@pytest.fixture
async def harness() -> AsyncIterator[SlackHarness]:
    """A workspace with the adapter."""
    async with slack_harness() as found:
        yield found


def answering(harness: SlackHarness, sent: Answer) -> None:
    """Everything is answered by a form, and the form by `sent`."""
    harness.inbox.answers = lambda act: sent if isinstance(act, Submitted) else Ask(NOTE)


async def command(harness: SlackHarness, text: str, channel: str = CHANNEL) -> None:
    """Jo's slash command in a channel."""
    there = harness.workspace.state.named(channel)
    await harness.workspace.client(harness.users["jo"]).command(f"/braver {text}", there)
    await harness.settled()


async def no_pauses(harness: SlackHarness, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Nothing waits any more; the seconds for which it would have waited."""
    waited: list[float] = []

    async def pause(seconds: float) -> None:
        waited.append(seconds)

    here = await harness.adapter.workspaces.at(harness.workspace.state.team_id)
    monkeypatch.setattr(here.replier, "pause", pause)
    return waited


async def test_a_command_opens_its_form_at_once(harness: SlackHarness) -> None:
    """A slash command brings a trigger, so that the form opens without a button."""
    answering(harness, Done(Card("Filed")))
    await command(harness, "raise")
    jo = harness.actor("jo")
    assert jo.form() is not None
    await jo.submits({"What happened?": "Rain."})
    await harness.settled()
    assert jo.sees("Filed")
    assert not harness.actor("helen").sees("Filed")


async def test_shortcuts_open_their_form_and_answer_in_private(harness: SlackHarness) -> None:
    """A shortcut, wherever it was called, opens its form and is answered in the person's own chat."""
    answering(harness, Say(Card("Filed"), "case:1"))
    jo = harness.actor("jo")
    message = await harness.actor("helen").mentions("we can't do this", channel=CHANNEL)
    await harness.settled()
    harness.inbox.heard.clear()
    await harness.workspace.client(harness.users["jo"]).shortcut("advice", message)
    await harness.settled()
    act = harness.inbox.last.act
    assert isinstance(act, Commanded)
    assert act.text.startswith("advice ")
    assert "we can't do this" in act.text
    await jo.submits({"What happened?": "Rain."})
    await harness.settled()
    assert jo.sees("Filed")
    assert not harness.actor("helen").sees("Filed")
    place = await harness.personal("jo")
    assert harness.inbox.tracked[0][2].address == place.address


async def test_the_button_of_a_form_opens_it_in_its_thread(harness: SlackHarness) -> None:
    """A form asked for in a thread of a channel is offered there to that person, and its press says the
    same words again in the same thread."""
    answering(harness, Done(Card("Filed")))
    jo = harness.actor("jo")
    root = await jo.mentions("raise WIC-7", channel=CHANNEL)
    await harness.settled()
    first = harness.inbox.last
    offer = jo.message(PHRASES.form_ready)
    assert (offer.private, offer.thread) == (True, root.id)
    await jo.presses(PHRASES.open_form)
    await harness.settled()
    second = harness.inbox.last
    assert (first.act, second.act) == (Said("raise WIC-7"), Commanded("raise WIC-7"))
    assert first.place == second.place
    assert first.key != second.key
    assert jo.form() is not None


async def test_a_trigger_that_died_is_answered_by_a_button(harness: SlackHarness) -> None:
    """Where Slack opens no form any more, a button offers it, and its press opens it."""
    answering(harness, Done(Card("Filed")))
    await harness.platform.post(await harness.personal("jo"), MENU, "k")
    harness.faults.next("views.open", Refuse("expired_trigger_id"))
    jo = harness.actor("jo")
    await jo.presses("Help")
    await harness.settled()
    assert jo.form() is None
    await jo.presses(PHRASES.open_form)
    await harness.settled()
    assert jo.form() is not None


async def test_a_form_from_home_is_answered_in_private(harness: SlackHarness) -> None:
    """What comes of a form that the home tab opened stands in the person's direct message."""

    def answers(act: Act) -> Answer:
        match act:
            case HomeOpened():
                return ShowHome(MENU)
            case Submitted():
                return Done(Card("Filed"), "case:1")
            case _:
                return Ask(NOTE)

    harness.inbox.answers = answers
    jo = harness.actor("jo")
    await jo.visits_home()
    await harness.settled()
    await jo.presses("Raise")
    await harness.settled()
    await jo.submits({"What happened?": "Rain."})
    await harness.settled()
    assert jo.sees("Filed")
    assert harness.inbox.tracked[0][2].address == (await harness.personal("jo")).address


async def test_errors_leave_the_modal_as_it_is(harness: SlackHarness) -> None:
    """Errors that all belong to fields are Slack's own: they stand at their field, and nothing is redrawn."""
    two = Form("Note", (TextField("ref", "Reference"), LongTextField("note", "Note")), OPEN, "i-2", "Send")
    wrong = Invalid(refused(two, {"ref": "x", "note": "y"}, {"ref": "Too short."}))
    harness.inbox.answers = lambda act: wrong if isinstance(act, Submitted) else Ask(two)
    await command(harness, "raise")
    await harness.actor("jo").submits({"Reference": "x", "Note": "y"})
    form = harness.actor("jo").form()
    assert form is not None
    assert [(item.label, item.error) for item in form.drawing.fields] == [
        ("Reference", "Too short."),
        ("Note", ""),
    ]


async def test_a_problem_of_the_whole_form_stands_on_top(harness: SlackHarness) -> None:
    """A problem that belongs to no field is drawn above the fields, with the errors at theirs."""
    wrong = Invalid(refused(NOTE, {"note": "Rain."}, {"note": "Say more."}, "This looks like a name."))
    harness.inbox.answers = lambda act: wrong if isinstance(act, Submitted) else Ask(NOTE)
    await command(harness, "raise")
    jo = harness.actor("jo")
    await jo.submits({"What happened?": "Rain."})
    form = jo.form()
    assert form is not None
    assert "This looks like a name." in form.drawing.lines[0]
    assert "Say more." in form.drawing.words
    assert [item.shown for item in form.drawing.fields] == ["Rain."]


async def test_a_whisper_follows_into_the_private_chat(harness: SlackHarness) -> None:
    """Where Slack shows nothing private in a channel, the private chat is used, never the channel."""
    harness.inbox.answers = lambda act: Whisper(Card("Between us"))
    harness.faults.next("chat.postEphemeral", Refuse("user_not_in_channel"))
    await harness.actor("jo").mentions("hello", channel=CHANNEL)
    await harness.settled()
    message = harness.actor("jo").message("Between us")
    assert message.chat == (await harness.personal("jo")).address.conversation
    assert not harness.actor("helen").sees("Between us")


@pytest.mark.parametrize("fault", [Broken(502, after=True), Broken(504, after=True), DropAfter()])
async def test_a_whisper_that_was_perhaps_taken_is_not_repeated(
    harness: SlackHarness, fault: Broken | DropAfter
) -> None:
    """What a person may see already in the channel is said there no second time, nor in the private chat."""
    harness.inbox.answers = lambda act: Whisper(Card("Between us"))
    harness.faults.next("chat.postEphemeral", fault)
    jo = harness.actor("jo")
    await jo.mentions("hello", channel=CHANNEL)
    await harness.settled()
    assert [seen.private for seen in jo.messages() if "Between us" in seen.words] == [True]


async def test_a_channel_without_the_bot_is_answered_in_private(harness: SlackHarness) -> None:
    """A command in a channel that the bot is not in is still answered, to the person alone."""
    harness.workspace.add_channel("elsewhere", [harness.users["jo"], harness.users["helen"]], with_bot=False)
    harness.inbox.answers = lambda act: Say(Card("I am here"))
    await command(harness, "help", "elsewhere")
    assert harness.actor("jo").sees("I am here")
    assert not harness.actor("helen").sees("I am here")


async def test_an_ephemeral_card_is_replaced(harness: SlackHarness) -> None:
    """A press on a card that only one person sees puts the next card in its place, for them alone."""
    second = Card("Second", (), (Button("Back", OPEN),))
    harness.inbox.answers = lambda act: Redraw(second) if isinstance(act, Pressed) else Whisper(MENU)
    jo = harness.actor("jo")
    await jo.mentions("menu", channel=CHANNEL)
    await harness.settled()
    await jo.presses("Help")
    await harness.settled()
    assert jo.sees("Second")
    assert not jo.sees("Menu")
    assert not harness.actor("helen").sees("Second")


async def test_a_redraw_in_a_channel_is_private(harness: SlackHarness) -> None:
    """A channel's card is not redrawn for all by one person's press: the answer is whispered."""
    harness.inbox.answers = lambda act: Redraw(Card("For you"))
    await harness.platform.post(await harness.channel(), MENU, "k")
    await harness.actor("jo").presses("Help")
    await harness.settled()
    assert harness.actor("jo").sees("For you")
    assert harness.actor("jo").sees("Menu")
    assert not harness.actor("helen").sees("For you")


CAN_NOT_BE_CHANGED: dict[str, Broken | Refuse] = {
    "an error of its own": Broken(503),
    "refused": Refuse("invalid_blocks"),
    "removed": Refuse("channel_not_found"),
}


@pytest.mark.parametrize("why", CAN_NOT_BE_CHANGED)
async def test_a_redraw_that_fails_is_posted(
    harness: SlackHarness, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    """What was done is answered: where the card can't be changed, for whatever reason, a new one says it."""
    await no_pauses(harness, monkeypatch)
    harness.inbox.answers = lambda act: Redraw(Card("Second"), "case:1")
    await harness.platform.post(await harness.personal("jo"), MENU, "k")
    harness.faults.next("chat.update", CAN_NOT_BE_CHANGED[why], times=3)
    await harness.actor("jo").presses("Help")
    await harness.settled()
    message = harness.actor("jo").message("Second")
    assert harness.inbox.tracked[0][2].id == message.id


async def test_an_ephemeral_card_that_can_not_be_replaced_has_a_successor(
    harness: SlackHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where its only address does not answer, the next card is whispered beside it."""
    await no_pauses(harness, monkeypatch)

    async def unreachable(response_url: str, card: Card) -> None:
        raise TryLater("Slack can't be reached now")

    sender = (await harness.adapter.workspaces.at(harness.workspace.state.team_id)).sender
    monkeypatch.setattr(sender, "replace", unreachable)
    harness.inbox.answers = lambda act: Redraw(Card("Second")) if isinstance(act, Pressed) else Whisper(MENU)
    jo = harness.actor("jo")
    await jo.mentions("menu", channel=CHANNEL)
    await harness.settled()
    await jo.presses("Help")
    await harness.settled()
    assert jo.message("Second").private
    assert not harness.actor("helen").sees("Second")


async def test_a_modal_whose_form_does_not_fit_does_not_wait() -> None:
    """A modal that waited for a form which Slack does not take says so, and the form is offered by a button.
    It says so also where not even that could be shown."""
    async with slack_harness(moment_after=0.0) as harness:
        harness.inbox.answers = lambda act: Ask(NOTE)
        jo = harness.actor("jo")
        card = Card("Menu", (), (Button("Raise", OPEN, opens_form=True),))
        await harness.platform.post(await harness.personal("jo"), card, "k")
        for offered in (True, False):
            harness.inbox.gate.clear()
            await jo.presses("Raise")
            await jo.expects(PHRASES.one_moment)
            harness.faults.next("views.update", Refuse("invalid_arguments"))
            if not offered:
                harness.faults.next("chat.postMessage", Refuse("invalid_blocks"))
            harness.inbox.gate.set()
            await harness.settled()
            form = jo.form()
            assert form is not None
            assert form.title == NOTE.title
            assert PHRASES.not_shown in form.drawing.words
        assert len([seen for seen in jo.messages() if PHRASES.form_ready in seen.words]) == 1


async def test_a_form_is_put_into_its_modal_as_slack_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A form that comes too soon for Slack, or whose arrival Slack does not confirm, stands in its modal."""
    async with slack_harness(moment_after=0.0) as harness:
        await no_pauses(harness, monkeypatch)
        harness.inbox.answers = lambda act: Ask(NOTE)
        jo = harness.actor("jo")
        card = Card("Menu", (), (Button("Raise", OPEN, opens_form=True),))
        await harness.platform.post(await harness.personal("jo"), card, "k")
        harness.inbox.gate.clear()
        await jo.presses("Raise")
        await jo.expects(PHRASES.one_moment)
        harness.faults.next("views.update", DropAfter())
        harness.faults.next("views.update", TooMany(after=9))
        harness.inbox.gate.set()
        await harness.settled()
        form = jo.form()
        assert form is not None
        assert [item.label for item in form.drawing.fields] == ["What happened?"]
        assert not jo.sees(PHRASES.form_ready)


async def test_a_redraw_of_a_card_that_is_gone_is_posted(harness: SlackHarness) -> None:
    """Where the pressed card was removed, its successor is posted and tracked in its stead."""
    harness.inbox.answers = lambda act: Redraw(Card("Second"), "case:1")
    await harness.platform.post(await harness.personal("jo"), MENU, "k")
    harness.faults.next("chat.update", Refuse("message_not_found"))
    await harness.actor("jo").presses("Help")
    await harness.settled()
    message = harness.actor("jo").message("Second")
    assert harness.inbox.tracked[0][2].id == message.id


async def test_replies_stand_in_their_order(harness: SlackHarness) -> None:
    """Several replies are shown one after the other; what goes wrong with one does not lose the next."""
    harness.inbox.answers = lambda act: (Say(Card("One")), Say(Card("Two")), Say(Card("Three")))
    harness.faults.next("chat.postMessage", Refuse("invalid_blocks"))
    await harness.actor("jo").says("hello")
    await harness.settled()
    shown = [seen.words for seen in harness.actor("jo").messages() if not seen.mine]
    assert shown == ["Two", "Three"]


async def test_a_reply_waits_as_slack_asks(harness: SlackHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reply that comes too soon for Slack is shown after the time that Slack names."""
    waited = await no_pauses(harness, monkeypatch)
    harness.inbox.answers = lambda act: Say(Card("I am here"))
    harness.faults.next("chat.postMessage", TooMany(after=9), times=2)
    await harness.actor("jo").says("hello")
    await harness.settled()
    assert waited == [9.0, 9.0]
    assert harness.actor("jo").sees("I am here")


async def test_words_beyond_the_screen_do_not_leak_into_logs(
    harness: SlackHarness, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither what a person typed nor what a card says stands in a log, also when something fails."""
    caplog.set_level("DEBUG")
    harness.inbox.answers = lambda act: Say(Card("Secret answer", (), (), plain("small")))
    harness.faults.next("chat.postMessage", Refuse("invalid_blocks"))
    await harness.actor("jo").says("secret words")
    await harness.settled()
    assert "a reply was not shown" in caplog.text
    assert "ecret" not in caplog.text


async def test_people_who_can_not_be_looked_up_now(
    harness: SlackHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nobody can be looked up the list says so, in place of being empty; who takes that has chosen
    nobody, also where the form is given back."""

    async def away(*_: object) -> None:
        raise NotSaved

    monkeypatch.setattr(harness.inbox.__class__, "search", away)
    asked = Form("Who", (PersonField("who", "Who?", "all"),), OPEN, "i", "Send")
    harness.inbox.answers = lambda act: Done(Card("Done")) if isinstance(act, Submitted) else Ask(asked)
    jo = harness.actor("jo")
    await command(harness, "raise")
    harness.inbox.down = True
    await jo.submits({"Who?": PHRASES.not_looked_up})
    form = jo.form()
    assert form is not None
    assert "braver:nobody" not in str(form.raw["blocks"])
    harness.inbox.down = False
    await jo.submits({"Who?": PHRASES.not_looked_up})
    act = harness.inbox.last.act
    assert isinstance(act, Submitted)
    assert act.values["who"] is None
