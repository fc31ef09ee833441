"""The other chair: three guides that are complete, short and safe."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from bot.files import BadFile
from bot.guidance.content import root
from bot.guidance.other_chair import Chair, Guide, guide, guides

CHAIRS: tuple[Chair, ...] = get_args(Chair)
SENTENCE_END = re.compile(r"(?<=[.!?…])[”’)]*\s+")


def texts(one: Guide) -> Iterator[str]:
    """All that the guide says."""
    yield from (one.title, one.opening, *one.good_answer, *one.avoid, one.source)
    for page in one.pages:
        yield from (page.title, *page.points, *page.say)


def test_there_is_a_guide_for_each_chair() -> None:
    """For whoever is challenged, for the manager who receives it, and for the one who backs the raiser."""
    assert [one.id for one in guides()] == list(CHAIRS)
    assert all(guide(chair).id == chair for chair in CHAIRS)
    assert len({one.title for one in guides()}) == len({one.opening for one in guides()}) == 3


@pytest.mark.parametrize("chair", CHAIRS)
def test_a_guide_is_complete(chair: Chair) -> None:
    """It leads through four moments with points and words, to a good answer and what to avoid."""
    one = guide(chair)
    assert all(text.strip() for text in texts(one))
    assert len({page.title for page in one.pages}) == len(one.pages) == 4
    assert all(3 <= len(page.points) <= 5 and page.say for page in one.pages)
    assert len(one.good_answer) >= 5
    assert len(one.avoid) >= 3
    assert len(set(texts(one))) == len(list(texts(one)))


@pytest.mark.parametrize("chair", CHAIRS)
def test_a_good_answer_says_what_comes_next(chair: Chair) -> None:
    """What is new, what happens, by when, and what can be done by whoever is still worried."""
    said = " ".join(guide(chair).good_answer)
    for wanted in ("new", "What happens next", "by when", "still worried"):
        assert wanted in said


@pytest.mark.parametrize("chair", CHAIRS)
def test_words_to_say_and_to_avoid_stand_in_curly_quotes(chair: Chair) -> None:
    """What is speech is seen to be; what to avoid says why not, and no straight mark is left."""
    one = guide(chair)
    for page in one.pages:
        assert all(re.fullmatch("“[^“].*”", said) for said in page.say)
    assert all(re.fullmatch("“[^”]+[.?!]” [A-Z].+[.?!]", avoided) for avoided in one.avoid)
    for text in texts(one):
        assert '"' not in text
        assert text.count("“") == text.count("”")


@pytest.mark.parametrize("chair", CHAIRS)
def test_no_sentence_is_long(chair: Chair) -> None:
    """At most 28 words, so that it can be read in a hurry."""
    for text in texts(guide(chair)):
        for sentence in SENTENCE_END.split(text):
            assert len(sentence.split()) <= 28, sentence


@pytest.mark.parametrize("chair", CHAIRS)
def test_danger_comes_first_and_never_waits(chair: Chair) -> None:
    """The first page says to ring at once, and nothing that speaks of danger speaks of waiting."""
    one = guide(chair)
    danger = [text for text in texts(one) if re.search(r"(?i)danger|999|immediate risk", text)]
    assert any(text in one.pages[0].points for text in danger)
    for text in danger:
        assert "999" in text
        assert re.search(r"\bfirst ring 999\b|\bcall 999 .*\b(now|before all else)\b", text)
        assert not re.search(r"(?i)\b(wait|until|tomorrow|unless|office hours|policy|manager)\b", text)


@pytest.mark.parametrize(
    ("pattern", "becomes", "said"),
    [
        (r"id: manager", "id: boss", "“boss”"),
        (r"    opening: ", "    begins: ", "begins"),
        (r"(?m)^source: .*$", "", "“source” is missing"),
    ],
)
def test_a_broken_file_is_named(
    pattern: str, becomes: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever edits a guide learns what is wrong in it."""
    whole = (root() / "other-chair.yaml").read_text(encoding="utf-8")
    (tmp_path / "other-chair.yaml").write_text(re.sub(pattern, becomes, whole, count=1), encoding="utf-8")
    monkeypatch.setenv("BRAVER_CONTENT", str(tmp_path))
    with pytest.raises(BadFile) as refused:
        guides.__wrapped__()
    assert said in str(refused.value)
