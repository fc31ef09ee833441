"""Laws of every case, whatever people and clocks do to it, in any order."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.escalation import commands as c
from bot.escalation import events as e
from bot.escalation.case import Case
from bot.escalation.changes import replay
from bot.escalation.clocks import live_clocks
from bot.escalation.decide import Refusal
from tests.units.cases import DIRECTORY, Played, raised

people = st.sampled_from(sorted(entry.id for entry in DIRECTORY.people))
stages = st.integers(1, 4)
rounds = st.integers(1, 3)
some = st.frozensets(people, max_size=3)
minutes = st.integers(-600, 3000)


def moves(played: Played) -> st.SearchStrategy[c.Command | None]:
    """Any command by anybody, right or wrong; None lets the next clock run out."""
    soon = minutes.map(lambda by: played.now + timedelta(minutes=by))
    talk = played.open_case.talk.at if played.open_case.talk else played.now
    until = played.open_case.more_time.until if played.open_case.more_time else played.now
    return st.one_of(
        st.none(),
        st.builds(c.Acknowledge, people, st.none() | stages),
        st.builds(c.Answer, people, stages, st.just("An answer.")),
        st.builds(
            c.Accept, people, stages, rounds, st.sampled_from(["agreed_plan", "nonsense"]), st.just("")
        ),
        st.builds(c.NotAccept, people, stages, rounds, st.just("No."), some),
        st.builds(c.GoUp, people, stages, st.just("Up."), some),
        st.builds(c.HandOver, people, stages, people, st.just("Leave.")),
        st.builds(c.AskMoreTime, people, stages, soon, st.just("More.")),
        st.builds(c.AgreeMoreTime, people, stages, st.just(until), st.booleans()),
        st.builds(c.Identify, people, st.sampled_from(["", "CSC-1"])),
        st.builds(c.RecordTalk, people, st.just("A, B"), soon, st.just("Visit."), st.just(""), st.none()),
        st.builds(c.ConfirmTalk, people, st.just(talk)),
        st.builds(c.Share, people, st.just("Words."), st.booleans()),
        st.builds(c.ChangeRisk, people, st.just("Worse.")),
        st.builds(c.Withdraw, people, st.just("Settled.")),
        st.builds(c.Undeliverable, people, stages, st.just("blocked")),
        st.builds(c.Delivered, people, stages),
    )


@given(st.data())
def test_whatever_happens_a_case_keeps_its_laws(data: st.DataObject) -> None:
    """An open case has a live clock; the raiser is never a manager; nobody is on two sides; only members are
    told; nobody involved is messaged; no clock comes back; the case is what its events say."""
    played = raised()
    for _ in range(data.draw(st.integers(1, 15))):
        if not played.open_case.open:
            break
        move = data.draw(moves(played))
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
        moving = [key for key in live_clocks(case) if not key.startswith(("identify:", "talk:"))]
        assert not case.open or moving, "an open case that nothing moves on"
        assert not played.fired & live_clocks(case).keys(), "a clock whose row has ended for good"
        assert case.raiser not in (parties.raising.person, parties.receiving.person)
        assert parties.raising.person != parties.receiving.person or parties.raising.stands_in
        for notice in played.told[mark:]:
            assert notice.recipient in case.members
        entered = [event for event in played.history[length:] if isinstance(event, e.StageEntered)]
        for event in entered:
            for party in (event.parties.raising, event.parties.receiving):
                assert party.stands_in or party.person not in case.involved
    assert replay(played.history) == played.open_case


@given(st.integers(1, 40))
def test_silence_never_closes_a_case(clocks: int) -> None:
    """However many clocks run out, the case stays open and somebody is asked again."""
    played = raised()
    for _ in range(clocks):
        played.wait()
    assert played.open_case.open
    assert live_clocks(played.open_case)
