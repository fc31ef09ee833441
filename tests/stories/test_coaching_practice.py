"""The checklist, BRAVER and the briefing, on both platforms: one step at a time, at one's own pace."""

from datetime import timedelta

import pytest

from playground.house import House
from playground.people import Actor
from tests.stories.people import PLATFORMS, Pairing

ALL = "All 21, one at a time"


@pytest.fixture(params=sorted(PLATFORMS))
def pairing(request: pytest.FixtureRequest) -> Pairing:
    """Coaching is one person's own: one platform at a time is enough."""
    return Pairing(request.param, request.param)


async def _answers(jo: Actor, of: int, others: dict[int, str]) -> None:
    """Go through a round of that many skills: "Sure" to all but these (by number)."""
    for number in range(1, of + 1):
        await jo.expects_new(f"Skill {number} of {of}")
        await jo.presses(others.get(number, "Sure"))


async def test_the_checklist_keeps_its_place_for_days(house: House) -> None:
    """Progress, the fitting tip, back and pause; a fortnight later it goes on where it stood."""
    jo = house.world.person("jo")
    await jo.says("checklist")
    await jo.presses(ALL)
    card = await jo.expects_new("Skill 1 of 21")
    assert {"Raise now", "Child at risk now?"} <= set(jo.buttons(card))
    assert "Talk it through: Ruth Fennimore" in card.words
    await jo.presses("Sure")
    await jo.expects_new("Calm can sound as if you do not mind")
    await jo.presses("Partly")
    card = await jo.expects_new("A tip on “Confident”")
    assert "Words that you could begin with" not in card.words
    await jo.presses("Not yet")
    await jo.expects_new("Words that you could begin with")
    await jo.presses("Back")
    await jo.expects_new("Last time you said: not yet sure")
    await jo.presses("Pause")
    await jo.expects_new("You have answered 3 of 21")
    await house.wind_by(timedelta(days=14))
    await jo.says("menu")
    await jo.presses("Skills checklist: carry on (3 of 21)")
    await jo.expects_new("You are at skill 3 of 21")
    await jo.presses("Carry on")
    await jo.expects_new("Use local tools, e.g. Graded Care Profile")


async def test_a_skill_shows_its_words_and_pitfalls(house: House) -> None:
    """What it means, why it matters to the child and a question; one press further, all the rest."""
    jo = house.world.person("jo")
    await jo.says("checklist")
    await jo.presses("What you bring")
    card = await jo.expects_new("Skill 1 of 7")
    assert "Why it matters to the child:" in card.words
    assert "Ask yourself:" in card.words
    await jo.presses("Words and pitfalls")
    card = await jo.expects_new("Words to use:")
    for words in ("Words to avoid:", "A common mistake:", "From the other side:"):
        assert words in card.words
    await jo.presses("Sure")
    await jo.expects_new("Skill 2 of 7")


async def test_the_summary_names_three_to_work_on_and_ends_in_a_plan(house: House) -> None:
    """At the end stand bars, the three that are least sure, and a plan in one's own words."""
    jo = house.world.person("jo")
    await jo.says("checklist")
    await jo.presses(ALL)
    await _answers(jo, 21, {8: "Partly", 10: "Partly", 12: "Partly", 21: "Not yet"})
    card = await jo.expects_new("Where you feel sure, and where not yet")
    assert "Policy procedures – escalation or empowered professional challenge (not yet sure)" in card.words
    assert "Polite (partly sure)" in card.words
    assert "Diplomacy" not in card.words.split("The three to work on")[1]
    assert "Calm (" not in card.words
    assert "■" in card.words
    assert "5 of 7 sure" in card.words
    await jo.presses("Make my plan")
    await jo.submits({"In my next challenge I will…": "read our policy this week", "Shall I": True})
    await jo.expects_new("read our policy this week")
    await jo.says("checklist")
    card = await jo.expects_new("read our policy this week")
    await jo.presses("Delete my plan")
    await jo.says("checklist")
    assert "read our policy" not in (await jo.expects_new("Where you feel sure")).words


async def test_a_second_round_is_compared_with_the_first(house: House) -> None:
    """A group taken again a month later shows what has changed, in words."""
    jo = house.world.person("jo")
    await jo.says("checklist")
    await jo.presses("Working with others")
    await _answers(jo, 7, {1: "Not yet", 2: "Not yet", 3: "Partly"})
    card = await jo.expects_new("Where you feel sure, and where not yet")
    assert "Since" not in card.words
    await house.wind_by(timedelta(days=30))
    await jo.presses("Choose a part")
    await jo.presses("Working with others")
    await _answers(jo, 7, {2: "Partly"})
    card = await jo.expects_new("Working with others: 4 of 7 were sure then, 6 are now")
    await jo.presses("The three to work on")
    await jo.expects_new("Skill 1 of 1")


