"""The briefing as the partnership wrote it, and the coaching on it."""

from pathlib import Path
from typing import get_args

import pytest

from bot.chat.text import Bullets, as_plain, markup
from bot.files import BadFile
from bot.guidance import briefing
from bot.guidance.braver import letters
from bot.guidance.skills import Sure, groups, skill, skills
from bot.guidance.skills import file as skills_file

COLUMNS = [
    "Calm",
    "Confident",
    "Use local tools, e.g. Graded Care Profile",
    "Empowered to do it by agency",
    "Communicating with other professionals",
    "Clear – role/consequences",
    "Considering the voice of the child",
    "Polite",
    "Not taking information on face value",
    "Communicate with line manager",
    "Gut instinct – opportunity to unpick",
    "Diplomacy",
    "Facts",
    "Respectful",
    "Records",
    "Negotiation",
    "Evidence",
    "Influencing",
    "Not being personal",
    "Reflective – for them to feel valued",
    "Policy procedures – escalation or empowered professional challenge",
]


def test_the_briefing_has_its_seven_parts_in_order() -> None:
    """The parts bear the titles and the numbers of the document."""
    assert [(one.number, one.title) for one in briefing.parts()] == [
        (1, "Background"),
        (2, "Why it Matters"),
        (3, "What is Professional Challenge"),
        (4, "Skills checklist for Effective Challenge"),
        (5, "Being professionally BRAVER"),
        (6, "Escalation Process"),
        (7, "Remember"),
    ]


@pytest.mark.parametrize(("number", "points"), [(1, 3), (2, 5), (3, 3), (4, 21), (5, 6), (6, 2)])
def test_each_part_makes_its_points(number: int, points: int) -> None:
    """No point of the document is left out and none is added."""
    (bullets,) = markup(briefing.parts()[number - 1].body)
    assert isinstance(bullets, Bullets)
    assert len(bullets.items) == points


def test_what_is_lost_is_said_to_be_lost() -> None:
    """The last R and the diagram are shown as lost, and nothing is put in their place."""
    lost = {one.id: one.lost for one in briefing.parts() if one.lost}
    assert set(lost) == {"skills-checklist", "braver", "escalation-process"}
    assert "not legible in the source" in lost["braver"]
    assert "lost" in lost["escalation-process"]
    last = letters()[-1]
    assert (last.letter, last.word, last.text) == ("R", "", "")
    assert "not legible in the source: your partnership's wording goes here" in last.missing.lower()


def test_the_checklist_is_the_table_row_by_row() -> None:
    """The 21 skills stand in the table's order, in the briefing and in the checklist alike."""
    assert [one.name for one in skills()] == COLUMNS
    assert as_plain(markup(briefing.parts()[3].body)) == "\n".join(f"- {name}" for name in COLUMNS)


def test_every_skill_says_its_piece_shortly() -> None:
    """Each skill has all its coaching, short enough for a phone, and its id is its own."""
    assert len({one.id for one in skills()}) == 21
    for one in skills():
        assert one.source
        texts = (one.means, one.matters, one.ask, one.say, one.avoid, one.mistake, one.other_side)
        tips = tuple(one.tips.of(sure) for sure in get_args(Sure))
        assert all(0 < len(text) <= 240 for text in (*texts, *tips))
        assert len({*texts, *tips}) == 10
        assert one.ask.endswith("?")
    assert skill("facts").name == "Facts"


def test_every_skill_is_in_one_of_the_three_groups() -> None:
    """Seven by seven: a group takes about five minutes."""
    for group in groups():
        assert sum(one.group == group.id for one in skills()) == 7
    assert len(groups()) == 3


def test_the_letters_are_the_briefings_own() -> None:
    """Five letters carry the words of part 05 unchanged."""
    body = briefing.parts()[4].body
    assert "".join(one.letter for one in letters()) == "BRAVER"
    for one in letters()[:5]:
        assert f"- **{one.word}** - {one.text}" in body


@pytest.mark.parametrize("name", ["6", "06", "part 6", "Escalation process", "escalation-process"])
def test_a_part_is_found_by_number_or_name(name: str) -> None:
    """People ask for a part as they remember it."""
    found = briefing.part(name)
    assert found is not None
    assert found.number == 6


def test_no_part_is_made_up() -> None:
    """A name that is no part's gives none."""
    assert briefing.part("8") is None
    assert briefing.part("") is None


def test_the_briefing_is_searched_in_its_own_words() -> None:
    """All the words sought must stand in one line; beginnings of words are enough."""
    assert [found.part.number for found in briefing.search("devil")] == [7]
    assert [found.part.number for found in briefing.search("serious case review")] == [1, 3]
    assert briefing.search("no such words here") == ()
    assert briefing.search(" ") == ()


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("briefing/1-background.md", "- no title", "1-background.md:1: This part has no title."),
        ("briefing/background.md", "# Background\n\nWords", "Name it like"),
        ("skills.yaml", "source: x\nskills:\n  - id: calm\n", "skills.yaml:1: “groups” is missing."),
    ],
)
def test_a_broken_content_file_is_named(
    name: str, text: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever edits a content file learns which file and line is wrong, and what to write."""
    (tmp_path / "briefing").mkdir()
    (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.setenv("BRAVER_CONTENT", str(tmp_path))
    with pytest.raises(BadFile) as refused:
        (skills_file if name == "skills.yaml" else briefing.parts).__wrapped__()
    assert said in str(refused.value)
