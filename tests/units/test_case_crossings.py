"""Where two things cross, or somebody is missing: late presses, late conversations, nobody at a post."""

from datetime import timedelta

import pytest

from bot.escalation import commands as c
from bot.escalation import events as e
from bot.escalation.changes import replay
from bot.escalation.clocks import live_clocks, stage_clock
from bot.escalation.decide import NotTheirs, Refusal, Stale
from tests.units.cases import DIRECTORY, MONDAY, POLICY, Played, raised, standing_in

NOBODY: frozenset[str] = frozenset()
NO_LEAD = standing_in(DIRECTORY.model_copy(update={"safeguarding_leads": {}}))


def spoke(played: Played, by: str, confirmed_by: str) -> None:
    """A conversation recorded by one side and confirmed by the other."""
    talk = c.RecordTalk(
        by=by, who="Helen, Jo", when=MONDAY, agreed="Visit.", owner="", by_when=None
    )  # fmt: skip
    at = next(event.at for event in played.do(talk) if isinstance(event, e.TalkRecorded))
    played.do(c.ConfirmTalk(by=confirmed_by, recorded_at=at))


def at_the_last_stage() -> Played:
    played = raised()
    for stage in (1, 2, 3):
        receiver = played.open_case.now_with.receiving.person
        played.do(c.Answer(by=receiver, stage=stage, text="It stands."))
        played.do(c.NotAccept(by="jo", stage=stage, round=1, reason="No.", involved=NOBODY))
    return played


def prompted(played: Played, level: int) -> e.Prompted:
    """The prompt of this level, once the clocks have come to it."""
    while played.open_case.prompts < level:
        played.wait()
    return next(event for event in reversed(played.history) if isinstance(event, e.Prompted))


def test_the_raiser_s_own_manager_being_late_is_no_reason_to_go_up() -> None:
    """The other side has met its deadline: only its own lateness takes a case up."""
    played = raised()
    played.do(c.Acknowledge(by="helen", stage=1))
    while not any("acknowledge:raising" in key for key in played.open_case.ran_out):
        played.wait()
    with pytest.raises(Refusal, match="nothing_overdue"):
        played.do(c.GoUp(by="jo", stage=1, reason="Up.", involved=NOBODY))


def test_a_press_to_go_up_that_crosses_the_answer_is_stale() -> None:
    """The answer is read first: the late press is told of it and undoes nothing."""
    played = raised()
    prompted(played, 1)
    played.do(c.Answer(by="helen", stage=1, text="We assess tomorrow."))
    with pytest.raises(Stale) as stale:
        played.do(c.GoUp(by="jo", stage=1, reason="Up.", involved=NOBODY))
    assert stale.value.since == e.Answered.kind


def test_a_press_to_go_up_that_crosses_an_agreement_is_stale() -> None:
    """Both sides confirmed that they spoke: how it ends is for the raiser to say."""
    played = raised()
    prompted(played, 1)
    spoke(played, "helen", "jo")
    with pytest.raises(Stale) as stale:
        played.do(c.GoUp(by="priya", stage=1, reason="Up.", involved=NOBODY))
    assert stale.value.since == e.TalkConfirmed.kind


def test_a_press_to_go_up_that_crosses_a_late_acknowledgement_is_stale() -> None:
    """Somebody has it now, and the answer is not due yet."""
    played = raised()
    prompted(played, 1)
    played.do(c.Acknowledge(by="helen", stage=1))
    with pytest.raises(Stale) as stale:
        played.do(c.GoUp(by="jo", stage=1, reason="Up.", involved=NOBODY))
    assert stale.value.since == e.Acknowledged.kind


def test_a_conversation_that_did_not_settle_it_leaves_the_other_side_with_a_deadline() -> None:
    """At the last stage a further answer is asked for, in time: the agreement is over."""
    played = at_the_last_stage()
    receiver = played.open_case.now_with.receiving.person
    spoke(played, receiver, "jo")
    played.do(c.NotAccept(by="jo", stage=4, round=1, reason="Not kept.", involved=NOBODY))
    assert stage_clock(played.open_case, "respond", "receiving") is not None
    with pytest.raises(Refusal, match="no_answer_yet"):
        played.do(c.NotAccept(by="jo", stage=4, round=2, reason="Again.", involved=NOBODY))


def test_a_conversation_confirmed_after_a_reply_was_chased_is_chased_too() -> None:
    """The wait for the raiser begins anew with a clock of its own: the one before has run out for good."""
    played = raised()
    played.do(c.Identify(by="helen", reference="CSC-1"))
    played.do(c.Answer(by="helen", stage=1, text="We assess."))
    while not played.open_case.reply_chases:
        played.wait()
    played.now += timedelta(minutes=5)
    spoke(played, "helen", "jo")
    assert played.open_case.reply_chases == 0
    assert live_clocks(played.open_case).keys() - played.fired
    while not played.open_case.reply_chases:
        played.wait()


