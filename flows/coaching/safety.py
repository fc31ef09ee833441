"""What stands on every card of the coach: child at risk now, raise now, and somebody to talk to."""

from bot.chat.card import Button, Element, Link, button
from bot.chat.turn import Person, Turn
from bot.desk import Desk
from bot.guidance.words import Words
from flows.entries import OpenHome, OpenUrgent, StartRaising
from flows.showing import dialled

words = Words("coaching")


def someone(desk: Desk, person: Person | None) -> tuple[Element, ...]:
    """Somebody by name whom this person can ring: their safeguarding lead, or the coordinator."""
    to_ring = desk.someone_to_ring(person)
    if to_ring is None:
        return ()
    if not to_ring.phone:
        return (words.text("someone_no_phone", name=to_ring.name, role=to_ring.role),)
    said = words("someone", name=to_ring.name, role=to_ring.role, phone=to_ring.phone)
    return (Link(said, dialled(to_ring.phone)),)


def safety(*, raising: bool = True) -> tuple[Button, ...]:
    """The two ways out of any coaching; without `raising` where a button of the card raises it already."""
    urgent = button(words("button.urgent"), OpenUrgent(), "danger")
    return (urgent, button(words("button.raise"), StartRaising())) if raising else (urgent,)


async def may_ask(turn: Turn, desk: Desk) -> bool:
    """Whether typed answers can be waited for here: in a private chat, outside a case's thread. Elsewhere
    others would read them, or they would be meant for the case."""
    return turn.place.kind == "personal" and await desk.case_here(turn) is None


def home() -> Button:
    return button(words("button.home"), OpenHome())
