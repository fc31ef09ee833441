"""The words of the conversations: every text that the code asks for exists, and every text is asked for."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import bot
from bot.chat.text import Paragraph, Span
from bot.guidance.words import Words

HOUSE = Path(bot.__file__).parent.parent
WORD_FILES = sorted(path.stem for path in (HOUSE / "content" / "flows").glob("*.yaml"))


def _pattern(key: ast.expr) -> Iterator[str]:
    """What the argument can stand for, as regular expressions; nothing where the code computes it."""
    match key:
        case ast.Constant(str(text)):
            yield re.escape(text)
        case ast.JoinedStr(parts):
            yield "".join(
                re.escape(str(part.value)) if isinstance(part, ast.Constant) else ".+" for part in parts
            )
        case ast.IfExp(body=body, orelse=orelse):
            yield from _pattern(body)
            yield from _pattern(orelse)


def _asked(path: Path) -> Iterator[tuple[str, str]]:
    """Name of the words file and pattern of the key, for each text that the module asks for."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {
        target.id: str(node.value.args[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Name) and node.value.func.id == "Words"
        and isinstance(node.value.args[0], ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }  # fmt: skip
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        match node.func:
            case ast.Name(name) | ast.Attribute(ast.Name(name), "text" | "blocks") if name in names:
                for pattern in _pattern(node.args[0]):
                    yield names[name], pattern


def _handed_on(path: Path) -> Iterator[str]:
    """Patterns of all texts in the code: a key may be handed on before a text is asked for by it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant | ast.JoinedStr):
            yield from (pattern for pattern in _pattern(node) if pattern.strip(".+"))


ASKED = [asked for path in sorted((HOUSE / "flows").rglob("*.py")) for asked in _asked(path)]
FOLDERS = (
    "flows",
    "bot/guidance",
    "bot/escalation",
    "bot/people",
    "bot/policies",
    "bot/doctor",
    "bot/audit",
    "bot/backup",
)
HANDED_ON = re.compile(
    "|".join(
        sorted(
            {key for folder in FOLDERS for path in (HOUSE / folder).rglob("*.py") for key in _handed_on(path)}
        )
    )
)


@pytest.mark.parametrize("name", WORD_FILES)
def test_no_text_is_missing_and_none_is_left_over(name: str) -> None:
    """Each key used by a conversation stands in its file, and each key of the file is used."""
    if name == "forms":
        return
    keys = Words(name).keys()
    patterns = {pattern for asked, pattern in ASKED if asked == name}
    missing = {pattern for pattern in patterns if not any(re.fullmatch(pattern, key) for key in keys)}
    unused = {key for key in keys if not HANDED_ON.fullmatch(key)}
    assert (missing, unused) == (set(), set())


def test_every_conversation_has_its_words() -> None:
    """No conversation asks for a file that is not there."""
    assert {name for name, _ in ASKED} <= set(WORD_FILES)


def test_what_is_filled_in_stays_plain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Markup is read from the file, never from what a person typed."""
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "greeting.yaml").write_text('hello:\n  you: "**Dear** {name}"\n', encoding="utf-8")
    monkeypatch.setenv("BRAVER_CONTENT", str(tmp_path))
    words = Words("greeting")
    assert words("hello.you", name="*Jo*") == "**Dear** *Jo*"
    assert words.blocks("hello.you", name="*Jo*") == (Paragraph((Span("Dear", bold=True), Span(" *Jo*"))),)


def test_a_text_that_is_not_there_is_an_error() -> None:
    """A mistyped key fails at once, and so does a hole that nobody fills."""
    words = Words("forms")
    with pytest.raises(KeyError):
        words("requierd")
    with pytest.raises(KeyError):
        words("too_long")
