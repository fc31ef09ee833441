"""Lines of words: how a content file says which words in a row to listen for.

`a|b` is one word or the other, `kill*` any ending, `...` up to four words between, `{group}` any line of that
group of the file. Text is heard in lower case, without punctuation, short forms written out ("he's" as
"he is"), each word followed by one space.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.files import bad

_SHORT_FORMS = tuple(
    (re.compile(rf"\b(?:{short})\b"), full)
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
_GAP = r"(?:\S+ ){0,4}"
_TOKEN = re.compile(r"\w+(?:['’]\w+)*")


class Lines:
    """The groups of a file, and the lines that use them. `file` is named where a line is wrong."""

    def __init__(self, file: Path, groups: Mapping[str, tuple[str, ...]]) -> None:
        self._file = file
        self._groups = groups

    def pattern(self, line: str) -> re.Pattern[str]:
        """A line, as a regular expression over heard words. Raises BadFile for an unknown group."""
        return re.compile(self._line(line))

    def any(self, lines: Iterable[str]) -> re.Pattern[str]:
        """Any of the lines; nothing where there is none."""
        return re.compile("|".join(f"(?:{self._line(line)})" for line in lines) or "(?!)")

    def _line(self, line: str) -> str:
        return r"(?<!\S)" + "".join(self._word(word) for word in line.split())

    def _word(self, word: str) -> str:
        if word == "...":
            return _GAP
        return "(?:" + "|".join(self._choice(choice) for choice in word.split("|")) + ")"

    def _choice(self, choice: str) -> str:
        if choice.startswith("{"):
            name = choice.strip("{}")
            if name not in self._groups:
                raise bad(self._file, 0, f"There is no group “{name}”.", "Add it to `groups`.")
            return "|".join("".join(self._word(word) for word in line.split()) for line in self._groups[name])
        return re.escape(choice).replace(r"\*", r"\S*") + " "


@dataclass(frozen=True, slots=True)
class Heard:
    """A text as it is heard. `origins` are, for each heard word, where it begins in `heard`, and from where
    to where the typed word stands in `typed`."""

    typed: str
    heard: str
    origins: tuple[tuple[int, int, int], ...]

    def quoted(self, match: re.Match[str]) -> str:
        """The typed words that were matched."""
        inside = [one for one in self.origins if match.start() <= one[0] < match.end()]
        return self.typed[inside[0][1] : inside[-1][2]] if inside else ""


def hear(typed: str) -> Heard:
    """The text word by word, each with where it came from."""
    heard, origins = "", []
    for token in _TOKEN.finditer(typed):
        for word in plain(token[0]).split():
            origins.append((len(heard), token.start(), token.end()))
            heard += word + " "
    return Heard(typed, heard, tuple(origins))


def plain(part: str) -> str:
    """The words of the text as they are heard, in one row."""
    words = " ".join(re.findall(r"\w+", part.lower().replace("’", "'")))
    words = _CONTRACTED_NOT.sub(_not, words)
    for short, full in _SHORT_FORMS:
        words = short.sub(full, words)
    return words + " "


def _not(match: re.Match[str]) -> str:
    stem = {"ca": "can", "wo": "will", "sha": "shall"}.get(match[1], match[1])
    return f"{stem} not"
