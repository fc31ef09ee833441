"""The walk through the briefing: seven steps of about a minute, and a check that explains every answer."""

import re
import shutil
from pathlib import Path

import pytest

from bot.files import BadFile
from bot.guidance import briefing
from bot.guidance.content import root
from bot.guidance.walk import _file, check, steps

IDS = [asked.id for asked in check()]


def test_there_is_a_step_for_each_part_in_order() -> None:
    """The seven parts of the briefing are walked through as they stand in it."""
    assert len(steps()) == 7
    assert [step.part for step in steps()] == [part.id for part in briefing.parts()]


@pytest.mark.parametrize("at", range(7))
def test_a_step_takes_about_a_minute(at: int) -> None:
    """The gist has 50 to 100 words, and one question to think about comes after it."""
    step = steps()[at]
    assert 50 <= len(step.gist.split()) <= 100
    assert step.think.endswith("?")
    assert step.think.count("?") == 1


def test_what_is_lost_of_the_briefing_is_not_made_up() -> None:
    """The walk says that the last R and the diagram are missing."""
    gists = {step.part: step.gist for step in steps()}
    assert "last R cannot be read" in gists["braver"]
    assert "diagram" in gists["escalation-process"]
    assert "lost in our copy" in gists["escalation-process"]


def test_there_are_eight_questions() -> None:
    """Each has an id of its own and belongs to a part, and no two are the same."""
    assert len(check()) == 8
    assert len(set(IDS)) == 8
    assert len({asked.scenario for asked in check()}) == 8
    assert {asked.part for asked in check()} == {part.id for part in briefing.parts()}


@pytest.mark.parametrize("at", range(8), ids=IDS)
def test_a_question_has_one_right_answer_and_explains_each(at: int) -> None:
    """Of three different answers one is right, which its reason says at once; the others' reasons don't."""
    asked = check()[at]
    assert asked.question.endswith("?")
    assert asked.scenario.startswith("You are a ") or "agencies" in asked.scenario
    assert len({option.text for option in asked.options}) == 3
    assert len({option.why for option in asked.options}) == 3
    assert sum(option.right for option in asked.options) == 1
    for option in asked.options:
        assert len(option.why.split()) >= 10
        assert option.why.startswith("Yes.") == option.right


def test_the_right_answer_has_no_place_of_its_own() -> None:
    """It can't be guessed from where it stands, nor from being the longest."""
    places = [[option.right for option in asked.options].index(True) for asked in check()]
    assert all(2 <= places.count(place) <= 4 for place in range(3))
    longest = [max(asked.options, key=lambda option: len(option.text)).right for asked in check()]
    assert 0 < sum(longest) <= 5


@pytest.mark.parametrize(
    ("pattern", "becomes", "said"),
    [
        ("part: background", "part: foreground", "The briefing has no part “foreground”"),
        ("(?s)(?<=\ncheck:)(.*?)part: braver", r"\1part: bravest", "The briefing has no part “bravest”"),
        ("right: false", "right: true", "“challenged” needs one right answer"),
        ("right: true", "right: false", "“challenged” needs one right answer"),
        ("right: true", "right: maybe", "briefing-walk.yaml:"),
        ("(?m)^    think: .*$", "", "“think” is missing"),
    ],
)
def test_a_broken_walk_is_refused(
    pattern: str, becomes: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unknown part, no right answer, or two of them, is told by name."""
    whole = (root() / "briefing-walk.yaml").read_text(encoding="utf-8")
    (tmp_path / "briefing-walk.yaml").write_text(re.sub(pattern, becomes, whole, count=1), encoding="utf-8")
    shutil.copytree(root() / "briefing", tmp_path / "briefing")
    monkeypatch.setenv("BRAVER_CONTENT", str(tmp_path))
    with pytest.raises(BadFile) as refused:
        _file.__wrapped__()
    assert "briefing-walk.yaml" in str(refused.value)
    assert said in str(refused.value)
