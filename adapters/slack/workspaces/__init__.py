"""The workspaces that one service works in: one with a token of its own, or as many as installed the app.

Slack's own matter, so that the twin folder has no such thing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from adapters.slack.replies import Replier
from adapters.slack.send import Identity, Sender
from bot.chat.port import Platform

NOT_ALLOWED = "workspace not allowed"
NOT_INSTALLED = "workspace not installed"
ORGANISATION = "organisation-wide installation"


@dataclass(frozen=True, slots=True)
class Workspace:
    """What speaks in one workspace, and in no other."""

    sender: Sender
    replier: Replier


Opening = Callable[[str, Identity | None], Workspace]
"""Makes a workspace of the bot's token there and, where that is known, of who the token makes us."""


class NotHere(Exception):
    """Braver does not work in this workspace. `reason` is for the counter."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Workspaces(Protocol):
    """Which token belongs where."""

    @property
    def platform(self) -> Platform: ...

    async def start(self) -> None:
        """Get ready. Slack need not be there."""

    def check(self, team: str) -> None:
        """Raises NotHere where this workspace may not be served."""

    async def at(self, team: str, *, organisation_wide: bool = False) -> Workspace:
        """The workspace that a verified request comes from.

        Raises NotHere, and NotSaved where the database does not say whether the app is installed.
        """

    async def removed(self, team: str, at: float) -> bool:
        """The app was removed from the workspace at this time (epoch seconds); False where it has been
        installed anew since. Raises NotSaved.
        """
