"""`braver advise` and `braver learn`, for people and for programs that read what they print."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.__main__ import app
from bot.guidance.advice import advise
from bot.guidance.content import root

BRAVER = Path(sys.executable).parent / "braver"
KEYS = ["topic", "confidence", "alternatives", "because", "urgent"]
PATIENCE = 120.0
CLOSED = "They closed the case and it is far too soon"
DANGER = "He is hitting her now"


def printed(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["advise", *arguments])
    assert done.exit_code == 0, done.output
    return done.stdout_bytes.decode("utf-8")


def braver(folder: Path, *arguments: str, **given: str) -> subprocess.CompletedProcess[bytes]:
    """A real process."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("BRAVER_", "PYTHON"))}
    return subprocess.run(
        [BRAVER, *arguments], cwd=folder, env={**kept, **given}, capture_output=True, timeout=PATIENCE,
        check=False,
    )  # fmt: skip


def one_plain_line(ended: subprocess.CompletedProcess[bytes]) -> str:
    assert (ended.returncode, ended.stdout) == (2, b"")
    [line] = ended.stderr.decode("utf-8").splitlines()
    return line


# braver advise


@pytest.mark.parametrize("text", [CLOSED, DANGER, "hmm not sure about them", "asdf qwer zxcv", "😀", " "])
def test_an_answer_is_one_object_with_these_keys(text: str) -> None:
    """Whatever is asked, nothing is added and nothing left out, in the same order, and on one line."""
    [line] = printed("--json", text).splitlines()
    said = json.loads(line)
    assert list(said) == KEYS
    assert isinstance(said["topic"], str)
    assert 0 <= said["confidence"] <= 1
    assert isinstance(said["urgent"], bool)
    assert all(isinstance(one, str) for one in said["alternatives"] + said["because"])


def test_the_answer_is_that_of_the_advice() -> None:
    """The command has no opinion of its own."""
    found = advise(CLOSED)
    said = json.loads(printed("--json", CLOSED))
    assert said == {
        "topic": "case-closed-or-stepped-down", "confidence": found.confidence, "urgent": False,
        "alternatives": list(found.alternatives), "because": list(found.because),
    }  # fmt: skip


def test_danger_is_urgent() -> None:
    """Somebody at risk now is the topic, also beside another one."""
    for text in (DANGER, f"{CLOSED}. {DANGER}"):
        said = json.loads(printed("--json", text))
        assert (said["topic"], said["urgent"]) == ("immediate-danger", True)


def test_without_json_it_is_said_in_words() -> None:
    """Topic, words and alternatives for whoever tries it out, and danger in capitals."""
    said = printed(DANGER)
    assert said.startswith("immediate-danger ")
    assert "URGENT" in said
    assert "URGENT" not in printed(CLOSED)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("last", ["", "\n"])
def test_each_line_of_a_file_has_a_line_of_output(tmp_path: Path, newline: str, last: str) -> None:
    """In order, empty lines and lines of spaces too, whether or not the last one is ended."""
    lines = ["", CLOSED, "", "   ", "مرحبا", DANGER, "hmm"]
    file = tmp_path / "questions.txt"
    file.write_text("\n".join(lines) + last, encoding="utf-8", newline=newline)
    said = [json.loads(line) for line in printed("--json", "--file", str(file)).splitlines()]
    assert [one["topic"] for one in said] == [advise(line).topic for line in lines]
    assert [one["urgent"] for one in said] == [line == DANGER for line in lines]
    assert all(list(one) == KEYS for one in said)


@pytest.mark.parametrize("inside", ["\x0b", "\x0c", "\x1e", "\x85", "\u2028", "\u2029"])
def test_what_is_no_end_of_a_line_does_not_end_one(tmp_path: Path, inside: str) -> None:
    """A line copied from a word processor may hold a soft break: it is one question, with one answer."""
    file = tmp_path / "questions.txt"
    file.write_text(f"They closed the case{inside}far too soon\n{DANGER}\n", encoding="utf-8")
    assert printed("--json", "--file", str(file)).count("\n") == 2


def test_an_empty_file_has_no_answers(tmp_path: Path) -> None:
    """No line, no output, and no mistake."""
    file = tmp_path / "questions.txt"
    file.touch()
    assert printed("--json", "--file", str(file)) == ""


