"""The judgement of one case: every way in which what is kept of it can fail to follow from its events."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.audit.checks import case_findings
from bot.audit.findings import KINDS, Finding
from bot.audit.report import Audited, as_json, in_words, words
from bot.desk.stored import row_of
from bot.escalation import commands as c
from bot.escalation import events as e
from bot.escalation.changes import replay
from bot.store.chain import fingerprint
from bot.store.inspecting import CaseFile
from tests.units.cases import MONDAY, Played
from tests.units.kept import WORDS, file_of, raised_at

HOUR = timedelta(hours=1)


def kinds(file: CaseFile, later: timedelta = timedelta(0)) -> list[str]:
    return [one.kind for one in case_findings(file, MONDAY + later, MONDAY + later)]


@pytest.mark.parametrize("later", [timedelta(0), timedelta(days=400)])
def test_a_case_as_it_should_be(later: timedelta) -> None:
    """Nothing is found, however long it has stood."""
    assert kinds(file_of(raised_at(MONDAY)), later) == []


def test_a_whole_ladder_is_as_it_should_be_at_every_step() -> None:
    """Whatever clocks do to a case, it is what its events say."""
    case = raised_at(MONDAY)
    for _ in range(12):
        case.wait()
        assert kinds(file_of(case), case.now - MONDAY) == []


def test_a_closed_case_is_as_it_should_be() -> None:
    case = raised_at(MONDAY)
    case.do(c.Withdraw(by="jo", reason="The decision was changed."))
    assert kinds(file_of(case)) == []


def _no_clocks(file: CaseFile) -> None:
    file.deadlines.clear()


def _clock_dropped(file: CaseFile) -> None:
    del file.deadlines[0]


def _clock_fired_for_nothing(file: CaseFile) -> None:
    file.deadlines[0].state = "fired"


def _clock_put_off(file: CaseFile) -> None:
    file.deadlines[0].due_at += timedelta(days=1)


def _event_altered(file: CaseFile) -> None:
    file.events[1].actor = "mallory"


def _event_deleted(file: CaseFile) -> None:
    del file.events[1]


def _last_event_deleted(file: CaseFile) -> None:
    del file.events[-1]


def _row_put_back(file: CaseFile) -> None:
    file.row.version -= 1


def _state_altered(file: CaseFile) -> None:
    file.row.state = file.row.state.replace('"urgent":false', '"urgent":true', 1)


def _member_added(file: CaseFile) -> None:
    file.roles["mallory"] = "copied"


def _state_spoilt(file: CaseFile) -> None:
    file.row.state = "{}"


def _card_left_behind(file: CaseFile) -> None:
    file.cards[0].shown_version = file.cards[0].wanted_version = 1


def _card_ahead(file: CaseFile) -> None:
    file.cards[0].shown_version = file.cards[0].wanted_version = 99


@pytest.mark.parametrize(
    ("spoil", "found"),
    [
        (_no_clocks, ["without_clock"]),
        (_clock_dropped, ["clock_lost"]),
        (_clock_fired_for_nothing, ["clock_lost"]),
        (_clock_put_off, ["clock_moved"]),
        (_event_altered, ["chain"]),
        (_event_deleted, ["chain"]),
        (_last_event_deleted, ["chain"]),
        (_row_put_back, ["projection", "card_ahead"]),
        (_state_altered, ["projection"]),
        (_member_added, ["projection"]),
        (_state_spoilt, ["unreadable"]),
        (_card_left_behind, ["card_behind"]),
        (_card_ahead, ["card_ahead"]),
    ],
)
def test_what_is_spoilt_is_found(spoil: Callable[[CaseFile], None], found: list[str]) -> None:
    """Each by its own name, with the case, and without a word of what people wrote in it."""
    file = file_of(raised_at(MONDAY))
    spoil(file)
    seen = case_findings(file, MONDAY, MONDAY)
    assert [one.kind for one in seen] == found
    assert {one.case for one in seen} == {"BR-c1"}
    audited = Audited(seen, 1, 1)
    said = in_words(audited) + as_json(audited)
    assert "BR-c1" in said
    assert not any(word in said for word in WORDS)


def test_a_case_without_its_history() -> None:
    file = file_of(raised_at(MONDAY))
    assert kinds(CaseFile(file.row)) == ["no_history"]


def test_a_chain_that_was_forged_anew_does_not_hide_the_case() -> None:
    """Whoever can write the database can also write its hashes; then the case differs from its history."""
    file = file_of(raised_at(MONDAY))
    last = file.events[-1]
    last.body = json.dumps({**json.loads(last.body), "at": (MONDAY + HOUR).isoformat()})
    last.hash = fingerprint(last)
    file.bodies[-1] = last.body
    assert file.head is not None
    file.head.hash = last.hash
    assert "projection" in kinds(file)


def test_a_card_that_is_late() -> None:
    """Not at once, and not while its platform makes us wait; but however long it was tried in vain."""
    file = file_of(raised_at(MONDAY))
    card = file.cards[0]
    card.shown_version = 1
    assert kinds(file, timedelta(minutes=9)) == []
    assert kinds(file, timedelta(minutes=11)) == ["card_late"]
    card.free_at = MONDAY + timedelta(minutes=15)
    assert kinds(file, timedelta(minutes=11)) == []
    card.tries = 9
    assert kinds(file, timedelta(minutes=11)) == ["card_late"]


def test_what_an_earlier_release_did_not_save_is_no_difference() -> None:
    """A part of the state that was not there yet follows from the events; one that is there must be right."""
    file = file_of(raised_at(MONDAY))
    state = json.loads(file.row.state)
    del state["covered"], state["answers_for"]
    file.row.state = json.dumps(state)
    assert kinds(file) == []


def test_a_case_of_an_earlier_release_is_no_finding() -> None:
    """The history that 0.1 wrote, with the row that it wrote."""
    stored = json.loads((Path(__file__).parent / "released" / "case-0.1.json").read_text(encoding="utf-8"))
    history = [e.restore(event["kind"], event["body"]) for event in stored["events"]]
    case = Played(case=replay(history), history=history)
    file = file_of(case)
    file.row.state = json.dumps(stored["state"])
    assert row_of(case.open_case).state != file.row.state
    assert kinds(replace(file, cards=[])) == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_finding_has_words_and_a_remedy(kind: str) -> None:
    """For whoever runs the service, and for the coordinator."""
    said = in_words(Audited((Finding(kind, "s", "BR-1", "d", "t"),), 1, 1))  # type: ignore[arg-type]
    assert "✗ BR-1: " in said
    assert "→ " in said
    assert f"{kind}.what" in words
