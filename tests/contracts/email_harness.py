"""E-mail's side of the contract: a mail server on loopback, the real adapter with its database, real HTTP."""

import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

from adapters.email import Email, EmailSettings, EmailWords
from bot import files
from bot.chat.card import Card
from bot.chat.port import Platform
from bot.chat.turn import Address, Place
from bot.guidance.content import root
from bot.mailbox import BotMailbox
from bot.store.database import Database
from playground.faults import Faults
from playground.mail_browser import PUBLIC
from playground.mail_office import SENDER, MailOffice
from playground.people import Actor
from tests.contracts.inbox import PHRASES, ScriptedInbox
from tests.contracts.lacking import Missing

KEY = "a-secret-key-for-tests-of-more-than-32-characters"


class EmailHarness:
    """Three people have mailboxes. Jo and Helen have opened a letter, so they have a page to write on."""

    name = "email"
    lacks: Mapping[Missing, str] = {
        "channels": "a letter has one reader",
        "waiting times": "SMTP has no word for how long to wait",
        "updates that can fail": "the page is drawn by the service itself",
        "lost posts that are found": "nobody looks into a mailbox: it goes out again, as the same letter",
        "messages that can be recalled": "an e-mail lies in somebody's mailbox; its page is gone",
        "names": "a code proves an address, and nothing else",
    }
    nobody = "nobody at wickering"

    def __init__(self, office: MailOffice, adapter: Email, inbox: ScriptedInbox) -> None:
        self.office = office
        self.adapter = adapter
        self.inbox = inbox
        people = {"jo": "Jo Marsh", "helen": "Helen Castle", "lena": "Lena Brook"}
        clients = {id: office.add_person(name, f"{id}@wickering.example") for id, name in people.items()}
        self.actors = {id: Actor(id, client, office.feed) for id, client in clients.items()}

    async def begin(self) -> None:
        """Somebody has written to Jo and to Helen before."""
        for id in ("jo", "helen"):
            await self.platform.post(await self.personal(id), Card("Good morning"), f"first-{id}")
        await self.settled()

    @property
    def platform(self) -> Platform:
        return self.adapter.platform

    @property
    def faults(self) -> Faults:
        return self.office.faults

    def actor(self, id: str) -> Actor:
        return self.actors[id]

    async def personal(self, id: str) -> Place:
        return await self.platform.reach(f"{id}@wickering.example", ())

    async def channel(self) -> Place:
        raise AssertionError("there are no channels by e-mail")

    async def known(self) -> tuple[Place, ...]:
        return ()

    async def nowhere(self) -> Place:
        """A mailbox that does not exist."""
        return Place(Address("email", "wickering.example", SENDER, "gone@wickering.example"), "personal")

    async def settled(self) -> None:
        """Every letter was opened and every reply carried out."""
        await self.office.settled()
        await self.adapter.settled()


@asynccontextmanager
async def email_harness() -> AsyncIterator[EmailHarness]:
    """A running mail server with a running adapter on a SQLite file."""
    inbox = ScriptedInbox()
    words = EmailWords(**files.read(root() / "email.yaml").data)
    async with MailOffice() as office:
        with tempfile.TemporaryDirectory(prefix="braver-mail-") as folder:
            database = Database(f"sqlite+aiosqlite:///{Path(folder) / 'braver.db'}", patience=30.0)
            await database.open()
            settings = EmailSettings(PUBLIC, (KEY,), "127.0.0.1", SENDER, office.port, tls="none")
            adapter = Email(settings, inbox, BotMailbox(database), PHRASES, words)
            await adapter.start()
            app = web.Application()
            app.add_routes(adapter.routes())
            runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            office.service = f"http://127.0.0.1:{runner.addresses[0][1]}"
            try:
                harness = EmailHarness(office, adapter, inbox)
                await harness.begin()
                yield harness
            finally:
                inbox.gate.set()
                await office.close()
                await runner.cleanup()
                await adapter.close()
                await database.close()
