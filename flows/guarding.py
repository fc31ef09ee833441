"""The guard against identifiers, as people meet it: what was found, the text without it, what may be kept.

Nothing that it stops is stored, not even for a moment: a form that is given back has no effect. What it took
out of a text travels in the form itself, and comes back with it.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.chat.form import MAX_OPTIONS, ChoicesField, Field, Form, Option, Value, Values
from bot.chat.turn import Said, Turn
from bot.desk import Desk
from bot.guidance.identifiers import GRAVITY, Finding, Kind, Known, Offer, find, offer
from bot.guidance.identifiers import put_back as with_words
from bot.guidance.words import Words

words = Words("identifiers")

KEEP = "keep_"
"""Before the id of a text: the field in which words can be put back into it."""
_PARTS = "="
_LONGEST = 75
"""Characters of an option's value."""
_GUESS = "likely_name"


@dataclass(frozen=True, slots=True)
class Guarded:
    """A text and what was found in it. `kept` are the words that its writer keeps, as the policy allows;
    `may_keep` those that can be kept, by mark."""

    findings: tuple[Finding, ...]
    offer: Offer
    kept: frozenset[str]
    may_keep: Mapping[str, str]

    @property
    def stopped(self) -> tuple[Finding, ...]:
        return tuple(one for one in self.findings if one.words not in self.kept)


def identifying(typed: str, desk: Desk) -> str:
    """The kinds in the text, in words; empty where it is clean."""
    kinds = {one.kind for one in find(typed, desk.known)}
    return ", ".join(words(kind) for kind in GRAVITY if kind in kinds)


def without(typed: str, known: Known) -> str:
    """The text with every finding replaced."""
    return offer(typed, find(typed, known), _called()).text


def guard(desk: Desk, values: Values, field: str, *, named: bool = False) -> Guarded:
    """The text of a field. `named`: it is there to name professionals, so names are let through."""
    value = values.get(field)
    typed = value.strip() if isinstance(value, str) else ""
    found = tuple(one for one in find(typed, desk.known) if not (named and one.kind == _GUESS))
    without_them = offer(typed, found, _called())
    overruled = desk.policy.least_data.overrule
    allowed = {one.words for one in found if one.kind in overruled}
    may_keep = {mark: said for mark, said in without_them.marks.items() if said in allowed}
    return Guarded(found, without_them, frozenset(_put(values, field).values()) & allowed, may_keep)


def says(one: Guarded) -> str:
    """What was found, and that it was taken out."""
    found = dict.fromkeys((each.words, each.kind) for each in one.stopped)
    listed = "; ".join(words("found", words=said, kind=words(kind)) for said, kind in found)
    return words("stop_may_keep" if one.may_keep else "stop", found=listed)


def put_back(values: Values) -> Values:
    """The values of a form with the words that were put back, where their marks still stand."""
    back: dict[str, Value] = dict(values)
    for name in values:
        field = name.removeprefix(KEEP)
        typed = values.get(field)
        if field != name and isinstance(typed, str):
            marks = _put(values, field)
            back[field] = with_words(typed, marks, tuple(marks))
    return back


def offered(shown: Form, values: Values, guards: Mapping[str, Guarded]) -> tuple[Form, Values]:
    """The form and what is to stand in it: each text without what was found, and below it what may be put
    back. A form whose texts change is a new one: a platform keeps what was typed in the old."""
    given: dict[str, Value] = dict(values)
    fields: list[Field] = []
    for item in shown.fields:
        fields.append(item)
        typed, one = values.get(item.id), guards.get(item.id)
        if not isinstance(typed, str):
            continue
        if one is not None:
            given[item.id] = one.offer.text if one.findings else typed
            marks, kept = one.may_keep, one.kept
        else:
            marks = _put(values, item.id)
            kept = frozenset(marks.values())
            given[item.id] = _marked(typed, marks)
        if marks:
            fields.append(_keep_field(item.id, marks, kept))
    changed = any(given[name] != values[name] for name in values)
    instance = secrets.token_hex(8) if changed else shown.instance
    return replace(shown, fields=tuple(fields), instance=instance), given


def how_to_delete(turn: Turn) -> str:
    """That what was typed still stands in the chat, and how its writer takes it away there; empty where it
    stands nowhere."""
    key = f"delete.{turn.place.address.platform}"
    return words(key) if isinstance(turn.act, Said) and key in words else ""


def _keep_field(field: str, marks: Mapping[str, str], kept: frozenset[str]) -> ChoicesField:
    options = tuple(
        Option(value, words("keep.option", mark=mark, words=said))
        for mark, said in marks.items()
        if len(value := f"{mark}{_PARTS}{said}") <= _LONGEST
    )[:MAX_OPTIONS]
    chosen = tuple(one.value for one in options if one.value.partition(_PARTS)[2] in kept)
    return ChoicesField(f"{KEEP}{field}", words("keep.label"), options, words("keep.hint"), value=chosen)


def _put(values: Values, field: str) -> dict[str, str]:
    """Mark → words, of what was ticked to be put back into this field."""
    chosen = values.get(f"{KEEP}{field}")
    parts = (one.partition(_PARTS) for one in chosen) if isinstance(chosen, tuple) else ()
    return {mark: said for mark, _, said in parts if said and mark.startswith("[")}


def _marked(typed: str, marks: Mapping[str, str]) -> str:
    for mark, said in marks.items():
        typed = typed.replace(said, mark)
    return typed


def _called() -> dict[Kind, str]:
    return {kind: words(f"called.{kind}") for kind in GRAVITY}
