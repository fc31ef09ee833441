"""What all commands share: who stands where, and whether a card was still that of this stage and round.

Who may do what stands in `seeing.py`.
"""

from typing import Protocol

from bot.escalation import events as e
from bot.escalation.case import Case
from bot.escalation.policy import Side
from bot.escalation.refusal import NotTheirs, Refusal, Stale

__all__ = [
    "Events", "NotTheirs", "Refusal", "Stale", "Standing", "at_stage", "messaged_side", "same_round",
    "side_of",
]  # fmt: skip

Events = tuple[e.Event, ...]


class Standing(Protocol):
    """Who stands where, as the directory says now."""

    def parties(self, case: Case, stage: int, not_these: frozenset[str]) -> e.Parties:
        """Who is messaged at this stage. Never nobody: where nobody holds a post, somebody stands in."""

    def cover(self, case: Case, side: Side, absent: str) -> e.Party:
        """Who gets a side's message of the present stage when `absent` can't be reached."""

    def relief(self, case: Case, side: Side, absent: str) -> e.Party:
        """Who has a side's part of the present stage for somebody who is away; themselves where nobody
        does."""

    def colleague(self, case: Case, side: Side, person: str) -> e.Party | None:
        """`person` as a party of this side, where they belong to its agency."""

    def holder(self, case: Case, post: str, side: Side | None) -> str:
        """Who holds a post, or covers it, and is not involved; empty for nobody. A post without an agency is
        one of this side's."""

    def known(self, person: str) -> bool:
        """Whether the person can be invited: somebody of the directory, or of the training group."""

    def lead(self, agency: str) -> str:
        """The safeguarding lead of an agency; empty where it has none."""

    def coordinator(self) -> str:
        """The safety net, who is never shown what a case is about; empty for a training group."""


def at_stage(case: Case, stage: int | None) -> None:
    if stage is not None and stage != case.stage_number:
        raise Stale(e.StageEntered.kind)


def same_round(case: Case, round_number: int | None) -> None:
    if round_number is not None and round_number != case.round:
        raise Stale(e.AnswerNotAccepted.kind)


def side_of(case: Case, person: str) -> Side:
    """The side of somebody who does something on the case; who only reads it does not."""
    side = case.side_of(person)
    assert side is not None, "seeing.py lets nobody through who stands on neither side"
    return side


def messaged_side(case: Case, person: str) -> Side:
    """The side for which the person was messaged at this stage."""
    side = case.party_side(person)
    assert side is not None, "seeing.py lets nobody through who was not messaged"
    return side
