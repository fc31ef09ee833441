"""A policy file that extends another: only what differs is written down, and every mistake is found."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.files import BadFile, FileProblem, Tree, Where, read
from bot.guidance.content import root
from bot.policies.merge import merged
from bot.policies.source import load, tree_of

EXAMPLE = root() / "policies" / "example.yaml"


def written(folder: Path, text: str, name: str = "ours") -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def problem(path: Path) -> FileProblem:
    with pytest.raises(BadFile) as caught:
        load(path)
    (found,) = caught.value.problems
    return found


OURS = """\
extends: example
id: ours
version: "7"
"""


def test_what_is_not_written_down_is_the_base_s(tmp_path: Path) -> None:
    """A file of three lines is the base under another name and edition."""
    base, ours = load(EXAMPLE), load(written(tmp_path, OURS))
    assert ours == base.model_copy(update={"id": "ours", "version": "7"})


def test_a_clock_of_a_stage_gets_another_time(tmp_path: Path) -> None:
    """Stage and clock are found by number and name; everything beside that time stays."""
    text = (
        OURS
        + """\
stages:
  - number: 2
    clocks:
      - name: respond
        within: 1 working day
"""
    )
    base, ours = load(EXAMPLE), load(written(tmp_path, text))
    respond = ours.stage(2).clock("respond", "receiving")
    assert respond is not None
    assert respond.within.written() == "1 working day"
    assert ours.stage(2).clock("acknowledge", "raising") == base.stage(2).clock("acknowledge", "raising")
    assert [stage.name for stage in ours.stages] == [stage.name for stage in base.stages]


def test_parts_are_added_and_left_out(tmp_path: Path) -> None:
    """The last stage goes, another outcome comes; lists without names are replaced whole."""
    text = (
        OURS
        + """\
stages:
  - number: 4
    leave_out: yes
outcomes:
  - code: mediated
    label: It was mediated
urgent:
  - name: Emergency
    number: "999"
"""
    )
    ours = load(written(tmp_path, text))
    assert len(ours.stages) == 3
    assert ours.outcomes[-1].code == "mediated"
    assert len(ours.outcomes) == 6
    assert [contact.number for contact in ours.urgent] == ["999"]


def test_a_mistake_is_told_in_the_file_in_which_it_stands(tmp_path: Path) -> None:
    """A wrong time of the own file in its line; one of the base in the base's."""
    wrong = written(tmp_path, OURS + "prompt_again: -3 days\n")
    found = problem(wrong)
    assert (found.file, found.line) == (str(wrong), 4)
    assert "“-3 days” is not a length of time." in found.what
    text = EXAMPLE.read_text(encoding="utf-8").replace("within: 30 working minutes", "within: soon", 1)
    base = written(tmp_path, text, "base")
    found = problem(written(tmp_path, OURS.replace("example", "base")))
    assert found.file == str(base)
    assert found.line == text[: text.index("within: soon")].count("\n") + 1


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("id: a\nversion: 1\nextends: exampel\n", 3, "There is no policy file “exampel”."),
        ("extends: ../secret\n", 1, "“../secret” is not the name of a policy file."),
        ("extends: /etc/passwd\n", 1, "“/etc/passwd” is not the name of a policy file."),
        ("extends: example\nversion: 1\n", 1, "id: A file that extends another says itself"),
        ("extends: example\nid: a\n", 1, "version: A file that extends another says itself"),
        ("extends: ours\nid: a\nversion: 1\n", 1, "This file extends itself (ours → ours)."),
        (OURS + "stages:\n  - number: 9\n    leave_out: yes\n", 5, "has nothing called “9” here"),
        (OURS + "stages:\n  - leave_out: yes\n", 5, "leave_out: Without “number” it is not plain"),
        ("extends: a/b\nid: a\nversion: 1\n", 1, "“a/b” is not the name of a policy file."),
        (OURS + "stages:\n  - number: 2\n  - number: 2\n", 6, "stages: “2” stands here twice."),
        (OURS + "calendar:\n  hour:\n    monday: 09:00-17:00\n", 5, "“hour” has no meaning here."),
    ],
)
def test_what_can_t_be_extended_is_refused(tmp_path: Path, text: str, line: int, what: str) -> None:
    """Unknown names, paths, circles, nothing to leave out: told at the line, with what to write."""
    found = problem(written(tmp_path, text))
    assert found.line == line
    assert what in found.what
    assert found.remedy


def test_a_circle_of_two_is_refused_and_named(tmp_path: Path) -> None:
    """Neither file can be read before the other."""
    written(tmp_path, "extends: ours\nid: b\nversion: 1\n", "base")
    found = problem(written(tmp_path, "extends: base\nid: a\nversion: 1\n"))
    assert "ours → base → ours" in found.what


def test_a_file_beside_the_own_one_comes_before_those_that_are_shipped(tmp_path: Path) -> None:
    """A partnership's own copy of the base counts, and not the one of the same name that comes with it."""
    text = EXAMPLE.read_text(encoding="utf-8").replace("title: Example ladder", "title: Our example")
    written(tmp_path, text, "example")
    assert load(written(tmp_path, OURS)).title == "Our example"


def test_files_stand_on_each_other_to_a_depth(tmp_path: Path) -> None:
    """Three are fine; a tower is told to be too high."""
    for number in range(8):
        below = f"level-{number - 1}" if number else "example"
        written(tmp_path, f"extends: {below}\nid: level-{number}\nversion: {number}\n", f"level-{number}")
    assert load(tmp_path / "level-2.yaml").version == "2"
    assert "More than 5 files" in problem(tmp_path / "level-7.yaml").what


