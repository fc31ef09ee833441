"""Every workspace that installed the app, each with its own token, which is used nowhere else."""

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from adapters.slack.send import NAME, Identity, Sender
from adapters.slack.workspaces import NOT_ALLOWED, NOT_INSTALLED, ORGANISATION, NotHere, Opening, Workspace
from bot.chat.card import Card
from bot.chat.port import Installations, NotSaved, Platform, Profile, TryLater, Unreachable
from bot.chat.turn import Account, Message, Place

LOOK_WITHIN = 0.7
"""Seconds for asking the database what is installed, of the three that Slack waits."""
_WHY = {
    NOT_ALLOWED: "Braver may not be used in this Slack workspace",
    NOT_INSTALLED: "Braver is not installed in this Slack workspace",
}
_NOWHERE = "Braver is not installed in any Slack workspace"

log = logging.getLogger("braver.slack")


class Many:
    """`bot.chat.port.Platform` over all workspaces. `allowed`: those that may be served, in order.

    What is installed is read anew each time, since another process may have changed it; a client is made anew
    only where the stamp of its installation is another one.
    """

    name = NAME
    capabilities = Sender.capabilities

    def __init__(self, open_: Opening, installations: Installations, allowed: tuple[str, ...]) -> None:
        self._opening = open_
        self._installations = installations
        self._allowed = allowed
        self._open: dict[str, tuple[int, Workspace]] = {}
        self._one_at_a_time = asyncio.Lock()

    @property
    def platform(self) -> Platform:
        return self

    async def start(self) -> None:
        """See `Workspaces.start`."""
        try:
            missing = [team for team in self._allowed if team not in await self._stamps()]
        except NotSaved:
            return
        if missing:
            log.warning("Braver is not installed yet in the Slack workspaces %s", ", ".join(missing))

    def check(self, team: str) -> None:
        """See `Workspaces.check`."""
        if team not in self._allowed:
            raise NotHere(NOT_ALLOWED)

    async def at(self, team: str, *, organisation_wide: bool = False) -> Workspace:
        """See `Workspaces.at`."""
        if organisation_wide:
            raise NotHere(ORGANISATION)
        try:
            return await self._now(team)
        except NotSaved:
            if team not in self._open:
                raise
            # Slack itself refuses a token that is worth nothing by now; and whoever pressed something here is
            # to be told at least that it was not saved.
            return self._open[team][1]

    async def removed(self, team: str, at: float) -> bool:
        """See `Workspaces.removed`."""
        # Slack dates it by the second, and we by less.
        return await self._installations.revoke(team, at + 1)

    # --- the platform

    async def post(self, place: Place, card: Card, key: str) -> Message:
        """See `Platform.post`. A channel of the directory names no workspace: it is posted where it is."""
        refused: Unreachable | None = None
        for sender, there in await self._where(place):
            try:
                return await sender.post(there, card, key)
            except Unreachable as error:
                refused = refused or error
        raise refused or Unreachable(_NOWHERE)

    async def update(self, message: Message, card: Card) -> None:
        """See `Platform.update`."""
        await (await self._sender(message.address.tenant)).update(message, card)

    async def remove(self, message: Message) -> str:
        """See `Platform.remove`."""
        return await (await self._sender(message.address.tenant)).remove(message)

    async def find(self, place: Place, key: str, since: float) -> Message | None:
        """See `Platform.find`."""
        refused: Unreachable | None = None
        ways = await self._where(place)
        for sender, there in ways:
            try:
                found = await sender.find(there, key, since)
            except Unreachable as error:
                refused = error
                continue
            if found is not None:
                return found
        if refused is not None and len(ways) == 1:
            raise refused
        return None

    async def reach(self, email: str, known: Sequence[Place]) -> Place:
        """See `Platform.reach`: first where the person was seen, then in the order of the allow-list.

        A workspace that does not answer is not passed over: the next one may know the address, too, and yet
        not be where the person looks.
        """
        seen = [place.address.tenant for place in known if place.kind == "personal"]
        refused: Unreachable | None = None
        for sender in await self._senders((*seen, *self._allowed)):
            try:
                return await sender.reach(email, known)
            except Unreachable as error:
                refused = refused or error
        raise refused or Unreachable(_NOWHERE)

    async def present(self, email: str, known: Sequence[Place]) -> None:
        """See `Platform.present`: each workspace looks the address up anew, and opens the direct message."""
        await self.reach(email, known)

    async def profile(self, account: Account, place: Place) -> Profile | None:
        """See `Platform.profile`: what the workspace of the account says."""
        return await (await self._sender(account.tenant)).profile(account, place)

    async def _where(self, place: Place) -> list[tuple[Sender, Place]]:
        """The workspace of the place, or all where it names none, each with the place's whole address."""
        address = place.address
        if address.tenant:
            return [(await self._sender(address.tenant), place)]
        found = []
        for sender in await self._senders(self._allowed):
            us = await sender.identity()
            whole = replace(address, tenant=us.team, app=us.app)
            found.append((sender, replace(place, address=whole)))
        return found

    async def _senders(self, teams: Iterable[str]) -> list[Sender]:
        """Those of these workspaces in which the app is installed and may be, each once, in this order."""
        try:
            stamps = await self._stamps()
        except NotSaved:
            raise TryLater("it can't be said now where Braver is installed") from None
        wanted = [team for team in dict.fromkeys(teams) if team in stamps and team in self._allowed]
        return [await self._sender(team) for team in wanted]

    async def _sender(self, team: str) -> Sender:
        try:
            return (await self._now(team)).sender
        except NotHere as error:
            raise Unreachable(_WHY[error.reason]) from None
        except NotSaved:
            raise TryLater("it can't be said now whether Braver is installed in this workspace") from None

    # --- what is open

    async def _now(self, team: str) -> Workspace:
        self.check(team)
        return await self._opened(team, (await self._stamps()).get(team))

    async def _stamps(self) -> Mapping[str, int]:
        """What is installed now. Raises NotSaved."""
        try:
            async with asyncio.timeout(LOOK_WITHIN):
                stamps = await self._installations.stamps()
        except TimeoutError:
            raise NotSaved("it is not known where the app is installed") from None
        for team in self._open.keys() - stamps.keys():
            del self._open[team]
        return stamps

    async def _opened(self, team: str, stamp: int | None) -> Workspace:
        """The workspace with this stamp, made anew where it is another one than before."""
        if stamp is None:
            raise NotHere(NOT_INSTALLED)
        async with self._one_at_a_time:
            held = self._open.get(team)
            if held is not None and held[0] == stamp:
                return held[1]
            try:
                async with asyncio.timeout(LOOK_WITHIN):
                    found = await self._installations.find(team)
            except TimeoutError:
                raise NotSaved("it is not known whether the app is installed") from None
            if found is None:
                raise NotHere(NOT_INSTALLED)
            opened = self._opening(found.token, Identity(found.tenant, found.app, found.bot))
            self._open[team] = (found.stamp, opened)
            return opened
