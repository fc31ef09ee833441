"""The desk: reads and acts for one turn, or for one clock, in one transaction."""

import json
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import ClassVar

from bot.chat.card import Card
from bot.chat.memory import State
from bot.chat.turn import Address, Person, Place, Pressed, Submitted, Turn
from bot.desk import numbers, training
from bot.desk.coaching import Coaching
from bot.desk.covering import Instead, during, goes_to, instead_of
from bot.desk.entries import covered_since
from bot.desk.guarding import guarded
from bot.desk.house import Acted, Filing, House, NotOnCase
from bot.desk.keeping import Keeping
from bot.desk.known import known
from bot.desk.linking import Linking
from bot.desk.mending import NEXT_WAY, Mending
from bot.desk.numbers import NumberState
from bot.desk.stored import event_of, restored, row_of, stream_of
from bot.desk.training import InTraining, TrainingStanding
from bot.desk.view import CaseView, of_entry, person_of, someone_to_ring
from bot.escalation import commands as c
from bot.escalation import events as e
from bot.escalation.case import Case
from bot.escalation.changes import apply, replay
from bot.escalation.clocks import live_clocks
from bot.escalation.decide import (
    Refusal,
    Standing,
    chair_of,
    decide,
    to_invite,
    told_of_withdrawal,
    who_may_agree,
)
from bot.escalation.notices import Notice, notices
from bot.escalation.policy import Side, Stage, UrgentContact
from bot.escalation.refusal import Stale
from bot.escalation.seeing import Act, Wish, outside, refusal, sees
from bot.guidance.identifiers import Known
from bot.people.duty import Absence
from bot.people.entries import Channel
from bot.people.standing import DirectoryStanding
from bot.store.erasing import ERASED
from bot.store.work import Delivery, Work

_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_SECURITY = "security"
_MOST_CASES = 500
"""So many open cases of one person are looked through at once."""


class UrgentSeen(State):
    """The urgent contacts were shown before there was a case."""

    name: ClassVar[str] = "urgent.seen"
    keep_for: ClassVar[timedelta] = timedelta(days=1)
    at: datetime


