"""Somebody is away: whoever is on duty has the message and says for whom; on return it can be taken back."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.desk.rounds import Rounds
from playground.house import House
from playground.people import Actor
from tests.faults.looking import happened, history
from tests.stories.absences import entry_is, goes_away, in_days, opens
from tests.stories.filing import filed
from tests.stories.people import Pairing
from tests.stories.policies import confirmed, house_by, written

pytestmark = pytest.mark.usefixtures("speaks_first")

ANSWER: dict[str, Any] = {"name": "respond", "starts": "messaged", "within": "2 working hours"}


async def test_a_named_colleague_has_the_message_and_says_for_whom(house: House) -> None:
    """Helen is on leave and named Leo: he gets it for her; both sides and the timeline say so."""
    helen = await goes_away(house, "helen", "leo")
    told = await helen.expects("Your absence is saved")
    assert "team manager, Little Wickering Children's Social Care: Leo Ashby" in told.words
    assert "what comes to you as a line manager: Leo Ashby" in told.words
    reference = await filed(house)
    jo, leo, priya = (house.world.person(name) for name in ("jo", "leo", "priya"))
    card = await leo.expects(f"Escalation {reference} for you")
    assert "You have this for Helen Castle, who was not on duty when it came." in card.words
    assert not helen.sees(f"Escalation {reference} for you")
    assert jo.sees("Leo Ashby, for Helen Castle, Assistant team manager: the message was delivered")
    assert priya.sees("Leo Ashby, for Helen Castle")
    await leo.presses("Acknowledge")
    await house.quiet()
    await jo.presses("Timeline")
    await jo.expects_new("To be told: Leo Ashby, for Helen Castle and Priya Okafor.")
    assert jo.sees("Leo Ashby, for Helen Castle acknowledged it.")


async def test_without_a_name_the_deputies_have_it(house: House) -> None:
    """The form and the answer say who they are, before anything comes."""
    helen = house.world.person("helen")
    await opens(helen, "on leave until Friday")
    await helen.expects("Deputies: Leo Ashby")
    await helen.submits({"Until": await in_days(house, 9)})
    assert "Leo Ashby" in (await helen.expects("Who has your new messages")).words
    await house.quiet()
    await filed(house)
    await house.world.person("leo").expects("You have this for Helen Castle")


async def test_where_the_cover_is_away_too_the_next_in_the_net_has_it(house: House) -> None:
    """Helen named Leo, and Leo is away as well: the side's safeguarding lead has it, and Helen knew."""
    await goes_away(house, "leo")
    helen = await goes_away(house, "helen", "leo")
    await helen.expects("nobody there is on duty then, so it goes to Noor Lindley")
    reference = await filed(house)
    await house.world.person("noor").expects(f"Escalation {reference} for you")
    assert not house.world.person("leo").sees(reference)


async def test_everybody_away_the_coordinator_finds_somebody(house: House) -> None:
    """Never nobody: the coordinator is asked, without a word of what it is about; the raiser is told."""
    for name in ("leo", "noor", "helen"):
        await goes_away(house, name)
    reference = await filed(house)
    jo, sam = house.world.person("jo"), house.world.person("sam")
    asked = await sam.expects(f"Nobody to receive {reference}")
    assert "You are not shown what the case is about" in asked.words
    assert "HV-2231" not in sam.screen()
    assert jo.sees("Nobody on the other side has it yet. Sam Ellery is asked to find the right person.")
    await sam.presses("Choose who takes it")
    await sam.submits({"To whom": "Marek Tull", "Why": "Everybody else is away."})
    await house.quiet()
    await house.world.person("marek").expects(f"Escalation {reference} for you")
    await jo.expects("Marek Tull takes over")


async def test_the_raiser_is_told_each_time_that_a_running_case_goes_to_somebody_else(house: House) -> None:
    """Helen leaves with a case: Leo has it; Leo leaves: the lead has it; the lead leaves: the coordinator."""
    reference = await filed(house)
    jo = house.world.person("jo")
    helen = await goes_away(house, "helen")
    told = await helen.expects("Your cases go over now")
    assert f"{reference} to Leo Ashby" in told.words
    await house.world.person("leo").expects(f"Escalation {reference} for you")
    await jo.expects(
        f"Helen Castle is not on duty now, so Leo Ashby (Assistant team manager) has {reference}"
    )
    await goes_away(house, "leo")
    await jo.expects(f"Leo Ashby is not on duty now, so Noor Lindley (Safeguarding lead) has {reference}")
    await goes_away(house, "noor")
    await jo.expects("so Sam Ellery (Partnership coordinator) is asked to find the right person")
    await house.world.person("sam").expects(f"Nobody to receive {reference}")


