"""Whether Microsoft lets the bot in, and whether its signing keys can be had; nothing is sent to anybody."""

import asyncio
import ssl
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

import aiohttp
import requests

from adapters.teams.tenants.cloud import Cloud, Registration
from adapters.teams.tenants.keys import UNPUBLISHED, published
from adapters.teams.tenants.sign_in import ShutOut, SignIn
from bot.chat import skew, trouble
from bot.chat.port import Finding, TryLater

NAME = "teams"
PATH = "/api/messages"
"""Where Teams posts everything."""
REQUEST_WITHIN = 2.0
"""Seconds for each request of a sign-in, which takes two."""

_RENEW = (
    "Make a client secret for the app (Certificates & secrets), and copy its “Value”, not its “Secret ID”, "
    "into BRAVER_TEAMS_APP_PASSWORD."
)
_CHECK_APP = (
    "Copy the “Application (client) ID” and the “Directory (tenant) ID” of the bot's app registration "
    "into BRAVER_TEAMS_APP_ID and BRAVER_TEAMS_TENANT_ID."
)
_REFUSED = {
    "7000215": ("Microsoft says that the client secret is wrong.", _RENEW),
    "7000222": ("Microsoft says that the client secret has expired.", _RENEW),
    "invalid_client": ("Microsoft does not take the client secret.", _RENEW),
    "700016": ("This tenant has no app with this id.", _CHECK_APP),
    "unauthorized_client": ("This tenant has no app with this id.", _CHECK_APP),
    "90002": ("Microsoft knows no tenant with this id.", _CHECK_APP),
    "900021": ("Microsoft knows no tenant with this id.", _CHECK_APP),
    "7000112": (
        "The app was switched off in this tenant.",
        "In Microsoft Entra, under Enterprise applications, let users sign in to the app again.",
    ),
}
"""By Microsoft's number for it (AADSTS…), or by its word where it gives none."""


class TeamsExaminer:
    """One registration. `several`: one of several, which it is then said of; `keys`: the keys, which are the
    same for all, are looked at here."""

    name = NAME
    path = PATH

    def __init__(
        self, registration: Registration, cloud: Cloud, *, several: bool = False, keys: bool = True
    ) -> None:
        self._registration = registration
        self._cloud = cloud
        self._several = several
        self._with_keys = keys

    async def examine(self) -> tuple[Finding, ...]:
        """See `bot.chat.port.Examiner.examine`."""
        if not self._registration.app_id:
            what = "Teams takes anybody's word for who they are: for a simulator on this machine only."
            remedy = "For a real tenant set BRAVER_TEAMS_APP_ID, and leave BRAVER_TEAMS_ALLOW_ANONYMOUS out."
            return (Finding("credentials", "look", what, remedy),)
        if not self._with_keys:
            return (self._of_which(await self._sign_in()),)
        signed_in, keys = await asyncio.gather(self._sign_in(), self._keys())
        return (self._of_which(signed_in), *keys, _UNSEEN)

    def _of_which(self, finding: Finding) -> Finding:
        if not self._several:
            return finding
        whose = self._registration.name or self._registration.app_id
        return replace(finding, what=f"{whose}: {finding.what}")

    async def _sign_in(self) -> Finding:
        host = _host(self._cloud.login_url)
        try:
            await SignIn(self._registration, self._cloud, REQUEST_WITHIN).token()
        except ShutOut as error:
            word = f" ({error.code})" if error.code else ""
            unknown = (f"Microsoft does not let the bot sign in{word}.", f"{_CHECK_APP} {_RENEW}")
            return Finding("credentials", "fix", *_REFUSED.get(error.code, unknown))
        except TryLater as error:
            return Finding("credentials", "fix", *self._unreached(host, error.__cause__))
        return Finding("credentials", "ok", "Microsoft lets the bot sign in for Teams.")

    def _unreached(self, host: str, error: BaseException | None) -> tuple[str, str]:
        """What kept a sign-in from being answered, in words."""
        if isinstance(error, requests.HTTPError):
            return _fault(host)
        if isinstance(error, requests.exceptions.SSLError):
            return self._certificate(host)
        if isinstance(error, requests.Timeout):
            return trouble.in_words(host, "silent")
        if isinstance(error, requests.RequestException):
            return trouble.in_words(host, "away")
        if isinstance(error, ValueError):
            # What the login library makes of an address, or of an answer, that leads to no tenant.
            what, remedy = _REFUSED["90002"]
            return what, f"{remedy} Where BRAVER_TEAMS_LOGIN_URL is set, check it too."
        return self._file()

    async def _keys(self) -> tuple[Finding, ...]:
        asked = datetime.now(UTC)
        host = _host(self._cloud.keys_url)
        try:
            found = await published(self._cloud)
        except UNPUBLISHED as error:
            return (Finding("credentials", "fix", *self._unpublished(host, error)),)
        clock = skew.compared_by_header("Microsoft's", found.date, asked, datetime.now(UTC))
        if not found.keys:
            what = f"{host} names no key with which Teams signs: nothing that Teams sends can be believed."
            keys = Finding("credentials", "fix", what, "Check BRAVER_TEAMS_KEYS_URL.")
        else:
            keys = Finding("credentials", "ok", "The keys with which Teams signs can be had.")
        return (keys, clock) if clock else (keys,)

    def _unpublished(self, host: str, error: Exception) -> tuple[str, str]:
        if isinstance(error, aiohttp.ClientResponseError) and error.status >= 500:
            return _fault(host)
        if isinstance(error, TimeoutError | aiohttp.ClientConnectionError):
            kind = trouble.of(error)
            return self._certificate(host) if kind == "certificate" else trouble.in_words(host, kind)
        if isinstance(error, ssl.SSLError | OSError):
            return self._file()
        return (
            f"What {host} answers are not the keys of Teams.",
            "Check BRAVER_TEAMS_KEYS_URL, and whether a proxy answers in Microsoft's place.",
        )

    def _certificate(self, host: str) -> tuple[str, str]:
        what, remedy = trouble.in_words(host, "certificate")
        return what, f"{remedy} Or name the proxy's certificates in BRAVER_TEAMS_CA_FILE."

    def _file(self) -> tuple[str, str]:
        return (
            "The certificates of BRAVER_TEAMS_CA_FILE can't be read.",
            "Check that it names a file of certificates (PEM) which may be read, or leave it out.",
        )


_UNSEEN = Finding(
    "scopes",
    "look",
    "From here it can't be seen which app package Teams has, what its teams have consented to, and where it "
    "sends what people do.",
    "In the Teams admin centre the app's version must be that of content/manifests/teams.json; in the "
    "Azure Bot the “Messaging endpoint” must end in /api/messages.",
)


def _fault(host: str) -> tuple[str, str]:
    return f"{host} has a fault of its own at the moment.", "Try again in a few minutes."


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or "Microsoft"
    except ValueError:
        return "Microsoft"
