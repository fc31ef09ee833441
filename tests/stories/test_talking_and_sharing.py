""" "We spoke", and replies in a thread, in every pairing of platforms."""

from datetime import timedelta

from playground.house import House
from playground.people import Actor
from tests.stories.filing import filed


async def writes(house: House, person: Actor, reference: str, words: str) -> None:
    """Words on a case: in its thread where the private chat has threads, by the button where it has none."""
    card = f"has escalated · {reference}"
    if person.platform == "slack":
        await person.replies(card, words)
    else:
        await person.presses("Write", on=card)
        await person.submits({"What you want to say": words})
    await house.quiet()


async def test_we_spoke_is_confirmed_by_the_other_side_and_closes_the_case(house: House) -> None:
    """It stands as recorded by one until the other confirms; then the raiser says how it ended."""
    reference = await filed(house)
    jo, helen = house.world.person("jo"), house.world.person("helen")
    when = ((await house.now()) - timedelta(minutes=20)).replace(tzinfo=None)
    await helen.presses("We spoke")
    await helen.submits({
        "Who spoke": "Helen Castle and Jo Marsh", "When": when,
        "What was agreed": "A joint visit tomorrow.", "Who does it": "Helen's team",
    })  # fmt: skip
    await house.quiet()
    await jo.expects("As recorded by Helen Castle")
    await jo.presses("Yes, that is right")
    await house.quiet()
    await helen.expects("Both sides confirm the conversation")
    await jo.presses("Close with an outcome")
    await jo.submits({"Outcome": "We agreed a plan", "What changes for the child": "Joint visit."})
    await house.quiet()
    await helen.expects(f"{reference} is closed")


async def test_a_record_is_put_right_by_the_other_side(house: House) -> None:
    """The corrected record goes back to whoever recorded it first."""
    await filed(house)
    jo, helen = house.world.person("jo"), house.world.person("helen")
    await helen.presses("We spoke")
    await helen.submits({"Who spoke": "Helen Castle and Jo Marsh", "What was agreed": "No visit."})
    await house.quiet()
    await jo.presses("Put it right")
    await jo.submits({"What was agreed": "A visit on Friday."})
    await house.quiet()
    await helen.expects("As recorded by Jo Marsh")
    assert helen.sees("A visit on Friday.")


async def test_a_reply_is_shared_only_on_the_press_after_a_preview(house: House) -> None:
    """Typing shares nothing; the preview names readers and says that it can't be taken back."""
    reference = await filed(house)
    jo, helen, priya = (house.world.person(name) for name in ("jo", "helen", "priya"))
    await writes(house, priya, reference, "We weighed them again this morning.")
    assert not helen.sees("We weighed them again")
    await priya.presses("Share with both sides…")
    await priya.expects("It can't be taken back")
    assert priya.sees("Helen Castle")
    assert not helen.sees("We weighed them again")
    await priya.presses("Share it now")
    await house.quiet()
    for reader in (helen, jo):
        await reader.expects("We weighed them again this morning.")


async def test_a_reply_kept_in_our_thread_stays_on_our_side(house: House) -> None:
    """The other side never sees it, not even on the timeline."""
    reference = await filed(house)
    jo, helen, priya = (house.world.person(name) for name in ("jo", "helen", "priya"))
    await writes(house, priya, reference, "Between us: ring me first.")
    await priya.presses("Keep in our thread")
    await house.quiet()
    await jo.expects("Between us: ring me first.")
    await helen.presses("Timeline")
    await house.quiet()
    assert not helen.sees("Between us")
