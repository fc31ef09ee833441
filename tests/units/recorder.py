"""A platform that keeps what it is told in memory, and fails as it is told; and a desk to go with it."""

import asyncio
import re
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from bot.chat.card import Card, Status
from bot.chat.port import Capabilities, DeliveryError, Profile, Uncertain, Unreachable
from bot.chat.turn import Account, Address, Message, Place
from bot.engine.desk import Drawn
from bot.store.append_only import ACTS, APPEND_ONLY, trigger
from bot.store.database import Database
from bot.store.work import CaseRow, DeadlineRow, DeliveryRow, PostedCard, Work


@dataclass(frozen=True, slots=True)
class Post:
    place: Place
    card: Card
    key: str
    message: Message


class Recorder:
    """`bot.chat.port.Platform` in memory.

    `failures` are raised by the next calls of `post`, `update` and `remove`, one each; None lets a call
    pass. An Uncertain one is raised after the message was taken. `unread` are raised by the next calls of
    `find`.
    `gate`, while cleared, holds every post. `stays` is what `remove` says of a message.
    """

    def __init__(
        self, name: str = "blue", *, finds_posts: bool = True, threads_in_personal: bool = True
    ) -> None:
        self.name = name
        self.capabilities = Capabilities(threads_in_personal, True, finds_posts)
        self.homes: dict[str, str] = {}
        self.posts: list[Post] = []
        self.updates: list[tuple[Message, Card]] = []
        self.removed: list[Message] = []
        self.stays = ""
        self.failures: deque[DeliveryError | None] = deque()
        self.unread: deque[DeliveryError] = deque()
        self.gate = asyncio.Event()
        self.gate.set()
        self.posting = asyncio.Event()
        self.calls = 0
        self.under_way: dict[str, int] = {}
        self.crowded = False

    @property
    def words(self) -> list[str]:
        """The titles of what was posted, in order."""
        return [post.card.title for post in self.posts]

    def place(self, conversation: str, kind: str = "channel") -> Place:
        address = Address(self.name, "t1", "app", conversation)
        return Place(address, "channel" if kind == "channel" else "personal")

    async def post(self, place: Place, card: Card, key: str) -> Message:
        self.calls += 1
        conversation = place.address.conversation
        self.crowded |= self.under_way.get(conversation, 0) > 0
        self.under_way[conversation] = self.under_way.get(conversation, 0) + 1
        self.posting.set()
        try:
            await self.gate.wait()
            failure = self.failures.popleft() if self.failures else None
            if failure is not None and not isinstance(failure, Uncertain):
                raise failure
            message = Message(place.address, f"m{len(self.posts) + 1}", place.thread)
            self.posts.append(Post(place, card, key, message))
            if failure is not None:
                raise failure
            return message
        finally:
            self.under_way[conversation] -= 1

    async def update(self, message: Message, card: Card) -> None:
        self.calls += 1
        failure = self.failures.popleft() if self.failures else None
        if failure is not None:
            raise failure
        self.updates.append((message, card))

    async def remove(self, message: Message) -> str:
        self.calls += 1
        failure = self.failures.popleft() if self.failures else None
        if failure is not None:
            raise failure
        self.removed.append(message)
        return self.stays

    async def find(self, place: Place, key: str, since: float) -> Message | None:
        if self.unread:
            raise self.unread.popleft()
        return next((post.message for post in self.posts if post.key == key), None)

    async def reach(self, email: str, known: Sequence[Place]) -> Place:
        if email not in self.homes:
            raise Unreachable(f"{email} has not installed the app")
        return self.place(self.homes[email], "personal")

    async def present(self, email: str, known: Sequence[Place]) -> None:
        await self.reach(email, known)

    async def profile(self, account: Account, place: Place) -> Profile | None:
        return None


