"""Whoever lost their post, or is gone from the directory, leaves their cases.

What happens while somebody looks is told by the register. What happened while nobody did is found at the
start and once a day, by comparing who is on the cases with what the directory's history tells of its posts.
"""

import contextlib
import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot.chat.port import NotSaved
from bot.desk.desk import Desk
from bot.desk.house import House
from bot.desk.stored import event_of, stream_of
from bot.escalation import commands as c
from bot.escalation import events as e
from bot.escalation.case import Case
from bot.escalation.events import Leaving
from bot.people.register import Lost
from bot.store.database import Database
from bot.store.directory import STREAM
from bot.store.work import Conflict

COMPARE_EVERY = timedelta(days=1)
_MANAGERS = ("raising_manager", "receiving_manager")
_CASES, _CHANGES = 200, 20
"""So many are read in one transaction."""
_log = structlog.get_logger(__name__)


class Leavers:
    """One in each process. Each case is left in a transaction of its own."""

    def __init__(self, database: Database, house: House) -> None:
        self._database = database
        self._house = house
        self._followed = 0
        self._lost_at: dict[Lost, datetime] = {}
        self._compared: datetime | None = None

    async def told(self) -> int:
        """Those of whom the register tells; how many have left all their cases. What fails is tried again
        with the next round, after all others. What another act was faster at stops the rest until then."""
        register = self._house.register
        register.anybody_lost.clear()
        found = 0
        for one in tuple(register.lost):
            if one not in register.lost:
                continue
            try:
                done = await self._leaves(one)
            except (Conflict, NotSaved):
                return found
            except Exception as error:
                done = _failed(error)
            # The register may have another list by now.
            with contextlib.suppress(ValueError):
                register.lost.remove(one)
                if not done:
                    register.lost.append(one)
            found += done
        return found

    async def compared(self) -> int:
        """At the start and once a day: how many still were on cases by a post that they had lost. What fails
        is tried again the next day; what another act was faster at, with the next round."""
        async with self._database.reading() as work:
            now = work.now
        if self._compared is not None and now - self._compared < COMPARE_EVERY:
            return 0
        await self._follow()
        directory, found = self._house.directory, 0
        for one, at in self._lost_at.items():
            stands = {post.agency for post in directory.posts_of(one.person)}
            if one.agency in stands or directory.person(one.person) is None:
                continue
            try:
                found += await self._leaves(one, at)
            except (Conflict, NotSaved):
                return found
            except Exception as error:
                _failed(error)
        self._compared = now
        return found

    async def _follow(self) -> None:
        """Read on in the history of the directory: who lost what, and when."""
        while True:
            async with self._database.reading() as work:
                rows = await work.events_after(STREAM, self._followed, _CHANGES)
                bodies = await work.bodies(rows)
            for row, body in zip(rows, bodies, strict=True):
                self._lost_at |= dict.fromkeys(_losses(json.loads(body)["changes"]), row.at)
                self._followed = row.sequence
            if len(rows) < _CHANGES:
                return

    async def _leaves(self, one: Lost, lost_at: datetime | None = None) -> bool:
        """Case by case; what stands in their chats is drawn again. Whether they are off all of them. Where
        `lost_at` is given, those to which they came since then stay, and it is whether they left any."""
        after, done, left = "", True, False
        while True:
            async with self._database.reading() as work:
                theirs = await work.parts_after(one.person, after, _CASES)
            for case_id, role in theirs:
                if one.agency and role not in _MANAGERS:
                    continue
                try:
                    left = await self._leaves_case(one, case_id, lost_at) or left
                except (Conflict, NotSaved):
                    raise
                except Exception as error:
                    done = _failed(error)
            if len(theirs) < _CASES:
                break
            after = theirs[-1][0]
        if not one.agency:
            async with self._database.work() as work:
                await work.cards_anew(one.person)
        return done if lost_at is None else left

    async def _leaves_case(self, one: Lost, case_id: str, lost_at: datetime | None) -> bool:
        why: Leaving = "post_changed" if one.agency else "not_in_directory"
        async with self._database.work() as work:
            desk = Desk(self._house, work)
            case = await desk.any_case(case_id)
            if case is None or (one.agency and not _by_post(case, one)):
                return False
            if lost_at is not None:
                past = [event_of(event) for event in await work.history(stream_of(case_id))]
                if any(event.at > lost_at for event in _joining(past, one.person)):
                    return False
            acted = await desk.act_of_clock(case_id, c.Leave(one.person, why))
        return acted is not None and bool(acted.events)


def _failed(error: Exception) -> bool:
    """False. What the error says may hold words of a case."""
    _log.error("somebody could not be taken off a case", kind=type(error).__name__)
    return False


def _losses(changes: Iterable[dict[str, Any]]) -> Iterator[Lost]:
    """Who stands no more at a post that was changed; they may stand at another one of the same agency."""
    for change in changes:
        if change["kind"] == "post" and change["before"]:
            still = _order(change["after"] or {})
            for person in _order(change["before"]):
                if person not in still:
                    yield Lost(person, change["before"]["agency"])


def _order(post: dict[str, Any]) -> tuple[str, ...]:
    return (post.get("holder", ""), *post.get("deputies", ()))


def _by_post(case: Case, one: Lost) -> bool:
    """Whether this person is on the case as a manager of that agency's side."""
    member = case.members.get(one.person)
    agencies = {"raising_manager": case.raising_agency, "receiving_manager": case.receiving_agency}
    return member is not None and agencies.get(member.role) == one.agency


def _joining(past: Iterable[e.Event], person: str) -> Iterator[e.Event]:
    """The events with which this person came to have a part on a side, or somebody has it for them."""
    for event in past:
        match event:
            case e.StageEntered(parties=parties):
                there = (*parties.all_of("raising"), *parties.all_of("receiving"))
            case e.HandedOver(to=to):
                there = (to,)
            case _:
                continue
        if any(person in (party.person, party.covers) for party in there):
            yield event
