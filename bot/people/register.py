"""The register: the directory and the absences as the database has them, read again when they change."""

import json
from datetime import datetime
from typing import Protocol

from bot.escalation.clock import Calendar
from bot.people.directory import Directory
from bot.people.duty import Absence, Duty
from bot.people.entries import Part
from bot.people.records import Key, directory_of, restored
from bot.store.work import DirectoryRow

ABSENCE = "absence"


class Reading(Protocol):
    """What the register asks of a unit of work."""

    directory_version: int

    async def directory_since(self, version: int) -> list[DirectoryRow]: ...


class Register:
    """One in each process. `directory` and `absences` are as the newest transaction saw them."""

    def __init__(self, directory: Directory) -> None:
        """`directory` counts until the database has one."""
        self.directory = directory
        self.absences: dict[str, tuple[Absence, ...]] = {}
        self._version = 0
        self._records: dict[Key, Part | str] = {}
        self._places: dict[Key, int] = {}
        self._away: dict[str, Absence] = {}

    async def fresh(self, work: Reading) -> None:
        """Take over what has changed in the database since the last time: before anybody is looked up."""
        if work.directory_version <= self._version:
            return
        self.take(await self._new(work))

    async def _new(self, work: Reading) -> list[DirectoryRow]:
        return await work.directory_since(self._version)

    def take(self, rows: list[DirectoryRow]) -> None:
        """These rows are newer than what was known."""
        people_changed = False
        for row in rows:
            self._version = max(self._version, row.version)
            if row.kind == ABSENCE:
                self._take_absence(row)
                continue
            people_changed = True
            key = (row.kind, row.id)
            self._places[key] = row.place
            if row.gone:
                self._records.pop(key, None)
            else:
                self._records[key] = restored(row.kind, json.loads(row.body))
        self.absences = _by_person(self._away)
        if people_changed:
            in_order = sorted(self._records, key=lambda key: (self._places[key], key))
            self.directory = directory_of({key: self._records[key] for key in in_order})

    def _take_absence(self, row: DirectoryRow) -> None:
        if row.gone:
            self._away.pop(row.id, None)
        else:
            self._away[row.id] = absence_of(row.id, json.loads(row.body))

    def duty(self, calendar: Calendar, now: datetime) -> Duty:
        """Who is on duty at `now`."""
        return Duty(self.directory, self.absences, calendar, now)


def absence_of(id: str, plain: dict[str, str]) -> Absence:
    since, until = (datetime.fromisoformat(plain[key]) for key in ("since", "until"))
    return Absence(id, plain["person"], since, until, plain.get("cover", ""), bool(plain.get("hand_over")))


def _by_person(away: dict[str, Absence]) -> dict[str, tuple[Absence, ...]]:
    found: dict[str, tuple[Absence, ...]] = {}
    for absence in sorted(away.values(), key=lambda one: one.since):
        found[absence.person] = (*found.get(absence.person, ()), absence)
    return found
