"""The ladders that are shipped: each says where it is from and what is not known, and each runs."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from bot import files
from bot.__main__ import app
from bot.escalation import commands as c
from bot.escalation import events as e
from bot.escalation.case import Case
from bot.escalation.clock import due
from bot.escalation.clocks import live_clocks
from bot.escalation.policy import Policy
from bot.escalation.timetable import timetable
from bot.guidance.content import root
from bot.policies import load, shipped, tree_of
from bot.policies.held import held
from bot.settings import Settings
from tests.units.cases import DIRECTORY, Played, raised
from tests.units.test_case_laws import keep_their_laws

LONDON = ZoneInfo("Europe/London")
FILES = {path.stem: path for path in shipped()}
SOURCED = {
    "cheshire-east", "lincolnshire", "sefton-2017", "west-yorkshire-2019", "london-2021", "sussex",
    "iro-alerts-2017", "sunderland-adults", "south-ayrshire",
}  # fmt: skip


def test_all_the_sourced_ladders_are_there() -> None:
    """Eight of the table, Sussex beside London, and the example."""
    assert FILES.keys() == SOURCED | {"example"}
    assert Settings().policy == FILES["cheshire-east"]


@pytest.mark.parametrize("name", sorted(SOURCED))
def test_each_says_where_it_is_from_and_what_is_not_known(name: str) -> None:
    """None of them is confirmed, and none passes as the partnership's own word."""
    policy = load(FILES[name])
    assert policy.status in ("provisional", "sourced", "superseded")
    assert policy.source
    assert policy.unconfirmed
    assert policy.partnership
    first, *_ = FILES[name].read_text(encoding="utf-8").splitlines()
    assert first == "# yaml-language-server: $schema=policy.schema.json"


@pytest.mark.parametrize("name", sorted(FILES))
def test_somebody_stands_at_every_post_in_the_example_directory(name: str) -> None:
    """With the people that are shipped, each ladder reaches somebody at each stage."""
    held(load(FILES[name]), tree_of(FILES[name]).place, DIRECTORY)


@pytest.mark.parametrize("name", sorted(FILES))
def test_the_check_on_the_command_line_says_that_it_is_sound(name: str) -> None:
    """What a business manager would see."""
    directory = str(root() / "directories" / "example.yaml")
    result = CliRunner().invoke(app, ["policy", "check", str(FILES[name]), "--directory", directory])
    assert result.exit_code == 0
    assert result.output.splitlines()[0].endswith("Sound.")


def _people(policy: Policy) -> dict[str, Any]:
    """Who raises it, against whom, and who decided: of the same agency where it is one agency's."""
    if policy.within_one_agency:
        return {"by": "marek", "against": "social_care", "decided_by": ""}
    return {"by": "jo", "against": "social_care", "decided_by": "marek"}


@pytest.mark.parametrize("urgent", [False, True], ids=["ordinary", "urgent"])
@pytest.mark.parametrize("name", sorted(FILES))
def test_each_runs_from_the_first_stage_to_an_outcome(name: str, urgent: bool) -> None:
    """Answers that do not settle it take it through every stage; at the last, one does. It is never without a
    clock, also where nobody does anything for a while."""
    policy = load(FILES[name])
    played = raised(policy=policy, urgent=urgent and policy.urgent_track is not None, **_people(policy))
    case = played.open_case
    expected = [case.stage_number, *(s.number for s in policy.above(case.stage_number, case.urgent))]
    while True:
        case = _answered(played)
        if case.next_stage is None:
            break
        form = case.next_stage.form.questions if case.next_stage.form else ()
        entry = c.Entry(form=tuple(e.Written(question=one.label, text="A call.") for one in form))
        played.do(c.NotAccept(case.raiser, case.stage_number, case.round, "No.", frozenset(), entry))
    reached = [event.stage for event in played.history if isinstance(event, e.StageEntered)]
    assert reached == expected
    played.do(c.Accept(case.raiser, case.stage_number, case.round, policy.outcomes[0].code, "A visit."))
    assert not played.open_case.open


def _answered(played: Played) -> Case:
    """The case at this stage with an answer: by its meeting, where it has one; after some silence."""
    for _ in range(2):
        assert live_clocks(played.open_case)
        if played.open_case.next_stage is None or played.open_case.stage.meeting is None:
            stage = played.open_case.stage_number
            if played.wait() and played.open_case.stage_number != stage:
                break
    case = played.open_case
    receiver, stage = case.now_with.receiving.person, case.stage_number
    if case.stage.meeting is None:
        played.do(c.Answer(receiver, stage, "We looked again."))
        return played.open_case
    played.do(c.CallMeeting(receiver, stage, played.now + timedelta(hours=1), "Room 2"))
    played.now += timedelta(hours=2)
    assert played.open_case.meeting is not None
    played.do(c.HoldMeeting(receiver, stage, played.open_case.meeting.invited, "We propose a visit."))
    return played.open_case


