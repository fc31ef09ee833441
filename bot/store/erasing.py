"""Erasing: a case is reduced to what is counted, and its copies are taken away from wherever they lie.

All of one case is one transaction. What stands in the chats is not in our hands: it is marked to be taken
away in the same transaction, and whoever comes next does it, also after a crash.
"""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, literal, or_, select, text, update
from sqlalchemy.orm import Mapped
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import col

from bot.store.acts import DIGEST
from bot.store.cards import UPDATES, Cards
from bot.store.mail import FORM, Mail
from bot.store.rows import Conflict
from bot.store.sealed_columns import LETTER
from bot.store.states import States
from bot.store.tables import (
    ActRow,
    BlockRow,
    CaseMember,
    CaseRow,
    DeadlineRow,
    DeliveryRow,
    LetterRow,
    PostedCard,
    StateRow,
)

ERASED = "erased"
"""The status of a case of which nothing is left but what is counted."""
REMOVING = text("posted_cards.state = 'removing'")
"""As in the index, word for word."""
_CLOSED = text("cases.status = 'closed'")
_UNMINIMISED = text("NOT cases.minimised")
_TRAINING = text("cases.training AND cases.status <> 'erased'")


class Erasing(Cards, States, Mail):
    async def closed_before(
        self, at: datetime, limit: int, *, minimised: bool = True, after: CaseRow | None = None
    ) -> list[CaseRow]:
        """Closed cases that are no training, the one that was closed first at the head; those `after` this
        one. Without `minimised`, only those whose copies are still there."""
        some = select(CaseRow).where(_CLOSED, col(CaseRow.closed_at) <= at, ~col(CaseRow.training))
        if not minimised:
            some = some.where(_UNMINIMISED)
        if after is not None:
            some = some.where(*_later(col(CaseRow.closed_at), after.closed_at, after.id))
        in_order = some.order_by(col(CaseRow.closed_at), col(CaseRow.id)).limit(limit)
        return await self._those_readable(await self._all(CaseRow, in_order))

    async def training_before(
        self, at: datetime, limit: int, *, after: CaseRow | None = None
    ) -> list[CaseRow]:
        """Training cases that began before then, open or closed, the oldest first; those `after` this one."""
        some = select(CaseRow).where(_TRAINING, col(CaseRow.opened_at) <= at)
        if after is not None:
            some = some.where(*_later(col(CaseRow.opened_at), after.opened_at, after.id))
        in_order = some.order_by(col(CaseRow.opened_at), col(CaseRow.id)).limit(limit)
        return await self._those_readable(await self._all(CaseRow, in_order))

    async def closed_cases(self) -> int:
        """How many cases are closed and not erased."""
        counted = select(func.count()).select_from(CaseRow).where(_CLOSED)
        return int((await self._execute(counted)).scalar_one())

    async def on_its_way(self, case_id: str) -> bool:
        """Whether a message of the case is being sent, or may have been sent without our knowing. In a
        writing transaction nobody begins to send one until the end."""
        messages = select(col(DeliveryRow.state), col(DeliveryRow.doubt_since)).where(
            col(DeliveryRow.case_id) == case_id, col(DeliveryRow.finished_at).is_(None)
        )
        if self._writing:
            messages = messages.with_for_update()
        rows = await self._execute(messages)
        return any(row.state == "sending" or row.doubt_since is not None for row in rows)

    async def reduce_case(self, row: CaseRow, outcome: str) -> None:
        """Nothing is left of the case but what is counted: reference, beginning, end, stage, `outcome`. Its
        clocks and the people on it go. Raises Conflict where it is no longer as in `row`."""
        self._held = None
        bare = {
            "version": row.version + 1, "status": ERASED, "state": "", "raiser": "", "outcome": outcome,
        }  # fmt: skip
        here = (col(CaseRow.id) == row.id, col(CaseRow.version) == row.version)
        reduced = update(CaseRow).where(*here).values(**bare).returning(col(CaseRow.id))
        if await self._changed(reduced) != 1:
            raise Conflict(f"case {row.reference} is no longer at version {row.version}")
        for table in (CaseMember, DeadlineRow):
            await self._execute(delete(table).where(col(table.case_id) == row.id))

    async def take_copies_away(
        self, case_id: str, people: Collection[str], addresses: Collection[str],
        about: Callable[[str], bool], *, under_way: bool,
    ) -> int:  # fmt: skip
        """Whatever was kept of the case beside it: messages that were sent (and with `under_way`, those that
        still would be), letters, drafts of `people`; `about` says of a text whether it tells of the case. And
        every reply that would be repeated. The cards in the chats are to be taken away from now on: how
        many."""
        messages = delete(DeliveryRow).where(col(DeliveryRow.case_id) == case_id)
        if not under_way:
            messages = messages.where(col(DeliveryRow.finished_at).is_not(None))
        await self._execute(messages)
        await self._forget_drafts(people, about)
        await self._forget_letters(addresses, about)
        await self._forget_replies()
        bare = {
            "state": "removing", "notice": "", "shown_digest": "", "tries": 0, "free_at": self.real_now,
            "token": col(PostedCard.token) + 1, "left_because": "",
        }  # fmt: skip
        marked = update(PostedCard).where(col(PostedCard.case_id) == case_id, col(PostedCard.state) != "left")
        self.wake()
        return await self._changed(marked.values(**bare).returning(col(PostedCard.id)))

    async def _forget_drafts(self, people: Collection[str], about: Callable[[str], bool]) -> None:
        theirs = select(StateRow).where(col(StateRow.person_key).in_(list(people)))
        for row in await self._all(StateRow, theirs):
            if about(self.state_in(row.data, row.person_key, row.place_key, row.name)):
                this = (
                    col(StateRow.person_key) == row.person_key, col(StateRow.place_key) == row.place_key,
                    col(StateRow.name) == row.name,
                )  # fmt: skip
                await self._execute(delete(StateRow).where(*this))

    async def _forget_letters(self, addresses: Collection[str], about: Callable[[str], bool]) -> None:
        """A letter that tells of the case goes with its links and codes; a further card on the page of
        another letter goes alone."""
        theirs = select(LetterRow).where(col(LetterRow.address).in_(list(addresses)))
        gone = [
            row
            for row in await self._all(LetterRow, theirs)
            if about(self._open(row.card, LETTER.about(row.id))) or about(row.key or "")
        ]
        letters = [row.id for row in gone if row.id == row.letter]
        if letters:
            await self.forget_letters(letters)
        if gone:
            await self._execute(delete(LetterRow).where(col(LetterRow.id).in_([row.id for row in gone])))

    async def _forget_replies(self) -> None:
        """Those of all acts, whatever they tell of: they only serve to answer an act that a platform delivers
        again within a day, and to open each would take long. The act still counts once, and is then answered
        as one of which nothing was kept. Digests of forms stay: without them, a form that comes again would
        be taken for another."""
        key = col(ActRow.key)
        digest = or_(key.endswith(DIGEST, autoescape=True), key.startswith(FORM, autoescape=True))
        told = update(ActRow).where(text("acts.outcome <> ''"), ~digest)
        await self._execute(told.values(outcome=""))

    # Cards that are to be taken away

    async def claim_removals(self, limit: int, lease: timedelta) -> list[PostedCard]:
        """Claim cards that are to be taken away, the oldest first; none of a workspace or a tenant that asked
        us to wait."""
        lane = col(PostedCard.platform) + literal(":") + col(PostedCard.tenant)
        blocked = select(BlockRow.name).where(  # type: ignore[call-overload]
            col(BlockRow.until) > self.real_now,
            or_(col(BlockRow.name) == lane, col(BlockRow.name) == literal(UPDATES) + lane),
        )
        some = select(PostedCard).where(REMOVING, col(PostedCard.free_at) <= self.real_now, ~blocked.exists())
        some = some.order_by(col(PostedCard.free_at), col(PostedCard.id)).limit(limit)
        rows = await self._all(PostedCard, some.with_for_update(skip_locked=True))
        for row in rows:
            row.token, row.free_at = row.token + 1, self.real_now + lease
        if rows:
            claim = update(PostedCard).where(col(PostedCard.id).in_([row.id for row in rows]))
            await self._execute(claim.values(token=col(PostedCard.token) + 1, free_at=self.real_now + lease))
        return rows

    async def card_removed(self, claimed: PostedCard) -> bool:
        """It stands there no more, and is forgotten; False if somebody else has it meanwhile."""
        ours = (col(PostedCard.id) == claimed.id, col(PostedCard.token) == claimed.token)
        return await self._changed(delete(PostedCard).where(*ours).returning(col(PostedCard.id))) == 1

    async def card_left(self, claimed: PostedCard, reason: str) -> bool:
        """It can't be taken away; False as above."""
        return await self._card_fenced(claimed, state="left", left_because=reason)

    async def next_removal(self) -> datetime | None:
        """When (real time) the next card that is to be taken away may be claimed; None when there is none."""
        soonest = select(func.min(col(PostedCard.free_at))).where(
            REMOVING, col(PostedCard.free_at) > self.real_now
        )
        at: datetime | None = (await self._execute(soonest)).scalar()
        return at

    async def removals_over(self, case_id: str) -> list[PostedCard] | None:
        """The cards of the case that could not be taken away, once nobody is at any of them; None before."""
        of_case = select(PostedCard).where(col(PostedCard.case_id) == case_id)
        rows = await self._all(PostedCard, of_case.order_by(col(PostedCard.id)))
        return None if any(row.state == "removing" for row in rows) else [
            row for row in rows if row.state == "left"
        ]  # fmt: skip

    async def was_delivered(self, begins: str) -> bool:
        """Whether a message whose key begins so was given to be delivered, within the last 30 days."""
        such = select(col(DeliveryRow.id)).where(col(DeliveryRow.key).startswith(begins, autoescape=True))
        return (await self._execute(such.limit(1))).first() is not None

    async def forget_left(self, case_id: str) -> None:
        """Somebody has been told of the cards that could not be taken away: they are forgotten, too."""
        left = (col(PostedCard.case_id) == case_id, col(PostedCard.state) == "left")
        await self._execute(delete(PostedCard).where(*left))


def _later(when: Mapped[Any], at: datetime | None, case_id: str) -> tuple[ColumnElement[bool], ...]:
    """Behind the case, in the order of this time and of the ids."""
    return when >= at, or_(when > at, col(CaseRow.id) > case_id)
