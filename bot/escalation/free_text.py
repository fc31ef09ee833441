"""Which words of an event somebody wrote, in whatever words they chose."""

from collections.abc import Iterator

from bot.escalation.events import CaseRaised, Event, StageEntered

WRITTEN = frozenset({"text", "reason", "note", "agreed", "minutes"})
"""Fields of events that hold what a person wrote."""
STAFF = frozenset({"who", "owner"})
"""Fields in which professionals are named: whoever spoke, or will do something."""
NOT_GUARDED = frozenset({"where"})
"""Written as well; but the address of a meeting is meant to stand there."""


def written(event: Event) -> Iterator[tuple[str, str]]:
    """Field and words of what was written by hand, empty ones left out. A reason that the service gives
    for a delivery is none."""
    if event.kind == "not_reached":
        return
    if isinstance(event, CaseRaised):
        concern, spoken = event.concern, event.concern.spoken
        yield from (("text", said) for said in (concern.decision, concern.risk, concern.request) if said)
        yield from (("text", said) for said in (concern.child_reference, spoken.when, spoken.result) if said)
        if spoken.who:
            yield "who", spoken.who
    if isinstance(event, StageEntered):
        yield from (("text", answer.text) for answer in event.form if answer.text)
    for field in sorted(WRITTEN | STAFF):
        said = getattr(event, field, "")
        if isinstance(said, str) and said:
            yield field, said
