"""The desk as the engine sees it: what rows mean. See `bot.engine.desk.EngineDesk`."""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import structlog

from bot.chat.card import Card
from bot.desk import keeping, linking, numbers
from bot.desk.coaching import FOLLOW_UP, TOPIC, wanted
from bot.desk.desk import Desk
from bot.desk.entries import MEND, RETURNED, STILL_RIGHT
from bot.desk.house import House
from bot.desk.mending import MENDED, NEXT_WAY, arrived, to_mend
from bot.desk.numbers import NUMBERS
from bot.desk.view import GLANCE
from bot.engine.alarms import UNHEARD
from bot.engine.desk import Drawn
from bot.escalation import commands as c
from bot.escalation import events
from bot.escalation.case import Case
from bot.escalation.seeing import sees
from bot.retention.erasing import SECURITY
from bot.store.work import DeadlineRow, DeliveryRow, PostedCard, Work

_log = structlog.get_logger(__name__)

ALARM = "alarm"
_LEADS = 3
"""So many are tried in place of the coordinator."""
_UNCHECKED = "nobody has checked this urgent number yet"
_REPORTED = "this urgent number was reported wrong"
NOT_REACHED = "not_reached"
STANDING = ("filed", "stage")
"""The kinds of notice whose card is the case's own, for the raiser and for a manager."""
MESSAGES = ("stage", "copy")
"""The kinds of notice whose arrival the case itself waits to hear of."""
LEFT = "left"
"""The kind of notice that tells somebody that they are not on the case any more."""
_OF_PEOPLE = (STILL_RIGHT, RETURNED, MEND, MENDED, keeping.STAYING)


