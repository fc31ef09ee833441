"""A glossary: what the short words of safeguarding mean."""

from typing import ClassVar

from bot.chat.action import Action
from bot.chat.card import Card, button
from bot.chat.form import ChoiceField, Option, form
from bot.chat.router import Answered, Flow, argument
from bot.chat.turn import Ask, Done, Pressed, Turn
from bot.desk import Desk
from bot.guidance.words import Words
from flows.checking import invalid, submitted, text
from flows.showing import public

flow, words = Flow[Desk]("glossary"), Words("glossary")
TERMS = {key.removeprefix("term."): key for key in sorted(words.keys()) if key.startswith("term.")}


class LookUp(Action):
    name: ClassVar[str] = "glossary.look_up"


@flow.command("glossary", summary=words("summary"))
async def typed(turn: Turn, desk: Desk) -> Answered:
    return public(turn, _card(argument(turn, "glossary")))


@flow.on(LookUp)
async def chosen(turn: Turn, desk: Desk, action: LookUp) -> Answered:
    field = ChoiceField("term", words("which"), tuple(Option(term, term.upper()) for term in TERMS))
    shown = form(words("title"), (field,), LookUp(), words("show"))
    if isinstance(turn.act, Pressed):
        return Ask(shown)
    return invalid(shown, submitted(turn), desk) or Done(_card(text(submitted(turn), "term")))


def _card(term: str) -> Card:
    meaning = words.text(TERMS.get(term.lower(), "intro"))
    return Card(words("title"), (meaning,), (button(words("look_up"), LookUp(), opens_form=True),))
