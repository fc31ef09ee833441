"""What is due, what keeps it from being erased, and what is done to the record of a case. Pure."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.desk.stored import row_of
from bot.escalation import commands as c
from bot.escalation import events as e
from bot.escalation.changes import replay
from bot.escalation.decide import NotTheirs, Refusal
from bot.escalation.policy import Retention, Span
from bot.policies.explain import kept_for
from bot.policies.source import load, shipped
from bot.retention.due import next_time, standing
from tests.units.cases import MONDAY, Played, raised

LONDON = "Europe/London"
KEPT = Retention.model_validate({"minimise": "6 months", "erase": "6 years", "training": "90 days"})
DAY = timedelta(days=1)


def closed(case: Played | None = None) -> Played:
    """A case that Jo has taken back."""
    case = case or raised()
    case.do(c.Withdraw(by="jo", reason="The decision was changed."))
    return case


def filed(case: Played | None = None) -> Played:
    case = case or closed()
    for person in ("jo", case.open_case.now_with.receiving.person):
        case.do(c.ConfirmFiled(by=person))
    return case


def due(case: Played, after: timedelta, kept: Retention = KEPT) -> tuple[str, tuple[str, ...]] | None:
    found = standing(case.open_case, kept, LONDON, MONDAY + after)
    return (found.rule, found.why_not) if found else None


# Calendar time


@pytest.mark.parametrize(
    ("span", "start", "end"),
    [
        ("90 days", (2026, 1, 1), (2026, 4, 1)),
        ("1 month", (2026, 1, 31), (2026, 2, 28)),
        ("a year", (2028, 2, 29), (2029, 2, 28)),
        ("6 years", (2026, 11, 23), (2032, 11, 23)),
        ("13 months", (2026, 12, 5), (2028, 1, 5)),
        ("2 weeks", (2026, 12, 24), (2027, 1, 7)),
    ],
)
def test_a_span_of_the_calendar(span: str, start: tuple[int, int, int], end: tuple[int, int, int]) -> None:
    """Months and years go by the calendar; a day that a month does not have is its last."""
    at = Span.parse(span).after(datetime(*start, 12, tzinfo=UTC), LONDON)
    assert at.date() == datetime(*end, tzinfo=UTC).date()


def test_a_span_keeps_the_time_of_day_where_the_clocks_change() -> None:
    """Noon in London is noon there half a year later, too."""
    noon = datetime(2026, 1, 15, 12, tzinfo=UTC)
    assert Span.parse("6 months").after(noon, LONDON) == datetime(2026, 7, 15, 11, tzinfo=UTC)


@given(
    st.integers(1, 99), st.sampled_from(["day", "week", "month", "year"]),
    st.integers(0, 14_000).map(lambda hours: MONDAY + timedelta(hours=7 * hours)),
)  # fmt: skip
def test_what_is_over_is_looked_for_early_enough(amount: int, unit: str, start: datetime) -> None:
    """Rows are found by a time that can't be too early, whatever the months."""
    span = Span.parse(f"{amount} {unit}")
    now = span.after(start, LONDON)
    assert start <= span.before(now, LONDON)


@pytest.mark.parametrize("text", ["2 working days", "0 days", "soon", "6", "1000 days", "101 years", ""])
def test_another_length_of_time_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(ValidationError, match="6 years"):
        Retention.model_validate({"erase": text})


def test_copies_are_not_kept_longer_than_the_case() -> None:
    with pytest.raises(ValidationError, match="shorter time"):
        Retention.model_validate({"minimise": "2 years", "erase": "12 months"})


# What is due


def test_nothing_is_due_before_its_time_or_while_it_is_open() -> None:
    assert due(raised(), 4000 * DAY) is None
    assert due(filed(), 30 * DAY) is None
    assert due(filed(), 4000 * DAY, Retention()) is None


def test_first_the_copies_then_the_case() -> None:
    """Once the copies are gone, nothing is due until the case is."""
    case = filed()
    assert due(case, 200 * DAY) == ("minimise", ())
    case.do(c.Minimise(by="sam", rule="minimise"))
    assert due(case, 200 * DAY) is None
    assert due(case, 2200 * DAY) == ("erase", ())


def test_a_correction_puts_words_into_the_chats_again() -> None:
    """Those who read the first are told: taking the copies away is due again, once it is filed again."""
    case = filed()
    case.do(c.Minimise(by="sam", rule="minimise"))
    assert row_of(case.open_case).minimised
    case.do(c.Correct(by="jo", of=1, first=case.history[0], text="It was October."))
    assert not row_of(case.open_case).minimised
    assert due(case, 200 * DAY) == ("minimise", ("raising", "receiving"))
    assert due(filed(case), 200 * DAY) == ("minimise", ())


