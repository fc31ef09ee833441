"""The directory from within chat: correcting an entry or a post, saying that it is right, being away."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.chat.turn import Person, Turn
from bot.escalation.case import Case
from bot.escalation.mistake import Mistake, refuse
from bot.people.directory import Directory
from bot.people.duty import Absence, Duty
from bot.people.entries import Entry, Post
from bot.people.records import Change, body, post_id
from bot.people.register import ABSENCE
from bot.people.sound import mistakes
from bot.store.work import Work

RETURNED, STILL_RIGHT, MEND = "returned", "still_right", "mend"
"""Kinds of notice: what came while somebody was away, whether an entry is still right, and an entry that the
coordinator has to mend since a message did not arrive."""


class NotTheirEntry(Exception):
    """Neither their own entry, nor one that they look after."""


@dataclass(frozen=True, slots=True)
class Away:
    """What somebody says of being away: from when until when (UTC), who covers (a person's id, empty for the
    deputies of the directory), and whether the cases that they have now go to the cover when it begins."""

    since: datetime
    until: datetime
    cover: str = ""
    hand_over: bool = True


class Entries:
    """Changes are on the directory's history, with who made them. What does not fit raises pydantic's
    ValidationError (see `bot.complaints`) or a ValueError made of `Mistake`s."""

    work: Work
    now: datetime
    directory: Directory
    duty: Duty
    platforms: tuple[str, ...]

    def may_correct(self, turn: Turn, person: str) -> bool:
        """Everybody their own entry, its owner too, and the coordinator everyone's."""
        me = turn.person.id if turn.person else ""
        entry = self.directory.person(person)
        return entry is not None and me in (person, entry.owner, self.directory.coordinator)

    def is_coordinator(self, turn: Turn) -> bool:
        return turn.person is not None and turn.person.id == self.directory.coordinator

    def entry(self, person: str) -> Entry | None:
        return self.directory.person(person)

    async def correct_entry(self, turn: Turn, person: str, fields: Mapping[str, Any]) -> Entry:
        """Change these fields of an entry, which then counts as verified today. A person's e-mail address is
        how their accounts are known: only the coordinator changes it. Raises NotTheirEntry."""
        before = self.directory.person(person)
        if before is None or not self.may_correct(turn, person):
            raise NotTheirEntry(person)
        if "email" in fields and not self.is_coordinator(turn):
            raise NotTheirEntry(person)
        after = Entry.model_validate(
            before.model_dump() | dict(fields) | {"verified_on": self.now.date()}, by_name=True
        )
        others = tuple(after if entry.id == person else entry for entry in self.directory.people)
        self._refuse_unsound(self.directory.model_copy(update={"people": others}))
        await self._write(Change("person", person, body(before), body(after)), "corrected", turn)
        return after

    async def say_right(self, turn: Turn, person: str) -> None:
        """The entry is right as it stands. Raises NotTheirEntry."""
        before = self.directory.person(person)
        if before is None or not self.may_correct(turn, person):
            raise NotTheirEntry(person)
        after = before.model_copy(update={"verified_on": self.now.date()})
        await self._write(Change("person", person, body(before), body(after)), "verified", turn)

    async def correct_post(self, turn: Turn, post: Post, holder: str, deputies: tuple[str, ...]) -> Post:
        """Who holds a post, and who deputises in which order: only the coordinator says so."""
        if not self.is_coordinator(turn) or post not in self.directory.posts:
            raise NotTheirEntry(post_id(post))
        after = post.model_copy(update={"holder": holder, "deputies": deputies})
        others = tuple(after if one == post else one for one in self.directory.posts)
        self._refuse_unsound(self.directory.model_copy(update={"posts": others}))
        await self._write(Change("post", post_id(post), body(post), body(after)), "corrected", turn)
        return after

    # Being away

    def absences_of(self, person: str) -> tuple[Absence, ...]:
        """Those that run or are still to come, the next one first."""
        return tuple(one for one in self.duty.absences.get(person, ()) if one.until > self.now)

    async def go_away(self, turn: Turn, away: Away) -> Absence:
        """This person is away. Raises a ValueError where the times or the cover make no sense."""
        me = _me(turn).id
        refuse(_odd(away, me, self.now, self.directory))
        absence = Absence(secrets.token_hex(8), me, away.since, away.until, away.cover, away.hand_over)
        await self._write(_absence(None, absence), "away", turn)
        return absence

    async def change_absence(self, turn: Turn, absence: Absence, away: Away) -> Absence:
        """It is other than they said before. Raises as `go_away` does."""
        me = _me(turn).id
        refuse(_odd(away, me, self.now, self.directory))
        after = Absence(absence.id, me, away.since, away.until, away.cover, away.hand_over)
        await self._write(_absence(absence, after), "away", turn)
        return after

    async def come_back(self, turn: Turn) -> tuple[Absence, ...]:
        """Every absence of this person that runs is over; which ones these were."""
        mine = tuple(one for one in self.absences_of(_me(turn).id) if one.since <= self.now)
        for absence in mine:
            await end_absence(self.work, absence, _me(turn).id)
        return mine

    async def stay(self, turn: Turn, absence: Absence) -> None:
        """An absence that was still to come will not be: nothing has come in the meantime."""
        await self._write(_absence(absence, None), "stays", turn)

    async def _write(self, change: Change, why: str, turn: Turn) -> None:
        await self.work.change_directory((change,), why, _me(turn).id)

    def _refuse_unsound(self, directory: Directory) -> None:
        """What was wrong before is for others to mend, and keeps nobody from mending their own."""
        known = set(mistakes(self.directory, frozenset(self.platforms)))
        refuse(one for one in mistakes(directory, frozenset(self.platforms)) if one not in known)


