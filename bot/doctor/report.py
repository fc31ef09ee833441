"""What was found, as lines to read and as JSON."""

import json
from collections.abc import Iterator

from bot.chat.port import Finding
from bot.doctor.findings import words

_GROUPS = (
    "settings", "credentials", "scopes", "address", "database", "audit", "directory", "policy", "clock",
    "email", "heartbeat",
)  # fmt: skip
_SIGNS = {"ok": "✓", "look": "!", "fix": "✗"}
_WIDTH = 4


def in_words(found: tuple[Finding, ...]) -> str:
    """By group; each finding with its sign, its word, what is wrong, and below it what to do."""
    return "\n".join((*_lines(found), _sum(found)))


def as_json(found: tuple[Finding, ...]) -> str:
    """An object with the numbers and the findings, in the same order."""
    listed = [
        {"group": one.group, "state": one.state, "what": one.what, "remedy": one.remedy}
        for one in sorted(found, key=_order)
    ]
    return json.dumps({**_numbers(found), "findings": listed}, indent=2, ensure_ascii=False)


def must_be_mended(found: tuple[Finding, ...]) -> bool:
    return any(one.state == "fix" for one in found)


def _lines(found: tuple[Finding, ...]) -> Iterator[str]:
    group = ""
    for one in sorted(found, key=_order):
        if one.group != group:
            group = one.group
            yield words(f"heading.{group}")
        yield f"  {_SIGNS[one.state]} {words(f'state.{one.state}'):<{_WIDTH}}  {one.what}"
        if one.remedy:
            yield f"    {'':<{_WIDTH}}  → {one.remedy}"


def _sum(found: tuple[Finding, ...]) -> str:
    numbers = _numbers(found)
    said = [words("sum.fix", fix=numbers["fix"]) if numbers["fix"] else words("sum.well")]
    if numbers["look"]:
        said.append(words("sum.look", look=numbers["look"]))
    return " ".join(said)


def _numbers(found: tuple[Finding, ...]) -> dict[str, int]:
    return {state: sum(one.state == state for one in found) for state in ("fix", "look", "ok")}


def _order(one: Finding) -> int:
    return _GROUPS.index(one.group)
