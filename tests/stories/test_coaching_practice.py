"""The checklist, BRAVER and the briefing, on both platforms: one step at a time, at one's own pace."""

from datetime import timedelta

import pytest

from playground.house import House
from tests.stories.people import PLATFORMS, Pairing


@pytest.fixture(params=sorted(PLATFORMS))
def pairing(request: pytest.FixtureRequest) -> Pairing:
    """Coaching is one person's own: one platform at a time is enough."""
    return Pairing(request.param, request.param)


async def test_the_checklist_keeps_its_place_for_days(house: House) -> None:
    """Progress, the tip that fits, back and pause; after a fortnight it goes on where it stood."""
    jo = house.world.person("jo")
    await jo.says("checklist")
    assert "Raise now" in jo.buttons(await jo.expects_new("Skill 1 of 21"))
    await jo.presses("Sure")
    card = await jo.expects_new("Skill 2 of 21")
    assert "A tip on" not in card.words
    await jo.presses("Partly")
    await jo.expects_new("A tip on “Confident”")
    await jo.presses("Not yet")
    await jo.expects_new("Words that you could use")
    await jo.presses("Back")
    await jo.expects_new("You said: not yet sure")
    await jo.presses("Pause")
    await jo.expects_new("You have answered 3 of 21")
    await house.wind_by(timedelta(days=14))
    await jo.says("menu")
    await jo.presses("Skills checklist: carry on (3 of 21)")
    await jo.expects_new("You are at skill 3 of 21")
    await jo.presses("Carry on")
    await jo.expects_new("Use local tools, e.g. Graded Care Profile")


async def test_the_summary_names_what_to_work_on(house: House) -> None:
    """At the end stand the skills that are not sure yet, each with its tip, and the way to raise."""
    jo = house.world.person("jo")
    await jo.says("checklist")
    for number in range(1, 22):
        await jo.expects_new(f"Skill {number} of 21")
        await jo.presses({8: "Partly", 21: "Not yet"}.get(number, "Sure"))
    card = await jo.expects_new("Where you feel sure, and where not yet")
    assert "Polite (partly sure)" in card.words
    assert "Policy procedures – escalation or empowered professional challenge (not yet sure)" in card.words
    assert "Calm (" not in card.words
    assert jo.buttons(card)[0] == "Raise now"
    await jo.presses("Start again")
    await jo.expects_new("Skill 1 of 21")


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


async def test_the_briefing_may_be_read_in_a_channel(house: House) -> None:
    """What is about nobody may be read by everybody there."""
    jo, kit = house.world.person("jo"), house.world.person("kit")
    await jo.mentions("briefing 7", channel="safeguarding")
    await kit.expects("Decisions are fallible.")
