"""Whether the mail server can be reached and lets us in; no letter is sent."""

import asyncio
import ssl
from urllib.parse import urlsplit

import aiosmtplib

from adapters.email.intake import PLATFORM
from adapters.email.send import Post, Server
from bot.chat.port import Finding

GROUP = "email"
WITHIN = 4.0
"""Seconds for the connection and the sign-in."""

_PORTS = "Check BRAVER_EMAIL_HOST and BRAVER_EMAIL_PORT (587 with starttls, 465 with tls), and the firewall."


class EmailExaminer:
    """The mail server, and the address by which people come to their pages."""

    name = PLATFORM
    path = ""

    def __init__(self, server: Server, public_url: str) -> None:
        self._server = server
        self._public_url = public_url

    async def examine(self) -> tuple[Finding, ...]:
        """See `bot.chat.port.Examiner.examine`."""
        return (await self._signed_in(), *self._odd_sender())

    async def _signed_in(self) -> Finding:
        host = self._server.host
        post = Post(self._server)
        try:
            await post.open()
            async with asyncio.timeout(WITHIN):
                await post.greet()
        except aiosmtplib.SMTPAuthenticationError:
            what = f"{host} does not take the user and the password for e-mail."
            return _fix(what, "Check BRAVER_EMAIL_USER and BRAVER_EMAIL_PASSWORD.")
        except (ssl.SSLError, aiosmtplib.SMTPConnectError) as error:
            return self._no_connection(error)
        except aiosmtplib.SMTPException as error:
            if "STARTTLS" in str(error):
                what = f"{host} offers no encryption by STARTTLS on this port."
                return _fix(what, "Set BRAVER_EMAIL_TLS=tls with the port for it (465), or another server.")
            return _fix(f"{host} does not answer as a mail server does.", _PORTS)
        except TimeoutError:
            return _fix(f"{host} did not answer within {WITHIN:.0f} seconds.", _PORTS)
        except OSError:
            return self._no_connection(None)
        return Finding(GROUP, "ok", f"{host} lets Braver send e-mail.", "")

    def _no_connection(self, error: Exception | None) -> Finding:
        host = self._server.host
        if "certificate" in str(error).lower():
            what = f"{host} shows a certificate that this machine does not believe."
            return _fix(what, "Name the certificates to believe in BRAVER_EMAIL_CA_FILE.")
        return _fix(f"{host} can't be reached from here.", _PORTS)

    def _odd_sender(self) -> tuple[Finding, ...]:
        """Letters from one domain with links to another look forged to mail filters, and to people."""
        domain = self._server.sender.rpartition("@")[2].casefold()
        host = (urlsplit(self._public_url).hostname or "").casefold()
        if host == domain or host.endswith(f".{domain}") or domain.endswith(f".{host}"):
            return ()
        what = (
            f"E-mails come from {domain} and lead to {host}: filters, and people, may take them for forged."
        )
        remedy = "If you can, use an address of the same domain, and have SPF and DKIM set up for it."
        return (Finding(GROUP, "look", what, remedy),)


def _fix(what: str, remedy: str) -> Finding:
    return Finding(GROUP, "fix", what, remedy)
