"""What pydantic found wrong, in the words of whoever wrote the file: what is wrong, and what to write."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ValidationError

from bot.escalation.mistake import brief, instead, told

Where = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Complaint:
    """`where` leads to the wrong part: keys and positions, from the top of the file. `other` leads to what it
    does not go together with."""

    where: Where
    what: str
    remedy: str
    other: Where = ()


def complaints(error: ValidationError, kind: Any) -> Iterator[Complaint]:
    """All that is wrong with what should have been a `kind`."""
    for found in error.errors(include_url=False):
        if _follows(found):
            continue
        where = tuple(step for step in found["loc"] if step != "[key]")
        mistakes = told(found)
        for mistake in mistakes:
            at = (*where, *mistake.at)
            other = (*where, *mistake.other) if mistake.other else ()
            yield Complaint(at, _named(at, mistake.what), mistake.remedy, other)
        if not mistakes:
            yield _translated(found, where, kind)


def _follows(found: Mapping[str, Any]) -> bool:
    """A list that is only too short because its entries are wrong, each of which is told by itself."""
    return bool(found["type"] == "too_short" and len(found["input"]) >= found["ctx"]["min_length"])


def _translated(found: Mapping[str, Any], where: Where, kind: Any) -> Complaint:
    error, given, limits = str(found["type"]), found["input"], found.get("ctx", {})
    if error in ("extra_forbidden", "unexpected_keyword_argument"):
        remedy = instead(str(where[-1]), _keys(kind, where))
        return Complaint(where, f"{brief(where[-1])} has no meaning here.", remedy)
    if error == "missing":
        return Complaint(where, f"{brief(where[-1])} is missing.", f"Add a line “{where[-1]}: …”.")
    if error == "literal_error":
        known = re.findall(r"'([^']*)'", limits["expected"])
        return Complaint(
            where, _named(where, f"{brief(given)} is not possible here."), instead(str(given), known)
        )
    if error == "string_pattern_mismatch":
        what = f"{brief(given)} is not written as it should be."
        return Complaint(
            where, _named(where, what), _described(kind, where) or f"It must match {limits['pattern']}."
        )
    if error in _SAID:
        say, remedy = _SAID[error]
        return Complaint(where, _named(where, say(given)), remedy.format(**limits))
    return Complaint(where, _named(where, f"{found['msg']}."), "Compare it with the example file.")


def _named(where: Where, what: str) -> str:
    """`what`, with the nearest key before it: a line can hold more than one."""
    key = next((step for step in reversed(where) if isinstance(step, str)), "")
    return f"{key}: {what}" if key else what


def _whatever(what: str) -> Callable[[Any], str]:
    return lambda given: what


def _about(what: str) -> Callable[[Any], str]:
    return lambda given: f"{brief(given)} {what}"


_LIST = (_whatever("A list belongs here."), "Begin each line of it with “- ”.")
_KEYS = (_whatever("Lines with keys belong here."), "Write them below, indented: “key: value”.")
_NUMBER = (_about("is not a whole number."), "Write digits only, as in “2”.")
_DATE = (_about("is not a date."), "Write year, month and day, as in “2026-12-24”.")
_YES_OR_NO = (_about("is neither yes nor no."), "Write “yes” or “no”.")

_SAID: dict[str, tuple[Callable[[Any], str], str]] = {
    "string_type": (_whatever("A text belongs here."), "If it holds “: ”, put all of it in quotation marks."),
    "string_too_short": (lambda given: "This is too short." if given else "This is empty.", "Write a text."),
    "string_too_long": (lambda given: f"This has {len(given)} letters.", "Write {max_length} at most."),
    "too_short": (_whatever("Something must stand here."), "Write {min_length} or more of them."),
    "too_long": (lambda given: f"This has {len(given)} entries.", "Write {max_length} at most."),
    "greater_than_equal": (_about("is too small."), "Write {ge} or more."),
    "greater_than": (_about("is too small."), "Write more than {gt}."),
    "less_than_equal": (_about("is too large."), "Write {le} or less."),
    "less_than": (_about("is too large."), "Write less than {lt}."),
    **dict.fromkeys(("tuple_type", "list_type", "frozen_set_type", "set_type"), _LIST),
    **dict.fromkeys(("model_type", "dict_type", "dataclass_type", "mapping_type"), _KEYS),
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), _NUMBER),
    **dict.fromkeys(("date_type", "date_parsing", "date_from_datetime_parsing"), _DATE),
    **dict.fromkeys(("bool_type", "bool_parsing"), _YES_OR_NO),
}


def _keys(kind: Any, where: Where) -> tuple[str, ...]:
    """The keys that are known at the part around `where`."""
    return tuple(name for part in _parts(kind, where[:-1]) for name in _fields(part))


def _described(kind: Any, where: Where) -> str:
    """What the model says of the field that `where` leads to: a sentence that tells what to write."""
    for part in _parts(kind, where[:-1]):
        if isinstance(part, type) and issubclass(part, BaseModel) and where[-1] in part.model_fields:
            return part.model_fields[str(where[-1])].description or ""
    return ""


def _parts(kind: Any, where: Where) -> Iterator[Any]:
    """The types that stand where `where` leads to, within `kind`."""
    if get_origin(kind) is Annotated:
        yield from _parts(get_args(kind)[0], where)
    elif get_origin(kind) in (Union, UnionType):
        for option in get_args(kind):
            yield from _parts(option, where)
    elif not where:
        yield kind
    elif get_origin(kind) in (tuple, list):
        yield from _parts(get_args(kind)[0], where[1:])
    elif get_origin(kind) is dict:
        yield from _parts(get_args(kind)[1], where[1:])
    else:
        inner = _fields(kind).get(str(where[0]))
        if inner is not None:
            yield from _parts(inner, where[1:])


def _fields(kind: Any) -> dict[str, Any]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return {name: info.annotation for name, info in kind.model_fields.items()}
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        return {each.name: hints[each.name] for each in fields(kind) if each.init}
    return {}
