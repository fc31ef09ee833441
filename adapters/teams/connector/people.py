"""Who is in Teams, and where they are reached: found by their address on the rosters of our tenants."""

import asyncio
import contextlib
import time
from collections.abc import Iterable, Sequence

from botbuilder.schema import ChannelAccount

from adapters.teams import limits
from adapters.teams.connector.addresses import PLATFORM
from adapters.teams.connector.clients import Connector
from bot.chat.port import Profile, Refused, TryLater, Uncertain, Unreachable
from bot.chat.turn import Account, Address, Place


class People:
    """The people of all tenants that we are registered in."""

    def __init__(self, connector: Connector) -> None:
        self._connector = connector

    async def reach(self, email: str, known: Sequence[Place]) -> Place:
        """See `Platform.reach`. The rosters of several tenants are looked through side by side, so that a
        tenant that does not answer keeps nobody of another one from being found."""
        ours = [place for place in known if self._is_ours(place.address)]
        for place in ours:
            if place.kind == "personal":
                return place
        rosters: dict[str, list[Address]] = {}
        for address in dict.fromkeys(place.address for place in ours):
            rosters.setdefault(address.app, []).append(address)
        looking = [
            asyncio.create_task(self._found(addresses, email.strip().casefold()))
            for addresses in rosters.values()
        ]
        try:
            return await _first(looking)
        finally:
            for task in looking:
                task.cancel()
            await asyncio.gather(*looking, return_exceptions=True)

    def _is_ours(self, address: Address) -> bool:
        return address.platform == PLATFORM and self._connector.registrations.of(address) is not None

    async def _found(self, addresses: Iterable[Address], email: str) -> Place | None:
        """The personal chat of whoever has this address in a roster of one tenant; None for nobody there."""
        later: TryLater | None = None
        for address in addresses:
            try:
                user = await self._user(address, email)
                if user:
                    return await self.personal(address, user)
            except (TryLater, Uncertain) as error:
                later = TryLater(error.reason, getattr(error, "after", None))
            except (Unreachable, Refused):
                continue
        if later is not None:
            raise later
        return None

    async def present(self, email: str, known: Sequence[Place]) -> None:
        """See `Platform.present`. A chat that was seen proves nothing by itself: whoever has left the tenant,
        or has another address now, is not on its roster any more."""
        wanted = email.strip().casefold()
        for place in known:
            if place.kind != "personal" or place.address.platform != PLATFORM:
                continue
            with contextlib.suppress(Unreachable, Refused):
                if await self._user(place.address, wanted):
                    return
        await self.reach(email, [place for place in known if place.kind != "personal"])

    async def personal(self, address: Address, user: str) -> Place:
        """The personal chat with a user of the tenant of `address`."""
        chat = await self._connector.chat(address, user)
        return Place(Address(PLATFORM, address.tenant, address.app, chat, address.service), "personal")

    async def profile(self, account: Account, place: Place) -> Profile | None:
        try:
            member = await self._connector.member(place.address, account.user)
        except Unreachable:
            return None
        emails = _emails(member, place.address.tenant)
        registration = self._connector.registrations.of(place.address)
        where = registration.name if registration else ""
        return Profile(emails[0] if emails else "", str(member.name or ""), where)

    async def _user(self, address: Address, email: str) -> str:
        async for member in self._connector.roster(address):
            if email in _emails(member, address.tenant):
                return str(member.id)
        return ""


async def _first(looking: Sequence["asyncio.Task[Place | None]"]) -> Place:
    """The place that was found first, in the order of `looking`, not of time; one that takes too long is
    passed over. Raises Unreachable where all say that there is none, TryLater where one could not say."""
    until = time.monotonic() + limits.ROSTERS_WITHIN
    later: TryLater | None = None
    for task in looking:
        await asyncio.wait({task}, timeout=max(until - time.monotonic(), 0))
        try:
            found = task.result()
        except asyncio.InvalidStateError:
            later = TryLater("Teams did not say who is there")
        except TryLater as error:
            later = error
        else:
            if found is not None:
                return found
    if later is not None:
        raise later
    raise Unreachable("Braver is not installed in Teams for this person, nor in a team of theirs")


def _emails(member: ChannelAccount, tenant: str) -> list[str]:
    """The addresses that the tenant vouches for, the mailbox first; none for an account of another tenant."""
    more = member.additional_properties or {}
    if str(more.get("tenantId") or "").casefold() not in ("", tenant.casefold()):
        return []
    found = (more.get("email"), more.get("userPrincipalName"))
    return [
        text.casefold() for text in found if isinstance(text, str) and "@" in text and "#EXT#" not in text
    ]
