"""What the page shows, as JSON: the people, the clock, and the screens that somebody looks at."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Protocol

from playground.screen import Chat, Client, Json, OpenForm, Screen, Seen

BOT = "Braver"
MOST_MESSAGES = 200
"""Of a chat; older ones are not sent to the page."""


@dataclass(frozen=True, slots=True)
class Player:
    """Somebody to be; `role` and `agency` stand under the name."""

    id: str
    client: Client
    role: str
    agency: str


class PlaygroundClock(Protocol):
    """The time that the service lives in. Every datetime is aware and in the partnership's zone."""

    async def now(self) -> datetime: ...

    async def is_working(self, at: datetime) -> bool:
        """Is this within the partnership's working hours?"""

    async def next_deadline(self) -> tuple[datetime, str] | None:
        """The next deadline of any case, and in words what is due."""

    async def working_day_after(self, at: datetime) -> datetime:
        """One working day later."""

    async def wind(self, to: datetime) -> None:
        """Go there, and come back when what fell due on the way has fired."""


class Unread:
    """Which messages each person has not had before their eyes. An edit does not make a message new, and what
    stands there from the start is not new either."""

    def __init__(self, players: Iterable[Player]) -> None:
        self._read: dict[tuple[str, str], set[str]] = {}
        for player in players:
            for chat in player.client.screen().chats:
                self.read(player, chat.id)

    def read(self, player: Player, chat_id: str) -> None:
        """The person has this chat open."""
        for chat in player.client.screen().chats:
            if chat.id == chat_id:
                self._read[player.id, chat_id] = {message.id for message in chat.messages}

    def counts(self, player: Player) -> dict[str, int]:
        """Chat id → messages of others that are new, for the chats that have any."""
        found = {}
        for chat in player.client.screen().chats:
            known = self._read.get((player.id, chat.id), set())
            new = sum(not message.mine and message.id not in known for message in chat.messages)
            if new:
                found[chat.id] = new
        return found


def people(players: Iterable[Player], unread: Unread) -> list[Json]:
    return [
        {
            "id": player.id,
            "name": player.client.name,
            "platform": player.client.platform,
            "role": player.role,
            "agency": player.agency,
            "unread": unread.counts(player),
        }
        for player in players
    ]


async def time_shown(clock: PlaygroundClock) -> Json:
    now = await clock.now()
    due = await clock.next_deadline()
    return {
        "at": now.isoformat(),
        "now": f"{_day(now)} {now.year}, {now:%H.%M}",
        "zone": str(now.tzinfo),
        "working": await clock.is_working(now),
        "deadline": due
        and {
            "at": f"{_day(due[0])}, {due[0]:%H.%M}",
            "words": due[1],
            "wait": in_words(due[0] - now),
        },
    }


def in_words(wait: timedelta) -> str:
    """How long that is, to the minute and for people: "in 2 hours 5 minutes"."""
    minutes = max(0, round(wait.total_seconds() / 60))
    if not minutes:
        return "now"
    days, minutes = divmod(minutes, 24 * 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(days, "day"), (hours, "hour"), (minutes, "minute")]
    return "in " + " ".join(f"{n} {unit}{'' if n == 1 else 's'}" for n, unit in parts if n)


def screen(shown: Screen, zone: tzinfo | None) -> Json:
    return {
        "chats": [_chat(chat, zone) for chat in shown.chats],
        "form": shown.form and form(shown.form),
        "home": shown.home and message(shown.home, zone),
    }


def _chat(chat: Chat, zone: tzinfo | None) -> Json:
    messages: Sequence[Seen] = chat.messages[-MOST_MESSAGES:]
    return {
        "id": chat.id,
        "name": chat.name,
        "kind": chat.kind,
        "messages": [message(seen, zone) for seen in messages],
    }


def message(seen: Seen, zone: tzinfo | None) -> Json:
    at = datetime.fromtimestamp(seen.at, zone)
    return {
        "id": seen.id,
        "chat": seen.chat,
        "author": seen.author,
        "bot": seen.author == BOT and not seen.mine,
        "mine": seen.mine,
        "private": seen.private,
        "edits": seen.edits,
        "thread": seen.thread,
        "stamp": at.isoformat(),
        "at": f"{at:%a %H.%M}",
        "text": seen.text,
        "card": seen.card,
    }


def form(shown: OpenForm) -> Json:
    return {
        "id": shown.id,
        "surface": shown.surface,
        "title": shown.title,
        "problem": shown.problem,
        "errors": {item.id: item.error for item in shown.drawing.fields if item.error},
        "raw": shown.raw,
    }


def _day(at: datetime) -> str:
    return f"{at:%a} {at.day} {at:%b}"
