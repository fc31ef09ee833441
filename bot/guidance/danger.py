"""Danger: whether words say that a child, or anybody, is at risk now. The lines are in `content/danger.yaml`,
and what they do not foresee is learned of the examples.

Built to miss little: a false alarm costs a glance at two telephone numbers, a miss may cost a child.
"""

import re
from collections.abc import Sequence
from functools import cache

from bot.files import load
from bot.guidance import remembering
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
"""From here on it sounds like danger: chosen on the development questions, so that nothing of it is missed
and few are alarmed for nothing."""
_LOUD_IF_CALM = 0.5
"""The same where the lines of the file say that it is in general, or denied."""
_LOUD_ALONE = 0.1
"""The same for one sentence among others, of which there are many."""
_WINDOW = 500
"""Characters of a piece that is listened to by itself."""
_FEWEST = 3
"""Words of a sentence that says something by itself."""
_ENDS = re.compile(r"(?<=[.!?;])\s+|\n+")


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
    found = remembering.known("danger", text)
    if found is None:
        read = _read(text)
        found = remembering.keep("danger", text, _ear().hears(read) or _learned(read))
    return bool(found)


def _read(text: str) -> str:
    return f"{text[:_BEGIN]}\n{text[-_END:]}" if len(text) > _BEGIN + _END else text


def lines_hear(text: str) -> bool:
    """Whether a line of the file hears danger in the text, whatever the examples say."""
    return _ear().hears(text)


def danger_words(text: str) -> tuple[str, ...]:
    """The typed words that sound like danger; at most three. Of a very long text, begin and end are read."""
    read = _read(text)
    known, pieces = learned(), (*_windows(read), *_alone(read))
    loud = _loudness(pieces)
    loudest = max(pieces, key=lambda piece: loud[piece], default="")
    return known.danger.because(DANGER, loudest, known.terms)


def _learned(text: str) -> bool:
    windows, alone = _windows(text), _alone(text)
    loud = _loudness((*windows, *alone))
    whole = max((loud[piece] for piece in windows), default=float("-inf"))
    if whole > _LOUD_IF_CALM:
        return True
    heard = whole > _LOUD or any(loud[piece] > _LOUD_ALONE for piece in alone)
    return heard and not _ear().calms(text)


def _windows(text: str) -> tuple[str, ...]:
    """The text, and where it is long, pieces of it, each of whole sentences where they are not too long."""
    pieces = [""]
    for sentence in _ENDS.split(text.strip()):
        for part in (sentence[at : at + _WINDOW] for at in range(0, len(sentence), _WINDOW)):
            if pieces[-1] and len(pieces[-1]) + len(part) >= _WINDOW:
                pieces.append("")
            pieces[-1] = f"{pieces[-1]} {part}".strip()
    return tuple(piece for piece in pieces if piece)


def _alone(text: str) -> tuple[str, ...]:
    """Each sentence by itself: what is ordinary around it must not drown the one that matters."""
    found = (part.strip()[:_WINDOW] for part in _ENDS.split(text))
    return tuple(dict.fromkeys(part for part in found if len(part.split()) >= _FEWEST))


def _loudness(pieces: Sequence[str]) -> dict[str, float]:
    """How much each piece is like the examples of danger, rather than like those of none."""
    known, unique = learned(), list(dict.fromkeys(pieces))
    if not unique:
        return {}
    place = known.danger.labels.index(DANGER)
    return {
        piece: float(known.danger.scores(known.terms.weighed(counted(piece)), point)[place])
        for piece, point in zip(unique, points(unique), strict=True)
    }


@cache
def _ear() -> Ear:
    return Ear(load(root() / "danger.yaml", _File))


def _sentences(text: str) -> list[str]:
    """Lower case, short forms written out, each word followed by one space."""
    parts = re.split(r"[.!?;\n]+|\bbut\b|\band (?=now\b)", text.lower())
    return [plain(part) for part in parts if part.strip()]
