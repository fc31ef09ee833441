"""Laws of every case, whatever people and clocks do to it, in any order."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.escalation import commands as c
from bot.escalation import events as e
from bot.escalation.case import Case
from bot.escalation.changes import replay
from bot.escalation.clocks import NEXT_WAY, live_clocks, overdue
from bot.escalation.decide import Refusal
from bot.people.duty import Absence
from tests.units.cases import DIRECTORY, MONDAY, POLICY, Played, raised, standing_in
from tests.units.rich_policy import RICH

EVERYBODY = sorted(entry.id for entry in DIRECTORY.people)
some = st.frozensets(st.sampled_from(EVERYBODY), max_size=2)
minutes = st.integers(-600, 3000)
outcomes = st.sampled_from(["agreed_plan", "agreed_plan", "nonsense", ""])
words = st.just("Words.")
POLICIES = {"example": POLICY, "rich": RICH}


def people(case: Case) -> st.SearchStrategy[str]:
    """Anybody; whoever is on the case more often, and those who were messaged most of all."""
    parties = (*case.now_with.people("raising"), *case.now_with.people("receiving"), case.raiser)
    return st.sampled_from([*EVERYBODY, *case.members, *parties * 8])


def often(right: int, lowest: int, highest: int) -> st.SearchStrategy[int]:
    """The number that is right now, and now and then another."""
    return st.sampled_from([right] * 8 + list(range(lowest, highest + 1)))


def entries(played: Played) -> st.SearchStrategy[c.Entry]:
    """What is said on entering a stage, with the form of stage 3 or without it."""
    form = (e.Written(question="What was tried?", text="A call."),)
    soon = minutes.map(lambda by: played.now + timedelta(minutes=by))
    return st.builds(c.Entry, st.none() | soon, st.sampled_from([(), form, form]), st.booleans())


def moves(played: Played) -> st.SearchStrategy[c.Command | None]:
    """Any command by anybody, right or wrong; None lets the next clock run out."""
    case, now = played.open_case, played.now
    soon = minutes.map(lambda by: now + timedelta(minutes=by))
    by, stage, turn = people(case), often(case.stage_number, 1, 4), often(case.round, 1, 3)
    at = st.just(case.closure.at if case.closure else now)
    talk = st.just(case.talk.at if case.talk else now)
    until = st.just(case.more_time.until if case.more_time else now)
    entry = entries(played)
    attended = st.lists(by, min_size=2, max_size=8).map(tuple)
    check = st.sampled_from(["letter", "actions"])
    return st.one_of(
        st.none(),
        st.builds(c.Acknowledge, by, st.none() | stage),
        st.builds(c.Answer, by, stage, words),
        st.builds(c.Accept, st.just(case.raiser) | by, stage, turn, outcomes, words),
        st.builds(c.NotAccept, st.just(case.raiser) | by, stage, turn, words, some, entry),
        st.builds(c.GoUp, by, stage, words, some, entry, st.sampled_from([0, 0, 2, 3, 4])),
        st.builds(c.HandOver, by, stage, by, words),
        st.builds(c.AskMoreTime, by, stage, soon, words),
        st.builds(c.AgreeMoreTime, by, stage, until, st.booleans()),
        st.builds(c.Identify, by, st.sampled_from(["", "CSC-1"])),
        st.builds(c.RecordTalk, by, words, soon, words, st.just(""), st.none()),
        st.builds(c.ConfirmTalk, by, talk),
        st.builds(c.Share, by, words, st.booleans()),
        st.builds(c.ChangeRisk, by, words),
        st.builds(c.Withdraw, st.sampled_from(EVERYBODY), words),
        st.builds(c.RefuseBacking, by, stage, words),
        st.builds(c.Pause, by, soon, words),
        st.builds(c.Resume, by),
        st.builds(c.AgreeClosure, by, at, st.booleans(), words),
        st.builds(c.Reopen, by, words),
        st.builds(c.CallMeeting, by, stage, soon, words, st.tuples(by)),
        st.builds(c.HoldMeeting, by, stage, attended, words, outcomes),
        st.builds(c.AnswerCheck, by, check, st.booleans(), words),
        st.builds(c.Undeliverable, by, stage, words),
        st.builds(c.Delivered, by, stage, st.sampled_from(["", "slack", "email"])),
        st.builds(c.NoNextWay, by, stage, st.just((e.Failed(way="email", reason="nobody there"),))),
        st.builds(c.Relieve, by, stage),
        st.builds(c.TakeBack, by, stage),
        st.builds(c.LetAnswer, st.just(case.raiser) | by, st.just("") | by),
    )


def sensible(played: Played) -> c.Command | None:
    """What somebody would do next, so that a case gets somewhere; None lets the next clock run out."""
    case, now = played.open_case, played.now
    receiver, stage, raiser = case.now_with.receiving.person, case.stage_number, case.raiser
    asks = case.next_stage.form.questions if case.next_stage and case.next_stage.form else ()
    form = c.Entry(form=tuple(e.Written(question=one.label, text="A call.") for one in asks))
    if not case.open:
        asked = [(check, one.person) for check, one in case.checks.items() if one.done is None]
        if asked:
            return c.AnswerCheck(asked[0][1], asked[0][0], False, "Not yet.")
        return c.Reopen(raiser, "Not done.") if len(played.history) % 2 else None
    if case.closure is not None:
        return c.AgreeClosure(receiver, case.closure.at, len(played.history) % 3 > 0, "No.")
    if case.proposal is not None:
        if len(played.history) % 3:
            return c.NotAccept(raiser, stage, case.round, "No.", frozenset(), form)
        return c.Accept(raiser, stage, case.round, case.policy.outcomes[0].code, "A visit.")
    if case.stage.meeting is not None:
        if case.meeting is None or case.meeting.held_at is not None:
            return c.CallMeeting(receiver, stage, now + timedelta(hours=1), "Room 2")
        if case.meeting.when > now:
            return None
        there = case.meeting.invited[: 2 + len(played.history) % 3]
        return c.HoldMeeting(receiver, stage, there, "We propose a visit.")
    if overdue(case):
        return c.GoUp(raiser, stage, "Nothing heard.", frozenset(), form)
    return c.Answer(receiver, stage, "A visit tomorrow.") if len(played.history) % 2 else None


@pytest.mark.parametrize("name", POLICIES)
@given(data=st.data())
def test_whatever_happens_a_case_keeps_its_laws(name: str, data: st.DataObject) -> None:
    """Raised as anybody might raise it, by the example's ladder and by one that says everything."""
    played = raised(
        policy=POLICIES[name], against=data.draw(st.sampled_from(["social_care", "school"])),
        priority=data.draw(st.sampled_from(["high", "normal"])), urgent=data.draw(st.booleans()),
        decided_by=data.draw(st.sampled_from(["", "marek", "mina"])),
    )  # fmt: skip
    keep_their_laws(played, data)


