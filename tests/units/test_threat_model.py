"""docs/threat-model.md: who attacks, what stops them, which tests show it, and what is left."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]
PAGE = HOUSE / "docs" / "threat-model.md"
DOCS = (HOUSE / "README.md", *sorted((HOUSE / "docs").rglob("*.md")))
_NAMED = re.compile(r"\b(tests/[\w/]+\.py)::(\w+)")
ASKED_FOR = {
    "A curious colleague",
    "A partner agency's administrator",
    "A stolen phone",
    "A leaked database or backup",
    "A forged or repeated request",
    "A malicious directory entry",
    "An insider at the host",
}
"""Nobody takes one of these out by mistake."""


def _attackers() -> dict[str, str]:
    """The text below the heading of each."""
    _, _, part = PAGE.read_text(encoding="utf-8").partition("\n## Attackers\n")
    parts = re.split(r"^### (.+)$", part.partition("\n## ")[0], flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


ATTACKERS = _attackers()


@cache
def _tests_of(file: str) -> frozenset[str]:
    """The tests that a file of ours defines, whether in a class or not."""
    path = HOUSE / file
    if not path.is_file():
        return frozenset()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return frozenset(node.name for node in functions if node.name.startswith("test_"))


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.relative_to(HOUSE).as_posix())
def test_every_test_that_is_named_exists(page: Path) -> None:
    """A promise is shown by a test that is there, in the file that is named."""
    named = {f"{file}::{test}" for file, test in _NAMED.findall(page.read_text(encoding="utf-8"))}
    missing = {one for one in named if one.partition("::")[2] not in _tests_of(one.partition("::")[0])}
    assert missing == set()


def test_nobody_is_left_out() -> None:
    """All the attackers that were asked for are there."""
    assert ATTACKERS.keys() >= ASKED_FOR


@pytest.mark.parametrize("name", ATTACKERS)
def test_an_attacker_has_everything_said(name: str) -> None:
    """What they want, what stops them, at least two tests that show it, and what is left, in this order."""
    text = ATTACKERS[name]
    said = re.findall(
        r"^\*\*(Wants|Nobody's wish|What stops|Shown by|What is left)", text, flags=re.MULTILINE
    )
    assert said in (
        ["Wants", "What stops", "Shown by", "What is left"],
        ["Nobody's wish", "What stops", "Shown by", "What is left"],
    )
    assert len(_NAMED.findall(text)) >= 2


def test_everything_that_is_shown_is_shown_by_a_test() -> None:
    """Each line below “Shown by” names one test and nothing else."""
    for text in ATTACKERS.values():
        shown = text.partition("**Shown by**")[2].partition("**What is left")[0]
        assert [
            line
            for line in shown.split("\n")
            if line and not re.fullmatch(rf"- `{_NAMED.pattern[2:]}`", line)
        ] == []


def test_nothing_is_said_twice() -> None:
    """No paragraph of one attacker stands under another as well."""
    said = [part for text in ATTACKERS.values() for part in text.split("\n\n") if part.startswith("**What")]
    assert len(said) == 2 * len(ATTACKERS)
    assert len(set(said)) == len(said)
