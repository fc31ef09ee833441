"""Advice: which topic a described situation is about, found locally, the same each time, and explained.

A topic is scored by how near the words are to what practitioners say about it (`utterances`) and by its
key words. No words leave the machine, and none are kept.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise

import snowballstemmer  # type: ignore[import-untyped]
from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from bot.files import load
from bot.guidance.content import Piece, root
from bot.guidance.danger import in_danger

DANGER = "immediate-danger"
"""The topic that goes before all others where somebody is at risk now."""

SURE = 0.45
"""From this confidence on the topic is taken; below it one question is asked."""

_WORD = re.compile(r"[A-Za-z0-9]+(?:['’][A-Za-z]+)?")
_NEAREST = 3
_LONGEST_KEY = 6
_MOST_READ = 4_000
"""Characters; a form takes fewer."""
_WEIGHTS = {"whole": 1.2, "near": 0.6, "key": 0.8}
_STRONG = 1.3
"""The score of a description that leaves no doubt by itself."""


class Topic(Piece):
    """What is said about a topic. `question` names it in a choice; `redirect`: it has a route of its own;
    `escalates`: whether it can be raised here at all."""

    id: str = ""
    title: str
    question: str
    utterances: tuple[str, ...]
    key_words: tuple[str, ...]
    next_steps: tuple[str, ...]
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
    return _matcher().advise(text[:_MOST_READ], frozenset(leaning))


@dataclass(frozen=True, slots=True)
class _Term:
    """A stem, or two in a row; `words` are as they stand in the text, from `start` on."""

    stem: str
    words: str
    start: int = 0


Vector = dict[str, float]


class _Matcher:
    """Weighted terms of all utterances: `idf` by term, one vector per utterance, one per topic."""

    def __init__(
        self,
        all_topics: Mapping[str, Topic],
        same: Mapping[str, str],
        stop: frozenset[str],
        light: frozenset[str],
    ) -> None:
        self._same = same
        self._stop = stop
        self._light = light
        self._stem = lru_cache(maxsize=20_000)(snowballstemmer.stemmer("english").stemWord)
        self._spelled = lru_cache(maxsize=20_000)(self._nearest_known)
        said = {id: [self._terms(text) for text in one.utterances] for id, one in all_topics.items()}
        seen = Counter(stem for each in said.values() for stem in {t.stem for terms in each for t in terms})
        self._idf = {stem: 1 + math.log(len(said) / count) for stem, count in seen.items()}
        self._known = sorted({stem for stem in self._idf if " " not in stem and len(stem) > 3})
        self._utterances = {id: [self._vector(terms) for terms in each] for id, each in said.items()}
        self._wholes = {id: self._vector([t for terms in each for t in terms]) for id, each in said.items()}
        self._keys = {
            id: [tuple(t.stem for t in self._singles(key)) for key in one.key_words]
            for id, one in all_topics.items()
        }
        spread = Counter(key for keys in self._keys.values() for key in set(keys))
        self._key_weight = {key: (0.6 + 0.4 * len(key)) / count for key, count in spread.items()}

    def advise(self, text: str, leaning: frozenset[str]) -> Advised:
        terms = self._terms(text, typed=True)
        asked = self._vector(terms)
        stems = [one.stem for one in self._singles(text, typed=True)]
        heard = {tuple(stems[at : at + n]) for n in range(1, _LONGEST_KEY + 1) for at in range(len(stems))}
        scores = {id: self._score(id, asked, heard) + 0.15 * (id in leaning) for id in self._wholes}
        ranked = sorted(scores, key=lambda id: (-scores[id], id))
        best = ranked[0]
        if in_danger(text):
            others = tuple(id for id in ranked[:_NEAREST] if id != DANGER)
            return Advised(DANGER, 1.0, others[: _NEAREST - 1], self._because(DANGER, asked, terms), True)
        if scores[best] <= 0:
            return Advised("", 0.0, (), (), False)
        others = tuple(id for id in ranked[1:_NEAREST] if scores[id] > 0)
        ahead = (scores[best] - scores[ranked[1]]) / scores[best]
        confidence = min(1.0, scores[best] / _STRONG) * (0.4 + 0.6 * min(1.0, 2.5 * ahead))
        return Advised(best, round(confidence, 3), others, self._because(best, asked, terms), False)

    def _score(self, id: str, asked: Vector, heard: set[tuple[str, ...]]) -> float:
        near = sorted((_dot(asked, one) for one in self._utterances[id]), reverse=True)
        nearest = 0.7 * near[0] + 0.3 * near[1] if len(near) > 1 else near[0]
        return (
            _WEIGHTS["whole"] * _dot(asked, self._wholes[id])
            + _WEIGHTS["near"] * nearest
            + _WEIGHTS["key"] * self._key_score(id, heard)
        )

    def _key_score(self, id: str, heard: set[tuple[str, ...]]) -> float:
        """Between 0 and 1: how much of what the topic listens for was said; longer key words count more."""
        weight = sum(self._key_weight[key] for key in self._keys[id] if key in heard)
        return 1 - math.exp(-0.7 * weight)

    def _because(self, id: str, asked: Vector, terms: list[_Term]) -> tuple[str, ...]:
        """The typed words that spoke most for the topic, at most three, none inside another."""
        keys = {stem for key in self._keys[id] for stem in key}
        worth = {
            term.words: asked.get(term.stem, 0.0) * self._wholes[id].get(term.stem, 0.0)
            + (0.1 * asked.get(term.stem, 0.0) if term.stem in keys else 0.0)
            for term in terms
        }
        chosen: list[str] = []
        for words in sorted(worth, key=lambda words: -worth[words]):
            if worth[words] > 0 and not any(words in other or other in words for other in chosen):
                chosen.append(words)
        return tuple(chosen[:3])

    def _vector(self, terms: Iterable[_Term]) -> Vector:
        """Of length 1; unknown terms count as rare words that fit nothing, so that they lower the match."""
        counts = Counter(term.stem for term in terms)
        rare = math.log(len(self._idf) + 1) / 2
        raw = {
            stem: (1 + math.log(count))
            * self._idf.get(stem, 0.0 if " " in stem else rare)
            * (0.8 if " " in stem else 1)
            for stem, count in counts.items()
        }
        length = math.sqrt(sum(weight * weight for weight in raw.values()))
        return {stem: weight / length for stem, weight in raw.items()} if length else {}

    def _terms(self, text: str, *, typed: bool = False) -> list[_Term]:
        singles = self._singles(text, typed=typed)
        pairs = [
            _Term(f"{one.stem} {two.stem}", text[one.start : two.start + len(two.words)], one.start)
            for one, two in pairwise(singles)
        ]
        return [one for one in singles if one.stem not in self._light] + pairs

    def _singles(self, text: str, *, typed: bool = False) -> list[_Term]:
        found: list[_Term] = []
        for match in _WORD.finditer(text):
            word = match[0].lower().replace("’", "'")
            bare = word.removesuffix("'s").replace("'", "")
            if bare in self._stop:
                continue
            stem = self._stem(self._same.get(bare, bare))
            found.append(_Term(self._spelled(stem) if typed else stem, match[0], match.start()))
        return found

    def _nearest_known(self, stem: str) -> str:
        """The known stem that a mistyped one was meant to be."""
        if len(stem) < 5 or stem in self._idf:
            return stem
        near = process.extractOne(
            stem, self._known, scorer=DamerauLevenshtein.normalized_similarity, score_cutoff=0.8
        )
        return near[0] if near else stem


def _dot(one: Vector, two: Vector) -> float:
    if len(one) > len(two):
        one, two = two, one
    return sum(weight * two[stem] for stem, weight in one.items() if stem in two)


class _Vocabulary(Piece):
    stop: tuple[str, ...]
    light: tuple[str, ...]
    same: dict[str, tuple[str, ...]]


@cache
def _matcher() -> _Matcher:
    vocabulary = load(root() / "vocabulary.yaml", _Vocabulary)
    same = {word: first for first, words in vocabulary.same.items() for word in words}
    return _Matcher(topics(), same, frozenset(vocabulary.stop), frozenset(vocabulary.light))