@pytest.mark.parametrize("name", sorted(FILES))
def test_silence_leaves_none_of_them_standing_still(name: str) -> None:
    """Nobody does anything for forty clocks: the case is open, and somebody is asked again and again."""
    policy = load(FILES[name])
    played = raised(policy=policy, **_people(policy))
    for _ in range(40):
        played.wait()
    assert played.open_case.open
    assert any(isinstance(event, e.Prompted) for event in played.history)
    assert live_clocks(played.open_case)


@pytest.mark.parametrize("name", sorted(SOURCED))
@settings(max_examples=5)
@given(data=st.data())
def test_whatever_happens_the_laws_of_every_case_hold(name: str, data: st.DataObject) -> None:
    """People and clocks in any order, sensible or not, on either track."""
    policy = load(FILES[name])
    urgent = policy.urgent_track is not None and data.draw(st.booleans())
    keep_their_laws(raised(policy=policy, urgent=urgent, **_people(policy)), data)


@pytest.mark.parametrize(
    ("name", "stage", "clock", "raised_at", "due", "why"),
    [
        ("lincolnshire", 1, "agree_plan", "2026-12-23 16:00", "2026-12-29 16:00",
         "24 December and, after Christmas, Boxing Day's substitute and the weekend, Tuesday the 29th"),
        ("lincolnshire", 1, "acknowledge", "2026-12-23 16:00", "2026-12-23 16:00", "immediately"),
        ("lincolnshire", 2, "meet", "2026-12-23 16:00", "2027-01-04 16:00",
         "five working days of step 1, not of step 2: 24, 29, 30, 31 December, 4 January"),
        ("sefton-2017", 1, "review", "2026-01-05 10:00", "2026-01-08 10:00", "three working days in a week"),
        ("sefton-2017", 1, "confirm", "2026-01-05 10:00", "2026-01-12 10:00",
         "two more after the talk on Thursday: Friday and Monday"),
        ("sefton-2017", 2, "agree_plan", "2026-01-05 10:00", "2026-01-12 10:00", "two after stage 1's three"),
        ("sefton-2017", 2, "confirm", "2026-01-05 10:00", "2026-01-14 10:00", "two more: Tuesday, Wednesday"),
        ("sefton-2017", 2, "notify", "2026-01-05 10:00", None, "no time for it is known"),
        ("sefton-2017", 3, "meet", "2026-01-05 10:00", "2026-01-19 10:00", "a week after stage 2's end"),
        ("lincolnshire", 3, "agree_plan", "2026-12-23 16:00", "2027-01-06 16:00", "two after 4 January"),
        ("west-yorkshire-2019", 6, "respond", "2026-01-05 10:00", "2026-01-26 17:00",
         "five requests, each to the end of the next working day: 6, 7, 8, 9, 12 January; then 14 days"),
        ("london-2021", 1, "respond", "2026-01-05 10:00", "2026-01-12 10:00", "a working week: five days"),
        ("london-2021", 1, "respond", "2026-04-01 10:00", "2026-04-10 10:00", "Easter: two days more"),
        ("sussex", 1, "respond", "2026-01-05 10:00", "2026-01-12 10:00", "London's time, in Sussex's file"),
        ("iro-alerts-2017", 1, "respond", "2026-05-01 10:00", "2026-05-11 10:00",
         "early May's bank holiday is no working day"),
        ("iro-alerts-2017", 2, "respond", "2026-01-05 10:00", "2026-01-19 10:00", "five, and five again"),
        ("iro-alerts-2017", 3, "respond", "2026-01-05 10:00", "2026-01-26 10:00", "and five once more"),
        ("sunderland-adults", 1, "respond", "2026-01-08 10:00", "2026-01-13 10:00", "over a weekend"),
        ("south-ayrshire", 1, "respond", "2026-12-10 15:00", "2027-01-07 15:00",
         "28 days of the calendar, holidays and all"),
        ("cheshire-east", 1, "decide", "2026-01-05 10:00", "2026-01-07 17:00",
         "offered: the end of Tuesday; the same working day after that is Wednesday"),
    ],
)  # fmt: skip
def test_a_sourced_time_falls_where_the_calendar_says(
    name: str, stage: int, clock: str, raised_at: str, due: str | None, why: str
) -> None:
    """Worked out by hand with a printed calendar, for a case that takes all the time that there is."""
    start = datetime.fromisoformat(raised_at).replace(tzinfo=LONDON).astimezone(UTC)
    found = next(one for one in timetable(load(FILES[name]), start) if one.stage.number == stage)
    time = next(one for one in found.clocks if one.clock.name == clock)
    falls = time.due and time.due.astimezone(LONDON).replace(tzinfo=None).isoformat(" ", "minutes")
    assert falls == due, why


