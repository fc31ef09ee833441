"""Who sees what, and who may do what: one truth for the desk, the cards, the notices and the page."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.chat.card import fallback
from bot.desk import CaseView
from bot.escalation import commands as c
from bot.escalation import events as e
from bot.escalation.case import Case
from bot.escalation.changes import replay
from bot.escalation.decide import Refusal, decide
from bot.escalation.matrix import (
    CHECK,
    NOTES,
    READERS,
    STATES,
    State,
    events_of,
    may,
    seeing,
    with_everything,
)
from bot.escalation.notices import Kind, notices
from bot.escalation.seeing import ACTS, SIGHTS, Act, Sight, Wish, refusal, sees
from bot.policies.who_sees import page
from flows import cards
from flows.timeline import entries
from tests.stories.all_readers import AGENCIES, PEOPLE
from tests.units.cases import DIRECTORY, MONDAY, POLICY, STANDING

POLICY_WITH_ALL = with_everything(POLICY)
DOCS = Path(__file__).parents[2] / "docs"
ACT_OF: dict[str, Act] = {
    "case.acknowledge": "acknowledge", "case.answer.start": "answer", "case.more_time.start": "ask_more_time",
    "case.more_time.decide": "decide_more_time", "case.hand_over.start": "hand_over",
    "case.take_back": "take_back", "case.let_answer.start": "let_answer", "case.let_answer.end": "let_answer",
    "case.identify.start": "identify", "case.talk.start": "record_talk", "case.talk.confirm": "confirm_talk",
    "case.accept.start": "accept", "case.not_accept.start": "not_accept", "case.go_up.start": "go_up",
    "case.backing.start": "refuse_backing", "case.pause.start": "pause", "case.resume": "resume",
    "case.closure.agree": "agree_closure", "case.closure.refuse.start": "agree_closure",
    "case.reopen.start": "reopen", "case.meeting.start": "call_meeting", "case.minutes.start": "hold_meeting",
    "case.check.start": "answer_check", "case.risk.start": "change_risk", "case.withdraw.start": "withdraw",
    "case.write.start": "share", "case.note.start": "note",
    "case.filed": "confirm_filed", "case.correct.start": "correct",
}  # fmt: skip
"""What each button does."""
FREE = (
    "urgent.open", "following.case", "following.timeline", "case.timetable", "case.record", "raising.start",
)  # fmt: skip
"""Buttons that only show something; the desk asks of each what it shows."""


def history_of(state: State) -> tuple[e.Event, ...]:
    return events_of(state, PEOPLE, AGENCIES, POLICY_WITH_ALL, MONDAY, "c" * 32, "BR-TEST2")


def commands_of(case: Case, by: str) -> Iterator[c.Command]:
    """One for each act, with words that are as they should be."""
    stage, soon = case.stage_number, MONDAY + timedelta(days=1)
    closure = case.closure.at if case.closure else MONDAY
    until = case.more_time.until if case.more_time else soon
    yield c.ShowUrgent(by)
    yield c.Acknowledge(by, stage)
    yield c.Identify(by, "CSC-1")
    yield c.Answer(by, stage, "A visit.")
    yield c.AskMoreTime(by, stage, soon, "The file.")
    yield c.AgreeMoreTime(by, stage, until, agreed=True)
    yield c.HandOver(by, stage, {"priya": "kit", "helen": "marek"}.get(by, "marek"), "Leave.")
    yield c.TakeBack(by, stage)
    yield c.LetAnswer(by, "")
    yield c.RecordTalk(by, "Both", MONDAY, "A visit.", "", None)
    yield c.ConfirmTalk(by, case.talk.at if case.talk else MONDAY)
    yield c.Share(by, "Words.", with_both=True)
    yield c.Share(by, "Words.", with_both=False)
    yield c.ChangeRisk(by, "Worse.")
    yield c.RefuseBacking(by, stage, "No.")
    yield c.Accept(by, stage, case.round, "agreed_plan", "A visit.")
    yield c.NotAccept(by, stage, case.round, "No.", frozenset())
    yield c.GoUp(by, stage, "No.", frozenset())
    yield c.Withdraw(by, "Settled.")
    yield c.Pause(by, soon, "A visit.")
    yield c.Resume(by)
    yield c.AgreeClosure(by, closure, agreed=True)
    yield c.CallMeeting(by, stage, soon, "Room 4")
    yield c.HoldMeeting(by, stage, ("jo", "helen"), "Minutes.")
    yield c.AnswerCheck(by, CHECK, done=True, text="")
    yield c.Reopen(by, "Not done.")
    yield c.ConfirmFiled(by)
    yield c.Correct(by, 1, e.Answered(at=MONDAY, by=by, text="A visti."), "A visit.")


@pytest.mark.parametrize("state", STATES)
def test_what_is_decided_is_what_the_rules_say(state: State) -> None:
    """In every cell: a command has an effect exactly where the person may do it now."""
    case = replay(history_of(state))
    for reader in READERS:
        by = PEOPLE[reader]
        for act, command in zip(ACTS, commands_of(case, by), strict=True):
            allowed = may(case, by, act, MONDAY, PEOPLE["invited"])
            try:
                done = bool(decide(case, command, STANDING, MONDAY))
            except Refusal:
                done = False
            assert done == allowed, (state, reader, act, allowed)


@pytest.mark.parametrize("state", STATES)
def test_no_card_offers_what_is_refused(state: State) -> None:
    """Every card of the case, for each of its readers: each button on it would have an effect."""
    history = history_of(state)
    case = replay(history)
    for reader in case.members:
        for kind, number in _kinds(history):
            for button in cards.draw(_view(history, case, reader, kind, number)).buttons:
                name = button.payload.name
                if name not in FREE:
                    wish = Wish(case, reader, MONDAY, PEOPLE["invited"], CHECK if "check" in name else "")
                    assert refusal(wish, ACT_OF[name]) is None, (state, reader, kind, name)


@pytest.mark.parametrize("state", STATES)
def test_a_note_for_one_side_is_on_no_card_of_anybody_else(state: State) -> None:
    """Neither on a card, nor in a notice, nor on the timeline, nor in the number of its entries."""
    history = history_of(state)
    case = replay(history)
    noted = (("notes_raising", NOTES["raising"]), ("notes_receiving", NOTES["receiving"]))
    told = set(_recipients(history))
    without = tuple(one for one in history if not (isinstance(one, e.Shared) and not one.with_both))
    for reader in case.members:
        shown = " ".join(
            fallback(cards.draw(_view(history, case, reader, kind, number)))
            for kind, number in _kinds(history)
            if (kind != "shared" or (reader, number) in told)
        )
        line = entries(_view(history, case, reader, "case", 0)) if sees(case, reader, "case") else ()
        said = shown + " ".join(entry.text for entry in line)
        seen: list[Sight] = [sight for sight, words in noted if words in said]  # type: ignore[misc]
        assert seen == [sight for sight, _ in noted if sees(case, reader, sight)]  # type: ignore[arg-type]
        if not seen and sees(case, reader, "case"):
            assert len(line) == len(entries(_view(without, case, reader, "case", 0)))


def test_what_is_seen_is_the_same_in_every_state() -> None:
    for sight in SIGHTS:
        assert len({seeing(state, POLICY_WITH_ALL, MONDAY, sight) for state in STATES}) == 1


def test_the_page_is_up_to_date() -> None:
    """`braver policy who-sees > docs/who-sees-what.md` changes nothing."""
    assert (DOCS / "who-sees-what.md").read_text(encoding="utf-8") == page(POLICY)


def _view(history: tuple[e.Event, ...], case: Case, reader: str, kind: str, number: int) -> CaseView:
    return CaseView(kind, case, history, history[number - 1], reader, MONDAY, DIRECTORY, PEOPLE["invited"])


def _kinds(history: tuple[e.Event, ...]) -> Iterator[tuple[Kind | str, int]]:
    yield "case", 0
    found = dict.fromkeys((kind, number) for kind, _, number in _notices(history))
    yield from found


def _recipients(history: tuple[e.Event, ...]) -> Iterator[tuple[str, int]]:
    for kind, recipient, number in _notices(history):
        if kind == "shared":
            yield recipient, number


def _notices(history: tuple[e.Event, ...]) -> Iterator[tuple[Kind, str, int]]:
    for number in range(1, len(history) + 1):
        before = replay(history[: number - 1]) if number > 1 else None
        for notice in notices(before, history[number - 1], replay(history[:number])):
            yield notice.kind, notice.recipient, notice.sequence
