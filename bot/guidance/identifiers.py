"""What must not stand in a chat: words that would say which child or family is meant.

A first guard, before anything is stored: NHS numbers (by their check digit), postcodes, phone numbers,
e-mail addresses, dates of birth, and a likely full name beside an age or a date. Staff are named freely.
"""

import re
from collections.abc import Iterable

Kind = str
"""A key of the words in `content/flows/identifiers.yaml`."""

_NHS = re.compile(r"(?<!\d)\d{3}[ -]?\d{3}[ -]?\d{4}(?!\d)")
_POSTCODE = re.compile(r"\b(?:GIR ?0AA|[A-Z]{1,2}\d[A-Z\d]? ?\d[ABD-HJLNP-UW-Z]{2})\b", re.IGNORECASE)
_PHONE = re.compile(r"(?<![\d-])(?:\+44 ?|0)(?:\d[ -]?){9,10}(?!\d)")
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b")
"""Begins where its part before “@” begins: tried from each letter of it, a long text would take minutes."""
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_DATE = rf"(?:\d{{1,2}}[/.-]\d{{1,2}}[/.-](?:\d{{4}}|\d{{2}})|\d{{1,2}}(?:st|nd|rd|th)? {_MONTH} \d{{4}})"
_BIRTH = re.compile(rf"\b(?:d\.?o\.?b\.?|date of birth|born(?: on)?)\b[^\n]{{0,15}}?{_DATE}", re.IGNORECASE)
_NAME = r"[A-Z][a-z'’-]+ (?:[A-Z]\.? )?[A-Z][a-z'’-]+"
_NAME_AND_DATE = re.compile(rf"\b{_NAME}\b[^\n]{{0,20}}?\b(?i:{_DATE})")


def identifiers(text: str, staff: Iterable[str] = ()) -> tuple[Kind, ...]:
    """The kinds of identifier that the text holds, in the order of their gravity; empty where it is clean.

    `staff` are names of the directory, which may stand beside a date.
    """
    found: list[Kind] = []
    if any(_is_nhs_number(match.group()) for match in _NHS.finditer(text)):
        found.append("nhs_number")
    if _BIRTH.search(text):
        found.append("date_of_birth")
    known = {name.casefold() for name in staff}
    if any(_named(match.group(), known) for match in _NAME_AND_DATE.finditer(text)):
        found.append("name_and_date")
    found += [
        kind
        for kind, pattern in (("postcode", _POSTCODE), ("phone", _PHONE), ("email", _EMAIL))
        if any(not _is_nhs_number(match.group()) for match in pattern.finditer(text))
    ]
    return tuple(found)


def _named(match: str, known: set[str]) -> bool:
    name = re.match(_NAME, match)
    return name is not None and name.group().casefold() not in known


def _is_nhs_number(text: str) -> bool:
    """Ten digits whose last is the check digit of the others, modulus 11."""
    digits = [int(digit) for digit in text if digit.isdigit()]
    if len(digits) != 10:
        return False
    check = 11 - sum(digit * weight for digit, weight in zip(digits, range(10, 1, -1), strict=False)) % 11
    return check % 11 == digits[9] if check != 10 else False
