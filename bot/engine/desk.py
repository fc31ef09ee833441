"""What the engine asks of the desk: the engine knows rows, the desk knows what they mean."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.chat.card import Card
from bot.store.work import DeadlineRow, DeliveryRow, PostedCard, Work


@dataclass(frozen=True, slots=True)
class Drawn:
    """A card, and the version of the case that it shows. `stays`: what stands there already is right."""

    card: Card
    version: int
    stays: bool = False

    @property
    def digest(self) -> str:
        """Tells one picture from another: what looks the same need not be drawn again."""
        return hashlib.sha256(repr(self.card).encode()).hexdigest()


class EngineDesk(Protocol):
    """Each method works inside the transaction it is given and does nothing outside of it. `address` and
    `draw` only read."""

    async def address(self, work: Work, recipient: str, notice: str) -> Sequence[tuple[str, str]]:
        """Platform and verified e-mail, in order of preference; empty where there is nobody."""

    def pressing(self, notice: str) -> bool:
        """Whether it goes before all else that waits: it says that something is wrong with the service."""

    async def draw(
        self, work: Work, notice: str, recipient: str, case_id: str | None, *, posted: bool = False
    ) -> Drawn | None:
        """What the notice says now; None when it is not to be shown any more. `posted`: it stands in a chat
        already, where nothing may be left that its reader is not to see now."""

    def again(self, notice: str) -> str:
        """The notice that also says that it may have come before, now and whenever it is drawn again: nobody
        can tell whether the first one arrived."""

    async def undeliverable(self, work: Work, delivery: DeliveryRow, reason: str) -> None:
        """Nothing reaches this recipient: the next person, the safety net, and the raiser is told."""

    async def delivered(self, work: Work, delivery: DeliveryRow, card: PostedCard) -> None:
        """The message stands in the chat."""

    async def lost(self, work: Work, card: PostedCard) -> None:
        """The platform has this card no more: whether another one takes its place."""

    async def taken_away(self, work: Work, case_id: str, left: Sequence[PostedCard]) -> None:
        """All cards of the case that were to be taken away are, but for those `left`."""

    async def fire(self, work: Work, deadline: DeadlineRow) -> None:
        """The clock has run out. The row has ended in this same transaction."""

    async def alarm(self, work: Work, what: str, detail: str, *, still: bool = False) -> None:
        """A human must look. `what` is one of the names in `bot.engine.alarms`, or the kind of a finding.
        `still`: they were told before."""
