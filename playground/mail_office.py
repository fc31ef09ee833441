"""E-mail on loopback: a mail server that takes letters, and people who read them and open what they link to.

    office = MailOffice()
    helen = office.add_person("Helen Castle", "helen@care.example")     # a MailClient
    await office.start()                                # letters are taken at 127.0.0.1, port `office.port`
    office.service = "http://127.0.0.1:3978"            # where the pages are served
    office.closed.add(helen.user)                       # her mailbox is no more

Links begin with `mail_browser.PUBLIC`; the browsers know that it leads to `service`. What goes wrong is asked
for with `office.faults` (steps in `mail_server`; `twice` doubles the next act on a page). `office.attempts`
are the browsers' requests.
"""

from types import TracebackType
from typing import Self

import aiohttp

from playground.attempt import Attempt
from playground.clock import Clock
from playground.faults import Faults
from playground.feed import Feed
from playground.mail_browser import Line
from playground.mail_client import MailClient
from playground.mail_letter import Letter
from playground.mail_server import MailServer

SENDER = "braver@safeguarding.little-wickering.example"
"""Whom letters come from."""


class MailOffice:
    """One mail server and all whose mailboxes are there. Many can run side by side."""

    def __init__(self, *, clock: Clock | None = None, feed: Feed | None = None) -> None:
        self.clock = clock or Clock()
        self.feed = feed or Feed(self.clock)
        self.faults = Faults()
        self.closed: set[str] = set()
        self._line = Line()
        self._server = MailServer(self.faults, self._has, self._arrived)
        self._clients: dict[str, MailClient] = {}

    @property
    def port(self) -> int:
        return self._server.port

    @property
    def letters(self) -> list[Letter]:
        """Every letter that was taken, the oldest first."""
        return self._server.letters

    @property
    def service(self) -> str:
        return self._line.service

    @service.setter
    def service(self, url: str) -> None:
        self._line.service = url

    @property
    def attempts(self) -> list[Attempt]:
        return self._line.attempts

    def add_person(self, name: str, email: str) -> MailClient:
        """Somebody with a mailbox here."""
        client = MailClient(name, email, self._line, self.faults, self.clock, self.feed)
        self._clients[email.casefold()] = client
        return client

    def client(self, user: str) -> MailClient:
        return self._clients[user.casefold()]

    async def start(self, port: int = 0) -> None:
        """Listen on loopback; `port` 0 takes any free one."""
        self._line.session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        await self._server.start(port)

    async def close(self) -> None:
        for client in self._clients.values():
            await client.close()
        await self._server.close()
        if self._line.session is not None:
            await self._line.session.close()

    async def goes_away(self) -> None:
        """Nobody listens at the mail server's port any more."""
        await self._server.close()

    async def comes_back(self) -> None:
        """The mail server listens again, at the same port."""
        await self._server.start(self.port)

    async def settled(self) -> None:
        """Wait until every letter that came has been opened."""
        for client in self._clients.values():
            await client.settled()

    async def look(self) -> None:
        """Everybody loads their open pages again."""
        for client in self._clients.values():
            await client.look()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def _has(self, address: str) -> bool:
        return address.casefold() in self._clients and address not in self.closed

    def _arrived(self, letter: Letter) -> None:
        self._clients[letter.to.casefold()].arrived(letter)
