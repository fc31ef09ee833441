"""Numbers and addresses that belong to one person or one household, each known by its shape."""

import re
from collections.abc import Iterator

from bot.guidance.identifiers.folding import word
from bot.guidance.identifiers.known import Known, contact_key
from bot.guidance.identifiers.lists import lists

Span = tuple[int, int]

_NHS = re.compile(r"(?<!\d)\d{3}[ .-]{0,2}\d{3}[ .-]{0,2}\d{4}(?!\d)")
_SAYS_NHS = re.compile(r"\bnhs\b[^\d\n]{0,20}$", re.IGNORECASE)
_BEFORE = 32
"""So many characters before a number may say what it is."""

_UPN = re.compile(r"(?<![^\W_])[A-Z](?:[ -]?\d){11}[ -]?[\dA-Z](?![^\W_])", re.IGNORECASE)
_SAYS_UPN = re.compile(r"\b(?:u ?p ?n|pupil)\b[^\d\n]{0,20}$", re.IGNORECASE)
_UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
"""The check letter is the one at the place that the weighted sum of the rest gives. Source: the Department
for Education's guide to unique pupil numbers."""

_PHONE = re.compile(
    r"(?<![\w/.-])(?:(?:\+|00)44[ .-]{0,2}(?:\(0\)|\(?0)?|\(?0)(?:[ .()-]{0,3}\d){8,10}(?!\d)"
)
_SHORT_PHONE = re.compile(
    r"\b(?:tel|telephone|phone|mobile|mob|ring|call|text)\b[^\d\n]{0,12}(\d{3}[ -]?\d{3,5})(?![ -]?\d)",
    re.IGNORECASE,
)
_A_DATE = re.compile(r"\d{1,2}([ ./-])\d{1,2}\1(?:19|20)?\d\d(?!\d)")
_PRIVATE = "127"
"""How the number of a household or a mobile goes on after the 0: 03 and 08 are services."""

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b")
"""Begins where its part before “@” begins: tried from each letter of it, a long text would take minutes."""
_SPELT_AT = re.compile(r"[(\[] ?at ?[)\]]", re.IGNORECASE)
_SPELT_EMAIL = re.compile(
    r"(?<![\w.+-])[\w.+-]{1,64} ?[(\[] ?at ?[)\]] ?[\w-]{1,63}"
    r"(?:(?:\.| ?[(\[] ?dot ?[)\]] ?)[\w-]{1,63}){1,5}",
    re.IGNORECASE,
)

_POSTCODE = re.compile(
    r"(?<![^\W_])([A-Z]{1,2})\d[A-HJKPS-Y\d]?[ -]{0,2}\d[ABD-HJLNP-UW-Z]{2}(?![^\W_])", re.IGNORECASE
)
_NO_INWARD = ("st", "nd", "rd", "th", "hr", "yr", "wd", "pt", "ft", "lb")
"""What follows a digit in small letters where it counts or measures: “s47 2nd meeting”."""


def nhs_numbers(text: str) -> Iterator[Span]:
    """Ten digits with the right check digit; or any that are called an NHS number, since one digit typed
    wrong still says who is meant."""
    for match in _NHS.finditer(text):
        if is_nhs_number(match.group()) or _SAYS_NHS.search(
            text[max(0, match.start() - _BEFORE) : match.start()]
        ):
            yield match.span()


def is_nhs_number(text: str) -> bool:
    """Ten digits whose last is the check digit of the others, modulus 11."""
    digits = [int(digit) for digit in text if digit.isdigit()]
    if len(digits) != 10:
        return False
    check = 11 - sum(digit * weight for digit, weight in zip(digits, range(10, 1, -1), strict=False)) % 11
    return check % 11 == digits[9] if check != 10 else False


def pupil_numbers(text: str) -> Iterator[Span]:
    """A letter and twelve digits (a temporary one ends in a letter) rightly checked, or called so."""
    for match in _UPN.finditer(text):
        if is_pupil_number(match.group()) or _SAYS_UPN.search(
            text[max(0, match.start() - _BEFORE) : match.start()]
        ):
            yield match.span()


def is_pupil_number(text: str) -> bool:
    letters = [letter for letter in text.upper() if letter.isalnum()]
    if len(letters) != 13 or letters[0] not in _UPN_LETTERS:
        return False
    last = letters[12]
    values = [int(letter) for letter in letters[1:12]]
    if not last.isdigit() and last not in _UPN_LETTERS:
        return False
    values.append(int(last) if last.isdigit() else _UPN_LETTERS.index(last))
    total = sum(value * weight for value, weight in zip(values, range(2, 14), strict=True))
    return _UPN_LETTERS[total % 23] == letters[0]


def phones(text: str, known: Known) -> Iterator[Span]:
    """Numbers of the United Kingdom, but those of services (03, 08) and those of the directory."""
    for match in _PHONE.finditer(text):
        digits = contact_key(match.group())
        private = digits[:1] in _PRIVATE and len(digits) in (9, 10)
        if private and digits not in known.contacts and not _A_DATE.match(match.group()):
            yield match.span()
    for match in _SHORT_PHONE.finditer(text):
        if not match[1].startswith(("03", "08")) and contact_key(match[1]) not in known.contacts:
            yield match.span(1)


def emails(text: str, known: Known) -> Iterator[Span]:
    """Addresses, also spelt with “(at)”, but those of the directory."""
    for match in _EMAIL.finditer(text) if "@" in text else ():
        if contact_key(match.group()) not in known.contacts:
            yield match.span()
    for match in _SPELT_EMAIL.finditer(text) if _SPELT_AT.search(text) else ():
        yield match.span()


def postcodes(text: str) -> Iterator[Span]:
    """Whole postcodes of an area that there is; “S47 2nd” is none."""
    for match in _POSTCODE.finditer(text):
        if word(match[1]) in lists().postcode_areas and not match.group().endswith(_NO_INWARD):
            yield match.span()
