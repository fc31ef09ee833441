"""Laws of every case, whatever people and clocks do to it, in any order."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

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
POLICIES = {"example": POLICY, "rich": RICH}
NUMBERS = st.integers(0, 9_999)
"""All choices are made with numbers: strategies made anew at each step would take most of the time."""
T = TypeVar("T")


@dataclass(frozen=True)
class Chance:
    """Chooses what somebody does next to this case."""

    data: st.DataObject
    played: Played

    @property
    def case(self) -> Case:
        return self.played.open_case

    def of(self, some: Sequence[T]) -> T:
        return some[self.data.draw(NUMBERS) % len(some)]

    def by(self) -> str:
        """Anybody; whoever is on the case more often, and those who were messaged most of all."""
        case = self.case
        parties = (*case.now_with.people("raising"), *case.now_with.people("receiving"), case.raiser)
        return self.of([*EVERYBODY, *case.members, *parties * 8])

    def raiser(self) -> str:
        return self.of([self.case.raiser, self.by()])

    def stage(self) -> int:
        """The present one, and now and then another."""
        return self.of([self.case.stage_number] * 8 + [1, 2, 3, 4])

    def round(self) -> int:
        return self.of([self.case.round] * 8 + [1, 2, 3])

    def soon(self) -> datetime:
        return self.played.now + timedelta(minutes=self.data.draw(NUMBERS) % 3_600 - 600)

    def some(self) -> frozenset[str]:
        return frozenset(self.of(EVERYBODY) for _ in range(self.of([0, 0, 1, 2])))

    def maybe(self) -> bool:
        return self.of([False, True])

    def outcome(self) -> str:
        return self.of(["agreed_plan", "agreed_plan", "nonsense", ""])

    def entry(self) -> c.Entry:
        """What is said on entering a stage, with the form of stage 3 or without it."""
        form = (e.Written(question="What was tried?", text="A call."),)
        return c.Entry(self.of([None, self.soon()]), self.of([(), form, form]), self.maybe())

    def closure_at(self) -> datetime:
        return self.case.closure.at if self.case.closure else self.played.now

    def talk_at(self) -> datetime:
        return self.case.talk.at if self.case.talk else self.played.now

    def until(self) -> datetime:
        return self.case.more_time.until if self.case.more_time else self.played.now

    def attended(self) -> tuple[str, ...]:
        return tuple(self.by() for _ in range(self.of([2, 3, 5, 8])))


SAID = "Words."
NO_WAY = (e.Failed(way="email", reason="nobody there"),)
MOVES: tuple[Callable[[Chance], c.Command | None], ...] = (
    lambda on: None,
    lambda on: c.Acknowledge(on.by(), on.of([None, on.stage()])),
    lambda on: c.Answer(on.by(), on.stage(), SAID),
    lambda on: c.Accept(on.raiser(), on.stage(), on.round(), on.outcome(), SAID),
    lambda on: c.NotAccept(on.raiser(), on.stage(), on.round(), SAID, on.some(), on.entry()),
    lambda on: c.GoUp(on.by(), on.stage(), SAID, on.some(), on.entry(), on.of([0, 0, 2, 3, 4])),
    lambda on: c.HandOver(on.by(), on.stage(), on.by(), SAID),
    lambda on: c.AskMoreTime(on.by(), on.stage(), on.soon(), SAID),
    lambda on: c.AgreeMoreTime(on.by(), on.stage(), on.until(), on.maybe()),
    lambda on: c.Identify(on.by(), on.of(["", "CSC-1"])),
    lambda on: c.RecordTalk(on.by(), SAID, on.soon(), SAID, "", None),
    lambda on: c.ConfirmTalk(on.by(), on.talk_at()),
    lambda on: c.Share(on.by(), SAID, on.maybe()),
    lambda on: c.ChangeRisk(on.by(), SAID),
    lambda on: c.Withdraw(on.of(EVERYBODY), SAID),
    lambda on: c.RefuseBacking(on.by(), on.stage(), SAID),
    lambda on: c.Pause(on.by(), on.soon(), SAID),
    lambda on: c.Resume(on.by()),
    lambda on: c.AgreeClosure(on.by(), on.closure_at(), on.maybe(), SAID),
    lambda on: c.Reopen(on.by(), SAID),
    lambda on: c.CallMeeting(on.by(), on.stage(), on.soon(), SAID, (on.by(),)),
    lambda on: c.HoldMeeting(on.by(), on.stage(), on.attended(), SAID, on.outcome()),
    lambda on: c.AnswerCheck(on.by(), on.of(["letter", "actions"]), on.maybe(), SAID),
    lambda on: c.Undeliverable(on.by(), on.stage(), SAID),
    lambda on: c.Delivered(on.by(), on.stage(), on.of(["", "slack", "email"])),
    lambda on: c.NoNextWay(on.by(), on.stage(), NO_WAY),
    lambda on: c.Relieve(on.by(), on.stage()),
    lambda on: c.TakeBack(on.by(), on.stage()),
    lambda on: c.LetAnswer(on.raiser(), on.of(["", on.by()])),
)
"""Any command by anybody, right or wrong; None lets the next clock run out."""


def chosen(chance: Chance) -> c.Command | None:
    """What would be sensible, a clock, or anything at all."""
    kind = chance.of(["sensible", "sensible", "clock", *["any"] * 5])
    if kind == "any":
        return chance.of(MOVES)(chance)
    return sensible(chance.played) if kind == "sensible" else None


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
                kept = party == event.parties.raising and played.open_case.unbacked
                assert party.stands_in or kept or party.person not in away or party.person == "jo"
                assert party.covers in (set(away) | {""})


def keep_their_laws(played: Played, data: st.DataObject) -> None:
    """An open case has a live clock; the raiser is never a manager; nobody is on two sides; only members are
    told; nobody involved is messaged; no clock comes back, unless the case is opened again and all begin
    anew; the case is what its events say."""
    for _ in range(data.draw(st.integers(5, 30))):
        if not played.open_case.open and not live_clocks(played.open_case):
            break
        move = chosen(Chance(data, played))
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
        assert case.raiser not in parties.people("receiving")
        assert case.raiser not in parties.people("raising") or not case.asked("raising")
        both = set(parties.people("raising")) & set(parties.people("receiving"))
        assert not both or parties.raising.stands_in
        assert not case.decided_by or case.decided_by not in parties.people("raising")
        for notice in played.told[mark:]:
            # What was on its way to somebody who then left is not shown to them any more.
            assert notice.recipient in case.members or notice.recipient in case.left
        if any(isinstance(event, e.Reopened) for event in played.history[length:]):
            played.fired.clear()
        assert not played.fired & live_clocks(case).keys(), "a clock whose row has ended for good"
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
