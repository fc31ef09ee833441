"""A ladder in words: what a clock measures, within how long, whose it is, and what follows if nobody acts.

The same words stand on the cards, in what `braver policy explain` prints and on the sheet for the wall.
"""

from functools import cache

from bot.escalation.policy import Clock
from bot.guidance.words import Words


@cache
def _words() -> Words:
    return Words("ladder")


def clock_label(clock: Clock) -> str:
    """What has to happen: the policy's own label, or the service's."""
    return clock.label or _words()(f"clock.{clock.name}.{clock.owner}")
