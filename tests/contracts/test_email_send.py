"""Letters over a real mail server: what they say, what they never say, and what can go wrong on the way."""

import asyncio
import datetime
import ipaddress
import logging
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from adapters.email import Email, EmailSettings, limits
from adapters.email.send import Post, Server, Tls
from bot.chat.card import Card
from bot.chat.port import DeliveryError, Gone, NotSaved, Refused, TryLater, Uncertain, Unreachable
from bot.chat.turn import Account, Address, Message, Place
from playground.faults import Broken, DropAfter, DropBefore, Refuse, Stall, TooMany
from tests.contracts.email_site import CARD, HELEN, KEY, PUBLIC, SECRETS, SENDER, WORDS, Site, email_site
from tests.contracts.inbox import PHRASES
from tests.contracts.reasons import assert_plain

BODIES = ("Something awaits you.", "<p>Something awaits you.</p>")


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with email_site() as site:
        yield site


# What a letter says


async def test_a_letter_says_only_that_something_awaits(site: Site) -> None:
    """Neither subject, text, HTML nor headers say what it is about; both forms have the same link."""
    await site.post()
    (letter,) = site.letters
    assert (letter.to, letter.sender, letter.subject) == (HELEN, SENDER, WORDS.letter_subject)
    assert letter.link.startswith(f"{PUBLIC}/mail/")
    assert letter.link in letter.html
    for words in (WORDS.letter_intro, WORDS.letter_how, WORDS.letter_then, WORDS.letter_note):
        assert words in letter.text
        assert words in letter.html
    body = letter.raw.decode().partition("\r\n\r\n")[2] + letter.subject
    for secret in set(SECRETS) - {HELEN, "helen"}:
        assert secret not in letter.raw.decode()
    assert "helen" not in body.casefold()


async def test_a_letter_is_known_as_one_of_a_machine(site: Site) -> None:
    """It says that a machine wrote it, so that nobody's absence is announced to it."""
    await site.post()
    headers = site.letters[0].headers
    assert headers["auto-submitted"] == "auto-generated"
    assert headers["x-auto-response-suppress"] == "All"
    assert headers["content-type"].startswith("multipart/alternative")
    assert headers["date"]
    assert headers["from"] == SENDER


async def test_the_same_delivery_is_the_same_letter(site: Site) -> None:
    """A letter whose answer was lost goes out again under the same name, for another one it is another name,
    and the name says nothing."""
    site.faults.next("DATA", DropAfter())
    with pytest.raises(Uncertain):
        await site.post(key="BR-7KQ2M:3:stage:helen")
    assert await site.adapter.platform.find(site.place, "BR-7KQ2M:3:stage:helen", 0) is None
    await site.post(key="BR-7KQ2M:3:stage:helen")
    await site.post(key="delivery-2")
    first, again, other = (letter.id for letter in site.letters)
    assert first == again != other
    assert "BR-7KQ2M" not in first
    assert first.endswith("@partnership.example>")


async def test_both_links_of_a_letter_that_came_twice_open_it(site: Site) -> None:
    """Whichever of the two is opened, it shows the card."""
    site.faults.next("DATA", DropAfter())
    with pytest.raises(Uncertain):
        await site.post()
    await site.post()
    for letter in site.letters[:2]:
        assert (await site.browser().open(letter.link)).shows("Case BR-7KQ2M awaits you")


async def test_a_letter_that_was_sent_is_not_sent_again(site: Site) -> None:
    """Posted once more with the same key, it is the same message, and no e-mail goes out; it can be found."""
    message = await site.post()
    assert await site.post(Card("Another")) == message
    assert len(site.letters) == 1
    assert await site.adapter.platform.find(site.place, "delivery-1", 0) == message
    elsewhere = Place(Address("email", "care.example", SENDER, "leo@care.example"), "personal")
    assert await site.adapter.platform.find(elsewhere, "delivery-1", 0) is None


async def test_an_update_sends_nothing(site: Site) -> None:
    """The page shows the new card, and nobody gets a letter for it."""
    browser, _ = await site.opened()
    sent = len(site.letters)
    message = await site.post()
    await site.adapter.platform.update(message, Card("It is closed"))
    shown = await browser.get(site.letters[0].link)
    assert shown.shows("It is closed")
    assert not shown.shows("awaits you")
    assert len(site.letters) == sent


async def test_only_the_addressee_s_message_is_updated(site: Site) -> None:
    """A message that is not there, or is somebody else's, is gone."""
    message = await site.post()
    for wrong in (
        Message(site.address, "nothing"),
        Message(Address("email", "care.example", SENDER, "leo@care.example"), message.id),
    ):
        with pytest.raises(Gone) as caught:
            await site.adapter.platform.update(wrong, CARD)
        assert_plain(caught.value.reason)


# Who is reached


@pytest.mark.parametrize("email", [HELEN, "Helen@Care.Example", "  helen@care.example "])
async def test_a_person_is_reached_at_their_address(site: Site, email: str) -> None:
    """However it is written, an address is one place, and the address vouches for the account."""
    place = await site.adapter.platform.reach(email, ())
    assert place == Place(Address("email", "care.example", SENDER, HELEN), "personal")
    profile = await site.adapter.platform.profile(Account("email", "care.example", HELEN), place)
    assert profile is not None
    assert profile.email == HELEN


