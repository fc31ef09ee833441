"""A small directory as a spreadsheet, and what is told of a spoilt one."""

from pathlib import Path

import pytest

from bot.files import BadFile
from bot.people.entries import PLATFORMS
from bot.people.source import load

SHEET = """\
id,name,email,ways,agency,agency_name,role,phone,line_manager,posts,deputy_for,safeguarding_lead,coordinator
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
        load(path, PLATFORMS, two_people=False)
    assert all(problem.file == str(path) for problem in caught.value.problems)
    return [f"{problem.line}: {problem.what} {problem.remedy}" for problem in caught.value.problems]
