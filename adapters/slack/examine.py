"""Whether Slack takes the token, and whether that may do all that Braver needs: one call, nothing is sent."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError

from adapters.slack.auth import web_client
from adapters.slack.send import NAME
from bot.chat import skew, trouble
from bot.chat.port import Finding

PATH = "/slack/events"
"""Where Slack posts everything."""

_MANIFEST = "`braver manifest slack --address https://braver.example.org` (with your own address)"
_COPY = (
    "Copy the “Bot User OAuth Token” from the app's page “OAuth & Permissions” into BRAVER_SLACK_BOT_TOKEN."
)
_AGAIN = "Install the app to the workspace again, and copy its new token into BRAVER_SLACK_BOT_TOKEN."
_REFUSED = {
    "invalid_auth": ("Slack does not know this token.", _COPY),
    "not_authed": ("Slack does not know this token.", _COPY),
    "not_allowed_token_type": ("This token is not one of a bot.", _COPY),
    "account_inactive": ("Braver was removed from the workspace that this token is for.", _AGAIN),
    "token_revoked": ("This token was revoked.", _AGAIN),
    "token_expired": (
        "This token has expired.",
        "Make the app from the manifest, which leaves token rotation off. " + _AGAIN,
    ),
}
"""By Slack's word for it."""

_FEATURES = {
    "app_mentions:read": "Braver does not hear when it is mentioned in a channel",
    "channels:history": "Braver does not hear replies in the threads of public channels, nor finds its posts",
    "groups:history": "Braver does not hear replies in the threads of private channels, nor finds its posts",
    "im:history": "Braver does not hear what people type to it",
    "commands": "/braver and the shortcuts do nothing",
    "chat:write": "Braver can't write to anybody",
    "im:write": "Braver can't be the first to write to a person",
    "users:read": "Braver recognises nobody",
    "users:read.email": "Braver can't match people to the directory by their e-mail address",
}
"""What does not work without a scope."""

_SCOPE = re.compile(r"[a-z_.:-]{1,60}")
_MOST_NAMED = 20


class SlackExaminer:
    """`scopes` are those that the manifest asks for."""

    name = NAME
    path = PATH

    def __init__(self, token: str, api_url: str, scopes: Iterable[str]) -> None:
        self._client = web_client(token, api_url)
        self._client.timeout = round(trouble.WITHIN)
        self._host = urlsplit(api_url).hostname or "Slack"
        self._scopes = frozenset(scopes)

    async def examine(self) -> tuple[Finding, ...]:
        """See `bot.chat.port.Examiner.examine`."""
        asked = datetime.now(UTC)
        try:
            answer: Any = await self._client.auth_test()
        except SlackApiError as error:
            answer = error.response
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return (Finding("credentials", "fix", *trouble.in_words(self._host, trouble.of(error))),)
        headers = {name.casefold(): value for name, value in getattr(answer, "headers", {}).items()}
        clock = skew.compared_by_header("Slack's", headers.get("date"), asked, datetime.now(UTC))
        data = getattr(answer, "data", None)
        status = int(getattr(answer, "status_code", 0) or getattr(answer, "status", 0))
        found = tuple(self._answered(status, data if isinstance(data, dict) else {}, headers))
        return (*found, clock) if clock else found

    def _answered(
        self, status: int, data: Mapping[str, Any], headers: Mapping[str, str]
    ) -> Iterator[Finding]:
        code = data.get("error")
        if data.get("ok") is True:
            yield _known(data)
            yield from self._allowed(headers.get("x-oauth-scopes"))
            yield _UNSEEN
        elif status == HTTPStatus.TOO_MANY_REQUESTS or code in ("ratelimited", "rate_limited"):
            yield Finding(
                "credentials", "look", "Slack asks to wait before it is asked again.", "Try again soon."
            )
        elif code in _REFUSED:
            yield Finding("credentials", "fix", *_REFUSED[code])
        elif status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            what = "Slack has a fault of its own at the moment."
            yield Finding("credentials", "look", what, "Look at status.slack.com, and try again.")
        elif isinstance(code, str):
            word = f" ({code})" if _SCOPE.fullmatch(code) else ""
            yield Finding("credentials", "fix", f"Slack does not take this token{word}.", _COPY)
        else:
            remedy = "Check BRAVER_SLACK_API_URL, and whether a proxy answers in Slack's place."
            yield Finding("credentials", "fix", f"{self._host} does not answer as Slack does.", remedy)

    def _allowed(self, header: str | None) -> Iterator[Finding]:
        if header is None:
            what = "Slack did not say what this token may do."
            remedy = f"Compare the app's page “OAuth & Permissions” with {_MANIFEST}."
            yield Finding("scopes", "look", what, remedy)
            return
        granted = {scope.strip() for scope in header.split(",")} - {""}
        missing = sorted(self._scopes - granted)
        for scope in missing:
            feature = _FEATURES.get(scope, "the manifest asks for it")
            yield Finding(
                "scopes", "fix", f"The token lacks the permission {scope}: {feature}.",
                f"Put the manifest of {_MANIFEST} into the app's page “App Manifest”, and "
                "install the app to the workspace again.",
            )  # fmt: skip
        more = sorted(scope for scope in granted - self._scopes if _SCOPE.fullmatch(scope))
        if more:
            named = ", ".join(more[:_MOST_NAMED])
            yield Finding(
                "scopes", "look", f"The token may do more than Braver needs: {named}.",
                "Take these out on the page “OAuth & Permissions”, and install the app again.",
            )  # fmt: skip
        if not missing and not more:
            yield Finding("scopes", "ok", "The token has the permissions of the manifest, and no others.")


