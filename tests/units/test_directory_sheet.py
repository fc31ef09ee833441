"""The directory as a spreadsheet: the same people, and mistakes told by their row."""

import csv
from pathlib import Path

import pytest

from bot.guidance.content import root
from bot.people.directory import Directory
from bot.people.entries import PLATFORMS, Entry
from bot.people.records import changes
from bot.people.sheet import COLUMNS
from bot.people.source import load
from bot.people.written import MARK, as_sheet, as_yaml, left_out
from tests.units.cases import standing_in
from tests.units.sheets import SHEET, problems, sheet

EXAMPLE = root() / "directories" / "example.yaml"
TEMPLATE = root() / "directories" / "people.csv"


def ident(entry: Entry | None) -> str:
    return entry.id if entry else ""


def on_duty(directory: Directory, post: str, agency: str, without: str) -> str:
    """Who is on duty at the post where one person is passed over."""
    found = standing_in(directory).duty.standing(post, agency, "", frozenset({without}))
    return found.entry.id if found else ""


def test_a_sheet_says_who_stands_where(tmp_path: Path) -> None:
    """A row for each person is enough to know posts, deputies, leads and the coordinator."""
    directory = load(sheet(tmp_path, SHEET), PLATFORMS)
    assert [
        ident(directory.holder("line_manager", "health", "jo")),
        on_duty(directory, "team_manager", "health", "priya"),
        ident(directory.holder("team_manager", "social_care")),
        on_duty(directory, "team_manager", "social_care", "helen"),
        ident(directory.lead("health")),
        directory.coordinator,
    ] == ["priya", "ruth", "helen", "leo", "ruth", "sam"]
    health = directory.agency("health")
    assert health is not None
    assert health.name == "Health"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
def test_the_example_is_the_same_directory_as_a_sheet(tmp_path: Path, delimiter: str, encoding: str) -> None:
    """With a comma, a semicolon or a tab, in the encodings that Excel saves in, nothing is lost."""
    town = load(EXAMPLE, PLATFORMS)
    rows = csv.reader(as_sheet(town).splitlines())
    path = tmp_path / "town.csv"
    with path.open("w", encoding=encoding, newline="") as opened:
        if encoding == "utf-16-be":
            opened.write(MARK)
        csv.writer(opened, delimiter=delimiter).writerows(rows)
    read = load(path, PLATFORMS, two_people=False)
    assert changes(town, read) == ()
    assert read.people == town.people


HARD = """\
agencies:
  - {id: care, name: 'Care; "the best", they say'}
  - {id: alone, name: Nobody is here}
  - {id: health, name: Health}
teams:
  - {id: duty, name: Duty, agency: care}
  - {id: empty, name: Empty, agency: care}
people:
  - {id: a1, name: "O’Brien, Zoë", email: a@care.example, ways: [teams, "teams:19:x@thread.tacv2", email],
     agency: care, role: "No", team: duty, works: "Mon-Thu 9.00-17.00; Fri 9-13", verified_on: 2026-11-26}
  - {id: b2, name: "Null", email: b@care.example, ways: email, agency: care, role: "true", owner: a1}
  - {id: c3, name: Ana, email: c@health.example, ways: slack, agency: health, role: Lead, phone: 07700 900101}
  - {id: d4, name: Di, email: d@x.example, ways: slack, agency: health, role: R}
posts:
  - {agency: care, team: duty, post: team_manager, holder: a1, deputies: [c3, b2, d4]}
  - {agency: care, post: team_manager, holder: b2, deputies: [d4, a1]}
  - {agency: alone, post: team_manager, holder: c3, deputies: [b2]}
safeguarding_leads: {care: c3, health: c3, alone: b2}
coordinator: d4
"""


@pytest.mark.parametrize("suffix", [".csv", ".yaml"])
def test_what_was_written_is_read_back_without_a_change(tmp_path: Path, suffix: str) -> None:
    """Posts of teams and of other agencies, the order of deputies, leads of several agencies, agencies and
    teams without anybody, words that mean something else in YAML: all of it survives."""
    source = tmp_path / "hard.yaml"
    source.write_text(HARD, encoding="utf-8")
    hard = load(source, PLATFORMS)
    path = tmp_path / f"again{suffix}"
    path.write_text(as_sheet(hard) if suffix == ".csv" else as_yaml(hard), encoding="utf-8")
    assert changes(hard, load(path, PLATFORMS)) == ()
    assert left_out(hard) == ()


def test_a_sheet_has_no_place_for_the_channel_of_a_post(tmp_path: Path) -> None:
    """What a spreadsheet can't say is named, and YAML says it."""
    source = tmp_path / "hard.yaml"
    source.write_text(HARD.replace("holder: c3,", "holder: c3, channel: {platform: slack, id: C1},"), "utf-8")
    hard = load(source, PLATFORMS)
    assert left_out(hard) == ("The channel of alone/team_manager",)
    path = tmp_path / "again.yaml"
    path.write_text(as_yaml(hard), encoding="utf-8")
    assert changes(hard, load(path, PLATFORMS)) == ()


