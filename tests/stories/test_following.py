"""Following a case: my cases, its timeline, the record for the child's file, and which child it is."""

from pathlib import Path

from adapters.teams import Teams
from playground.house import House
from tests.stories.filing import filed
from tests.stories.people import Pairing


async def test_my_cases_shows_where_each_stands_and_opens_it(house: House) -> None:
    """Both sides find the case by its reference; somebody who is not on it finds nothing."""
    reference = await filed(house)
    jo, helen, kit = (house.world.person(name) for name in ("jo", "helen", "kit"))
    for person in (jo, helen):
        await person.says("cases")
        await person.expects_new("Deadline")
        await person.presses(reference)
        await person.expects_new("The younger child has lost weight since September.")
    await kit.says("my cases")
    await kit.expects_new("You are on no case")
    assert not kit.sees(reference)


async def test_a_card_that_was_opened_stays_true(house: House) -> None:
    """Opened from the list, it is redrawn with the case like every other card."""
    reference = await filed(house)
    jo, helen = house.world.person("jo"), house.world.person("helen")
    await jo.says("cases")
    await jo.presses(reference)
    await house.quiet()
    await helen.presses("Acknowledge")
    await house.quiet()
    shown = [m.words for m in jo.messages() if f"Escalation {reference} · Stage 1" in m.words]
    assert len(shown) >= 2
    assert all("Helen Castle has seen it" in words for words in shown)


async def test_the_timeline_tells_everything_in_its_order(house: House) -> None:
    """Who did what and when, page by page, the newest first."""
    await filed(house)
    jo, helen = house.world.person("jo"), house.world.person("helen")
    await helen.presses("Acknowledge")
    await house.quiet()
    for number in range(12):
        await jo.presses("The risk has changed")
        await jo.submits({"What has changed": f"Visit number {number}: no food again."})
        await house.quiet()
    await jo.presses("Timeline")
    newest = (await jo.expects_new("Page 1 of")).words
    assert newest.index("Visit number 10") < newest.index("Visit number 11")
    assert "filed the escalation" not in newest
    await jo.presses("Older")
    await jo.expects_new("filed the escalation")


async def test_the_record_holds_the_case_and_nothing_that_the_other_side_kept(house: House) -> None:
    """For the child's file: what was disputed, asked and answered; words kept on one side stay there."""
    reference = await filed(house)
    jo, helen = house.world.person("jo"), house.world.person("helen")
    await jo.presses("Write", on=f"Escalation {reference} · ")
    await jo.submits({"What you want to say": "Between us: ring me first."})
    await jo.presses("Keep in our thread")
    await helen.presses("Answer")
    await helen.submits({"Your answer": "We assess tomorrow."})
    await house.quiet()
    for person, kept in ((jo, True), (helen, False)):
        await person.presses("Record for the file", on=f"Escalation {reference} ")
        record = (await person.expects_new("A child and family assessment")).words
        assert "HV-2231" in record
        assert "We assess tomorrow." in record
        assert ("Between us: ring me first." in record) is kept


async def test_which_child_it_is_is_asked_until_the_other_side_knows(house: House) -> None:
    """It stands on the raiser's card, is chased on its own; the raiser learns the other reference."""
    reference = await filed(house)
    jo, helen = house.world.person("jo"), house.world.person("helen")
    await jo.expects("Child not yet identified to the other side")
    while not helen.sees(f"Which child? · {reference}"):
        await house.to_next_deadline()
    await helen.presses("I know which child")
    await helen.submits({"How do you know?": "We have our own case reference"})
    await helen.expects("Please give the reference")
    await helen.submits({"Your agency's case reference": "CSC-881"})
    await house.quiet()
    await jo.expects("Their case reference: CSC-881")
    assert not jo.sees("Child not yet identified")


async def test_a_call_is_enough_to_know_which_child_it_is(house: House) -> None:
    """No reference need be typed: "I know which child" after a call."""
    await filed(house)
    jo, helen = house.world.person("jo"), house.world.person("helen")
    await helen.presses("I know which child")
    await helen.submits({"How do you know?": "I know after a call"})
    await house.quiet()
    await jo.expects("Yes, Helen Castle has confirmed it.")


async def test_a_form_after_a_restart_by_the_case_s_own_card(tmp_path: Path) -> None:
    """Where forms open as dialogs, what "form" stands for is forgotten with the process. The case's card,
    which “cases” brings anew, says it again: its forms then come as cards."""
    platforms = Pairing("teams", "teams").platforms()
    async with House.open(tmp_path, platforms=platforms, settings={"teams_forms": "dialog"}) as house:
        await house.to_working_time()
        reference = await filed(house)
        helen = house.world.person("helen")
        [teams] = [one for one in house.service.adapters if isinstance(one, Teams)]
        teams._teams._offered.clear()
        await helen.says("form")
        await house.quiet()
        assert not helen.sees("The form is ready")
        await helen.says("cases")
        await helen.presses(reference)
        await house.quiet()
        await helen.says("form")
        await helen.expects_new("The form is ready")
        await helen.presses("Answer")
        form = helen.client.screen().form
        assert form is not None
        assert form.surface == "card"
