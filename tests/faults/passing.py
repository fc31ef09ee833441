"""Minutes that pass until nothing is under way any more."""

from datetime import timedelta

from playground.house import House
from tests.faults.elapsing import elapse

MINUTE = timedelta(minutes=1)


async def all_has_gone_out(house: House) -> None:
    """Minutes pass until no message is under way any more."""
    for _ in range(10):
        await house.quiet()
        async with house.service.database.reading() as work:
            if not await work.under_way():
                return
        await elapse(house.service.database, MINUTE)
    raise AssertionError("messages are still under way")
