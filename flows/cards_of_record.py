"""The cards that tell of what was done to the record of a case, and not to the case."""

from collections.abc import Callable

from bot.chat.card import Card, Element, Text
from bot.chat.text import quote
from bot.desk import CaseView, events
from flows.case_state import words
from flows.correcting import first_words
from flows.told import actor, expect, told


def _corrected(view: CaseView) -> Card:
    event = expect(view, events.Corrected)
    first = view.history[event.of - 1]
    name, said = actor(view)["name"], first_words(first)
    body: list[Element] = [
        words.text("corrected.body", name=name, at=view.when(first.at)),
        Text(quote(event.text)),
    ]
    if said:
        body.append(Text(words.blocks("corrected.first") + quote(said)))
    return told(view, "corrected.title", tuple(body), name=name)


DRAW: dict[str, Callable[[CaseView], Card]] = {"corrected": _corrected}
