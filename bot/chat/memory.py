"""What a conversation remembers between turns: drafts, progress, the question that is pending.

A state is a small typed, versioned model, kept per person (and, if wanted, per place), and expiring.
It is written in the turn's own transaction.
"""

from datetime import timedelta
from typing import Any, ClassVar, Protocol, Self, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.chat.turn import Turn


class State(BaseModel):
    """Base of all conversation states. `name` stays for ever; `keep_for` counts from the last write.

    `here` states belong to one person in one place (a pending question); others follow the person.
    """

    model_config = ConfigDict(extra="forbid")
    name: ClassVar[str]
    version: ClassVar[int] = 1
    keep_for: ClassVar[timedelta] = timedelta(days=30)
    here: ClassVar[bool] = False

    @classmethod
    def upgrade(cls, version: int, data: dict[str, Any]) -> dict[str, Any]:
        """The data of an older `version` in today's shape. Override when `version` is raised."""
        return data

    @classmethod
    def restore(cls, version: int, data: dict[str, Any]) -> Self | None:
        """The state as kept, or None where it can't be read any more."""
        try:
            return cls.model_validate(data if version == cls.version else cls.upgrade(version, data))
        except (ValidationError, KeyError, ValueError):
            return None


class Question(State):
    """A state that waits for a typed answer in this place. At most one per person and place is pending."""

    keep_for: ClassVar[timedelta] = timedelta(hours=12)
    here: ClassVar[bool] = True
    dictated: ClassVar[bool] = False
    """Whether any words may be the answer: then a command counts only as the whole message, and ends it."""


S = TypeVar("S", bound=State)


class Memory(Protocol):
    """The states of the person of a turn."""

    async def recall(self, turn: Turn, kind: type[S]) -> S | None:
        """The state of this kind, or None (never kept, expired, forgotten)."""

    async def keep(self, turn: Turn, state: State) -> None:
        """Keep the state in place of an earlier one of its kind; a Question replaces the pending one."""

    async def forget(self, turn: Turn, kind: type[State]) -> None:
        """Forget the state of this kind; nothing happens if there is none."""

    async def wait_no_more(self, turn: Turn) -> None:
        """Forget the question pending in this place, whichever it is."""

    async def pending(self, turn: Turn) -> tuple[str, int, dict[str, Any]] | None:
        """Name, version and data of the question pending in this place."""
