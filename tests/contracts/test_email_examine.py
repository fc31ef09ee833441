"""What doctor finds of the mail server, against a real one on loopback."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from adapters.email import EmailExaminer
from adapters.email.send import Server
from bot.chat.port import Finding
from playground.faults import Faults
from playground.mail_server import MailServer

PUBLIC = "https://braver.wickering.example"


@pytest.fixture
async def server() -> AsyncIterator[MailServer]:
    started = MailServer(Faults(), lambda address: True, lambda letter: None)
    await started.start()
    yield started
    await started.close()


async def found(server: MailServer, **other: Any) -> tuple[Finding, ...]:
    settings = Server("127.0.0.1", server.port, "braver@wickering.example", tls="none")
    return await EmailExaminer(replace(settings, **other), PUBLIC).examine()


async def test_a_mail_server_that_lets_us_in(server: MailServer) -> None:
    """It is said so, and no letter is sent."""
    [only] = await found(server)
    assert only.state == "ok"
    assert server.letters == []


async def test_a_mail_server_that_is_not_there(server: MailServer) -> None:
    """With what to look at."""
    [only] = await found(server, port=1)
    assert only.state == "fix"
    assert "can't be reached" in only.what
    assert "BRAVER_EMAIL_PORT" in only.remedy


async def test_a_mail_server_without_encryption(server: MailServer) -> None:
    """Links and codes would cross the network in the open."""
    [only] = await found(server, tls="starttls")
    assert only.state == "fix"
    assert "STARTTLS" in only.what


async def test_a_server_that_says_nothing() -> None:
    """It does not keep anybody waiting for long, and is told apart."""

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    listening = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    examiner = EmailExaminer(Server("127.0.0.1", port, "braver@wickering.example", tls="none"), PUBLIC)
    [only] = await examiner.examine()
    assert only.state == "fix"
    listening.close()
    await listening.wait_closed()


async def test_a_sender_of_another_domain(server: MailServer) -> None:
    """Mail filters, and people, may take such letters for forged."""
    [ok, look] = await found(server, sender="braver@elsewhere.example")
    assert (ok.state, look.state) == ("ok", "look")
    assert "elsewhere.example" in look.what