def test_each_agency_files_first() -> None:
    """Who has not said so is named; a hold, too."""
    case = closed()
    assert due(case, 2200 * DAY) == ("erase", ("raising", "receiving"))
    case.do(c.ConfirmFiled(by="jo"))
    assert due(case, 2200 * DAY) == ("erase", ("receiving",))
    filed(case)
    case.do(c.PlaceHold(by="sam", reason="A court asks for it."))
    assert due(case, 2200 * DAY) == ("erase", ("hold",))
    case.do(c.LiftHold(by="sam", reason="The court has it."))
    assert due(case, 2200 * DAY) == ("erase", ())


def test_practice_goes_without_filing_counted_from_its_beginning() -> None:
    """Also where it was never closed."""
    case = raised(training="T1")
    assert due(case, 80 * DAY) is None
    assert due(case, 91 * DAY) == ("training", ())
    assert next_time(case.open_case, KEPT, LONDON) is not None


# What is done to the record


def test_filing_is_said_once_it_is_closed_by_each_side() -> None:
    case = raised()
    with pytest.raises(Refusal, match="filed_once_closed"):
        case.do(c.ConfirmFiled(by="jo"))
    closed(case)
    case.do(c.ConfirmFiled(by="jo"))
    assert case.do(c.ConfirmFiled(by="jo")) == ()
    assert {side: seen.by for side, seen in case.open_case.filed.items()} == {"raising": "jo"}


def test_somebody_who_is_not_on_it_files_and_corrects_nothing() -> None:
    case = closed()
    with pytest.raises(NotTheirs, match="not_on_case"):
        case.do(c.ConfirmFiled(by="kit"))
    with pytest.raises(NotTheirs, match="not_on_case"):
        case.do(c.Correct("kit", 1, case.history[0], "It was Friday."))


def test_a_correction_stands_beside_the_first_and_is_to_be_filed_anew() -> None:
    case = filed()
    case.do(c.Correct("jo", 1, case.history[0], "It was on Monday."))
    assert case.open_case.corrections[0].of == 1
    assert case.open_case.concern == case.history[0].concern  # type: ignore[attr-defined]
    assert case.open_case.filed == {}
    assert case.open_case == replay(case.history)


def test_only_who_wrote_it_corrects_it_and_only_words() -> None:
    case = closed()
    with pytest.raises(NotTheirs, match="correct_own_only"):
        case.do(c.Correct(case.open_case.now_with.receiving.person, 1, case.history[0], "No."))
    told = next(event for event in case.history if isinstance(event, e.StageEntered))
    with pytest.raises(Refusal, match="nothing_to_correct"):
        case.do(c.Correct("jo", 2, told, "No."))


def test_what_one_side_wrote_for_itself_stays_there_when_corrected() -> None:
    """And so does the filing of the other side."""
    case = raised()
    case.do(c.Share(by="jo", text="Between us.", with_both=False))
    mark, place = len(case.told), len(case.history)
    filed(closed(case))
    mark = len(case.told)
    case.do(c.Correct("jo", place, case.history[place - 1], "Between us: it was Monday."))
    assert set(case.open_case.filed) == {"receiving"}
    receiving = set(case.open_case.on_side("receiving"))
    assert not {person for _, person in case.told_since(mark)} & receiving


@pytest.mark.parametrize("twice", [c.PlaceHold, c.LiftHold])
def test_a_hold_is_placed_once_and_lifted_once(twice: type[c.PlaceHold | c.LiftHold]) -> None:
    case = raised()
    if twice is c.PlaceHold:
        case.do(c.PlaceHold(by="sam", reason="A court."))
    with pytest.raises(Refusal):
        case.do(twice(by="sam", reason="Again."))


def test_a_case_that_is_opened_again_is_to_be_filed_again() -> None:
    case = filed()
    reopened = e.Reopened(at=case.now, by="jo", reason="It went on.")
    assert replay([*case.history, reopened]).filed == {}


# What policies say


def test_what_is_not_confirmed_is_said_to_be_an_assumption() -> None:
    said = " ".join(kept_for(KEPT))
    assert "an assumption, and no rule of the partnership" in said
    assert "6 years after closing" in said
    assert "assumption" not in " ".join(kept_for(KEPT.model_copy(update={"confirmed": True})))
    assert list(kept_for(Retention())) == ["Nothing is set, so nothing is erased."]


@pytest.mark.parametrize("file", shipped(), ids=lambda file: file.stem)
def test_no_shipped_policy_presents_a_time_as_a_partnership_s(file: Path) -> None:
    """Nobody has published one, so each is an assumption, or is left out."""
    kept = load(file).retention
    assert not kept.confirmed
    assert not kept.source
