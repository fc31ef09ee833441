"""People as the platforms know them: accounts linked by a verified e-mail, and where they were seen."""

from sqlalchemy import select, update
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import col

from bot.chat.turn import Account, Address, Place, PlaceKind
from bot.store.rows import Rows
from bot.store.tables import AccountRow, PlaceRow

_KINDS: dict[str, PlaceKind] = {"personal": "personal", "channel": "channel"}


class People(Rows):
    async def account(self, account: Account) -> str | None:
        """The person (directory id) that the account was linked to."""
        linked = select(col(AccountRow.person)).where(
            col(AccountRow.platform) == account.platform,
            col(AccountRow.tenant) == account.tenant,
            col(AccountRow.user) == account.user,
        )
        person: str | None = (await self._execute(linked)).scalar()
        return person

    async def link(self, account: Account, person: str, email: str) -> None:
        """From now on the account is this person, found by this verified e-mail."""
        values = {"person": person, "email": email, "linked_at": self.now}
        fresh = self._insert(AccountRow).values(
            platform=account.platform, tenant=account.tenant, user=account.user, **values
        )
        keys = ["platform", "tenant", "user"]
        await self._execute(fresh.on_conflict_do_update(index_elements=keys, set_=values))
        theirs = (
            col(PlaceRow.platform) == account.platform,
            col(PlaceRow.tenant) == account.tenant,
            col(PlaceRow.user) == account.user,
        )
        await self._execute(update(PlaceRow).where(*theirs).values(person=person))

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

    async def channels(self, platform: str) -> list[Place]:
        """The channels where the app is installed on this platform, the newest first."""
        return await self._places(platform, col(PlaceRow.kind) == "channel")

    async def _places(self, platform: str, *which: ColumnElement[bool]) -> list[Place]:
        here = select(PlaceRow).where(col(PlaceRow.platform) == platform, ~col(PlaceRow.gone), *which)
        rows = await self._all(PlaceRow, here.order_by(col(PlaceRow.seen_at).desc()))
        return [
            Place(Address(row.platform, row.tenant, row.app, row.conversation, row.service), _KINDS[row.kind])
            for row in rows
        ]
