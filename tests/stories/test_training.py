"""Training cases, unmistakably marked, reach nobody but the group."""

from playground.house import House
from playground.story import ABOUT, SPOKEN


async def test_a_training_case_reaches_only_the_group(house: House) -> None:
    """Kit plays the other side; the real managers never hear of it."""
    jo, kit, helen, priya = (house.world.person(name) for name in ("jo", "kit", "helen", "priya"))
    await jo.says("training")
    code = (await jo.expects("You are in training")).words.split("training ")[1].split()[0].strip("*")
    await kit.says(f"training {code}")
    await kit.expects("You are in training")
    await jo.says("raise")
    await jo.presses("No, go on")
    await jo.submits(SPOKEN)
    await jo.submits(ABOUT)
    await jo.submits({})
    await house.quiet()
    await kit.expects("TRAINING")
    assert not helen.sees("Escalation BR-")
    assert not priya.sees("has escalated")
    await kit.presses("Acknowledge")
    await house.quiet()
    await jo.expects(f"{kit.name} has seen this")


async def test_a_training_case_alone_is_not_filed(house: House) -> None:
    """With nobody in the group there is nobody to message, and the words are kept."""
    jo = house.world.person("jo")
    await jo.says("training")
    await jo.says("raise")
    await jo.presses("No, go on")
    await jo.submits(SPOKEN)
    await jo.submits(ABOUT)
    await jo.expects("Nobody to train with yet")
    await jo.says("raise")
    await jo.presses("Go on with it")
    await jo.expects("HV-2231")
