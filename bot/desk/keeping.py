"""What is kept, from within chat: the coordinator sees what is due, erases it, and holds it back; people on a
case say that their record is filed, and put right what they wrote."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from bot.chat.turn import Turn
from bot.desk.stored import event_of, stream_of
from bot.escalation import commands as c
from bot.escalation import events as e
from bot.escalation.case import Case
from bot.escalation.decide import CORRECTABLE, Refusal
from bot.escalation.policy import Rule
from bot.policies.explain import kept_for
from bot.retention import access, erasing
from bot.retention.due import Due, first_due
from bot.retention.erasing import SECURITY, NotNow
from bot.store.erasing import ERASED
from bot.store.work import PostedCard, Work

if TYPE_CHECKING:
    from bot.desk.desk import Desk
    from bot.desk.house import Acted

STAYING = "staying"
"""The kind of notice that tells the coordinator what could not be taken away."""
_MOST, _LOOKED_AT, _MOST_LEFT = 25, 500, 500


class Staying(NamedTuple):
    """A card that could not be taken away: where it stands (`kind` is the place's), whose it is (a person's
    id, empty in a channel), and why, in words."""

    platform: str
    kind: str
    person: str
    conversation: str
    reason: str


async def taken_away(work: Work, case_id: str, left: Sequence[PostedCard], coordinator: str) -> None:
    """Tell the coordinator that a case's cards are gone from the chats, but for these. Then nothing is known
    of these any more either. A card that comes late is told by itself: the case is as it was then."""
    row = await work.case(case_id)
    if row is None or not coordinator:
        return
    cards = [(one.platform, one.kind, one.person, one.conversation, one.left_because) for one in left]
    show = {
        "kind": STAYING, "reference": row.reference, "erased": row.status == ERASED,
        "left": cards[:_MOST_LEFT], "number": len(cards),
    }  # fmt: skip
    told = f"{STAYING}:{case_id}:{row.version}:"
    if left or not await work.was_delivered(told):
        which = "-".join(str(one.id) for one in left)
        await work.deliver(told + which, None, coordinator, None, json.dumps(show))
    await work.forget_left(case_id)


class NotTheirs(Exception):
    """Only the coordinator looks after what is kept."""


class Keeping:
    """Every act of the coordinator is on record in the security stream, and none shows what a case is
    about. Raises NotTheirs for everybody else."""

    def __init__(self, desk: "Desk") -> None:
        self._desk = desk
        self._work = desk.work

    # Of the people on a case

    async def filed(self, turn: Turn, case_id: str) -> "Acted":
        """This person's agency has its own record of the case. Raises as `Desk.act` does."""
        return await self._desk.act(turn, case_id, c.ConfirmFiled(self._me(turn)))

    async def mine(self, case: Case, person: str) -> tuple[tuple[int, e.Event], ...]:
        """What this person wrote on the case, with its place in the history, the newest first."""
        history = await self._history(case.id)
        own = [(at, event) for at, event in enumerate(history, 1) if event.by == person]
        return tuple((at, event) for at, event in reversed(own) if isinstance(event, CORRECTABLE))

    async def correct(self, turn: Turn, case_id: str, of: int, text: str) -> "Acted":
        """Add to what this person wrote in the place `of`. Raises as `Desk.act` does."""
        history = await self._history((await self._desk.case(turn, case_id)).id)
        if not 1 <= of <= len(history):
            raise Refusal("nothing_to_correct")
        if history[of - 1].by != self._me(turn):
            await self._desk.suspicious(turn, "correction_not_theirs", case_id)
        return await self._desk.act(turn, case_id, c.Correct(self._me(turn), of, history[of - 1], text))

    # Of the coordinator

    async def due(self, turn: Turn) -> tuple[tuple[Due, ...], bool]:
        """At most 25 of each rule that are due, those that can be done first, and whether there may be more.
        That they were looked at is on record."""
        await self._only_coordinator(turn, "records_not_theirs")
        found = await first_due(self._work, self._desk.policy, _MOST, _LOOKED_AT)
        await self._on_record(turn, "records_listed", "")
        return found

    def rules(self) -> tuple[str, ...]:
        """What the policy says of how long things are kept, in sentences."""
        return tuple(kept_for(self._desk.policy.retention))

    async def closed(self) -> int:
        """How many closed cases there are."""
        return await self._work.closed_cases()

    async def case_called(self, turn: Turn, reference: str) -> Case | None:
        """The case with this reference, to hold it back; None where there is none, or none any more."""
        await self._only_coordinator(turn, "records_not_theirs")
        row = await erasing.called(self._work, reference)
        return await self._desk.any_case(row.id) if row is not None else None

    async def hold(self, turn: Turn, case_id: str, reason: str) -> None:
        """Nothing of the case is erased until it is lifted. Raises Refusal."""
        await self._change_hold(turn, case_id, c.PlaceHold(self._me(turn), reason))

    async def lift(self, turn: Turn, case_id: str, reason: str) -> None:
        await self._change_hold(turn, case_id, c.LiftHold(self._me(turn), reason))

    async def _change_hold(self, turn: Turn, case_id: str, command: c.PlaceHold | c.LiftHold) -> None:
        """It is on record, also where it had no effect."""
        await self._only_coordinator(turn, "hold_not_theirs", case_id)
        placed = isinstance(command, c.PlaceHold)
        try:
            await self._desk.act_of_clock(case_id, command)
        except Refusal:
            await self._on_record(turn, "hold_refused", case_id)
            raise
        await self._on_record(turn, e.HoldPlaced.kind if placed else e.HoldLifted.kind, case_id)

    async def carry_out(self, turn: Turn, case_id: str) -> tuple[Rule, int]:
        """Do what is due of the case: by which rule, and how many cards are taken away. Raises NotNow; the
        attempt is then on record."""
        await self._only_coordinator(turn, "erasing_not_theirs", case_id)
        desk, me = self._desk, self._me(turn)
        try:
            return await erasing.carry_out(self._work, desk.policy, desk.directory, case_id, me)
        except NotNow as refusal:
            await erasing.refused(self._work, case_id, refusal.why, me)
            raise

    async def held_of(self, turn: Turn, person: str) -> Counter[str]:
        """How much is held of this person, by kind, of what is counted while somebody waits. That it was
        counted is on record."""
        await self._only_coordinator(turn, "access_not_theirs")
        await access.on_record(self._work, person, self._me(turn), "counted")
        return await access.counted(self._work, self._desk.directory, person)

    async def _history(self, case_id: str) -> tuple[e.Event, ...]:
        return tuple(event_of(stored) for stored in await self._work.history(stream_of(case_id)))

    async def _only_coordinator(self, turn: Turn, what: str, case_id: str = "") -> None:
        if not self._desk.is_coordinator(turn):
            await self._desk.suspicious(turn, what, case_id)
            raise NotTheirs(what)

    async def _on_record(self, turn: Turn, what: str, case_id: str) -> None:
        body = {"what": what, "case": case_id, "person": self._me(turn)}
        await self._work.append(SECURITY, what, body, self._me(turn))

    @staticmethod
    def _me(turn: Turn) -> str:
        assert turn.person is not None, "the router lets nobody through who is not in the directory"
        return turn.person.id
