"""Letters out: one e-mail for each, over SMTP, and every failure in the closed set."""

import asyncio
import contextlib
import hashlib
import logging
import re
import ssl
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import Literal

import aiosmtplib

from adapters.email import limits
from adapters.email.auth import Keys, digest, new_name
from adapters.email.intake import PLATFORM
from adapters.email.render import Renderer
from bot.chat.admission import Admission
from bot.chat.card import Card
from bot.chat.port import (
    Capabilities,
    DeliveryError,
    Gone,
    Mailbox,
    NotSaved,
    Profile,
    Refused,
    TryLater,
    Uncertain,
    Unreachable,
)
from bot.chat.turn import Account, Address, Message, Place

Tls = Literal["starttls", "tls", "none"]

_PART = r"[^@\s<>()\[\]\\,;:\"\x00-\x1f\x7f-\x9f\ud800-\udfff.]+"
_EMAIL = re.compile(rf"{_PART}(?:\.{_PART})*@{_PART}(?:\.{_PART})+")
_NOT_OURS = {530, 534, 535, 538}
"""What a mail server answers when it is our login that it wants, or does not like."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Server:
    """The mail server, and who writes. `ca_file`: certificates to believe beside the system's."""

    host: str
    port: int
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)
    tls: Tls = "starttls"
    ca_file: str = ""


def address_of(email: str, sender: str) -> Address:
    """Where this person is reached. Raises Unreachable for what is no address."""
    # Not casefold: it would make another mailbox of an address with a sharp s.
    email = email.strip().lower()
    if len(email) > limits.ADDRESS or not _EMAIL.fullmatch(email):
        raise Unreachable("there is no e-mail address that can be written to")
    return Address(PLATFORM, email.rpartition("@")[2], sender, email)


class Post:
    """Sends letters: a connection for each, since they are few and must not wait for one another."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._tls: ssl.SSLContext | None = None
        self.admission = Admission()

    async def open(self) -> None:
        """Read the certificates; the mail server need not be there."""
        if self._server.tls != "none":
            self._tls = await asyncio.to_thread(_trust, self._server.ca_file)

    async def send(self, to: str, subject: str, bodies: tuple[str, str], id: str = "") -> None:
        """Send text and HTML. `id` names the letter: the same twice is the same letter."""
        domain = self._server.sender.rpartition("@")[2]
        letter = EmailMessage()
        letter["From"] = self._server.sender
        letter["To"] = to
        letter["Subject"] = subject
        letter["Date"] = format_datetime(datetime.now(UTC))
        letter["Message-ID"] = f"<{id}@{domain}>" if id else make_msgid(domain=domain)
        letter["Auto-Submitted"] = "auto-generated"
        letter["X-Auto-Response-Suppress"] = "All"
        text, html = bodies
        letter.set_content(text)
        letter.add_alternative(html, subtype="html")
        handed = _Handed()
        try:
            async with asyncio.timeout(limits.SEND_WITHIN):
                await self._hand_over(letter, to, handed)
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            raise _failure(error, handed) from error

    async def _hand_over(self, letter: EmailMessage, to: str, handed: "_Handed") -> None:
        server = self._server
        async with self._let_in() as client:
            wide = [] if to.isascii() and server.sender.isascii() else ["SMTPUTF8"]
            encoding = "utf-8" if wide else "ascii"
            if wide and not client.supports_extension("smtputf8"):
                raise Unreachable("the mail server can't write to an address with such letters")
            handed.stage = "from"
            await client.mail(server.sender, options=wide, encoding=encoding)
            handed.stage = "to"
            await client.rcpt(to, encoding=encoding)
            handed.stage = "data"
            written = letter.as_bytes(policy=policy.SMTPUTF8 if wide else policy.SMTP)
            await client.data(written, timeout=limits.SEND_WITHIN)

    async def greet(self) -> None:
        """Connect and sign in as for a letter, and send none. Raises what aiosmtplib raises, OSError or
        TimeoutError."""
        async with self._let_in() as client:
            await client.noop()

    @contextlib.asynccontextmanager
    async def _let_in(self) -> AsyncIterator[aiosmtplib.SMTP]:
        """A connection on which letters may be sent; what the server says of us is kept in `admission`."""
        server = self._server
        client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            timeout=limits.CONNECT_WITHIN,
            # Named here, since else the machine is asked for its own name, which may take its time.
            local_hostname=server.sender.rpartition("@")[2],
            use_tls=server.tls == "tls",
            start_tls=server.tls == "starttls",
            tls_context=self._tls,
        )
        try:
            await client.connect()
            if server.user:
                try:
                    await client.login(server.user, server.password)
                except aiosmtplib.SMTPAuthenticationError:
                    self.admission.answered(False)
                    raise
            self.admission.answered(True)
            yield client
        finally:
            client.close()


@dataclass(slots=True)
class _Handed:
    """How far a letter had come."""

    stage: Literal["start", "from", "to", "data"] = "start"


def _failure(error: Exception, handed: _Handed) -> DeliveryError:
    """What went wrong, in the closed set, in words without any server's."""
    code = error.code if isinstance(error, aiosmtplib.SMTPResponseException) else 0
    if code in _NOT_OURS or isinstance(error, aiosmtplib.SMTPAuthenticationError):
        _log.error("the mail server does not let Braver in: %s", code)
        return TryLater("the mail server does not let Braver in at the moment")
    if code >= 500 and handed.stage == "to":
        return Unreachable("the mail server knows no such address, or takes nothing for it")
    if code >= 500 and handed.stage != "start":
        _log.error("the mail server refused a letter: %s", code)
        return Refused("the mail server does not take this e-mail")
    if code:
        _log.warning("the mail server put a letter off: %s", code)
        return TryLater("the mail server is busy, or has a fault")
    if handed.stage == "data":
        return Uncertain("the connection broke after the e-mail was sent")
    # Its message may hold an address, so only its kind is written down.
    _log.warning("the mail server could not be used: %s", type(error).__name__)
    return TryLater("the mail server could not be reached")


