"""A pause, in every pairing of platforms."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.stories.filing import filed
from tests.stories.people import Pairing
from tests.stories.policies import house_by

MOVES: dict[str, Any] = {"pause": {"by": ["raiser", "receiving_manager"], "at_most": "2 working days"}}


async def test_a_pause_stops_the_clocks_and_they_go_on_with_what_was_left(
    tmp_path: Path, pairing: Pairing
) -> None:
    """Nothing runs out meanwhile; both sides are told, and told again when it ends by itself."""
    async with house_by(tmp_path, pairing, moves=MOVES) as house:
        reference = await filed(house)
        jo, helen, priya, tom = (house.world.person(name) for name in ("jo", "helen", "priya", "tom"))
        until = (await house.now() + timedelta(hours=5)).replace(tzinfo=None, second=0, microsecond=0)
        await helen.presses("Pause")
        await helen.expects("The longest pause that this ladder allows is 2 working days")
        await helen.submits({"Pause until": until, "Why": "The paediatrician sees the child at two."})
        await helen.expects(f"{reference} is paused")
        await house.quiet()
        for reader in (jo, priya):
            await reader.expects("The paediatrician sees the child at two.")
        await house.wind_by(timedelta(hours=4))
        assert not tom.sees(reference)
        await house.wind_by(timedelta(hours=1))
        await jo.expects(f"The pause is over · {reference}")
        assert helen.sees("Acknowledge")


async def test_a_pause_is_as_long_as_the_policy_allows_and_can_be_ended(
    tmp_path: Path, pairing: Pairing
) -> None:
    """A later time is given back with its limit; whoever may pause ends it with a press."""
    async with house_by(tmp_path, pairing, moves=MOVES) as house:
        reference = await filed(house)
        jo, helen = house.world.person("jo"), house.world.person("helen")
        late = (await house.now() + timedelta(days=14)).replace(tzinfo=None, second=0, microsecond=0)
        await jo.presses("Pause")
        await jo.submits({"Pause until": late, "Why": "Helen is ill."})
        await jo.expects("Please give an earlier time.")
        await jo.submits({"Pause until": late - timedelta(days=13)})
        await house.quiet()
        await helen.expects("Jo Marsh has paused it")
        await jo.presses("End the pause")
        await jo.expects(f"The pause of {reference} is over")
        await house.quiet()
        await helen.expects(f"The pause is over · {reference}")


async def test_a_change_of_risk_ends_the_pause_at_once(tmp_path: Path, pairing: Pairing) -> None:
    """What has changed for the child is never held up: the deadlines run again."""
    async with house_by(tmp_path, pairing, moves=MOVES) as house:
        reference = await filed(house)
        jo, helen, tom = (house.world.person(name) for name in ("jo", "helen", "tom"))
        await helen.presses("Pause")
        await helen.submits({"Why": "The paediatrician sees the child tomorrow."})
        await house.quiet()
        await jo.presses("The risk has changed")
        await jo.submits({"What has changed": "The fridge was empty again today."})
        await house.quiet()
        await helen.expects(f"The pause is over · {reference}")
        await helen.expects("The fridge was empty again today.")
        while not tom.sees(reference):
            await house.to_next_deadline()
