"""One workspace, whose token stands in the settings."""

import asyncio
import logging

from adapters.slack.workspaces import NOT_ALLOWED, ORGANISATION, NotHere, Opening, Workspace
from bot.chat.port import DeliveryError, NotSaved, Platform

LOOK_WITHIN = 0.7
"""Seconds for asking Slack whose the token is, of the three that Slack waits; asked once."""
log = logging.getLogger("braver.slack")


class Single:
    """`allowed`: the workspaces from which requests are taken; empty: the one that the token is for, as Slack
    says. Others that were given the same app sign with the same secret."""

    def __init__(self, open_: Opening, token: str, allowed: tuple[str, ...]) -> None:
        self._here = open_(token, None)
        self._allowed = allowed
        self._team = ""

    @property
    def platform(self) -> Platform:
        return self._here.sender

    async def start(self) -> None:
        """See `Workspaces.start`."""
        try:
            team = self._team = (await self._here.sender.identity()).team
        except DeliveryError as error:
            log.warning("Slack does not say who we are: %s", error.reason)
            return
        if self._allowed and team not in self._allowed:
            log.error("BRAVER_SLACK_WORKSPACES does not name %s, the workspace of the token", team)

    def check(self, team: str) -> None:
        """See `Workspaces.check`."""
        ours = self._allowed or ((self._team,) if self._team else ())
        if ours and team not in ours:
            raise NotHere(NOT_ALLOWED)

    async def at(self, team: str, *, organisation_wide: bool = False) -> Workspace:
        """See `Workspaces.at`."""
        if not self._allowed:
            if organisation_wide:
                raise NotHere(ORGANISATION)
            await self._known()
        self.check(team)
        return self._here

    async def removed(self, team: str, at: float) -> bool:
        """See `Workspaces.removed`. The token in the settings stays there."""
        return True

    async def _known(self) -> None:
        """Whose the token is must be known. Raises NotSaved."""
        if self._team:
            return
        try:
            async with asyncio.timeout(LOOK_WITHIN):
                self._team = (await self._here.sender.identity()).team
        except (DeliveryError, TimeoutError):
            raise NotSaved("Slack does not say which workspace the token is for") from None
