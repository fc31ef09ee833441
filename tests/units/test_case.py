"""A case as its people and clocks move it: who may do what, what it causes, and what is never left undone."""

from datetime import timedelta

import pytest

from bot.escalation import commands as c
from bot.escalation import events as e
from bot.escalation.case import Case
from bot.escalation.changes import replay
from bot.escalation.clocks import live_clocks, stage_clock
from bot.escalation.decide import NotTheirs, Refusal, Stale
from tests.units.cases import MONDAY, Played, raised

NOBODY: frozenset[str] = frozenset()


def test_filing_messages_both_managers_and_confirms_to_the_raiser() -> None:
    """A filed case names both managers of stage 1 and tells each of the three, once."""
    played = raised()
    parties = played.open_case.now_with
    assert (parties.raising.person, parties.receiving.person) == ("priya", "helen")
    assert played.told_since(0) == {("filed", "jo"), ("stage", "priya"), ("stage", "helen")}


def test_somebody_involved_in_the_decision_is_routed_around() -> None:
    """Whoever made the decision or is involved never receives the case; the deputy does."""
    played = raised(involved=frozenset({"helen"}))
    assert played.open_case.now_with.receiving.person == "leo"


def test_acknowledging_stops_only_that_side_s_clock() -> None:
    """The raising manager's acknowledgement leaves the receiving side's clock running."""
    played = raised()
    played.do(c.Acknowledge(by="priya", stage=1))
    assert stage_clock(played.open_case, "acknowledge", "receiving") is not None
    played.do(c.Acknowledge(by="helen", stage=1))
    assert stage_clock(played.open_case, "acknowledge", "receiving") is None
    assert stage_clock(played.open_case, "respond", "receiving") is not None


def test_acknowledging_tells_the_raiser() -> None:
    """The raiser learns that the message was seen."""
    played = raised()
    mark = len(played.told)
    played.do(c.Acknowledge(by="helen", stage=1))
    assert played.told_since(mark) == {("seen", "jo")}


def test_acknowledging_twice_has_one_effect() -> None:
    """A second acknowledgement by the same person causes nothing."""
    played = raised()
    played.do(c.Acknowledge(by="helen", stage=1))
    assert played.do(c.Acknowledge(by="helen", stage=1)) == ()


@pytest.mark.parametrize("somebody", ["marek", "sam", "tom", "nobody-at-all"])
def test_an_acknowledgement_counts_only_from_whoever_was_messaged(somebody: str) -> None:
    """Others are refused and nothing changes."""
    played = raised()
    with pytest.raises(NotTheirs):
        played.do(c.Acknowledge(by=somebody, stage=1))
    assert played.open_case.acknowledged == {}


def test_no_answer_goes_up_by_itself_where_the_ladder_says_so() -> None:
    """Stage 1 of the example goes up when the answer is overdue; the earlier manager is told."""
    played = raised()
    while played.open_case.stage_number == 1:
        mark = len(played.told)
        played.wait()
    told = played.told_since(mark)
    assert played.open_case.stage_number == 2
    assert {("stage_raiser", "jo"), ("stage", "tom"), ("went_up", "helen")} <= told


def test_elsewhere_an_overdue_answer_prompts_and_does_not_move() -> None:
    """Stage 2 prompts raiser and manager, then the safeguarding lead, then the coordinator, on and on."""
    played = raised()
    while played.open_case.stage_number == 1:
        played.wait()
    while played.open_case.prompts < 4:
        played.wait()
    prompts = [event for event in played.history if isinstance(event, e.Prompted)]
    manager = played.open_case.now_with.raising.person
    assert prompts[-4].people == ("jo", manager)
    assert prompts[-3].people == ("jo", manager, "ruth")
    assert (prompts[-3].coordinator, prompts[-2].coordinator, prompts[-1].coordinator) == ("", "sam", "sam")
    assert played.open_case.stage_number == 2


def test_a_late_acknowledgement_does_not_stop_the_asking() -> None:
    """Seen at last, after both clocks have passed: the case is still watched until it is answered."""
    played = raised()
    while played.open_case.stage_number == 1:
        played.wait()
    receiver = played.open_case.now_with.receiving.person
    played.do(c.Identify(by=receiver, reference="CSC-1"))
    while len(played.open_case.ran_out) < 3:
        played.wait()
    played.do(c.Acknowledge(by=receiver, stage=2))
    assert live_clocks(played.open_case)
    assert any(isinstance(event, e.Prompted) for event in played.wait())


def test_the_coordinator_is_on_the_case_only_as_one_who_does_not_read_it() -> None:
    """A case that stands still reaches the coordinator without its content."""
    played = raised()
    while played.open_case.prompts < 3:
        played.wait()
    assert played.open_case.members["sam"].role == "coordinator"


