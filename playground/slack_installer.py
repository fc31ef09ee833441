"""Somebody who installs the app, with a browser of their own: follows links, and keeps cookies."""

import html
import re
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import aiohttp
from yarl import URL

from playground.slack_app import SlackApp

_LINK = re.compile(r'<a [^>]*href="([^"]*)"[^>]*>([^<]*)</a>')


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it came. `headers` are the answer's."""

    status: int
    text: str
    headers: dict[str, str]


class SlackInstaller:
    """`service` is the address of the service. A browser takes this machine for a safe origin."""

    def __init__(self, slack: SlackApp, service: str) -> None:
        self._slack = slack
        self._service = service
        jar = aiohttp.CookieJar(unsafe=True, treat_as_secure_origin=service)
        self.browser = aiohttp.ClientSession(cookie_jar=jar)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:  # fmt: skip
        await self.browser.close()

    async def open(self, address: str | URL) -> Page:
        """Any page; where it leads elsewhere, that is not followed."""
        async with self.browser.get(URL(address, encoded=True), allow_redirects=False) as answer:
            return Page(answer.status, await answer.text(), dict(answer.headers))

    async def begin(self) -> str:
        """Open the service's page; where its one link leads."""
        page = await self.open(f"{self._service}/slack/install")
        [(link, _)] = _LINK.findall(page.text)
        return html.unescape(link)

    async def choose(self, authorize: str, team: str, choice: str = "allow") -> str:
        """On Slack's page choose the workspace, and "allow", "cancel" or "whole organisation"; where Slack
        sends the browser then."""
        page = await self.open(authorize)
        links = [html.unescape(link) for link, label in _LINK.findall(page.text) if label == choice]
        link = next(link for link in links if URL(link).query["team"] == team)
        return (await self.open(str(URL(authorize).join(URL(link))))).headers["Location"]

    async def install(self, team: str, choice: str = "allow") -> Page:
        """All of it; the page that it ends with."""
        return await self.open(await self.choose(await self.begin(), team, choice))
