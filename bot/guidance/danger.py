"""Danger: whether words say that a child, or anybody, is at risk now. The lines are in `content/danger.yaml`,
and what they do not foresee is learned of the examples.

Built to miss little: a false alarm costs a glance at two telephone numbers, a miss may cost a child.
"""

import re
from functools import cache, lru_cache

from bot.files import load
from bot.guidance.content import Piece, root
from bot.guidance.lines import Lines, plain
from bot.guidance.matching.examples import DANGER
from bot.guidance.matching.learned import learned
from bot.guidance.matching.meaning import points
from bot.guidance.matching.stems import counted

_IS = ("is ", "are ", "am ")
_BEGIN, _END = 4_000, 2_000
_NEAR = r"(?:\S+ ){0,2}$"
_LOUD = -0.22
"""From here on it sounds like danger: chosen on the development half of the labelled questions, so that
nothing of it is missed and few are alarmed for nothing."""
_LOUD_IF_CALM = 0.5
"""The same where the lines of the file say that it is in general, or denied."""
_WINDOW, _LONGEST = 500, 1_500
"""Characters of a piece that is listened to by itself, and at most where it is one sentence."""
_ENDS = re.compile(r"(?<=[.!?])\s+|\n+")


class _File(Piece):
    groups: dict[str, tuple[str, ...]]
    present: tuple[str, ...]
    past: tuple[str, ...]
    now_again: tuple[str, ...]
    negation: tuple[str, ...]
    general: tuple[str, ...]
    harmless: tuple[str, ...]


class Ear:
    """The lines of the file, ready to be listened for."""

    def __init__(self, file: _File) -> None:
        lines = Lines(root() / "danger.yaml", file.groups)
        self._danger = [lines.pattern(line) for line in file.present]
        self._past = lines.any(file.past)
        self._now_again = lines.any(file.now_again)
        self._negation = re.compile(f"(?:{lines.any(file.negation).pattern}){_NEAR}")
        self._general = lines.any(file.general)
        self._harmless = lines.any(file.harmless)

    def hears(self, text: str) -> bool:
        """Whether any sentence of the text tells of danger now."""
        return any(self._alarming(sentence) for sentence in _sentences(text))

    def calms(self, text: str) -> bool:
        """Whether every sentence speaks of danger in general, or denies what would else be heard."""
        sentences = _sentences(text)
        return bool(sentences) and all(
            self._general.search(one) or self._denied(self._harmless.sub("", one)) for one in sentences
        )

    def _denied(self, heard: str) -> bool:
        found = [match for pattern in self._danger for match in pattern.finditer(heard)]
        return bool(found) and all(self._negation.search(heard[: match.start()]) for match in found)

    def _alarming(self, sentence: str) -> bool:
        heard = self._harmless.sub("", sentence)
        again = self._now_again.search(heard) is not None
        if self._general.search(heard) and not again:
            return False
        past = self._past.search(heard) is not None and not again
        return any(
            not self._negation.search(heard[: match.start()]) and not (past and not match[0].startswith(_IS))
            for pattern in self._danger
            for match in pattern.finditer(heard)
        )


def in_danger(text: str) -> bool:
    """Whether the words say that somebody is at risk now: by a line of the file, or by what was learned of
    the examples. Of a very long text, begin and end are read."""
    if len(text) > _BEGIN + _END:
        text = f"{text[:_BEGIN]}\n{text[-_END:]}"
    return _ear().hears(text) or _learned(text)


def lines_hear(text: str) -> bool:
    """Whether a line of the file hears danger in the text, whatever the examples say."""
    return _ear().hears(text)


def danger_words(text: str) -> tuple[str, ...]:
    """The typed words that sound like danger; at most three."""
    known = learned()
    loudest = max(_windows(text), key=_loudness, default="")
    return known.danger.because(DANGER, loudest, known.terms)


def _learned(text: str) -> bool:
    limit = _LOUD_IF_CALM if _ear().calms(text) else _LOUD
    return any(_loudness(window) > limit for window in _windows(text))


def _windows(text: str) -> list[str]:
    """The text, and where it is long, pieces of it: danger is often one sentence among others."""
    whole = text.strip()
    if len(whole) <= _WINDOW:
        return [whole] if whole else []
    sentences = [part for part in _ENDS.split(whole) if part.strip()]
    pieces, piece = list[str](), ""
    for sentence in sentences:
        if piece and len(piece) + len(sentence) > _WINDOW:
            pieces.append(piece)
            piece = ""
        piece = f"{piece} {sentence}".strip()[:_LONGEST]
    return [*pieces, piece]


@lru_cache(maxsize=256)
def _loudness(text: str) -> float:
    """How much the text is like the examples of danger, rather than like those of none."""
    known = learned()
    scores = known.danger.scores(known.terms.weighed(counted(text)), points([text])[0])
    return float(scores[known.danger.labels.index(DANGER)])


@cache
def _ear() -> Ear:
    return Ear(load(root() / "danger.yaml", _File))


def _sentences(text: str) -> list[str]:
    """Lower case, short forms written out, each word followed by one space."""
    parts = re.split(r"[.!?;\n]+|\bbut\b|\band (?=now\b)", text.lower())
    return [plain(part) for part in parts if part.strip()]
