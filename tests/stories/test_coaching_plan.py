"""The challenge plan, on both platforms: from a worry to words to say, and from there to raising it."""

import pytest

from playground.house import House
from tests.stories.people import PLATFORMS, Pairing

WRITTEN = {
    "What I know": "Two home visits in November found no food. It is in our record.",
    "What I think it means": "I think that this is more than a bad week.",
    "The child's voice": "She told me that there is nothing to eat at weekends.",
    "What I agree with": "I agree that the family wants help.",
    "What I disagree with": "Early help alone is not enough, and her health will get worse.",
    "What I ask for": "Please look at the decision again with our record beside it.",
    "By when": "by noon on Thursday",
}


@pytest.fixture(params=sorted(PLATFORMS))
def pairing(request: pytest.FixtureRequest) -> Pairing:
    """Coaching is one person's own: one platform at a time is enough."""
    return Pairing(request.param, request.param)


async def test_a_form_becomes_words_to_say_in_three_tones(house: House) -> None:
    """A script and a message from what was written, in a calm, a firm and a formal tone, and nothing sent."""
    jo = house.world.person("jo")
    await jo.says("plan")
    await jo.presses("Fill in a form")
    await jo.submits(WRITTEN)
    card = await jo.expects_new("Your challenge, prepared")
    assert "To say on the phone (calm):" in card.words
    assert "Let me begin with what I agree with: I agree that the family wants help." in card.words
    assert "This is when the child needs it: by noon on Thursday." in card.words
    assert "Nothing of this has been sent." in card.words
    await jo.presses("A message to send")
    assert "Thursday" in (await jo.expects_new("A short message (calm)")).words
    await jo.presses("In a formal tone")
    await jo.expects_new("professional challenge to a decision about a child")
    await jo.presses("In a firm tone")
    await jo.expects_new("The facts that I have:")


async def test_the_check_quotes_the_words_that_it_means(house: House) -> None:
    """What is missing comes first; what is personal is quoted, and so is what is good."""
    jo = house.world.person("jo")
    await jo.says("plan")
    await jo.presses("Fill in a form")
    await jo.submits({
        "What I know": "On Monday I saw her hide bread in her bag.",
        "What I disagree with": "You people never listen, and she will get ill.",
    })  # fmt: skip
    card = await jo.expects_new("Look at this again:")
    again = card.words
    await jo.presses("A message to send")
    there = (await jo.expects_new("Already there:")).words.split("Already there:")[1]
    assert "they are about the person" in again
    assert "“You people" in again
    assert "Ask for one clear step" in again
    assert "Add what the child says or shows" in again
    assert "“On Monday”" in there
    assert "By when" not in there


async def test_one_question_at_a_time_keeps_what_is_typed_and_stops_what_identifies(house: House) -> None:
    """In conversation: a name with a date of birth is not kept, skipping and stopping are a press away, words
    that begin like a command are an answer, and a command ends the questions."""
    jo = house.world.person("jo")
    await jo.says("plan")
    await jo.presses("Ask me one by one")
    await jo.expects_new("Question 1 of 7")
    await jo.says("Zoe Example, born 03/04/2019, came without lunch")
    card = await jo.expects_new("I have not kept them")
    assert "Question 1 of 7" in card.words
    await jo.says("On five days in March she came to school without lunch.")
    await jo.expects_new("Question 2 of 7")
    await jo.presses("Skip")
    await jo.expects_new("Question 3 of 7")
    await jo.says("She says that she makes her own tea.")
    await jo.expects_new("Question 4 of 7")
    await jo.says("x" * 600)
    await jo.expects_new("I can keep 500 here")
    await jo.says("dunno, what do you mean")
    await jo.expects_new("Here it is more simply")
    await jo.says("Advice from early help is right.")
    await jo.expects_new("Question 5 of 7")
    await jo.says("plan")
    card = await jo.expects_new("Your challenge, prepared")
    assert "On five days in March she came to school without lunch." in card.words
    assert "She says that she makes her own tea." in card.words
    assert "Advice from early help is right." in card.words
    assert "My view of it" not in card.words
    await jo.says("They closed the case and it is far too soon")
    await jo.expects_new("A case was closed or stepped down")


async def test_one_press_starts_the_record_or_the_escalation_filled_in(house: House) -> None:
    """The words of the plan stand in the escalation, and nothing that was written there before is lost."""
    jo = house.world.person("jo")
    await jo.says("plan")
    await jo.presses("Fill in a form")
    await jo.submits(WRITTEN)
    await jo.expects_new("Your challenge, prepared")
    await jo.presses("We have spoken, raise it")
    await jo.submits({
        "Have you spoken": True, "With whom": "Duty social worker", "When": "Monday by phone",
        "What came of it": "He kept to the decision.",
    })  # fmt: skip
    form = jo.form()
    assert form is not None
    shown = {field.label: field.shown for field in form.drawing.fields}
    risk = next(text for label, text in shown.items() if label.startswith("Why it matters"))
    assert risk.startswith("Two home visits in November found no food.")
    assert "nothing to eat at weekends" in risk
    request = next(text for label, text in shown.items() if label.startswith("What you ask for"))
    assert request.endswith("By when: by noon on Thursday")


async def test_a_plan_is_private_and_deleted_at_a_press(house: House) -> None:
    """Asked for in a channel it is shown to its writer alone; deleted, it is gone."""
    jo, kit = house.world.person("jo"), house.world.person("kit")
    await jo.says("plan")
    await jo.presses("Fill in a form")
    await jo.submits(WRITTEN)
    await jo.mentions("plan", channel="safeguarding")
    await jo.expects_new("Two home visits in November")
    assert not kit.sees("Two home visits in November")
    await jo.says("plan")
    await jo.presses("Delete the plan")
    await jo.expects_new("I use nothing of it any more")
    await jo.says("plan")
    await jo.expects_new("Seven short questions")
