"""A text as it is searched: letters and digits in their plain form, with the way back to what was typed."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_PLAIN = {
    "’": "'", "‘": "'", "ʼ": "'", "＇": "'", "`": "'", "´": "'",
    "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "−": "-",
}  # fmt: skip
_SPECIAL = re.compile(r"[^\x00-\x7f]")
_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ı": "i", "æ": "ae", "œ": "oe", "ß": "ss"})


@dataclass(frozen=True, slots=True)
class Folded:
    """`text` is searched; `origin` gives the place in what was typed for each place in it and its end."""

    text: str
    origin: range | list[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where these places stand in what was typed; what was left out at the end belongs to it."""
        return self.origin[start], self.origin[end]


def folded(typed: str) -> Folded:
    """Full-width digits, no-break spaces and the like become plain; what has no width is left out."""
    if typed.isascii():
        return Folded(typed, range(len(typed) + 1))
    parts: list[str] = []
    origin: list[int] = []
    upto = 0
    for match in _SPECIAL.finditer(typed):
        place = match.start()
        plain = _plain(match.group())
        parts += (typed[upto:place], plain)
        origin += range(upto, place)
        origin += [place] * len(plain)
        upto = place + 1
    origin += range(upto, len(typed) + 1)
    return Folded("".join((*parts, typed[upto:])), origin)


@lru_cache(maxsize=4_096)
def _plain(letter: str) -> str:
    if letter in _PLAIN:
        return _PLAIN[letter]
    kind = unicodedata.category(letter)
    if kind in ("Cf", "Mn", "Me"):
        return ""
    if kind == "Zs":
        return " "
    if kind == "Nd":
        return str(unicodedata.digit(letter))
    return unicodedata.normalize("NFKC", letter)


@lru_cache(maxsize=8_192)
def word(text: str) -> str:
    """A word as it stands in the lists: small, without accents or apostrophes."""
    parts = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    return "".join(letter for letter in parts if not unicodedata.combining(letter) and letter not in "'’")
