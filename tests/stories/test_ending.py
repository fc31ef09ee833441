"""Who must agree how it ends, opening again, and what is asked afterwards, in every pairing of platforms."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from playground.house import House
from tests.stories.filing import filed
from tests.stories.people import Pairing
from tests.stories.policies import house_by

BOTH: dict[str, Any] = {"agree": ["raiser", "receiving_manager"]}
REOPEN: dict[str, Any] = {"reopen": {"by": ["raiser"], "within": "10 working days"}}
CHECKS: list[dict[str, Any]] = [
    {"id": "actions", "question": "Has what was agreed been done?", "ask": "raiser",
     "after": "2 working days", "tell": ["receiving_manager", "raising_manager"]},
]  # fmt: skip


async def accepted(house: House) -> str:
    """Helen has answered, and Jo has said that this settles it. The reference."""
    reference = await filed(house)
    helen = house.world.person("helen")
    await helen.presses("Answer")
    await helen.submits({"Your answer": "We visit with you on Friday."})
    await house.quiet()
    await settles(house)
    return reference


async def settles(house: House) -> None:
    jo = house.world.person("jo")
    await jo.presses("This settles it")
    await jo.submits({"Outcome": "We agreed a plan", "What changes for the child": "Joint visit."})
    await house.quiet()


async def test_closing_waits_for_the_other_side_where_the_policy_says_so(
    tmp_path: Path, pairing: Pairing
) -> None:
    """The raiser is told that it waits and for whom; the other side's yes closes it."""
    async with house_by(tmp_path, pairing, closing=BOTH) as house:
        reference = await accepted(house)
        jo, helen, priya = (house.world.person(name) for name in ("jo", "helen", "priya"))
        await jo.expects(f"{reference} waits for agreement")
        assert not jo.sees(f"{reference} is closed")
        await helen.expects("Joint visit.")
        await helen.presses("I agree to this")
        await helen.expects(f"{reference} is closed now")
        await house.quiet()
        for reader in (jo, priya):
            await reader.expects(f"{reference} is closed")


async def test_who_does_not_agree_says_why_and_the_case_is_back_with_the_raiser(
    tmp_path: Path, pairing: Pairing
) -> None:
    """It stays open; the raiser reads the reason and chooses again, and then it is agreed."""
    async with house_by(tmp_path, pairing, closing=BOTH) as house:
        reference = await accepted(house)
        jo, helen = house.world.person("jo"), house.world.person("helen")
        await helen.presses("I do not agree")
        await helen.expects("The case stays open")
        await helen.submits({"Why you do not agree": "The visit is on Monday, not on Friday."})
        await house.quiet()
        await jo.expects(f"Helen Castle does not agree how it ends · {reference}")
        await jo.expects("The visit is on Monday, not on Friday.")
        await settles(house)
        await helen.presses("I agree to this")
        await house.quiet()
        await jo.expects(f"{reference} is closed")


async def test_a_closed_case_is_opened_again_within_its_time(tmp_path: Path, pairing: Pairing) -> None:
    """The form says where it goes on and who is told; both sides read why, with new deadlines."""
    async with house_by(tmp_path, pairing, moves=REOPEN) as house:
        reference = await accepted(house)
        jo, helen, priya = (house.world.person(name) for name in ("jo", "helen", "priya"))
        await house.wind_by(timedelta(days=2))
        await jo.presses("Open it again")
        await jo.expects("goes on at Stage 1, Line managers")
        assert jo.sees("Helen Castle, Team manager")
        await jo.submits({"Why": "Nobody came on Friday."})
        await jo.expects("It is with Helen Castle")
        await house.quiet()
        for reader in (helen, priya):
            await reader.expects(f"{reference} is open again")
            await reader.expects("Nobody came on Friday.")
        await helen.presses("Answer")
        await helen.submits({"Your answer": "We come today."})
        await house.quiet()
        await jo.expects("We come today.")


async def test_after_its_time_a_case_is_not_opened_again(tmp_path: Path, pairing: Pairing) -> None:
    """The button goes with the time; a form that was open all along is refused with its words."""
    async with house_by(tmp_path, pairing, moves=REOPEN) as house:
        await accepted(house)
        jo, helen = house.world.person("jo"), house.world.person("helen")
        await jo.presses("Open it again")
        await house.wind_by(timedelta(days=21))
        await jo.submits({"Why": "Nobody came on Friday."})
        await jo.expects("has passed")
        await jo.expects("Nobody came on Friday.")
        await house.quiet()
        assert not helen.sees("is open again")


async def test_what_was_agreed_is_asked_for_after_closing_and_a_no_is_told(
    tmp_path: Path, pairing: Pairing
) -> None:
    """Nothing is asked before its time; of a no both managers hear, and the raiser may open it again."""
    async with house_by(tmp_path, pairing, moves=REOPEN, after_closing=CHECKS) as house:
        reference = await accepted(house)
        jo, helen, priya = (house.world.person(name) for name in ("jo", "helen", "priya"))
        assert "Answer the question" not in jo.buttons()
        await house.to_next_deadline()
        await jo.expects(f"A question after closing · {reference}")
        await jo.presses("Answer the question")
        await jo.submits({
            "Has what was agreed been done?": False,
            "What has been done, or what is missing": "Nobody came on Friday.",
        })  # fmt: skip
        card = await jo.expects("Being told that it is not done: Helen Castle, Priya Okafor")
        await house.quiet()
        for reader in (helen, priya):
            await reader.expects("Nobody came on Friday.")
        await jo.presses("Open it again", on=card)
        await jo.submits({"Why": "What was agreed has not been done."})
        await house.quiet()
        await helen.expects(f"{reference} is open again")


async def test_a_yes_after_closing_is_kept_and_nobody_is_asked_again(
    tmp_path: Path, pairing: Pairing
) -> None:
    """The question is over with its answer, whoever presses once more."""
    async with house_by(tmp_path, pairing, after_closing=CHECKS) as house:
        await accepted(house)
        jo, helen = house.world.person("jo"), house.world.person("helen")
        await house.to_next_deadline()
        await jo.presses("Answer the question")
        await jo.submits({
            "Has what was agreed been done?": True, "What has been done, or what is missing": "They came.",
        })  # fmt: skip
        await jo.expects("Thank you for looking")
        await house.quiet()
        assert await house.next_deadline() is None
        assert "Answer the question" not in jo.buttons()
        assert not helen.sees("They came.")
