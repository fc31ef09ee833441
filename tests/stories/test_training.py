"""Training cases, unmistakably marked, reach nobody but the group."""

from datetime import timedelta

from playground.house import House
from playground.story import ABOUT, SPOKEN
from tests.stories.filing import filed


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


async def test_a_training_case_days_later_still_reaches_only_the_group(house: House) -> None:
    """The training is over and everybody silent: the case goes up among them, nobody outside is asked, and
    it can be withdrawn."""
    jo, kit = house.world.person("jo"), house.world.person("kit")
    await jo.says("training")
    code = (await jo.expects("You are in training")).words.split("training ")[1].split()[0].strip("*")
    await kit.says(f"training {code}")
    await filed(house, "Only your training group is messaged")
    await house.wind_by(timedelta(days=4))
    await kit.expects("Stage 2")
    await jo.presses("Withdraw")
    await jo.submits({"Why": "The exercise is over."})
    await house.quiet()
    await kit.expects("is withdrawn")
    for name in ("helen", "priya", "tom", "ruth", "sam"):
        assert not house.world.person(name).sees("BR-")


async def test_the_raiser_of_a_training_case_of_two_has_the_raiser_s_card(house: House) -> None:
    """Asked as the manager too, where nobody else can be: the risk and the urgent contacts are at hand on
    both cards."""
    jo, kit = house.world.person("jo"), house.world.person("kit")
    await jo.says("training")
    code = (await jo.expects("You are in training")).words.split("training ")[1].split()[0].strip("*")
    await kit.says(f"training {code}")
    reference = await filed(house, "Only your training group is messaged")
    for card in (f"TRAINING · Escalation {reference} · ", f"has escalated · {reference}"):
        assert {"The risk has changed", "Child at risk now?"} <= set(jo.buttons(on=card))
    assert "Acknowledge" in jo.buttons(on=f"has escalated · {reference}")


async def test_every_step_of_raising_in_training_says_so(house: House) -> None:
    """Whoever has forgotten that they practise learns it before they write, and again before they file; the
    part of a colleague can be handed over within the group only."""
    jo, kit, dana = (house.world.person(name) for name in ("jo", "kit", "dana"))
    await jo.says("training")
    code = (await jo.expects("You are in training")).words.split("training ")[1].split()[0].strip("*")
    for colleague in (kit, dana):
        await colleague.says(f"training {code}")
    await jo.says("raise")
    await jo.expects("what you raise now is practice")
    await jo.presses("No, go on")
    await jo.submits(SPOKEN)
    await jo.submits(ABOUT)
    form = jo.form()
    assert form is not None
    assert "what you raise now is practice" in form.drawing.words
    await jo.submits({})
    await house.quiet()
    await kit.presses("Hand over")
    await kit.expects("takes over your part")
    handing = kit.form()
    assert handing is not None
    (to,) = (field for field in handing.drawing.fields if field.label == "To whom")
    assert {choice.label.split(",")[0] for choice in to.choices} <= {jo.name, dana.name}


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