async def test_cases_that_are_not_to_go_over_stay(house: House) -> None:
    """She says no to that, and is told what it means; only what is new goes to her deputy."""
    reference = await filed(house)
    helen = await goes_away(house, "helen", more={"The cases that you have now": False})
    assert f"These cases stay with you: {reference}." in (await helen.expects("Your absence is saved")).words
    assert not house.world.person("leo").sees(reference)


async def test_whoever_made_the_decision_never_gets_it_not_even_as_a_named_cover(
    tmp_path: Path, pairing: Pairing
) -> None:
    """Marek decided, and is who Helen named; her deputy has it instead."""
    first = {"receiving": ["line_manager"], "clocks": [ANSWER]}
    async with house_by(tmp_path, pairing, stages={1: first}) as house:
        await goes_away(house, "helen", "marek")
        jo = await written(house)
        await jo.submits({"Who decided?": "Marek Tull"})
        reference = await confirmed(house, jo)
        await house.world.person("leo").expects(f"Escalation {reference} for you")
        assert not house.world.person("marek").sees(reference)


async def test_a_day_off_by_the_working_pattern(house: House) -> None:
    """Helen works on other days: nobody has to say so, and her deputy has today's message for her."""
    today = (await house.now()).weekday()
    days = ("Mon", "Tue", "Wed", "Thu", "Fri")
    works = ", ".join(day for number, day in enumerate(days) if number not in (today, (today + 1) % 5))
    await entry_is(house, "helen", works=works)
    reference = await filed(house)
    card = await house.world.person("leo").expects(f"Escalation {reference} for you")
    assert "You have this for Helen Castle" in card.words


async def test_on_return_the_cases_are_shown_and_can_be_taken_back(house: House) -> None:
    """Back: who has what, where it stands; one press, and all are told; a second one does no harm."""
    await goes_away(house, "helen", "leo")
    reference = await filed(house)
    jo, helen, leo = (house.world.person(name) for name in ("jo", "helen", "leo"))
    await helen.says("back")
    await helen.expects("Welcome back")
    await house.quiet()
    shown = await helen.expects("While you were away")
    assert f"{reference} · Stage 1" in shown.words
    assert "Leo Ashby has it now. Waiting for Leo Ashby to acknowledge." in shown.words
    await helen.presses(f"Take back {reference}")
    await helen.expects(f"You have {reference} again")
    await house.quiet()
    await helen.expects(f"Escalation {reference} for you")
    await jo.expects(f"Helen Castle is on duty again and has {reference} now. No deadline changes.")
    await leo.expects("The person you stood in for has it again.")
    await helen.presses(f"Take back {reference}")
    await helen.expects("Nobody has this for you any more")
    assert len(await happened(house.service.database, "handed_over")) == 1
    await jo.presses("Timeline")
    await jo.expects_new("Helen Castle is on duty again and took it back.")


async def test_what_an_earlier_absence_brought_is_not_told_again(house: House) -> None:
    """Away once more, and nothing came: nothing is shown, though the case still runs."""
    await goes_away(house, "helen", "leo")
    reference = await filed(house)
    helen = house.world.person("helen")
    await helen.says("back")
    await house.quiet()
    await helen.presses(f"Take back {reference}")
    await house.quiet()
    await goes_away(house, "helen", "leo", more={"The cases that you have now": False})
    assert "Hand over all my cases" in helen.buttons("Your absence is saved")
    await helen.says("back")
    await house.quiet()
    assert len([message for message in helen.messages() if "While you were away" in message.words]) == 1


async def test_on_return_it_is_too_late_once_the_case_went_up(house: House) -> None:
    """The stage is over: the old button says so, and changes nothing."""
    await goes_away(house, "helen", "leo")
    reference = await filed(house)
    jo, helen, leo = (house.world.person(name) for name in ("jo", "helen", "leo"))
    await helen.says("I am back")
    await house.quiet()
    await helen.expects("While you were away")
    await leo.presses("Answer")
    await leo.submits({"Your answer": "The decision stands."})
    await house.quiet()
    await jo.presses("This does not settle it")
    await jo.submits({"Why it is not settled": "The children are still hungry."})
    await jo.submits({})
    await house.quiet()
    await helen.presses(f"Take back {reference}")
    await helen.expects("It went up to another stage")
    assert await happened(house.service.database, "handed_over") == []


