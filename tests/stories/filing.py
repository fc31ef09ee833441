"""How a case comes to be, for the stories that begin after it."""

from collections.abc import Mapping

from playground.house import House
from playground.people import Given
from playground.story import ABOUT, SPOKEN


async def filed(
    house: House,
    confirmed: str = "Your own card with everything on it",
    about: Mapping[str, Given] = ABOUT,
) -> str:
    """Jo files against social care, told so in these words; all messages have arrived. The reference."""
    jo = house.world.person("jo")
    await jo.says("raise")
    await jo.presses("No, go on")
    await jo.submits(SPOKEN)
    await jo.submits(about)
    await jo.submits({})
    await house.quiet()
    return reference_in((await jo.expects(confirmed)).words)


def reference_in(words: str) -> str:
    return next(word for word in words.split() if word.startswith("BR-"))
