"""Cards about the service itself: alarms for the coordinator, and why a message comes again."""

from dataclasses import replace

from bot.chat.card import Card
from bot.guidance.words import Words

words = Words("service")


def alarm(what: str, detail: str, told_as: str = "") -> Card:
    """`what` is a name of `bot.engine.alarms` or the kind of a finding, `detail` in words without anything of
    a case's content. `told_as`: "still" where the coordinator was told before, "instead" for whoever is told
    as the coordinator can't be."""
    title = words(f"title.{told_as or 'new'}", what=words(f"what.{what}"))
    body = [words.text("body", detail=detail)] if detail else []
    if f"do.{what}" in words:
        body.append(words.text(f"do.{what}"))
    note = "instead" if told_as == "instead" else "own"
    return Card(title, tuple(body), footnote=words.blocks(f"note.{note}"))


def failed() -> Card:
    """To the person whose act a mistake of ours stopped."""
    return Card(words("failed.title"), (words.text("failed.body"),))


def marked(card: Card, mark: str) -> Card:
    """The card, saying why it comes: "again" (the first may have arrived), "instead" of a lost
    one, or "late" (the first did not arrive)."""
    return replace(card, footnote=words.blocks(f"mark.{mark}") + card.footnote)
