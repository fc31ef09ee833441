"""What `braver audit verify` and `check` found, as lines to read and as JSON."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from bot.audit.checking import Checked, Proven
from bot.audit.verifying import MOST, Breach, Verified
from bot.guidance.words import Words

words = Words("verify")
_EACH = 100
"""So many of one kind are said one by one."""


def in_words(seen: Verified, *, signs: bool) -> str:
    """One line for each finding, below it what to do. `signs`: there is a key to sign with."""
    return "\n".join((*_breaches(seen.breaches), *_sums(seen, signs)))


def as_json(seen: Verified) -> str:
    listed = [
        {
            "kind": one.kind, "subject": one.subject, "detail": one.detail, "what": what(one),
            "remedy": remedy(one),
        }
        for one in seen.breaches
    ]  # fmt: skip
    numbers = {"histories": seen.streams, "events": seen.events, "anchors": seen.anchors}
    newest = None
    if seen.newest is not None:
        number, at, key = seen.newest
        newest = {"number": number, "at": at.isoformat(), "key": key}
    more = {"newest": newest, "not_yet_anchored": seen.moved, "outside": seen.outside}
    return _json({"well": not seen.breaches, **numbers, **more, "findings": listed})


def what(one: Breach) -> str:
    return words(f"{one.kind}.what", subject=one.subject, detail=one.detail)


def remedy(one: Breach) -> str:
    key = f"{one.kind}.remedy"
    return words(key) if key in words else words("tampered")


def checked_in_words(seen: Checked, *, known: bool) -> str:
    """`known`: the key that signs was given."""
    return "\n".join(_checked(seen, known))


def checked_as_json(seen: Checked) -> str:
    found = [{"kind": kind, "what": words(f"check.{kind}", detail=detail)} for kind, detail in seen.faults]
    named = {"history": seen.stream, "called": seen.called, "made_at": seen.made_at.isoformat()}
    proven = {"since": _proven(seen.first), "proven": _proven(seen.last)}
    return _json({"well": not seen.faults, **named, "events": seen.events, **proven, "findings": found})


def _breaches(breaches: list[Breach]) -> Iterator[str]:
    said = Counter[str]()
    for one in breaches:
        said[one.kind] += 1
        if said[one.kind] <= _EACH:
            yield f"✗ {what(one)}"
            yield f"  → {remedy(one)}"
    for kind, number in said.items():
        if number > _EACH:
            yield f"✗ {kind}: {words('line.more', number=number - _EACH)}"


def _sums(seen: Verified, signs: bool) -> Iterator[str]:
    numbers = {"streams": f"{seen.streams:,}", "events": f"{seen.events:,}", "anchors": f"{seen.anchors:,}"}
    yield words("line.sure", **numbers)
    if seen.newest is not None:
        number, at, key = seen.newest
        yield words("line.newest", number=number, at=_time(at), key=key)
    else:
        yield words("line.none")
    if not signs:
        yield words("line.no_key")
    if seen.moved:
        yield words("line.moved", moved=f"{seen.moved:,}" + ("+" if seen.moved == MOST else ""))
    yield words("line.outside", outside=f"{seen.outside:,}") if seen.outside else words("line.not_outside")
    yield words("sum.broken", number=len(seen.breaches)) if seen.breaches else words("sum.whole")


def _checked(seen: Checked, known: bool) -> Iterator[str]:
    named = {"called": seen.called, "stream": seen.stream, "made_at": _time(seen.made_at)}
    yield words("check.what", **named, events=f"{seen.events:,}")
    for kind, detail in seen.faults:
        yield f"✗ {words(f'check.{kind}', detail=detail)}"
    if seen.last is not None and seen.first is not None:
        last, first = seen.last, seen.first
        when = {"number": last.number, "at": _time(last.at), "digest": last.digest}
        yield words("check.proven", events=f"{last.events:,}", **when)
        if first is not last:
            yield words("check.since", events=f"{first.events:,}", number=first.number, at=_time(first.at))
        if seen.events > last.events:
            yield words("check.after", number=f"{seen.events - last.events:,}")
        if not known:
            yield words("check.signed", key=last.key)
    if seen.readable:
        yield words("check.readable")
    if not seen.faults:
        yield words("check.whole")


def _proven(one: Proven | None) -> dict[str, Any] | None:
    if one is None:
        return None
    said = {"events": one.events, "anchor": one.number, "at": one.at.isoformat()}
    return {**said, "digest": one.digest, "key": one.key}


def _time(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _json(whole: dict[str, Any]) -> str:
    return json.dumps(whole, indent=2, ensure_ascii=False)
