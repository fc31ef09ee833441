"""More time for an answer, as the policy limits it, in every pairing of platforms."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from playground.house import House
from tests.stories.filing import filed
from tests.stories.people import Pairing
from tests.stories.policies import house_by

MOVES: dict[str, Any] = {"extend": {"by": ["raising_manager"], "at_most": "1 working day", "times": 1}}


async def asks_for(house: House, hours: int) -> None:
    """Helen asks to answer so many hours from now."""
    helen = house.world.person("helen")
    until = (await house.now() + timedelta(hours=hours)).replace(tzinfo=None, second=0, microsecond=0)
    await helen.submits({"Answer by": until, "Why": "The file is in the archive."})


async def test_the_form_says_who_is_asked_and_how_much_is_allowed(tmp_path: Path, pairing: Pairing) -> None:
    """Only whom the policy names is asked; a time beyond the limit is given back with the limit."""
    async with house_by(tmp_path, pairing, moves=MOVES) as house:
        await filed(house)
        jo, helen, priya = (house.world.person(name) for name in ("jo", "helen", "priya"))
        await helen.presses("Ask for more time")
        await helen.expects("still protects the child: Priya Okafor.")
        assert helen.sees("The latest time that this ladder allows is")
        assert helen.sees("once more at this stage")
        await asks_for(house, 24 * 14)
        await helen.expects("Please give an earlier one.")
        await asks_for(house, 5)
        await helen.expects("Being asked now: Priya Okafor.")
        await house.quiet()
        assert not jo.sees("Helen Castle asks for more time")
        await priya.presses("Agree to the new time")
        await house.quiet()
        await helen.expects("Your answer is now due today, 15.00")


async def test_when_it_is_used_up_no_form_is_opened(tmp_path: Path, pairing: Pairing) -> None:
    """More time was given as often as the policy allows, and that is said before anything is written."""
    async with house_by(tmp_path, pairing, moves=MOVES) as house:
        await filed(house)
        helen, priya = house.world.person("helen"), house.world.person("priya")
        await helen.presses("Ask for more time")
        await asks_for(house, 5)
        await house.quiet()
        await priya.presses("Agree to the new time")
        await house.quiet()
        await helen.presses("Ask for more time")
        await helen.expects("that has been used up")
        assert helen.form() is None
