"""Cards about the service itself: alarms for the coordinator, and why a message comes again."""

from dataclasses import replace

from bot.chat.card import Card
from bot.guidance.words import Words

words = Words("service")


def alarm(what: str, detail: str) -> Card:
    """`what` is a name of `bot.engine.alarms`, `detail` in words without anything of a case's content."""
    title = words("title", what=words(f"what.{what}"))
    return Card(title, (words.text("body", detail=detail),), footnote=words.blocks("note"))


def failed() -> Card:
    """To the person whose act a mistake of ours stopped."""
    return Card(words("failed.title"), (words.text("failed.body"),))


def marked(card: Card, mark: str) -> Card:
    """The card, saying why it comes: "again" (the first may have arrived), "instead" of a lost
    one, or "late" (the first did not arrive)."""
    return replace(card, footnote=words.blocks(f"mark.{mark}") + card.footnote)
