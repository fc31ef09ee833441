"""What the raiser decides, in every pairing of platforms."""

from pathlib import Path

from bot.people.directory import Directory
from playground.house import House
from tests.stories.filing import filed


async def test_an_answer_that_does_not_settle_it_goes_up_after_a_preview(house: House) -> None:
    """The preview names everybody who is told; whoever is involved is routed around."""
    reference = await filed(house)
    jo, helen, tom = (house.world.person(name) for name in ("jo", "helen", "tom"))
    await helen.presses("Answer")
    await helen.submits({"Your answer": "The decision stands."})
    await house.quiet()
    await jo.presses("This does not settle it")
    await jo.submits({"Why it is not settled": "The children are still hungry."})
    await jo.expects(tom.name)
    assert jo.sees("Also told that it goes up: Helen Castle, Priya Okafor.")
    assert not tom.sees(reference)
    await jo.submits({"Did any of them make the decision, or are they involved?": [tom.name]})
    await jo.expects("Somebody was left out")
    await jo.submits({"Did any of them make the decision, or are they involved?": [tom.name]})
    await house.quiet()
    assert not tom.sees(reference)
    await jo.expects("Stage 2")
    await helen.expects("has gone up to Stage 2")


async def test_a_withdrawal_asks_why_and_tells_the_safeguarding_lead(house: House) -> None:
    """Everybody on the case learns of it, and the raiser's lead does too."""
    reference = await filed(house)
    jo, helen, ruth = (house.world.person(name) for name in ("jo", "helen", "ruth"))
    await jo.presses("Withdraw")
    await jo.submits({"Why": "Settled in a call with the team."})
    await house.quiet()
    await helen.expects(f"{reference} is withdrawn")
    await ruth.expects("You are told as the safeguarding lead")


async def test_without_a_lead_a_withdrawal_reaches_the_coordinator_who_does_not_read_why(
    tmp_path: Path,
) -> None:
    """The form says whom it tells; the coordinator learns of the withdrawal and not of the reason."""

    def without_leads(directory: Directory) -> Directory:
        return directory.model_copy(update={"safeguarding_leads": {}})

    async with House.open(tmp_path, prepare=without_leads) as house:
        await house.to_working_time()
        reference = await filed(house)
        jo, sam = house.world.person("jo"), house.world.person("sam")
        await jo.presses("Withdraw")
        await jo.expects("Sam Ellery, the coordinator, is told that you withdrew it")
        await jo.submits({"Why": "Settled in a call with the team."})
        await house.quiet()
        await sam.expects(f"{reference} is withdrawn")
        assert not sam.sees("Settled in a call")


async def test_the_coordinator_is_told_when_a_case_moves_again(house: House) -> None:
    """What stood still does not stand still for ever on the coordinator's card."""
    reference = await filed(house)
    sam, jo = house.world.person("sam"), house.world.person("jo")
    while not sam.sees(f"{reference} stands still"):
        await house.to_next_deadline()
    await jo.presses("Withdraw")
    await jo.submits({"Why": "Settled in a call with the team."})
    await house.quiet()
    await sam.expects("nothing for you to do now")
    assert not sam.sees(f"{reference} stands still")


async def test_a_changed_risk_reaches_both_managers(house: House) -> None:
    """What has changed stands in front of both, and on the case."""
    await filed(house)
    jo, helen, priya = (house.world.person(name) for name in ("jo", "helen", "priya"))
    await jo.presses("The risk has changed")
    await jo.submits({"What has changed": "The fridge was empty again today."})
    await house.quiet()
    for manager in (helen, priya):
        await manager.expects("The fridge was empty again today.")


async def test_nobody_answers_and_people_are_asked_to_decide(house: House) -> None:
    """An overdue acknowledgement moves nothing by itself: raiser and manager are prompted, and may go up."""
    reference = await filed(house)
    jo, priya = house.world.person("jo"), house.world.person("priya")
    while not jo.sees(f"Nothing heard in time · {reference}"):
        await house.to_next_deadline()
    await priya.expects(f"Nothing heard in time · {reference}")
    await jo.presses("Go up a stage")
    await jo.submits({"Why it is not settled": "Nobody has seen it."})
    await jo.submits({})
    await house.quiet()
    await jo.expects("Stage 2")


async def test_an_identifier_is_stopped_before_it_is_stored(house: House) -> None:
    """The form says what it found and keeps the words; the database never sees them."""
    await filed(house)
    jo = house.world.person("jo")
    await jo.presses("The risk has changed")
    await jo.submits({"What has changed": "DOB 03/04/2019 was on the door."})
    await jo.expects("a date of birth")
    await house.quiet()
    async with house.service.database.reading() as work:
        for name in await work.streams_after("", 100):
            assert "03/04/2019" not in str(await work.history(name))
