"""The timeline names for whom somebody acted: as it was at that time, whatever came later."""

from datetime import timedelta

import pytest

from bot.desk import CaseView
from bot.escalation import commands as c
from bot.escalation.refusal import NotTheirs
from bot.people.duty import Absence
from flows.for_whom import histories
from flows.timeline import entries
from tests.units.cases import DIRECTORY, MONDAY, Played, raised, standing_in

AWAY = Absence("1", "helen", MONDAY - timedelta(days=1), MONDAY + timedelta(days=9))


def seen(played: Played, reader: str = "jo") -> CaseView:
    case = played.open_case
    history = tuple(played.history)
    return CaseView("case", case, history, history[-1], reader, played.now, DIRECTORY)


def for_whom(played: Played) -> dict[tuple[str, str], str]:
    """Kind and actor → for whom."""
    return {(event.kind, event.by): whose for event, whose in histories(seen(played)) if event.by}


def test_whoever_covers_acts_for_the_absent_one_until_it_is_taken_back() -> None:
    """Leo acknowledges for Helen; once she has it again, he is not on the case and writes nothing."""
    played = raised(standing=standing_in(DIRECTORY, AWAY))
    played.do(c.Acknowledge("leo", 1))
    played.do(c.TakeBack("helen", 1))
    with pytest.raises(NotTheirs):
        played.do(c.Share("leo", "I visited on Monday.", with_both=True))
    played.do(c.Answer("helen", 1, "A visit tomorrow."))
    found = for_whom(played)
    assert found[("acknowledged", "leo")] == "helen"
    assert found[("answered", "helen")] == ""


def test_a_colleague_acts_for_the_raiser_while_that_is_so() -> None:
    """What Kit writes is for Jo, with both names in the timeline; afterwards Kit writes nothing."""
    played = raised()
    played.do(c.LetAnswer("jo", "kit"))
    played.do(c.ChangeRisk("kit", "The fridge was empty again."))
    played.do(c.LetAnswer("jo", ""))
    with pytest.raises(NotTheirs):
        played.do(c.Share("kit", "For all.", with_both=True))
    found = for_whom(played)
    assert found[("risk_changed", "kit")] == "jo"
    told = [entry.words for entry in entries(seen(played))]
    assert "Kit Rowan, for Jo Marsh: the risk has changed." in told
    assert "Jo Marsh answers alone again." in told


def test_a_manager_who_may_answer_for_the_raiser_still_acts_as_a_manager() -> None:
    """To acknowledge is Priya's own; to close is what only the raiser does, so it is done for Jo."""
    played = raised()
    played.do(c.LetAnswer("jo", "priya"))
    played.do(c.Acknowledge("priya", 1))
    played.do(c.Answer("helen", 1, "A visit tomorrow."))
    played.do(c.Accept("priya", 1, 1, "agreed_plan", "A visit."))
    found = for_whom(played)
    assert found[("acknowledged", "priya")] == ""
    assert found[("closed", "priya")] == "jo"
