"""What becomes of a case when a message arrives, or can't."""

from datetime import datetime

from bot.escalation import commands as c
from bot.escalation import events as e
from bot.escalation.case import Case
from bot.escalation.decide.rules import Events, Standing


def delivered(case: Case, command: c.Delivered, now: datetime) -> Events:
    fresh = case.open and command.stage == case.stage_number and command.person not in case.told
    return (e.Told(at=now, person=command.person),) if fresh else ()


def undeliverable(case: Case, command: c.Undeliverable, standing: Standing, now: datetime) -> Events:
    """Whoever has the stage and can't be reached is covered by somebody else; of those messaged with them,
    it is only known that they were not."""
    failed = e.NotReached(at=now, person=command.person, reason=command.reason)
    side = case.party_side(command.person)
    if not case.open or side is None or command.stage != case.stage_number:
        return (failed,)
    if case.now_with.of(side).person != command.person:
        return (failed,)
    cover = standing.cover(case, side, command.person)
    if cover.person == command.person:
        return (failed,)
    return failed, e.HandedOver(at=now, side=side, to=cover, reason=command.reason)