class SlackInstallsExaminer:
    """Every workspace that installed the app. `tokens` gives them by workspace, or None where that can't be
    seen now; `allowed` are the workspaces that may install it, `page` is where they do."""

    name = NAME
    path = PATH

    def __init__(
        self,
        tokens: Callable[[], Awaitable[Mapping[str, str] | None]],
        allowed: Iterable[str],
        page: str,
        api_url: str,
        scopes: Iterable[str],
    ) -> None:
        self._tokens = tokens
        self._allowed = tuple(allowed)
        self._page = page
        self._api_url = api_url
        self._scopes = frozenset(scopes)

    async def examine(self) -> tuple[Finding, ...]:
        """See `bot.chat.port.Examiner.examine`."""
        tokens = await self._tokens()
        if tokens is None:
            what = "Where Braver is installed stands in the database, which can't be read now."
            return (Finding("credentials", "look", what, "Put the database right, and look again."),)
        missing = tuple(
            Finding(
                "credentials", "look", f"Braver is not installed in the workspace {team} yet.",
                f"Have somebody there who may install apps open {self._page}.",
            )
            for team in self._allowed if team not in tokens
        )  # fmt: skip
        each = [SlackExaminer(token, self._api_url, self._scopes).examine() for token in tokens.values()]
        found = await asyncio.gather(*each)
        return (*missing, *(one for some in found for one in dict.fromkeys(some)))


_UNSEEN = Finding(
    "scopes", "look",
    "From here it can't be seen whether the signing secret is right, and where Slack sends what people do.",
    "The app's page “Event Subscriptions” must say “Verified”, which it does with the right secret only; the "
    f"page “App Manifest” must be what {_MANIFEST} prints.",
)  # fmt: skip


def _known(data: Mapping[str, Any]) -> Finding:
    if not data.get("bot_id"):
        return Finding("credentials", "fix", "This token is a person's, not the bot's.", _COPY)
    team = "".join(letter for letter in str(data.get("team") or "")[:80] if letter.isprintable())
    return Finding("credentials", "ok", f"Slack takes the token, for the workspace “{team}”.")
