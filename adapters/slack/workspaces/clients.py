"""Clients of Slack's Web API: one for each token, all on one HTTP session."""

from urllib.parse import urljoin

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.auth import web_client
from adapters.slack.send import TIMEOUT
from bot.chat.admission import Admission


class Clients:
    """`api_url` is the base address of the Web API; `admission` is told of each answer."""

    def __init__(self, api_url: str, admission: Admission | None = None) -> None:
        self._admission = admission
        self._api_url = f"{api_url.rstrip('/')}/"
        self._session: aiohttp.ClientSession | None = None
        self._early: list[AsyncWebClient] = []

    @property
    def authorize_url(self) -> str:
        """Where whoever installs the app is asked for their consent."""
        return urljoin(self._api_url, "/oauth/v2/authorize")

    def client(self, token: str = "") -> AsyncWebClient:
        """A client with this token. It may be made before there is a session."""
        made = web_client(token, self._api_url, self._admission)
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
