"""A process of its own that delivers, and hangs when it is told to: for a test that kills it.

Usage: killed_worker.py DATABASE_URL FILE before|after — it says "hanging" on standard output before, or
after, the platform has taken the message.
"""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from bot.chat.card import Card
from bot.chat.port import Capabilities, Profile
from bot.chat.turn import Account, Address, Message, Place
from bot.engine.deliveries import Deliverer
from bot.store.database import Database
from tests.units.recorder import PlainDesk


class FilePlatform:
    """`bot.chat.port.Platform` whose messages are the lines of a file, so that they outlive the process."""

    name = "blue"
    capabilities = Capabilities(threads_in_personal=True, hears_threads=True, finds_posts=True)

    def __init__(self, file: Path, hang: str = "") -> None:
        self.file = file
        self.hang = hang

    @property
    def keys(self) -> list[str]:
        return self.file.read_text().splitlines() if self.file.exists() else []

    async def post(self, place: Place, card: Card, key: str) -> Message:
        await self._hang("before")
        with self.file.open("a") as lines:
            lines.write(f"{key}\n")
        await self._hang("after")
        return Message(place.address, f"m{len(self.keys)}", place.thread)

    async def update(self, message: Message, card: Card) -> None:
        """Nothing is redrawn here."""

    async def remove(self, message: Message) -> str:
        return ""

    async def find(self, place: Place, key: str, since: float) -> Message | None:
        return Message(place.address, f"m{self.keys.index(key) + 1}") if key in self.keys else None

    async def reach(self, email: str, known: Sequence[Place]) -> Place:
        return Place(Address(self.name, "t1", "app", email), "personal")

    async def present(self, email: str, known: Sequence[Place]) -> None:
        """Everybody is there."""

    async def profile(self, account: Account, place: Place) -> Profile | None:
        return None

    async def _hang(self, where: str) -> None:
        if self.hang == where:
            sys.stdout.write("hanging\n")
            sys.stdout.flush()
            await asyncio.Event().wait()


async def main(url: str, file: str, hang: str) -> None:
    database = Database(url)
    await database.open()
    await Deliverer(database, {"blue": FilePlatform(Path(file), hang)}, PlainDesk()).run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
