"""Rehearsal and the other chair, on both platforms."""

import pytest

from playground.house import House
from tests.stories.filing import filed
from tests.stories.people import PLATFORMS, Pairing


@pytest.fixture(params=sorted(PLATFORMS))
def pairing(request: pytest.FixtureRequest) -> Pairing:
    """Coaching is one person's own: one platform at a time is enough."""
    return Pairing(request.param, request.param)


async def test_a_rehearsal_branches_on_what_is_chosen_and_typed(house: House) -> None:
    """Each thing said is met with a reply and feedback by skill; typed words are taken for the nearest."""
    jo = house.world.person("jo")
    await jo.says("rehearse")
    await jo.presses("“It doesn't meet threshold”")
    card = await jo.expects_new("I play the duty social worker.")
    assert "A. “Oh, right." in card.words
    assert "Raise now" in jo.buttons(card)
    await jo.presses("Say B")
    await jo.expects_new("That was strong")
    await jo.says(
        "He lost weight in May and I have had three failed visits. I held it against the threshold."
    )
    card = await jo.expects_new("A fuller way to say it")
    assert "It showed: Facts" in card.words
    await jo.says("I would like a joint visit this week. I agree that early help has a part in it.")
    card = await jo.expects_new("You settled it")
    assert "Skills that you showed:" in card.words
    await jo.presses("Try it again")
    await jo.expects_new("I play the duty social worker.")


async def test_giving_in_gets_stuck_kindly_and_words_that_say_nothing_are_asked_again(house: House) -> None:
    """What can't be placed changes nothing; giving in ends it, with what would have helped."""
    jo = house.world.person("jo")
    await jo.says("rehearse")
    await jo.presses("“It doesn't meet threshold”")
    await jo.expects_new("I play the duty social worker.")
    await jo.says("umm")
    card = await jo.expects_new("They are not sure what you mean")
    assert "I play the duty social worker" not in card.words
    await jo.says("Sorry to have bothered you, you know best")
    await jo.expects_new("That did not help you")
    await jo.presses("Say C")
    card = await jo.expects_new("It got stuck, this time")
    assert "You can raise a real worry today" in card.words


async def test_an_old_card_of_a_rehearsal_goes_back_to_its_place(house: House) -> None:
    """Stopped and begun again, a rehearsal stands at its beginning; another command is never swallowed."""
    jo = house.world.person("jo")
    await jo.says("rehearse")
    await jo.presses("“It doesn't meet threshold”")
    await jo.presses("Say B")
    await jo.expects_new("That was strong")
    await jo.says("rehearse")
    await jo.presses("“It doesn't meet threshold”")
    card = await jo.expects_new("That was strong")
    await jo.presses("Stop here")
    await jo.expects_new("Rehearse a conversation")
    await jo.says("They closed the case and it is far too soon")
    card = await jo.expects_new("A case was closed or stepped down")
    assert "Rehearse it" in jo.buttons(card)


async def test_coaching_is_offered_to_a_manager_when_it_is_needed_and_can_be_put_away(house: House) -> None:
    """After acknowledging: two minutes on answering well; put away for good, it is not offered again."""
    await filed(house)
    helen = house.world.person("helen")
    await helen.presses("Acknowledge")
    card = await helen.expects_new("Before you answer")
    assert helen.buttons(card)[:3] == ["Show me", "Not now", "Do not offer this again"]
    await helen.presses("Show me")
    await helen.expects_new("Page 1 of 5")
    for page in range(2, 6):
        await helen.presses("Next")
        card = await helen.expects_new(f"Page {page} of 5")
    assert "What a good answer contains:" in card.words
    assert "Better not said:" in card.words
    await helen.presses("Do not offer this again")
    await helen.expects_new("I will not offer it again")
    await filed(house)
    await helen.presses("Acknowledge")
    await helen.expects_new("Acknowledged")
    await house.quiet()
    assert not helen.sees("Two minutes on how to answer well")
    await helen.says("challenged")
    card = await helen.expects_new("On the other side of a challenge")
    assert helen.buttons(card)[0] == "When your decision is challenged"


async def test_who_is_challenged_finds_the_other_chair_by_their_own_words(house: House) -> None:
    """Advice on being challenged leads to it."""
    jo = house.world.person("jo")
    await jo.says("A school has challenged my decision, how do I respond")
    await jo.expects_new("Next steps")
    await jo.presses("How to answer well")
    await jo.expects_new("Being challenged is not a criticism of you")
