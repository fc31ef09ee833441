"""A mail server on loopback: real SMTP, every letter is kept, and faults on demand.

    server = MailServer(faults, knows, arrived)   # `arrived` is called with each letter that was taken
    await server.start()                          # then the service sends to 127.0.0.1, port `server.port`

An address that `knows` does not know is refused for good.

Faults by the step of SMTP that meets them: `EHLO`, `MAIL`, `RCPT`, `DATA` (or `*`). At `DATA` the whole
letter has been sent already, so that `DropBefore` loses it, and `DropAfter` keeps it and loses the answer.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from playground.faults import Broken, DropAfter, DropBefore, Fault, Faults, HoldAnswer, Refuse, Stall, TooMany
from playground.mail_letter import Letter, read

HOST = "127.0.0.1"
NAME = "mail.little-wickering.example"
MAX_LETTER = 200_000
"""Bytes of a letter, at most."""
_TAKEN = "250 OK"


class MailServer:
    """Takes letters for everybody. `letters` are those that were taken, oldest first."""

    def __init__(
        self, faults: Faults, knows: Callable[[str], bool], arrived: Callable[[Letter], None]
    ) -> None:
        self.faults = faults
        self.letters: list[Letter] = []
        self.port = 0
        self._knows = knows
        self._arrived = arrived
        self._server: asyncio.Server | None = None

    async def start(self, port: int = 0) -> None:
        """Listen on loopback; `port` 0 takes any free one."""
        # Only whoever plays by e-mail needs the package, which is not among those that the service runs with.
        from aiosmtpd.smtp import SMTP

        loop = asyncio.get_running_loop()

        def protocol() -> SMTP:
            return SMTP(self, hostname=NAME, data_size_limit=MAX_LETTER, loop=loop)

        self._server = await loop.create_server(protocol, HOST, port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Nobody listens any more; what is stalled ends."""
        self.faults.clear()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    # What aiosmtpd calls, by the names that it looks for.

    async def handle_EHLO(
        self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        refused = await self._met("EHLO", server, lambda: None)
        return [refused] if refused else responses

    async def handle_MAIL(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        refused = await self._met("MAIL", server, lambda: None)
        if not refused:
            envelope.mail_from = address
        return refused or _TAKEN

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        refused = await self._met("RCPT", server, lambda: None)
        if not refused and not self._knows(address):
            refused = "550 5.1.1 No such mailbox"
        if not refused:
            envelope.rcpt_tos.append(address)
        return refused or _TAKEN

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        def keep() -> None:
            for address in envelope.rcpt_tos:
                letter = read(address, envelope.mail_from, envelope.content)
                self.letters.append(letter)
                self._arrived(letter)

        refused = await self._met("DATA", server, keep)
        if not refused:
            keep()
        return refused or _TAKEN

    async def _met(self, step: str, server: Any, act: Callable[[], None]) -> str:
        """What the fault of this step answers in place of the usual; empty: go on as usual."""
        fault = self.faults.take(step)
        match fault:
            case DropAfter():
                act()
                return await _cut(server)
            case DropBefore():
                return await _cut(server)
            case HoldAnswer():
                act()
                fault.met.set()
                await fault.gate.wait()
                return _TAKEN
            case Stall():
                fault.met.set()
                await fault.gate.wait()
        return _refusal(fault)


def _refusal(fault: Fault | None) -> str:
    """The fault as an SMTP answer. `Broken` has a status of HTTP: what is the server's own passes."""
    match fault:
        case TooMany():
            return "452 4.3.1 Too much mail at the moment"
        case Broken(status):
            return "451 4.3.0 Simulated failure" if status >= 500 else "554 5.6.0 Simulated refusal"
        case Refuse(code, status):
            return f"{status} {code}"
    return ""


async def _cut(server: Any) -> str:
    """Close the connection without an answer; aiosmtpd ends this task with it."""
    server.transport.abort()
    nothing: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    return await nothing
