"""Form ↔ fields of a page: what was typed, read again and given back.

A page carries its form, signed: so it can be given back with every word in it by any process, also when the
database can't be reached.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from adapters.email import limits
from bot.chat import codec
from bot.chat.form import (
    ChoiceField,
    ChoicesField,
    DateTimeField,
    Field,
    Form,
    LongTextField,
    Option,
    PersonField,
    TextField,
    Value,
    YesNoField,
)
from bot.chat.turn import Ask

Typed = Mapping[str, Sequence[str]]
"""What a browser sent: name of the input → its values, in order."""

FIELD, QUERY = "f.", "q."
"""Before a field's id: its input, and the words to search a person by."""
YES, NO = "yes", "no"
_WALL_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})(?:T|\s+)(\d{1,2}:\d{2})(?::\d{2}(?:\.\d+)?)?")


@dataclass(frozen=True, slots=True)
class Shown:
    """A form with what stands in it: for a new one `typed` is None, and its fields hold their own values."""

    form: Form
    typed: Typed | None = None
    errors: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""

    def error(self, item: Field) -> str:
        return self.errors.get(item.id) or self.form.errors.get(item.id, "")

    def text(self, item: Field) -> str:
        """What stands in the one input of the field."""
        if self.typed is not None:
            return first(self.typed, FIELD + item.id)
        match item:
            case TextField(value=value) | LongTextField(value=value):
                return value
            case ChoiceField(value=value) | PersonField(value=value):
                return value
            case DateTimeField(value=at):
                return at.replace(tzinfo=None).isoformat(timespec="minutes") if at else ""
            case YesNoField(value=answer):
                return "" if answer is None else YES if answer else NO
            case ChoicesField():
                return ""

    def chosen(self, item: ChoicesField) -> Sequence[str]:
        return item.value if self.typed is None else self.typed.get(FIELD + item.id, ())

    def query(self, item: PersonField) -> str:
        return first(self.typed or {}, QUERY + item.id)


def first(typed: Typed, name: str) -> str:
    return next(iter(typed.get(name, ())), "")


def searches(item: Field) -> bool:
    """Whether people are found by typing in this field."""
    return isinstance(item, PersonField) and bool(item.scope)


def values(form: Form, typed: Typed) -> dict[str, Value]:
    """What was typed, by field id. What does not fit its kind counts as left empty; see `unread`."""
    return {item.id: _value(item, typed) for item in form.fields}


def unread(form: Form, typed: Typed) -> tuple[list[str], list[str]]:
    """Fields with words that would be lost: dates that are none, and names typed with nobody chosen."""
    dates = [
        item.id
        for item in form.fields
        if isinstance(item, DateTimeField)
        and first(typed, FIELD + item.id).strip()
        and _value(item, typed) is None
    ]
    people = [
        item.id
        for item in form.fields
        if searches(item) and first(typed, QUERY + item.id).strip() and not first(typed, FIELD + item.id)
    ]
    return dates, people


def _value(item: Field, typed: Typed) -> Value:
    raw = first(typed, FIELD + item.id)
    match item:
        case ChoicesField():
            return tuple(dict.fromkeys(one for one in typed.get(FIELD + item.id, ()) if one)) or None
        case YesNoField():
            return {YES: True, NO: False}.get(raw)
        case DateTimeField():
            return wall_time(raw)
        case _:
            return raw or None


def wall_time(text: str) -> datetime | None:
    """A date and a time, as a browser sends them or as somebody types them: `2026-07-06 9:30`."""
    match = _WALL_TIME.fullmatch(text.strip())
    if match is None:
        return None
    try:
        at = datetime.fromisoformat(f"{match[1]}T{match[2]:0>5}")
    except ValueError:
        return None
    return at if limits.EARLIEST <= at.year <= limits.LATEST else None


def for_browser(text: str) -> str:
    """A date and a time as a browser's own field holds them."""
    at = wall_time(text)
    return at.isoformat(timespec="minutes") if at else ""


def found(form: Form, id: str, options: Sequence[Option], chosen: str) -> Form:
    """The form with the people found for a field. Who was chosen before stays among them."""

    def with_options(item: PersonField) -> PersonField:
        kept = [one for one in item.options if one.value == chosen]
        others = [one for one in options if one.value != chosen]
        return replace(item, options=tuple([*kept, *others][: limits.FOUND]))

    fields = tuple(
        with_options(item) if isinstance(item, PersonField) and item.id == id else item
        for item in form.fields
    )
    return replace(form, fields=fields)


def pack(form: Form) -> str:
    """The form without what stands in it, to be carried by its page."""
    empty = tuple(_emptied(item) for item in form.fields)
    return codec.encode((Ask(replace(form, fields=empty, errors={}, problem="")),))


def unpack(packed: Any) -> Form | None:
    """The form of a page; None where it is not one of this release."""
    try:
        (asked,) = codec.decode(str(packed))
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return asked.form if isinstance(asked, Ask) else None


def _emptied(item: Field) -> Field:
    match item:
        case ChoicesField():
            return replace(item, value=())
        case DateTimeField():
            return replace(item, value=None)
        case YesNoField():
            return replace(item, value=None)
        case _:
            return replace(item, value="")
