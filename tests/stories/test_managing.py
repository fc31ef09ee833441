"""What managers do with a case, in every pairing of platforms."""

import pytest

from playground.house import House
from tests.stories.filing import filed


async def test_only_the_whole_word_acknowledges(house: House) -> None:
    """The word inside a sentence acknowledges nothing: the sentence is offered for sharing."""
    reference = await filed(house)
    helen, jo = house.world.person("helen"), house.world.person("jo")
    await helen.replies(f"Escalation {reference} for you", "I acknowledge that this is hard")
    await house.quiet()
    assert not jo.sees("has seen this")


async def test_more_time_is_asked_for_and_agreed(house: House) -> None:
    """The deadline moves only when the raising side says yes."""
    await filed(house)
    helen, jo = house.world.person("helen"), house.world.person("jo")
    now = await house.now()
    until = now.replace(hour=16, minute=0, second=0, microsecond=0, tzinfo=None)
    await helen.presses("Ask for more time")
    await helen.submits({"Answer by": until, "Why": "The file is in the archive."})
    await house.quiet()
    await jo.expects("asks for more time")
    assert helen.sees("Deadline for your answer: today, 12.00")
    await jo.presses("Agree to the new time")
    await house.quiet()
    await helen.expects("Your answer is now due today, 16.00")


async def test_a_time_that_has_passed_is_given_back_with_the_words(house: House) -> None:
    """A wrong field is named, and nothing that was typed is lost."""
    await filed(house)
    helen = house.world.person("helen")
    past = (await house.now()).replace(hour=8, tzinfo=None)
    await helen.presses("Ask for more time")
    await helen.submits({"Answer by": past, "Why": "The file is in the archive."})
    form = helen.form()
    assert form is not None
    assert "still to come" in helen.screen()
    assert "The file is in the archive." in helen.screen()
    await helen.submits({"Answer by": past.replace(hour=11)})
    await helen.expects("Please give a time after the deadline, which is today, 12.00.")


async def test_a_hand_over_goes_to_a_colleague_and_restarts_no_clock(house: House) -> None:
    """The colleague is messaged with the same deadline, and the raiser is told who has it now."""
    reference = await filed(house)
    helen, leo, jo = (house.world.person(name) for name in ("helen", "leo", "jo"))
    await helen.presses("Hand over")
    await helen.submits({"To whom": leo.name, "Why": "On leave from noon."})
    await house.quiet()
    await leo.expects(f"Escalation {reference} for you")
    assert leo.sees("today, 12.00")
    await jo.expects(f"{leo.name} takes over")
    await leo.presses("Acknowledge")
    await house.quiet()
    await jo.expects(f"{leo.name} has seen this")


async def test_at_a_stage_of_another_agency_its_own_people_take_over(house: House) -> None:
    """The chair hands over within the partnership: the list offers its people, and the deputy has it then."""
    reference = await filed(house)
    jo, viv, alma = (house.world.person(name) for name in ("jo", "viv", "alma"))
    for manager, stage in (("helen", 1), ("tom", 2), ("grace", 3)):
        receiver = house.world.person(manager)
        await receiver.expects(f"Escalation {reference} for you")
        await receiver.presses("Answer")
        await receiver.submits({"Your answer": "The decision stands."})
        await house.quiet()
        await jo.presses("This does not settle it")
        await jo.submits({"Why it is not settled": "The children are still hungry."})
        await jo.submits({})
        await house.quiet()
        await jo.expects(f"Stage {stage + 1}")
    await viv.presses("Hand over")
    await viv.submits({"To whom": alma.name, "Why": "On leave from noon."})
    await house.quiet()
    await alma.expects(f"Escalation {reference} for you")


async def test_a_late_press_is_told_what_happened_meanwhile(house: House) -> None:
    """A card of a stage that is over changes nothing and says, privately, that it went up."""
    await filed(house)
    helen, tom, jo = (house.world.person(name) for name in ("helen", "tom", "jo"))
    await helen.presses("Answer")
    while not tom.sees("for you"):
        await house.to_next_deadline()
    await helen.submits({"Your answer": "Too late."})
    await house.quiet()
    await helen.expects("It went up to another stage")
    assert not jo.sees("Too late.")


async def test_somebody_who_is_not_on_the_case_changes_nothing(house: House) -> None:
    """A typed word by a stranger to the case is answered in private and reaches nobody."""
    await filed(house)
    kit, jo = house.world.person("kit"), house.world.person("jo")
    await kit.says("ack")
    await house.quiet()
    await kit.expects("Nothing waits for you to acknowledge")
    assert not jo.sees("has seen this")


@pytest.mark.parametrize("words", ["acknowledge", "Ack", "ACKNOWLEDGE."])
async def test_a_typed_word_without_a_thread_means_the_only_open_case(house: House, words: str) -> None:
    """In a chat that has no threads the word means the one case that waits."""
    await filed(house)
    helen, jo = house.world.person("helen"), house.world.person("jo")
    await helen.says(words)
    await house.quiet()
    await jo.expects("Helen Castle has seen this")


async def test_a_manager_who_can_not_be_reached_is_covered(house: House) -> None:
    """Nobody home: the deputy gets it, and the raiser is told."""
    _helen, leo, jo = (house.world.person(name) for name in ("helen", "leo", "jo"))
    await house.world.leaves("helen")
    reference = await filed(house)
    await leo.expects(f"Escalation {reference} for you")
    await jo.expects("A message did not arrive")
