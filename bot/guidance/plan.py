"""The challenge plan: a worry turned into a prepared challenge, in three tones, and checked.

The words are in `content/plan.yaml`. A line of a tone whose hole stays empty is left out.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict

from bot.files import bad, load
from bot.guidance.content import Piece, root
from bot.guidance.signals import AGAINST, Signal, signals

Part = Literal["known", "think", "voice", "agree", "disagree", "ask", "by_when"]
"""What a plan is made of: what I know, what I think, the child's voice, what I agree with, what I disagree
with and why it matters, what I ask for, by when."""
Tone = Literal["calm", "firm", "formal"]
PARTS: tuple[Part, ...] = get_args(Part)
TONES: tuple[Tone, ...] = get_args(Tone)

_FIELDS: Mapping[Signal, Part] = {
    "voice": "voice", "agrees": "agree", "request": "ask", "deadline": "by_when",
}  # fmt: skip
"""What has a part of its own."""
_HOLE = re.compile(r"\{(\w+)\}")


class ChallengePlan(BaseModel):
    """The parts, as they were written; empty where nothing was."""

    model_config = ConfigDict(extra="forbid")
    known: str = ""
    think: str = ""
    voice: str = ""
    agree: str = ""
    disagree: str = ""
    ask: str = ""
    by_when: str = ""

    def part(self, part: Part) -> str:
        text: str = getattr(self, part)
        return text

    @property
    def missing(self) -> tuple[Part, ...]:
        return tuple(part for part in PARTS if not self.part(part).strip())


class PartWords(Piece):
    """How a part is asked for: as a field of the form, and as a `question` in conversation."""

    label: str
    hint: str
    question: str
    example: str


class ToneWords(Piece):
    name: str
    script: str
    message: str


class CheckWords(Piece):
    """`there` has the hole {words}; `missing` is empty for what is better not there."""

    there: str
    missing: str = ""


class _File(Piece):
    fields: dict[Part, PartWords]
    tones: dict[Tone, ToneWords]
    checks: dict[Signal, CheckWords]


@dataclass(frozen=True, slots=True)
class Finding:
    """What the check says of one thing. `good`: it is as it should be."""

    signal: Signal
    good: bool
    says: str


def part_words(part: Part) -> PartWords:
    return _file().fields[part]


def tone_words(tone: Tone) -> ToneWords:
    return tones()[tone]


def tones() -> Mapping[Tone, ToneWords]:
    """All three. Raises BadFile."""
    return _file().tones


def script(plan: ChallengePlan, tone: Tone, role: str) -> tuple[str, ...]:
    """What to say on the phone, line by line; `role` is that of whoever speaks."""
    return _lines(tone_words(tone).script, plan, role)


def message(plan: ChallengePlan, tone: Tone, role: str) -> tuple[str, ...]:
    """A short message to send, line by line."""
    return _lines(tone_words(tone).message, plan, role)


def check(plan: ChallengePlan) -> tuple[Finding, ...]:
    """The plan against the checklist: what is there, in its own words, and what is missing. What has a part
    of its own is read there alone; filled in with other words, it is neither praised nor missing.
    """
    held = dict(signals("\n".join(plan.part(part) for part in PARTS)))
    fields = {signal: plan.part(part).strip() for signal, part in _FIELDS.items()}
    for signal, written in fields.items():
        held[signal] = signals(written).get(signal, ())
    found: list[Finding] = []
    for signal, words in _file().checks.items():
        said = held.get(signal)
        if said:
            quoted = ", ".join(f"“{one}”" for one in said)
            found.append(Finding(signal, signal not in AGAINST, words.there.replace("{words}", quoted)))
        elif words.missing and not fields.get(signal):
            found.append(Finding(signal, False, words.missing))
    return tuple(found)


def _lines(template: str, plan: ChallengePlan, role: str) -> tuple[str, ...]:
    lines = []
    for line in template.strip().splitlines():
        holes = _HOLE.findall(line)
        values = {hole: role if hole == "role" else getattr(plan, hole).strip() for hole in holes}
        if all(values.values()):
            lines.append(_HOLE.sub(partial(_filled, values), line.strip()))
    return tuple(line for line in lines if line)


def _filled(values: Mapping[str, str], hole: re.Match[str]) -> str:
    """What was written, in one line, with a full stop at its end where it is a part of the plan."""
    text = " ".join(values[hole[1]].split())
    return text if hole[1] == "role" or text.endswith((".", "!", "?", "…", "”")) else f"{text}."


@cache
def _file() -> _File:
    path = root() / "plan.yaml"
    file = load(path, _File)
    known = {*PARTS, "role"}
    for tone in file.tones.values():
        for hole in (*_HOLE.findall(tone.script), *_HOLE.findall(tone.message)):
            if hole not in known:
                raise bad(
                    path, 0, f"There is nothing to put into “{{{hole}}}”.", "Write the name of a field."
                )
    for name, wanted, has in (("fields", PARTS, file.fields), ("tones", TONES, file.tones)):
        if set(wanted) != set(has):
            raise bad(path, 0, f"Under `{name}` something is missing.", f"Write {', '.join(wanted)}.")
    return file
