"""Clients of Slack's Web API: one for each token, all on one HTTP session."""

import logging
from urllib.parse import urljoin, urlsplit

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.send import TIMEOUT

_LOOPBACK = {"127.0.0.1", "::1", "localhost"}

quiet = logging.getLogger("braver.slack.sdk")
"""The SDK's own logger. At lower levels it logs whole requests: people's words, and tokens."""
quiet.setLevel(logging.ERROR)


class Clients:
    """`api_url` is the base address of the Web API."""

    def __init__(self, api_url: str) -> None:
        self._api_url = f"{api_url.rstrip('/')}/"
        self._session: aiohttp.ClientSession | None = None
        self._early: list[AsyncWebClient] = []

    @property
    def authorize_url(self) -> str:
        """Where whoever installs the app is asked for their consent."""
        return urljoin(self._api_url, "/oauth/v2/authorize")

    def client(self, token: str = "") -> AsyncWebClient:
        """A client with this token. It may be made before there is a session."""
        made = AsyncWebClient(token or None, base_url=self._api_url, retry_handlers=[], logger=quiet)
        if urlsplit(self._api_url).hostname in _LOOPBACK:
            made.proxy = None
        made.session = self._session
        if self._session is None:
            self._early.append(made)
        return made

    def start(self) -> None:
        """Open the session. It keeps no cookies: nothing of one workspace goes along to another."""
        self._session = aiohttp.ClientSession(timeout=TIMEOUT, cookie_jar=aiohttp.DummyCookieJar())
        for client in self._early:
            client.session = self._session
        self._early.clear()

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
