"""What looks like somebody's full name: a guess, by lists of names, by titles, and by what stands around it.

Words are looked at one after the other, so the time grows with the text and with nothing else.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from bot.guidance.identifiers.folding import word
from bot.guidance.identifiers.known import WORD, Known
from bot.guidance.identifiers.lists import Lists, lists

Span = tuple[int, int]

_TITLES = frozenset({"mr", "mrs", "ms", "mx", "miss", "master"})
_HOUSEHOLD = frozenset({"family", "household", "children", "siblings", "kids"})
_PLACED = frozenset({"in", "at", "near"})
_NO_CASE = frozenset({"in", "at", "from", "near", "to", "of"})
"""After one of these a word with a capital is a place."""
_SEPARATES = re.compile(r"[.!?:;\n\"“”]")
_MOST = 5
"""So many words make up one name at most."""


@dataclass(slots=True)
class _Word:
    start: int
    end: int
    text: str
    plain: str
    """As it stands in the lists, without the 's of a genitive."""
    gap: str
    """What stands between the word before and this one."""

    @property
    def capital(self) -> bool:
        return self.text[0].isupper()

    @property
    def begins(self) -> bool:
        """Whether a sentence or a line begins here, where every word has a capital."""
        return (not self.gap.strip(" ,(-'") and not self.gap) or bool(_SEPARATES.search(self.gap))


def likely_names(text: str, known: Known) -> Iterator[Span]:
    """Spans that do not overlap, in their order."""
    words, of = _read(text), lists()
    begins = of.begin_small | _TITLES
    at = 0
    while at < len(words):
        here = words[at]
        # Most words are small, and no name begins with them.
        small = not here.capital and here.plain not in begins and "-" not in here.plain
        found = None if small else _name(words, at, known, of)
        if found is None:
            at += 1
            continue
        first, last = found
        yield words[first].start, words[last].end
        at = last + 1


def _read(text: str) -> list[_Word]:
    words: list[_Word] = []
    before = 0
    for match in WORD.finditer(text):
        start, end, said = match.start(), match.end(), match.group()
        if len(said) > 2 and said[-2:].lower() == "'s":
            end, said = end - 2, said[:-2]
        words.append(_Word(start, end, said, word(said), text[before:start]))
        before = end
    return words


def _name(words: list[_Word], at: int, known: Known, of: Lists) -> tuple[int, int] | None:
    """The first and the last word of the name that begins here."""
    here = words[at]
    if here.plain in _TITLES:
        return _titled(words, at, known, of)
    if len(here.text) == 1:
        return _initialled(words, at, known, of) if here.capital else None
    if here.plain in of.cues:
        return _after_cue(words, at, known, of)
    return (
        _first_and_last(words, at, known, of)
        or _first_and_initial(words, at, known, of)
        or _last_and_first(words, at, known, of)
        or _household(words, at, known, of)
        or _unknown(words, at, known, of)
    )


def _titled(words: list[_Word], at: int, known: Known, of: Lists) -> tuple[int, int] | None:
    """“Mr Carter”, “mrs. carter”; “miss” and “ms” only with capitals, since they are words as well."""
    here, following = words[at], _next(words, at)
    if following is None or following.gap not in (" ", ". ", ".", "  ") or len(following.text) < 2:
        return None
    listed = following.plain in of.lasts or following.plain in of.last_words
    if not following.capital and (here.plain not in ("mr", "mrs") or following.plain in of.no_names):
        return None
    if here.plain == "master" and not (listed and following.capital):
        return None
    if here.plain in ("miss", "ms") and (not here.capital or here.text == "MS"):
        return None
    if following.plain in of.no_names and not (listed and following.capital):
        return None
    last = _extended(words, at + 1, of)
    parts = [one.plain for one in words[at + 1 : last + 1]]
    if known.names_staff(parts) or parts[-1] in known.families:
        return None
    return at, last


def _first_and_last(words: list[_Word], at: int, known: Known, of: Lists) -> tuple[int, int] | None:
    """“Sam Carter”: a first name of the lists, then a word that can be a family name."""
    here = words[at]
    sure, perhaps = _is_first(here, of), here.plain in of.first_words
    if not (sure or perhaps):
        return None
    second = _second(words, at, of)
    if second is None:
        return None
    after = words[second]
    if not (here.capital and after.capital):
        if not sure or not any(part in of.lasts for part in after.plain.split("-")):
            return None
    elif not _can_follow(here, after, sure, of) or _is_post(here, after, of):
        return None
    return _unless_known(words, at, _extended(words, second, of), known, of)


