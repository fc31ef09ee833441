"""The content as a whole is read when the service starts: a mistake in it is told then."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.files import BadFile
from bot.guidance import advice, briefing, other_chair, plan, rehearsal, skills, walk
from bot.guidance.content import root
from bot.guidance.ready import ready

CACHED = (
    advice.topics, briefing.parts, other_chair.guides, plan._file, rehearsal.rehearsals, skills.file,
    walk._file,
)  # fmt: skip


@pytest.fixture
def content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the content that may be spoiled."""
    copied = shutil.copytree(root(), tmp_path / "content")
    monkeypatch.setenv("BRAVER_CONTENT", str(copied))
    for read in CACHED:
        read.cache_clear()
    yield copied
    for read in CACHED:
        read.cache_clear()


def test_what_is_shipped_is_ready() -> None:
    """All of it can be read, and what was learned is of these examples."""
    assert ready()


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("rehearsals/only-a.yaml", "topic: ", "topic: no-such-", "There is no topic “no-such-"),
        ("rehearsals/only-a.yaml", "next: agreed", "next: nowhere", "“nowhere”"),
        ("rehearsals/only-a.yaml", "skills: [", "skills: [juggling, ", "There is no skill “juggling”."),
        ("other-chair.yaml", "id: raiser-manager", "id: manager", "The guide “raiser-manager” is missing."),
        ("briefing-walk.yaml", "- part: remember", "- part: background", "The steps are not the parts"),
        ("plan.yaml", "{known}", "{knowing}", "There is nothing to put into “{knowing}”."),
    ],
)
def test_a_mistake_in_any_file_stops_the_start(
    content: Path, file: str, old: str, new: str, said: str
) -> None:
    """Whoever edits a file learns which one is wrong, before a practitioner meets it."""
    text = (content / file).read_text(encoding="utf-8")
    assert old in text
    (content / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadFile, match=said.replace("{", r"\{")) as refused:
        ready()
    assert Path(file).name in str(refused.value)
