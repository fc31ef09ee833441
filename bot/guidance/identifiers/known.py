"""Whom one may name: the staff of the directory, and the names of agencies, teams and the policy."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from bot.guidance.identifiers.folding import folded, word

WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")


@dataclass(frozen=True, slots=True)
class Known:
    """`names` are full names, `initialled` first names with the first letter of the family name, `families`
    family names, each folded; `pairs` are two words that stand side by side in the name of an agency, a team
    or a stage; `contacts` are e-mail addresses in small letters and the digits of phone numbers."""

    names: frozenset[str] = frozenset()
    initialled: frozenset[str] = frozenset()
    families: frozenset[str] = frozenset()
    pairs: frozenset[str] = frozenset()
    contacts: frozenset[str] = frozenset()

    @staticmethod
    def of(names: Iterable[str], phrases: Iterable[str] = (), contacts: Iterable[str] = ()) -> "Known":
        """From names as they are written in a directory."""
        staff = [parts for parts in map(_words, names) if parts]
        full = frozenset(" ".join(parts) for parts in staff)
        ends = frozenset(f"{parts[0]} {parts[-1]}" for parts in staff)
        pairs = frozenset(pair for phrase in phrases for pair in _pairs(_words(phrase)))
        reached = frozenset(one for contact in contacts if (one := contact_key(contact)))
        short = frozenset(f"{parts[0]} {parts[-1][:1]}" for parts in staff)
        return Known(full | ends, short, frozenset(parts[-1] for parts in staff), pairs, reached)

    def names_staff(self, parts: list[str]) -> bool:
        """Whether these folded words are somebody of the staff, whatever stands between first and last."""
        return " ".join(parts) in self.names or (len(parts) > 1 and f"{parts[0]} {parts[-1]}" in self.names)


NOBODY = Known()


def contact_key(contact: str) -> str:
    """An address or a number as it is compared: a number by its digits, without the country."""
    if "@" in contact:
        return contact.strip().casefold()
    digits = "".join(letter for letter in contact if letter.isdigit())
    return digits.removeprefix("00").removeprefix("44").removeprefix("0")


def _words(text: str) -> tuple[str, ...]:
    return tuple(word(match.group()) for match in WORD.finditer(folded(text).text))


def _pairs(parts: tuple[str, ...]) -> Iterable[str]:
    return (f"{one} {other}" for one, other in pairwise(parts))