def test_the_raiser_decides_whether_an_answer_settles_it() -> None:
    """Accepting closes with an outcome and tells everybody on the case."""
    played = raised()
    played.do(c.Answer(by="helen", stage=1, text="We assess tomorrow."))
    with pytest.raises(NotTheirs):
        played.do(c.Accept(by="priya", stage=1, round=1, outcome="agreed_plan", note="Good."))
    mark = len(played.told)
    played.do(c.Accept(by="jo", stage=1, round=1, outcome="agreed_plan", note="Good."))
    assert not played.open_case.open
    assert played.told_since(mark) == {("closed", "jo"), ("closed", "priya"), ("closed", "helen")}
    assert live_clocks(played.open_case) == {}


def test_an_answer_that_is_not_accepted_goes_to_the_next_stage() -> None:
    """The reason goes with it, and people named as involved are passed over."""
    played = raised()
    played.do(c.Answer(by="helen", stage=1, text="It stands."))
    played.do(c.NotAccept(by="jo", stage=1, round=1, reason="Still hungry.", involved=NOBODY))
    assert played.open_case.stage_number == 2
    assert played.open_case.proposal is None


def test_at_the_last_stage_a_further_answer_is_asked_for() -> None:
    """There is no stage above: the clock for an answer starts again, in a new round."""
    played = raised()
    for stage in (1, 2, 3):
        receiver = played.open_case.now_with.receiving.person
        played.do(c.Answer(by=receiver, stage=stage, text="It stands."))
        played.do(c.NotAccept(by="jo", stage=stage, round=1, reason="No.", involved=NOBODY))
    receiver = played.open_case.now_with.receiving.person
    played.do(c.Answer(by=receiver, stage=4, text="It stands."))
    mark = len(played.told)
    played.do(c.NotAccept(by="jo", stage=4, round=1, reason="No.", involved=NOBODY))
    assert (played.open_case.stage_number, played.open_case.round) == (4, 2)
    assert ("not_accepted", receiver) in played.told_since(mark)
    assert stage_clock(played.open_case, "respond", "receiving") is not None


def test_more_time_is_asked_for_and_not_taken() -> None:
    """The deadline stays until the raising side agrees."""
    played = raised()
    before = stage_clock(played.open_case, "respond", "receiving")
    until = MONDAY + timedelta(days=2)
    played.do(c.AskMoreTime(by="helen", stage=1, until=until, reason="The file is in archive."))
    assert stage_clock(played.open_case, "respond", "receiving") == before
    with pytest.raises(NotTheirs):
        played.do(c.AgreeMoreTime(by="helen", stage=1, until=until, agreed=True))
    played.do(c.AgreeMoreTime(by="jo", stage=1, until=until, agreed=True))
    assert stage_clock(played.open_case, "respond", "receiving") == until


def test_a_hand_over_restarts_no_clock() -> None:
    """The colleague has the case with the same deadlines, and is messaged."""
    played = raised()
    before = live_clocks(played.open_case)
    mark = len(played.told)
    played.do(c.HandOver(by="helen", stage=1, to="leo", reason="Leave."))
    assert live_clocks(played.open_case) == before
    assert ("stage", "leo") in played.told_since(mark)
    with pytest.raises(NotTheirs):
        played.do(c.Answer(by="helen", stage=1, text="Late."))


@pytest.mark.parametrize("to", ["helen", "jo", "priya", "kit", "nobody-at-all"])
def test_a_case_is_handed_over_only_to_a_colleague_of_the_same_side(to: str) -> None:
    """Not to oneself, not to the other side, not to a stranger."""
    played = raised()
    with pytest.raises(Refusal):
        played.do(c.HandOver(by="helen", stage=1, to=to, reason="Leave."))


def test_a_recorded_conversation_waits_for_the_other_side() -> None:
    """It stands as recorded by one until the other confirms it; then the raiser says how it ends."""
    played = raised()
    talk = c.RecordTalk(
        by="helen", who="Helen and Jo", when=MONDAY, agreed="Visit.", owner="Helen", by_when=None
    )
    played.do(talk)
    case = played.open_case
    assert case.talk is not None
    assert case.talk.confirmed_by == ""
    with pytest.raises(NotTheirs):
        played.do(c.ConfirmTalk(by="helen", recorded_at=case.talk.at))
    played.do(c.ConfirmTalk(by="jo", recorded_at=case.talk.at))
    assert stage_clock(played.open_case, "respond", "receiving") is None
    played.do(c.Accept(by="jo", stage=1, round=1, outcome="agreed_plan", note="Visit."))
    assert not played.open_case.open


def test_a_corrected_record_can_not_be_confirmed_by_a_press_on_the_old_one() -> None:
    """The press names the record that was on the card."""
    played = raised()
    played.do(c.RecordTalk(by="helen", who="H", when=MONDAY, agreed="Visit.", owner="", by_when=None))
    old = played.history[-1].at
    played.now += timedelta(minutes=1)
    played.do(c.RecordTalk(by="jo", who="H, J", when=MONDAY, agreed="No visit.", owner="", by_when=None))
    with pytest.raises(Stale):
        played.do(c.ConfirmTalk(by="helen", recorded_at=old))


