"""What coaching needs of the desk: to ask again in a while, and to count what helps, without people."""

import json
from datetime import datetime, timedelta
from typing import ClassVar

from pydantic import AwareDatetime, Field

from bot.chat.memory import State
from bot.chat.turn import Place, Turn
from bot.desk.memory import StoredMemory, memory_keys
from bot.desk.time import PartnershipTime
from bot.escalation.clock import Duration, due
from bot.store.work import Counted, Work

FOLLOW_UP = "follow_up"
"""The kind of notice that asks how it went."""
TOPIC = "topic"
"""The kind of notice that shows a topic of advice in a channel."""
_LATER = Duration.parse("2 working days")
_COUNTED, _COUNTED_FOR = "counted_for", timedelta(days=35)
"""What a person was counted for in a month stays in their own memory, so that the counts need no names."""
FEWEST = 5
"""Under so many people, no figure is shown."""


class FollowUps(State):
    """What this person wants to be asked about later, and when (aware UTC). Nothing else is asked."""

    name: ClassVar[str] = "follow_ups"
    keep_for: ClassVar[timedelta] = timedelta(days=60)
    due: dict[str, AwareDatetime] = Field(default_factory=dict)


class AskedIn(State):
    """The channel in which somebody asked, and was answered in private."""

    name: ClassVar[str] = "asked_in"
    keep_for: ClassVar[timedelta] = timedelta(hours=12)
    place: Place


class Coaching(StoredMemory, PartnershipTime):
    """`about` is a short name: "plan", "practice", or the id of an advice topic."""

    work: Work

    async def ask_later(self, turn: Turn, about: str) -> datetime:
        """Ask this person how it went, in two working days; gives when. The last call for it holds."""
        assert turn.person is not None, "only somebody of the directory is coached"
        at = due(self.now, _LATER, self.policy.calendar)
        kept = await self.recall(turn, FollowUps) or FollowUps()
        await self.keep(turn, FollowUps(due={**kept.due, about: at}))
        notice = json.dumps({"kind": FOLLOW_UP, "about": about, "due": at.isoformat()})
        person = turn.person.id
        key = f"{FOLLOW_UP}:{person}:{about}:{at.isoformat()}"
        await self.work.deliver(key, None, person, None, notice, wait_until=at)
        return at

    async def asks_later(self, turn: Turn, about: str) -> bool:
        """Whether this person is to be asked about it."""
        kept = await self.recall(turn, FollowUps)
        return kept is not None and kept.due.get(about, self.now) > self.now

    async def ask_no_more(self, turn: Turn, about: str, *, over: bool = False) -> None:
        """Not wanted any more: what was to be asked is dropped. `over`: it was answered, and what is still to
        come stays."""
        kept = await self.recall(turn, FollowUps)
        if kept is not None and about in kept.due and not (over and kept.due[about] > self.now):
            rest = {one: at for one, at in kept.due.items() if one != about}
            await self.keep(turn, FollowUps(due=rest))

    async def show_all(self, turn: Turn, topic: str) -> bool:
        """Show what is said about a topic to all in the channel where this person asked; False where they
        asked in none, or too long ago."""
        asked = await self.recall(turn, AskedIn)
        place = turn.place if turn.place.kind == "channel" else asked.place if asked else None
        if place is None:
            return False
        notice = json.dumps({"kind": TOPIC, "topic": topic})
        await self.work.deliver(f"{TOPIC}:{turn.key}", None, "", place, notice)
        return True

    async def count(self, turn: Turn, name: str) -> None:
        """Count a use. Who used it stays with the person's own memory, for this month."""
        month = self.now.astimezone(self.zone).strftime("%Y-%m")
        await self.work.count(month, name)
        person, _ = memory_keys(turn, here=False)
        until = self.now + _COUNTED_FOR
        if await self.work.remember_once(person, f"{month}:{name}", _COUNTED, until):
            await self.work.count_person(month, name)

    async def counted(self) -> tuple[Counted, ...]:
        """What was used, by at least `FEWEST` people in its month; nothing is given of the rest."""
        return tuple(one for one in await self.work.counted() if one.people >= FEWEST)


async def wanted(work: Work, person: str, about: str, at: str) -> bool:
    """Whether this person still wants to be asked about this, at this time (ISO)."""
    kept = await work.state(person, "", FollowUps.name)
    known = FollowUps.restore(kept[0], json.loads(kept[1])) if kept else None
    return known is not None and about in known.due and known.due[about].isoformat() == at