def _odd(away: Away, person: str, now: datetime, directory: Directory) -> list[Mistake]:
    found: list[Mistake] = []
    if away.until <= max(away.since, now):
        found.append(Mistake("It ends before it begins.", "Choose a later day or time.", ("until",)))
    mine, cover = directory.person(person), directory.person(away.cover)
    theirs = mine is not None and cover is not None and cover.agency == mine.agency
    if away.cover and (away.cover == person or not theirs):
        remedy = "Choose a colleague of your own agency."
        found.append(Mistake("This person can't cover for you.", remedy, ("cover",)))
    return found


async def end_absence(work: Work, absence: Absence, by: str) -> None:
    """It is over, and the person learns what came in the meantime, if anything did. Ended once, whoever else
    found it at the same moment."""
    if not await work.in_directory(ABSENCE, absence.id):
        return
    await work.change_directory((_absence(absence, None),), "back", by)
    notice = {"kind": RETURNED, "since": absence.since.isoformat()}
    await work.deliver(f"{RETURNED}:{absence.id}", None, absence.person, None, json.dumps(notice))


def covered_since(cases: list[Case], person: str, since: datetime) -> tuple[Case, ...]:
    """Those in which somebody had the person's part for them, at a stage that began after `since` or that
    still lasts."""
    return tuple(
        case
        for case in cases
        if person in case.covered and (case.open or (case.ending is not None and case.ending.at >= since))
    )


async def handed_over(work: Work, absence: Absence) -> None:
    """Nothing is to be handed over for this absence any more."""
    after = replace(absence, hand_over=False)
    await work.change_directory((_absence(absence, after),), "handed_over", "")


def _absence(before: Absence | None, after: Absence | None) -> Change:
    known = after or before
    assert known is not None
    return Change(ABSENCE, known.id, _plain(before), _plain(after))


def _plain(absence: Absence | None) -> dict[str, Any] | None:
    if absence is None:
        return None
    plain = {
        "person": absence.person,
        "since": absence.since.isoformat(),
        "until": absence.until.isoformat(),
        "cover": absence.cover,
    }
    return plain | ({"hand_over": "yes"} if absence.hand_over else {})


def _me(turn: Turn) -> Person:
    assert turn.person is not None, "the router lets nobody through who is not in the directory"
    return turn.person