def _trust(ca_file: str) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if ca_file:
        context.load_verify_locations(ca_file)
    return context


class EmailPlatform:
    """E-mail as the bot sees it (see `bot.chat.port.Platform`)."""

    name = PLATFORM
    capabilities = Capabilities(threads_in_personal=False, hears_threads=False, finds_posts=True)

    def __init__(
        self, post: Post, mailbox: Mailbox, keys: Keys, renderer: Renderer, sender: str, public_url: str
    ) -> None:
        self._post = post
        self._mailbox = mailbox
        self._keys = keys
        self._renderer = renderer
        self._sender = sender
        self._public_url = public_url.rstrip("/")

    async def post(self, place: Place, card: Card, key: str) -> Message:
        """Keep the card for the person's page, and send a letter that says that something awaits them."""
        if place.kind != "personal":
            raise Unreachable("there are no channels by e-mail")
        to = address_of(place.address.conversation, self._sender).conversation
        try:
            kept, before = await self._mailbox.write(to, card, key)
            if not before:
                token = await self.new_link(kept.letter)
        except NotSaved as error:
            raise TryLater("the database was away") from error
        if not before:
            name = hashlib.sha256(key.encode()).hexdigest()[:32]
            await self.send_letter(to, token, name)
            try:
                await self._mailbox.sent(kept.letter)
            except NotSaved as error:
                raise Uncertain("it could not be written down that the e-mail was sent") from error
        return Message(place.address, kept.id)

    async def new_link(self, letter: str) -> str:
        """The token of a new link to the letter's page. Raises NotSaved."""
        link = new_name()
        await self._mailbox.link(letter, digest(link), limits.LINK_LASTS)
        return self._keys.token(letter, link)

    async def asked_link(self, letter: str) -> str:
        """The same for somebody who asks for it; empty where they asked too often. Raises NotSaved."""
        link = new_name()
        made = await self._mailbox.link(letter, digest(link), limits.LINK_LASTS, limits.LINKS_AN_HOUR)
        return self._keys.token(letter, link) if made else ""

    async def send_letter(self, to: str, token: str, name: str = "") -> None:
        link = f"{self._public_url}/mail/{token}"
        await self._post.send(to, self._renderer.words.letter_subject, self._renderer.letter(link), name)

    async def send_code(self, to: str, code: str) -> None:
        await self._post.send(to, self._renderer.words.code_subject, self._renderer.code(code))

    async def update(self, message: Message, card: Card) -> None:
        """The page shows the card from now on; nobody gets a letter for that."""
        try:
            shown = await self._mailbox.show(message.address.conversation, message.id, card)
        except NotSaved as error:
            raise TryLater("the database was away") from error
        if not shown:
            raise Gone("this message is not kept any more")

    async def remove(self, message: Message) -> str:
        """The page says that the letter is gone. The e-mail itself lies in a mailbox, and can't be recalled;
        it never said what it was about."""
        try:
            await self._mailbox.forget(message.address.conversation, message.id)
        except NotSaved as error:
            raise TryLater("the database was away") from error
        return self._renderer.words.stays

    async def find(self, place: Place, key: str, since: float) -> Message | None:
        """A letter that the mail server has taken for sure."""
        try:
            kept = await self._mailbox.find(place.address.conversation, key)
        except NotSaved as error:
            raise TryLater("the database was away") from error
        return Message(place.address, kept.id) if kept else None

    async def reach(self, email: str, known: Sequence[Place]) -> Place:
        """Whoever has an address is reached: whether it is right, only their code will tell."""
        return Place(address_of(email, self._sender), "personal")

    async def present(self, email: str, known: Sequence[Place]) -> None:
        """See `Platform.present`: of an address it is known only that it is one."""
        await self.reach(email, known)

    async def profile(self, account: Account, place: Place) -> Profile | None:
        """The address itself: a code that was sent there proved it."""
        return Profile(account.user, "", proved=True)
