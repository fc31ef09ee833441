"""Coaching on a situation, on both platforms: what is said back, to whom, and what is never kept."""

import pytest

from playground.house import House
from tests.stories.people import PLATFORMS, Pairing


@pytest.fixture(params=sorted(PLATFORMS))
def pairing(request: pytest.FixtureRequest) -> Pairing:
    """Coaching is one person's own: one platform at a time is enough."""
    return Pairing(request.param, request.param)


async def test_a_described_situation_gets_advice_that_says_why(house: House) -> None:
    """Plain words lead to next steps, words to say, when to escalate, and the words that led there."""
    jo = house.world.person("jo")
    await jo.says("My referral was not accepted, they said the threshold is not met")
    card = await jo.expects_new("My referral was not accepted")
    for words in ("Ring the person who decided", "When to escalate", "I chose this because you wrote"):
        assert words in card.words
    assert jo.buttons(card)[:3] == ["Child at risk now?", "Raise now", "This was it"]
    await jo.presses("This was it")
    await jo.expects_new("Take one step now")


async def test_another_topic_is_one_press_away(house: House) -> None:
    """Where the first guess was not meant, one of the next two takes its place."""
    jo = house.world.person("jo")
    await jo.says("They closed the case and nobody told us the outcome")
    others = [label for label in jo.buttons(jo.newest()) if label.startswith("Rather: ")]
    assert len(others) == 2
    await jo.presses(others[0])
    card = await jo.expects_new(others[0].removeprefix("Rather: "))
    assert "Next steps" in card.words


async def test_one_question_is_asked_where_words_are_vague(house: House) -> None:
    """Unsure, Braver asks once; what is added then is answered as well as can be."""
    jo = house.world.person("jo")
    await jo.says("something about the report and the meeting")
    await jo.expects_new("Which of these is nearest?")
    await jo.says("core groups are cancelled and the actions are not done")
    card = await jo.expects_new("Drift and delay in a plan")
    assert "Next steps" in card.words


async def test_the_form_gives_advice_and_keeps_no_names(house: House) -> None:
    """The form stops what would identify the child, gives the words back, and then advises."""
    jo = house.world.person("jo")
    await jo.says("menu")
    await jo.presses("Describe my situation")
    await jo.submits({"Your situation": "They closed the case of Zoe Example, born 03/04/2019."})
    form = jo.form()
    assert form is not None
    assert "nothing has been saved" in jo.screen()
    assert "They closed the case of [name removed], born [date of birth removed]." in jo.screen()
    await jo.submits({"Your situation": "They are closing the case and it is far too soon."})
    await jo.expects_new("A case was closed or stepped down")


async def test_advice_in_a_channel_is_for_the_asker_alone(house: House) -> None:
    """A situation told in a channel is answered in private, and nobody else there reads the answer."""
    jo, kit = house.world.person("jo"), house.world.person("kit")
    await jo.mentions("advice my manager does not back me", channel="safeguarding")
    await jo.expects("My own manager or agency")
    assert not kit.sees("My own manager or agency")


async def test_what_is_no_escalation_is_sent_its_own_way(house: House) -> None:
    """An allegation about a professional goes to the LADO first of all; since no matcher is perfect, raising
    stays one press away, and preparing a challenge is not offered."""
    jo = house.world.person("jo")
    await jo.says("There is an allegation against a teacher")
    card = await jo.expects_new("designated officer of the local authority (LADO)")
    assert card.words.index("This has a route of its own") < card.words.index("Next steps")
    assert jo.buttons(card)[:2] == ["Child at risk now?", "Raise now"]
    assert "Prepare what to say" not in jo.buttons(card)


async def test_a_question_about_immediate_risk_comes_with_the_numbers(house: House) -> None:
    """Somebody who only asks what immediate risk is has the numbers at hand too."""
    jo = house.world.person("jo")
    await jo.says("What counts as immediate risk to a child?")
    card = await jo.expects_new("A child is at risk now")
    assert "Ring 999: Police, ambulance, fire" in card.words
