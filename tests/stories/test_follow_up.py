"""Follow-up, on both platforms: asked once, two working days later, and only who wanted it."""

from datetime import timedelta

import pytest

from playground.house import House
from tests.stories.people import PLATFORMS, Pairing


@pytest.fixture(params=sorted(PLATFORMS))
def pairing(request: pytest.FixtureRequest) -> Pairing:
    """Coaching is one person's own: one platform at a time is enough."""
    return Pairing(request.param, request.param)


async def _planned(house: House, person: str = "jo") -> None:
    jo = house.world.person(person)
    await jo.says("plan")
    await jo.presses("Fill in a form")
    await jo.submits({"What I know": "On Monday I saw her hide bread."})
    await jo.presses("Ask me later how it went")
    await jo.expects_new("I will ask how it went")


async def test_it_is_asked_in_two_working_days_and_leads_on(house: House) -> None:
    """Not before; then to closing, to more coaching, or to escalating with the words of the plan."""
    jo = house.world.person("jo")
    await _planned(house)
    await house.wind_by(timedelta(hours=20))
    await house.quiet()
    assert not jo.sees("How did it go?")
    await house.wind_by(timedelta(days=5))
    await house.quiet()
    card = await jo.expects("How did it go?")
    assert "bread" not in card.words
    assert jo.buttons(card)[:3] == ["It is settled", "Not spoken yet", "We could not agree"]
    await jo.presses("We could not agree")
    card = await jo.expects_new("Then it goes to the managers")
    assert jo.buttons(card)[0] == "Raise it with my plan"
    await house.wind_by(timedelta(days=30))
    await house.quiet()
    assert not jo.sees("How did it go?")


@pytest.mark.parametrize("put_away", ["Do not ask", "Delete the plan"])
async def test_who_does_not_want_it_any_more_is_not_asked(house: House, put_away: str) -> None:
    """Taken back, or the plan deleted: nothing comes."""
    jo = house.world.person("jo")
    await _planned(house)
    if put_away == "Delete the plan":
        await jo.says("plan")
    await jo.presses(put_away)
    await house.wind_by(timedelta(days=7))
    await house.quiet()
    assert not jo.sees("How did it go?")


async def test_not_spoken_yet_is_met_with_help_and_asked_again(house: House) -> None:
    """More coaching, raising it at once, or being asked again."""
    jo = house.world.person("jo")
    await _planned(house)
    await house.wind_by(timedelta(days=7))
    await house.quiet()
    await jo.presses("Not spoken yet")
    card = await jo.expects_new("That happens")
    assert {"Rehearse it", "Look at my plan", "Ask me again later", "Raise now"} <= set(jo.buttons(card))
    await jo.presses("Ask me again later")
    await house.wind_by(timedelta(days=7))
    await house.quiet()
    await jo.presses("It is settled")
    await jo.expects_new("Write down today what was agreed")


async def test_use_is_counted_without_people_and_shown_from_five_on(house: House) -> None:
    """The coordinator reads numbers by month; what fewer than five people used is not shown, and nobody
    else reads any."""
    sam = house.world.person("sam")
    people = ["jo", "priya", "kit", "helen"]
    for person in people:
        await house.world.person(person).says("walk")
        await house.world.person(person).says("walk")
    await sam.says("counts")
    assert "Walk through" not in (await sam.expects_new("There is no figure yet")).words
    await house.world.person("leo").says("walk")
    await sam.says("counts")
    await sam.expects_new("Walk through the briefing begun: 5 times, by 5 people")
    jo = house.world.person("jo")
    await jo.says("counts")
    assert "5 times" not in (await jo.expects_new("That is for somebody else")).words
