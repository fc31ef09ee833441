"""What spreadsheets, and the people who fill them in, make of a directory: read, or told with the remedy."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.files import BadFile
from bot.people.entries import PLATFORMS
from bot.people.records import changes
from bot.people.source import load
from tests.units.sheets import SHEET, problems, sheet


def told_of(tmp_path: Path, old: str, new: str) -> list[str]:
    text = SHEET.replace(old, new, 1)
    assert text != SHEET
    return problems(sheet(tmp_path, text))


def with_semicolons(text: str) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=";", lineterminator="\n").writerows(csv.reader(text.splitlines()))
    return out.getvalue()


@pytest.mark.parametrize(
    "text",
    [
        "Our directory;;\n;;\n" + with_semicolons(SHEET),
        "sep=;\n" + with_semicolons(SHEET),
        SHEET.replace("\n", "\r\n"),
        SHEET.replace("Jo Marsh", "Jo\u00a0Marsh").replace("jo@", "\u200bjo@").replace("jo,", "“jo”,"),
        SHEET.replace("\n", ",,,\n"),
        SHEET.replace("id,name,email", "ID ,Name,E-mail").replace("slack,health", " Slack ,health"),
        SHEET.replace("jo,Jo", "# who,what\njo,Jo", 1),
    ],
    ids=["title", "sep", "crlf", "unseen", "empty columns", "headings", "remark"],
)  # fmt: skip
def test_what_does_no_harm_is_read(tmp_path: Path, text: str) -> None:
    """A title above the columns, signs that are not seen, empty columns, remarks: the people are the same."""
    read = load(sheet(tmp_path, text), PLATFORMS)
    assert changes(load(sheet(tmp_path, SHEET), PLATFORMS), read) == ()


def test_columns_may_stand_in_any_order(tmp_path: Path) -> None:
    """They are known by their names alone."""
    rows = [row[::-1] for row in csv.reader(SHEET.splitlines())]
    path = tmp_path / "turned.csv"
    with path.open("w", newline="") as opened:
        csv.writer(opened).writerows(rows)
    assert changes(load(sheet(tmp_path, SHEET), PLATFORMS), load(path, PLATFORMS)) == ()


@pytest.mark.parametrize(
    ("written", "day"),
    [("26/11/2026", "2026-11-26"), ("1.2.2026", "2026-02-01"), ("2026-11-26", "2026-11-26")],
)
def test_a_day_may_be_written_as_people_write_it(tmp_path: Path, written: str, day: str) -> None:
    """The day comes first, as in the United Kingdom."""
    text = SHEET.replace("line_manager,posts", "line_manager,verified_on,posts").replace(
        "priya,,,,", f"priya,{written},,,,"
    )
    text = "\n".join(line if n < 2 else _with_empty(line) for n, line in enumerate(text.splitlines()))
    jo = load(sheet(tmp_path, text), PLATFORMS).person("jo")
    assert jo is not None
    assert str(jo.verified_on) == day


def _with_empty(line: str) -> str:
    """The line with one empty cell before its last four."""
    *cells, posts, deputy, lead, coordinator = next(csv.reader([line]))
    return ",".join(f'"{cell}"' for cell in (*cells, "", posts, deputy, lead, coordinator))


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("jo@health.example", "n/a", 2, "“n/a” is nobody's address."),
        ("jo@health.example", "none@health.example", 2, "is nobody's address."),
        ("jo@health.example", "jo@health", 2, "is not an e-mail address."),
        ("jo@health.example", "jo marsh@health.example", 2, "is not an e-mail address."),
        ("jo@health.example", "o’brien@health.example", 2, "is not an e-mail address."),
        ("jo@health.example", "jo@health.invalid", 2, "leads nowhere."),
        ("jo@health", "mailto:jo@health", 2, "Write “jo@health.example”."),
        ("jo@health.example", '"jo@health.example; jo@x.example"', 2, "Two addresses stand here"),
        ("ruth@health.example", "JO@Health.example", 4, "stands here twice. (See line 2 too.)"),
        ("01632 960001", "7.7E+09", 2, "Write the whole number again"),
        ("01632 960001", "1632 960001", 2, "has lost the 0"),
        ("jo,Jo Marsh", "jo marsh,Jo Marsh", 2, "“jo marsh” can't be used as an id."),
        ("ruth,Ruth Fennimore", ",Ruth Fennimore", 4, "as if cells had been merged"),
        ("slack,health,,Named nurse", "slack,,,Named nurse", 4, "Perhaps it is “health”, as above."),
        ("slack,health,,Named nurse", "slack,helth,,Named nurse", 4, "Or is it “health”?"),
        ("Ruth Fennimore", "Jo Mársh", 4, "(See line 2 too.)"),
        ("Ruth Fennimore", '"Marsh, Dr Jo"', 4, "seems to stand here twice: as “jo” (Jo Marsh) and “ruth”."),
        ("Ruth Fennimore", "Prya Okafor", 4, "If they are two people, import with --namesakes."),
        ("Ruth Fennimore", "=HYPERLINK(1)", 4, "can't be used as a name."),
        ("team_manager\"", "team_manager:2:3\"", 4, "is no post."),
        ("line_manager;team_manager", "line_manager:1", 3, "has a number."),
        (",line_manager;team_manager", ",a/b/c/d", 3, "“a/b/c/d” is no post."),
        ("id,name,email,ways", "id,name,email,platform", 1, "It is called “ways”."),
    ],
)  # fmt: skip
def test_what_people_write_is_told_with_the_remedy(
    tmp_path: Path, old: str, new: str, line: int, said: str
) -> None:
    """Dead and doubled addresses, spoilt numbers, merged cells, one person twice: line, problem, remedy."""
    told = told_of(tmp_path, old, new)
    assert any(one.startswith(f"{line}: ") and said in one for one in told), told


def test_namesakes_may_be_two_people(tmp_path: Path) -> None:
    """Whoever says so gets both; in two agencies nobody has to say it."""
    text = SHEET.replace("Ruth Fennimore", "Joe Marsh")
    assert load(sheet(tmp_path, text), PLATFORMS).person("ruth") is not None
    text = SHEET.replace("Helen Castle", "Jo Marsh")
    assert load(sheet(tmp_path, text), PLATFORMS, two_people=False).person("helen") is not None


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    """A wrong cell hides no wrong reference, and neither hides what is wrong with the posts."""
    text = (
        SHEET.replace("jo@health.example", "n/a").replace("01632 960001,priya", "7.7E+09,prya")
        .replace(",x,", ",perhaps,").replace("teams,social_care,,", "teem,social_care,,")
    )  # fmt: skip
    told = problems(sheet(tmp_path, text))
    lines = [one.split(" ")[0] + " " + one.split(" ")[1] for one in told]
    assert lines == ["2: email:", "2: phone:", "2: line_manager:", "6: safeguarding_lead:", "6: ways:"]


def test_two_deputies_with_one_number_are_told(tmp_path: Path) -> None:
    """Who is asked first must be plain."""
    text = SHEET.replace('"line_manager, team_manager"', "team_manager:1").replace(
        "Health visitor,01632 960001,priya,,,", "Health visitor,01632 960001,priya,,team_manager:1,"
    )
    assert problems(sheet(tmp_path, text)) == [
        "4: “jo” is deputy number 1 of “health/team_manager” too. "
        "Give each deputy of a post a number of their own."
    ]


@pytest.mark.parametrize("begins", [b"PK\x03\x04\x14", b"\xd0\xcf\x11\xe0\xa1"])
def test_a_spreadsheet_s_own_file_is_told_apart(tmp_path: Path, begins: bytes) -> None:
    """Whoever has only renamed it reads what to do."""
    path = tmp_path / "people.csv"
    path.write_bytes(begins)
    [told] = problems(path)
    assert "Save it from the spreadsheet as “CSV UTF-8”" in told


def test_no_text_is_no_directory(tmp_path: Path) -> None:
    """Bytes that are no letters are refused before anything is read."""
    path = tmp_path / "people.csv"
    path.write_bytes(b"id,name\0\n")
    assert problems(path) == [
        "0: This is no text. Save it from the spreadsheet as “CSV UTF-8”, and name that file."
    ]


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_whatever_is_in_the_file_it_is_read_or_told(
    tmp_path_factory: pytest.TempPathFactory, raw: bytes
) -> None:
    """No file ends in anything but a directory or a list of problems."""
    path = tmp_path_factory.mktemp("any") / "people.csv"
    path.write_bytes(b"id,name,email,ways,agency,role\n" + raw)
    with pytest.raises(BadFile):
        load(path, PLATFORMS, two_people=False)
