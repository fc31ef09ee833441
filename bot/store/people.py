"""People as the platforms know them: accounts linked by a verified e-mail, and where they were seen."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import and_, delete, or_, select, text, update
from sqlalchemy.sql.elements import ColumnElement, TextClause
from sqlmodel import col

from bot.chat.turn import Account, Address, Place, PlaceKind
from bot.store.rows import Rows
from bot.store.statements import at, found
from bot.store.tables import AccountRow, PlaceRow

LINKED, WAITING, REFUSED = "linked", "waiting", "refused"
_ACCOUNT = ["platform", "tenant", "user"]
_CHANNEL = text("places.kind = 'channel'")
"""As in the index, word for word."""
_KINDS: dict[str, PlaceKind] = {"personal": "personal", "channel": "channel"}


class People(Rows):
    async def account(self, account: Account) -> str | None:
        """The person (directory id) that the account is linked to."""
        row = await self.account_row(account)
        return row.person if row is not None and row.state == LINKED else None

    async def account_row(self, account: Account) -> AccountRow | None:
        """What is known of the account, whether it is linked, waits, or was refused."""
        here = at(platform=account.platform, tenant=account.tenant, user=account.user)
        return await self._first(AccountRow, found(AccountRow, *_ACCOUNT), here)

    async def accounts_of(self, person: str) -> list[Account]:
        """The person's linked accounts, the newest first."""
        theirs = select(AccountRow).where(col(AccountRow.person) == person, col(AccountRow.state) == LINKED)
        rows = await self._all(AccountRow, theirs.order_by(col(AccountRow.linked_at).desc()))
        return [Account(row.platform, row.tenant, row.user) for row in rows]

    async def link(self, account: Account, person: str, email: str) -> None:
        """From now on the account is this person, found by this verified e-mail."""
        values = {
            "person": person,
            "email": email,
            "linked_at": self.now,
            "state": LINKED,
            "asked_at": None,
            "asked_in": "",
            "shown_name": "",
            "shown_where": "",
        }
        fresh = self._insert(AccountRow).values(
            platform=account.platform, tenant=account.tenant, user=account.user, **values
        )
        await self._execute(fresh.on_conflict_do_update(index_elements=_ACCOUNT, set_=values))
        theirs = (
            col(PlaceRow.platform) == account.platform,
            col(PlaceRow.tenant) == account.tenant,
            col(PlaceRow.user) == account.user,
        )
        await self._execute(update(PlaceRow).where(*theirs).values(person=person))

    async def wait(self, waiting: AccountRow, not_after: datetime) -> bool:
        """The account waits until the person has said that it is theirs, who is asked now.

        False, and nothing is changed, where it is linked or refused, or was asked about after `not_after`:
        of two turns at once, one asks.
        """
        values = waiting.model_dump(exclude=set(_ACCOUNT))
        fresh = self._insert(AccountRow).values(**waiting.model_dump())
        again = and_(col(AccountRow.state) == WAITING, col(AccountRow.asked_at) <= not_after)
        asked = fresh.on_conflict_do_update(index_elements=_ACCOUNT, set_=values, where=again)
        return await self._changed(asked.returning(col(AccountRow.user))) == 1

    async def asked_in(self, account: Account, platform: str) -> None:
        """The person is asked there now about an account that waits; "" where they can't be."""
        waiting = (*_is(account), col(AccountRow.state) == WAITING)
        await self._execute(update(AccountRow).where(*waiting).values(asked_in=platform))

    async def decide(self, account: Account, was: Collection[str], becomes: str) -> bool:
        """Change the account's state. False where it is in none of `was` any more: of two answers at once,
        the second one waits for the first, and sees what it was."""
        so = (*_is(account), col(AccountRow.state).in_(was))
        decided = update(AccountRow).where(*so).values(state=becomes)
        return await self._changed(decided.returning(col(AccountRow.user))) == 1

    async def accounts_known(self, person: str) -> list[AccountRow]:
        """Every account that is linked to this person, waits or was refused, the newest first."""
        theirs = select(AccountRow).where(col(AccountRow.person) == person)
        return await self._all(AccountRow, theirs.order_by(col(AccountRow.linked_at).desc()))

    async def unseen(self, account: Account) -> list[str]:
        """The account is nobody's any more: the personal places in which it was seen belong to nobody. Their
        conversations."""
        there = (
            col(PlaceRow.platform) == account.platform,
            col(PlaceRow.tenant) == account.tenant,
            col(PlaceRow.user) == account.user,
            col(PlaceRow.kind) == "personal",
        )
        nobody = update(PlaceRow).where(*there).values(person="").returning(col(PlaceRow.conversation))
        return list((await self._execute(nobody)).scalars())

    async def forget_waiting(self, account: Account) -> None:
        """The address of an account that waited is nobody's any more: forget that it waited."""
        await self._execute(delete(AccountRow).where(*_is(account), col(AccountRow.state) == WAITING))

    async def withheld(self, person: str, place: Place) -> bool:
        """Whether this personal place, found by the person's e-mail, may be that of somebody else: an account
        that waits or was refused was seen there, or is of that workspace or tenant, where none is linked."""
        address = place.address
        there = (
            col(AccountRow.person) == person,
            col(AccountRow.platform) == address.platform,
            col(AccountRow.tenant) == address.tenant,
        )
        linked = select(AccountRow.user).where(*there, col(AccountRow.state) == LINKED)  # type: ignore[call-overload]
        seen = select(PlaceRow.user).where(  # type: ignore[call-overload]
            col(PlaceRow.platform) == address.platform,
            col(PlaceRow.tenant) == address.tenant,
            col(PlaceRow.conversation) == address.conversation,
            col(PlaceRow.user) == col(AccountRow.user),
        )
        doubted = select(col(AccountRow.user)).where(
            *there, col(AccountRow.state) != LINKED, or_(~linked.exists(), seen.exists())
        )
        return (await self._execute(doubted.limit(1))).first() is not None

    async def seen(self, account: Account, person: str | None, place: Place) -> None:
        """The app was reached in this place: keep where that is. A home surface is no place to write to."""
        if place.kind == "home":
            return
        personal = place.kind == "personal"
        values = {
            "service": place.address.service,
            "kind": place.kind,
            "user": account.user if personal else "",
            "gone": False,
            "seen_at": self.real_now,
        }
        owner = person if personal and person else ""
        address = place.address
        fresh = self._insert(PlaceRow).values(
            platform=address.platform,
            tenant=address.tenant,
            app=address.app,
            conversation=address.conversation,
            person=owner,
            **values,
        )
        keys = ["platform", "tenant", "app", "conversation"]
        # Somebody not known yet in this turn may have been linked by another: never unlink them here.
        changes = values | {"person": owner} if owner or not personal else values
        await self._execute(fresh.on_conflict_do_update(index_elements=keys, set_=changes))

    async def gone(self, place: Place) -> None:
        """The app can't reach this place any more; without a conversation, nothing of this tenant."""
        address = place.address
        there = [col(PlaceRow.platform) == address.platform, col(PlaceRow.tenant) == address.tenant]
        if address.conversation:
            there += [col(PlaceRow.app) == address.app, col(PlaceRow.conversation) == address.conversation]
        await self._execute(update(PlaceRow).where(*there).values(gone=True))

    async def places_of(self, person: str, platform: str) -> list[Place]:
        """The personal places of the person on this platform, the newest first."""
        return await self._places(platform, col(PlaceRow.kind) == "personal", col(PlaceRow.person) == person)

    async def places_of_account(self, account: Account) -> list[Place]:
        """The personal places in which this account was seen, the newest first."""
        theirs = (col(PlaceRow.tenant) == account.tenant, col(PlaceRow.user) == account.user)
        return await self._places(account.platform, col(PlaceRow.kind) == "personal", *theirs)

    async def channels(self, platform: str) -> list[Place]:
        """The channels where the app is installed on this platform, the newest first."""
        return await self._places(platform, _CHANNEL)

    async def tenants_of(self, people: Collection[str]) -> dict[tuple[str, str], str]:
        """Where these people were seen last in a chat of their own: (person, platform) → workspace or
        tenant."""
        theirs = (col(PlaceRow.person).in_(people), col(PlaceRow.kind) == "personal", ~col(PlaceRow.gone))
        seen = select(col(PlaceRow.person), col(PlaceRow.platform), col(PlaceRow.tenant)).where(*theirs)
        rows = await self._execute(seen.order_by(col(PlaceRow.seen_at)))
        return {(row[0], row[1]): row[2] for row in rows}

    async def _places(self, platform: str, *which: ColumnElement[bool] | TextClause) -> list[Place]:
        here = select(PlaceRow).where(col(PlaceRow.platform) == platform, ~col(PlaceRow.gone), *which)
        rows = await self._all(PlaceRow, here.order_by(col(PlaceRow.seen_at).desc()))
        return [
            Place(Address(row.platform, row.tenant, row.app, row.conversation, row.service), _KINDS[row.kind])
            for row in rows
        ]


def _is(account: Account) -> tuple[ColumnElement[bool], ...]:
    return (
        col(AccountRow.platform) == account.platform,
        col(AccountRow.tenant) == account.tenant,
        col(AccountRow.user) == account.user,
    )
