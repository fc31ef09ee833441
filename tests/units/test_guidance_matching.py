"""Matching: what is shipped was learned of the examples, these are clean, and learning is repeatable."""

import io
import re
import shutil
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from bot.files import BadFile
from bot.guidance import danger
from bot.guidance.advice import advise, topics
from bot.guidance.content import root
from bot.guidance.identifiers import identifiers
from bot.guidance.matching import stems
from bot.guidance.matching.examples import DANGER, NO_DANGER, examples
from bot.guidance.matching.learn import learn
from bot.guidance.matching.learned import Learned, keep, learned, place
from bot.guidance.matching.meaning import SIZE, points
from bot.guidance.matching.model import Model, Terms
from bot.guidance.matching.stems import counted, words
from tests.units.cases import DIRECTORY

MADE_UP = {
    "closing": (
        "They closed the case too soon",
        "The case was closed on Friday",
        "Why was her case closed so early",
        "They want to close the case next week",
        "Closing this case is a mistake",
    ),
    "silence": (
        "Nobody answers my messages",
        "I had no answer to my e-mail",
        "She never rang back",
        "Four messages and no answer at all",
        "They do not answer any e-mail",
    ),
    "waiting": (
        "There is a waiting list of a year",
        "The service has no places left",
        "The waiting list is full for new families",
        "There are no places at this service",
        "She is on the waiting list for the service",
    ),
    DANGER: (
        "He is hitting her now",
        "He has a knife and is outside the house now",
        "She is bleeding and can't breathe",
        "The children are alone with him now and he is hitting them",
        "He is outside with a knife",
    ),
    NO_DANGER: (
        "He hit her last year and has moved away",
        "What counts as danger in the policy",
        "The knife was found last year and handed in",
        "They say that she is not in danger",
        "I would like to know who answers at night",
    ),
}
HELD_BACK = {
    "They closed this case so early": "closing",
    "The case was closed last Friday": "closing",
    "No answer to four messages": "silence",
    "Nobody answers any e-mail of mine": "silence",
    "There is a long waiting list for this service": "waiting",
    "There are no places left for the family": "waiting",
}
FIRST_NAMES = (
    "oliver|george|harry|noah|leo|arthur|muhammad|oscar|charlie|henry|thomas|alfie|joshua|william|"
    "david|michael|daniel|paul|kevin|darren|liam|connor|kyle|callum|jayden|tyler|mohammed|ahmed|ali|"
    "olivia|amelia|isla|emily|sophie|chloe|jessica|sarah|emma|laura|karen|susan|julie|nicola|claire|"
    "rachel|kelly|tracey|donna|michelle|sharon|debbie|leanne|stacey|gemma|hannah|katie|shannon|"
    "fatima|aisha|maria|anna|tommy|ellie"
)
LAWS = re.compile(r"\b(?:sarah|claire)['’]?s law\b", re.IGNORECASE)
"""Schemes that are named after somebody."""


@cache
def taught() -> Learned:
    """What is learned of the made-up set."""
    return learn(MADE_UP)


def forget() -> None:
    """What was read of the content of before."""
    for cached in (learned, topics, stems._tools, stems._stem_of, danger._ear):
        cached.cache_clear()


