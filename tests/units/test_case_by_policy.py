"""What only happens where a policy says so: pauses, limits, early steps, tracks, copies, who may do what."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.escalation import commands as c
from bot.escalation import events as e
from bot.escalation.clocks import answer_due, live_clocks
from bot.escalation.decide import NotTheirs, Refusal
from bot.escalation.policy import Policy
from tests.units.cases import MONDAY, Played, raised
from tests.units.rich_policy import ANSWER, SEEN, policy_with

NOBODY: frozenset[str] = frozenset()
PAUSES = policy_with(moves={"pause": {"by": ["raiser"], "at_most": "5 working days"}})


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def within(time: object, **more: object) -> Policy:
    """The example with one clock for the answer at stage 1."""
    return policy_with(stages={1: {"clocks": [ANSWER | {"within": time} | more]}})


def test_what_was_left_at_a_pause_is_left_when_it_goes_on() -> None:
    """Two hours from ten, paused after one, goes on next morning: one hour more."""
    played = raised(policy=PAUSES)
    played.now = at(23, 11)
    played.do(c.Pause("jo", at(24, 9, 30), "The report is awaited."))
    assert set(live_clocks(played.open_case).values()) == {at(24, 9, 30)}
    assert [event.kind for event in played.wait()] == ["resumed"]
    assert answer_due(played.open_case) == at(24, 10, 30)


def test_a_changed_risk_ends_a_pause_at_once() -> None:
    """The deadlines run again from that moment."""
    played = raised(policy=PAUSES)
    played.do(c.Pause("jo", at(26, 9), "A holiday."))
    played.now = at(23, 15)
    assert [event.kind for event in played.do(c.ChangeRisk("jo", "Worse."))] == ["resumed", "risk_changed"]
    assert answer_due(played.open_case) == at(23, 17)


@pytest.mark.parametrize(
    ("by", "until", "why"),
    [
        ("jo", at(23, 9), "until_in_the_past"),
        ("jo", at(30, 11), "pause_too_long"),
        ("helen", at(24, 9), "pause_somebody_else"),
    ],
)
def test_a_pause_has_an_end_and_an_owner(by: str, until: datetime, why: str) -> None:
    """Not into the past, not for longer than the policy says, not by somebody else."""
    with pytest.raises(Refusal) as refused:
        raised(policy=PAUSES).do(c.Pause(by, until, "No."))
    assert refused.value.why == why


def test_where_no_time_is_set_the_raiser_s_counts_and_else_the_end_of_the_next_working_day() -> None:
    """No case is without a clock, and it is known whose time it is."""
    asked = raised(policy=within("not set"), entry=c.Entry(reply_by=at(25, 9))).open_case
    silent = raised(policy=within("none")).open_case
    assert (answer_due(asked), asked.reply_by_asked) == (at(25, 9), True)
    assert (answer_due(silent), silent.reply_by_asked) == (at(24, 17), False)


def test_whichever_is_less_counts() -> None:
    """The policy's working week, or the raiser's sooner time; never a later one."""
    policy = within("1 working week", or_sooner=True)
    assert answer_due(raised(policy=policy, entry=c.Entry(reply_by=at(25, 9))).open_case) == at(25, 9)
    later = raised(policy=policy, entry=c.Entry(reply_by=MONDAY + timedelta(days=20))).open_case
    assert answer_due(later) == at(30, 10)


def test_a_sooner_time_counts_only_where_the_policy_allows_it() -> None:
    """What the raiser can't ask for changes no deadline."""
    case = raised(policy=within("2 working days"), entry=c.Entry(reply_by=at(23, 11))).open_case
    assert (answer_due(case), case.reply_by) == (at(25, 10), None)


def test_a_limit_over_stages_takes_the_case_past_all_of_them() -> None:
    """When stages 1 and 2 have had their time together, it is at stage 3."""
    limits = [{"first": 1, "last": 2, "within": "90 minutes", "when_due": "go_up"}]
    played = raised(
        policy=policy_with(caps=limits, stages={1: {"clocks": [ANSWER | {"within": "2 working days"}]}})
    )
    while played.open_case.stage_number == 1:
        played.wait()
    assert (played.open_case.stage_number, played.now) == (3, at(23, 11, 30))


def test_a_limit_never_passes_over_an_answer_that_waits() -> None:
    """The raiser is chased for a reply instead."""
    limits = [{"first": 1, "last": 2, "within": "90 minutes", "when_due": "go_up"}]
    played = raised(policy=policy_with(caps=limits))
    played.do(c.Answer("helen", 1, "A visit."))
    for _ in range(4):
        played.wait()
    assert played.open_case.stage_number == 1


