"""What is kept, and for how long: filed, corrected, held back, erased, in every pairing of platforms."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.audit.whole import audited
from bot.desk import commands
from bot.retention.holding import change_hold
from playground.faults import Broken, Refuse
from playground.house import House
from playground.people import Actor
from tests.faults.elapsing import elapse
from tests.faults.looking import faults_of, history
from tests.stories.filing import filed
from tests.stories.people import Pairing
from tests.stories.policies import house_by
from tests.stories.test_ending import accepted
from tests.stories.test_entry import steals

RETENTION = {"minimise": "3 months", "erase": "1 year", "training": "90 days"}
MARKER = "Joint visit."
DELETE = {"slack": "chat.delete", "teams": "delete_activity"}
DELETE_REFUSED = {"slack": "cant_delete_message", "teams": "Forbidden"}


async def over(house: House, days: int = 370) -> None:
    """Long after."""
    await house.wind_by(timedelta(days=days))


async def file_both(house: House) -> None:
    for name in ("jo", "helen"):
        await house.world.person(name).presses("Our record is filed")
        await house.quiet()


async def choice(actor: Actor, words: str) -> str:
    """The option of the open form in which these words stand."""
    await actor.expects("Which entry")
    form = actor.form()
    assert form is not None
    labels = [one.label for field in form.drawing.fields for one in field.choices]
    return next(label for label in labels if words in label)


async def erase(sam: Actor, house: House, reference: str, label: str = "Erase {}") -> None:
    await sam.says("records")
    await sam.presses(label.format(reference))
    await sam.submits({"Type the reference": reference})
    await house.quiet()


def words_about(house: House, *needles: str) -> list[str]:
    """Every message on any screen, but for the coordinator's, in which one of these stands."""
    return [
        f"{actor.id}: {seen.words}"
        for actor in house.world.people
        if actor.id != "sam"
        for seen in actor.messages()
        if not seen.mine and any(needle in seen.words for needle in needles)
    ]


async def test_a_case_is_erased_once_both_have_filed_and_its_time_has_come(
    tmp_path: Path, pairing: Pairing
) -> None:
    """Not before each side has filed; then every card is gone from the chats, nobody can read it, it is in
    nobody's list, and the audit has nothing to say."""
    async with house_by(tmp_path, pairing, retention=RETENTION) as house:
        reference = await accepted(house)
        jo, helen, sam = (house.world.person(name) for name in ("jo", "helen", "sam"))
        await jo.presses("Our record is filed")
        await jo.expects("The other side has still to say the same")
        await jo.presses("Record for the file")
        await jo.expects("Record for the child")
        await over(house)
        await sam.says("records")
        waits = await sam.expects_new(reference)
        assert "has not said that its record is filed" in waits.words
        assert MARKER not in sam.screen()
        looked = [
            one for one in await history(house.service.database, "security") if one.kind == "records_read"
        ]
        assert [(one.body["person"], len(one.body["cases"])) for one in looked] == [("sam", 1)]
        assert f"Erase {reference}" not in sam.buttons()
        await helen.presses("Our record is filed")
        await helen.expects("Both sides have their record now")
        await house.quiet()
        assert words_about(house, MARKER)
        await erase(sam, house, reference)
        await sam.expects(f"{reference} is erased")
        await sam.expects(f"{reference} is erased, and its cards are gone")
        assert words_about(house, MARKER, "lost weight") == []
        await jo.says("cases")
        await jo.expects_new("You are on no case")
        await sam.says("records")
        await sam.expects_new("No case is due")
        async with house.service.database.reading() as work:
            row = await work.case_by_reference(reference)
        assert row is not None
        assert (row.status, row.state, row.raiser, row.outcome) == ("erased", "", "", "agreed_plan")
        found = await audited(house.service.database)
        assert found.findings == ()


async def test_the_copies_go_first_and_the_case_is_kept(tmp_path: Path, pairing: Pairing) -> None:
    """What stands in the chats is taken away; whoever is on the case opens it again and finds all of it."""
    async with house_by(tmp_path, pairing, retention=RETENTION) as house:
        reference = await accepted(house)
        jo, sam = house.world.person("jo"), house.world.person("sam")
        await file_both(house)
        await over(house, 100)
        await erase(sam, house, reference, "Take copies of {} away")
        # What is asked for on a page stands on it.
        await sam.expects(f"The copies of {reference} are gone")
        assert words_about(house, MARKER, "lost weight") == []
        await jo.says("cases")
        await jo.presses(reference)
        await jo.presses("Timeline")
        await jo.expects_new("The copies in the chats were taken away")
        assert MARKER in jo.screen()
        await sam.says("records")
        await sam.expects_new("No case is due")
        assert (await audited(house.service.database)).findings == ()