@pytest.fixture
def content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the content, which is the content for this test."""
    taught()
    folder = tmp_path / "content"
    shutil.copytree(root(), folder)
    with monkeypatch.context() as changed:
        changed.setenv("BRAVER_CONTENT", str(folder))
        forget()
        yield folder
    forget()


# What is shipped


def test_what_is_shipped_was_learned_of_the_examples_as_they_are() -> None:
    """Nobody changed an example or the vocabulary without running `braver learn`."""
    assert learned().current


def test_what_is_shipped_knows_every_label() -> None:
    """Each topic, and each kind of text that is no topic, can be found; danger is told apart by itself."""
    known = learned()
    assert set(known.topics.labels) == examples().keys() - {DANGER, NO_DANGER}
    assert set(known.danger.labels) == {DANGER, NO_DANGER}


@pytest.mark.parametrize("id", sorted(topics()))
def test_each_topic_has_a_hundred_examples(id: str) -> None:
    """No topic is learned of a handful of sentences; the same one twice counts once."""
    assert len({text.casefold() for text in examples()[id]}) >= 100


def shared(labels: set[str], others: set[str]) -> dict[str, set[str]]:
    """The examples that stand under one of `labels` and under another one of `others`."""
    under: dict[str, set[str]] = defaultdict(set)
    for label, texts in examples().items():
        for text in texts:
            under[text.casefold()].add(label)
    return {
        text: found for text, found in under.items() if found & labels and len(found & (labels | others)) > 1
    }


def test_no_example_stands_under_two_topics() -> None:
    """What is learned of one label is not unlearned by another."""
    labels = examples().keys() - {DANGER, NO_DANGER}
    assert shared(set(labels), set()) == {}


def test_no_example_is_danger_and_something_else() -> None:
    """What alarms in one file is not called harmless by another."""
    assert shared({DANGER}, set(examples())) == {}


def test_no_example_that_sounds_like_danger_stands_under_a_topic_too() -> None:
    """Each line has one file, so that whoever corrects it finds it once."""
    assert shared({NO_DANGER}, set(examples()) - {DANGER}) == {}


def test_no_example_says_who_is_meant() -> None:
    """No NHS number, date of birth, postcode, phone number or e-mail address, and no name beside a date."""
    assert {
        text: identifiers(text) for texts in examples().values() for text in texts if identifiers(text)
    } == {}


def test_nobody_is_named_in_an_example() -> None:
    """No person of the directory, nobody with a title, and none of the most frequent first names."""
    everybody = "|".join(re.escape(one.name) for one in DIRECTORY.people)
    named = re.compile(
        rf"\b(?:(?i:{everybody})|(?:(?i:mr|mrs|ms|dr)\.?|Miss) [A-Z][a-z]+|(?i:{FIRST_NAMES}))\b"
    )
    every = [LAWS.sub("", text) for texts in examples().values() for text in texts]
    assert [text for text in every if named.search(text)] == []


# Learning


def test_learning_twice_gives_the_same_numbers() -> None:
    """Nothing is left to chance: not the terms, not the weights, not their order."""
    one, other = taught(), learn(MADE_UP)
    assert one.seen == other.seen
    assert list(one.terms.places.items()) == list(other.terms.places.items())
    assert np.array_equal(one.terms.telling, other.terms.telling)
    for first, second in ((one.topics, other.topics), (one.danger, other.danger)):
        assert first.labels == second.labels
        assert first.pull == second.pull
        assert np.array_equal(first.of_terms, second.of_terms)
        assert np.array_equal(first.of_meaning, second.of_meaning)
        assert np.array_equal(first.offset, second.offset)


def best(model: Model, terms: Terms, text: str) -> str:
    scores = model.scores(terms.weighed(counted(text)), points([text])[0])
    return model.labels[int(scores.argmax())]


def test_sentences_that_were_held_back_are_told_apart() -> None:
    """What was learned holds for words in another order, too."""
    known = taught()
    assert set(known.topics.labels) == {"closing", "silence", "waiting"}
    assert {text: best(known.topics, known.terms, text) for text in HELD_BACK} == HELD_BACK


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("He has a knife and is hitting her", DANGER),
        ("He is outside the house now with a knife", DANGER),
        ("What does the policy say about danger", NO_DANGER),
        ("They closed the case last year", NO_DANGER),
    ],
)
def test_danger_that_was_held_back_is_told_from_none(text: str, label: str) -> None:
    """The second model knows danger from all the rest, topics as well."""
    assert best(taught().danger, taught().terms, text) == label


# Keeping


def test_what_is_kept_is_what_was_learned(content: Path) -> None:
    """Labels and terms to the letter, numbers within half precision."""
    keep(taught())
    read = learned()
    assert read is not taught()
    assert place() == content / "examples" / "learned.npz"
    assert (read.seen, read.terms.places) == (taught().seen, taught().terms.places)
    assert read.current
    assert np.array_equal(read.terms.telling, taught().terms.telling)
    for kept, meant in ((read.topics, taught().topics), (read.danger, taught().danger)):
        assert (kept.labels, kept.pull) == (meant.labels, meant.pull)
        for part in ("of_terms", "of_meaning", "offset"):
            numbers, exact = getattr(kept, part), getattr(meant, part)
            assert numbers.dtype == np.float32
            assert np.allclose(numbers, exact, rtol=2**-11, atol=2**-24)


def test_what_was_kept_counts_at_once(content: Path) -> None:
    """Whoever learns anew need not start anew."""
    before = learned()
    assert "closing" not in before.topics.labels
    keep(taught())
    assert learned().topics.labels == ("closing", "silence", "waiting")


@pytest.mark.parametrize("file", ["examples/recording.txt", "vocabulary.yaml"])
def test_changed_examples_or_vocabulary_are_noticed(content: Path, file: str) -> None:
    """What was learned of other words is out of date."""
    assert learned().current
    with (content / file).open("a", encoding="utf-8") as opened:
        opened.write("# one more line\n")
    assert not learned().current


def _broken(kind: str, good: bytes) -> bytes:
    archive, array = io.BytesIO(), io.BytesIO()
    np.savez(archive, other=np.zeros(3))
    np.save(array, np.zeros(3))
    middle = len(good) // 2
    return {
        "empty": b"",
        "words": b"no numbers at all",
        "cut short": good[:middle],
        "damaged": good[:middle] + bytes([good[middle] ^ 0xFF]) + good[middle + 1 :],
        "another archive": archive.getvalue(),
        "one array": array.getvalue(),
    }[kind]


@pytest.mark.parametrize("kind", ["empty", "words", "cut short", "damaged", "another archive", "one array"])
def test_a_broken_file_is_told_with_its_remedy(content: Path, kind: str) -> None:
    """However it came to be broken, whoever starts the service reads what to do."""
    place().write_bytes(_broken(kind, place().read_bytes()))
    with pytest.raises(BadFile, match=r"learned\.npz: .*`braver learn`"):
        learned()


def test_a_missing_file_is_told_with_its_remedy(content: Path) -> None:
    """Nothing was learned yet: the words say how it is done, and once it is done all is well."""
    place().unlink()
    with pytest.raises(BadFile, match=r"learned\.npz: .*`braver learn`"):
        learned()
    keep(taught())
    assert learned().current


# Explaining


def because(text: str, **weights: float) -> tuple[str, ...]:
    """What speaks for "this" where each row of words (written_with_lines) has a weight."""
    rows = [" ".join(word.stem for word in words(row.replace("_", " "))) for row in weights]
    terms = Terms({row: at for at, row in enumerate(rows)}, np.full(len(rows), 9.0, dtype=np.float32))
    mine = list(weights.values())
    of_terms = np.array([mine, [0.0] * len(mine)], dtype=np.float32)
    nothing = np.zeros((2, SIZE), dtype=np.float32)
    model = Model(("this", "that"), of_terms, nothing, np.zeros(2, dtype=np.float32), 1.0)
    return model.because("this", text, terms)


def test_words_are_given_as_they_were_typed() -> None:
    """Capitals, endings and apostrophes of the person, in the order of the text."""
    assert because("The CHILD’s case was Closing", closed=1, childs=2) == ("CHILD’s", "Closing")


def test_at_most_three_words_are_given() -> None:
    """The three that spoke most, whatever their order."""
    text = "drift delay minutes chair report"
    assert because(text, drift=1, delay=5, minutes=2, chair=4, report=3) == ("delay", "chair", "report")


def test_what_spoke_against_it_is_not_given() -> None:
    """A word that speaks for another label explains nothing."""
    assert because("drift and delay", drift=-1, delay=1) == ("delay",)


def test_of_rows_that_overlap_the_strongest_is_given() -> None:
    """Neither a part of it nor what begins within it."""
    text = "closed far too soon again"
    assert because(text, far_too_soon=3, soon=2, soon_again=2, closed=1) == ("closed", "far too soon")


@pytest.mark.parametrize(
    ("text", "weights", "said"),
    [
        ("no money and no plan", {"no_money": 3.0, "no": 2.0}, ("no money",)),
        ("Housing came, and housing left", {"housing": 2.0}, ("Housing",)),
        ("the old school told the school", {"old_school": 3.0, "school": 2.0}, ("old school",)),
    ],
)
def test_nothing_is_said_twice(text: str, weights: dict[str, float], said: tuple[str, ...]) -> None:
    """A word that stands at a second place is not given beside the row that it is part of."""
    assert because(text, **weights) == said


# What is typed may be anything


@pytest.mark.parametrize("half", ["\ud83d", "\x00", "\ufffe"])
def test_what_is_no_letter_at_all_keeps_nobody_from_help(half: str) -> None:
    """Half of an emoji, as a cut text or a broken client sends it, hides no danger and breaks no answer."""
    assert advise(f"{half} he is hitting her now {half}").urgent
    assert advise(f"They closed the case far too soon {half}").topic == "case-closed-or-stepped-down"
