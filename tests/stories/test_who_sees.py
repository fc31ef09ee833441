"""Every cell of `docs/who-sees-what.md`, pressed on both platforms, whatever was offered."""

import itertools
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from bot.chat.action import Action
from bot.desk import Case
from bot.escalation.matrix import CHECK, NOT_ON_IT, NOTES, READERS, STATES, Reader, State, may
from bot.escalation.seeing import ACTS, Act, sees
from bot.guidance.words import Words
from flows import case_actions as a
from flows.entries import OpenCase, OpenTimeline, OpenUrgent
from tests.stories.all_readers import PEOPLE, AllReaders, all_readers

PLATFORMS = ("slack", "teams")
REFUSED = (Words("refusals")("title"), Words("refusals")("stale_title"))
NOT_ON_CASE = "This belongs to a case that you are not on"
STRANGER = Words("home")("stranger.title")
CONTENT = ("HV-2231", "No further action", "Weight loss", "An assessment this week", *NOTES.values())
"""What the case is about."""
Press = Callable[[Case], Action]


def _closure(case: Case) -> datetime:
    return case.closure.at if case.closure else case.opened_at


FORMS: dict[Act, Press] = {
    "identify": lambda case: a.StartIdentify(case=case.id),
    "answer": lambda case: a.StartAnswer(case=case.id, stage=case.stage_number),
    "ask_more_time": lambda case: a.StartMoreTime(case=case.id, stage=case.stage_number),
    "hand_over": lambda case: a.StartHandOver(case=case.id, stage=case.stage_number),
    "let_answer": lambda case: a.StartLetAnswer(case=case.id),
    "record_talk": lambda case: a.StartTalk(case=case.id),
    "share": lambda case: a.StartWrite(case=case.id),
    "note": lambda case: a.StartNote(case=case.id),
    "change_risk": lambda case: a.StartRisk(case=case.id),
    "refuse_backing": lambda case: a.StartBacking(case=case.id, stage=case.stage_number),
    "accept": lambda case: a.StartAccept(case=case.id, stage=case.stage_number, round=case.round),
    "not_accept": lambda case: a.StartNotAccept(case=case.id, stage=case.stage_number, round=case.round),
    "go_up": lambda case: a.StartGoUp(case=case.id, stage=case.stage_number),
    "withdraw": lambda case: a.StartWithdraw(case=case.id),
    "pause": lambda case: a.StartPause(case=case.id),
    "agree_closure": lambda case: a.StartRefuseClosure(case=case.id, proposed_at=_closure(case)),
    "call_meeting": lambda case: a.StartMeeting(case=case.id, stage=case.stage_number),
    "hold_meeting": lambda case: a.StartMinutes(case=case.id, stage=case.stage_number),
    "answer_check": lambda case: a.StartCheck(case=case.id, check=CHECK),
    "reopen": lambda case: a.StartReopen(case=case.id),
    "correct": lambda case: a.StartCorrect(case=case.id),
}
"""What opens a form, and changes nothing."""
AT_ONCE: dict[Act, Press] = {
    "acknowledge": lambda case: a.Acknowledge(case=case.id, stage=case.stage_number),
    "decide_more_time": lambda case: a.DecideMoreTime(
        case=case.id, stage=case.stage_number, agreed=False,
        until=case.more_time.until if case.more_time else case.opened_at,
    ),
    "take_back": lambda case: a.TakeBack(case=case.id, stage=case.stage_number),
    "confirm_talk": lambda case: a.ConfirmTalk(
        case=case.id, recorded_at=case.talk.at if case.talk else case.opened_at
    ),
    "resume": lambda case: a.Resume(case=case.id),
    "agree_closure": lambda case: a.DecideClosure(case=case.id, proposed_at=_closure(case)),
    "confirm_filed": lambda case: a.ConfirmFiled(case=case.id),
}  # fmt: skip
"""What is carried out with the press."""
LOOKS: tuple[Press, ...] = (
    lambda case: OpenTimeline(case=case.id), lambda case: a.ShowRecord(case=case.id),
    lambda case: a.ShowTimetable(case=case.id),
)  # fmt: skip


def test_each_act_can_be_pressed() -> None:
    """No act is left out of what follows."""
    assert {*FORMS, *AT_ONCE, "show_urgent"} == set(ACTS)


@pytest.mark.full
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("platform", PLATFORMS)
async def test_every_cell(tmp_path: Path, platform: str, state: State) -> None:
    """All readers, all acts, in each state."""
    async with all_readers(tmp_path, platform, (state,)) as everybody:
        await _walked(everybody, state, lambda reader, act: True)


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_a_diagonal_of_the_cells(tmp_path: Path, platform: str) -> None:
    """Each reader with some of the acts in each of three states, and each act with some readers."""
    states: tuple[State, ...] = ("open", "closure_waiting", "closed")
    async with all_readers(tmp_path, platform, states) as everybody:
        for number, state in enumerate(states):
            await _walked(everybody, state, _diagonal(number))


def _diagonal(number: int) -> Callable[[Reader, Act], bool]:
    return lambda reader, act: (READERS.index(reader) + ACTS.index(act) + number) % 5 == 0