async def test_a_hold_keeps_a_case_from_being_erased(tmp_path: Path, pairing: Pairing) -> None:
    """The coordinator places it, with a reason that those on the case see, and lifts it again."""
    async with house_by(tmp_path, pairing, retention=RETENTION) as house:
        reference = await accepted(house)
        jo, sam = house.world.person("jo"), house.world.person("sam")
        await file_both(house)
        await sam.says("records")
        await sam.presses("Put a case on hold")
        await sam.submits({"Reference of the case": reference, "Why": "A court has asked for it."})
        await sam.expects("It is on hold")
        await house.quiet()
        await jo.expects("Nothing of it is erased")
        await over(house)
        await sam.says("records")
        assert "A court has asked for it." in (await sam.expects_new(reference)).words
        assert f"Erase {reference}" not in sam.buttons()
        await jo.says("cases")
        await jo.presses(reference)
        await jo.presses("Timeline")
        await jo.expects_new("put it on hold, so that nothing of it is erased: A court has asked for it.")
        await sam.presses(f"Lift the hold of {reference}")
        await sam.submits({"Why": "The court has it."})
        await sam.expects("The hold is lifted")
        await house.quiet()
        await erase(sam, house, reference)
        await sam.expects(f"{reference} is erased, and its cards are gone")


async def test_a_hold_that_comes_before_the_last_press_wins(tmp_path: Path, pairing: Pairing) -> None:
    """The form was open already: nothing is erased, with why, and the attempt is on record."""
    async with house_by(tmp_path, pairing, retention=RETENTION) as house:
        reference = await accepted(house)
        sam = house.world.person("sam")
        await file_both(house)
        await over(house)
        await sam.says("records")
        await sam.presses(f"Erase {reference}")
        database = house.service.database
        async with database.work() as work:
            placed = commands.PlaceHold("command:root", "A court has asked.")
            known = house.service.house
            await change_hold(work, known.policy, known.directory, reference, placed)
        await sam.submits({"Type the reference": reference})
        await sam.expects("A hold applies. Nothing was erased.")
        assert "erasing_refused" in [event.kind for event in await history(database, "security")]


async def test_another_reference_erases_nothing(tmp_path: Path, pairing: Pairing) -> None:
    """What is typed to make sure must be this case's; else the form comes back."""
    async with house_by(tmp_path, pairing, retention=RETENTION) as house:
        reference = await accepted(house)
        jo, sam = house.world.person("jo"), house.world.person("sam")
        await file_both(house)
        await over(house)
        await sam.says("records")
        await sam.presses(f"Erase {reference}")
        await sam.submits({"Type the reference": "BR-OTHER"})
        await sam.expects("That is another reference")
        assert words_about(house, MARKER)
        assert jo.sees(reference)


async def test_an_entry_is_corrected_by_a_further_one(tmp_path: Path, pairing: Pairing) -> None:
    """The first stays; both sides read the second with it; what was filed before must be filed again."""
    async with house_by(tmp_path, pairing, retention=RETENTION) as house:
        reference = await accepted(house)
        jo, helen, priya = (house.world.person(name) for name in ("jo", "helen", "priya"))
        await file_both(house)
        await helen.presses("Timeline")
        await helen.presses("Correct what I wrote")
        await helen.submits({
            "Which entry": await choice(helen, "We visit with you"),
            "What is right": "We visit on Monday.",
        })  # fmt: skip
        await helen.expects(f"Your correction is on {reference}")
        await house.quiet()
        told = await jo.expects(f"Helen Castle has corrected an entry · {reference}")
        assert "We visit on Monday." in told.words
        assert "We visit with you on Friday." in told.words
        await priya.expects("We visit on Monday.")
        answer = (await jo.expects(f"Helen Castle has answered · {reference}")).words
        assert answer.index("We visit with you on Friday.") < answer.index("Corrected by Helen Castle")
        await jo.says("cases")
        await jo.presses(reference)
        await jo.presses("Timeline")
        line = " ".join((await jo.expects_new("Corrected by Helen Castle")).words.split())
        assert "answered: We visit with you on Friday. Corrected by Helen Castle" in line
        assert "Our record is filed" in jo.buttons()


async def test_what_was_kept_on_one_side_is_corrected_there(tmp_path: Path, pairing: Pairing) -> None:
    """The other side learns neither the first nor that it was corrected."""
    async with house_by(tmp_path, pairing, retention=RETENTION) as house:
        await filed(house)
        jo, helen, priya = (house.world.person(name) for name in ("jo", "helen", "priya"))
        await jo.presses("Write")
        await jo.submits({"What you want to say": "Between us: the aunt may help."})
        await jo.presses("Keep in our thread")
        await house.quiet()
        await jo.presses("Timeline")
        await jo.presses("Correct what I wrote")
        await jo.submits({
            "Which entry": await choice(jo, "aunt"),
            "What is right": "It is the grandmother.",
        })  # fmt: skip
        await house.quiet()
        await priya.expects("It is the grandmother.")
        await helen.presses("Timeline")
        assert "grandmother" not in helen.screen()
        assert "corrected" not in helen.screen()


