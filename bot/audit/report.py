"""What an audit found, as lines to read and as JSON."""

import json
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from bot.audit.findings import Finding
from bot.guidance.words import Words

words = Words("audit")
_FROM_A_BACKUP = ("chain", "no_history", "no_case", "unreadable", "projection", "card_orphan")
"""What only a backup can mend."""
_EACH = 100
"""So many of one kind are said one by one."""


@dataclass(frozen=True, slots=True)
class Audited:
    """All that was found; `told` are the keys of which the coordinator has been told."""

    findings: tuple[Finding, ...]
    cases: int
    streams: int
    told: Collection[str] = ()


def in_words(audited: Audited) -> str:
    """One line for each finding, below it what to do."""
    return "\n".join(_lines(audited))


def as_json(audited: Audited) -> str:
    listed = [
        {
            "kind": one.kind, "case": one.case, "subject": one.subject, "detail": one.detail,
            "since": one.since, "what": what(one), "remedy": remedy(one), "told": one.key in audited.told,
        }
        for one in audited.findings
    ]  # fmt: skip
    numbers = {"cases": audited.cases, "histories": audited.streams}
    whole = {"well": not audited.findings, **numbers, "findings": listed}
    return json.dumps(whole, indent=2, ensure_ascii=False)


def what(one: Finding) -> str:
    text = words(f"{one.kind}.what", subject=one.subject, detail=one.detail, since=one.since)
    return words("line.of_case", case=one.case, what=text) if one.case else _sentence(text)


def remedy(one: Finding) -> str:
    text = words(f"{one.kind}.remedy")
    return f"{text} {words('restore')}" if one.kind in _FROM_A_BACKUP else text


def _lines(audited: Audited) -> Iterator[str]:
    numbers = {"cases": f"{audited.cases:,}", "streams": f"{audited.streams:,}"}
    if not audited.findings:
        yield words("sum.whole", **numbers)
        return
    said = Counter[str]()
    for one in audited.findings:
        said[one.kind] += 1
        if said[one.kind] > _EACH:
            continue
        yield f"✗ {what(one)}"
        yield f"  → {remedy(one)}"
        if one.key in audited.told:
            yield f"    {words('line.told')}"
    for kind, number in said.items():
        if number > _EACH:
            yield f"✗ {kind}: {words('sum.more', number=number - _EACH)}"
    yield words("sum.broken", number=len(audited.findings), **numbers)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"
