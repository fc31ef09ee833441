"""What a card of a case is drawn from."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.chat.turn import Person
from bot.escalation import events as e
from bot.escalation.case import Case
from bot.escalation.clock import in_words
from bot.escalation.seeing import Act, Wish, refusal
from bot.people.directory import Directory
from bot.people.entries import Entry

GLANCE = "glance"
"""The kind of a card that somebody looked at for a moment, such as the timeline: it is not drawn again, and
stays for as long as they are on the case."""


@dataclass(frozen=True, slots=True)
class CaseView:
    """What a card of a case is drawn from: the case now, its history, the event that the card tells of
    (the newest where it tells of none in particular), and who reads it. `chair` writes the minutes of the
    stage's meeting, empty where it has none."""

    kind: str
    case: Case
    history: tuple[e.Event, ...]
    event: e.Event
    reader: str
    now: datetime
    directory: Directory
    chair: str = ""

    def may(self, act: Act, check: str = "") -> bool:
        """Whether the reader can do this now, so that a card may offer it."""
        return refusal(Wish(self.case, self.reader, self.now, self.chair, check), act) is None

    def stage_entered(self) -> e.StageEntered | None:
        """How the case came to its present stage."""
        return next((past for past in reversed(self.history) if isinstance(past, e.StageEntered)), None)

    @property
    def stage_then(self) -> int:
        """The stage at which the event happened."""
        return next(
            (
                past.stage
                for past in reversed(self.history)
                if isinstance(past, e.StageEntered) and past.at <= self.event.at
            ),
            1,
        )

    def when(self, at: datetime) -> str:
        """An instant in words, in the partnership's zone: "today, 14.30"."""
        return in_words(at, self.case.policy.calendar, self.now)

    def date(self, at: datetime) -> str:
        """The same with the date always in full, for a record: "23 Nov 2026, 14.30"."""
        local = at.astimezone(ZoneInfo(self.case.policy.calendar.zone))
        return f"{local.day} {local:%b %Y}, {local.hour}.{local:%M}"

    def person(self, person: str) -> Person:
        return person_of(self.directory, person)

    def someone_to_ring(self) -> Person | None:
        """Whom the reader can ring to talk it through."""
        return someone_to_ring(self.directory, self.person(self.reader))


def someone_to_ring(directory: Directory, person: Person | None) -> Person | None:
    """The person's safeguarding lead, or the coordinator; never the person themselves."""
    lead = directory.lead(person.agency) if person else None
    if lead is not None and person is not None and lead.id != person.id:
        return of_entry(directory, lead)
    coordinator = directory.person(directory.coordinator)
    if coordinator is None or (person is not None and coordinator.id == person.id):
        return None
    return of_entry(directory, coordinator)


def person_of(directory: Directory, person: str) -> Person:
    entry = directory.person(person)
    return of_entry(directory, entry) if entry else Person(person, person, "", "", "")


def of_entry(directory: Directory, entry: Entry) -> Person:
    agency = directory.agency(entry.agency)
    return Person(
        entry.id, entry.name, entry.role, entry.agency, agency.name if agency else entry.agency, entry.phone
    )
