"""A web browser without scripts: cookies, links, forms.

The public address of the service leads to where the service listens, as it does behind a proxy that takes
the TLS off.
"""

import asyncio
from dataclasses import dataclass, field
from urllib.parse import urlencode

import aiohttp
from yarl import URL

from playground.attempt import Attempt
from playground.mail_page import Page, Pairs, Typed, Web, read, refreshed
from playground.screen import Button

PUBLIC = "https://braver.little-wickering.example"
"""The address that the service is told to make links with."""
_PATIENCE = 30.0
_HOPS = 5


@dataclass(slots=True)
class Line:
    """The way to the service: `service` is where it listens."""

    service: str = ""
    session: aiohttp.ClientSession | None = None
    attempts: list[Attempt] = field(default_factory=list)


class Browser:
    """One person's browser; another one has none of its cookies."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._cookies = aiohttp.CookieJar()

    async def open(self, url: str) -> Page:
        """Follow a link from outside, out of a letter for example. Raises AssertionError for no page."""
        return await self._request("GET", URL(url), None, came_from="cross-site")

    async def reload(self, url: str) -> Page:
        """The page of this address as it is now."""
        return await self._request("GET", URL(url), None)

    async def send(self, page: Page, form: Web, typed: Typed, button: Button | None, copies: int = 1) -> Page:
        """Send a form with what was typed over what it holds; in `copies` at once, by a double click."""
        pairs = [pair for pair in form.holds if pair[0] not in typed]
        pairs += [(name, value) for name, values in typed.items() for value in values]
        if button is not None and button.raw["name"]:
            pairs.append((button.raw["name"], button.raw["value"]))
        url = URL(page.url).join(URL(form.action)) if form.action else URL(page.url)
        sent = [self._request("POST", url, pairs) for _ in range(copies)]
        return (await asyncio.gather(*sent))[0]

    def forget(self) -> None:
        """Every cookie is gone, as when the browser was closed."""
        self._cookies.clear()

    def _sent(self, url: URL, came_from: str) -> str:
        """The cookies of this request: a strict one does not go along with a link of another site."""
        strict = {morsel.key for morsel in self._cookies if morsel["samesite"].casefold() == "strict"}
        kept = strict if came_from == "cross-site" else frozenset()
        cookies = self._cookies.filter_cookies(url).items()
        return "; ".join(f"{name}={morsel.value}" for name, morsel in cookies if name not in kept)

    async def _request(
        self, method: str, url: URL, pairs: Pairs | None, came_from: str = "same-origin"
    ) -> Page:
        assert self._line.session is not None, "the playground is not started"
        for _ in range(_HOPS):
            status, location, body = await self._hop(method, url, pairs, came_from)
            if status in (301, 302, 303):
                url, method, pairs = url.join(URL(location)), "GET", None
            elif (onward := refreshed(body)) is not None:
                # From here on it is a link of the page itself.
                url, came_from = url.join(URL(onward)), "same-origin"
            else:
                return read(str(url), status, body)
        raise AssertionError(f"{url} leads from page to page")

    async def _hop(self, method: str, url: URL, pairs: Pairs | None, came_from: str) -> tuple[int, str, str]:
        assert self._line.session is not None
        assert str(url.origin()) == PUBLIC, f"{url} is not on {PUBLIC}"
        there = URL(self._line.service).join(url.relative())
        headers = {"Host": url.authority, "Sec-Fetch-Site": came_from, "X-Forwarded-Proto": url.scheme}
        cookies = self._sent(url, came_from)
        if cookies:
            headers["Cookie"] = cookies
        data = None
        if pairs is not None:
            headers |= {"Origin": str(url.origin()), "Content-Type": "application/x-www-form-urlencoded"}
            data = urlencode(pairs).encode()
        try:
            async with self._line.session.request(
                method, there, data=data, headers=headers, allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=_PATIENCE),
            ) as response:  # fmt: skip
                body = await response.text()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise AssertionError(f"no answer to {method} {url.path}: {error!r}") from None
        self._line.attempts.append(Attempt(f"{method} {url.path}", 0, response.status, 0.0, "", body))
        self._cookies.update_cookies(response.cookies, url)
        return response.status, response.headers.get("Location", ""), body