MONDAY_AT_10 = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
"""When the cases below are raised."""


@pytest.mark.parametrize("name", sorted(SOURCED))
def test_what_braver_puts_in_is_not_passed_off_as_read(name: str) -> None:
    """Whether a case may be paused or opened again, whether a conversation is an answer, who agrees to its
    end: each ladder says that these are Braver's. Where 999 is the only number, it says that others lack."""
    policy = load(FILES[name])
    said = " ".join(policy.unconfirmed)
    assert "be paused or be opened again" in said
    assert "How a case can end, and who must agree." in said
    assert "orking hours" in said
    assert ("Whether a conversation can stand for a written answer." in said) == policy.stages[0].verbal
    numbers = {one.number for one in policy.urgent}
    assert numbers == {"999"} or name == "cheshire-east"
    assert ("Only 999 is here" in said) == (numbers == {"999"})


def test_what_no_source_says_is_not_said() -> None:
    """Where no time is known, none is set. Nothing goes up by itself, and no case is paused, taken past a
    stage or opened again, unless that was read."""
    unset = {
        (name, stage.number)
        for name in SOURCED
        for stage in load(FILES[name]).stages
        if stage.answer.within.unset
    }
    assert unset == {
        *(("cheshire-east", number) for number in range(1, 5)),
        *(("west-yorkshire-2019", number) for number in range(1, 6)),
        ("lincolnshire", 4), ("sunderland-adults", 2),
    }  # fmt: skip
    for name in SOURCED:
        policy = load(FILES[name])
        by_itself = {one.name for stage in policy.stages for one in stage.clocks if one.when_due == "go_up"}
        moves = {move for move in ("skip", "bypass", "pause", "reopen") if getattr(policy.moves, move)}
        assert by_itself == ({"respond"} if name == "iro-alerts-2017" else set())
        assert moves == ({"bypass"} if name == "iro-alerts-2017" else set())


def test_no_reply_to_an_alert_in_time_takes_it_up() -> None:
    """Reviewing officers' alerts: no reply in five working days, by Monday week: it goes up by itself."""
    played = raised(policy=load(FILES["iro-alerts-2017"]), by="marek", against="social_care")
    while played.open_case.stage_number == 1:
        played.wait()
    assert played.now == MONDAY_AT_10 + timedelta(days=7)
    assert played.open_case.stage_number == 2


def test_the_sooner_of_a_working_week_and_the_child_s_time_counts() -> None:
    """London: the raiser asks for Wednesday, and that is the deadline; for Tuesday week, and the week is."""
    for asked, counts in ((2, 2), (8, 7)):
        entry = c.Entry(reply_by=MONDAY_AT_10 + timedelta(days=asked))
        case = raised(policy=load(FILES["london-2021"]), entry=entry).open_case
        assert live_clocks(case)["1.1:respond:receiving"] == MONDAY_AT_10 + timedelta(days=counts)


def test_an_answer_that_leaves_it_open_goes_up_on_the_same_working_day() -> None:
    """Cheshire East's old manual: an answer on Friday is decided on by closing time, 16.30."""
    played = raised(policy=load(FILES["cheshire-east"]), decided_by="marek")
    played.now = MONDAY_AT_10 + timedelta(days=4)
    played.do(c.Answer("marek", 1, "We looked again."))
    reply = [at for key, at in live_clocks(played.open_case).items() if ":reply:" in key]
    assert reply == [datetime(2026, 11, 27, 16, 30, tzinfo=UTC)]


def test_sefton_s_letters_have_times_of_their_own() -> None:
    """Two working days from the conversation, and 48 hours by the clock from closing."""
    policy = load(FILES["sefton-2017"])
    played = raised(policy=policy)
    played.now = thursday = MONDAY_AT_10 + timedelta(days=3)
    played.do(c.RecordTalk("helen", "Jo Marsh", thursday, "A visit.", "", None))
    monday = MONDAY_AT_10 + timedelta(days=7)
    assert live_clocks(played.open_case)["1.1:confirm:receiving"] == monday
    played.now = friday = thursday + timedelta(days=1)
    played.do(c.Answer("helen", 1, "A visit on Monday."))
    played.do(c.Accept("jo", 1, 1, policy.outcomes[0].code, "A visit."))
    (letter,) = live_clocks(played.open_case).values()
    assert letter == friday + timedelta(hours=48)


