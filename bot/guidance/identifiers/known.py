"""Whom one may name: the staff of the directory, and the names of agencies, teams and the policy."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from bot.guidance.identifiers.folding import folded, word

_MOST = 65_536
"""So many names and addresses are kept in the form in which they are compared."""
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
        forms = [form for form in map(_forms, names) if form is not None]
        names_of = frozenset(one for form in forms for one in form[:2])
        initialled = frozenset(form[2] for form in forms)
        families = frozenset(form[3] for form in forms)
        pairs = frozenset(f"{one} {other}" for phrase in phrases for one, other in pairwise(_words(phrase)))
        reached = frozenset(one for contact in contacts if (one := contact_key(contact)))
        return Known(names_of, initialled, families, pairs, reached)

    def names_staff(self, parts: list[str]) -> bool:
        """Whether these folded words are somebody of the staff, whatever stands between first and last."""
        return " ".join(parts) in self.names or (len(parts) > 1 and f"{parts[0]} {parts[-1]}" in self.names)


NOBODY = Known()


@lru_cache(maxsize=_MOST)
def contact_key(contact: str) -> str:
    """An address or a number as it is compared: a number by its digits, without the country."""
    if "@" in contact:
        return contact.strip().casefold()
    digits = "".join(letter for letter in contact if letter.isdigit())
    return digits.removeprefix("00").removeprefix("44").removeprefix("0")


@lru_cache(maxsize=_MOST)
def _forms(name: str) -> tuple[str, str, str, str] | None:
    """The whole name, its first and last word, the same with an initial, and the last word alone. Kept: a
    directory of thousands changes by one person at a time."""
    parts = _words(name)
    if not parts:
        return None
    return " ".join(parts), f"{parts[0]} {parts[-1]}", f"{parts[0]} {parts[-1][:1]}", parts[-1]


def _words(text: str) -> tuple[str, ...]:
    return tuple(word(match.group()) for match in WORD.finditer(folded(text).text))