def test_a_byte_order_mark_is_no_word(tmp_path: Path) -> None:
    """A file from a Windows editor is read like any other."""
    file = tmp_path / "questions.txt"
    file.write_text(CLOSED, encoding="utf-8-sig")
    assert json.loads(printed("--json", "--file", str(file))) == json.loads(printed("--json", CLOSED))


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_a_real_process_prints_utf_8(tmp_path: Path, locale: str) -> None:
    """One process answers every line of the file, and prints what was typed, not escapes of it."""
    typed = "the child’s voice’s wish’s feeling’s"
    (tmp_path / "questions.txt").write_text(f"{typed}\n\n{DANGER}\n", encoding="utf-8")
    ended = braver(tmp_path, "advise", "--json", "--file", "questions.txt", LC_ALL=locale)
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert "’".encode() in ended.stdout
    assert b"\\u" not in ended.stdout
    first, empty, last = (json.loads(line) for line in ended.stdout.decode("utf-8").splitlines())
    assert first["because"]
    assert all("’" in heard and heard in typed for heard in first["because"])
    assert (empty["topic"], last["topic"]) == ("", "immediate-danger")


def test_a_missing_file_is_told_in_one_line(tmp_path: Path) -> None:
    """Exit 2, nothing is printed, and the words say which file and what to do."""
    line = one_plain_line(braver(tmp_path, "advise", "--json", "--file", "nowhere.txt"))
    assert line.startswith("nowhere.txt: ")
    assert "Check the name" in line


@pytest.mark.parametrize("arguments", [(), ("--json", "")])
def test_nothing_given_is_told_in_one_line(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """Exit 2, nothing is printed, and the words say what to give."""
    line = one_plain_line(braver(tmp_path, "advise", *arguments))
    assert line.startswith("braver advise: ")
    assert "--file" in line


def test_a_file_that_is_no_text_is_told_in_one_line(tmp_path: Path) -> None:
    """Exit 2, and the words say in which line it can't be read."""
    (tmp_path / "questions.txt").write_bytes(b"They closed the case\n\xff\xfe\n")
    line = one_plain_line(braver(tmp_path, "advise", "--file", "questions.txt"))
    assert line.startswith("questions.txt:2: ")


# braver learn


def small(folder: Path) -> Path:
    """A content folder with a few examples of each label that there has to be, and what `advise` reads."""
    content = folder / "content"
    (content / "examples").mkdir(parents=True)
    (content / "advice").mkdir()
    for name in ("vocabulary.yaml", "danger.yaml"):
        (content / name).write_bytes((root() / name).read_bytes())
    for topic in ("recording", "immediate-danger"):
        file = f"advice/{topic}.yaml"
        (content / file).write_bytes((root() / file).read_bytes())
    for label in ("recording", "outside", "immediate-danger", "about-danger", "no-danger"):
        lines = (root() / "examples" / f"{label}.txt").read_text(encoding="utf-8").splitlines()[:25]
        (content / "examples" / f"{label}.txt").write_text("\n".join(lines), encoding="utf-8")
    return content


def test_learning_anew_writes_what_the_advice_then_reads(tmp_path: Path) -> None:
    """Before it there is no advice, and the words say so; after it there is."""
    content = small(tmp_path)
    asking = ("advise", "--json", "Where do I record the disagreement")
    before = braver(tmp_path, *asking, BRAVER_CONTENT=str(content))
    assert "braver learn" in one_plain_line(before)
    learnt = braver(tmp_path, "learn", BRAVER_CONTENT=str(content))
    assert (learnt.returncode, learnt.stderr) == (0, b"")
    assert f"Wrote {content / 'examples' / 'learned.npz'}: 3 labels" in learnt.stdout.decode("utf-8")
    after = braver(tmp_path, *asking, BRAVER_CONTENT=str(content))
    assert json.loads(after.stdout)["topic"] == "recording"


def test_learning_without_its_library_says_what_to_install(tmp_path: Path) -> None:
    """The service does without scikit-learn; who learns is told how to get it, and nothing is written."""
    content = small(tmp_path)
    program = (
        "import sys; sys.modules['sklearn'] = None; sys.argv = ['braver', 'learn'];"
        "from bot.__main__ import main; main()"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env={**os.environ, "BRAVER_CONTENT": str(content)},
        capture_output=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert "pip install 'braver[learn]'" in one_plain_line(ended)
    assert not (content / "examples" / "learned.npz").exists()
