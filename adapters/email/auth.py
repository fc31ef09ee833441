"""Who may see a page: the links in letters, the codes, and what a page carries so that nobody edits it.

A link's token is signed, has an end and one purpose. It names the letter and the link; the database holds
the link's digest only. A code is kept as a digest made with the link's name, which only the token has: so
whoever reads the database can try nothing. What a page carries is signed together with the session that it
was drawn for, and counts in no other.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from itsdangerous import BadData, SignatureExpired, URLSafeSerializer, URLSafeTimedSerializer
from itsdangerous.encoding import base64_decode, base64_encode

from adapters.email import limits
from bot.chat.port import Link, LinkState, Mailbox

_SIGNED = {"key_derivation": "hmac", "digest_method": hashlib.sha256}


@dataclass(frozen=True, slots=True)
class Token:
    """What a link's token says. `over`: it was ours, and its time has passed."""

    letter: str
    link: str
    over: bool = False


class Keys:
    """The secret keys: the first signs, all are understood."""

    def __init__(self, keys: Sequence[str]) -> None:
        oldest_first = list(reversed(keys))
        self._links = URLSafeTimedSerializer(oldest_first, salt="open a letter", signer_kwargs=_SIGNED)
        self._pages = URLSafeSerializer(oldest_first, salt="a page of a session", signer_kwargs=_SIGNED)
        self._first = keys[0].encode()

    def token(self, letter: str, link: str) -> str:
        return str(self._links.dumps([letter, link]))

    def read(self, token: str) -> Token | None:
        """None for a token that is not ours, or not exactly as we made it."""
        try:
            if len(token) > limits.TOKEN or not _exact(token):
                return None
            try:
                letter, link = self._links.loads(token, max_age=int(limits.LINK_LASTS.total_seconds()))
                return Token(str(letter), str(link))
            except SignatureExpired as error:
                letter, link = self._links.load_payload(error.payload or b"")
                return Token(str(letter), str(link), over=True)
        except (BadData, ValueError, TypeError):
            return None

    def seal(self, session: str, what: dict[str, Any]) -> str:
        """What a page carries, for this session (a digest) alone."""
        return str(self._pages.dumps({**what, "s": session}))

    def unseal(self, session: str, text: str) -> dict[str, Any] | None:
        """None for what we did not draw, or drew for another session."""
        try:
            what = self._pages.loads(text)
        except (BadData, ValueError, RecursionError):
            return None
        if not isinstance(what, dict) or not hmac.compare_digest(str(what.get("s")), session):
            return None
        return what

    def session(self, link: str, nonce: str, code: str) -> str:
        """What a browser holds once the code was right. The same page sent twice gets the same."""
        said = f"session:{link}:{nonce}:{code}".encode()
        return hmac.new(self._first, said, hashlib.sha256).hexdigest()


def _exact(signed: str) -> bool:
    """Whether the signature is written as we write it. The same bytes can be written in other ways, which
    would pass for ours; all that stands before the signature is signed as it is written."""
    signature = signed.rpartition(".")[2]
    return hmac.compare_digest(base64_encode(base64_decode(signature)), signature.encode())


def new_name() -> str:
    """A name that nobody guesses, for a link or a page."""
    return secrets.token_urlsafe(16)


def new_code() -> str:
    return f"{secrets.randbelow(10**limits.CODE_DIGITS):0{limits.CODE_DIGITS}d}"


def digest(name: str) -> str:
    """How a link or a session is kept."""
    return hashlib.sha256(name.encode()).hexdigest()


def code_digest(link: str, code: str) -> str:
    """How a code is kept: `link` is the link's name, which is kept nowhere."""
    return hmac.new(link.encode(), code.encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Visit:
    """A request with a token that we made. `text` is the token, `session` the digest of an open session of
    this letter, empty where there is none."""

    text: str
    token: Token
    link: Link
    session: str

    @property
    def cookie(self) -> str:
        return cookie_name(self.token.letter)

    @property
    def state(self) -> LinkState:
        return "over" if self.token.over and self.link.state == "open" else self.link.state


class Gate:
    """Says what a request may see."""

    def __init__(self, keys: Keys, mailbox: Mailbox) -> None:
        self._keys = keys
        self._mailbox = mailbox

    async def visit(self, text: str, cookies: Mapping[str, str]) -> Visit | None:
        """None for a token that is not ours, or of a link that nobody sent: nobody learns which of the two,
        since as much is looked up for either. Raises NotSaved."""
        token = self._keys.read(text)
        link = await self._mailbox.linked(digest(token.link if token else new_name()))
        if token is None or link is None or link.letter != token.letter:
            return None
        held = held_session(token.letter, cookies)
        is_open = bool(held) and await self._mailbox.session(token.letter, held)
        return Visit(text, token, link, held if is_open else "")


def cookie_name(letter: str) -> str:
    """Each letter has a cookie of its own: two can be open at once."""
    return f"mail_{digest(letter)[:16]}"


def held_session(letter: str, cookies: Mapping[str, str]) -> str:
    """The digest of the session that the browser says it has; empty where it has none."""
    held = cookies.get(cookie_name(letter), "")
    # Ours are of ASCII; bytes that are no text can't even be digested.
    return digest(held) if held.isascii() and 0 < len(held) <= limits.NONCE * 2 else ""