def test_the_limits_of_west_yorkshire_hold_over_their_steps() -> None:
    """Five working days over steps 1 to 5; on the urgent track 24 hours over all six."""
    policy = load(FILES["west-yorkshire-2019"])
    monday = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)
    ordinary = {cap.due for one in timetable(policy, monday) for cap in one.caps}
    urgent = {cap.due for one in timetable(policy, monday, urgent=True) for cap in one.caps}
    assert ordinary == {datetime(2026, 1, 12, 10, 0, tzinfo=UTC)}
    assert urgent == {datetime(2026, 1, 6, 10, 0, tzinfo=UTC)}


def test_the_urgent_track_of_west_yorkshire_has_not_the_14_days_of_step_6() -> None:
    """24 hours are for all of it, and how they are divided is not known."""
    policy = load(FILES["west-yorkshire-2019"])
    assert policy.stage(6).answer.within.written() == "14 days"
    assert policy.stage(6, urgent=True).answer.within.unset


def test_what_is_raised_later_than_sefton_s_two_days_is_raised_all_the_same() -> None:
    """Two working days from the decision, from a Friday to Tuesday: a time that holds nobody up."""
    clock = load(FILES["sefton-2017"]).stage(1).clock("raise", "raising")
    assert clock is not None
    friday = datetime(2026, 1, 9, 10, 0, tzinfo=UTC)
    time = clock.within.one
    assert time is not None
    assert due(friday, time, load(FILES["sefton-2017"]).calendar) == friday + timedelta(days=4)
    assert raised(policy=load(FILES["sefton-2017"])).open_case.open


def test_a_gp_s_rung_is_the_care_board_s() -> None:
    """Lincolnshire: a GP has no senior liaison officer, so that of the integrated care board acts."""
    third = load(FILES["lincolnshire"]).stage(3)
    assert third.posts("receiving", "general_practice") == ("icb/senior_liaison_officer",)
    assert third.posts("receiving", "health") == ("senior_liaison_officer",)


def test_the_head_of_quality_assurance_reads_along_from_stage_2() -> None:
    """Reviewing officers' alerts: a copy of the case from the second stage on, and no stage is a must."""
    played = raised(policy=load(FILES["iro-alerts-2017"]), by="marek", against="social_care")
    assert "wren" not in played.open_case.members
    played.do(c.GoUp("marek", 1, "The plan is not followed.", frozenset(), to=3))
    assert played.open_case.stage_number == 3
    assert played.open_case.members["wren"].role == "copied"


GUIDE = (root().parent / "docs" / "policies.md").read_text(encoding="utf-8")
FIRST, *PIECES = re.findall(r"```yaml\n(.*?)```", GUIDE, flags=re.DOTALL)
"""The example of the guide that is a whole file, and those that are pieces of one."""


def test_a_partnership_fills_in_its_times_in_ten_lines(tmp_path: Path) -> None:
    """The example of the guide: Cheshire East's ladder, extended by what the partnership knows."""
    own = tmp_path / "ours.yaml"
    own.write_text(FIRST, encoding="utf-8")
    policy = load(own)
    assert len(FIRST.splitlines()) <= 10
    assert not any(policy.stage(number).answer.within.unset for number in (2, 3))
    assert policy.stage(1) == load(FILES["cheshire-east"]).stage(1)


def test_what_the_guide_shows_can_be_written(tmp_path: Path) -> None:
    """All its pieces together over Cheshire East's ladder, as they stand there, are sound."""
    whole: dict[str, Any] = {"extends": "cheshire-east", "id": "ours", "version": "1"}
    own = tmp_path / "ours.yaml"
    for piece in PIECES:
        own.write_text(piece, encoding="utf-8")
        said = files.read(own).data
        if isinstance(said, dict):
            assert not whole.keys() & said.keys()
            whole |= said
        else:
            whole["stages"].append({"number": 2, "clocks": said})
    own.write_text(json.dumps(whole, default=str), encoding="utf-8")
    policy = load(own)
    assert policy.stage(3).agencies["school"] == ("none",)
    assert policy.stage(4).meeting is not None
    assert policy.stage(2).answer.within.priorities == {"high", "normal"}


def _words(schema: Any) -> Iterator[str]:
    """Every key of a file, and every word that may stand for one."""
    if isinstance(schema, dict):
        yield from schema.get("properties", ())
        yield from schema.get("enum", ())
    for part in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from _words(part)


def test_the_guide_has_every_key_and_word_of_a_policy_file() -> None:
    """And each command for checking one; of the weekdays some."""
    commands = {"check", "explain", "draw", "print", "diff", "schema"}
    words = {*_words(Policy.model_json_schema()), *(f"braver policy {one}" for one in commands)}
    missing = {word for word in words if not re.search(rf"\b{re.escape(word)}\b", GUIDE)}
    assert missing == {"wednesday", "thursday", "saturday", "sunday"}
