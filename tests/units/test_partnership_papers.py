"""The papers of docs/partnership: in step with the program, with blanks that can be found, and readable."""

import re
from pathlib import Path

import pytest

from docs.partnership import data_flow

FOLDER = Path(__file__).parents[2] / "docs" / "partnership"
PAPERS = sorted(FOLDER.glob("*.md"))
NOTICE = FOLDER / "staff-notice.md"


def _text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def test_the_picture_is_drawn_anew_with_each_change() -> None:
    """The file is what `python -m docs.partnership.data_flow` draws."""
    assert _text(data_flow.FILE) == data_flow.drawn()


def test_the_picture_needs_no_colours() -> None:
    """Printed in black and white it says the same: black, white and one grey."""
    assert set(re.findall(r"#[0-9a-f]{6}", data_flow.drawn())) == {"#1b1b1b", "#ffffff", "#f0f0f0"}


def test_the_picture_is_told_in_words() -> None:
    """Each flow stands in the table of the page, and in the picture for whoever can't see it."""
    page, picture = _text(FOLDER / "data-flow.md"), data_flow.drawn()
    for flow in data_flow.FLOWS:
        assert f"| {flow.number} | {flow.source} → {flow.target} | {flow.what} |" in page
        assert f"{flow.number}. From {flow.source} to {flow.target}: " in picture
        assert picture.count(f">{flow.number}</text>") == len(flow.at) + 1
    assert len(re.findall(r"^\| \d+ \|", page, flags=re.MULTILINE)) == len(data_flow.FLOWS)


def test_what_the_picture_says_of_logs_and_mail_is_shown() -> None:
    """Where the table says that no words go, no “yes” stands."""
    rows = re.findall(
        r"^\| (\d+) \| .+? \| .+? \| (yes|no|sealed) \|", _text(FOLDER / "data-flow.md"), re.MULTILINE
    )
    assert {number for number, words in rows if words == "yes"} == {"1", "2", "3", "6", "13"}
    assert {number for number, words in rows if words == "sealed"} == {"7", "8"}


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.name)
def test_no_paper_looks_finished(paper: Path) -> None:
    """Each has blanks, all written alike, so that none is overlooked."""
    text = re.sub(r"\]\([^)]*\)", "]", _text(paper))
    assert text.count("**[") > 0
    assert "[TODO" not in text
    assert "XXX" not in text


@pytest.mark.parametrize(
    "paper", ["README.md", "controllers-and-processors.md", "dpia.md", "sharing-agreement-annex.md"]
)
def test_it_says_that_it_is_no_legal_advice(paper: str) -> None:
    """A partnership's own officers decide; the paper says so before anything else."""
    beginning = _text(FOLDER / paper)[:700].lower()
    assert "draft" in beginning
    assert re.search(r"no(t)? legal\s+advice|not legal\s+advice", beginning)


def test_the_assessment_has_every_step() -> None:
    """The seven steps of the regulator's template, in their order."""
    steps = re.findall(r"^## Steps? (\d)(?: and (\d))?", _text(FOLDER / "dpia.md"), re.MULTILINE)
    assert [int(number) for step in steps for number in step if number] == [1, 2, 3, 4, 5, 6, 7]


def _sentences(text: str) -> list[str]:
    """Without marks, headings as sentences of their own; a line of a list is one."""
    plain = re.sub(r"\*\*\[[^]]*\]\*\*", "name", text.replace("\n  ", " "))
    plain = re.sub(r"[*#]", "", plain)
    blocks = re.split(r"\n\n|\n- ", plain)
    return [one for block in blocks for one in re.split(r"(?<=[.?!:])\s+", " ".join(block.split())) if one]


def _syllables(word: str) -> int:
    """As they are counted for readability: runs of vowels, without a silent e."""
    letters = re.sub(r"[^a-z]", "", word.lower())
    return max(1, len(re.findall(r"[aeiouy]+", re.sub(r"(?<=[^aeiouyl])e$|(?<=[^td])ed$", "", letters))))


def test_the_notice_can_be_read_at_twelve() -> None:
    """By the measure of Flesch and Kincaid it is for the sixth grade, eleven to twelve years, or lower."""
    sentences = _sentences(_text(NOTICE))
    words = [word for one in sentences for word in re.findall(r"[A-Za-z'’]+", one)]
    grade = 0.39 * len(words) / len(sentences) + 11.8 * sum(map(_syllables, words)) / len(words) - 15.59
    assert grade <= 6.0
    assert max(len(one.split()) for one in sentences) <= 25


def test_the_notice_fits_on_one_page() -> None:
    """Of A4, in a size that can be read: 400 words, 45 lines."""
    text = _text(NOTICE)
    assert len(text.split()) <= 400
    assert sum(max(1, -(-len(line) // 95)) for line in text.replace("\n\n", "\n \n").split("\n")) <= 62
