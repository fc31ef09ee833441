"""A directory as a spreadsheet saved as CSV: one row for each person. What each column holds stands in
`docs/directory.md`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic_core import PydanticCustomError

from bot.escalation.mistake import Known, brief, told
from bot.files import FileProblem, Tree, Where
from bot.people.entries import person_id
from bot.people.table import Row, rows_of

NEEDED = ("id", "name", "email", "ways", "agency", "role")
PERSON = (*NEEDED, "phone", "line_manager", "team", "works", "verified_on", "owner")
COLUMNS = (
    *PERSON, "agency_name", "team_name", "posts", "deputy_for", "safeguarding_lead", "coordinator",
)  # fmt: skip
ANSWERS = {"": False, **dict.fromkeys(("no", "n", "false", "0"), False)} | dict.fromkeys(
    ("yes", "y", "true", "1", "x"), True
)
_ALONE = frozenset({"agency", "agency_name", "team", "team_name"})
"""What a row says that is of an agency or a team and of no person."""
_SAID_OTHERWISE = {"e-mail": "email", "mail": "email", "microsoft teams": "teams", "ms teams": "teams"}

NOBODY = "nobody"
"""Stands where an id belongs and there is none, which is told."""

Post = tuple[str, str, str]
"""Agency, team (empty for a post of the agency's own), post."""


@dataclass(frozen=True, slots=True)
class _Deputy:
    """`place` is the number that was written after a colon; without one the order of the rows counts."""

    place: float
    line: int
    person: str


def read(path: Path) -> tuple[Tree, list[FileProblem]]:
    """What the sheet says, shaped as the YAML file is, and what is wrong with single rows.

    Raises BadFile where no row can be read.
    """
    table = rows_of(path, COLUMNS, NEEDED)
    sheet = _Sheet(str(path), problems=table.problems)
    for row in table.rows:
        sheet.add(row)
    return sheet.tree(table.header), sheet.problems


@dataclass(slots=True)
class _Sheet:
    """Gathers the rows into the parts of a directory, and all that is wrong on the way."""

    file: str
    problems: list[FileProblem]
    people: list[dict[str, Any]] = field(default_factory=list)
    agencies: dict[str, str] = field(default_factory=dict)
    teams: dict[str, tuple[str, str]] = field(default_factory=dict)
    held: dict[Post, str] = field(default_factory=dict)
    covered: dict[Post, list[_Deputy]] = field(default_factory=dict)
    leads: dict[str, str] = field(default_factory=dict)
    coordinator: str = ""
    lines: dict[Where, int] = field(default_factory=dict)
    above: dict[str, str] = field(default_factory=dict)

    def add(self, row: Row) -> None:
        agency = self._agency(row)
        self._name(agency, row)
        if row.cells.get("team"):
            self._name_team(row.cells["team"], agency, row)
        if not any(cell for column, cell in row.cells.items() if column not in _ALONE):
            return
        person = self._id(row)
        if not person:
            return
        self._note(row.line, "people", len(self.people))
        self.people.append(_person(row) | {"id": person, "agency": agency})
        self._posts(row, agency, person)
        for led in self._led(row, agency):
            if led in self.leads:
                what = f"{brief(led)} already has a safeguarding lead, {brief(self.leads[led])}."
                self._wrong(row.line, what, "Leave one of the two empty.")
            self.leads[led] = person
            self._note(row.line, "safeguarding_leads", led)
        if self._answer(row, "coordinator"):
            if self.coordinator:
                what = f"{brief(self.coordinator)} is the coordinator already."
                self._wrong(row.line, what, "Leave one of the two empty.")
            self.coordinator = person
            self._note(row.line, "coordinator")

    def tree(self, header: int) -> Tree:
        """The whole, once every row is in."""
        named = Known(agency for agency, name in self.agencies.items() if name)
        for place, (agency, name) in enumerate(self.agencies.items()):
            if agency and not name:
                near = named.nearest(agency)
                perhaps = f" Or is it {brief(near)}?" if near else ""
                remedy = f"Write it under “agency_name” in one of its rows.{perhaps}"
                self._wrong(self.lines["agencies", place], f"The agency {brief(agency)} has no name.", remedy)
        for place, (team, (_, name)) in enumerate(self.teams.items()):
            if not name:
                remedy = "Write it under “team_name” in one of its rows."
                self._wrong(self.lines["teams", place], f"The team {brief(team)} has no name.", remedy)
        for post in sorted(self.covered.keys() - self.held.keys()):
            what = f"Nobody holds {brief(_ref(post))}, so nobody can deputise."
            self._wrong(self.covered[post][0].line, what, "Write it under “posts” for somebody.")
        for agency in [led for led in self.leads if led not in self.agencies]:
            what = f"safeguarding_lead: {brief(agency)} is neither yes nor no, nor an agency."
            remedy = "Write “yes” or nothing; for other agencies their short names."
            self._wrong(self.lines["safeguarding_leads", agency], what, remedy)
            del self.leads[agency]
        if not self.coordinator:
            self.coordinator = self.people[0]["id"] if self.people else NOBODY
            remedy = "Write “yes” under “coordinator” for one person."
            self._wrong(header, "Nobody is the coordinator.", remedy)
        return Tree(self.file, self._data(), self.lines)

    def _data(self) -> dict[str, Any]:
        return {
            "agencies": [
                {"id": agency, "name": name or agency} for agency, name in self.agencies.items() if agency
            ],
            "teams": [
                {"id": team, "name": name or team, "agency": of} for team, (of, name) in self.teams.items()
            ],
            "people": self.people,
            "posts": [
                self._post(place, post, holder) for place, (post, holder) in enumerate(self.held.items())
            ],
            "safeguarding_leads": self.leads,
            "coordinator": self.coordinator,
        }

    def _post(self, place: int, post: Post, holder: str) -> dict[str, Any]:
        agency, team, name = post
        deputies = sorted(self.covered.get(post, ()), key=lambda one: one.place)
        for order, (deputy, before) in enumerate(zip(deputies, [None, *deputies], strict=False)):
            self._note(deputy.line, "posts", place, "deputies", order)
            if before is not None and before.place == deputy.place < float("inf"):
                what = (
                    f"{brief(before.person)} is deputy number {deputy.place:.0f} of {brief(_ref(post))} too."
                )
                self._wrong(deputy.line, what, "Give each deputy of a post a number of their own.")
        return {
            "agency": agency, "team": team, "post": name, "holder": holder,
            "deputies": [deputy.person for deputy in deputies],
        }  # fmt: skip

    def _id(self, row: Row) -> str:
        """The person's id, or what stands for a wrong one in all that refers to the row; empty for none."""
        person = row.cells["id"]
        if not person:
            remedy = "Unmerge the cells, and write an id in each row. All posts of a person go in one cell."
            self._wrong(row.line, "This row has no id, as if cells had been merged.", remedy)
            return ""
        try:
            return person_id(person)
        except PydanticCustomError as error:
            for mistake in told({"type": error.type, "ctx": error.context}):
                self._wrong(row.line, f"id: {mistake.what}", mistake.remedy)
            return f"row-{row.line}"

    def _agency(self, row: Row) -> str:
        """The row's agency; where the cell is empty, that of the row above, and it is told."""
        agency = row.cells["agency"]
        if agency:
            self.above["agency"] = agency
            return agency
        above = self.above.get("agency", "")
        perhaps = f" Perhaps it is {brief(above)}, as above." if above else ""
        remedy = f"Unmerge the cells, and write the agency in each row.{perhaps}"
        self._wrong(row.line, "This row has no agency, as if cells had been merged.", remedy)
        return above

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

    def _name_team(self, team: str, agency: str, row: Row) -> None:
        name = row.cells.get("team_name", "")
        if team not in self.teams:
            self._note(row.line, "teams", len(self.teams))
            self.teams[team] = (agency, name)
            return
        of, known = self.teams[team]
        if name and known and name != known:
            what = f"The team {brief(team)} is called {brief(known)} in another row."
            self._wrong(row.line, what, "Write the same name, or leave it empty here.")
        self.teams[team] = (of, known or name)

    def _posts(self, row: Row, agency: str, person: str) -> None:
        for post, place in self._refs(row, "posts", agency):
            if place is not None:
                remedy = "Take the number out: deputies have one, under “deputy_for”."
                self._wrong(row.line, f"posts: {brief(_ref(post))} has a number.", remedy)
            if post in self.held:
                what = f"{brief(_ref(post))} is held by {brief(self.held[post])} already."
                self._wrong(row.line, what, "Write it under “deputy_for”, or take it out of one of the rows.")
            else:
                self._note(row.line, "posts", len(self.held))
                self.held[post] = person
        for post, place in self._refs(row, "deputy_for", agency):
            deputy = _Deputy(float("inf") if place is None else place, row.line, person)
            self.covered.setdefault(post, []).append(deputy)

    def _refs(self, row: Row, column: str, agency: str) -> Iterator[tuple[Post, int | None]]:
        """The posts in a cell, each with the number that stands after it."""
        for written in filter(None, re.split(r"[\s;,|]+", row.cells.get(column, ""))):
            ref, colon, number = written.partition(":")
            parts = ref.split("/")
            if not all(parts) or len(parts) > 3 or (colon and not re.fullmatch(r"[1-9][0-9]?", number)):
                remedy = (
                    "Write “post”, “agency/post” or “agency/team/post”; a deputy's place after a colon: “:2”."
                )
                self._wrong(row.line, f"{column}: {brief(written)} is no post.", remedy)
                continue
            at = parts[0] if len(parts) > 1 else agency
            yield (at, parts[1] if len(parts) > 2 else "", parts[-1]), int(number) if colon else None

    def _led(self, row: Row, agency: str) -> tuple[str, ...]:
        """The agencies whose safeguarding lead this is: their own, or those that are named."""
        written = row.cells.get("safeguarding_lead", "")
        if written.lower() in ANSWERS:
            return (agency,) if ANSWERS[written.lower()] else ()
        return tuple(filter(None, re.split(r"[\s;,|]+", written)))

    def _answer(self, row: Row, column: str) -> bool:
        written = row.cells.get(column, "").lower()
        if written not in ANSWERS:
            what = f"{column}: {brief(written)} is neither yes nor no."
            self._wrong(row.line, what, "Write “yes” or nothing.")
        return ANSWERS.get(written, False)

    def _note(self, line: int, *where: str | int) -> None:
        self.lines.setdefault(where, line)

    def _wrong(self, line: int, what: str, remedy: str) -> None:
        self.problems.append(FileProblem(self.file, line, what, remedy))


def _person(row: Row) -> dict[str, Any]:
    """The cells of the person; a line break within one is a space."""
    cells = {column: " ".join(row.cells[column].split()) for column in PERSON if column in row.cells}
    return cells | {"ways": _ways(row.cells["ways"])}


def _ways(written: str) -> list[str]:
    return [_way(" ".join(one.split())) for one in re.split(r"[;,|\n]+", written) if one.strip()]


def _way(written: str) -> str:
    platform, colon, channel = written.partition(":")
    name = platform.strip().lower()
    return f"{_SAID_OTHERWISE.get(name, name)}{colon}{channel.strip()}"


def _ref(post: Post) -> str:
    return "/".join(filter(None, post))
