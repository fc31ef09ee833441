"""The door between the service and its database. It may stick (nothing answers) or be shut (nobody is there).

PostgreSQL is behind a proxy on a socket of its own; SQLite is stuck while somebody else holds its one lock.
"""

import asyncio
import shutil
import sqlite3
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from tests.postgres import Postgres

SOCKET = ".s.PGSQL.5432"


class Door(Protocol):
    """`url` is the database's address through this door."""

    @property
    def url(self) -> str: ...

    def stick(self) -> None:
        """From now on nothing is answered."""

    def free(self) -> None:
        """All is well again."""


class SqliteDoor:
    """Another writer holds the file's lock, as a stalled disk or a stray tool would."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._other: sqlite3.Connection | None = None

    def stick(self) -> None:
        self._other = sqlite3.connect(urlsplit(self.url).path[1:], isolation_level=None)
        self._other.execute("BEGIN IMMEDIATE")

    async def stick_soon(self) -> None:
        """As soon as the service, which runs by itself in this process, is not writing."""
        while self._other is None:
            other = sqlite3.connect(urlsplit(self.url).path[1:], isolation_level=None, timeout=0)
            try:
                other.execute("BEGIN IMMEDIATE")
                self._other = other
            except sqlite3.OperationalError:
                other.close()
                await asyncio.sleep(0.02)

    def free(self) -> None:
        if self._other is not None:
            self._other.close()
            self._other = None


class PostgresDoor:
    """A socket in a folder of its own, passing everything on to the server's."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self._folder = folder
        self._open = True
        self._passing = asyncio.Event()
        self._passing.set()
        self._stick_at = self._shut_after = b""
        self.stuck = asyncio.Event()
        self._ends: set[asyncio.StreamWriter] = set()

    @classmethod
    @asynccontextmanager
    async def before(cls, postgres: Postgres, url: str) -> AsyncIterator["PostgresDoor"]:
        """A door before the database of this address."""
        # The path of a socket may have 107 characters at most, so not below pytest's deep folders.
        folder = Path(tempfile.mkdtemp(prefix="braver-door-"))
        door = cls(url.replace(str(postgres.socket_folder), str(folder)), postgres.socket_folder)
        server = await asyncio.start_unix_server(door._met, folder / SOCKET)
        try:
            yield door
        finally:
            server.close()
            door.shut()
            door._passing.set()
            shutil.rmtree(folder)

    def stick(self) -> None:
        self._passing.clear()

    def stick_at(self, words: bytes) -> None:
        """Stick right before the next statement with these words; it goes on when the door is freed."""
        self._stick_at = words

    def shut_after(self, words: bytes) -> None:
        """Pass on the next statement with these words, and shut before its answer."""
        self._shut_after = words

    def shut(self) -> None:
        """The server is gone: every connection breaks, and new ones are refused."""
        self._open = False
        for end in tuple(self._ends):
            end.transport.abort()

    def free(self) -> None:
        self._open = True
        self._passing.set()

    async def _met(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._open:
            writer.transport.abort()
            return
        there = await asyncio.open_unix_connection(self._folder / SOCKET)
        ends = {writer, there[1]}
        self._ends |= ends
        asking = asyncio.create_task(self._pass(reader, there[1], asks=True))
        answering = asyncio.create_task(self._pass(there[0], writer, asks=False))
        try:
            await asyncio.wait({asking, answering}, return_when=asyncio.FIRST_COMPLETED)
            # What was said last still arrives: a statement is not unsaid by hanging up.
            if asking.done():
                there[1].close()
        finally:
            self._ends -= ends
            answering.cancel()
            writer.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, asks: bool) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65_536):
                if asks and self._stick_at and self._stick_at in data:
                    self._stick_at = b""
                    self.stick()
                    self.stuck.set()
                await self._passing.wait()
                last = asks and bool(self._shut_after) and self._shut_after in data
                writer.write(data)
                await writer.drain()
                if last:
                    self._shut_after = b""
                    self._passing.clear()
                    self.stuck.set()
