"""How well the guard finds what would say who is meant: `python -m bench.identifiers`. It fails where less
than 95 % of the identifiers are found, or more than 3 % of the clean sentences are stopped, in any of the
three sets, or where it is slower than 10 ms.

The sentences stand in tests/labelled. Its time for 3,000 characters is given beside that of reading the same
text with json.loads, measured in the same run.
"""

import json
import re
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

from bot.guidance.identifiers import GRAVITY, Finding, Known, find
from bot.people.directory import Directory
from bot.people.source import load as load_directory

FOLDER = Path(__file__).parent.parent / "tests" / "labelled"
SETS = ("tuned-on", "held-out", "fresh")
RECALL, ALARMS = 0.95, 0.03
LENGTH, ROUNDS = 3_000, 200
_MARK = re.compile(r"\[\[(\w+):(.*?)\]\]")


@dataclass(frozen=True, slots=True)
class Sentence:
    """`marked` are kind, start and end of each identifier in `text`; none where it is clean."""

    text: str
    marked: tuple[tuple[str, int, int], ...]


@dataclass(slots=True)
class Measured:
    """Counts by kind; `missed` and `alarms` with the sentence, to be looked at."""

    there: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    clean: int = 0
    stopped: int = 0
    missed: list[str] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)

    @property
    def recall(self) -> float:
        return self.found.total() / self.there.total()

    @property
    def false_alarms(self) -> float:
        return self.stopped / self.clean


def sentences(one_set: str) -> list[Sentence]:
    """The labelled sentences of a set."""
    lines = (FOLDER / f"{one_set}.txt").read_text(encoding="utf-8").splitlines()
    return [_sentence(line) for line in lines if line and not line.startswith("#")]


def _sentence(line: str) -> Sentence:
    text, marked, upto = "", list[tuple[str, int, int]](), 0
    for match in _MARK.finditer(line):
        text += line[upto : match.start()]
        marked.append((match[1], len(text), len(text) + len(match[2])))
        text += match[2]
        upto = match.end()
    return Sentence(text + line[upto:], tuple(marked))


def measured(one_set: str, known: Known) -> Measured:
    """An identifier is found where one finding of its kind covers all of it."""
    total = Measured()
    for one in sentences(one_set):
        findings = find(one.text, known)
        for kind, start, end in one.marked:
            total.there[kind] += 1
            if any(f.kind == kind and f.start <= start and f.end >= end for f in findings):
                total.found[kind] += 1
            else:
                total.missed.append(f"{kind}: {one.text}")
        _false(one, findings, total)
    return total


def _false(one: Sentence, findings: tuple[Finding, ...], total: Measured) -> None:
    if not one.marked:
        total.clean += 1
        total.stopped += bool(findings)
        if findings:
            total.alarms.append(f"{', '.join(f'{f.kind} “{f.words}”' for f in findings)}: {one.text}")
        return
    for f in findings:
        if not any(f.start < end and f.end > start for _, start, end in one.marked):
            total.extra.append(f"{f.kind} “{f.words}”: {one.text}")


def staff() -> Known:
    """The staff of the example directory."""
    directory = load_directory(Path("content/directories/example.yaml"), frozenset())
    return known_of(directory)


def known_of(directory: Directory) -> Known:
    places = (*(one.name for one in directory.agencies), *(one.name for one in directory.teams))
    return Known.of((one.name for one in directory.people), places)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def main() -> int:
    """Print the table, the misses and the alarms; 1 where a target is missed."""
    known, bad = staff(), False
    for one_set in SETS:
        total = measured(one_set, known)
        _say(f"\n{one_set}: {len(sentences(one_set))} sentences, {total.clean} of them clean")
        for kind in GRAVITY:
            there, found = total.there[kind], total.found[kind]
            _say(f"  {kind:14} {found:3} of {there:3}  {found / there if there else 1:6.1%}")
        _say(f"  {'all':14} {total.found.total():3} of {total.there.total():3}  {total.recall:6.1%}")
        _say(f"  false alarms   {total.stopped:3} of {total.clean:3}  {total.false_alarms:6.1%}")
        for name in ("missed", "alarms", "extra"):
            for line in getattr(total, name):
                _say(f"    {name}: {line}")
        bad = bad or total.recall < RECALL or total.false_alarms > ALARMS
    return 1 if bad or not _timed(known) else 0


def _timed(known: Known) -> bool:
    text = " ".join(one.text for one_set in SETS for one in sentences(one_set))[:LENGTH]
    packed = json.dumps({"text": text})
    find(text, known)
    guard, reading = [], []
    for _ in range(ROUNDS):
        began = perf_counter()
        find(text, known)
        guard.append(perf_counter() - began)
        began = perf_counter()
        json.loads(packed)
        reading.append(perf_counter() - began)
    one, other = min(guard), min(reading)
    ratio = f"{one / other:.0f} times json.loads"
    _say(f"\n{LENGTH} characters: {one * 1000:.2f} ms (the quickest of {ROUNDS}), {ratio}")
    return one < 0.010


if __name__ == "__main__":
    sys.exit(main())
