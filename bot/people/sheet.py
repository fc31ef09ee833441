"""A directory as a spreadsheet saved as CSV: one row for each person."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.escalation.mistake import brief, instead
from bot.files import BadFile, FileProblem, Tree, Where, bad, text_of

_NEEDED = ("id", "name", "email", "platform", "agency", "role")
_PERSON = (*_NEEDED, "phone", "line_manager")
COLUMNS = (*_PERSON, "agency_name", "posts", "deputy_for", "safeguarding_lead", "coordinator")
"""Those of the person; the agency's name, in one of its rows at least; the posts held and covered, with “;”,
“,” or spaces between them ("partnership/independent_chair" is a post of another agency); two of yes or no."""

_ANSWERS = {"": False, **dict.fromkeys(("no", "n", "false", "0"), False)} | dict.fromkeys(
    ("yes", "y", "true", "1", "x"), True
)


@dataclass(frozen=True, slots=True)
class Row:
    """A row with something in it, by column; `line` is where it begins."""

    line: int
    cells: dict[str, str]


def read(path: Path) -> Tree:
    """What the sheet says, shaped as the YAML file is; columns part at “,”, “;” or a tab. Raises BadFile."""
    sheet = _Sheet(str(path))
    for row in _rows(path):
        sheet.add(row)
    return sheet.tree()


def _rows(path: Path) -> Iterator[Row]:
    text = text_of(path)
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count), strict=True)
    line, columns = 1, None
    try:
        for cells in reader:
            if columns is None:
                columns = _columns(path, cells)
            elif len(cells) > len(columns) and any(cells[len(columns) :]):
                remedy = "Put a cell that holds “,” or “;” in quotation marks."
                raise bad(path, line, "This row has more cells than the first.", remedy)
            elif any(cell.strip() for cell in cells):
                yield Row(
                    line, dict.fromkeys(columns, "") | dict(zip(columns, map(str.strip, cells), strict=False))
                )
            line = reader.line_num + 1
    except csv.Error as error:
        remedy = "Check the quotation marks, or save it again from the spreadsheet."
        raise bad(path, line, f"This can't be read as CSV ({error}).", remedy) from None
    if columns is None:
        raise bad(path, 1, "This file is empty.", f"Begin with the columns: {', '.join(COLUMNS)}.")


def _columns(path: Path, cells: list[str]) -> list[str]:
    names = [re.sub(r"\W+", "_", cell.strip().lower()) for cell in cells]
    while names and not names[-1]:
        names.pop()
    problems = [
        *(
            (f"There is no column {brief(name)}.", instead(name, COLUMNS))
            for name in names
            if name not in COLUMNS
        ),
        *((f"The column {brief(name)} is missing.", "Add it.") for name in _NEEDED if name not in names),
        *(
            (f"The column {brief(name)} stands here twice.", "Keep one.")
            for name in COLUMNS
            if names.count(name) > 1
        ),
    ]
    if problems:
        raise BadFile(tuple(FileProblem(str(path), 1, what, remedy) for what, remedy in problems))
    return names


@dataclass(slots=True)
class _Sheet:
    """Gathers the rows into the parts of a directory, and all that is wrong on the way."""

    file: str
    people: list[dict[str, str]] = field(default_factory=list)
    agencies: dict[str, str] = field(default_factory=dict)
    held: dict[tuple[str, str], str] = field(default_factory=dict)
    covered: dict[tuple[str, str], list[tuple[str, int]]] = field(default_factory=dict)
    leads: dict[str, str] = field(default_factory=dict)
    coordinator: str = ""
    lines: dict[Where, int] = field(default_factory=dict)
    problems: list[FileProblem] = field(default_factory=list)

    def add(self, row: Row) -> None:
        person, agency = row.cells["id"], row.cells["agency"]
        self._note(row.line, "people", len(self.people))
        self.people.append({column: row.cells[column] for column in _PERSON if column in row.cells})
        self._name(agency, row)
        for post in _posts(row, "posts", agency):
            if post in self.held:
                what = f"{brief('/'.join(post))} is held by {brief(self.held[post])} already."
                self._wrong(row.line, what, "Write it under “deputy_for”, or take it out of one of the rows.")
            else:
                self._note(row.line, "posts", len(self.held))
                self.held[post] = person
        for post in _posts(row, "deputy_for", agency):
            self.covered.setdefault(post, []).append((person, row.line))
        if self._answer(row, "safeguarding_lead"):
            if agency in self.leads:
                what = f"{brief(agency)} already has a safeguarding lead, {brief(self.leads[agency])}."
                self._wrong(row.line, what, "Leave one of the two empty.")
            self.leads[agency] = person
            self._note(row.line, "safeguarding_leads", agency)
        if self._answer(row, "coordinator"):
            if self.coordinator:
                what = f"{brief(self.coordinator)} is the coordinator already."
                self._wrong(row.line, what, "Leave one of the two empty.")
            self.coordinator = person
            self._note(row.line, "coordinator")

    def tree(self) -> Tree:
        """The whole, once every row is in. Raises BadFile."""
        for place, (agency, name) in enumerate(self.agencies.items()):
            if not name:
                remedy = "Write it under “agency_name” in one of its rows."
                self._wrong(self.lines["agencies", place], f"The agency {brief(agency)} has no name.", remedy)
        for post in sorted(self.covered.keys() - self.held.keys()):
            what = f"Nobody holds {brief('/'.join(post))}, so nobody can deputise."
            self._wrong(self.covered[post][0][1], what, "Write it under “posts” for somebody.")
        if not self.coordinator:
            self._wrong(1, "Nobody is the coordinator.", "Write “yes” under “coordinator” for one person.")
        if self.problems:
            raise BadFile(tuple(sorted(self.problems, key=lambda problem: problem.line)))
        return Tree(self.file, self._data(), self.lines)

    def _data(self) -> dict[str, Any]:
        return {
            "agencies": [{"id": agency, "name": name} for agency, name in self.agencies.items()],
            "people": self.people,
            "posts": [
                {
                    "agency": agency,
                    "post": post,
                    "holder": holder,
                    "deputies": [person for person, _ in self.covered.get((agency, post), [])],
                }
                for (agency, post), holder in self.held.items()
            ],
            "safeguarding_leads": self.leads,
            "coordinator": self.coordinator,
        }

    def _name(self, agency: str, row: Row) -> None:
        name = row.cells.get("agency_name", "")
        if agency not in self.agencies:
            self._note(row.line, "agencies", len(self.agencies))
            self.agencies[agency] = name
        elif name and self.agencies[agency] and name != self.agencies[agency]:
            what = f"{brief(agency)} is called {brief(self.agencies[agency])} in another row."
            self._wrong(row.line, what, "Write the same name, or leave it empty here.")
        else:
            self.agencies[agency] = self.agencies[agency] or name

    def _answer(self, row: Row, column: str) -> bool:
        written = row.cells.get(column, "").lower()
        if written not in _ANSWERS:
            self._wrong(
                row.line, f"{column}: {brief(written)} is neither yes nor no.", "Write “yes” or nothing."
            )
        return _ANSWERS.get(written, False)

    def _note(self, line: int, *where: str | int) -> None:
        self.lines.setdefault(where, line)

    def _wrong(self, line: int, what: str, remedy: str) -> None:
        self.problems.append(FileProblem(self.file, line, what, remedy))


def _posts(row: Row, column: str, agency: str) -> Iterator[tuple[str, str]]:
    for written in re.split(r"[\s;,|]+", row.cells.get(column, "")):
        named, _, post = written.rpartition("/")
        if post:
            yield named or agency, post