def _first_and_initial(words: list[_Word], at: int, known: Known, of: Lists) -> tuple[int, int] | None:
    """“Tyler M has been absent”."""
    here, following = words[at], _next(words, at)
    if following is None or following.gap != " " or not (here.capital and _is_first(here, of)):
        return None
    if len(following.text) != 1 or not following.capital or following.text in "AI":
        return None
    return None if f"{here.plain} {following.plain}" in known.initialled else (at, at + 1)


def _is_post(here: _Word, after: _Word, of: Lists) -> bool:
    """“Sarah HV”, “Emma SW”: letters that stand for what somebody is."""
    if after.plain in of.lasts:
        return False
    return after.text.isupper() and len(after.text) <= 5 and not here.text.isupper()


def _can_follow(here: _Word, after: _Word, sure: bool, of: Lists) -> bool:
    listed = after.plain in of.lasts or after.plain in of.last_words
    if after.plain in of.after_no_name:
        return False
    if sure:
        return listed or after.plain not in of.no_names
    if after.plain in of.no_names:
        return False
    return listed or "-" in after.plain or not here.begins


def _is_first(here: _Word, of: Lists) -> bool:
    """Also “Ella-Mae” and “Al-Amin”, by their first part."""
    return here.plain in of.firsts or ("-" in here.plain and here.plain.partition("-")[0] in of.firsts)


def _second(words: list[_Word], at: int, of: Lists) -> int | None:
    """Where the family name begins: initials, particles and further first names may stand between."""
    place = at + 1
    while place < len(words) and place - at < _MOST:
        one = words[place]
        if one.gap not in (" ", "  ", ". ", ".") or (
            one.gap.startswith(".") and len(words[place - 1].text) > 1
        ):
            return None
        if len(one.text) > 1 and one.plain not in of.particles:
            return place
        if len(one.text) == 1 and not one.capital:
            return None
        place += 1
    return None


def _extended(words: list[_Word], last: int, of: Lists) -> int:
    """The name goes on over further words with capitals that can belong to it."""
    first = last
    while last + 1 < len(words) and last + 1 - first < _MOST:
        one = words[last + 1]
        if one.gap not in (" ", "  "):
            break
        if one.plain in of.particles and last + 2 < len(words) and words[last + 2].gap == " ":
            beyond = words[last + 2]
            if beyond.capital and beyond.plain not in of.no_names and words[last].capital:
                last += 2
                continue
            break
        if not one.capital or not words[last].capital or one.plain in of.no_names or len(one.text) < 2:
            break
        last += 1
    return last


def _unless_known(
    words: list[_Word], first: int, last: int, known: Known, of: Lists
) -> tuple[int, int] | None:
    """Staff, public names, and the names of places, services and agencies are nobody's in the family."""
    parts = [one.plain for one in words[first : last + 1]]
    following = _next(words, last)
    if (
        following is not None
        and following.gap == " "
        and following.capital
        and following.plain in of.after_no_name
    ):
        return None
    if known.names_staff(parts) or (len(parts) > 2 and known.names_staff(parts[:2])):
        return None
    pairs = [f"{one} {other}" for one, other in pairwise(parts)]
    if f"{parts[0]} {parts[-1]}" in of.public or any(pair in known.pairs for pair in pairs):
        return None
    return first, last


def _last_and_first(words: list[_Word], at: int, known: Known, of: Lists) -> tuple[int, int] | None:
    """“Carter, Sam” or “CARTER, Sam”; not “Yesterday, Sam” nor “in Crewe, Sam”."""
    here, following = words[at], _next(words, at)
    if following is None or following.gap != ", " or not (here.capital and following.capital):
        return None
    if not (_is_first(following, of) or following.plain in of.first_words) or len(here.text) < 3:
        return None
    listed = here.plain in of.lasts or here.plain in of.last_words
    if not listed and (here.plain in of.no_names or _is_first(here, of) or here.plain in of.first_words):
        return None
    before = words[at - 1].plain if at else ""
    shouted = here.text.isupper() and len(here.text) > 4
    amid = not here.begins and before not in _NO_CASE and not here.text.isupper()
    if not (shouted or listed or amid) or before in of.firsts:
        return None
    if known.names_staff([following.plain, here.plain]) or here.plain in known.families:
        return None
    beyond = _next(words, at + 1)
    if not shouted and beyond is not None and beyond.gap == " " and beyond.capital:
        return None
    return at, at + 1