def test_which_child_is_chased_on_its_own() -> None:
    """Until the receiving side says that it knows which child is meant, it is asked again."""
    played = raised()
    played.do(c.Answer(by="helen", stage=1, text="We look."))
    asked = 0
    for _ in range(12):
        asked += sum(isinstance(event, e.IdentificationChased) for event in played.wait())
    assert asked >= 1
    played.do(c.Identify(by="helen", reference="CSC-1"))
    assert not any(key.startswith("identify:") for key in live_clocks(played.open_case))


def test_withdrawing_tells_the_safeguarding_lead() -> None:
    """A withdrawal says why, closes the case and reaches the raiser's lead."""
    played = raised()
    mark = len(played.told)
    played.do(c.Withdraw(by="jo", reason="Settled in a call."))
    assert ("withdrawn", "ruth") in played.told_since(mark)
    assert not played.open_case.open


def test_words_kept_on_one_side_reach_only_that_side() -> None:
    """Shared with both goes to everybody, kept goes to the author's side only."""
    played = raised()
    mark = len(played.told)
    played.do(c.Share(by="jo", text="For us.", with_both=False))
    assert played.told_since(mark) == {("shared", "priya")}
    mark = len(played.told)
    played.do(c.Share(by="jo", text="For all.", with_both=True))
    assert played.told_since(mark) == {("shared", "priya"), ("shared", "helen")}


def test_a_manager_who_can_not_be_reached_is_covered_and_the_raiser_is_told() -> None:
    """The message goes to the deputy; the raiser learns that it did not arrive."""
    played = raised()
    mark = len(played.told)
    played.do(c.Undeliverable(person="helen", stage=1, reason="the app is not installed"))
    assert played.open_case.now_with.receiving.person == "leo"
    assert {("not_reached", "jo"), ("stage", "leo")} <= played.told_since(mark)


def test_with_nobody_left_the_coordinator_stands_in_without_reading_the_case() -> None:
    """Never nobody: whoever is left over finds the right person."""
    played = raised()
    for person in ("helen", "leo", "noor"):
        assert played.open_case.now_with.receiving.person == person
        played.do(c.Undeliverable(person=person, stage=1, reason="blocked"))
    receiving = played.open_case.now_with.receiving
    assert (receiving.person, receiving.stands_in) == ("sam", True)
    assert played.open_case.members["sam"].role == "coordinator"


def test_whoever_only_stands_in_hands_over_and_does_nothing_else() -> None:
    """The coordinator finds the right person, and can't act on what a case is about."""
    played = raised()
    for person in ("helen", "leo", "noor"):
        played.do(c.Undeliverable(person=person, stage=1, reason="blocked"))
    for command in (
        c.Acknowledge(by="sam", stage=1),
        c.Answer(by="sam", stage=1, text="No."),
        c.Share(by="sam", text="Words.", with_both=True),
        c.RecordTalk(by="sam", who="S", when=MONDAY, agreed="x", owner="", by_when=None),
    ):
        with pytest.raises(NotTheirs):
            played.do(command)
    played.do(c.HandOver(by="sam", stage=1, to="grace", reason="Found."))
    assert played.open_case.now_with.receiving.person == "grace"


def test_a_press_on_a_card_of_an_earlier_stage_is_stale() -> None:
    """What happened meanwhile is named."""
    played = raised()
    while played.open_case.stage_number == 1:
        played.wait()
    with pytest.raises(Stale) as stale:
        played.do(c.Acknowledge(by="helen", stage=1))
    assert stale.value.since == e.StageEntered.kind


def test_a_closed_case_takes_no_more_acts() -> None:
    """Whatever comes late is told that it is over."""
    played = raised()
    played.do(c.Withdraw(by="jo", reason="Settled."))
    for command in (c.Acknowledge(by="helen"), c.Answer(by="helen", stage=1, text="Late.")):
        with pytest.raises(Stale):
            played.do(command)


def test_a_clock_that_no_longer_runs_does_nothing() -> None:
    """A deadline row that fires late, after somebody has moved, has no effect."""
    played = raised()
    key = next(key for key in live_clocks(played.open_case) if "acknowledge:receiving" in key)
    played.do(c.Acknowledge(by="helen", stage=1))
    assert played.do(c.RunOut(key)) == ()


def test_a_clock_does_nothing_before_it_is_due() -> None:
    """A sweep that comes early changes nothing."""
    played = raised()
    assert played.do(c.RunOut(min(live_clocks(played.open_case)))) == ()


def test_the_case_is_what_its_events_say() -> None:
    """Replaying the stored events gives the same case, and each survives its storage."""
    played: Played = raised()
    played.do(c.Answer(by="helen", stage=1, text="It stands."))
    played.do(c.NotAccept(by="jo", stage=1, round=1, reason="No.", involved=NOBODY))
    stored = [(event.kind, event.model_dump(mode="json")) for event in played.history]
    assert replay([e.restore(kind, body) for kind, body in stored]) == played.open_case
    assert Case.model_validate_json(played.open_case.model_dump_json()) == played.open_case
