"""Help: what can be typed, and how Braver works."""

from functools import cache

from bot.chat.card import Card, Fact, Facts, button
from bot.chat.router import Answered, Flow
from bot.chat.turn import Turn
from bot.desk import Desk
from bot.guidance.words import Words
from flows.entries import OpenHelp, OpenHome, OpenUrgent
from flows.showing import public

flow = Flow[Desk]("help")
words = Words("help")


@flow.command("help", "?", "what can you do", summary=words("summary"), exact=True, shows=True)
async def asked(turn: Turn, desk: Desk) -> Answered:
    return public(turn, _card(desk))


@flow.on(OpenHelp, shows=True)
async def pressed(turn: Turn, desk: Desk, action: OpenHelp) -> Answered:
    return public(turn, _card(desk))


def _card(desk: Desk) -> Card:
    return _help(desk.house.commands)


@cache
def _help(summaries: tuple[tuple[str, str], ...]) -> Card:
    commands = Facts(tuple(Fact(word, summary) for word, summary in summaries))
    return Card(
        words("title"),
        (words.text("body"), commands, words.text("channel"), words.text("privacy")),
        (
            button(words("button.home"), OpenHome()),
            button(words("button.urgent"), OpenUrgent(), "danger"),
        ),
    )