class PlainDesk:
    """`bot.engine.desk.EngineDesk`: a card shows its notice and the version of its case. What happened is
    written into streams in the same transaction, so that a test sees exactly what was committed."""

    def __init__(self, *platforms: str) -> None:
        self.ways = platforms or ("blue",)
        self.broken = False
        self.obsolete: set[str] = set()

    async def address(self, work: Work, recipient: str, notice: str) -> Sequence[tuple[str, str]]:
        return [(way, f"{recipient}@{way}.example") for way in self.ways]

    def pressing(self, notice: str) -> bool:
        return notice.startswith("alarm")

    async def draw(
        self, work: Work, notice: str, recipient: str, case_id: str | None, *, posted: bool = False
    ) -> Drawn | None:
        if notice in self.obsolete:
            return None
        row = await work.case(case_id) if case_id else None
        version = row.version if row else 0
        return Drawn(Card(notice, (Status(f"version {version}"),)), version)

    def again(self, notice: str) -> str:
        return f"{notice} (again)"

    async def undeliverable(self, work: Work, delivery: DeliveryRow, reason: str) -> None:
        await work.append("undeliverable", "told", {"key": delivery.key, "reason": reason}, "engine")

    async def delivered(self, work: Work, delivery: DeliveryRow, card: PostedCard) -> None:
        if self.broken:
            raise RuntimeError("the desk is broken")
        await work.append("delivered", "told", {"key": delivery.key, "card": card.id}, "engine")

    async def taken_away(self, work: Work, case_id: str, left: Sequence[PostedCard]) -> None:
        body = {"left": [[card.message_id, card.left_because] for card in left]}
        await work.append("taken_away", case_id, body, "")

    async def lost(self, work: Work, card: PostedCard) -> None:
        await work.append("lost", "told", {"card": card.id, "notice": card.notice}, "engine")

    async def fire(self, work: Work, deadline: DeadlineRow) -> None:
        await work.append(f"case:{deadline.case_id}", "fired", {"key": deadline.key}, "engine")
        if self.broken:
            raise RuntimeError("the desk is broken")

    async def alarm(self, work: Work, what: str, detail: str, *, still: bool = False) -> None:
        await work.append("alarms", what, {"detail": f"{'still ' if still else ''}{detail}"}, "engine")


@asynccontextmanager
async def opened(url: str, **settings: Any) -> AsyncIterator[Database]:
    database = Database(url, **settings)
    await database.open()
    try:
        yield database
    finally:
        await database.close()


async def save(work: Work, case_id: str = "c1", version: int = 1) -> None:
    """A case that is open at this version."""
    row = CaseRow(
        id=case_id,
        reference=f"BR-{case_id}",
        version=version,
        status="open",
        training=False,
        stage=1,
        opened_at=work.now,
        state="{}",
        raiser="jo",
    )
    await work.save_case(row, version - 1)


async def told(database: Database, stream: str) -> list[tuple[str, dict[str, Any]]]:
    """Kind and body of what was written into the stream."""
    async with database.reading() as work:
        return [(event.kind, event.body) for event in await work.history(stream)]


async def meddle(database: Database, sql: str) -> None:
    """Change rows behind the store's back: what a crash, an intruder or the passing of time would do."""
    guards = _guards(sql) if database.dialect == "sqlite" else {}
    async with database.work() as work:
        for name in guards:
            await work._execute(text(f"DROP TRIGGER {name}"))
        await work._execute(text(sql))
        for made in guards.values():
            await work._execute(text(made))


def _guards(sql: str) -> dict[str, str]:
    """What stands in the way on SQLite: the triggers of a table to which rows are only added."""
    table = next((one for one in APPEND_ONLY if re.search(rf"(UPDATE|FROM|INTO) {one}\b", sql)), "")
    return {f"{table}_no_{act.lower()}": trigger(table, act) for act in ACTS} if table else {}


async def pass_leases(database: Database) -> None:
    """As if all leases and all pauses before another try were over."""
    past = "2020-01-01 00:00:00+00:00" if database.dialect == "postgresql" else "2020-01-01 00:00:00.000000"
    await meddle(database, f"UPDATE deadlines SET claimed_until = '{past}'")  # noqa: S608
    await meddle(database, f"UPDATE deliveries SET free_at = '{past}'")  # noqa: S608
    await meddle(database, f"UPDATE posted_cards SET free_at = '{past}'")  # noqa: S608
    await meddle(database, f"UPDATE blocks SET until = '{past}'")  # noqa: S608
