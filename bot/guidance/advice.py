"""Advice: which topic a described situation is about, found locally, the same each time, and explained."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from bot.files import bad, load
from bot.guidance import remembering
from bot.guidance.content import Piece, root
from bot.guidance.danger import danger_words, in_danger
from bot.guidance.matching.examples import ABOUT_DANGER, ABUSE, DANGER, OUTSIDE, THANKS, UNCLEAR
from bot.guidance.matching.learned import Learned, learned
from bot.guidance.matching.meaning import points
from bot.guidance.matching.model import Numbers
from bot.guidance.matching.stems import counted, words

__all__ = ["DANGER", "SURE", "Advised", "Kind", "Topic", "advise", "topic", "topics"]

SURE = 0.5
"""From this confidence on the topic is taken; below it one question is asked."""
Kind = Literal["topic", "unclear", "outside", "abuse", "thanks", "language"]
"""What was written: something to advise on, too little for it, something outside the subject, abuse,
thanks, or another language."""

_NEXT = 2
"""How many topics are offered beside the first."""
_MOST_READ = 1_500
"""Characters; of a longer text the beginning and the end are read."""
_SHARP = 6.0
"""How far a lead in the scores makes the first topic surer."""
_LEANING = 0.15
_ENOUGH = 4
"""Fewer words than these say little, however telling they are."""
_FEWEST_WORDS = 3
_KNOWN = 0.34
"""Of at least so many words this share has to be known, or they are taken for another language."""

_KINDS: Mapping[str, Kind] = {UNCLEAR: "unclear", OUTSIDE: "outside", ABUSE: "abuse", THANKS: "thanks"}

_LETTER = re.compile(r"[^\W\d_]")

Steps = Annotated[tuple[str, ...], Field(min_length=1, max_length=5)]


class Topic(Piece):
    """What is said about a topic. `question` names it in a choice; `redirect`: it has a route of its own;
    `escalates`: whether it can be raised here at all. At most five `next_steps`, each a short line."""

    id: str = ""
    title: str
    question: str
    next_steps: Steps
    say: tuple[str, ...]
    skills: tuple[str, ...]
    write_down: str
    escalate: str
    source: str
    redirect: str = ""
    escalates: bool = True


@dataclass(frozen=True, slots=True)
class Advised:
    """`topic` is empty where nothing fits. `confidence` is between 0 and 1. `alternatives` are the next
    topics, best first. `because` are the person's own words that led there. `urgent`: somebody is
    at risk now.
    """

    topic: str
    confidence: float
    alternatives: tuple[str, ...]
    because: tuple[str, ...]
    urgent: bool
    kind: Kind = "topic"

    @property
    def sure(self) -> bool:
        return bool(self.topic) and self.confidence >= SURE


@cache
def topics() -> Mapping[str, Topic]:
    """All topics by id, which is the name of the file. Raises BadFile."""
    files = sorted((root() / "advice").glob("*.yaml"))
    return {path.stem: load(path, Topic).model_copy(update={"id": path.stem}) for path in files}


def topic(id: str) -> Topic:
    """The topic of this id. Raises KeyError."""
    return topics()[id]


def advise(text: str, leaning: Iterable[str] = ()) -> Advised:
    """The topic of the situation. `leaning` are topics that an earlier description already spoke for."""
    leaning = tuple(leaning)
    if leaning:
        return _advised(text, leaning)
    found: Advised | None = remembering.known("advised", text)
    return found or remembering.keep("advised", text, _advised(text, ()))


def _advised(text: str, leaning: tuple[str, ...]) -> Advised:
    read = _brief(text)
    urgent = in_danger(text)
    found, known = words(read), learned()
    if not found:
        return Advised("", 0.0, (), (), urgent, "language" if _LETTER.search(read) else "unclear")
    weighed = known.terms.weighed(counted(read))
    scores = known.topics.scores(weighed, points([read])[0])
    for id in leaning:
        if id in known.topics.labels:
            scores[known.topics.labels.index(id)] += _LEANING
    chances = _chances(known, scores)
    ranked = sorted((id for id in chances if id in topics()), key=lambda id: (-chances[id], id))
    if urgent:
        others = [id for id in ranked if id != DANGER]
        return Advised(DANGER, 1.0, tuple(others[:_NEXT]), danger_words(text), True)
    kind = _kind(read, known, chances)
    if kind != "topic":
        return Advised("", 0.0, tuple(ranked[:_NEXT]), (), False, kind)
    first, *others = ranked
    label = ABOUT_DANGER if first == DANGER else first
    because = known.topics.because(label, read, known.terms)
    confidence = chances[first] * min(1.0, len(found) / _ENOUGH)
    return Advised(first, round(confidence, 3), tuple(others[:_NEXT]), because, False)


def ready() -> bool:
    """Have all in memory but the encoder, of which `warm` thinks. False where the examples have changed since
    they were learned of: then what was learned before still counts. Raises BadFile."""
    known = learned()
    missing = sorted(topics().keys() - {DANGER} - set(known.topics.labels))
    if missing:
        what = f"Nothing was learned of the topic “{missing[0]}”."
        raise bad(root() / "examples", 0, what, "Write examples for it, and run `braver learn`.")
    return known.current


def warm() -> None:
    """Have the encoder in memory, so that the first answer is as quick as the others. It takes a second."""
    advise("ready")


def _chances(known: Learned, scores: Numbers) -> dict[str, float]:
    """Label → how likely it is the right one."""
    raised = np.exp(_SHARP * (scores - scores.max()))
    labels = (DANGER if label == ABOUT_DANGER else label for label in known.topics.labels)
    return dict(zip(labels, (raised / raised.sum()).tolist(), strict=True))


def _kind(text: str, known: Learned, chances: Mapping[str, float]) -> Kind:
    found = words(text)
    heard = sum(word.stem in known.terms.places for word in found)
    if len(found) >= _FEWEST_WORDS and heard < _KNOWN * len(found):
        return "language"
    best = max(chances, key=lambda label: chances[label])
    return _KINDS.get(best, "topic")


def _brief(text: str) -> str:
    if len(text) <= _MOST_READ:
        return text
    half = _MOST_READ // 2
    return f"{text[:half]}\n{text[-half:]}"
