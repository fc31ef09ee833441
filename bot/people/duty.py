"""Who is on duty now: the holder of a post, or whoever covers for them.

Somebody is on duty while they are not away and their working pattern covers the moment; while the partnership
is closed, the moment at which it opens next counts. Whoever is away is covered by the colleague of the same
agency whom they named, then by the post's deputies in their order. Where nobody is on duty, whoever comes
back first, by the end of the next working day at the latest, gets the message; where nobody does, nobody is
found here, and the ladder's own net catches it (`bot.people.standing`).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from bot.escalation.clock import Calendar, end_of_next_working_day, is_working, next_working
from bot.people.directory import Directory
from bot.people.entries import Entry

_STEP = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Absence:
    """`person` is away from `since` until `until` (UTC); `cover` is whom they named, empty for nobody.
    `hand_over`: the parts that they have in cases are still to be handed over when it begins."""

    id: str
    person: str
    since: datetime
    until: datetime
    cover: str = ""
    hand_over: bool = False


@dataclass(frozen=True, slots=True)
class OnDuty:
    """`covers`: the id of the person whose message this is, where it is not their own."""

    entry: Entry
    covers: str = ""


@dataclass(frozen=True)
class Duty:
    """The directory at a moment. `absences` are those not yet over, by person, the first to begin first."""

    directory: Directory
    absences: Mapping[str, tuple[Absence, ...]]
    calendar: Calendar
    now: datetime

    def absence(self, person: str) -> Absence | None:
        """The absence of this person that runs now."""
        return next((one for one in self.absences.get(person, ()) if one.since <= self.now < one.until), None)

    def on_duty(self, person: str) -> bool:
        """Whether the person is there now, or when the partnership opens next."""
        entry = self.directory.person(person)
        return entry is not None and self._works(entry, self._moment)

    def standing(
        self, ref: str, agency: str, whose: str = "", not_these: Collection[str] = (), team: str = ""
    ) -> OnDuty | None:
        """Who is on duty at the rung `ref` (as for `Directory.order`). People in `not_these` are passed over:
        whoever made the decision, or raised it."""
        return self.first(self.directory.order(ref, agency, whose, team), not_these)

    def first(self, order: Sequence[str], not_these: Collection[str] = ()) -> OnDuty | None:
        """The first of `order` who is on duty, with those whom the absent ones named between them."""
        mine = ""
        later: list[tuple[datetime, OnDuty]] = []
        for entry in self._in_turn(order, not_these):
            mine = mine or self._whose(entry.id, order, not_these)
            found = OnDuty(entry, "" if entry.id == mine else mine)
            if self._works(entry, self._moment):
                return found
            back = self._back(entry)
            if back is not None:
                later.append((back, found))
        return min(later, key=lambda one: one[0])[1] if later else None

    def _in_turn(self, order: Sequence[str], not_these: Collection[str]) -> Iterator[Entry]:
        for person in order:
            own = self.directory.person(person)
            if own is None or person in not_these:
                continue
            yield own
            away = self.absence(person)
            cover = self.directory.person(away.cover) if away and away.cover not in not_these else None
            if cover is not None and cover.agency == own.agency:
                yield cover

    @staticmethod
    def _whose(first: str, order: Sequence[str], not_these: Collection[str]) -> str:
        """Whose message it is: that of the first in the order who may have it."""
        return next((person for person in order if person not in not_these), first)

    @cached_property
    def _moment(self) -> datetime:
        return self.now if is_working(self.now, self.calendar) else next_working(self.now, self.calendar)

    def _works(self, entry: Entry, at: datetime) -> bool:
        away = any(one.since <= at < one.until for one in self.absences.get(entry.id, ()))
        return not away and entry.works.covers(at.astimezone(ZoneInfo(self.calendar.zone)))

    def _back(self, entry: Entry) -> datetime | None:
        """When they work next, if that is by the end of the next working day."""
        at, until = self._moment, end_of_next_working_day(self.now, self.calendar)
        while at < until:
            if is_working(at, self.calendar) and self._works(entry, at):
                return at
            at = (at + _STEP).astimezone(UTC)
        return None