async def test_an_absence_that_is_over_ends_by_itself_and_nothing_is_said_of_nothing(house: House) -> None:
    """Whoever was away while nothing came is shown nothing; afterwards messages come to them."""
    helen = await goes_away(house, "helen", days=1)
    await house.to_working_time()
    await house.quiet()
    assert not helen.sees("While you were away")
    await helen.says("back")
    await helen.expects("You are not away")
    reference = await filed(house)
    await helen.expects(f"Escalation {reference} for you")


async def test_a_planned_absence_is_changed_and_cancelled(house: House) -> None:
    """Typing it again shows what is planned; when it is cancelled, nothing is said of it later."""
    helen = house.world.person("helen")
    await opens(helen, "away")
    await helen.submits({
        "From": await in_days(house, 3), "Until": await in_days(house, 9), "Who covers for you": "Leo Ashby",
    })  # fmt: skip
    await helen.expects("You are away from")
    await helen.says("away")
    await helen.expects("covered by Leo Ashby")
    await helen.presses(_starting(helen, "Change: until"))
    await helen.submits({"Who covers for you": "Noor Lindley"})
    await helen.says("away")
    await helen.expects_new("covered by Noor Lindley")
    await helen.says("back")
    await helen.expects_new("covered by Noor Lindley")
    await helen.presses(_starting(helen, "Cancel: from"))
    await helen.expects_new("That absence is cancelled")
    await house.quiet()
    await helen.presses(_starting(helen, "Change: until"))
    await helen.expects_new("You are not away")
    assert not helen.sees("While you were away")
    kinds = [event.kind for event in await history(house.service.database, "directory")]
    assert kinds[-3:] == ["away", "away", "stays"]


def _starting(person: Actor, words: str) -> str:
    return next(label for label in reversed(person.buttons()) if label.startswith(words))


async def test_what_makes_no_sense_is_given_back_with_all_that_was_typed(house: House) -> None:
    """It ends before it begins; the cover is of another agency; it is years ahead."""
    helen = house.world.person("helen")
    await opens(helen, "I am away")
    earlier = await in_days(house, -1)
    await helen.submits({"Until": earlier, "Who covers for you": "Leo Ashby"})
    await helen.expects("It ends before it begins.")
    form = helen.form()
    assert form is not None
    await helen.submits({"Until": await in_days(house, 800)})
    await helen.expects("more than a year ahead")
    await helen.submits({"Until": await in_days(house, 9)})
    await helen.expects("Your absence is saved")
    assert helen.sees("Children's Social Care: Leo Ashby")


async def test_two_rounds_at_once_do_nothing_twice(house: House) -> None:
    """Two replicas find the same absence beginning, and ending: one hand-over, one message, one return."""
    reference = await filed(house)
    leo, helen = house.world.person("leo"), house.world.person("helen")
    await opens(helen, "I am away")
    await helen.submits({"Until": await in_days(house, 9)})
    two = [Rounds(house.service.database, house.service.house) for _ in range(2)]
    await asyncio.gather(*(rounds.absences() for rounds in two))
    await house.quiet()
    assert len(await happened(house.service.database, "handed_over")) == 1
    cards = [m for m in leo.messages() if f"Escalation {reference} for you" in m.words]
    assert len(cards) == 1
    jo = house.world.person("jo")
    await jo.presses("Withdraw")
    await jo.submits({"Why": "It was settled in a call."})
    await house.quiet()
    await house.service.database.shift(timedelta(days=9))
    await asyncio.gather(*(rounds.absences() for rounds in two))
    await house.quiet()
    assert len([m for m in helen.messages() if "While you were away" in m.words]) == 1


async def test_nobody_ends_or_changes_the_absence_of_somebody_else(house: House) -> None:
    """A press of Helen's button by another account: hers goes on, and nothing of it is shown."""
    helen, marek = await goes_away(house, "helen", "leo"), house.world.person("marek")
    button = next(
        one for one in helen.message("Your absence is saved").drawing.buttons if one.label == "I am back"
    )
    await marek.says("help")
    await marek.client.press(button, marek.newest())
    await marek.expects("You are not away")
    assert not marek.sees("Leo Ashby")
    await helen.says("away")
    await helen.expects_new("covered by Leo Ashby")
