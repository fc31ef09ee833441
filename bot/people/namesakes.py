"""People who seem to stand in a directory twice: one agency, one name or nearly so, two addresses."""

import re
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

from rapidfuzz import fuzz

from bot.escalation.mistake import Mistake, brief
from bot.people.directory import fold

if TYPE_CHECKING:
    from bot.people.entries import Entry

NEAR = 85.0
"""How much alike two names must be, of 100: “Jon” and “John” are 86, “Jo” and “Joe” 80."""
_MOST = 1000
"""Of more people of one agency who share a name these are compared."""
_TITLES = frozenset({"dr", "mr", "mrs", "ms", "miss", "mx", "prof", "professor", "rev", "sir", "dame"})

_Named = tuple[int, "Entry", tuple[str, ...]]


def namesakes(people: Sequence["Entry"]) -> Iterator[Mistake]:
    """Whoever seems to be somebody who stands above. Titles, accents, order and small slips do not matter."""
    groups: dict[tuple[str, str], list[_Named]] = {}
    for place, entry in enumerate(people):
        words = _words(entry.name)
        for word in dict.fromkeys(words):
            groups.setdefault((entry.agency, word), []).append((place, entry, words))
    told: set[int] = set()
    for group in groups.values():
        for (first, one, words), (place, other, others) in combinations(group[:_MOST], 2):
            if place not in told and _alike(words, others) and one.email.casefold() != other.email.casefold():
                told.add(place)
                yield _mistake(first, one, place, other)


def _words(name: str) -> tuple[str, ...]:
    words = re.findall(r"\w+", fold(name).replace("'", "").replace("’", ""))
    return tuple(sorted(word for word in words if word not in _TITLES) or sorted(words))


def _alike(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """The same words, or one word that differs a little beside another that does not."""
    if len(one) != len(other):
        return False
    left, right = [*one], [*other]
    for word in one:
        if word in right:
            left.remove(word)
            right.remove(word)
    if not left:
        return True
    return len(left) == 1 and len(one) > 1 and fuzz.ratio(left[0], right[0]) >= NEAR


def _mistake(first: int, one: "Entry", place: int, other: "Entry") -> Mistake:
    what = f"{other.name} seems to stand here twice: as {brief(one.id)} ({one.name}) and {brief(other.id)}."
    remedy = "Keep one of the two. If they are two people, import with --namesakes."
    return Mistake(what, remedy, ("people", place, "name"), ("people", first, "name"))
