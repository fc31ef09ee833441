"""Standing in for somebody: handing over all cases, answering for the raiser, channels that say no more."""

from pathlib import Path

import pytest

from bot.people.entries import Channel
from playground.house import House
from tests.faults.looking import happened, history
from tests.stories.absences import entry_is, goes_away
from tests.stories.filing import filed
from tests.stories.people import Pairing
from tests.stories.test_entry import steals

CONTENT = ("lost weight", "threshold not met", "HV-2231", "child and family assessment", "BR-")


@pytest.mark.usefixtures("speaks_first")
async def test_all_cases_are_handed_over_but_for_one_that_is_refused(house: House) -> None:
    """Leo is involved in one of Helen's cases: that one stays, and she reads why; each can be opened."""
    helen, leo, noor = (house.world.person(name) for name in ("helen", "leo", "noor"))
    first = await filed(house)
    second = await filed(house, "Your own card with everything on it")
    await house.quiet()
    await noor.says("cases")
    await _involve(house, first, "leo")
    await helen.says("my cases")
    await helen.presses("Hand over all my cases")
    await helen.submits({"To whom": leo.name, "Why": "I change teams."})
    done = await helen.expects("Handed over, but not all")
    assert f"{first}: That person made the decision or is involved." in done.words
    assert f"Leo Ashby has these now and is being messaged: {second}." in done.words
    await house.quiet()
    await leo.expects(f"Escalation {second} for you")
    assert not leo.sees(first)
    await helen.presses(f"Open {first}")
    await helen.expects_new(f"Escalation {first} for you")
    await house.world.person("jo").expects(f"{second} over to Leo Ashby")


async def _involve(house: House, reference: str, person: str) -> None:
    """This person is known to be involved in the case: whoever handles it is not them."""
    database = house.service.database
    async with database.work() as work:
        rows = await work.cases_of("jo", True, 10)
        row = next(one for one in rows if one.reference == reference)
        state = row.state.replace('"involved":[]', f'"involved":["{person}"]')
        assert state != row.state
        changed = row.model_copy(update={"state": state, "version": row.version})
        await work.save_case(changed, expected=row.version)


@pytest.mark.usefixtures("speaks_first")
async def test_whoever_has_no_case_hands_over_nothing(house: House) -> None:
    """Typed, it says so."""
    tom = house.world.person("tom")
    await tom.says("hand over all")
    await tom.expects("You have no case now")


async def test_a_colleague_answers_for_the_raiser_and_closes_the_case(house: House) -> None:
    """Kit gets the case as Jo sees it, closes it, and the timeline names both."""
    reference = await filed(house)
    jo, kit, helen = (house.world.person(name) for name in ("jo", "kit", "helen"))
    await jo.presses("Let a colleague answer for me")
    await jo.submits({"Who answers for you": kit.name})
    await jo.expects(f"Kit Rowan can answer for you · {reference}")
    await house.quiet()
    card = await kit.expects(f"You can answer for Jo Marsh · {reference}")
    assert "Jo Marsh’s case reference for the child" in card.words
    assert "Your case reference" not in card.words
    assert "HV-2231" in card.words
    assert helen.sees("Answers for Jo Marsh too")
    await helen.presses("Answer")
    await helen.submits({"Your answer": "We begin an assessment tomorrow."})
    await house.quiet()
    await kit.expects("Helen Castle has answered")
    assert jo.sees("Helen Castle has answered")
    await kit.presses("This settles it")
    await kit.submits({"Outcome": "We agreed a plan", "What changes for the child": "A visit tomorrow."})
    await house.quiet()
    await jo.expects(f"{reference} is closed")
    await jo.presses("Timeline")
    await jo.expects_new("Jo Marsh lets Kit Rowan answer as the one who raised it.")
    assert jo.sees("Kit Rowan, for Jo Marsh closed it")


async def test_the_raiser_answers_alone_again(house: House) -> None:
    """One press ends it: the colleague hears so and can do nothing more; only the raiser decides this."""
    reference = await filed(house)
    jo, kit, priya = (house.world.person(name) for name in ("jo", "kit", "priya"))
    await jo.presses("Let a colleague answer for me")
    await jo.submits({"Who answers for you": kit.name})
    await house.quiet()
    await kit.expects("You can answer for Jo Marsh")
    await steals(priya, jo, f"Kit Rowan can answer for you · {reference}", "I answer myself")
    await priya.expects("Only the person who raised it decides this.")
    await jo.presses("I answer myself")
    await jo.expects(f"You answer yourself · {reference}")
    await house.quiet()
    over = await kit.expects(f"You are not on {reference} any more")
    assert "The person who raised it answers alone again" in over.words
    assert "The risk has changed" not in kit.buttons()
    assert [e.body["person"] for e in await happened(house.service.database, "answers_for")] == ["kit", ""]


async def test_being_away_lets_a_colleague_answer_in_all_that_one_raised(house: House) -> None:
    """In the same form; and on return it can be ended."""
    reference = await filed(house)
    kit = house.world.person("kit")
    jo = await goes_away(house, "jo", more={"Who answers for you": kit.name})
    assert f"Kit Rowan can answer for you from now on in {reference}." in jo.screen()
    await kit.expects(f"You can answer for Jo Marsh · {reference}")
    await jo.says("back")
    await house.quiet()
    await jo.expects(f"Kit Rowan can still answer for you in {reference}, which you raised.")
    await jo.presses(f"I answer myself: {reference}")
    await house.quiet()
    await kit.expects(f"You are not on {reference} any more")


@pytest.mark.usefixtures("speaks_first")
async def test_channels_learn_that_a_message_awaits_and_no_more(tmp_path: Path, pairing: Pairing) -> None:
    """The channel of the post, and that of whoever has it now; no reference, no name, no word of the case."""
    async with House.open(tmp_path, platforms=pairing.platforms()) as house:
        await house.to_working_time()
        await house.world.person("leo").mentions("help", channel="duty")
        async with house.service.database.reading() as work:
            known = [place.address for place in await work.channels(pairing.receiving)]
        channel = Channel(platform=pairing.receiving, id=known[0].conversation)
        await entry_is(house, "leo", ways=(pairing.receiving, f"{channel.platform}:{channel.id}"))
        await goes_away(house, "helen")
        reference = await filed(house)
        leo = house.world.person("leo")
        nudge = await leo.expects("A message awaits the Assistant team manager")
        assert nudge.chat != leo.message(f"Escalation {reference} for you").chat
        tom = house.world.person("tom")
        assert tom.sees("A message awaits the Assistant team manager")
        assert not any(words in tom.screen() for words in CONTENT)
        await leo.presses("Acknowledge", on=f"Escalation {reference} for you")
        await house.quiet()
        await tom.expects("It has been picked up.")
        assert await history(house.service.database, "security") == []
