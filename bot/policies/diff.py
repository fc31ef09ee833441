"""What changes for people between two editions of a policy, in words. Any difference is at least one line."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from difflib import SequenceMatcher
from typing import Any

from pydantic import BaseModel

from bot.escalation.clock import Week, week_in_words
from bot.escalation.policy import (
    Cap,
    Check,
    Clock,
    Copy,
    Exclusion,
    Policy,
    Side,
    Stage,
    UrgentContact,
    Within,
)  # fmt: skip
from bot.guidance.ladder import clock_label, joined, post, posts, roles, sentence, short_name
from bot.guidance.words import Words

words = Words("policy")

_GROUPS = ("identity", "stages", "clocks", "people", "moves", "ending", "numbers", "hours")
_GROUP_OF = {
    **dict.fromkeys(("calendar",), "hours"),
    **dict.fromkeys(("before", "exclusions", "urgent_track", "moves"), "moves"),
    **dict.fromkeys(("priorities", "caps", "clocks", "prompt_again", "identify_within",
                     "confirm_talk_within"), "clocks"),
    **dict.fromkeys(("reach", "copies", "raising", "receiving", "agencies", "convener", "chair", "invite",
                     "quorum"), "people"),
    **dict.fromkeys(("outcomes", "closing", "after_closing", "retention"), "ending"),
    "least_data": "moves",
    "stages": "stages",
}  # fmt: skip
"""The group of a part, by the field that it stands in; what is not named is in the group around it."""

_KEYS: dict[str, tuple[str, ...]] = {
    "Clock": ("name", "owner"),
    "Cap": ("first", "last", "track"),
    "Copy": ("to", "side", "sees"),
    "UrgentContact": ("number",),
    "Outcome": ("code",),
    **dict.fromkeys(("PreStage", "Exclusion", "Priority", "Check", "Question"), ("id",)),
}
"""By what a part of a list is known again in the other edition; a stage by its name or its label."""

_CODED = ("status", "starts", "binding", "when_due", "track", "sees", "side", "owner", "on", "open",
          "overrule")  # fmt: skip
_REFS = ("tell", "invite", "convener", "chair", "to", "receiving", "nobody_left")
_PARTS_OF_A_CASE = ("by", "agree", "ask")
_LINES = ("unconfirmed", "closures")
"""Lists of single lines, each of which comes or goes by itself."""
_NAMING = ("id", "label", "question", "to")
"""What the title of a part says already."""


@dataclass(frozen=True, slots=True)
class Change:
    """One line, and the group that it stands in."""

    group: str
    line: str


@dataclass(frozen=True, slots=True)
class _At:
    """Where the comparison is: in which part of the policy, and in whose words."""

    group: str = "identity"
    where: str = ""
    stage: str = ""

    def said(self) -> str:
        return words("diff.where", where=self.where) if self.where else ""

    def into(self, kind: str, field: str) -> "_At":
        numbers = (kind, field) == ("Policy", "urgent")
        return replace(self, group="numbers" if numbers else _GROUP_OF.get(field, self.group))

    def within(self, where: str) -> "_At":
        return replace(self, where=f"{self.where}, {where}" if self.where else sentence(where))


def changes(old: Policy, new: Policy) -> tuple[Change, ...]:
    """Everything that differs, in the order of the groups; () if the two are equal."""
    found = list(_models(old, new, _At()))
    return tuple(sorted(found, key=lambda change: _GROUPS.index(change.group)))


def in_words(found: tuple[Change, ...]) -> str:
    """The lines under the names of their groups."""
    if not found:
        return words("diff.nothing")
    lines: list[str] = []
    for group in _GROUPS:
        own = [change.line for change in found if change.group == group]
        if own:
            lines += ["", words(f"diff.group.{group}"), *(f"  - {line}" for line in own)]
    return "\n".join(lines[1:])


def _models(old: BaseModel, new: BaseModel, at: _At) -> Iterator[Change]:
    kind = type(old).__name__
    for field in type(old).model_fields:
        before, after = getattr(old, field), getattr(new, field)
        if before != after:
            yield from _values(kind, field, before, after, at.into(kind, field))


def _values(kind: str, field: str, before: Any, after: Any, at: _At) -> Iterator[Change]:
    """One field that differs: a part, a list of parts, or a value."""
    some = before or after
    if isinstance(before, BaseModel) and type(before) is type(after):
        yield from _models(before, after, _inside(kind, field, at))
    elif isinstance(some, tuple) and some and isinstance(some[0], BaseModel):
        yield from _lists(kind, field, before or (), after or (), at)
    elif field == "agencies":
        yield from _agencies(before, after, at)
    elif field in _LINES:
        yield from _each_line(kind, field, before, after, at)
    elif isinstance(before, BaseModel) or isinstance(after, BaseModel):
        yield from _whole(kind, field, before, after, at)
    else:
        yield _changed(kind, field, before, after, at)


def _each_line(
    kind: str, field: str, before: tuple[Any, ...], after: tuple[Any, ...], at: _At
) -> Iterator[Change]:
    """A list of single lines: each that goes and each that comes; else only their order, or how often."""
    what = _label(kind, field)
    kinds = (("diff.goes", before, after), ("diff.appears", after, before))
    moved = True
    for key, these, others in kinds:
        for one in these:
            if one not in others:
                moved = False
                valued = words("diff.and_value", what=what, value=_said(kind, field, (one,)))
                yield Change(at.group, words(key, where=at.said(), what=valued))
    if moved:
        yield Change(at.group, sentence(words("diff.order", where=at.said(), what=what)))


def _inside(kind: str, field: str, at: _At) -> _At:
    if (kind, field) == ("Stage", "urgent"):
        return replace(at, where=words("diff.urgent", stage=at.where))
    if kind == "Policy" and field in ("calendar", "moves", "reach", "closing"):
        return at
    return at.within(_label(kind, field))


def _whole(kind: str, field: str, before: Any, after: Any, at: _At) -> Iterator[Change]:
    """A part that only one of the two has, or that is of another kind."""
    both = before is not None and after is not None
    if both or (kind, field) == ("Week", field):
        yield _changed(kind, field, before, after, at)
        return
    part, key = (after, "diff.appears") if before is None else (before, "diff.goes")
    what = words("diff.and_value", what=_label(kind, field), value=_part(part))
    yield Change(at.group, words(key, where=at.said(), what=what))


def _changed(kind: str, field: str, before: Any, after: Any, at: _At) -> Change:
    what = _label(kind, field)
    if isinstance(before, bool):
        what = words("diff.quoted", text=what)
    if kind == "Clock" and field == "within":
        at, what = replace(at, where=at.stage), at.where.removeprefix(f"{at.stage}, ")
    line = words(
        "diff.changes", where=at.said(), what=what if at.where else sentence(what),
        old=_said(kind, field, before), new=_said(kind, field, after),
    )  # fmt: skip
    return Change(at.group, line)


def _label(kind: str, field: str) -> str:
    return words(f"diff.field.{kind}.{field}")


def _agencies(before: Mapping[str, Any], after: Mapping[str, Any], at: _At) -> Iterator[Change]:
    for agency in dict.fromkeys((*before, *after)):
        old, new = before.get(agency), after.get(agency)
        if old != new:
            what = words("diff.agency", agency=short_name(agency))
            old_said, new_said = (posts(refs, "receiving") if refs else None for refs in (old, new))
            yield _one_sided_or_changed(what, old_said, new_said, at)


def _one_sided_or_changed(what: str, old: str | None, new: str | None, at: _At) -> Change:
    if old is not None and new is not None:
        return Change(at.group, words("diff.changes", where=at.said(), what=what, old=old, new=new))
    valued = words("diff.and_value", what=what, value=new if old is None else old)
    return Change(
        at.group, words("diff.appears" if old is None else "diff.goes", where=at.said(), what=valued)
    )


# Lists of parts


def _lists(
    kind: str, field: str, before: tuple[Any, ...], after: tuple[Any, ...], at: _At
) -> Iterator[Change]:
    pairs = _stages(before, after) if field == "stages" else _keyed(before, after)
    for old, new in pairs:
        if old is None or new is None:
            part, key = (new, "diff.appears") if old is None else (old, "diff.goes")
            yield Change(at.group, words(key, where=at.said(), what=_title_and_part(part)))
        elif old != new:
            yield from _models(old, new, _of_part(old, at))
    kept_old = [old for old, new in pairs if old is not None and new is not None]
    kept = [id(new) for old, new in pairs if old is not None and new is not None]
    in_new = [id(one) for one in after if id(one) in kept]
    in_old = [id(one) for one in before if any(one is old for old in kept_old)]
    moved = in_new != kept or in_old != [id(old) for old in kept_old]
    if field != "stages" and moved:
        yield Change(at.group, sentence(words("diff.order", where=at.said(), what=_label(kind, field))))


Pairs = list[tuple[Any, Any]]


def _keyed(before: tuple[Any, ...], after: tuple[Any, ...]) -> Pairs:
    """Each part with the one of the same key; parts with one key in their order."""
    left = list(after)
    pairs: Pairs = []
    for old in before:
        new = next((one for one in left if _key(one) == _key(old)), None)
        if new is not None:
            left = [one for one in left if one is not new]
        pairs.append((old, new))
    return pairs + [(None, one) for one in left]


def _key(part: Any) -> tuple[Any, ...]:
    return tuple(getattr(part, key) for key in _KEYS[type(part).__name__])


def _stages(before: tuple[Stage, ...], after: tuple[Stage, ...]) -> Pairs:
    """Stages that go by the same name belong together, then those that stand in the same place between."""
    matcher = SequenceMatcher(None, [one.name for one in before], [one.name for one in after], autojunk=False)
    pairs: Pairs = []
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            pairs += zip(before[a:b], after[c:d], strict=True)
            continue
        old, new = before[a:b], after[c:d]
        shared = min(len(old), len(new))
        pairs += zip(old[:shared], new[:shared], strict=True)
        pairs += [(one, None) for one in old[shared:]] + [(None, one) for one in new[shared:]]
    return pairs


def _of_part(part: Any, at: _At) -> _At:
    """Within a part of a list: a clock goes by what it measures, so that its time reads as a sentence."""
    if isinstance(part, Stage):
        return replace(at, where=_title(part), stage=_title(part))
    if isinstance(part, Clock):
        what = _time_of(part)
        return replace(at, where=f"{at.where}, {what}" if at.where else what, stage=at.where)
    return at.within(_title(part))


def _time_of(clock: Clock) -> str:
    if clock.label:
        return words("diff.time_of", label=clock.label)
    return words(f"diff.time.{clock.name}.{clock.owner}")


def _title(part: Any) -> str:
    match part:
        case Stage():
            return f"{part.label}, {part.name}"
        case Clock():
            return clock_label(part)
        case Cap():
            return words("diff.cap", first=part.first, last=part.last)
        case Copy():
            return words("diff.copy", post=post(part.to, part.side or "receiving"))
        case _:
            kind = type(part).__name__
            named = next(key for key in ("label", "question", "name") if hasattr(part, key))
            return words(f"diff.item.{kind}", name=getattr(part, named))


def _title_and_part(part: Any) -> str:
    """A part that is new or gone: what it is called, and what matters about it."""
    match part:
        case Clock():
            said = _said("Clock", "within", part.within)
        case Cap():
            said = part.within.words
        case Stage():
            said = _part(part, "raising", "receiving", "clocks")
        case UrgentContact():
            said = part.number
        case Copy() | Check() | Exclusion():
            said = _part(part, *(key for key in type(part).model_fields if key not in _NAMING))
        case _:
            said = ""
    return words("diff.and_value", what=_title(part), value=said) if said else _title(part)


# Values


def _said(kind: str, field: str, value: Any) -> str:
    if isinstance(value, bool):
        return words("diff.yes" if value else "diff.no")
    if value is None or value in ("", (), {}):
        return words("diff.closed" if kind == "Week" else "diff.nothing_said")
    if isinstance(value, Within):
        written = value.written()
        if isinstance(written, str):
            return written
        return "; ".join(words("diff.and_value", what=key, value=time) for key, time in written.items())
    if field in _CODED and isinstance(value, str):
        return words(f"diff.value.{field}.{value}")
    if isinstance(value, tuple):
        return _several(kind, field, value)
    if field in _PARTS_OF_A_CASE:
        return roles((value,))
    if field in _REFS and isinstance(value, str):
        return post(value, "receiving")
    if isinstance(value, BaseModel):
        return _part(value)
    return words("diff.quoted", text=value) if isinstance(value, str) else str(value)


def _several(kind: str, field: str, value: tuple[Any, ...]) -> str:
    if field in _CODED:
        return joined([words(f"diff.value.{field}.{one}") for one in value])
    if field in _PARTS_OF_A_CASE or (kind, field) == ("Check", "tell"):
        return roles(value, "or" if field == "by" else "and")
    if field in ("raising", *_REFS):
        side: Side = "raising" if field == "raising" else "receiving"
        return posts(value, side)
    if isinstance(value[0], date):
        return joined([day.isoformat() for day in value])
    return "; ".join(words("diff.quoted", text=one) for one in value)


def _part(part: BaseModel, *fields: str) -> str:
    """A part in short: the values that it has, of all its fields or of these."""
    if isinstance(part, Week):
        return week_in_words(part)
    kind = type(part).__name__
    said = []
    for field in fields or type(part).model_fields:
        value = getattr(part, field)
        if value in (None, "", (), {}):
            continue
        if isinstance(value, tuple) and isinstance(value[0], BaseModel):
            shown = "; ".join(_title_and_part(one) for one in value)
        else:
            shown = _said(kind, field, value)
        said.append(words("diff.and_value", what=_label(kind, field), value=shown))
    return "; ".join(said)
