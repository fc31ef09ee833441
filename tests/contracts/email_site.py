"""The adapter of e-mail by itself: a real mail server, a real database, real HTTP, and a browser in the hands
of the test."""

import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import aiohttp
from aiohttp import web

from adapters.email import Email, EmailSettings, EmailWords
from bot import files, headers
from bot.chat.action import Payload
from bot.chat.card import Button, Card, Status
from bot.chat.turn import Address, Message, Place
from bot.guidance.content import root
from bot.mailbox import BotMailbox
from bot.store.database import Database
from playground.faults import Faults
from playground.mail_letter import Letter
from playground.mail_page import Page, Web, read
from playground.mail_server import MailServer
from tests.contracts.inbox import PHRASES, ScriptedInbox
from tests.units.recorder import meddle

PUBLIC = "https://braver.example"
SENDER = "braver@partnership.example"
HELEN = "helen@care.example"
KEY = "a-secret-key-for-tests-of-more-than-32-characters"
WORDS = EmailWords(**files.read(root() / "email.yaml").data)
ACKNOWLEDGE = Payload("case.acknowledge", 1, '{"case":"c1"}')
CARD = Card(
    "Case BR-7KQ2M awaits you", (Status("Answer due", "attention"),), (Button("Acknowledge", ACKNOWLEDGE),)
)
SECRETS = ("BR-7KQ2M", "Answer due", "Acknowledge", HELEN, "helen")
"""What nobody may see who has not typed in a code."""
Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back over HTTP."""

    status: int
    headers: Mapping[str, str]
    source: str
    page: Page

    def shows(self, words: str) -> bool:
        return words in self.page.drawing.words or words in self.page.title


@dataclass(slots=True)
class Browser:
    """A browser that keeps cookies as it is told, and nothing else."""

    site: "Site"
    cookies: dict[str, str] = field(default_factory=dict)
    set_cookies: list[str] = field(default_factory=list)

    async def get(self, link: str, **headers: str) -> Answer:
        return await self._request("GET", _path(link), None, headers)

    async def post(self, path: str, pairs: Pairs = (), **headers: str) -> Answer:
        return await self._request("POST", path, urlencode(list(pairs)).encode(), headers)

    async def send(self, form: Web, *, button: str = "", typed: Pairs = ()) -> Answer:
        """Send a form of the page: what it holds, with these values in the place of its own, and its button
        of this name (its first one)."""
        names = {name for name, _ in typed}
        pairs = [pair for pair in form.holds if pair[0] not in names] + list(typed)
        pressed = next((one for one in form.buttons if button in (one.raw["name"], "")), None)
        if pressed is not None:
            pairs.append((pressed.raw["name"], pressed.raw["value"]))
        return await self.post(form.action, pairs)

    async def press(self, answer: Answer, label: str) -> Answer:
        """Press a button of a card on this page."""
        button = next(one for one in answer.page.drawing.buttons if one.label == label)
        return await self.post(button.raw["form"].action, [(button.raw["name"], button.raw["value"])])

    async def say(self, answer: Answer, words: str) -> Answer:
        assert answer.page.say is not None
        return await self.send(answer.page.say, typed=[("words", words)])

    async def ask_code(self, link: str) -> Answer:
        return await self.post(f"{_path(link)}/code")

    async def enter(self, asked: Answer, code: str) -> Answer:
        form = next(form for form in asked.page.forms if form.action.endswith("/open"))
        return await self.send(form, typed=[("code", code)])

    async def open(self, link: str) -> Answer:
        """All the way to the letter's page."""
        asked = await self.ask_code(link)
        return await self.enter(asked, self.site.letters[-1].code)

    async def _request(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        sent = {
            "Host": "braver.example",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if body is not None:
            sent.setdefault("Content-Type", "application/x-www-form-urlencoded")
        url = self.site.service + path
        async with self.site.http.request(
            method, url, data=body, headers=sent, allow_redirects=False
        ) as answer:
            source = await answer.text()
            for line in answer.headers.getall("Set-Cookie", []):
                self.set_cookies.append(line)
                for name, morsel in SimpleCookie(line).items():
                    self.cookies[name] = morsel.value
                    if morsel["max-age"] == "0":
                        del self.cookies[name]
            if answer.status == 303:
                return await self.get(answer.headers["Location"])
            return Answer(answer.status, answer.headers, source, read(PUBLIC + path, answer.status, source))


@dataclass(slots=True)
class Site:
    """`letters` are all that were sent, the newest last."""

    adapter: Email
    inbox: ScriptedInbox
    database: Database
    server: MailServer
    service: str
    http: aiohttp.ClientSession
    address: Address = field(default_factory=lambda: Address("email", "care.example", SENDER, HELEN))

    @property
    def letters(self) -> list[Letter]:
        return self.server.letters

    @property
    def faults(self) -> Faults:
        return self.server.faults

    @property
    def place(self) -> Place:
        return Place(self.address, "personal")

    def browser(self) -> Browser:
        return Browser(self)

    async def post(self, card: Card = CARD, key: str = "delivery-1") -> Message:
        return await self.adapter.platform.post(self.place, card, key)

    async def sent(self, card: Card = CARD, key: str = "delivery-1") -> str:
        """The link of a new letter."""
        await self.post(card, key)
        return self.letters[-1].link

    async def opened(self, card: Card = CARD) -> tuple[Browser, Answer]:
        """Somebody with the page of a new letter before them."""
        browser = self.browser()
        return browser, await browser.open(await self.sent(card))

    async def pass_time(self, table: str, column: str = "ends_at") -> None:
        """As if these rows were long over."""
        await meddle(self.database, f"UPDATE {table} SET {column} = '2020-01-01 00:00:00.000000'")  # noqa: S608


@asynccontextmanager
async def email_site(public: str = PUBLIC) -> AsyncIterator[Site]:
    inbox = ScriptedInbox()
    server = MailServer(Faults(), lambda address: True, lambda letter: None)
    await server.start()
    with tempfile.TemporaryDirectory(prefix="braver-mail-") as folder:
        database = Database(f"sqlite+aiosqlite:///{Path(folder) / 'braver.db'}", patience=30.0)
        await database.open()
        settings = EmailSettings(public, (KEY,), "127.0.0.1", SENDER, server.port, tls="none")
        adapter = Email(settings, inbox, BotMailbox(database), PHRASES, WORDS)
        await adapter.start()
        app = web.Application()
        headers.fitted(app, headers.borne(by_https=True))
        app.add_routes(adapter.routes())
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        service = f"http://127.0.0.1:{runner.addresses[0][1]}"
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
            try:
                yield Site(adapter, inbox, database, server, service, http)
            finally:
                inbox.gate.set()
                await runner.cleanup()
                await adapter.close()
                await database.close()
                await server.close()


def _path(link: str) -> str:
    return urlsplit(link).path
