"""A manager who does not stand behind the challenge, in every pairing of platforms."""

from playground.house import House
from tests.stories.filing import filed


async def test_a_challenge_without_backing_goes_on_with_the_safeguarding_lead(house: House) -> None:
    """The form says who takes the part; the raiser reads why, the lead is messaged, no deadline changes."""
    reference = await filed(house)
    jo, priya, ruth, helen = (house.world.person(name) for name in ("jo", "priya", "ruth", "helen"))
    await priya.presses("I do not stand behind this")
    await priya.expects("Ruth Fennimore")
    assert priya.sees("The challenge goes on all the same")
    await priya.submits({"Why you do not stand behind it": "The weights came from a faulty scale."})
    await priya.expects("is being messaged to take your part")
    await house.quiet()
    await jo.expects(f"Priya Okafor does not stand behind it · {reference}")
    assert jo.sees("The weights came from a faulty scale.")
    await jo.expects("Priya Okafor has handed")
    await ruth.expects(f"Jo Marsh has escalated · {reference}")
    assert helen.sees("Deadline for your answer: today, 12.00")
    await ruth.presses("Acknowledge")
    await house.quiet()
    await jo.expects("Ruth Fennimore has seen this")


async def test_a_late_press_on_backing_is_told_what_happened_meanwhile(house: House) -> None:
    """At a stage that is over nothing of the kind can be said, and no form is opened for it."""
    reference = await filed(house)
    priya, tom = house.world.person("priya"), house.world.person("tom")
    card = priya.message(f"Jo Marsh has escalated · {reference}")
    await priya.presses("I do not stand behind this", on=card)
    while not tom.sees(reference):
        await house.to_next_deadline()
    await priya.submits({"Why you do not stand behind it": "The weights came from a faulty scale."})
    await priya.expects("It went up to another stage")
    await priya.expects("The weights came from a faulty scale.")