@pytest.mark.usefixtures("speaks_first")
async def test_somebody_else_neither_lists_nor_erases(tmp_path: Path, pairing: Pairing) -> None:
    """A private explanation, nothing of the case, and a line in the security log."""
    async with house_by(tmp_path, pairing, retention=RETENTION) as house:
        reference = await accepted(house)
        marek, sam = house.world.person("marek"), house.world.person("sam")
        await file_both(house)
        await over(house)
        await marek.says("records")
        await marek.expects("That is for somebody else")
        assert reference not in marek.screen()
        await sam.says("records")
        await sam.expects(reference)
        if marek.platform == sam.platform:
            await steals(marek, sam, reference, f"Erase {reference}")
            await marek.expects_new("That is for somebody else")
        attempts = [event.body["what"] for event in await history(house.service.database, "security")]
        assert "records_not_theirs" in attempts
        assert words_about(house, MARKER)


async def test_what_can_t_be_taken_away_is_told_with_its_place(tmp_path: Path, pairing: Pairing) -> None:
    """A card in a chat that can't be written to any more stays: the coordinator learns where, and why."""
    async with house_by(tmp_path, pairing, retention=RETENTION) as house:
        reference = await accepted(house)
        jo, sam = house.world.person("jo"), house.world.person("sam")
        await file_both(house)
        await over(house)
        faults = faults_of(house.world, jo.platform)
        refused = Refuse(DELETE_REFUSED[jo.platform], 403)
        faults.next(DELETE[jo.platform], refused)
        await erase(sam, house, reference)
        told = await sam.expects(f"{reference} is erased, and its cards are gone")
        assert "These could not be taken away" in told.words
        assert "does not let Braver delete this message" in told.words
        assert "What people typed themselves" in told.words
        async with house.service.database.reading() as work:
            row = await work.case_by_reference(reference)
            assert row is not None
            assert await work.removals_over(row.id) == []


async def test_a_platform_that_is_away_is_asked_again(tmp_path: Path, pairing: Pairing) -> None:
    """No card is given up for a fault of the platform: it is tried until it is gone."""
    async with house_by(tmp_path, pairing, retention=RETENTION) as house:
        reference = await accepted(house)
        jo, sam = house.world.person("jo"), house.world.person("sam")
        await file_both(house)
        await over(house)
        faults = faults_of(house.world, jo.platform)
        faults.next(DELETE[jo.platform], Broken())
        await erase(sam, house, reference)
        assert not sam.sees(f"{reference} is erased, and its cards are gone")
        await elapse(house.service.database, timedelta(minutes=2))
        await house.quiet()
        await sam.expects(f"{reference} is erased, and its cards are gone")
        assert words_about(house, MARKER) == []


async def test_what_is_held_of_a_person_is_counted_for_the_coordinator(
    tmp_path: Path, pairing: Pairing
) -> None:
    """In numbers, with how the file is made; that it was asked is on record."""
    async with house_by(tmp_path, pairing, retention=RETENTION) as house:
        await accepted(house)
        sam = house.world.person("sam")
        await sam.says("records")
        await sam.presses("What is held of a person")
        await sam.submits({"Of whom": "Jo Marsh"})
        told = await sam.expects("What is held of Jo Marsh")
        assert "braver retention access jo --out jo.json" in told.words
        assert MARKER not in sam.screen()
        events = await history(house.service.database, "security")
        assert [event.body["person"] for event in events if event.kind == "access_export"] == ["jo"]


async def test_what_has_no_effect_is_explained_and_on_record(tmp_path: Path, pairing: Pairing) -> None:
    """A second hold, and a reference that nobody has."""
    async with house_by(tmp_path, pairing, retention=RETENTION) as house:
        reference = await accepted(house)
        sam = house.world.person("sam")
        for said in ("It is on hold", "It is on hold already"):
            await sam.says("records")
            await sam.presses("Put a case on hold")
            await sam.submits({"Reference of the case": reference, "Why": "A court has asked for it."})
            await sam.expects_new(said)
        await sam.says("records")
        await sam.presses("Put a case on hold")
        await sam.submits({"Reference of the case": "BR-NONE9", "Why": "A court has asked for it."})
        await sam.expects("There is no case with this reference")
        kinds = [event.kind for event in await history(house.service.database, "security")]
        assert {"hold_placed", "hold_refused"} <= set(kinds)
