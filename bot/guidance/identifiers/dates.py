"""Dates of birth: a date beside a word that says so, an age, a member of the family, or a name."""

import re
from collections.abc import Collection, Iterator

from bot.guidance.identifiers.lists import lists

Span = tuple[int, int]

_MONTH = (
    r"(?:january|jan|february|feb|march|mar|april|apr|may|june|jun|july|jul|august|aug|september|sept|sep|"
    r"october|oct|november|nov|december|dec)\b\.?"
)
_YEAR = r"(?:(?:19|20)\d\d|'?\d\d)(?!\d)"
_WHOLE = (
    r"\d{4}-\d{1,2}-\d{1,2}(?!\d)"
    rf"|\d{{1,2}} ?[/.-] ?\d{{1,2}} ?[/.-] ?{_YEAR}"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?[ -]?(?:of )?{_MONTH},?[ -]?{_YEAR}"
    rf"|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? {_YEAR}"
)
_PART = (
    r"\d{1,2}/\d{1,2}(?![\d/])"
    rf"|{_MONTH},? (?:19|20)\d\d(?!\d)"
    rf"|\d{{1,2}}(?:st|nd|rd|th)? (?:of )?{_MONTH}"
    rf"|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?(?!\d)"
)
_PACKED = r"(?:\d{8}|\d{6})(?!\d)"
_DATE = re.compile(
    rf"(?<![\w/-])(?<!\d\.)(?:(?P<whole>{_WHOLE})|(?P<part>{_PART})|(?P<packed>{_PACKED}))", re.IGNORECASE
)

_SAYS_SO = re.compile(
    r"(?:\bd ?\.? ?o ?\.? ?b\b\.?|\bdates? of birth|\bbirth ?da(?:te|y)s?)[^\d\n]{0,15}$"
    r"|\bborn\b[^\d\n.;]{0,18}$|\bb\. ?$",
    re.IGNORECASE,
)
_SAYS_SO_AFTER = re.compile(
    r"[ ,)(]{0,3}(?:d ?\.? ?o ?\.? ?b\b|is (?:his|her|their|the) (?:birthday|date of birth))", re.IGNORECASE
)
_AGED = re.compile(
    r"\b(?:aged?|is) \d{1,2}[ ,(:-]{1,4}$"
    r"|\b\d{1,2} ?(?:y|yrs?|years?|months?|weeks?)[ /-]?(?:old|o)\b[ ,(:-]{1,4}$",
    re.IGNORECASE,
)
_BESIDE = re.compile(r"([^\W\d_]+)(?:'s)?,? ?([(,]) ?$")
_BEFORE, _AFTER = 40, 24


def dates_of_birth(text: str, named: Collection[int]) -> Iterator[Span]:
    """`named`: where the likely names end; a date at once after one is that person's."""
    for match in _DATE.finditer(text):
        before = text[max(0, match.start() - _BEFORE) : match.start()]
        after = text[match.end() : match.end() + _AFTER]
        if (
            _SAYS_SO.search(before)
            or (not match["packed"] and _SAYS_SO_AFTER.match(after))
            or (match["whole"] and (_AGED.search(before) or _of_family(before, after)))
            or (match["whole"] and _after_name(text, match.start(), named))
        ):
            yield match.span()


def _of_family(before: str, after: str) -> bool:
    """“the child (12/03/2021)”, “the baby, 1/11/25, is”: nothing else between the brackets or commas."""
    beside = _BESIDE.search(before)
    if beside is None or beside[1].casefold() not in lists().relations:
        return False
    return after.startswith(")") if beside[2] == "(" else after.startswith(",")


def _after_name(text: str, start: int, named: Collection[int]) -> bool:
    gap = len(text[max(0, start - 4) : start]) - len(text[max(0, start - 4) : start].rstrip(" ,(:-"))
    return gap > 0 and start - gap in named
