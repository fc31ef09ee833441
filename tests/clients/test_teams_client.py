"""The real Teams client of its vendor, from advice to acknowledgement. Its forms are cards."""

from collections.abc import Awaitable, Callable

import pytest

from playground.people import Actor, Given
from playground.screen import Seen
from tests.clients.conftest import Town

SITUATION = "Children's social care closed my referral with no further action and I do not agree"
SPOKEN: dict[str, Given] = {
    "Have you spoken": True,
    "With whom": "Marek Tull, social worker",
    "When": "This morning, by phone",
    "What came of it": "He sees no reason to look at it again.",
}
CONCERN: dict[str, Given] = {
    "Which agency": "Little Wickering Children's Social Care",
    "Your case reference": "HV-2041",
    "The decision": "Children's social care closed the referral without a visit.",
    "Why it matters": "The home was without heating on both of my visits this month.",
    "What you ask for": "A joint home visit this week.",
}


async def by_word(person: Actor, card: Seen) -> None:
    """Under the card: in its thread in a channel, where the bot hears only what mentions it."""
    await person.replies(card, "ack", mention=card.chat != personal(person))


async def by_button(person: Actor, card: Seen) -> None:
    await person.presses("Acknowledge", on=card)


Acknowledging = Callable[[Actor, Seen], Awaitable[None]]
in_both_ways = pytest.mark.parametrize("acknowledges", [by_word, by_button])


async def test_advice_in_private(town: Town) -> None:
    """A situation told in private is answered with advice in the same chat."""
    await town.jo.says(SITUATION)
    await town.jo.expects_new("Next steps")


async def test_the_checklist_in_private(town: Town) -> None:
    """Each answer puts the next skill in the place of the one before."""
    await town.jo.says("checklist")
    await town.jo.presses("All 21, one at a time")
    first = await town.jo.expects_new("Skill 1 of 21")
    await town.jo.presses("Sure")
    second = await town.jo.expects_new("Skill 2 of 21")
    assert second.id == first.id


@in_both_ways
async def test_raised_and_acknowledged_in_private(town: Town, acknowledges: Acknowledging) -> None:
    """An escalation raised on form cards reaches the manager, and her acknowledgement the raiser."""
    await town.jo.says("raise")
    await files_an_escalation(town.jo)
    card = await town.helen.expects("does not agree with a decision")
    assert card.chat == personal(town.helen)
    await acknowledges(town.helen, card)
    await town.helen.expects_new("You have acknowledged")
    await town.jo.expects("Helen Castle has seen this")


async def test_what_was_typed_is_given_back(town: Town) -> None:
    """A form that can't be taken yet comes back as a card, with every word and what is missing."""
    jo = town.jo
    await jo.says("raise")
    await jo.expects_new("is a child in danger now")
    await jo.presses("No, go on")
    await jo.submits(SPOKEN | {"With whom": ""})
    await jo.expects_new("Please say this too")
    form = jo.form()
    assert form
    given_back = {item.label: item.shown for item in form.drawing.fields}
    assert given_back["What came of it"] == SPOKEN["What came of it"]


async def test_coaching_asked_for_in_a_thread(town: Town) -> None:
    """What is asked for in a channel's thread is answered in private, and the thread learns only that."""
    jo = town.jo
    root = await jo.mentions(SITUATION, "duty")
    assert (await jo.expects_new("Next steps")).chat == personal(jo)
    await jo.replies(root, "checklist", mention=True)
    assert (await jo.expects_new("Skills for an effective challenge")).chat == personal(jo)
    assert (await jo.expects_new("I have answered you in our private chat")).thread == root.id


@in_both_ways
async def test_raised_in_a_thread_and_acknowledged_in_a_thread(
    town: Town, acknowledges: Acknowledging
) -> None:
    """Raised from one channel, acknowledged in another: neither channel learns what it is about."""
    root = await town.jo.mentions("help", "duty")
    await town.jo.replies(root, "raise", mention=True)
    assert (await town.jo.expects_new("is a child in danger now")).chat == personal(town.jo)
    await files_an_escalation(town.jo)

    nudge = await town.helen.expects("A message awaits")
    assert nudge.chat != personal(town.helen)
    await acknowledges(town.helen, nudge)
    await town.jo.expects("Helen Castle has seen this")

    for person in (town.jo, town.helen):
        in_channels = [message for message in person.messages() if message.chat != personal(person)]
        assert in_channels
        assert not any(message.drawing.fields for message in in_channels)
        assert not any(tells_of_the_case(message.words) for message in in_channels)


@pytest.mark.parametrize("forms", ["dialog"])
async def test_a_client_without_dialogs_gets_the_form_by_a_word(town: Town) -> None:
    """Where forms open as dialogs, "form" brings them as a card to a client that has none."""
    await town.jo.says("raise")
    await town.jo.expects_new("is a child in danger now")
    await town.jo.says("form")
    await town.jo.expects_new("Have you spoken?")
    await town.jo.submits(SPOKEN)
    await town.jo.expects_new("Facts first")


async def files_an_escalation(jo: Actor) -> None:
    """From the danger question on: three forms, each a card that takes the place of the one before."""
    await jo.expects_new("is a child in danger now")
    await jo.presses("No, go on")
    await jo.submits(SPOKEN)
    await jo.expects_new("Facts first")
    await jo.submits(CONCERN)
    await jo.expects_new("You are named to both sides")
    await jo.submits({})
    await jo.expects_new("is filed")


def personal(person: Actor) -> str:
    return next(chat.id for chat in person.client.screen().chats if chat.kind == "personal")


def tells_of_the_case(words: str) -> bool:
    return any(str(value) in words for value in CONCERN.values())
