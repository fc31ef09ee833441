"""Changes of a directory in words: which record, which field, what it said before and what it says now."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.guidance.words import Words
from bot.people.records import Change

words = Words("directory_tools")

_PEOPLE = frozenset({"line_manager", "owner", "holder", "deputies", "person", "cover"})
"""The fields that name people by their ids."""

Named = Callable[[str], str]
"""A person's id → the name, or empty where it is not known."""


def in_words(change: Change, named: Named) -> str:
    """One line: “person jo (Jo Marsh): role: Health visitor → Team lead”."""
    about = _about(change, named)
    if change.after is None:
        return words("change.gone", about=about)
    if change.before is None:
        fields = (
            words("change.field", field=_field(key), value=_value(key, value, named))
            for key, value in change.after.items()
            if key != "id"
        )
        return words("change.new", about=about, fields="; ".join(fields))
    before, after = change.before, change.after
    fields = (
        words(
            "change.field_changed", field=_field(key), before=_value(key, before.get(key), named),
            after=_value(key, after.get(key), named),
        )
        for key in change.fields
    )  # fmt: skip
    return words("change.changed", about=about, fields="; ".join(fields))


def as_data(change: Change) -> dict[str, Any]:
    """For programs: the record, and each field that differs with what it said before and says now."""
    before, after = change.before or {}, change.after or {}
    fields = {key: [before.get(key), after.get(key)] for key in change.fields}
    return {"kind": change.kind, "id": change.id, "what": _what(change), "fields": fields}


def sorted_out(changes: Sequence[Change]) -> dict[str, list[Change]]:
    """The changes as "new", "changed" and "gone"."""
    found: dict[str, list[Change]] = {"new": [], "changed": [], "gone": []}
    for change in changes:
        found[_what(change)].append(change)
    return found


def _what(change: Change) -> str:
    if change.after is None:
        return "gone"
    return "new" if change.before is None else "changed"


def _about(change: Change, named: Named) -> str:
    kind = words(f"kind.{change.kind if f'kind.{change.kind}' in words else 'other'}")
    said = change.after or change.before or {}
    name = str(said.get("name", "")) or (
        named(str(said.get("person", ""))) if change.kind == "absence" else ""
    )
    if name:
        return words("change.named", kind=kind, id=change.id, name=name)
    return words("change.about", kind=kind, id=change.id).strip()


def _field(key: str) -> str:
    return words(f"field.{key}") if f"field.{key}" in words else key


def _value(key: str, value: Any, named: Named) -> str:
    if value is None or value in ("", [], {}, ()):
        return words("change.nothing")
    if isinstance(value, list | tuple):
        return ", ".join(_value(key, one, named) for one in value)
    if isinstance(value, Mapping):
        return " ".join(map(str, value.values()))
    name = named(str(value)) if key in _PEOPLE else ""
    return words("change.person", id=value, name=name) if name else str(value)