def test_the_template_is_a_directory_with_every_column(tmp_path: Path) -> None:
    """Its second row explains, and is passed over; its people are made up, and hold together."""
    head, explained, *_ = csv.reader(TEMPLATE.read_text(encoding="utf-8").splitlines())
    assert (tuple(head), len(explained)) == (COLUMNS, len(COLUMNS))
    assert all(explained)
    directory = load(TEMPLATE, PLATFORMS, two_people=False)
    assert all(entry.email.endswith(".example") for entry in directory.people)
    team = directory.post("care", "team_manager", "duty")
    assert team is not None
    assert (team.holder, team.deputies) == ("helen", ("tom",))
    service = directory.post("health", "service_manager")
    assert service is not None
    assert service.deputies == ("dana", "priya")


def test_headings_may_be_written_as_headings(tmp_path: Path) -> None:
    """Capitals and spaces in the first row, and empty rows and columns, are no mistakes."""
    text = (
        SHEET.replace("agency_name", "Agency name")
        .replace("id,name", "ID,Name")
        .replace("coordinator\n", "coordinator,\n", 1)
    )
    assert load(sheet(tmp_path, text + "\n,,,,,,,,,,,,\n"), PLATFORMS).coordinator == "sam"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "id,name",
            "id,nmae",
            [
                "1: There is no column “nmae”. Did you mean “name”?",
                "1: The column “name” is missing. Add it.",
            ],
        ),
        ("phone", "role", ["1: The column “role” stands here twice. Keep one."]),
        (
            "leo@care.example",
            "leo",
            ["6: email: “leo” is not an e-mail address. Write one such as “jo@health.example”."],
        ),
        (",helen,,", ",hellen,,", ["6: line_manager: There is no person “hellen”. Did you mean “helen”?"]),
        (
            "teams,social_care,,",
            "teem,social_care,,",
            ["6: ways: “teem” is no platform that Braver knows. Did you mean “teams”?"],
        ),
        (
            "01632 960001",
            "1632960001",
            [
                "2: phone: “1632960001” has lost the 0 that it begins with. "
                "Write it with the 0 (in a spreadsheet, format the column as text)."
            ],
        ),
        (
            "Team manager,,,team_manager",
            "Team manager,,,",
            [
                "6: Nobody holds “social_care/team_manager”, so nobody can deputise. "
                "Write it under “posts” for somebody."
            ],
        ),
        (
            "Assistant,,helen,,",
            "Assistant,,helen,team_manager,",
            [
                "6: “social_care/team_manager” is held by “helen” already. "
                "Write it under “deputy_for”, or take it out of one of the rows."
            ],
        ),
        (
            "Team lead,,,line_manager;team_manager,,",
            "Team lead,,,line_manager;team_manager,,y",
            ["4: “health” already has a safeguarding lead, “priya”. Leave one of the two empty."],
        ),
        (
            ",x,",
            ",perhaps,",
            [
                "6: safeguarding_lead: “perhaps” is neither yes nor no, nor an agency. "
                "Write “yes” or nothing; for other agencies their short names."
            ],
        ),
        (",YES", ",", ["1: Nobody is the coordinator. Write “yes” under “coordinator” for one person."]),
        (",x,\n", ",x,yes\n", ["7: “leo” is the coordinator already. Leave one of the two empty."]),
        (
            "slack,health,,Team",
            "slack,health,Helth,Team",
            ["3: “health” is called “Health” in another row. Write the same name, or leave it empty here."],
        ),
        (
            "social_care,Social Care",
            "social_care,",
            ["5: The agency “social_care” has no name. Write it under “agency_name” in one of its rows."],
        ),
        (
            ",YES",
            ",YES,more",
            [
                "7: This row has more cells than the first. "
                "Put a cell that holds “,” or “;” in quotation marks."
            ],
        ),
        (
            "Jo Marsh",
            '"Jo"Marsh',
            [
                "2: This can't be read as CSV (',' expected after '\"'). "
                "Check the quotation marks, or save it again from the spreadsheet."
            ],
        ),
        (SHEET, "", [f"1: This file is empty. Begin with the columns: {', '.join(COLUMNS)}."]),
    ],
)
def test_a_mistake_in_a_sheet_is_told_with_its_row(
    tmp_path: Path, old: str, new: str, told: list[str]
) -> None:
    """Whoever keeps the spreadsheet reads in which row it is wrong, what is wrong and what to write."""
    text = SHEET.replace(old, new, 1)
    assert text != SHEET
    assert problems(sheet(tmp_path, text)) == told


def test_a_cell_of_several_lines_does_not_shift_the_rows(tmp_path: Path) -> None:
    """A mistake after a cell with a line break is still told at its own line."""
    text = SHEET.replace("Team lead", '"Team\nlead"').replace("leo@care.example", "leo")
    (told,) = problems(sheet(tmp_path, text))
    assert told.startswith("7: email: “leo”")


def test_a_sheet_in_an_old_encoding_is_told_how_to_be_saved(tmp_path: Path) -> None:
    """A letter that is not UTF-8 is told with its line and the name of the format to choose."""
    (told,) = problems(sheet(tmp_path, SHEET.replace("Leo Ashby", "Léo Ashby"), encoding="cp1252"))
    assert (
        told == "6: Here stands a letter that can't be read. Save the file as UTF-8 (in Excel: “CSV UTF-8”)."
    )