def test_nothing_over_a_file_changes_nothing(tmp_path: Path) -> None:
    """The laws of merging: an empty file over a base is the base, and a file over itself is itself."""
    base, empty = read(EXAMPLE), read(written(tmp_path, "{}"))
    assert merged(empty, base).data == base.data
    assert merged(base, base).data == base.data
    assert {tree_of(EXAMPLE).place(("stages", 1, "name"))[0]} == {str(EXAMPLE)}


@pytest.mark.parametrize("number", ["²", "9" * 5000])
def test_a_number_that_is_none_is_the_file_s_mistake(tmp_path: Path, number: str) -> None:
    """Whatever stands for a stage's number, the file is refused at its line."""
    with pytest.raises(BadFile) as caught:
        load(written(tmp_path, OURS + f"stages:\n  - number: {number}\n"))
    assert {problem.line for problem in caught.value.problems} == {5}


def test_what_the_base_says_twice_stays_a_mistake(tmp_path: Path) -> None:
    """An own outcome beside two of one code does not hide that they are two."""
    text = EXAMPLE.read_text(encoding="utf-8").replace("code: decision_changed", "code: agreed_plan")
    base = written(tmp_path, text, "base")
    ours = OURS.replace("example", "base") + "outcomes:\n  - code: mine\n    label: Mine\n"
    found = problem(written(tmp_path, ours))
    assert (found.file, found.what) == (str(base), "code: “agreed_plan” stands here twice.")


def test_a_list_of_single_values_is_replaced_whatever_its_name(tmp_path: Path) -> None:
    """An agency may be called as a list of parts is; its posts are no parts."""
    base = read(written(tmp_path, "agencies:\n  before: [x, y]\n", "base"))
    assert merged(read(written(tmp_path, "agencies:\n  before: [z]\n")), base).data == {
        "agencies": {"before": ["z"]}
    }


def test_two_files_that_are_nested_without_end_are_refused(tmp_path: Path) -> None:
    """Depth that no honest file has ends in a problem, not in a crash."""
    deep = "".join(f"{' ' * depth}a:\n" for depth in range(400))
    written(tmp_path, deep, "base")
    found = problem(written(tmp_path, OURS.replace("example", "base") + deep))
    assert "nested too deeply" in found.what


def test_a_base_that_is_a_list_is_told_there(tmp_path: Path) -> None:
    """Nobody is asked to write a whole policy because the base is malformed."""
    base = written(tmp_path, "# nothing\n- a\n", "base")
    found = problem(written(tmp_path, OURS.replace("example", "base")))
    assert (found.file, found.line, found.what) == (str(base), 2, "Lines with keys belong here.")


def test_name_and_edition_are_asked_for_together(tmp_path: Path) -> None:
    """Nobody has to start the service once for each of the two."""
    with pytest.raises(BadFile) as caught:
        load(written(tmp_path, "extends: example\n"))
    assert [found.what.partition(":")[0] for found in caught.value.problems] == ["id", "version"]


def test_only_names_that_can_be_written_are_suggested(tmp_path: Path) -> None:
    """A file whose name is none for `extends` is not offered."""
    written(tmp_path, "", "Exampl")
    found = problem(written(tmp_path, OURS.replace("example", "exampl")))
    assert found.remedy == "Did you mean “example”?"


def test_the_own_file_s_problems_come_first(tmp_path: Path) -> None:
    """Then those of the base; in each by line."""
    text = EXAMPLE.read_text(encoding="utf-8").replace("title: Example ladder", "titel: x")
    base = written(tmp_path, text, "base")
    ours = written(
        tmp_path,
        OURS.replace("example", "base") + "prompt_again: -3\nstages:\n  - number: 3\n    nmae: x\n",
    )
    with pytest.raises(BadFile) as caught:
        load(ours)
    places = [(found.file, found.line) for found in caught.value.problems]
    line = text[: text.index("titel")].count("\n") + 1
    assert places == [(str(ours), 1), (str(ours), 4), (str(ours), 7), (str(base), line)]


WORDS = st.sampled_from("abc")
PARTS = st.lists(
    st.fixed_dictionaries(
        {"name": WORDS},
        optional={"owner": st.sampled_from(["raising", "receiving"]), "within": WORDS, "note": WORDS},
    ),
    max_size=3,
    unique_by=lambda part: (part["name"], part.get("owner", "receiving")),
)
DATA = st.recursive(
    WORDS | st.lists(WORDS, max_size=2),
    lambda inner: st.dictionaries(st.sampled_from(["clocks", "within", "x"]), inner | PARTS, max_size=3),
    max_leaves=6,
).filter(lambda data: isinstance(data, dict))


def parts(data: Any, where: Where = ()) -> dict[Where, Any]:
    """Every part of the data, by where it stands."""
    found = {where: data}
    steps = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for step, one in steps:
        found |= parts(one, (*where, step))
    return found


def tree(file: str, data: Any) -> Tree:
    """A tree with a line of its own for every part."""
    return Tree(file, data, {where: line for line, where in enumerate(parts(data), 1)})


@given(DATA, DATA)
def test_the_laws_of_merging(own: Any, base: Any) -> None:
    """Nothing over a base is the base; over it twice is once; every value is where it is said to be."""
    ours, theirs = tree("ours", own), tree("base", base)
    once = merged(ours, theirs)
    assert merged(tree("ours", {}), theirs).data == base
    assert merged(ours, tree("ours", {})).data == own
    assert merged(ours, once).data == once.data
    of = {
        (one.file, one.line(where)): data for one in (ours, theirs) for where, data in parts(one.data).items()
    }
    for where, data in parts(once.data).items():
        assert where in once.lines
        if isinstance(data, str):
            assert of[once.place(where)] == data
