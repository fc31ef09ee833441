"""Posted cards: what stands in the chats, and must show the truth."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import and_, bindparam, func, literal, or_, select, text, union_all, update
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import col

from bot.chat.turn import Account, Address, Message, Place
from bot.store.cases import Cases
from bot.store.places import destination
from bot.store.rows import table_of
from bot.store.tables import BlockRow, DeliveryRow, PostedCard

UPDATES = "updates/"
"""Before the name of a workspace or tenant: redrawing is blocked there, posting is not."""
STALE = text("posted_cards.wanted_version > posted_cards.shown_version AND posted_cards.state = 'shown'")

_STANDING = ("shown", "ended")
_cards = table_of(PostedCard)
_OLDER = (
    update(_cards)
    .where(_cards.c.case_id == bindparam("of_case"), _cards.c.wanted_version < bindparam("version"))
    .values(wanted_version=bindparam("version"))
)


class Cards(Cases):
    async def card_posted(
        self,
        case_id: str | None,
        person: str,
        place: Place,
        message: Message,
        notice: str,
        version: int,
        digest: str = "",
    ) -> PostedCard:
        """The card drawn from `notice` at `version` stands there now; it is redrawn when its case moves on.

        The same message posted again (a redraw as another notice) replaces what was known of it.
        """
        # Locking the case: what it becomes meanwhile either waits for this row, or is seen here.
        current = await self.case(case_id) if case_id else None
        erased = current is not None and current.status == "erased"
        address = message.address
        fresh = PostedCard(
            case_id=case_id,
            person=person,
            destination=destination(person, place),
            platform=address.platform,
            tenant=address.tenant,
            app=address.app,
            conversation=address.conversation,
            service=address.service,
            kind=place.kind,
            message_id=message.id,
            thread=message.thread,
            notice="" if erased else notice,
            wanted_version=max(version, current.version) if current else version,
            shown_version=version,
            shown_digest=digest,
            # It was on its way when its case was erased: it goes the way of the others.
            state="removing" if erased else "shown",
            tries=0,
            token=0,
            free_at=self.real_now,
        )
        values = fresh.model_dump(exclude={"id"})
        kept = (
            self._insert(PostedCard)
            .values(**values)
            .on_conflict_do_update(
                index_elements=["platform", "tenant", "conversation", "message_id"],
                set_=values | {"token": col(PostedCard.token) + 1},
            )
        )
        written = kept.returning(col(PostedCard.id), col(PostedCard.token))
        row = (await self._execute(written)).one()
        fresh.id, fresh.token = row.id, row.token
        self.wake()
        return fresh

    async def cards_changed(self, case_id: str, version: int) -> None:
        """Every card of the case is to show `version`. Several changes in a row become one redrawing."""
        await self._execute(_OLDER, {"of_case": case_id, "version": version})
        self.wake()

    async def cards_anew(self, person: str) -> None:
        """Everything that stands in the chats of this person is drawn once more, whatever it shows now: of
        the cases that they are or were on, and what belongs to no case."""
        anew = {
            "shown_version": col(PostedCard.wanted_version) - 1, "shown_digest": "",
            "token": col(PostedCard.token) + 1, "free_at": self.real_now,
        }  # fmt: skip
        theirs = (col(PostedCard.person) == person, col(PostedCard.state) == "shown")
        await self._execute(update(PostedCard).where(*theirs).values(**anew))
        self.wake()

    async def cards_become(self, account: Account, conversations: Collection[str], notice: str) -> None:
        """Whatever stands in these chats of this account is drawn from another notice from now on."""
        anew = {
            "notice": notice, "shown_version": col(PostedCard.wanted_version) - 1, "shown_digest": "",
            "token": col(PostedCard.token) + 1, "free_at": self.real_now,
        }  # fmt: skip
        theirs = (
            col(PostedCard.platform) == account.platform,
            col(PostedCard.tenant) == account.tenant,
            col(PostedCard.conversation).in_(conversations),
            col(PostedCard.state) == "shown",
        )
        await self._execute(update(PostedCard).where(*theirs).values(**anew))
        self.wake()

    async def case_in_thread(self, address: Address, thread: str) -> str | None:
        """The case whose card is the thread's root or stands in it; None for another thread or for ""."""
        if not thread:
            return None
        told = (PostedCard.id, PostedCard.case_id, PostedCard.platform, PostedCard.tenant)
        here = select(*map(col, told)).where(
            col(PostedCard.conversation) == address.conversation, col(PostedCard.case_id).is_not(None)
        )
        root, below = (here.where(col(at) == thread) for at in (PostedCard.message_id, PostedCard.thread))
        # A look into an index for each: together, all cards of the conversation would be gone through.
        found = [
            (row.id, row.case_id)
            for row in await self._execute(union_all(root, below))
            if row.platform == address.platform and address.tenant in ("", row.tenant)
        ]
        return str(max(found)[1]) if found else None

    async def case_of_message(self, address: Address, message_id: str) -> str | None:
        """The case that this message of ours shows."""
        return await self._case_of(self._at(address), col(PostedCard.message_id) == message_id)

    async def thread_of(self, case_id: str, address: Address) -> str:
        """The root of the thread of this case in this conversation; "" where it has none yet."""
        here = (self._at(address), col(PostedCard.case_id) == case_id, col(PostedCard.state).in_(_STANDING))
        first = select(col(PostedCard.thread), col(PostedCard.message_id)).where(*here)
        root = (await self._execute(first.order_by(col(PostedCard.id)).limit(1))).first()
        return "" if root is None else str(root.thread or root.message_id)

    async def claim_cards(self, limit: int, lease: timedelta, held: Collection[str] = ()) -> list[PostedCard]:
        """Claim cards that show an old version, oldest first; none of the workspaces and tenants `held` (see
        `lane_of`).

        Posts come first: no card while a message of its case is on its way to the same destination, and
        none of a platform, a workspace or a tenant that asked us to wait.
        """
        lane = col(PostedCard.platform) + literal(":") + col(PostedCard.tenant)
        ahead = select(DeliveryRow.id).where(  # type: ignore[call-overload]
            col(DeliveryRow.destination) == col(PostedCard.destination),
            func.coalesce(col(DeliveryRow.case_id), text("''"))
            == func.coalesce(col(PostedCard.case_id), text("''")),
            col(PostedCard.case_id).is_not(None),
            col(DeliveryRow.finished_at).is_(None),
            or_(col(DeliveryRow.wait_until).is_(None), col(DeliveryRow.wait_until) <= self.now),
        )
        blocked = select(BlockRow.name).where(  # type: ignore[call-overload]
            col(BlockRow.until) > self.real_now,
            or_(
                # As an earlier release names it, which may run beside this one.
                col(BlockRow.name) == col(PostedCard.platform),
                col(BlockRow.name) == literal(UPDATES) + col(PostedCard.platform),
                col(BlockRow.name) == lane,
                col(BlockRow.name) == literal(UPDATES) + lane,
            ),
        )
        some = select(PostedCard).where(
            STALE,
            col(PostedCard.free_at) <= self.real_now,
            lane.not_in(held),
            ~ahead.exists(),
            ~blocked.exists(),
        )
        some = some.order_by(col(PostedCard.free_at), col(PostedCard.id)).limit(limit)
        rows = await self._all(PostedCard, some.with_for_update(skip_locked=True))
        for row in rows:
            row.token, row.free_at = row.token + 1, self.real_now + lease
        if rows:
            claim = update(PostedCard).where(col(PostedCard.id).in_([row.id for row in rows]))
            await self._execute(claim.values(token=col(PostedCard.token) + 1, free_at=self.real_now + lease))
        return rows

    async def holds_card(self, claimed: PostedCard, spare: timedelta) -> bool:
        """Whether the claim is still ours and runs at least for `spare`: asked right before redrawing."""
        long_enough = col(PostedCard.free_at) > self.real_now + spare
        ours = (col(PostedCard.id) == claimed.id, col(PostedCard.token) == claimed.token, long_enough)
        return (await self._execute(select(col(PostedCard.id)).where(*ours))).first() is not None

    async def card_overwritten(self, claimed: PostedCard) -> None:
        """Somebody else had the card when we redrew it: nobody knows which picture stands there now, so it is
        drawn once more, by whoever comes next. Whoever is at it at this moment is not believed either."""
        here = (col(PostedCard.id) == claimed.id, col(PostedCard.state) == "shown")
        anew = {
            "shown_version": col(PostedCard.wanted_version) - 1, "shown_digest": "",
            "token": col(PostedCard.token) + 1, "free_at": self.real_now,
        }  # fmt: skip
        await self._execute(update(PostedCard).where(*here).values(**anew))
        self.wake()

    async def card_shown(self, claimed: PostedCard, version: int, digest: str) -> bool:
        """The platform shows `version` now; False if somebody else has the card meanwhile."""
        self.wake()
        return await self._card_fenced(
            claimed, shown_version=version, shown_digest=digest, free_at=self.real_now, tries=0
        )

    async def card_over(self, claimed: PostedCard, state: str) -> bool:
        """The card is "gone" or "ended": it is not redrawn any more. False as above."""
        return await self._card_fenced(claimed, state=state)

    async def card_later(self, claimed: PostedCard, after: timedelta) -> bool:
        """Try again `after` this. False as above."""
        return await self._card_fenced(claimed, free_at=self.real_now + after, tries=claimed.tries + 1)

    async def next_stale(self) -> datetime | None:
        """When (real time) the next stale card that is waiting may be claimed; None when there is none."""
        soonest = select(func.min(col(PostedCard.free_at))).where(
            STALE, col(PostedCard.free_at) > self.real_now
        )
        at: datetime | None = (await self._execute(soonest)).scalar()
        return at

    async def stale_cards(self) -> int:
        """How many cards show an old version."""
        return int(
            (await self._execute(select(func.count()).select_from(PostedCard).where(STALE))).scalar_one()
        )

    async def _card_fenced(self, claimed: PostedCard, **values: object) -> bool:
        ours = (col(PostedCard.id) == claimed.id, col(PostedCard.token) == claimed.token)
        result = update(PostedCard).where(*ours).values(**values)
        return await self._changed(result.returning(col(PostedCard.id))) == 1

    def _at(self, address: Address) -> ColumnElement[bool]:
        """In this conversation, whatever was known of the app when the card was posted. Of a channel that
        only the directory names, not even the tenant is known."""
        here = [
            col(PostedCard.platform) == address.platform,
            col(PostedCard.conversation) == address.conversation,
        ]
        if address.tenant:
            here.append(col(PostedCard.tenant) == address.tenant)
        return and_(*here)

    async def _case_of(self, *where: ColumnElement[bool]) -> str | None:
        newest = select(col(PostedCard.case_id)).where(*where, col(PostedCard.case_id).is_not(None))
        case_id: str | None = (
            await self._execute(newest.order_by(col(PostedCard.id).desc()).limit(1))
        ).scalar()
        return case_id