@pytest.mark.parametrize(
    "email",
    ["", "helen", "helen@", "@care.example", "helen@care", "a@b@care.example", "he len@care.example",
     "helen@care.example\r\nBcc: all@care.example", "helen@care.example\n", "<helen@care.example>",
     "helen@care.example,leo@care.example", "helen@care..example", "helen.@care.example",
     "x" * 250 + "@care.example", "hel\x00en@care.example", "\ud800@care.example", '"a b"@care.example'],
)  # fmt: skip
async def test_what_is_no_address_is_unreachable(site: Site, email: str) -> None:
    """Nothing that is not one plain address is ever written to."""
    if email.strip() == HELEN:
        assert (await site.adapter.platform.reach(email, ())).address.conversation == HELEN
        return
    with pytest.raises(Unreachable) as caught:
        await site.adapter.platform.reach(email, ())
    assert_plain(caught.value.reason)


async def test_there_are_no_channels(site: Site) -> None:
    """A place that is no person's can't be written to."""
    with pytest.raises(Unreachable):
        await site.adapter.platform.post(Place(site.address, "channel"), CARD, "delivery-1")
    assert site.letters == []


# What can go wrong


@pytest.mark.parametrize(
    ("step", "fault", "error"),
    [
        ("EHLO", Refuse("4.3.2 Not now", 421), TryLater),
        ("EHLO", DropBefore(), TryLater),
        ("MAIL", TooMany(), TryLater),
        ("MAIL", Refuse("5.7.0 Sign in first", 530), TryLater),
        ("MAIL", Refuse("5.7.1 Not from you", 550), Refused),
        ("MAIL", DropBefore(), TryLater),
        ("RCPT", Refuse("4.2.1 Greylisted", 450), TryLater),
        ("RCPT", Refuse("4.3.0 Later", 451), TryLater),
        ("RCPT", Refuse("5.1.1 No such mailbox", 550), Unreachable),
        ("RCPT", Refuse("5.2.2 Mailbox full", 552), Unreachable),
        ("RCPT", DropBefore(), TryLater),
        ("DATA", Broken(503), TryLater),
        ("DATA", Refuse("5.6.0 Looks like spam", 554), Refused),
        ("DATA", DropBefore(), Uncertain),
        ("DATA", DropAfter(), Uncertain),
    ],
)
async def test_each_failure_is_of_the_closed_set(
    site: Site,
    step: str,
    fault: Refuse | TooMany | Broken | DropBefore | DropAfter,
    error: type[DeliveryError],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """What the mail server does at each step is told by its kind, in words, without what it said; and after
    it the letter can be sent."""
    site.faults.next(step, fault, times=1)
    with caplog.at_level(logging.DEBUG), pytest.raises(DeliveryError) as caught:
        await site.post()
    assert type(caught.value) is error
    assert_plain(caught.value.reason)
    for secret in (HELEN, "127.0.0.1", "mailbox", "Greylisted"):
        assert secret not in caught.value.reason
    for record in caplog.records:
        if record.name.startswith("adapters"):
            assert HELEN not in record.getMessage()
    await site.post()
    assert site.letters[-1].link


async def test_a_mail_server_that_is_away_is_tried_later(site: Site) -> None:
    """Where nobody listens nothing was sent, for sure."""
    await site.server.close()
    with pytest.raises(TryLater) as caught:
        await site.post()
    assert_plain(caught.value.reason)


@pytest.mark.parametrize(("step", "error"), [("RCPT", TryLater), ("DATA", Uncertain)])
async def test_a_mail_server_that_hangs_is_given_up(
    site: Site, step: str, error: type[DeliveryError], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits without end: a letter is tried again, or its fate is unknown once it was handed over."""
    monkeypatch.setattr(limits, "SEND_WITHIN", 0.5)
    site.faults.next(step, Stall())
    with pytest.raises(error):
        await site.post()


async def test_a_database_that_is_away_is_told_by_what_is_known(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before sending, nothing was sent; after it, nobody has written down that it was."""

    async def away(*_: object) -> None:
        raise NotSaved

    with monkeypatch.context() as patched:
        patched.setattr(site.adapter._mailbox, "write", away)
        with pytest.raises(TryLater):
            await site.post()
    assert site.letters == []
    with monkeypatch.context() as patched:
        patched.setattr(site.adapter._mailbox, "sent", away)
        with pytest.raises(Uncertain):
            await site.post()
    message = await site.post(key="delivery-2")
    for method, call in (
        ("show", site.adapter.platform.update(message, CARD)),
        ("find", site.adapter.platform.find(site.place, "delivery-2", 0)),
    ):
        with monkeypatch.context() as patched:
            patched.setattr(site.adapter._mailbox, method, away)
            with pytest.raises(TryLater):
                await call


# TLS and signing in


class Guarded:
    """A mail server with a certificate of its own, and a password."""

    def __init__(self, folder: Path) -> None:
        self.ca_file = folder / "certificate.pem"
        self._key_file = folder / "key.pem"
        self.taken: list[str] = []
        self.signed_in: list[tuple[bytes, bytes]] = []
        self._write_certificate()
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(self.ca_file, self._key_file)
        self._server: asyncio.Server | None = None
        self.port = 0

    async def start(self, *, starttls: bool) -> None:
        loop = asyncio.get_running_loop()

        def protocol() -> SMTP:
            return SMTP(
                self, loop=loop, authenticator=self._authenticated, auth_required=True,
                auth_require_tls=starttls, require_starttls=starttls,
                tls_context=self._context if starttls else None,
            )  # fmt: skip

        tls = None if starttls else self._context
        self._server = await loop.create_server(protocol, "127.0.0.1", 0, ssl=tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:
        self.taken.append(str(envelope))
        return "250 OK"

    def _authenticated(
        self, server: object, session: object, envelope: object, mechanism: str, data: object
    ) -> AuthResult:
        given = (getattr(data, "login", b""), getattr(data, "password", b""))
        self.signed_in.append(given)
        right = given == (b"braver", b"correct horse")
        return AuthResult(success=right, handled=right)

    def _write_certificate(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.example")])
        now = datetime.datetime.now(datetime.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(
                x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
            )
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
            .sign(key, hashes.SHA256())
        )
        self.ca_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        self._key_file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )


@pytest.fixture
async def guarded(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Guarded]:
    server = Guarded(tmp_path)
    await server.start(starttls=getattr(request, "param", "starttls") == "starttls")
    yield server
    await server.close()


async def opened(server: Guarded, tls: Tls, *, password: str = "correct horse", trusted: bool = True) -> Post:
    ca_file = str(server.ca_file) if trusted else ""
    post = Post(Server("127.0.0.1", server.port, SENDER, "braver", password, tls, ca_file))
    await post.open()
    return post


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
@pytest.mark.parametrize(("guarded", "tls"), [("starttls", "starttls"), ("tls", "tls")], indirect=["guarded"])
async def test_letters_go_under_tls_and_signed_in(guarded: Guarded, tls: Tls) -> None:
    """With either kind of TLS, and a certificate that is believed, the letter is taken after signing in."""
    await (await opened(guarded, tls)).send(HELEN, "Subject", BODIES)
    assert guarded.signed_in == [(b"braver", b"correct horse")]
    assert len(guarded.taken) == 1


async def test_a_wrong_password_is_tried_later_and_never_logged(
    guarded: Guarded, caplog: pytest.LogCaptureFixture
) -> None:
    """A login that is refused sends nothing, can be mended, and is logged without the password."""
    post = await opened(guarded, "starttls", password="battery staple")
    with caplog.at_level(logging.DEBUG), pytest.raises(TryLater) as caught:
        await post.send(HELEN, "Subject", BODIES)
    assert_plain(caught.value.reason)
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("adapters")]
    assert ours == ["the mail server does not let Braver in: 535"]
    assert "battery staple" not in caplog.text
    assert "battery staple" not in repr(Server("h", 1, SENDER, "braver", "battery staple"))
    assert guarded.taken == []


async def test_a_certificate_that_nobody_vouches_for_gets_nothing(guarded: Guarded) -> None:
    """Neither password nor letter goes to a server that can't prove who it is."""
    post = await opened(guarded, "starttls", trusted=False)
    with pytest.raises(TryLater):
        await post.send(HELEN, "Subject", BODIES)
    assert guarded.signed_in == []
    assert guarded.taken == []


async def test_a_server_without_tls_gets_nothing(site: Site) -> None:
    """Where TLS is wanted and the server has none, the letter does not go in the open."""
    post = Post(Server("127.0.0.1", site.server.port, SENDER))
    await post.open()
    with pytest.raises(TryLater):
        await post.send(HELEN, "Subject", BODIES)
    assert site.letters == []


@pytest.mark.parametrize(
    ("public", "host", "tls"),
    [
        ("http://braver.example", "127.0.0.1", "none"),
        ("braver.example", "127.0.0.1", "none"),
        (PUBLIC, "mail.example", "none"),
        (PUBLIC, "127.0.0.1.mail.example", "none"),
    ],
)
async def test_nothing_crosses_a_network_in_the_open(site: Site, public: str, host: str, tls: Tls) -> None:
    """Links without https, or letters without TLS, are for this machine alone: anything else is not begun."""
    settings = EmailSettings(public, (KEY,), host, SENDER, tls=tls)
    with pytest.raises(ValueError, match=r"https|TLS"):
        Email(settings, site.inbox, site.adapter._mailbox, PHRASES, WORDS)


async def test_an_address_with_other_letters_needs_a_server_that_knows_them(site: Site) -> None:
    """Where the mail server can't write such an address, the person is not reached this way."""
    place = await site.adapter.platform.reach("hélène@care.example", ())
    with pytest.raises(Unreachable) as caught:
        await site.adapter.platform.post(place, CARD, "delivery-1")
    assert_plain(caught.value.reason)
