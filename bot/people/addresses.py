"""Addresses and phone numbers, and how a spreadsheet and its writers spoil them."""

import re

from bot.escalation.mistake import Mistake, brief, wrong

_EMAIL = re.compile(r"[^@\s,;:<>()\[\]\"“”‘’]+@[^@\s.,;:<>()\"“”‘’]+(\.[^@\s.,;:<>()\"“”‘’]+)+")
_NOBODY = re.compile(r"(n/?a|none|no|nil|tbc|tba|unknown|-+|\?+|x+)(@.*)?", re.IGNORECASE)
_NOWHERE = (".invalid", ".localhost", ".local")
_PHONE = re.compile(r"\+?[(0-9][0-9 ()-]{4,20}(?: ?(?:ext|x)\.? ?[0-9]{1,6})?")
_ROUNDED = re.compile(r"[0-9][.,]?[0-9]*E\+?[0-9]+", re.IGNORECASE)


def address(text: str) -> str:
    """The address as it is. Raises a ValueError for one that leads nowhere, with what to write."""
    mistake = _wrong_address(text)
    if mistake is not None:
        raise wrong(mistake)
    return text


def _wrong_address(text: str) -> Mistake | None:
    example = "Write one such as “jo@health.example”."
    if text.casefold().startswith("mailto:"):
        return Mistake(f"{brief(text)} begins with “mailto:”.", f"Write {brief(text[7:].strip())}.")
    if _NOBODY.fullmatch(text):
        remedy = "Write the address at work: without it nobody is found in Slack, Teams or by e-mail."
        return Mistake(f"{brief(text)} is nobody's address.", remedy)
    if text.count("@") > 1:
        remedy = "Write one: the address that the person has in Slack or Teams."
        return Mistake(f"Two addresses stand here: {brief(text)}.", remedy)
    if len(text) > 254 or not _EMAIL.fullmatch(text):
        return Mistake(f"{brief(text)} is not an e-mail address.", example)
    if text.casefold().endswith(_NOWHERE):
        return Mistake(f"{brief(text)} leads nowhere.", example)
    return None


def number(text: str) -> str:
    """The number as it is. Raises a ValueError for what can't be rung, with what to write."""
    mistake = _wrong_number(text) if text else None
    if mistake is not None:
        raise wrong(mistake)
    return text


def _wrong_number(text: str) -> Mistake | None:
    as_text = "(in a spreadsheet, format the column as text)"
    if _ROUNDED.fullmatch(text):
        what = f"{brief(text)} was a phone number: the spreadsheet has made a rounded number of it."
        return Mistake(what, f"Write the whole number again {as_text}.")
    if not _PHONE.fullmatch(text):
        remedy = "Write digits and spaces, as in “01632 960123” or “01632 960123 ext 4”, or leave it out."
        return Mistake(f"{brief(text)} is not a phone number.", remedy)
    if re.fullmatch(r"[1-9][0-9]{8,9}", re.sub(r"[ ()-]", "", text)):
        return Mistake(
            f"{brief(text)} has lost the 0 that it begins with.", f"Write it with the 0 {as_text}."
        )
    return None
