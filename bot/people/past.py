"""What has changed in the directory, by whom and when: read from its history, which nobody can change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.guidance.words import Words
from bot.people.directory import Directory
from bot.people.records import Change
from bot.people.shown import SHOWN, table
from bot.people.told import as_data, in_words
from bot.store.directory import STREAM
from bot.store.work import Work

words = Words("directory_tools")


@dataclass(frozen=True, slots=True)
class Past:
    """One change; `how` is the kind of event that brought it, `by` a person's id or a name in words."""

    at: datetime
    by: str
    how: str
    change: Change


async def past(work: Work, what: str = "") -> list[Past]:
    """All changes, the oldest first; of `what` alone where it is given: a record by its id, or whatever names
    it, as a post does its holder."""
    return [
        Past(event.at, event.actor, event.kind, change)
        for event in await work.history(STREAM)
        for change in map(_change, event.body["changes"])
        if not what or _is_about(change, what)
    ]


def past_data(one: Past) -> dict[str, Any]:
    return {"at": one.at.isoformat(), "by": one.by, "how": one.how, **as_data(one.change)}


def past_table(found: Sequence[Past], people: Directory, zone: str, what: str) -> str:
    """The newest changes as a table; times are those of the partnership's zone."""
    if not found:
        return words("history.nothing_of", what=what) if what else words("history.nothing")

    def named(person: str) -> str:
        entry = people.person(person)
        return entry.name if entry else ""

    heads = [words(f"history.{key}") for key in ("at", "by", "why", "what")]
    rows = [
        (_time(one.at, zone), _by(one, named(one.by)), _how(one), in_words(one.change, named))
        for one in found[-SHOWN:]
    ]
    earlier = len(found) - len(rows)
    shown = table(heads, rows)
    return f"{words('history.earlier', number=earlier)}\n{shown}" if earlier else shown


def _change(told: Mapping[str, Any]) -> Change:
    return Change(told["kind"], told["id"], told["before"], told["after"])


def _is_about(change: Change, what: str) -> bool:
    if change.id == what:
        return True
    sides = (change.before or {}, change.after or {})
    return any(what == value or (isinstance(value, list) and what in value)
               for side in sides for key, value in side.items() if key in _NAMING)  # fmt: skip


_NAMING = frozenset({"email", "line_manager", "owner", "holder", "deputies", "person", "cover"})


def _by(one: Past, name: str) -> str:
    return name or one.by or words("import.first")


def _how(one: Past) -> str:
    return words(f"history.{one.how}") if f"history.{one.how}" in words else one.how


def _time(at: datetime, zone: str) -> str:
    wall = at.astimezone(ZoneInfo(zone))
    return words(
        "history.time", day=wall.day, month=f"{wall:%B}", year=wall.year, hour=f"{wall.hour}.{wall:%M}"
    )
