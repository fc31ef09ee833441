"""Somebody by name whom one can ring, as they stand on the cards of the coach and of whoever raises."""

from bot.chat.card import Element, Link
from bot.chat.turn import Person
from bot.guidance.words import Words
from flows.showing import dialled

words = Words("someone")


def somebody(person: Person | None) -> tuple[Element, ...]:
    """This person, as a number that a phone can ring at a touch; nothing where there is nobody."""
    if person is None:
        return ()
    if not person.phone:
        return (words.text("no_phone", name=person.name, role=person.role),)
    said = words("ring", name=person.name, role=person.role, phone=person.phone)
    return (Link(said, dialled(person.phone)),)
