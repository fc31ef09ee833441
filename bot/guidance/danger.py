"""Danger: whether words say that a child, or anybody, is at risk now. The lines are in `content/danger.yaml`.

Built to miss little: a false alarm costs a glance at two telephone numbers, a miss may cost a child.
"""

import re
from functools import cache

from bot.files import bad, load
from bot.guidance.content import Piece, root

_SHORT_FORMS = tuple(
    (re.compile(rf"\b{short}\b"), full)
    for short, full in (
        ("won t", "will not"),
        ("wont", "will not"),
        ("can t|cant|cannot", "can not"),
        ("isnt|ain t|aint", "is not"),
        ("arent", "are not"),
        ("dont", "do not"),
        ("doesnt", "does not"),
        ("hasnt", "has not"),
        ("havent", "have not"),
        ("wasnt", "was not"),
        (r"(\w+n) t", r"\1 not"),
        ("(he|she|that|what|who)s", r"\1 is"),
        ("theyre", "they are"),
        ("weve", "we have"),
        ("theyve", "they have"),
        ("hes", "he is"),
        ("shes", "she is"),
        ("its", "it is"),
        ("im", "i am"),
        (r"(\w+) ll", r"\1 will"),
        ("(?<=says )hell|(?<=said )hell", "he will"),
        ("theyll", "they will"),
        (r"(\w+) re", r"\1 are"),
        (r"(\w+) ve", r"\1 have"),
        (r"(\w+) d", r"\1 would"),
        (r"(\w+) m", r"\1 am"),
        (r"(\w+) s", r"\1 is"),
        ("mom", "mum"),
    )
)
_CONTRACTED_NOT = re.compile(r"\b(\w+)n t\b")
_IS = ("is ", "are ", "am ")
_BEGIN, _END = 8_000, 4_000
_GAP = r"(?:\S+ ){0,4}"
_NEAR = r"(?:\S+ ){0,2}$"


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
        self._groups = file.groups
        self._danger = [self._pattern(line) for line in file.present]
        self._past = self._any(file.past)
        self._now_again = self._any(file.now_again)
        self._negation = re.compile(f"(?:{self._any(file.negation).pattern}){_NEAR}")
        self._general = self._any(file.general)
        self._harmless = self._any(file.harmless)

    def hears(self, text: str) -> bool:
        """Whether any sentence of the text tells of danger now."""
        return any(self._alarming(sentence) for sentence in _sentences(text))

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

    def _any(self, lines: tuple[str, ...]) -> re.Pattern[str]:
        return re.compile("|".join(f"(?:{self._pattern(line).pattern})" for line in lines))

    def _pattern(self, line: str) -> re.Pattern[str]:
        """A line as a regular expression over words that each end in one space."""
        return re.compile(r"(?<!\S)" + "".join(self._word(word) for word in line.split()))

    def _word(self, word: str) -> str:
        if word == "...":
            return _GAP
        return "(?:" + "|".join(self._choice(choice) for choice in word.split("|")) + ")"

    def _choice(self, choice: str) -> str:
        if choice.startswith("{"):
            name = choice.strip("{}")
            if name not in self._groups:
                raise bad(root() / "danger.yaml", 0, f"There is no group “{name}”.", "Add it to `groups`.")
            return "|".join("".join(self._word(word) for word in line.split()) for line in self._groups[name])
        return re.escape(choice).replace(r"\*", r"\S*") + " "


def in_danger(text: str) -> bool:
    """Whether the words say that somebody is at risk now. Of a very long text, begin and end are read."""
    if len(text) > _BEGIN + _END:
        text = f"{text[:_BEGIN]}\n{text[-_END:]}"
    return _ear().hears(text)


@cache
def _ear() -> Ear:
    return Ear(load(root() / "danger.yaml", _File))


def _sentences(text: str) -> list[str]:
    """Lower case, short forms written out, each word followed by one space."""
    parts = re.split(r"[.!?;\n]+|\bbut\b|\band (?=now\b)", text.lower().replace("’", "'"))
    return [_plain(part) for part in parts if part.strip()]


def _plain(part: str) -> str:
    words = " ".join(re.findall(r"\w+", part))
    words = _CONTRACTED_NOT.sub(_not, words)
    for short, full in _SHORT_FORMS:
        words = short.sub(full, words)
    return words + " "


def _not(match: re.Match[str]) -> str:
    stem = {"ca": "can", "wo": "will", "sha": "shall"}.get(match[1], match[1])
    return f"{stem} not"