async def test_a_note_is_the_writer_s_own_and_can_be_deleted(house: House) -> None:
    """Only its writer sees it, it says what the platform may keep, a child's details are stopped, and it goes
    at a press."""
    jo, kit = house.world.person("jo"), house.world.person("kit")
    await jo.says("checklist")
    await jo.presses("How you come across")
    await jo.presses("Note a thought")
    await jo.submits({"Your thought": "I was thinking of Zoe Example, born 03/04/2019."})
    assert "nothing has been saved" in jo.screen()
    await jo.submits({"Your thought": "I speak too fast when I am nervous."})
    card = await jo.expects_new("Your note is kept")
    assert "Your employer's chat platform may keep" in card.words
    await kit.says("notes")
    assert "too fast" not in (await kit.expects_new("You have no notes")).words
    await jo.says("notes")
    await jo.expects_new("I speak too fast when I am nervous.")
    await jo.presses("Delete: Calm")
    await jo.expects_new("Nobody can open it in Braver any more.")
    await jo.says("notes")
    await jo.expects_new("You have no notes")


async def test_braver_leads_to_a_next_step(house: House) -> None:
    """Six questions, the last one plainly not the partnership's, and the first "not yet" is the next step."""
    jo = house.world.person("jo")
    await jo.says("braver")
    await jo.expects_new("B is for Bold")
    for number in range(1, 7):
        card = await jo.expects_new(f"Letter {number} of 6")
        if number == 6:
            assert "Not legible in the source: your partnership's wording goes here." in card.words
        await jo.presses("Not yet" if number == 5 else "Yes")
    card = await jo.expects_new("Where you stand")
    assert "5 of 6 answered with yes" in card.words
    assert "Your next step: Ring and ask why." in card.words
    await jo.presses("Prepare the challenge")
    await jo.expects_new("Seven short questions")


async def test_the_briefing_is_read_part_by_part_by_name_and_by_its_words(house: House) -> None:
    """Next and back, a part by its number, and a search in its words."""
    jo = house.world.person("jo")
    await jo.says("briefing")
    await jo.presses("1. Background")
    await jo.expects_new("Part 1 of 7")
    await jo.presses("Next")
    await jo.expects_new("Leads to better outcomes for the child & their family")
    await jo.presses("Back")
    await jo.expects_new("Part 1 of 7")
    await jo.says("briefing 6")
    await jo.expects_new("The diagram of the escalation process is lost")
    await jo.says("briefing devil's advocate")
    await jo.expects_new("Part 7, Remember")
    await jo.says("briefing unicorn")
    await jo.expects_new("These words are not in the briefing")


async def test_the_walk_takes_seven_minutes_and_ends_in_a_check(house: House) -> None:
    """A minute for each part, eight questions that explain their answers, and nothing that is passed or
    failed; left in the middle, it goes on there."""
    jo = house.world.person("jo")
    await jo.says("briefing")
    await jo.presses("Walk me through it in seven minutes")
    for minute in range(1, 7):
        await jo.expects_new(f"Minute {minute} of 7")
        await jo.presses("Next")
    await jo.expects_new("Minute 7 of 7")
    await house.wind_by(timedelta(days=5))
    await jo.says("walk")
    await jo.expects_new("Minute 7 of 7")
    await jo.presses("On to the questions")
    for number in range(1, 9):
        card = await jo.expects_new(f"Question {number} of 8")
        assert "Raise now" in jo.buttons(card)
        await jo.presses("Answer A")
        explained = await jo.expects_new("You chose A:")
        if "Another answer fits better" in explained.words:
            assert "The best answer is" in explained.words
        await jo.presses("Finish" if number == 8 else "Next question")
    card = await jo.expects_new("You have walked through the briefing")
    assert "of 8 as the briefing has it" in card.words
    assert any(label.startswith("Read: ") for label in jo.buttons(card))


async def test_the_briefing_may_be_read_in_a_channel(house: House) -> None:
    """What is about nobody may be read by everybody there."""
    jo, kit = house.world.person("jo"), house.world.person("kit")
    await jo.mentions("briefing 7", channel="safeguarding")
    await kit.expects("Decisions are fallible.")
