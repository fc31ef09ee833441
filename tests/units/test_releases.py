"""What an earlier release stored is still read: its cases go on where they were."""

import json
from pathlib import Path

import pytest

from bot.escalation import commands as c
from bot.escalation import events as e
from bot.escalation.case import Case
from bot.escalation.changes import replay
from bot.escalation.clocks import live_clocks
from tests.units.cases import STANDING, Played

STORED = sorted((Path(__file__).parent / "released").glob("case-*.json"))


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_a_case_of_an_earlier_release_is_what_its_events_say(path: Path) -> None:
    """The stored state and the stored events, written before there was anything new, still mean the same."""
    stored = json.loads(path.read_text(encoding="utf-8"))
    history = [e.restore(event["kind"], event["body"]) for event in stored["events"]]
    then, now = Case.model_validate(stored["state"]), replay(history)
    known = stored["state"].keys() & Case.model_fields.keys()
    assert known == stored["state"].keys()
    assert {key: getattr(then, key) for key in known} == {key: getattr(now, key) for key in known}


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_a_case_of_an_earlier_release_can_be_brought_to_its_end(path: Path) -> None:
    """It has a live clock, takes an answer at the stage where it stands, and closes."""
    stored = json.loads(path.read_text(encoding="utf-8"))
    case = Case.model_validate(stored["state"])
    assert live_clocks(case)
    played = Played(now=case.round_at, case=case, standing=STANDING)
    receiver, stage = case.now_with.receiving.person, case.stage_number
    played.do(c.Answer(by=receiver, stage=stage, text="A visit tomorrow."))
    played.do(c.Accept(by=case.raiser, stage=stage, round=case.round, outcome="agreed_plan", note=""))
    assert not played.open_case.open