class CaseDesk:
    """Deliveries and deadlines of cases, and alarms for the coordinator."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def address(self, work: Work, recipient: str, notice: str) -> Sequence[tuple[str, str]]:
        """By the ways of the person's entry; whoever none of them reaches is looked for on the other
        platforms, by the same verified e-mail. What they got already goes by a way of their entry only."""
        entry = self._house.directory.person(recipient)
        if entry is None:
            return ()
        others = () if json.loads(notice).get(NEXT_WAY) else self._house.platforms
        return tuple((name, entry.email) for name in dict.fromkeys((*entry.platforms, *others)))

    def pressing(self, notice: str) -> bool:
        return json.loads(notice)["kind"] in (ALARM, linking.ALARM)

    async def draw(
        self, work: Work, notice: str, recipient: str, case_id: str | None, *, posted: bool = False
    ) -> Drawn | None:
        show = json.loads(notice)
        if show["kind"] == linking.UNLINKED:
            return self._drawn(self._house.left("", "account"), show, 0)
        if posted and recipient and self._house.directory.person(recipient) is None:
            return await self._gone(work, show, recipient, case_id)
        if show["kind"] == ALARM:
            whose = await self._whose(work, show["noted"]) if "noted" in show else ""
            alarm = self._house.alarm(show["what"], show["detail"], show.get("as", ""), whose)
            return self._drawn(alarm, show, 0)
        desk = Desk(self._house, work)
        if show["kind"] == NUMBERS:
            may = desk.may_confirm_numbers(recipient)
            return self._drawn(self._house.numbers(await desk.numbers(), desk, may), show, 0)
        if show["kind"] in linking.KINDS:
            card = await linking.drawn(desk, show, recipient)
            return self._drawn(card, show, 0) if card is not None else None
        if show["kind"] == FOLLOW_UP:
            if not await wanted(work, recipient, show["about"], show["due"]):
                return None
            card = self._house.follow_up(show["about"], desk.person(recipient), desk)
            return self._drawn(card, show, 0)
        if show["kind"] == TOPIC:
            return self._drawn(self._house.topic(show["topic"], desk), show, 0)
        if show["kind"] in _OF_PEOPLE:
            told = await self._of_people(desk, show, recipient)
            if told is None and posted and show["kind"] == RETURNED:
                told = self._house.left("", "")
            return self._drawn(told, show, 0) if told is not None else None
        case = await desk.any_case(case_id or "")
        if case is None:
            return None
        if recipient and not sees(case, recipient, "that_it_is"):
            return self._left(case, recipient, show) if posted or show["kind"] == LEFT else None
        if show["kind"] == GLANCE:
            return Drawn(Card(""), case.version, stays=True)
        card = await desk.card(case, show["kind"], recipient, show["sequence"])
        return self._drawn(card, show, case.version)

    def _left(self, case: Case, recipient: str, show: dict[str, Any]) -> Drawn | None:
        """That this person is not on the case any more; None for somebody who never was."""
        why = case.left.get(recipient)
        return self._drawn(self._house.left(case.reference, why), show, case.version) if why else None

    async def _gone(
        self, work: Work, show: dict[str, Any], recipient: str, case_id: str | None
    ) -> Drawn | None:
        """What stands in the chat of somebody who is not in the directory any more: nothing of any case."""
        if case_id is None and show["kind"] not in _OF_PEOPLE:
            return None
        case = await Desk(self._house, work).any_case(case_id) if case_id is not None else None
        version = case.version if case is not None else 0
        return self._drawn(self._house.left("", "not_in_directory"), show, version)

    async def _of_people(self, desk: Desk, show: dict[str, Any], recipient: str) -> Card | None:
        """What tells of entries and absences."""
        if show["kind"] == STILL_RIGHT:
            return self._house.still_right(recipient, desk)
        if show["kind"] == RETURNED:
            since = datetime.fromisoformat(show["since"])
            return await self._house.returned(recipient, since, desk)
        if recipient != desk.directory.coordinator:
            return None
        if show["kind"] == keeping.STAYING:
            cards = [keeping.Staying(*one) for one in show["left"]]
            return self._house.staying(show["reference"], show["erased"], cards, desk)
        if show["kind"] == MENDED:
            return self._house.mended(show["person"], desk)
        return self._house.mend(show["person"], _failed(show["failed"]), desk)

    def _drawn(self, card: Card, show: dict[str, Any], version: int) -> Drawn:
        mark = show.get("mark", "")
        return Drawn(self._house.marked(card, mark) if mark else card, version)

    def again(self, notice: str) -> str:
        return _marked(notice, "again")

    async def lost(self, work: Work, card: PostedCard) -> None:
        """The standing card of an open case is put up anew, and says so; what only told of a step is not."""
        show = json.loads(card.notice)
        if card.case_id is None or not card.person or show["kind"] not in STANDING:
            return
        case = await Desk(self._house, work).any_case(card.case_id)
        if case is not None and case.open:
            key = f"{card.case_id}:instead:{card.id}"
            await work.deliver(key, card.case_id, card.person, None, _marked(card.notice, "instead"))

    async def taken_away(self, work: Work, case_id: str, left: Sequence[PostedCard]) -> None:
        await keeping.taken_away(work, case_id, left, self._house.directory.coordinator)

    async def undeliverable(self, work: Work, delivery: DeliveryRow, reason: str) -> None:
        """The next person gets a stage's message, and the raiser is told. Where nobody is left to tell, the
        coordinator is; where it is the coordinator who can't be reached, only the alarm outside is left."""
        show = json.loads(delivery.notice)
        if show["kind"] in (ALARM, linking.ALARM):
            await self._unheard(work, delivery, show, reason)
            return
        if show["kind"] == linking.ASK:
            await Desk(self._house, work).not_asked(delivery)
            return
        if show["kind"] in (FOLLOW_UP, TOPIC, linking.DONE, linking.TOLD):
            # What somebody practised, or asked about, is nobody else's business; a new account finds out, and
            # one that was lost is why the coordinator was asked.
            _log.warning("a message could not be delivered", kind=show["kind"], reason=reason)
            return
        failed = _ways_failed(delivery)
        if failed or not show.get(NEXT_WAY):
            # Without a next way there is nothing to mend: they have it by their only one.
            await to_mend(work, delivery, reason, self._house.directory.coordinator)
        if show["kind"] in _OF_PEOPLE:
            _log.warning("nobody could be told of an entry", kind=show["kind"], reason=reason)
            return
        if delivery.case_id is not None and delivery.recipient and show["kind"] != NOT_REACHED:
            command: c.Command = c.Undeliverable(delivery.recipient, show["stage"], reason, failed)
            if show.get(NEXT_WAY):
                command = c.NoNextWay(delivery.recipient, show["stage"], failed)
            if await Desk(self._house, work).act_of_clock(delivery.case_id, command) is not None:
                return
        await self.alarm(work, "undeliverable", reason)

    async def delivered(self, work: Work, delivery: DeliveryRow, card: PostedCard) -> None:
        """The case says "delivered" only when a platform has taken the message."""
        show = json.loads(delivery.notice)
        coordinator = self._house.directory.coordinator
        await arrived(work, delivery, coordinator)
        if delivery.recipient == coordinator:
            await work.incident_over(UNHEARD)
        if delivery.case_id is None or show["kind"] not in MESSAGES:
            return
        command = c.Delivered(delivery.recipient, show["stage"], card.platform, _ways_failed(delivery))
        await Desk(self._house, work).act_of_clock(delivery.case_id, command)

    async def fire(self, work: Work, deadline: DeadlineRow) -> None:
        await Desk(self._house, work).run_out(deadline.case_id, deadline.key)

    async def started(self, work: Work) -> None:
        """Before people rely on the service: somebody has to ring the urgent numbers of the policy."""
        notice = json.dumps({"kind": NUMBERS})
        for one in await numbers.ask(work, self._house.policy, self._house.directory, notice):
            wrong = one.standing == "wrong"
            _log.warning(_REPORTED if wrong else _UNCHECKED, number=one.contact.number)

    async def alarm(self, work: Work, what: str, detail: str, *, still: bool = False, noted: int = 0) -> None:
        """A human must look: the coordinator is told what is wrong, never what a case is about. `noted` is
        the event of the security log (its sequence) that says whose matter it is: no name and no address
        stands in what is kept of the message."""
        show: dict[str, Any] = {"kind": ALARM, "what": what, "detail": detail}
        show |= ({"as": "still"} if still else {}) | ({"noted": noted} if noted else {})
        told = hashlib.sha256(json.dumps(show).encode()).hexdigest()[:24]
        key = f"{ALARM}:{what}:{told}:{work.real_now.isoformat()}"
        await work.deliver(key, None, self._house.directory.coordinator, None, json.dumps(show))

    async def _whose(self, work: Work, noted: int) -> str:
        """The name of whom that event of the security log is about; where nobody of the directory has the
        address that it tells of, the address."""
        rows = await work.events_after(SECURITY, noted - 1, 1)
        for row, body in zip(rows, await work.bodies(rows), strict=True):
            entry = self._house.directory.person(json.loads(body)["person"])
            return entry.name if entry is not None else row.actor.split(":", 2)[-1]
        return ""

    async def _unheard(self, work: Work, delivery: DeliveryRow, show: dict[str, Any], reason: str) -> None:
        """An alarm that does not reach the coordinator goes to a safeguarding lead, first to that of the same
        agency, who learns what is wrong and not with which case. The outside hears of it: see `/healthz`."""
        _log.error("an alarm did not reach whom it was for", reason=reason)
        await work.incident(UNHEARD)
        if show["kind"] != ALARM or show["what"] == UNHEARD:
            return
        others = self._instead_of_coordinator()
        tried = others.index(delivery.recipient) + 1 if delivery.recipient in others else 0
        for lead in others[tried : tried + 1]:
            instead = json.dumps({"kind": ALARM, "what": show["what"], "detail": "", "as": "instead"})
            await work.deliver(f"{delivery.key}:instead", None, lead, None, instead)

    def _instead_of_coordinator(self) -> list[str]:
        directory = self._house.directory
        own = directory.person(directory.coordinator)
        leads = [directory.lead(own.agency)] if own else []
        leads += [directory.person(lead) for lead in directory.safeguarding_leads.values()]
        found = dict.fromkeys(lead.id for lead in leads if lead and lead.id != directory.coordinator)
        return list(found)[:_LEADS]


def _ways_failed(delivery: DeliveryRow) -> tuple[events.Failed, ...]:
    return _failed(json.loads(delivery.failed))


def _failed(tried: list[tuple[str, str]]) -> tuple[events.Failed, ...]:
    return tuple(events.Failed(way=way, reason=reason) for way, reason in tried)


def _marked(notice: str, mark: str) -> str:
    """The notice with why it comes: "again" (the first may have arrived) or "instead" (the first is lost)."""
    return json.dumps({**json.loads(notice), "mark": mark})