def test_going_up_early_needs_the_policy() -> None:
    """Before anything is late only where "skip" says so; straight to a higher stage only with "bypass"."""
    with pytest.raises(Refusal, match="nothing_overdue"):
        raised().do(c.GoUp("jo", 1, "Now.", NOBODY))
    skipping = raised(policy=policy_with(moves={"skip": {"by": "raiser"}}))
    with pytest.raises(NotTheirs, match="no_bypass"):
        skipping.do(c.GoUp("jo", 1, "Now.", NOBODY, to=3))
    skipping.do(c.GoUp("jo", 1, "Now.", NOBODY))
    assert skipping.open_case.stage_number == 2


def test_the_other_side_s_missing_rung_is_passed_by() -> None:
    """An agency without a service manager is met by its strategic lead next."""
    policy = policy_with(stages={2: {"agencies": {"school": ["none"]}}})
    played = raised(policy=policy, against="school")
    played.do(c.Answer(played.open_case.now_with.receiving.person, 1, "No."))
    played.do(c.NotAccept("jo", 1, 1, "No.", NOBODY))
    assert played.open_case.stage_number == 3


def test_a_stage_s_form_has_to_be_filled_in() -> None:
    """Without its required answers the case does not go up; with them the other side reads them."""
    form = {"name": "Record", "questions": [{"id": "tried", "label": "What was tried?"}]}
    played = raised(policy=policy_with(stages={2: {"form": form}}))
    played.do(c.Answer("helen", 1, "No."))
    with pytest.raises(Refusal, match="form_missing"):
        played.do(c.NotAccept("jo", 1, 1, "No.", NOBODY))
    written = (e.Written(question="What was tried?", text="A call."),)
    played.do(c.NotAccept("jo", 1, 1, "No.", NOBODY, c.Entry(form=written)))
    assert played.open_case.forms == written


def test_whoever_decided_never_judges_it() -> None:
    """The person whom the raiser names is left out at every stage but the practitioners' own."""
    played = raised(decided_by="helen")
    assert played.open_case.now_with.receiving.person == "leo"
    practitioners = policy_with(
        stages={1: {"receiving": ["practitioner"], "raising": ["raiser"], "clocks": [ANSWER]}}
    )
    assert raised(policy=practitioners, decided_by="helen").open_case.now_with.receiving.person == "helen"


def test_an_unbacked_challenge_is_the_safeguarding_lead_s() -> None:
    """From the start, or when the manager says so later: the named lead takes the manager's part."""
    assert raised(unbacked=True).open_case.now_with.raising.person == "ruth"
    played = raised()
    played.do(c.RefuseBacking("priya", 1, "Not for us."))
    assert played.open_case.now_with.raising.person == "ruth"
    assert ("backing", "jo") in played.told_since(0)
    assert ("stage", "ruth") in played.told_since(3)


def test_more_time_is_agreed_by_whom_the_file_names_and_no_longer_than_it_says() -> None:
    """By the manager alone, two working days at most, once."""
    extend = {"by": "raising_manager", "at_most": "2 working days", "times": 1}
    played = raised(policy=policy_with(moves={"extend": extend}))
    with pytest.raises(Refusal, match="until_too_late"):
        played.do(c.AskMoreTime("helen", 1, at(26, 10), "The file."))
    played.do(c.AskMoreTime("helen", 1, at(25, 10), "The file."))
    with pytest.raises(NotTheirs, match="more_time_somebody_else"):
        played.do(c.AgreeMoreTime("jo", 1, at(25, 10), agreed=True))
    played.do(c.AgreeMoreTime("priya", 1, at(25, 10), agreed=True))
    assert answer_due(played.open_case) == at(25, 10)
    with pytest.raises(Refusal, match="no_more_extensions"):
        played.do(c.AskMoreTime("helen", 1, at(25, 12), "The file."))


def test_who_else_is_told_that_a_clock_ran_out_learns_no_more() -> None:
    """The service manager hears which deadline passed, and is not shown the case."""
    clocks = [SEEN | {"when_due": "remind"}, ANSWER | {"tell": ["service_manager"]}]
    played: Played = raised(policy=policy_with(stages={1: {"clocks": clocks}}))
    played.wait()
    assert ("clock_due", "helen") in played.told_since(0)
    while not any(kind == "clock_told" for kind, _ in played.told_since(0)):
        played.wait()
    assert ("clock_told", "tom") in played.told_since(0)
    assert played.open_case.members["tom"].role == "informed"
    with pytest.raises(NotTheirs):
        played.do(c.Share("tom", "Words.", with_both=True))
