"""The text without what would say who is meant: offered in its place."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from bot.guidance.identifiers.finding import Finding, Kind


@dataclass(frozen=True, slots=True)
class Offer:
    """`text` with a mark in the place of each finding; `marks` gives, for each mark, the words that stood
    there."""

    text: str
    marks: Mapping[str, str]


def offer(typed: str, findings: Sequence[Finding], called: Mapping[Kind, str]) -> Offer:
    """`called` is what stands in a mark, by kind: "name" gives “[name removed]”. The same words get the same
    mark; where other words of the same kind were found too, the marks are numbered."""
    kept: dict[Kind, list[str]] = {}
    for one in findings:
        words = kept.setdefault(one.kind, [])
        if one.words not in words:
            words.append(one.words)
    marks: dict[tuple[Kind, str], str] = {}
    for kind, words in kept.items():
        for number, each in enumerate(words, start=1):
            count = f" {number}" if len(words) > 1 else ""
            marks[kind, each] = f"[{called[kind]}{count} removed]"
    parts: list[str] = []
    upto = 0
    for one in findings:
        parts += [typed[upto : one.start], marks[one.kind, one.words]]
        upto = one.end
    text = "".join((*parts, typed[upto:]))
    return Offer(text, {mark: words for (_, words), mark in marks.items()})


def put_back(text: str, marks: Mapping[str, str], wanted: Collection[str]) -> str:
    """The text with the words of these marks where the marks stand."""
    for mark in wanted:
        if mark in marks:
            text = text.replace(mark, marks[mark])
    return text
