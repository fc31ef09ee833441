"""What stands on every card of the coach: child at risk now, raise now, and somebody to talk to."""

from bot.chat.card import Button, Card, Element, button
from bot.chat.text import Blocks
from bot.chat.turn import Person, Turn
from bot.desk import Desk
from bot.guidance.words import Words
from flows.entries import OpenHome, OpenUrgent, StartRaising
from flows.someone import somebody

words = Words("coaching")

PRIVATE = words.blocks("yours")
"""The footnote of what is one's own."""


def coached(
    desk: Desk, person: Person | None, title: str, body: tuple[Element, ...], *buttons: Button,
    footnote: Blocks = (), raising: bool = True,
) -> Card:  # fmt: skip
    """A card of the coach for this person; without `raising` where one of its buttons raises it already."""
    return Card(
        title, (*body, *someone(desk, person)), (*buttons, *safety(raising=raising), home()), footnote
    )


def someone(desk: Desk, person: Person | None) -> tuple[Element, ...]:
    """Whom this person can ring: their safeguarding lead, or the coordinator."""
    return somebody(desk.someone_to_ring(person))


def safety(*, raising: bool = True) -> tuple[Button, ...]:
    """The two ways out of any coaching."""
    urgent = button(words("button.urgent"), OpenUrgent(), "danger")
    return (urgent, button(words("button.raise"), StartRaising())) if raising else (urgent,)


def home() -> Button:
    return button(words("button.home"), OpenHome())


async def may_ask(turn: Turn, desk: Desk) -> bool:
    """Whether typed answers can be waited for here: in a private chat, outside a case's thread. Elsewhere
    others would read them, or they would be meant for the case."""
    return turn.place.kind == "personal" and await desk.case_here(turn) is None
