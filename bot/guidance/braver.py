"""The six letters of "Being professionally BRAVER"."""

from functools import cache

from bot.files import load
from bot.guidance.content import Piece, root


class Letter(Piece):
    """A letter. `word` and `text` are the partnership's; where they are lost, `missing` says so instead.

    `question` is put to the practitioner; `yes` and `not_yet` answer it.
    """

    id: str
    letter: str
    word: str
    text: str
    question: str
    yes: str
    not_yet: str
    missing: str = ""


class _File(Piece):
    source: str
    letters: tuple[Letter, ...]


@cache
def letters() -> tuple[Letter, ...]:
    """The letters in order. Raises BadFile."""
    return load(root() / "braver.yaml", _File).letters
