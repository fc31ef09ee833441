"""What becomes of a case when a message arrives, or can't."""

from datetime import datetime

from bot.escalation import commands as c
from bot.escalation import events as e
from bot.escalation.case import Case
from bot.escalation.decide.rules import Events, Standing
from bot.escalation.policy import Side


def delivered(case: Case, command: c.Delivered, now: datetime) -> Events:
    """Told once by each way."""
    known = command.person in case.told and case.last_way.get(command.person, "") in ("", command.way)
    if not case.open or command.stage != case.stage_number or known:
        return ()
    return (e.Told(at=now, person=command.person, way=command.way, failed=command.failed),)


def next_way(case: Case, key: str, side: Side, now: datetime) -> Events:
    """Nobody of a side has acknowledged in good time: everybody who was messaged for it is tried by their
    next way too. Whoever only finds the right person has nothing to acknowledge."""
    people = tuple(party.person for party in case.now_with.all_of(side) if not party.stands_in)
    return (e.TriedNextWay(at=now, clock=key, side=side, people=people),)


def no_next_way(case: Case, command: c.NoNextWay, now: datetime) -> Events:
    """Only noted: they were told by another way before, and nobody covers for that."""
    if not case.open or command.stage != case.stage_number:
        return ()
    return (e.WayFailed(at=now, person=command.person, failed=command.failed),)


def undeliverable(case: Case, command: c.Undeliverable, standing: Standing, now: datetime) -> Events:
    """Whoever has the stage and can't be reached is covered by somebody else; of those messaged with them,
    it is only known that they were not."""
    failed = e.NotReached(at=now, person=command.person, reason=command.reason, failed=command.failed)
    side = case.party_side(command.person)
    if not case.open or side is None or command.stage != case.stage_number:
        return (failed,)
    if case.now_with.of(side).person != command.person:
        return (failed,)
    cover = standing.cover(case, side, command.person)
    if cover.person == command.person:
        return (failed,)
    return failed, e.HandedOver(at=now, side=side, to=cover, reason=command.reason)
