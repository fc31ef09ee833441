"""The register: the directory and the absences as the database has them, read again when they change."""

import asyncio
import json
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.escalation.clock import Calendar
from bot.people.directory import Directory
from bot.people.duty import Absence, Duty
from bot.people.entries import Part, Post
from bot.people.records import Key, changed_in_place, directory_of, restored
from bot.store.work import Mark, Record

ABSENCE, PERSON = "absence", "person"
PAGE = 5_000
"""So many records are read in one transaction, beside what else it has to do."""


class Reading(Protocol):
    """What the register asks of a unit of work."""

    directory_version: int

    async def directory_after(self, mark: Mark, limit: int) -> list[Record]: ...


@dataclass(frozen=True, slots=True)
class Lost:
    """Somebody stands at no post of this agency any more; where `agency` is empty, they are not in the
    directory any more."""

    person: str
    agency: str = ""


class Register:
    """One in each process. `directory` and `absences` are as the newest transaction saw them; a change of
    more than PAGE records is followed all at once, a few transactions later."""

    def __init__(self, directory: Directory) -> None:
        """`directory` counts until the database has one."""
        self.directory = directory
        self.absences: dict[str, tuple[Absence, ...]] = {}
        self._version = 0
        self._mark: Mark = (0, "", "")
        self._records: dict[Key, Part | str] = {}
        self._places: dict[Key, int] = {}
        self._away: dict[str, Absence] = {}
        self._read: list[tuple[Record, Part | str | Absence | None]] = []
        self._one = asyncio.Lock()
        self.lost: deque[Lost] = deque()
        """Who lost what since somebody looked; at the start of a process, whoever is gone."""
        self.anybody_lost = asyncio.Event()

    async def fresh(self, work: Reading) -> None:
        """Take over what has changed in the database since the last time: before anybody is looked up."""
        if work.directory_version <= self._version:
            return
        async with self._one:
            more = work.directory_version > self._version
            while more:
                rows = await work.directory_after(self._mark, PAGE)
                self._read += [(row, _made(row)) for row in rows]
                self._mark = rows[-1].mark if rows else self._mark
                if len(rows) < PAGE:
                    self._take(self._read)
                    self._version, self._read = work.directory_version, []
                # Who starts waits for all of it; who serves goes on with the next transaction.
                more = len(rows) == PAGE and not self._version

    def _take(self, read: Sequence[tuple[Record, Part | str | Absence | None]]) -> None:
        """These records are newer than what was known."""
        new: dict[Key, Part | str] = {}
        stood = dict[str, set[str]]()
        in_place = bool(self._records)
        for row, made in read:
            key = (row.kind, row.id)
            if row.kind == ABSENCE:
                self._take_absence(row.id, made)
                continue
            in_place = in_place and not row.gone and self._places.get(key) == row.place
            self._places[key] = row.place
            before = self._records.get(key)
            if isinstance(before, Post):
                stood.setdefault(before.agency, set()).update(before.order)
            if row.gone and row.kind == PERSON:
                self.lost.append(Lost(row.id))
            if row.gone:
                new.pop(key, None)
                self._records.pop(key, None)
            elif made is not None and not isinstance(made, Absence):
                new[key] = self._records[key] = made
        self.absences = _by_person(self._away)
        if in_place and new:
            self.directory = changed_in_place(self.directory, new)
        elif any(row.kind != ABSENCE for row, _ in read):
            in_order = sorted(self._records, key=lambda key: (self._places[key], key))
            self.directory = directory_of({key: self._records[key] for key in in_order})
        self.directory.made_ready()
        self._find_lost(stood)

    def _find_lost(self, stood: Mapping[str, set[str]]) -> None:
        """`stood`: who stood at the posts that have changed, by agency."""
        self.lost = deque(one for one in self.lost if self.directory.person(one.person) is None or one.agency)
        for agency, people in stood.items():
            for person in sorted(people):
                now = {post.agency for post in self.directory.posts_of(person)}
                if agency not in now and self.directory.person(person) is not None:
                    self.lost.append(Lost(person, agency))
        if self.lost:
            self.anybody_lost.set()

    def _take_absence(self, id: str, made: object) -> None:
        if isinstance(made, Absence):
            self._away[id] = made
        else:
            self._away.pop(id, None)

    def duty(self, calendar: Calendar, now: datetime) -> Duty:
        """Who is on duty at `now`."""
        return Duty(self.directory, self.absences, calendar, now)


def _made(row: Record) -> Part | str | Absence | None:
    """The record itself; None for one that is gone."""
    if row.gone:
        return None
    plain = json.loads(row.body)
    return absence_of(row.id, plain) if row.kind == ABSENCE else restored(row.kind, plain)


def absence_of(id: str, plain: dict[str, str]) -> Absence:
    since, until = (datetime.fromisoformat(plain[key]) for key in ("since", "until"))
    return Absence(id, plain["person"], since, until, plain.get("cover", ""), bool(plain.get("hand_over")))


def _by_person(away: dict[str, Absence]) -> dict[str, tuple[Absence, ...]]:
    found: dict[str, tuple[Absence, ...]] = {}
    for absence in sorted(away.values(), key=lambda one: one.since):
        found[absence.person] = (*found.get(absence.person, ()), absence)
    return found
