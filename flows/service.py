"""Cards about the service itself: alarms for the coordinator, and why a message comes again."""

from collections.abc import Sequence
from dataclasses import replace

from bot.chat.card import Card, Text
from bot.chat.text import quote
from bot.guidance.words import Words

words = Words("service")


def alarm(what: str, detail: str, told_as: str = "", whose: str = "") -> Card:
    """`what` is a name of `bot.engine.alarms` or the kind of a finding, `detail` in words without anything of
    a case's content. `told_as`: "still" where the coordinator was told before, "instead" for whoever is told
    as the coordinator can't be, and does not hear `whose` matter it is: a name, or an address."""
    if not detail and told_as != "instead" and f"link.{what}" in words:
        detail = words(f"link.{what}", name=whose)
    title = words(f"title.{told_as or 'new'}", what=words(f"what.{what}"))
    body = [words.text("body", detail=detail)] if detail else []
    if f"do.{what}" in words:
        body.append(words.text(f"do.{what}"))
    note = "instead" if told_as == "instead" else "own"
    return Card(title, tuple(body), footnote=words.blocks(f"note.{note}"))


def failed() -> Card:
    """To the person whose act a mistake of ours stopped."""
    return Card(words("failed.title"), (words.text("failed.body"),))


def sent_before(texts: Sequence[str]) -> Card:
    """To whoever sent a form again with other words than those that were saved; `texts` are the new ones."""
    given_back = tuple(Text(quote(text)) for text in texts if text.strip())
    return Card(words("sent_before.title"), (words.text("sent_before.body"), *given_back))


def too_many(seconds: int, texts: Sequence[str]) -> Card:
    """To whoever did more in a minute than may be; `texts` were typed, and are given back."""
    given_back = tuple(Text(quote(text)) for text in texts if text.strip())
    said = words.text("too_many.words" if given_back else "too_many.body", seconds=seconds)
    return Card(words("too_many.title"), (said, *given_back, words.text("too_many.danger")))


def marked(card: Card, mark: str) -> Card:
    """The card, saying why it comes: "again" (the first may have arrived), "instead" of a lost
    one, or "late" (the first did not arrive)."""
    return replace(card, footnote=words.blocks(f"mark.{mark}") + card.footnote)
