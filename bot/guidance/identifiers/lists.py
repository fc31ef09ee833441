"""The words by which a name is told from other words, from `content/identifiers.yaml` and
`content/everyday-words.txt`."""

from dataclasses import dataclass
from functools import cache, cached_property

from bot.files import load
from bot.guidance.content import Piece, root


class _Lists(Piece):
    first_names: str
    first_names_that_are_words: str
    family_names: str
    family_names_that_are_words: str
    particles: str
    no_names: str
    places: str
    after_no_name: str
    public: str
    cues: str
    relations: str
    before_no_initial: str
    postcode_areas: str


@dataclass(frozen=True)
class Lists:
    """Each word in small letters, without accents or apostrophes. `firsts` and `lasts` are rarely anything
    but names; `first_words` and `last_words` are everyday words as well. `public` are pairs joined by a
    space."""

    firsts: frozenset[str]
    first_words: frozenset[str]
    lasts: frozenset[str]
    last_words: frozenset[str]
    particles: frozenset[str]
    no_names: frozenset[str]
    after_no_name: frozenset[str]
    public: frozenset[str]
    cues: frozenset[str]
    relations: frozenset[str]
    before_no_initial: frozenset[str]
    postcode_areas: frozenset[str]
    everyday: frozenset[str]

    @cached_property
    def begin_small(self) -> frozenset[str]:
        """Words that begin a name, or lead to one, also in small letters."""
        return self.firsts | self.cues


@cache
def lists() -> Lists:
    """Read once, from the content folder."""
    read = load(root() / "identifiers.yaml", _Lists)

    def words(text: str) -> frozenset[str]:
        return frozenset(text.split())

    first_words = words(read.first_names_that_are_words)
    last_words = words(read.family_names_that_are_words)
    return Lists(
        words(read.first_names) - first_words, first_words,
        words(read.family_names) - last_words, last_words, words(read.particles),
        words(read.no_names) | words(read.places), words(read.after_no_name),
        frozenset(pair.replace("-", " ") for pair in read.public.split()),
        words(read.cues), words(read.relations), words(read.before_no_initial),
        words(read.postcode_areas), _everyday(),
    )  # fmt: skip


def _everyday() -> frozenset[str]:
    lines = (root() / "everyday-words.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())
