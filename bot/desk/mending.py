"""An entry that has to be mended: a message reached somebody by no way. The coordinator learns who and why,
never of which case."""

import json
from collections.abc import Sequence
from datetime import timedelta

from bot.chat.turn import Turn
from bot.desk.coaching import FOLLOW_UP, TOPIC
from bot.desk.entries import MEND, Entries, NotTheirEntry
from bot.store.work import DeliveryRow, Work

MENDED = "mended"
"""The kind of notice that says that messages arrive again."""
LATE = "late"
"""The mark of a message that did not arrive at first."""
NEXT_WAY = "next_way"
"""In a notice: the same was sent to the same person before, by another way."""
_WITHIN = timedelta(days=30)
_ASKED = "asked"


class Mending(Entries):
    work: Work

    async def not_arrived(self, person: str) -> int:
        """How many messages did not reach this person in the last thirty days."""
        return len(await _lost(self.work, person))

    async def send_again(self, turn: Turn, person: str) -> int:
        """Have them tried anew; how many there were. Raises NotTheirEntry for all but the coordinator."""
        if not self.is_coordinator(turn):
            raise NotTheirEntry(person)
        lost = await _lost(self.work, person)
        late = {"mark": LATE, _ASKED: self.work.real_now.isoformat()}
        for row in lost:
            await self.work.send_again(row, json.dumps({**json.loads(row.notice), **late}))
        return len(lost)


async def _lost(work: Work, person: str) -> Sequence[DeliveryRow]:
    """Not what the coach wanted to ask, which has had its time, nor what arrived by another way."""
    found: list[DeliveryRow] = []
    for row in await work.not_arrived(person, _WITHIN):
        show = json.loads(row.notice)
        if show["kind"] not in (FOLLOW_UP, TOPIC) and not show.get(NEXT_WAY):
            found.append(row)
    return found


async def to_mend(work: Work, delivery: DeliveryRow, reason: str, coordinator: str) -> None:
    """Tell the coordinator that this person's entry needs a look: once a day, and once each time that they
    had it sent again."""
    notice = json.loads(delivery.notice)
    if delivery.recipient in ("", coordinator) or notice.get(NEXT_WAY):
        return
    asked = notice.get(_ASKED) or f"{work.now.date()}"
    failed = json.loads(delivery.failed) or [["", reason]]
    show = {"kind": MEND, "person": delivery.recipient, "failed": failed}
    await work.deliver(f"{MEND}:{delivery.recipient}:{asked}", None, coordinator, None, json.dumps(show))


async def arrived(work: Work, delivery: DeliveryRow, coordinator: str) -> None:
    """What was sent again has arrived: the coordinator who asked for it hears so, once."""
    asked = json.loads(delivery.notice).get(_ASKED)
    if asked is None:
        return
    show = json.dumps({"kind": MENDED, "person": delivery.recipient})
    await work.deliver(f"{MENDED}:{delivery.recipient}:{asked}", None, coordinator, None, show)
