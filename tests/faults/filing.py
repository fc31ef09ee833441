"""Filing up to a certain point, so that it can go wrong right there."""

from collections.abc import Mapping

from playground.house import House
from playground.people import Given
from playground.story import ABOUT, SPOKEN
from playground.world import World
from tests.faults.looking import the_case


async def to_the_preview(world: World, about: Mapping[str, Given] = ABOUT) -> None:
    """Jo says everything; only the sending is left."""
    jo = world.person("jo")
    await jo.says("raise")
    await jo.presses("No, go on")
    await jo.submits(SPOKEN)
    await jo.submits(about)
    await jo.expects("Helen Castle")


async def answered(house: House) -> None:
    """Wait until everybody has their answer; what must arrive has not been sent yet."""
    await house.world.settled()
    for adapter in house.service.adapters:
        await adapter.settled()


async def filed_and_not_sent(house: House) -> str:
    """Jo has filed and has her answer; no message has gone out. The case's reference."""
    await to_the_preview(house.world)
    await house.world.person("jo").submits({})
    await answered(house)
    return (await the_case(house.service.database)).reference
