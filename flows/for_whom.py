"""For whom somebody acts who is not the one first meant: whoever covers for somebody who is not on duty, and
the colleague who answers for the raiser."""

from collections.abc import Iterator

from bot.chat.card import Element
from bot.desk import CaseView, Side, events
from bot.guidance.words import Words

words = Words("for_whom")
Party = events.Party
SIDES: tuple[Side, ...] = ("receiving", "raising")

_RAISERS_OWN = (
    events.AnswerNotAccepted, events.Closed, events.ClosureProposed, events.Withdrawn,
)  # fmt: skip
"""What only the raiser does, or who answers for them: whatever other part that colleague has."""


def named(view: CaseView, party: Party) -> str:
    """Who has a side's part, and for whom: "Leo Ashby, for Helen Castle". Whoever only finds the right person
    has it for nobody."""
    return paired(view, party.person, "" if party.stands_in else party.covers)


def paired(view: CaseView, person: str, whose: str) -> str:
    name = view.person(person).name
    return words("named", name=name, whose=view.person(whose).name) if whose else name


def on_top(view: CaseView) -> tuple[Element, ...]:
    """At the top of every card of whoever reads it for somebody else."""
    case = view.case
    if not view.reader or not case.open:
        return ()
    sides = (case.now_with.all_of("receiving"), case.now_with.all_of("raising"))
    mine = next((party for side in sides for party in side if party.person == view.reader), None)
    if mine is not None and mine.covers and not mine.stands_in:
        return (words.text("covering", whose=view.person(mine.covers).name),)
    if case.answers_for == view.reader:
        return (words.text("answering", whose=view.person(case.raiser).name),)
    return ()


def covered_by(event: events.Event) -> tuple[str, ...]:
    """For whom somebody has a part from this event on."""
    match event:
        case events.StageEntered():
            parties = (*event.parties.all_of("receiving"), *event.parties.all_of("raising"))
            return tuple(party.covers for party in parties if party.covers)
        case events.HandedOver():
            return (event.to.covers,) if event.to.covers else ()
        case _:
            return ()


def histories(view: CaseView) -> Iterator[tuple[events.Event, str]]:
    """Each event with the id of the person for whom its actor did it; empty where it was for nobody else."""
    covers: dict[str, str] = {}
    held: dict[str, str] = {}
    answers = ""
    for event in view.history:
        theirs = event.by == answers and (_is_colleague(view, answers) or isinstance(event, _RAISERS_OWN))
        yield event, view.case.raiser if event.by and theirs else covers.get(event.by, "")
        match event:
            case events.StageEntered():
                parties = (*event.parties.all_of("receiving"), *event.parties.all_of("raising"))
                covers = {party.person: party.covers for party in parties}
                held = {side: event.parties.of(side).person for side in SIDES}
            case events.HandedOver():
                covers.pop(held.get(event.side, ""), None)
                covers[event.to.person], held[event.side] = event.to.covers, event.to.person
            case events.AnswersFor():
                answers = event.person
            case _:
                pass


def _is_colleague(view: CaseView, person: str) -> bool:
    """Whether to answer for the raiser is, or was until they left, this person's only part."""
    member = view.case.members.get(person)
    return bool(person) and (member is None or member.role == "raiser_cover")