def _initialled(words: list[_Word], at: int, known: Known, of: Lists) -> tuple[int, int] | None:
    """“S. Carter”, “T. J. Miller”; “S Carter” only with a family name of the lists."""
    if at and words[at - 1].plain in of.before_no_initial and words[at].gap == " ":
        return None
    if words[at].gap.endswith(("'", ".")):
        return None
    place, dotted = at, False
    while place + 1 < len(words) and place - at < 3:
        following = words[place + 1]
        if following.gap not in (". ", ".", " ", ""):
            return None
        dotted = dotted or following.gap.startswith(".")
        if len(following.text) > 1:
            break
        if not following.capital:
            return None
        place += 1
    else:
        return None
    last = words[place + 1]
    listed = last.plain in of.lasts or last.plain in of.last_words
    if not last.capital or (last.text.isupper() and not listed):
        return None
    if dotted and (last.plain in of.no_names and last.plain not in of.lasts):
        return None
    if not dotted and (last.plain not in of.lasts or words[at].text in "AI"):
        return None
    if last.plain in known.families:
        return None
    return _unless_known(words, at, _extended(words, place + 1, of), known, of)


def _after_cue(words: list[_Word], at: int, known: Known, of: Lists) -> tuple[int, int] | None:
    """“mum is called Ada Quill”, “Child: Ada Quill”: two words with capitals, whatever they are."""
    place = at + 1
    while place < len(words) and words[place].plain in ("is", "called", "named", "name") and place - at < 4:
        place += 1
    if place + 1 >= len(words):
        return None
    first, second = words[place], words[place + 1]
    plain_gap = first.gap == " "
    if not plain_gap and first.gap not in (", ", ": ", " (", " - ", "; "):
        return None
    if plain_gap and words[at].capital and place == at + 1:
        return None
    pair = (first, second)
    if second.gap != " " or not all(one.capital and len(one.text) > 1 for one in pair):
        return None
    if any(one.plain in of.no_names or one.plain in _TITLES for one in pair) or first.text.isupper():
        return None
    return _unless_known(words, place, _extended(words, place + 1, of), known, of)


def _household(words: list[_Word], at: int, known: Known, of: Lists) -> tuple[int, int] | None:
    """“the Carter family”, “the Broadbents”."""
    here, following = words[at], _next(words, at)
    after_the = at > 0 and words[at - 1].plain == "the" and words[at].gap == " "
    single = here.plain.removesuffix("s")
    if after_the and here.capital and single != here.plain and here.plain not in of.lasts:
        return (at, at) if single in of.lasts and single not in known.families | of.no_names else None
    if following is None or following.gap != " " or following.plain not in _HOUSEHOLD or not here.capital:
        return None
    before = words[at - 1] if at else None
    named = here.plain in of.lasts or here.plain in of.last_words
    if not named or before is None or before.plain != "the":
        return None
    if here.plain in of.no_names and here.plain not in of.last_words:
        return None
    return None if here.plain in known.families else (at, at + 1)


def _unknown(words: list[_Word], at: int, known: Known, of: Lists) -> tuple[int, int] | None:
    """Two words with capitals that are no words of the language: “Xolani Dlamini”."""
    here, following = words[at], _next(words, at)
    if following is None or following.gap not in (" ", "  ") or not (here.capital and following.capital):
        return None
    if min(len(here.text), len(following.text)) < 3 or (here.text.isupper() or following.text.isupper()):
        return None
    if _is_word(here.plain, of) or here.plain in of.lasts or (at and words[at - 1].plain in _PLACED):
        return None
    named = following.plain in of.lasts or following.plain in of.last_words
    if following.plain in of.after_no_name or not (named or not _is_word(following.plain, of)):
        return None
    return _unless_known(words, at, _extended(words, at + 1, of), known, of)


def _is_word(plain: str, of: Lists) -> bool:
    """Also in the plural, and with the commonest endings."""
    forms = {plain, *(plain.removesuffix(end) for end in ("s", "es", "ed", "d", "ing", "ly", "er"))}
    return any(form in of.everyday or form in of.no_names for form in forms)


def _next(words: list[_Word], at: int) -> _Word | None:
    return words[at + 1] if at + 1 < len(words) else None
