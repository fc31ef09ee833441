"""What people also write, on both platforms: each is met decently, and nothing that identifies is kept."""

import pytest
from sqlalchemy import text

from playground.house import House
from tests.stories.people import PLATFORMS, Pairing


@pytest.fixture(params=sorted(PLATFORMS))
def pairing(request: pytest.FixtureRequest) -> Pairing:
    """Coaching is one person's own: one platform at a time is enough."""
    return Pairing(request.param, request.param)


async def test_an_empty_question_opens_the_form(house: House) -> None:
    """The command alone asks what has happened; an empty form says what is missing."""
    jo = house.world.person("jo")
    await jo.says("menu")
    await jo.presses("Describe my situation")
    await jo.submits({"Your situation": "   "})
    assert jo.form() is not None
    assert not jo.sees("Next steps")


async def test_ten_thousand_characters_are_answered(house: House) -> None:
    """A pasted report gets advice on how it begins and ends; in a form it is given back with the limit."""
    jo = house.world.person("jo")
    await jo.says("They closed the case and it is far too soon. " * 225)
    await jo.expects_new("A case was closed or stepped down")
    await jo.says("menu")
    await jo.presses("Describe my situation")
    await jo.submits({"Your situation": "They closed the case and it is far too soon. " * 225})
    assert jo.form() is not None
    assert "3,000" in jo.screen() or "3000" in jo.screen()


@pytest.mark.parametrize(
    "words",
    ["Nie zgadzam się z decyzją w sprawie planu spotkania", "لا أتفق مع قرار الاجتماع حول الخطة"],
)
async def test_another_language_gets_the_numbers_and_a_plain_word(house: House, words: str) -> None:
    """What can't be read may be an emergency: the numbers come first, then how to go on."""
    jo = house.world.person("jo")
    await jo.says(words)
    card = await jo.expects_new("I can read English only")
    assert card.words.index("Ring 999") < card.words.index("I did not understand these words")
    assert {"Child at risk now?", "Raise now"} <= set(jo.buttons(card))


async def test_abuse_is_answered_calmly_and_not_in_kind(house: House) -> None:
    """A rude word is met with a way on, and no advice is made up."""
    jo = house.world.person("jo")
    await jo.says("you are a useless stupid bot")
    card = await jo.expects_new("That was not helpful")
    assert "Next steps" not in card.words
    assert "Talk it through: Ruth Fennimore" in card.words


async def test_a_question_outside_the_subject_says_what_braver_is_for(house: House) -> None:
    """No advice on passwords, and no guess at a topic."""
    jo = house.world.person("jo")
    await jo.says("how do I reset my laptop password")
    card = await jo.expects_new("I can't help with that")
    assert "Next steps" not in card.words


async def test_a_child_s_details_are_not_kept_and_the_way_to_rephrase_is_said(house: House) -> None:
    """Typed freely they are answered, and the person is told; in a form they are stopped and given back."""
    jo = house.world.person("jo")
    await jo.says("They closed the case of Zoe Example, born 03/04/2019, and it is far too soon")
    card = await jo.expects_new("A case was closed or stepped down")
    assert "I have not kept them" in card.words
    await jo.says("menu")
    await jo.presses("Describe my situation")
    await jo.submits({"Your situation": "They closed the case of Zoe Example, born 03/04/2019."})
    assert "nothing has been saved" in jo.screen()
    async with house.service.database.work() as work:
        for table in ("states", "acts", "events", "deliveries"):
            rows = (await work._execute(text(f"SELECT * FROM {table}"))).all()  # noqa: S608 - our own names
            assert not any("Zoe Example" in str(tuple(row)) for row in rows), table


async def test_a_question_asked_in_a_channel_stays_private_and_its_answer_can_be_shown(house: House) -> None:
    """The asker alone sees the answer; shown to the channel, it says nothing of what was asked."""
    jo, kit = house.world.person("jo"), house.world.person("kit")
    await jo.mentions("advice they closed my referral about the twins", channel="safeguarding")
    card = await jo.expects("Next steps")
    assert not kit.sees("Next steps")
    assert "Show this to the channel" in jo.buttons(card)
    await jo.presses("Show this to the channel")
    await house.quiet()
    card = await kit.expects("Next steps")
    assert "I chose this because" not in card.words
    assert "twins" not in card.words
