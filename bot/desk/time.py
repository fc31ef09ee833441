"""The partnership's own time: its zone, its working hours, its ladder as it would fall from now."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.escalation.case import Case
from bot.escalation.clock import Duration, due, end_of_next_working_day, in_words, is_working, next_working
from bot.escalation.policy import Policy, UrgentContact, answering, opens
from bot.escalation.timetable import StageTimes, timetable


class PartnershipTime:
    """Times as the policy of new cases has them; `now` is the database's time at the transaction's start."""

    policy: Policy
    now: datetime

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.policy.calendar.zone)

    def when(self, at: datetime) -> str:
        return in_words(at, self.policy.calendar, self.now)

    def instant(self, wall: datetime) -> datetime:
        """A form's wall time in the partnership's zone, as an instant."""
        return wall.replace(tzinfo=self.zone).astimezone(UTC)

    def wall(self, at: datetime) -> datetime:
        """An instant as naive wall time of the partnership's zone, for a form."""
        return at.astimezone(self.zone).replace(tzinfo=None)

    def date(self, at: datetime) -> str:
        """The day in full, as for a record: "23 Nov 2026"."""
        local = at.astimezone(self.zone)
        return f"{local.day} {local:%b %Y}"

    def closed_until(self) -> datetime | None:
        """When offices open again, where they are closed now."""
        calendar = self.policy.calendar
        return None if is_working(self.now, calendar) else next_working(self.now, calendar)

    def answered_now(self) -> frozenset[str]:
        """The numbers of the urgent contacts that somebody answers, or may answer, at this moment."""
        answers = answering(self.policy.urgent, self.policy.calendar, self.now)
        return frozenset(number for number, answered in answers.items() if answered)

    def answered_from(self, contact: UrgentContact) -> datetime | None:
        """When this number is answered again; None where it keeps no hours of its own."""
        return opens(contact, self.policy.calendar, self.now)

    def raise_by(self, case: Case) -> tuple[datetime, Duration] | None:
        """By when the policy asks to raise this case, counted from the decision, and within how long; None
        where it sets no time, or where it is not known when the decision was made."""
        decided_at = case.concern.decided_at
        clock = case.policy.stage(1, case.urgent).clock("raise", "raising")
        time = clock.within.of(case.priority) if clock else None
        return (due(decided_at, time, case.policy.calendar), time) if time and decided_at else None

    def ladder(self, priority: str = "", urgent: bool = False) -> tuple[StageTimes, ...]:
        """The partnership's ladder, with the times as they would fall from now."""
        return timetable(self.policy, self.now, priority, urgent)

    def offered_return(self) -> datetime:
        """Nine o'clock of the next working day after today, as naive wall time, or when that day opens where
        it opens later."""
        tomorrow = self.wall(self.now).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        opens = self.wall(next_working(self.instant(tomorrow), self.policy.calendar))
        return max(opens, opens.replace(hour=9, minute=0))

    def offered_reply_by(self) -> datetime:
        """By when an answer is asked for where the policy sets no time, as it is offered to the raiser."""
        return end_of_next_working_day(self.now, self.policy.calendar)