def test_confirming_a_conversation_of_an_earlier_stage_is_stale() -> None:
    """It stays as recorded by one; the case has gone up since."""
    played = raised()
    played.do(c.RecordTalk(by="helen", who="H", when=MONDAY, agreed="Visit.", owner="", by_when=None))
    recorded_at = played.history[-1].at
    while played.open_case.stage_number == 1:
        played.wait()
    with pytest.raises(Stale) as stale:
        played.do(c.ConfirmTalk(by="jo", recorded_at=recorded_at))
    assert stale.value.since == e.StageEntered.kind


def test_an_agreement_to_more_time_that_crosses_the_answer_is_stale() -> None:
    """There is nothing left to wait for."""
    played = raised()
    until = MONDAY + timedelta(days=1)
    played.do(c.AskMoreTime(by="helen", stage=1, until=until, reason="Archive."))
    played.do(c.Answer(by="helen", stage=1, text="Found it."))
    with pytest.raises(Stale) as stale:
        played.do(c.AgreeMoreTime(by="jo", stage=1, until=until, agreed=True))
    assert stale.value.since == e.Answered.kind


def test_more_time_is_later_than_the_deadline() -> None:
    """Asking can't shorten what the other side counts on."""
    played = raised()
    due = stage_clock(played.open_case, "respond", "receiving")
    assert due is not None
    with pytest.raises(Refusal, match="until_not_later"):
        played.do(c.AskMoreTime(by="helen", stage=1, until=due, reason="Archive."))


def test_an_agency_without_a_lead_has_the_coordinator_asked_who_reads_nothing() -> None:
    """The coordinator comes in a step earlier, and still sees only that it stands still."""
    played = raised(standing=NO_LEAD)
    prompt = prompted(played, 2)
    assert (prompt.coordinator, "sam" in prompt.people) == ("sam", False)
    assert played.open_case.members["sam"].role == "coordinator"
    assert ("stands_still", "sam") in played.told_since(0)


def test_a_withdrawal_without_a_lead_reaches_the_coordinator_who_reads_nothing() -> None:
    """Somebody looks after the raiser; what it was about stays with the people on the case."""
    played = raised(standing=NO_LEAD)
    mark = len(played.told)
    played.do(c.Withdraw(by="jo", reason="Settled in a call."))
    assert {("stands_still", "sam")} == {notice for notice in played.told_since(mark) if "sam" in notice}
    assert played.open_case.members["sam"].role == "coordinator"


def test_a_lead_who_is_involved_is_never_asked() -> None:
    """Routed around at filing, and so at every prompt and at a withdrawal."""
    played = raised(involved=frozenset({"ruth"}))
    assert "ruth" not in prompted(played, 2).people
    played.do(c.Withdraw(by="jo", reason="Settled."))
    assert "ruth" not in played.open_case.members


def test_nobody_is_asked_for_both_sides_of_a_stage() -> None:
    """Where both posts are one person's, the raising side gets its deputy."""
    first = POLICY.stages[0].model_copy(update={"raising": ("partnership/independent_chair",)})
    both = first.model_copy(update={"receiving": ("partnership/independent_chair",)})
    played = raised(policy=POLICY.model_copy(update={"stages": (both, *POLICY.stages[1:])}))
    parties = played.open_case.now_with
    assert (parties.receiving.person, parties.raising.person) == ("viv", "alma")


def test_whoever_stood_in_and_now_holds_the_post_sees_the_case() -> None:
    """The coordinator of an earlier stage is a full party where the ladder names the coordinator's post."""
    second = POLICY.stages[1].model_copy(update={"receiving": ("partnership/independent_chair",)})
    policy = POLICY.model_copy(update={"stages": (POLICY.stages[0], second, *POLICY.stages[2:])})
    directory = DIRECTORY.model_copy(update={"coordinator": "viv"})
    played = raised(policy=policy, standing=standing_in(directory))
    for person in ("helen", "leo", "noor"):
        played.do(c.Undeliverable(person=person, stage=1, reason="blocked"))
    with pytest.raises(NotTheirs):
        played.do(c.Acknowledge(by="viv", stage=1))
    while played.open_case.stage_number == 1:
        played.wait()
    assert played.do(c.Acknowledge(by="viv", stage=2))


def test_whoever_only_stood_in_is_not_told_that_it_went_up() -> None:
    """There is nothing left to find at the stage before."""
    played = raised()
    for person in ("helen", "leo", "noor"):
        played.do(c.Undeliverable(person=person, stage=1, reason="blocked"))
    while played.open_case.stage_number == 1:
        mark = len(played.told)
        played.wait()
    assert ("went_up", "sam") not in played.told_since(mark)


def test_the_events_of_an_earlier_release_still_count() -> None:
    """A withdrawal stored before coordinators were told of any is the same withdrawal."""
    played = raised()
    played.do(c.Withdraw(by="jo", reason="Settled."))
    stored = [(event.kind, event.model_dump(mode="json")) for event in played.history]
    del stored[-1][1]["coordinator"]
    assert replay([e.restore(kind, body) for kind, body in stored]) == played.open_case
    with pytest.raises(NotTheirs):
        played.do(c.Share(by="tom", text="Late.", with_both=True))
