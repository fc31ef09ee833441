"""The real Teams client of its vendor, from advice to acknowledgement. Its forms are cards."""

from playground.people import Actor, Given
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


async def test_advice_in_private(town: Town) -> None:
    """A situation told in private is answered with advice in the same chat."""
    await town.jo.says(SITUATION)
    await town.jo.expects_new("Next steps")


async def test_the_checklist_in_private(town: Town) -> None:
    """Each answer redraws the card with the next skill."""
    await town.jo.says("checklist")
    first = await town.jo.expects_new("Skill 1 of 21")
    await town.jo.presses("Sure")
    second = await town.jo.expects_new("Skill 2 of 21")
    assert second.id == first.id


async def test_raised_and_acknowledged_in_private(town: Town) -> None:
    """An escalation raised on form cards reaches the manager, and her typed word reaches the raiser."""
    await town.jo.says("raise")
    await files_an_escalation(town.jo)
    await town.helen.expects("does not agree with a decision")
    await town.helen.says("ack")
    await town.helen.expects_new("You have acknowledged")
    await town.jo.expects("Helen Castle has seen this")


async def test_coaching_asked_for_in_a_thread(town: Town) -> None:
    """What is asked for in a channel's thread is answered in private, and the thread learns only that."""
    jo = town.jo
    root = await jo.mentions(SITUATION, "duty")
    await jo.expects_new("Next steps")
    await jo.replies(root, "checklist", mention=True)
    assert (await jo.expects_new("Skill 1 of 21")).chat == personal(jo)
    told = await jo.expects_new("I have answered you in our private chat")
    assert told.thread == root.id


async def test_raised_in_a_thread_and_acknowledged_in_a_thread(town: Town) -> None:
    """Raised from one channel and acknowledged in another: neither channel learns what it is about."""
    root = await town.jo.mentions("I would like to raise something, can you help?", "duty")
    await town.jo.replies(root, "raise", mention=True)
    assert (await town.jo.expects_new("is a child in danger now")).chat == personal(town.jo)
    await files_an_escalation(town.jo)

    nudge = await town.helen.expects("A message awaits")
    assert nudge.chat != personal(town.helen)
    await town.helen.replies(nudge, "ack", mention=True)
    await town.jo.expects("Helen Castle has seen this")

    for person in (town.jo, town.helen):
        for message in person.messages():
            assert message.chat == personal(person) or not tells_of_the_case(message.words)


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
