"""The last look before an event of a case is stored: what is kept is told, what may not be is refused."""

from datetime import timedelta

import pytest

from bot.chat.form import Value
from bot.desk import CaseView
from bot.desk.guarding import guarded
from bot.escalation import commands as c
from bot.escalation import events as e
from bot.escalation.changes import replay
from bot.escalation.decide import Refusal
from bot.escalation.policy.rules import LeastData
from bot.guidance.identifiers import Known
from flows.guarding import put_back
from flows.timeline import entries
from tests.units.cases import DIRECTORY, MONDAY, POLICY, raised

KNOWN = Known.of(one.name for one in DIRECTORY.people)
NOTHING = POLICY.model_copy(update={"least_data": LeastData(overrule=())})
PHONES = POLICY.model_copy(update={"least_data": LeastData(overrule=("phone",))})
NAMED = e.Answered(at=MONDAY, by="helen", text="Sam Carter was seen.")
RUNG = e.RiskChanged(at=MONDAY, by="jo", text="Ring 07700 900456.")
NUMBERED = e.Withdrawn(at=MONDAY, by="jo", reason="See 943 476 5919.", lead="ruth")


def test_clean_words_pass_as_they_are() -> None:
    """With the names of staff, and with those of professionals where these are asked for."""
    clean = (
        e.Answered(at=MONDAY, by="helen", text="Jo Marsh and Helen Castle will visit."),
        e.TalkRecorded(at=MONDAY, by="jo", side="raising", who="Ann Tully", when=MONDAY, agreed="A visit."),
    )
    assert guarded(clean, KNOWN, POLICY, MONDAY) == clean


def test_what_was_kept_is_told_right_after_it_without_the_words() -> None:
    """By whom, and which kinds."""
    more = e.Acknowledged(at=MONDAY, by="helen", side="receiving")
    told = e.IdentifiersKept(at=MONDAY, by="helen", kinds=("likely_name",))
    assert guarded((NAMED, more), KNOWN, POLICY, MONDAY) == (NAMED, told, more)


def test_a_case_s_first_events_stay_together() -> None:
    """What was kept in the words of the escalation itself is told after they are all there."""
    played = raised()
    first, *rest = played.history
    assert isinstance(first, e.CaseRaised)
    concern = first.concern.model_copy(update={"risk": "Sam Carter is hungry."})
    begun = (first.model_copy(update={"concern": concern}), *rest)
    found = guarded(begun, KNOWN, POLICY, MONDAY)
    assert found[:-1] == begun
    assert found[-1] == e.IdentifiersKept(at=MONDAY, by="jo", kinds=("likely_name",))
    assert replay(found).open


@pytest.mark.parametrize(
    ("event", "policy"), [(NUMBERED, POLICY), (NUMBERED, PHONES), (RUNG, POLICY), (RUNG, NOTHING)]
)
def test_what_nobody_may_keep_is_refused(event: e.Event, policy: object) -> None:
    """Whatever a form let through: an NHS number never, a phone number where the policy does not name it."""
    with pytest.raises(Refusal, match="identifying"):
        guarded((event,), KNOWN, policy, MONDAY)  # type: ignore[arg-type]


def test_a_policy_can_let_phone_numbers_be_kept() -> None:
    assert guarded((RUNG,), KNOWN, PHONES, MONDAY)[1:] == (
        e.IdentifiersKept(at=MONDAY, by="jo", kinds=("phone",)),
    )


def test_what_the_service_says_is_not_searched() -> None:
    """Why somebody was not reached may name an address; nobody wrote it."""
    event = e.NotReached(at=MONDAY, person="helen", reason="no mailbox helen@council.example")
    assert guarded((event,), KNOWN, POLICY, MONDAY) == (event,)


def test_that_something_was_kept_is_seen_by_those_who_see_the_words() -> None:
    """Words of one side alone, and that there is a name in them, are not on the other side's timeline."""
    played = raised()
    played.do(c.Share("jo", "Sam Carter told us.", with_both=False))
    kept = guarded(tuple(played.history[-1:]), KNOWN, POLICY, MONDAY)
    history = (*played.history[:-1], *kept)
    case = replay(history)
    told = {}
    for reader in ("priya", "helen"):
        view = CaseView("case", case, history, history[-1], reader, MONDAY + timedelta(hours=1), DIRECTORY)
        told[reader] = [one.words for one in entries(view)]
    assert any("somebody's full name" in words for words in told["priya"])
    assert not any("somebody's full name" in words for words in told["helen"])
    assert len(told["helen"]) == len(told["priya"]) - 2


def test_only_marks_are_put_back() -> None:
    """A made-up choice changes no other word of a text, and nothing that is no text."""
    typed: dict[str, Value] = {
        "text": "A [name removed] b.",
        "keep_text": ("[name removed]=Sam Carter", "A=Z", "[x]"),
    }
    assert put_back(typed)["text"] == "A Sam Carter b."
    alone: dict[str, Value] = {"keep_text": ("[name removed]=Sam",), "n": True}
    assert put_back(alone) == alone


def test_a_case_holds_the_rule_only_where_its_policy_sets_one() -> None:
    """A release that does not know the key reads a case of this one as long as the policy leaves it out."""
    assert "least_data" not in POLICY.model_dump(mode="json")
    assert "least_data" not in POLICY.model_dump_json()
    assert PHONES.model_dump(mode="json")["least_data"] == {"overrule": ["phone"]}
    assert type(POLICY).model_validate(PHONES.model_dump(mode="json")) == PHONES
    assert type(POLICY).model_validate(POLICY.model_dump(mode="json")) == POLICY