async def _walked(everybody: AllReaders, state: State, chosen: Callable[[Reader, Act], bool]) -> None:
    """Whoever looks sees what they may and no more; whoever presses what is not theirs is refused in private,
    reads nothing of the case, and where they are not on it the attempt is in the security log."""
    case = await everybody.case(state)
    expected: Counter[tuple[str, str]] = Counter()
    before = len(await everybody.security())
    for reader in READERS:
        for look in LOOKS:
            said = await everybody.presses(reader, look(case))
            expected += _looked(case, reader, said, look(case))
        await _opened(everybody, case, reader, expected)
    cells = [(reader, act, press) for reader in READERS for act, press in FORMS.items()]
    cells += sorted(
        ((reader, act, press) for reader in READERS for act, press in AT_ONCE.items()),
        key=lambda cell: may(case, PEOPLE[cell[0]], cell[1], case.opened_at, PEOPLE["invited"]),
    )
    for reader, act, press in cells:
        if chosen(reader, act) or (reader in NOT_ON_IT and chosen(READERS[0], act)):
            await _pressed(everybody, state, reader, act, press, expected)
    told = (await everybody.security())[before:]
    found = Counter((one["person"], one["tried"]) for one in told if one["what"] == "not_on_case")
    strangers = sum(one["what"] == "stranger" for one in told)
    assert found == Counter({key: n for key, n in expected.items() if key[0] != "stranger"})
    assert strangers == sum(n for key, n in expected.items() if key[0] == "stranger")
    assert all(one["case"] == case.id for one in told if one["what"] == "not_on_case")


def _looked(case: Case, reader: Reader, said: str, action: Action) -> Counter[tuple[str, str]]:
    person = PEOPLE[reader]
    if not sees(case, person, "case"):
        return _turned_away(case, reader, said, action)
    assert not any(title in said for title in REFUSED), (reader, action)
    assert ("HV-2231" in said) == (action.name == a.ShowRecord.name), (reader, action)
    if action.name != a.ShowTimetable.name:
        for sight, words in (("notes_raising", NOTES["raising"]), ("notes_receiving", NOTES["receiving"])):
            assert (words in said) == sees(case, person, sight), (reader, action, sight)  # type: ignore[arg-type]
    return Counter()


async def _opened(
    everybody: AllReaders, case: Case, reader: Reader, expected: Counter[tuple[str, str]]
) -> None:
    """The case's own card, and the list of cases."""
    said = await everybody.presses(reader, OpenCase(case=case.id))
    listed = await everybody.says(reader, "cases")
    person = PEOPLE[reader]
    if reader == "stranger":
        expected += _turned_away(case, reader, said, OpenCase(case=case.id))
        expected["stranger", "said"] += 1
    elif not sees(case, person, "that_it_is"):
        expected += _turned_away(case, reader, said, OpenCase(case=case.id))
    else:
        assert not any(title in said for title in REFUSED), reader
    assert (case.reference in listed) == sees(case, person, "that_it_is"), (reader, listed)
    if not sees(case, person, "case"):
        assert not any(words in said + listed for words in CONTENT), reader


def _turned_away(case: Case, reader: Reader, said: str, action: Action) -> Counter[tuple[str, str]]:
    """In the same words whatever it was, with nothing of the case."""
    assert (STRANGER if reader == "stranger" else NOT_ON_CASE) in said, (reader, action, said)
    assert not any(words in said for words in (*CONTENT, case.reference)), (reader, action)
    who = "stranger" if reader == "stranger" else PEOPLE[reader]
    return Counter({(who, action.name): 1})


async def _pressed(
    everybody: AllReaders, state: State, reader: Reader, act: Act, press: Press,
    expected: Counter[tuple[str, str]],
) -> None:  # fmt: skip
    case = await everybody.case(state)
    person, action = PEOPLE[reader], press(case)
    allowed = may(case, person, act, case.opened_at, PEOPLE["invited"])
    said = await everybody.presses(reader, action)
    if reader == "stranger" or NOT_ON_CASE in said:
        assert not sees(case, person, "case"), (reader, act)
        expected += _turned_away(case, reader, said, action)
        return
    assert reader not in NOT_ON_IT, (reader, act, said)
    refused = any(title in said for title in REFUSED)
    # Pressed once more by the same person, what is so already is no refusal and has no effect.
    again = not allowed and not refused and (await everybody.case(state)).version == case.version
    assert refused != allowed or again, (state, reader, act, said)
    if not sees(case, person, "case"):
        assert not any(words in said for words in CONTENT), (reader, act)


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_urgent_help_is_for_everybody(tmp_path: Path, platform: str) -> None:
    """Who is not on the case is shown the numbers too; its timeline knows of those who are on it alone."""
    async with all_readers(tmp_path, platform, ("open",)) as everybody:
        case = await everybody.case("open")
        for reader, number in zip(("raiser", "coordinator", *NOT_ON_IT), itertools.count(1), strict=False):
            said = await everybody.presses(reader, OpenUrgent(case=case.id))
            assert "tel:999" in said
            assert not any(words in said for words in (*CONTENT, case.reference))
            after = (await everybody.case("open")).version - case.version
            assert after == min(number, 2), reader