class Desk(Coaching, Mending, Linking):
    """The second argument of every conversation. `now` is the database's time at the transaction's start."""

    def __init__(self, house: House, work: Work) -> None:
        super().__init__(work)
        self.house = house
        self.work = work
        self.now = work.now
        self.policy = house.policy
        self.directory = house.directory
        self.platforms = house.platforms
        self._locked: dict[str, Case] = {}
        self.duty = house.register.duty(house.policy.calendar, work.now)

    # People

    def person(self, person: str) -> Person:
        return person_of(self.directory, person)

    def someone_to_ring(self, person: Person | None) -> Person | None:
        """The person's safeguarding lead, or the coordinator; never the person themselves."""
        return someone_to_ring(self.directory, person)

    @property
    def known(self) -> Known:
        """Whom and what people may name in what they write."""
        return known(self.directory, self.policy)

    @property
    def keeping(self) -> Keeping:
        """What is kept of cases and of people, and for how long."""
        return Keeping(self)

    # The urgent numbers

    async def numbers(self) -> tuple[NumberState, ...]:
        """The urgent numbers, and who has said that each is right."""
        return await numbers.states(self.work, self.policy)

    def may_confirm_numbers(self, person: str) -> bool:
        """Nobody may where the numbers are an example's: they are made up."""
        return self.policy.status != "example" and numbers.may_confirm(self.directory, person)

    def may_see_counts(self, person: str) -> bool:
        """Whether this person may read how often the coaching is used."""
        return numbers.may_confirm(self.directory, person)

    async def say_of_number(self, turn: Turn, contact: UrgentContact, right: bool) -> None:
        """This person rang the number: it is right, or it is wrong."""
        await numbers.record(self.work, self.policy, contact, right, _known(turn).id)

    # Reading cases

    async def case(self, turn: Turn, case_id: str, *, standing_in: bool = False) -> Case:
        """The case, for somebody who is on it; for whoever only finds the right person, `standing_in` alone.

        Raises NotOnCase, and the attempt is in the security log. Whether there is such a case makes no
        difference to what is asked of the database then, and to what is said.
        """
        person = turn.person.id if turn.person is not None else ""
        case = await self._case_of(case_id, person)
        if case is not None and sees(case, person, "that_it_is" if standing_in else "case"):
            return case
        await self.suspicious(turn, "not_on_case", case_id)
        raise NotOnCase(case_id)

    async def case_for(
        self, turn: Turn, case_id: str, act: Act, *, stage: int | None = None, check: str = ""
    ) -> Case:
        """The case, for somebody who can do this on it now: nobody is made to fill in a form for nothing.
        `stage` is that of the card. Raises NotOnCase as `case` does, and Refusal."""
        case = await self.case(turn, case_id, standing_in=act == "hand_over")
        chair = await self.chair(case) if act == "hold_meeting" and case.open else ""
        wish = Wish(case, _known(turn).id, self.now, chair, check)
        over = stage is not None and stage != case.stage_number
        why = outside(wish, act) or (Stale(e.StageEntered.kind) if over else refusal(wish, act))
        if why is not None:
            why.case = case.id
            raise why
        return case

    async def _case_of(self, case_id: str, person: str) -> Case | None:
        """The case, if this person is on it: who is not on it is asked for in the same way as none at all."""
        known = self._locked.get(case_id)
        if known is not None:
            return known
        row = await self.work.case_of(case_id, person)
        return self._kept(restored(row)) if row is not None and row.status != ERASED else None

    async def any_case(self, case_id: str) -> Case | None:
        """The case, for the service itself; None where there is none, or none any more."""
        known = self._locked.get(case_id)
        if known is not None:
            return known
        row = await self.work.case(case_id)
        return self._kept(restored(row)) if row is not None and row.status != ERASED else None

    def _kept(self, case: Case) -> Case:
        """Where it is locked until the transaction ends, it is read once."""
        if self.work.writes:
            self._locked[case.id] = case
        return case

    async def cases_of(self, person: Person, *, open_only: bool = False) -> list[Case]:
        """At most 25 cases that the person is on, newest first."""
        return [restored(row) for row in await self.work.cases_of(person.id, open_only, 25)]

    async def covered_for(self, person: str, since: datetime) -> tuple[Case, ...]:
        """The cases in which somebody had this person's part for them since then."""
        rows = await self.work.cases_of(person, open_only=False, limit=100)
        return covered_since([restored(row) for row in rows], person, since)

    async def hand_over_all(
        self, turn: Turn, to: str, reason: str
    ) -> tuple[tuple[Case, ...], tuple[tuple[Case, Refusal], ...]]:
        """Hand every part that this person has in an open case to a colleague: those where it was done, and
        those where it can't be, with why."""
        me = _known(turn).id
        return await self._in_each(
            turn, await self.parts_of(me), lambda case: c.HandOver(me, case.stage_number, to, reason)
        )

    async def let_answer_everywhere(
        self, turn: Turn, person: str
    ) -> tuple[tuple[Case, ...], tuple[tuple[Case, Refusal], ...]]:
        """Let a colleague answer for this person in every open case that they raised: those where it is so
        now, and those where it can't be, with why."""
        me = _known(turn).id
        return await self._in_each(turn, await self.raised_by(me), lambda case: c.LetAnswer(me, person))

    async def _in_each(
        self, turn: Turn, cases: tuple[Case, ...], command: Callable[[Case], c.Command]
    ) -> tuple[tuple[Case, ...], tuple[tuple[Case, Refusal], ...]]:
        done: list[Case] = []
        refused: list[tuple[Case, Refusal]] = []
        for case in cases:
            try:
                done.append((await self.act(turn, case.id, command(case))).case)
            except Refusal as refusal:
                refused.append((case, refusal))
        return tuple(done), tuple(refused)

    async def parts_of(self, person: str) -> tuple[Case, ...]:
        """The open cases that this person has at the present stage, for either side; not those that they
        raised."""
        return tuple(
            case
            for case in await self._open_cases(person)
            if person in (case.now_with.raising.person, case.now_with.receiving.person)
            and person != case.raiser
        )

    async def raised_by(self, person: str) -> tuple[Case, ...]:
        """The open cases that this person raised, and that are no training."""
        return tuple(
            case for case in await self._open_cases(person) if case.raiser == person and not case.training
        )

    async def _open_cases(self, person: str) -> list[Case]:
        return [restored(row) for row in await self.work.cases_of(person, True, _MOST_CASES)]

    # What an absence means

    def instead_of(self, absence: Absence) -> tuple[Instead, ...]:
        """Who has what is sent to this person while they are away, as the directory stands now."""
        return instead_of(during(self.duty, absence), self.policy, absence)

    async def goes_over(self, absence: Absence) -> tuple[tuple[Case, e.Party | None], ...]:
        """Each case that this person has now, and who would have it when the absence begins: None where
        nobody else is there for it."""
        duty = during(self.duty, absence)
        parts = await self.parts_of(absence.person)
        return tuple((case, goes_to(case, absence, duty)) for case in parts if not case.training)

    async def is_on(self, turn: Turn, case_id: str) -> bool:
        """Whether the person is on the case, without a mark in the security log."""
        return turn.person is not None and await self.work.role(case_id, turn.person.id) is not None

    async def case_here(self, turn: Turn) -> str | None:
        """The case on whose form the words were written, or in whose thread the turn took place."""
        if isinstance(turn.act, Submitted):
            named = json.loads(turn.act.payload.data).get("case")
            if isinstance(named, str):
                return named
        if not turn.place.thread:
            return None
        return await self.work.case_in_thread(turn.place.address, turn.place.thread)

    async def view(self, case: Case, kind: str, reader: str, sequence: int = 0) -> CaseView:
        """What a card of this kind is drawn from; `sequence` is that of its event, 0 the newest."""
        history = tuple(event_of(stored) for stored in await self.work.history(stream_of(case.id)))
        event = history[sequence - 1]
        chair = await self.chair(case) if case.open and case.stage.meeting else ""
        return CaseView(kind, case, history, event, reader, self.now, self.directory, chair)

    @staticmethod
    def tracked(case: Case, kind: str) -> str:
        """What a card shows, for `Say.tracked`: it is then redrawn whenever the case changes."""
        show = shown(kind, 0, case.stage_number)
        return json.dumps({"case": case.id, "version": case.version, "notice": show})

    async def card(self, case: Case, kind: str, reader: str, sequence: int = 0) -> Card:
        return self.house.draw(await self.view(case, kind, reader, sequence))

    # Acting on cases

    async def raise_case(self, turn: Turn, filing: Filing) -> Acted:
        """File an escalation. Its clocks start with this transaction."""
        command = await self._raising(turn, filing, secrets.token_hex(16), _reference())
        standing = await self._standing(command.training)
        acted = await self._record(None, decide(None, command, standing, self.now))
        seen = None if command.training else await self.recall(turn, UrgentSeen)
        if seen is None:
            return acted
        await self.forget(turn, UrgentSeen)
        shown_then = e.UrgentShown(at=seen.at, by=command.by)
        return Acted((await self._record(acted.case, (shown_then,))).case, (*acted.events, shown_then))

    async def _raising(self, turn: Turn, filing: Filing, case_id: str, reference: str) -> c.Raise:
        person = _known(turn)
        mine = await self.recall(turn, InTraining)
        return c.Raise(
            by=person.id, case=case_id, reference=reference, training=mine.code if mine else "",
            policy=self.policy.for_a_case(), raising_agency=person.agency,
            receiving_agency=filing.receiving_agency,
            concern=filing.concern, involved=filing.involved, priority=filing.priority, urgent=filing.urgent,
            decided_by=filing.decided_by, unbacked=filing.unbacked, entry=filing.entry,
        )  # fmt: skip

    async def act(self, turn: Turn, case_id: str, command: c.Command) -> Acted:
        """Carry out a person's command. Raises Refusal with the case, NotOnCase, or Conflict (then the
        whole turn is taken again, on the case as somebody else left it)."""
        return await self._decided(await self.case(turn, case_id, standing_in=True), command)

    async def act_of_clock(self, case_id: str, command: c.Command) -> Acted | None:
        """Carry out what a clock or a delivery says; None where the case is gone."""
        case = await self.any_case(case_id)
        return await self._decided(case, command) if case is not None else None

    async def run_out(self, case_id: str, clock: str) -> None:
        """A clock's row has ended. Where that did nothing, since the clock is due later now (a holiday came
        into the calendar since the row was written), the case's clocks are set anew: none is ever lost."""
        acted = await self.act_of_clock(case_id, c.RunOut(clock))
        if acted is not None and not acted.events:
            await self.work.set_deadlines(case_id, live_clocks(acted.case))

    async def as_filed(self, turn: Turn, filing: Filing) -> Case:
        """The case as it would be if this person filed now, for the preview: its stage, who is messaged, and
        its clocks. Nothing is saved."""
        command = await self._raising(turn, filing, "", "")
        history = decide(None, command, await self._standing(command.training), self.now)
        return replay(history)

    async def who_next(
        self, case: Case, involved: frozenset[str], entry: c.Entry = c.NO_ENTRY, to: int = 0
    ) -> tuple[Stage, e.Parties] | None:
        """The stage to which the case would go up (`to`, or the next), and who would be messaged there, for
        the preview; None at the last."""
        urgent = case.urgent or entry.urgent
        above = case.policy.above(case.stage_number, urgent, case.receiving_agency)
        after = next((stage for stage in above if stage.number >= to), None)
        if after is None:
            return None
        standing = await self._standing(case.training)
        gone = frozenset(case.involved) | involved
        changed = case.model_copy(update={"urgent": urgent})
        return after, standing.parties(changed, after.number, gone)

    async def as_gone_up(self, case: Case, command: c.GoUp | c.NotAccept) -> Case:
        """The case as it would be after this command, for the preview: who is messaged, who gets a copy, and
        its clocks. Nothing is saved. Raises Refusal."""
        return await self.as_if(case, command)

    async def as_if(self, case: Case, command: c.Command) -> Case:
        """The case as it would be after this command, before a form is opened for it: whoever can't do it is
        not made to write first. Nothing is saved. Raises Refusal."""
        for event in await self._decide(case, command):
            case = apply(case, event)
        return case

    async def may_agree_to_more_time(self, case: Case) -> tuple[Person, ...]:
        """Who is asked whether a later time still protects the child."""
        people = who_may_agree(case, await self._standing(case.training))
        return tuple(self.person(person) for person in people)

    async def chair(self, case: Case) -> str:
        """Who writes the minutes of the meeting at this stage."""
        return chair_of(case, await self._standing(case.training))

    async def to_invite(self, case: Case) -> tuple[str, ...]:
        """Whom the policy invites to the meeting of this stage."""
        meeting = case.stage.meeting
        return to_invite(case, meeting, await self._standing(case.training)) if meeting else ()

    async def may_take_over(self, case: Case, side: Side, person: str) -> tuple[str, tuple[Person, ...]]:
        """Where to look for somebody who can take this side's part of the present stage from this person, and
        the first of them: the agency of the post, or that of the side, or the training group."""
        if case.training:
            group = await training.group(self.work, case.training)
            return "", tuple(self.person(one) for one in (group.members if group else ()) if one != person)
        agency = case.receiving_agency if side == "receiving" else case.raising_agency
        post = next(iter(case.stage.posts(side, agency)), "")
        scope = f"agency:{post.rpartition('/')[0] or agency}"
        found = (entry for entry in self.directory.search("", scope) if entry.id != person)
        return scope, tuple(of_entry(self.directory, entry) for entry in found)

    async def told_of_withdrawal(self, case: Case) -> tuple[Person | None, bool]:
        """Who looks after the raiser if this case is withdrawn, and whether that is their safeguarding lead,
        who reads why; else it is the coordinator, who doesn't."""
        lead, coordinator = told_of_withdrawal(case, await self._standing(case.training))
        return (self.person(lead or coordinator) if lead or coordinator else None), bool(lead)

    async def urgent_shown(self, turn: Turn, case_id: str) -> None:
        """The urgent contacts are on this person's screen: on the case's timeline, where it is theirs; before
        there is a case, on the timeline of the one that they file within a day."""
        if turn.person is None:
            return
        if case_id and await self.is_on(turn, case_id):
            await self.act_of_clock(case_id, c.ShowUrgent(by=turn.person.id))
        elif not case_id:
            await self.keep(turn, UrgentSeen(at=self.now))

    async def suspicious(self, turn: Turn, what: str, case_id: str = "") -> None:
        """Put an attempt into the security log: who, what, and by which button or form; never the words."""
        account = turn.account
        who = f"{account.platform}:{account.tenant}:{account.user}"
        tried = turn.act.payload.name if isinstance(turn.act, Pressed | Submitted) else turn.act.kind
        body = {
            "what": what, "case": case_id, "person": turn.person.id if turn.person else "", "tried": tried,
        }  # fmt: skip
        await self.work.append(_SECURITY, what, body, who)

    async def looked(self, turn: Turn, what: str, cases: Sequence[str]) -> None:
        """Put on record who was shown something of cases that they need not be on, where the rules allow it:
        who, what of which cases, and when."""
        account = turn.account
        if cases:
            body = {"what": what, "case": "", "cases": list(cases), "person": _known(turn).id}
            who = f"{account.platform}:{account.tenant}:{account.user}"
            await self.work.append(_SECURITY, what, body, who)

    async def refused(self, turn: Turn, why: str, case_id: str) -> None:
        """Put into the security log that the rules of a case did not let somebody do something."""
        account = turn.account
        who = f"{account.platform}:{account.tenant}:{account.user}"
        person = turn.person.id if turn.person else ""
        body = {"what": "refused", "case": case_id, "person": person, "why": why}
        await self.work.append(_SECURITY, "refused", body, who)

    # Training

    async def join_training(self, turn: Turn, code: str) -> training.TrainingGroup | None:
        """Join the group with this code, or begin one where `code` is empty; None for an unknown code."""
        person = _known(turn)
        if code and await training.group(self.work, code) is None:
            return None
        mine = InTraining(code=code or _reference()[3:])
        await self.leave_training(turn)
        await training.join(self.work, mine.code, person.id)
        await self.keep(turn, mine)
        return await training.group(self.work, mine.code)

    async def leave_training(self, turn: Turn) -> None:
        mine = await self.recall(turn, InTraining)
        if mine is not None:
            await training.leave(self.work, mine.code, _known(turn).id)
            await self.forget(turn, InTraining)

    async def training_group(self, turn: Turn) -> training.TrainingGroup | None:
        mine = await self.recall(turn, InTraining)
        return await training.group(self.work, mine.code) if mine else None

    # One transaction's worth of change

    async def _decided(self, case: Case, command: c.Command) -> Acted:
        return await self._record(case, await self._decide(case, command))

    async def _decide(self, case: Case, command: c.Command) -> tuple[e.Event, ...]:
        try:
            return decide(case, command, await self._standing(case.training), self.now)
        except Refusal as refusal:
            refusal.case = case.id
            raise

    async def _record(self, case: Case | None, events: tuple[e.Event, ...]) -> Acted:
        if not events:
            assert case is not None
            return Acted(case, ())
        events = guarded(events, self.known, self.policy, self.now)
        after, told = case, list[Notice]()
        for event in events:
            before, after = after, apply(after, event)
            told += notices(before, event, after)
        assert after is not None
        await self.work.save_case(row_of(after), expected=case.version if case else 0)
        written = [(one.kind, one.model_dump(mode="json", exclude={"by"}), one.by) for one in events]
        await self.work.append_all(stream_of(after.id), written, first=case is None)
        roles = _roles(after)
        if case is None or roles != _roles(case):
            await self.work.members(after.id, roles, first=case is None)
        await self.work.set_deadlines(after.id, live_clocks(after), first=case is None)
        await self.work.deliver_all(after.id, [self._delivery(after, notice) for notice in told])
        await self._nudge_channels(after, events)
        if case is not None:
            await self.work.cards_changed(after.id, after.version)
        self._kept(after)
        return Acted(after, events)

    @staticmethod
    def _delivery(case: Case, notice: Notice) -> Delivery:
        key = f"{case.id}:{notice.sequence}:{notice.kind}:{notice.recipient}"
        show = shown(notice.kind, notice.sequence, case.stage_number, next_way=bool(notice.after_way))
        return Delivery(key, notice.recipient, show, notice.after_way)

    async def _nudge_channels(self, case: Case, events: tuple[e.Event, ...]) -> None:
        """Where somebody of the receiving side gets a stage, the channels of the post and of that person
        learn that a message awaits, and no more."""
        if case.training:
            return
        for place, event in enumerate(events):
            sequence = case.version - len(events) + 1 + place
            for channel in self._channels(case, event):
                key = f"{case.id}:{sequence}:awaits:{channel.platform}:{channel.id}"
                shows = shown("awaits", sequence, case.stage_number)
                await self.work.deliver(key, case.id, "", await self._place(channel), shows)

    def _channels(self, case: Case, event: e.Event) -> tuple[Channel, ...]:
        found: list[Channel | None] = []
        if isinstance(event, e.StageEntered):
            party = event.parties.receiving
            post = next(iter(case.stage.posts("receiving", case.receiving_agency)), "")
            found.append(self.directory.channel(post, case.receiving_agency, case.decided_by))
        elif isinstance(event, e.HandedOver) and event.side == "receiving" and not case.acknowledged:
            party = event.to
        else:
            return ()
        entry = self.directory.person(party.person)
        if entry is None or party.stands_in:
            return ()
        found += entry.channels
        return tuple(dict.fromkeys(channel for channel in found if channel is not None))

    async def _place(self, channel: Channel) -> Place:
        seen = await self.work.channels(channel.platform)
        known = next((place for place in seen if place.address.conversation == channel.id), None)
        return known or Place(Address(channel.platform, "", "", channel.id), "channel")

    async def _standing(self, code: str) -> Standing:
        if not code:
            return DirectoryStanding(self.duty)
        group = await training.group(self.work, code)
        return TrainingStanding(self.directory, group or training.TrainingGroup(code, ()))


def shown(kind: str, sequence: int, stage: int, *, next_way: bool = False) -> str:
    """What a delivery or a posted card shows, as it is stored; `stage` is the one it was made at. `next_way`:
    the same was sent to the same person before, by another way."""
    show = {"kind": kind, "sequence": sequence, "stage": stage}
    return json.dumps(show | ({NEXT_WAY: True} if next_way else {}))


def _reference() -> str:
    return "BR-" + "".join(secrets.choice(_ALPHABET) for _ in range(5))


def _roles(case: Case) -> dict[str, str]:
    return {person: member.role for person, member in case.members.items()}


def _known(turn: Turn) -> Person:
    assert turn.person is not None, "the router lets nobody through who is not in the directory"
    return turn.person
