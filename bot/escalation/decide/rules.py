"""What all commands share: refusals, who stands where, and the checks of who may do what, when."""

from typing import Protocol

from bot.escalation import events as e
from bot.escalation.case import Case
from bot.escalation.clocks import agreed
from bot.escalation.policy import Role, Side

Events = tuple[e.Event, ...]


class Refusal(Exception):
    """The command has no effect. `why` is a key of the words in `content/flows/refusals.yaml`; `case` is
    the id of the case, set by the desk."""

    case: str = ""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class NotTheirs(Refusal):
    """This person may not do this on this case."""


class Stale(Refusal):
    """The stage or the step is over. `since` is the kind of the event that ended it."""

    def __init__(self, since: str) -> None:
        super().__init__("stale")
        self.since = since


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


def answered(case: Case, stage: int, round_number: int) -> None:
    at_stage(case, stage)
    if round_number != case.round:
        raise Stale(e.AnswerNotAccepted.kind)
    if case.proposal is None and not agreed(case):
        raise Refusal("no_answer_yet")


def messaged_side(case: Case, person: str) -> Side:
    """The side for which the person was messaged at this stage."""
    side = case.party_side(person)
    if side is None:
        raise NotTheirs("not_messaged")
    return side


def side_of(case: Case, person: str) -> Side:
    side = case.side_of(person)
    assert side is not None, "who only reads a case does nothing on it"
    return side


def only_raiser(case: Case, person: str) -> None:
    if not case.speaks_as_raiser(person):
        raise NotTheirs("raiser_only")


def allowed(case: Case, person: str, roles: tuple[Role, ...], why: str) -> None:
    """Refuse with `why` unless the person has one of these parts, as the policy says."""
    if not case.may(person, roles):
        raise NotTheirs(why)
