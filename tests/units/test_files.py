"""A file with a mistake is refused with the line, what is wrong and what to write; nothing is guessed."""

from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

from bot.escalation.policy import Policy
from bot.files import LARGEST, BadFile, FileProblem, load, read

EXAMPLE = Path(__file__).parents[2] / "content" / "policies" / "example.yaml"


class Leaf(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=10)]
    colour: Literal["green", "yellow", "red"] = "green"
    veins: Annotated[int, Field(ge=1, le=9)] = 1
    fell: date | None = None
    dry: bool = False


class Tree(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: Annotated[str, Field(pattern=r"^[a-z]+$", description="Write small letters only.")]
    phone: str = ""
    leaves: Annotated[tuple[Leaf, ...], Field(min_length=1)]
    nests: dict[str, Leaf] = {}


SOUND = """\
# A tree.
kind: birch
phone: 01632960001
leaves:
  - name: one
    fell: 2026-11-03
  - name: no
    veins: 3
    dry: yes
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tree.yaml"


def problems(path: Path, text: str | bytes) -> list[str]:
    """What is told of a file with this text: “line: what remedy”."""
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(BadFile) as caught:
        load(path, Tree)
    assert all(problem.file == str(path) for problem in caught.value.problems)
    return [f"{problem.line}: {problem.what} {problem.remedy}" for problem in caught.value.problems]


def test_a_sound_file_is_read_as_it_stands(path: Path) -> None:
    """A nought at the front stays, “no” is a name where a name belongs, and a date is a date."""
    path.write_text(SOUND)
    tree = load(path, Tree)
    assert tree.phone == "01632960001"
    assert [leaf.name for leaf in tree.leaves] == ["one", "no"]
    assert (tree.leaves[0].fell, tree.leaves[1].veins, tree.leaves[1].dry) == (date(2026, 11, 3), 3, True)


def test_a_byte_order_mark_is_no_mistake(path: Path) -> None:
    """A file from an editor that marks its files is read as any other."""
    path.write_bytes(b"\xef\xbb\xbf" + SOUND.encode())
    assert load(path, Tree).kind == "birch"


DIGITS = "is not a whole number. Write digits only, as in “2”."
PHONE, NAME, VEINS = "phone: 01632960001", "name: one", "veins: 3"


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        (VEINS, "vein: 3", 8, "“vein” has no meaning here. Did you mean “veins”?"),
        (
            VEINS,
            "x: 3",
            8,
            "“x” has no meaning here. Write one of these: “colour”, “dry”, “fell”, “name”, “veins”.",
        ),
        ("kind: birch", "", 3, "“kind” is missing. Add a line “kind: …”."),
        (NAME, "colour: red", 5, "“name” is missing. Add a line “name: …”."),
        ("birch", "Birch", 2, "kind: “Birch” is not written as it should be. Write small letters only."),
        (VEINS, "colour: geen", 8, "colour: “geen” is not possible here. Did you mean “green”?"),
        (
            VEINS,
            "colour: blue",
            8,
            "colour: “blue” is not possible here. Write one of these: “green”, “red”, “yellow”.",
        ),
        (VEINS, "veins: three", 8, f"veins: “three” {DIGITS}"),
        (VEINS, "veins:", 8, f"veins: “” {DIGITS}"),
        (VEINS, "veins: 0", 8, "veins: “0” is too small. Write 1 or more."),
        (VEINS, "veins: 10", 8, "veins: “10” is too large. Write 9 or less."),
        ("dry: yes", "dry: maybe", 9, "dry: “maybe” is neither yes nor no. Write “yes” or “no”."),
        (NAME, "name:", 5, "name: This is empty. Write a text."),
        (NAME, "name: elevenletters", 5, "name: This has 13 letters. Write 10 at most."),
        (
            "2026-11-03",
            "3/11",
            6,
            "fell: “3/11” is not a date. Write year, month and day, as in “2026-12-24”.",
        ),
        (
            PHONE,
            "phone: [a]",
            3,
            "phone: A text belongs here. If it holds “: ”, put all of it in quotation marks.",
        ),
        (PHONE, "nests: {up: {name: one, veins: x}}", 3, f"veins: “x” {DIGITS}"),
        (PHONE, "nests: {up: {nam: a, name: b}}", 3, "“nam” has no meaning here. Did you mean “name”?"),
        (
            PHONE,
            "nests: x",
            3,
            "nests: Lines with keys belong here. Write them below, indented: “key: value”.",
        ),
        (PHONE, "kind: oak", 3, "“kind” stands here again, after line 2. Keep one of the two."),
        (PHONE, "phone: &p 1", 3, "“&” and “*” have no use here. Write the text out in each place."),
        (PHONE, "phone: !x 1", 3, "The tag !x has no use here. Write the value without “!”."),
        (PHONE, "[a, b]: c", 3, "Before a colon stands one word. Write “key: value”."),
    ],
)
def test_a_mistake_is_told_with_its_line_and_a_remedy(
    path: Path, old: str, new: str, line: int, told: str
) -> None:
    """Whoever wrote the file reads where it is wrong, what is wrong and what to write instead."""
    assert old in SOUND
    assert problems(path, SOUND.replace(old, new, 1)) == [f"{line}: {told}"]


def test_an_empty_list_is_told_at_its_key(path: Path) -> None:
    """A list that needs an entry is refused at the line of its name."""
    text = "kind: birch\nleaves: []\n"
    assert problems(path, text) == ["2: leaves: Something must stand here. Write 1 or more of them."]


def test_lines_in_place_of_a_list_are_told_at_their_key(path: Path) -> None:
    """Keys without the dashes of a list are refused with how a list is written."""
    text = "kind: birch\nleaves:\n  name: one\n"
    assert problems(path, text) == ["2: leaves: A list belongs here. Begin each line of it with “- ”."]


def test_all_mistakes_are_told_at_once_in_the_order_of_their_lines(path: Path) -> None:
    """Nobody has to start the service once for each mistake."""
    text = SOUND.replace("birch", "Birch").replace("veins", "vein").replace("name: one", "name:")
    assert [told.partition(":")[0] for told in problems(path, text)] == ["2", "5", "8"]


def test_an_empty_file_is_told_what_it_lacks(path: Path) -> None:
    """A file with nothing in it is missing everything that is needed."""
    assert [told.partition(".")[0] for told in problems(path, "# nothing\n")] == [
        "1: “kind” is missing",
        "1: “leaves” is missing",
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("kind: birch\n\tphone: 1\n", 2),
        ("kind: birch\nphone: a: b\n", 2),
        ('kind: birch\nphone: "open\n', 3),
        ("kind: birch\n---\nkind: oak\n", 2),
        ("kind: *nothing\n", 1),
    ],
)
def test_what_is_no_yaml_is_told_with_its_line(path: Path, text: str, line: int) -> None:
    """A slip of indentation, colon or quotation mark is told where it was noticed."""
    (told,) = problems(path, text)
    assert told.startswith(f"{line}: This can't be read as YAML (")
    assert "spaces and no tabs" in told


def test_a_letter_that_is_not_utf_8_is_told_with_its_line(path: Path) -> None:
    """A file in an old encoding is told where the first such letter stands."""
    (told,) = problems(path, "kind: birch\nphone: für\n".encode("latin-1"))
    assert (
        told == "2: Here stands a letter that can't be read. Save the file as UTF-8 (in Excel: “CSV UTF-8”)."
    )


def test_a_file_that_is_too_large_is_not_read(path: Path) -> None:
    """Beyond a million bytes it is surely the wrong file."""
    path.write_bytes(b"#" * LARGEST)
    assert read(path).data == {}
    (told,) = problems(path, b"#" * (LARGEST + 1))
    assert told == "0: This file is larger than 1 MB. Check that it is the right one."


@pytest.mark.parametrize("text", ["[" * 1500, "".join(f"{' ' * depth}a:\n" for depth in range(1200))])
def test_a_file_that_is_nested_without_end_is_refused(path: Path, text: str) -> None:
    """Depth that no honest file has ends in a problem, not in a crash."""
    (told,) = problems(path, text)
    assert told.startswith("0: This file is nested too deeply.")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    """A wrong name, or a folder in place of a file, is told as such, with no line."""
    for path in (tmp_path / "none.yaml", tmp_path):
        with pytest.raises(BadFile) as caught:
            load(path, Tree)
        assert str(caught.value).startswith(f"{path}: This file can't be opened (")


def test_a_problem_reads_as_a_place_to_go_to(path: Path) -> None:
    """The line follows the name of the file, as editors and terminals understand it."""
    path.write_text(SOUND.replace("birch", "Birch"))
    with pytest.raises(BadFile) as caught:
        load(path, Tree)
    assert str(caught.value) == (
        f"{path}:2: kind: “Birch” is not written as it should be. Write small letters only."
    )


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
@example(b"a: \x01")
@example(b"? ")
@example(b"%YAML 9.9\n---\na")
@example(b"%YAML 1.7\n---\na")
def test_no_file_does_more_than_be_refused(path: Path, raw: bytes) -> None:
    """Whatever bytes a file has, it is read or refused."""
    path.write_bytes(raw)
    with suppress(BadFile):
        assert read(path).file == str(path)


LINES = EXAMPLE.read_text(encoding="utf-8").splitlines()


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.integers(0, len(LINES) - 1),
    st.one_of(st.sampled_from(LINES), st.text(st.characters(exclude_categories=["Cs"]), max_size=30)),
)
def test_any_line_of_a_policy_may_be_spoilt(path: Path, place: int, spoilt: str) -> None:
    """Whatever is put in place of any line, the policy is read, or refused with lines that are there."""
    text = "\n".join([*LINES[:place], spoilt, *LINES[place + 1 :]])
    path.write_text(text, encoding="utf-8", newline="")
    problems: tuple[FileProblem, ...] = ()
    try:
        load(path, Policy)
    except BadFile as error:
        problems = error.problems
    assert all(0 <= problem.line <= len(text.splitlines()) + 1 for problem in problems)
    assert all(problem.what and problem.remedy for problem in problems)
