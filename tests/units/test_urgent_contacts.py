"""Whom to ring when a child is at risk now: who answers at which moment, and when the others do."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.escalation.clock import Calendar
from bot.escalation.policy import UrgentContact, answering, opens

WEEK: dict[str, Any] = {
    **dict.fromkeys(("monday", "tuesday", "wednesday", "thursday"), "08:30-17:00"), "friday": "08:30-16:30",
}  # fmt: skip
CALENDAR = Calendar.model_validate({"hours": dict.fromkeys(WEEK, "09:00-17:00"), "nation": "England"})
EMERGENCY = UrgentContact(name="Emergency", number="999")
ALWAYS = UrgentContact(name="Helpline", number="01632 960188", open="always")
FRONT = UrgentContact.model_validate({"name": "Front door", "number": "01632 960100", "open": WEEK})
NIGHT = UrgentContact(name="Night team", number="01632 960199", open="out of hours", hours="nights")
WORDS = UrgentContact(name="School line", number="01632 960150", hours="term time, mornings")
ALL = (EMERGENCY, ALWAYS, FRONT, NIGHT, WORDS)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("when", "front", "opens_again"),
    [
        ("2026-11-23T08:29:59", False, "2026-11-23T08:30"),  # Monday, just before it opens
        ("2026-11-23T08:30", True, ""),
        ("2026-11-23T16:59:59", True, ""),
        ("2026-11-23T17:00", False, "2026-11-24T08:30"),
        ("2026-11-27T16:29", True, ""),
        ("2026-11-27T16:45", False, "2026-11-30T08:30"),  # the Friday that ends earlier
        ("2026-11-24T03:00", False, "2026-11-24T08:30"),  # night
        ("2026-11-28T11:00", False, "2026-11-30T08:30"),  # Saturday
        ("2026-12-25T11:00", False, "2026-12-29T08:30"),  # Christmas; the Monday is a substitute day
        ("2026-12-28T11:00", False, "2026-12-29T08:30"),
        ("2026-04-03T11:00", False, "2026-04-07T07:30"),  # Good Friday; summer time began on 29 March
        ("2026-07-01T07:30", True, ""),
        ("2026-07-01T16:00", False, "2026-07-02T07:30"),
        ("2026-10-23T15:30", False, "2026-10-26T08:30"),  # over the end of summer time
    ],
)
def test_a_number_with_hours_answers_in_them(when: str, front: bool, opens_again: str) -> None:
    """By the clock on the wall; bank holidays close it; out of hours, the night team answers instead."""
    answers = answering(ALL, CALENDAR, at(when))
    assert answers[FRONT.number] is front
    assert answers[NIGHT.number] is not front
    assert all(answers[one.number] for one in (EMERGENCY, ALWAYS, WORDS))
    if opens_again:
        assert opens(FRONT, CALENDAR, at(when)) == at(opens_again)


def test_the_closures_of_the_partnership_close_its_numbers_too() -> None:
    """An extra day in the calendar."""
    calendar = Calendar.model_validate(CALENDAR.model_dump() | {"closures": ["2026-11-24"]})
    assert not answering(ALL, calendar, at("2026-11-24T11:00"))[FRONT.number]
    assert opens(FRONT, calendar, at("2026-11-24T11:00")) == at("2026-11-25T08:30")


@pytest.mark.parametrize(
    ("nation", "front"), [("England", True), ("Scotland", False), ("Northern Ireland", True)]
)
def test_each_nation_has_its_own_bank_holidays(nation: str, front: bool) -> None:
    """St Andrew's Day, Monday 30 November 2026."""
    calendar = Calendar.model_validate(CALENDAR.model_dump() | {"nation": nation})
    assert answering(ALL, calendar, at("2026-11-30T11:00"))[FRONT.number] is front


@pytest.mark.parametrize("contact", [EMERGENCY, ALWAYS, NIGHT, WORDS], ids=lambda one: one.name)
def test_a_number_without_hours_of_its_own_has_no_time_when_it_opens(contact: UrgentContact) -> None:
    """It is not said when it answers again."""
    assert opens(contact, CALENDAR, at("2026-11-24T03:00")) is None


def test_where_no_number_has_hours_of_its_own_nobody_counts_as_closed() -> None:
    """Not even the night team: there may be nobody else."""
    assert all(answering((EMERGENCY, NIGHT, WORDS), CALENDAR, at("2026-11-24T11:00")).values())


@pytest.mark.parametrize(
    ("contact", "said"),
    [
        (EMERGENCY, ""), (ALWAYS, ""), (NIGHT, "nights"), (WORDS, "term time, mornings"),
        (FRONT, "Mon to Thu 8.30 to 17.00, Fri 8.30 to 16.30"),
    ],
)  # fmt: skip
def test_hours_are_said_in_words(contact: UrgentContact, said: str) -> None:
    """In the words of the file, or else from the hours."""
    assert contact.said == said
