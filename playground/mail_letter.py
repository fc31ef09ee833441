"""A letter as it lies in a mailbox."""

import email
import email.policy
import re
from dataclasses import dataclass
from email.message import EmailMessage

_LINK = re.compile(r"https?://\S+?/mail/[^\s<>\"']+")
_CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")


@dataclass(frozen=True, slots=True)
class Letter:
    """`to` and `sender` as the envelope had them; `text` and `html` are the two forms of the same words."""

    to: str
    sender: str
    subject: str
    text: str
    html: str
    headers: dict[str, str]
    raw: bytes

    @property
    def id(self) -> str:
        """The Message-ID: a letter that was sent twice has one."""
        return self.headers.get("message-id", "")

    @property
    def link(self) -> str:
        """The address to open, empty where the letter has none."""
        found = _LINK.search(self.text)
        return found[0] if found else ""

    @property
    def code(self) -> str:
        """The six-digit code, empty in a letter with a link."""
        found = None if self.link else _CODE.search(self.text)
        return found[0] if found else ""


def read(to: str, sender: str, raw: bytes) -> Letter:
    """The letter of these bytes, as the server got them."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    headers = {name.casefold(): str(value) for name, value in message.items()}
    return Letter(
        to, sender, headers.get("subject", ""), _part(message, "plain"), _part(message, "html"), headers, raw
    )


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return str(part.get_content()).strip() if part is not None else ""
