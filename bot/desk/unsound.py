"""What is wrong with an entry or a post that was typed into a form, in words, at its field."""

from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from bot.complaints import complaints
from bot.escalation.mistake import Mistake
from bot.people.entries import Entry

ELSEWHERE = ""
"""Where a mistake stands in no field of the form."""
_PARTS = 2
"""In the whole directory, a mistake's place begins with the list and the position in it."""


def by_field(error: ValueError) -> dict[str, str]:
    """Field → what is wrong and what to write instead. The first deputy's field is "deputies.0"."""
    found: dict[str, list[str]] = {}
    for where, said in _told(error):
        found.setdefault(where, []).append(said)
    return {where: " ".join(said) for where, said in found.items()}


def _told(error: ValueError) -> list[tuple[str, str]]:
    if isinstance(error, ValidationError):
        return [(_field(one.where), f"{_unnamed(one.what)} {one.remedy}") for one in complaints(error, Entry)]
    if isinstance(error, PydanticCustomError):
        mistakes: tuple[Mistake, ...] = (error.context or {}).get("mistakes", ())
        return [(_field(_within(one.at)), f"{one.what} {one.remedy}") for one in mistakes]
    raise error


def _within(at: tuple[str | int, ...]) -> tuple[str | int, ...]:
    return at[_PARTS:] if at and at[0] in ("people", "posts") else at


def _field(where: tuple[str | int, ...]) -> str:
    if not where:
        return ELSEWHERE
    if where[0] == "deputies" and len(where) > 1:
        return f"deputies.{where[1]}"
    return str(where[0])


def _unnamed(what: str) -> str:
    """Without the key that it begins with in a file: here it stands at its field."""
    key, colon, rest = what.partition(": ")
    return rest if colon and key.isidentifier() else what
