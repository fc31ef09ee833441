"""The last look at what is written, before an event of a case is stored.

The forms have stopped and offered before; what comes as far as this is either clean, or was kept by whoever
wrote it where the policy allows that. Then the case says so. Anything else has no effect.
"""

from collections.abc import Iterable
from datetime import datetime

from bot.escalation import events as e
from bot.escalation.decide import Refusal
from bot.escalation.free_text import STAFF, written
from bot.escalation.policy import Policy
from bot.guidance.identifiers import GRAVITY, Known, find

GUESS = "likely_name"
"""The one kind that is a guess: never refused here, since the directory may have changed meanwhile."""


def guarded(events: Iterable[e.Event], known: Known, policy: Policy, now: datetime) -> tuple[e.Event, ...]:
    """These events; after each in which somebody kept what looks as if it said who is meant, the one that
    says so (a case's first events stay together). Raises Refusal for a kind that the policy lets nobody
    keep."""
    found: list[e.Event] = []
    later: list[e.Event] = []
    for event in events:
        found.append(event)
        kinds = _kinds(event, known) if event.by else frozenset()
        if kinds - {GUESS, *policy.least_data.overrule}:
            raise Refusal("identifying")
        if kinds:
            listed = tuple(kind for kind in GRAVITY if kind in kinds)
            told = e.IdentifiersKept(at=now, by=event.by, kinds=listed)
            (later if isinstance(event, e.CaseRaised) else found).append(told)
    return (*found, *later)


def _kinds(event: e.Event, known: Known) -> frozenset[str]:
    return frozenset(
        one.kind
        for field, said in written(event)
        for one in find(said, known)
        if field not in STAFF or one.kind != GUESS
    )
