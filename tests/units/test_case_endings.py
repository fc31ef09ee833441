"""How a case ends and goes on by the policy: who is asked, who is told, what begins anew."""

from typing import Any

import pytest

from bot.escalation import commands as c
from bot.escalation import events as e
from bot.escalation.clocks import stage_clocks
from bot.escalation.decide import Stale
from bot.escalation.policy import Policy
from tests.units.cases import Played, raised
from tests.units.rich_policy import policy_with

NOBODY: frozenset[str] = frozenset()
MEETING: dict[str, Any] = {
    "receiving": ["team_manager"],
    "clocks": [{"name": "meet", "starts": "messaged", "within": "5 working days"}],
    "meeting": {"convener": "team_manager", "chair": "team_manager", "quorum": 2, "decides": False},
}


def _answered(policy: Policy) -> Played:
    played = raised(policy=policy)
    played.do(c.Answer("helen", 1, "We visit with you on Friday."))
    return played


def _accepted(policy: Policy) -> Played:
    played = _answered(policy)
    played.do(c.Accept("jo", 1, 1, "agreed_plan", "Joint visit."))
    return played


def test_a_safeguarding_lead_who_must_agree_is_fetched_and_asked() -> None:
    """Whom the policy names is never left out because nobody had told them of the case before."""
    played = _accepted(policy_with(closing={"agree": ["raiser", "safeguarding_lead"]}))
    assert played.open_case.open
    assert ("closure", "ruth") in played.told_since(0)
    closure = played.open_case.closure
    assert closure is not None
    played.do(c.AgreeClosure("ruth", closure.at, agreed=True))
    assert not played.open_case.open


def test_a_lead_who_has_the_manager_s_part_already_still_agrees() -> None:
    """A lead who took over from a manager that did not stand behind it is asked as the lead all the same."""
    played = _answered(policy_with(closing={"agree": ["safeguarding_lead", "raising_manager"]}))
    played.do(c.RefuseBacking("priya", 1, "A faulty scale."))
    played.do(c.Accept("jo", 1, 1, "agreed_plan", "Joint visit."))
    closure = played.open_case.closure
    assert closure is not None
    assert set(closure.waiting) == {"safeguarding_lead", "raising_manager"}
    played.do(c.AgreeClosure("ruth", closure.at, agreed=True))
    assert not played.open_case.open


def test_a_safeguarding_lead_hears_of_a_no_and_reads_the_case() -> None:
    """The policy's “tell” reaches a lead who was not on the case."""
    check: dict[str, Any] = {"id": "done", "question": "Is it done?", "ask": "raiser", "after": "1 hour",
                             "tell": ["safeguarding_lead"]}  # fmt: skip
    played = _accepted(policy_with(after_closing=[check]))
    played.wait()
    played.do(c.AnswerCheck("jo", "done", done=False, text="Nobody came."))
    assert ("check_told", "ruth") in played.told_since(0)
    assert played.open_case.members["ruth"].role == "copied"


def test_who_opens_a_case_again_tells_nobody_that_it_went_up() -> None:
    """Everybody hears that it is open again, and whoever has the stage gets its message."""
    moves = {"reopen": {"by": ["raiser"], "within": "10 working days"}}
    played = _accepted(policy_with(moves=moves))
    mark = len(played.told)
    played.do(c.Reopen("jo", "Nobody came on Friday."))
    assert played.told_since(mark) == {
        ("reopened", "helen"),
        ("reopened", "priya"),
        ("stage", "helen"),
        ("stage", "priya"),
    }


def test_a_meeting_that_did_not_settle_it_is_called_again_in_its_time() -> None:
    """At the last stage a refused answer starts the meeting's clock anew: nothing stands still unwatched."""
    only = policy_with(stages={1: MEETING})
    played = raised(policy=only.model_copy(update={"stages": only.stages[:1]}))
    played.do(c.CallMeeting("helen", 1, played.now.replace(hour=11), "Room 4"))
    played.now = played.now.replace(hour=12)
    played.do(c.HoldMeeting("helen", 1, ("jo", "helen"), "A joint visit."))
    assert not stage_clocks(played.open_case)
    played.do(c.NotAccept("jo", 1, 1, "No visit before Friday.", NOBODY))
    assert any(":meet:" in key for key in stage_clocks(played.open_case))
    played.do(c.CallMeeting("helen", 1, played.now.replace(hour=15), "Room 4"))
    assert isinstance(played.history[-1], e.MeetingCalled)


def test_an_answer_that_waits_for_the_raiser_is_not_replaced_by_minutes() -> None:
    """The meeting was called, then the convener answered in writing: the raiser replies to that first."""
    played = raised(policy=policy_with(stages={1: MEETING}))
    played.do(c.CallMeeting("helen", 1, played.now.replace(hour=11), "Room 4"))
    played.do(c.Answer("helen", 1, "We visit with you on Friday."))
    played.now = played.now.replace(hour=12)
    with pytest.raises(Stale) as refused:
        played.do(c.HoldMeeting("helen", 1, ("jo", "helen"), "A joint visit."))
    assert refused.value.since == "answered"
