"""What an audit can find."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, get_args

Kind = Literal[
    "without_clock", "clock_lost", "clock_moved", "overdue", "quarantined", "stuck", "chain", "no_history",
    "no_case", "unreadable", "projection", "card_behind", "card_ahead", "card_late", "card_orphan",
]  # fmt: skip
"""`content/flows/audit.yaml` says what each means, and what to do."""
KINDS: tuple[Kind, ...] = get_args(Kind)
LATENESS: frozenset[Kind] = frozenset(("overdue", "stuck", "card_late"))
"""What is mended by nothing but a service that runs."""

OVERDUE = timedelta(minutes=1)
"""So long after it ran out a clock has fired."""
STUCK = timedelta(minutes=2)
"""So long after it could go out a message has arrived."""
STALE = timedelta(minutes=10)
"""So long after its case moved on a card has followed."""


@dataclass(frozen=True, slots=True)
class Finding:
    """`subject` tells it from others of its kind: a case's reference, a stream, a row's number. `case` is the
    reference of the case that it is about, empty where it is about none; `detail` says more, in names of the
    program only: nothing that a person wrote. `since`: when it was to have happened, for what is late."""

    kind: Kind
    subject: str
    case: str = ""
    detail: str = ""
    since: str = ""

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.subject}"
