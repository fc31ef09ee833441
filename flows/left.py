"""What stands in a chat for somebody who is not on the case any more: that, and nothing of the case."""

from bot.chat.card import Card
from bot.guidance.words import Words

words = Words("left")


def left(reference: str, why: str) -> Card:
    """`why` is that of the event, empty where it is not known; `reference` is empty where even that is not
    for whoever reads the chat now."""
    title = words("title", reference=reference) if reference else words("title_nothing")
    body = [words.text(f"why.{why}")] if why else []
    body.append(words.text("nothing" if why != "account" else "nothing_account"))
    return Card(title, tuple(body))
