"""One workspace, whose token stands in the settings."""

import logging

from adapters.slack.workspaces import NOT_ALLOWED, NotHere, Opening, Workspace
from bot.chat.port import DeliveryError, Platform

log = logging.getLogger("braver.slack")


class Single:
    """`allowed`: the workspaces from which requests are taken; empty: whichever the token is for."""

    def __init__(self, open_: Opening, token: str, allowed: tuple[str, ...]) -> None:
        self._here = open_(token, None)
        self._allowed = allowed

    @property
    def platform(self) -> Platform:
        return self._here.sender

    async def start(self) -> None:
        """See `Workspaces.start`."""
        try:
            team = (await self._here.sender.identity()).team
        except DeliveryError as error:
            log.warning("Slack does not say who we are: %s", error.reason)
            return
        if self._allowed and team not in self._allowed:
            log.error("BRAVER_SLACK_WORKSPACES does not name %s, the workspace of the token", team)

    def check(self, team: str) -> None:
        """See `Workspaces.check`."""
        if self._allowed and team not in self._allowed:
            raise NotHere(NOT_ALLOWED)

    async def at(self, team: str, *, organisation_wide: bool = False) -> Workspace:
        """See `Workspaces.at`."""
        self.check(team)
        return self._here

    async def removed(self, team: str, at: float) -> bool:
        """See `Workspaces.removed`. The token in the settings stays there."""
        return True
