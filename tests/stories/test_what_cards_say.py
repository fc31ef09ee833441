"""What a card says is true when it is drawn again, fits the side that reads it, and names no child."""

import pytest

from playground.house import House
from playground.story import ABOUT, SPOKEN
from tests.stories.filing import filed
from tests.stories.people import Pairing


@pytest.fixture(params=[Pairing("slack", "teams"), Pairing("teams", "slack")], ids=str)
def pairing(request: pytest.FixtureRequest) -> Pairing:
    """Each platform on each side once."""
    chosen: Pairing = request.param
    return chosen


async def test_a_notice_keeps_the_stage_at_which_it_happened(house: House) -> None:
    """An answer given at stage 1 is still told as one of stage 1 when the case has gone up."""
    await filed(house)
    jo, helen = house.world.person("jo"), house.world.person("helen")
    await helen.presses("Answer")
    await helen.submits({"Your answer": "The decision stands."})
    await house.quiet()
    await jo.presses("This does not settle it")
    await jo.submits({"Why it is not settled": "The children are still hungry."})
    await jo.submits({})
    await house.quiet()
    answer = await jo.expects("Helen Castle has answered")
    assert "answers at Stage 1" in answer.words
    assert "Stage 2" not in answer.words


async def test_a_silent_manager_is_not_mistaken_for_that_of_the_next_stage(house: House) -> None:
    """Whoever has only just been messaged is not said to have kept anybody waiting."""
    reference = await filed(house)
    jo, dana = house.world.person("jo"), house.world.person("dana")
    while not dana.sees(reference):
        await house.to_next_deadline()
    await jo.expects(f"Priya Okafor has not acknowledged · {reference}")
    assert not jo.sees(f"Dana Birch has not acknowledged · {reference}")


async def test_a_refused_deadline_is_not_named_once_it_is_over(house: House) -> None:
    """After the answer, the notice of a refusal speaks of no deadline any more."""
    await filed(house)
    helen, jo = house.world.person("helen"), house.world.person("jo")
    until = (await house.now()).replace(hour=16, minute=0, second=0, microsecond=0, tzinfo=None)
    await helen.presses("Ask for more time")
    await helen.submits({"Answer by": until, "Why": "The file is in the archive."})
    await house.quiet()
    await jo.presses("No, keep the deadline")
    await house.quiet()
    await helen.expects("Jo Marsh does not agree to more time. Deadline for your answer: today, 12.00")
    await helen.presses("Answer")
    await helen.submits({"Your answer": "We visit tomorrow."})
    await house.quiet()
    assert "Deadline" not in (await helen.expects("Jo Marsh did not agree to more time.")).words


async def test_an_acknowledgement_that_came_late_is_no_longer_overdue(house: House) -> None:
    """Once the case has been acknowledged, it is overdue only when the answer is."""
    reference = await filed(house)
    jo, helen = house.world.person("jo"), house.world.person("helen")
    while not jo.sees("Overdue. Helen Castle has not acknowledged it in time."):
        await house.to_next_deadline()
    await helen.presses("Acknowledge", on=f"Escalation {reference} for you")
    await house.quiet()
    card = await jo.expects(f"Escalation {reference} · Stage 1")
    assert (
        "Helen Castle has seen it. Nothing is decided. Deadline for the answer: today, 12.00." in card.words
    )
    assert "Overdue" not in card.words


async def test_nobody_is_told_to_ring_the_coordinator_about_the_child(house: House) -> None:
    """Where everybody of the other side is involved, who the child is waits for somebody who may know."""
    jo, sam = house.world.person("jo"), house.world.person("sam")
    await jo.says("raise")
    await jo.presses("No, go on")
    await jo.submits(SPOKEN)
    await jo.submits(ABOUT)
    involved = "Did any of them make the decision, or are they involved?"
    left_out: list[str] = []
    while not jo.sees("Sam Ellery, who is asked to find the right person"):
        form = jo.form()
        assert form is not None
        choices = next(field.choices for field in form.drawing.fields if field.label.startswith(involved))
        left_out = [choice.label for choice in choices if choice.label != "Priya Okafor"]
        await jo.submits({involved: left_out})
    await jo.submits({involved: left_out})
    await house.quiet()
    card = await jo.expects("Nobody on the other side has it yet. Sam Ellery is asked to find")
    assert "Nobody there has the case yet. When you hear who takes it, ring that person." in card.words
    assert "weight" not in sam.screen()


async def test_a_name_is_no_case_reference(house: House) -> None:
    """A reference has a number in it; without one it is given back, and nothing is filed."""
    jo = house.world.person("jo")
    await jo.says("raise")
    await jo.presses("No, go on")
    await jo.submits(SPOKEN)
    await jo.submits({**ABOUT, "Your case reference for the child": "Tommy"})
    await jo.expects("Please give your agency's case reference, with its number.")
    assert jo.sees("The younger child has lost weight")
    assert not jo.sees("Before it is filed")


async def test_the_other_side_gives_a_reference_too_and_no_name(house: House) -> None:
    """A name in place of the other side's reference reaches nobody."""
    await filed(house)
    jo, helen = house.world.person("jo"), house.world.person("helen")
    await helen.presses("I know which child")
    await helen.submits(
        {"How do you know?": "We have our own case reference", "Your agency's case reference": "Tommy"}
    )
    await house.quiet()
    await helen.expects("Please give a case reference, with its number.")
    assert not jo.sees("Tommy")


async def test_whether_they_have_spoken_is_asked_until_it_is_answered(house: House) -> None:
    """A form that was closed unanswered comes again, so that no manager reads what nobody said."""
    jo = house.world.person("jo")
    await jo.says("raise")
    await jo.presses("No, go on")
    await jo.expects("Have you spoken with the practitioner who decided?")
    if jo.platform == "slack":
        await jo.dismisses()
    await jo.says("raise")
    await jo.presses("Go on with it")
    await jo.expects_new("Have you spoken with the practitioner who decided?")


async def test_whom_to_ring_stands_in_the_form_too(house: House) -> None:
    """Words that sound like danger bring the numbers into the preview, which may hide the chat."""
    jo = house.world.person("jo")
    await jo.says("raise")
    await jo.presses("No, go on")
    await jo.submits(SPOKEN)
    await jo.submits({**ABOUT, "Why it matters for the child": "He is hitting her now."})
    form = jo.form()
    assert form is not None
    assert "Ring 999" in form.drawing.words


async def test_practice_says_so_before_anything_is_written(house: House) -> None:
    """Nobody takes a training case for a real one, nor files a real concern as practice unawares."""
    jo = house.world.person("jo")
    await jo.says("raise")
    assert not jo.sees("You are in training:")
    await jo.says("training")
    await jo.says("raise")
    await jo.expects("what you raise now is practice and reaches only your training group")


async def test_vague_words_of_somebody_on_a_case_lead_to_the_case(house: House) -> None:
    """What acknowledges nothing and asks for no advice is met with the way to the case."""
    reference = await filed(house)
    helen, jo = house.world.person("helen"), house.world.person("jo")
    await helen.says("ok got it, will look at it")
    card = await helen.expects_new("If it is about a case that you are on, open it.")
    assert reference in helen.buttons(card)
    assert not jo.sees("has seen this")