@pytest.mark.parametrize("name", POLICIES)
@given(data=st.data())
def test_whoever_is_away_a_case_keeps_its_laws(name: str, data: st.DataObject) -> None:
    """With anybody away for a year, some of them covered by whom they named."""
    away = data.draw(st.dictionaries(st.sampled_from(EVERYBODY), st.sampled_from(["", *EVERYBODY])))
    year = timedelta(days=365)
    absences = (
        Absence(person, person, MONDAY - year, MONDAY + year, "" if cover == person else cover)
        for person, cover in away.items()
    )
    decided_by = data.draw(st.sampled_from(["", "marek"]))
    played = raised(policy=POLICIES[name], standing=standing_in(DIRECTORY, *absences), decided_by=decided_by)
    keep_their_laws(played, data)
    for event in played.history:
        if isinstance(event, e.StageEntered):
            for party in (event.parties.raising, event.parties.receiving):
                assert party.stands_in or party.person not in away or party.person == "jo"
                assert party.covers in (set(away) | {""})


def keep_their_laws(played: Played, data: st.DataObject) -> None:
    """An open case has a live clock; the raiser is never a manager; nobody is on two sides; only members are
    told; nobody involved is messaged; no clock comes back; the case is what its events say."""
    for _ in range(data.draw(st.integers(5, 30))):
        if not played.open_case.open and not live_clocks(played.open_case):
            break
        move = data.draw(st.one_of(st.just(sensible(played)), st.none(), moves(played)))
        mark, length = len(played.told), len(played.history)
        try:
            if move is None:
                played.wait()
            else:
                played.do(move)
        except Refusal:
            assert len(played.history) == length
        case = played.open_case
        parties = case.now_with
        notes = ("identify:", "talk:", "cap:")
        moving = [key for key in live_clocks(case) if not key.startswith(notes) and NEXT_WAY not in key]
        assert not case.open or moving, "an open case that nothing moves on"
        assert not played.fired & live_clocks(case).keys(), "a clock whose row has ended for good"
        assert case.raiser not in parties.people("receiving")
        assert case.raiser not in parties.people("raising") or not case.asked("raising")
        both = set(parties.people("raising")) & set(parties.people("receiving"))
        assert not both or parties.raising.stands_in
        assert not case.decided_by or case.decided_by not in parties.people("raising")
        for notice in played.told[mark:]:
            assert notice.recipient in case.members
        entered = [event for event in played.history[length:] if isinstance(event, e.StageEntered)]
        for event in entered:
            for party in (*event.parties.all_of("raising"), *event.parties.all_of("receiving")):
                assert party.stands_in or party.person in (case.decided_by, *_not_in(case))
    assert replay(played.history) == played.open_case


def _not_in(case: Case) -> set[str]:
    """Everybody who is not involved."""
    return {entry.id for entry in DIRECTORY.people} - set(case.involved)


@pytest.mark.parametrize("name", POLICIES)
@given(clocks=st.integers(1, 40))
def test_silence_never_closes_a_case(name: str, clocks: int) -> None:
    """However many clocks run out, the case stays open and somebody is asked again."""
    played = raised(policy=POLICIES[name], priority="normal")
    for _ in range(clocks):
        played.wait()
    assert played.open_case.open
    assert live_clocks(played.open_case)
