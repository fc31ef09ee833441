"""What the cards share that tell somebody of an event: title, safety, the way to the case, who acted."""

from typing import TypeVar

from bot.chat.card import Button, Card, Element, button
from bot.desk import CaseView, answer_due, events
from flows.case_card import finished
from flows.case_moves import raiser_safety
from flows.case_state import words
from flows.correcting import corrections
from flows.entries import OpenCase

E = TypeVar("E", bound=events.Event)


def told(view: CaseView, key: str, body: tuple[Element, ...], *buttons: Button, **values: object) -> Card:
    """A notice: its words, what it adds, the buttons of its step, and the way to the whole case."""
    title = words(key, reference=view.case.reference, **values)
    safety = raiser_safety(view) if view.case.speaks_as_raiser(view.reader) else ()
    open_case = button(words("label.open"), OpenCase(case=view.case.id))
    return finished(view, title, (*body, *_put_right(view)), (*buttons, *safety, open_case))


def _put_right(view: CaseView) -> tuple[Element, ...]:
    """What was corrected of the entry that the card tells of."""
    place = next((at for at, past in enumerate(view.history, 1) if past is view.event), 0)
    return corrections(view, place) if view.reader else ()


def actor(view: CaseView, person: str = "") -> dict[str, str]:
    """Name, role and agency of who acted, for the words."""
    someone = view.person(person or view.event.by)
    return {"name": someone.name, "role": someone.role, "agency": someone.agency_name}


def answer_by(view: CaseView) -> str:
    """When the other side's answer is due, in words."""
    at = answer_due(view.case)
    return view.when(at) if at else words("main.no_deadline")


def receiver_name(view: CaseView) -> str:
    return view.person(view.case.now_with.receiving.person).name


def raiser_name(view: CaseView) -> str:
    return view.person(view.case.raiser).name


def manager_name(view: CaseView) -> str:
    return view.person(view.case.now_with.raising.person).name


def expect(view: CaseView, kind: type[E]) -> E:
    assert isinstance(view.event, kind), f"a card of kind {view.kind} tells of another event"
    return view.event
