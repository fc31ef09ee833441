"""The directory as a spreadsheet: the same people, and mistakes told by their row."""

import csv
from pathlib import Path

import pytest

from bot.files import BadFile
from bot.people.directory import Directory
from bot.people.sheet import COLUMNS
from bot.people.source import load

EXAMPLE = Path(__file__).parents[2] / "content" / "directories" / "example.yaml"
PLATFORMS = frozenset({"slack", "teams"})

SHEET = """\
id,name,email,platform,agency,agency_name,role,phone,line_manager,posts,deputy_for,safeguarding_lead,coordinator
jo,Jo Marsh,jo@health.example,slack,health,Health,Health visitor,01632 960001,priya,,,,
priya,Priya Okafor,priya@health.example,slack,health,,Team lead,,,line_manager;team_manager,,,
ruth,Ruth Fennimore,ruth@health.example,slack,health,,Named nurse,,,,"line_manager, team_manager",yes,
helen,Helen Castle,helen@care.example,teams,social_care,Social Care,Team manager,,,team_manager,,,
leo,Leo Ashby,leo@care.example,teams,social_care,,Assistant,,helen,,team_manager,x,
sam,Sam Ellery,sam@partnership.example,slack,partnership,Partnership,Coordinator,,,,,,YES
"""


def sheet(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "people.CSV"
    path.write_bytes(text.encode(encoding))
    return path


def problems(path: Path) -> list[str]:
    """What is told of this sheet: “line: what remedy”."""
    with pytest.raises(BadFile) as caught:
        load(path, PLATFORMS)
    assert all(problem.file == str(path) for problem in caught.value.problems)
    return [f"{problem.line}: {problem.what} {problem.remedy}" for problem in caught.value.problems]


def test_a_sheet_says_who_stands_where(tmp_path: Path) -> None:
    """A row for each person is enough to know posts, deputies, leads and the coordinator."""
    directory = load(sheet(tmp_path, SHEET), PLATFORMS)
    stands = {
        "jo's manager": directory.holder("line_manager", "health", "jo"),
        "without Priya": on_duty(directory, "team_manager", "health", "priya"),
        "opposite": directory.holder("team_manager", "social_care"),
        "without Helen": on_duty(directory, "team_manager", "social_care", "helen"),
        "lead": directory.lead("health"),
        "coordinator": directory.person(directory.coordinator),
    }
    assert {who: entry.id if entry else None for who, entry in stands.items()} == {
        "jo's manager": "priya",
        "without Priya": "ruth",
        "opposite": "helen",
        "without Helen": "leo",
        "lead": "ruth",
        "coordinator": "sam",
    }
    health = directory.agency("health")
    assert health is not None
    assert health.name == "Health"


def as_rows(directory: Directory) -> list[dict[str, str]]:
    """The directory as a spreadsheet would have it, with the posts spelt out."""

    def ref(agency: str, post: str) -> str:
        return f"{agency}/{post}"

    names = {agency.id: agency.name for agency in directory.agencies}
    return [
        entry.model_dump()
        | {
            "agency_name": names[entry.agency],
            "posts": " ".join(
                ref(post.agency, post.post) for post in directory.posts if post.holder == entry.id
            ),
            "deputy_for": " ".join(
                ref(post.agency, post.post) for post in directory.posts if entry.id in post.deputies
            ),
            "safeguarding_lead": "yes" if entry.id in directory.safeguarding_leads.values() else "no",
            "coordinator": "yes" if entry.id == directory.coordinator else "",
        }
        for entry in directory.people
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_the_example_is_the_same_directory_as_a_sheet(tmp_path: Path, delimiter: str, encoding: str) -> None:
    """Saved with a comma, a semicolon or a tab, with or without a byte order mark, nothing is lost."""
    town = load(EXAMPLE, PLATFORMS)
    path = tmp_path / "town.csv"
    with path.open("w", encoding=encoding, newline="") as opened:
        writer = csv.DictWriter(opened, COLUMNS, delimiter=delimiter)
        writer.writeheader()
        writer.writerows(as_rows(town))
    read = load(path, PLATFORMS)
    assert (read.agencies, read.people, read.coordinator) == (town.agencies, town.people, town.coordinator)
    assert read.safeguarding_leads == town.safeguarding_leads
    assert sorted(read.posts, key=lambda post: (post.agency, post.post)) == sorted(
        town.posts, key=lambda post: (post.agency, post.post)
    )


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
            ["6: platform: “teem” is not a chat that Braver knows. Did you mean “teams”?"],
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
            ["6: safeguarding_lead: “perhaps” is neither yes nor no. Write “yes” or nothing."],
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
