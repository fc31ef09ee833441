"""Installing Braver in a workspace: a page with one link, Slack's consent, and the way back with a code.

The protocol is the SDK's; the pages, the allow-list and what is kept are ours.
"""

import logging
import secrets
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Protocol

import aiohttp
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.error import BoltError
from slack_bolt.oauth.async_callback_options import AsyncCallbackOptions, AsyncFailureArgs, AsyncSuccessArgs
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError
from slack_sdk.oauth.installation_store import Installation as Granted
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore

from adapters.slack.auth import quiet
from adapters.slack.send import NAME
from adapters.slack.workspaces import NOT_ALLOWED, ORGANISATION
from adapters.slack.workspaces.clients import Clients
from bot.chat.port import Inbox, Installation, Installations, NotSaved

PATH = "/slack/install"
BACK = "/slack/oauth_redirect"
COOKIE = "braver-install"
LIFETIME = 600
"""Seconds in which whoever began an installation may come back."""
PAGES = frozenset({
    "install", "installed", "declined", "other_browser", "expired", "not_accepted", "not_allowed",
    "organisation", "rotation", "failed", "not_saved", "no_answer",
})  # fmt: skip
"""The names of all pages that are shown."""
_LONGEST = 2_000
"""Characters of a query: Slack's codes and our states have less than a tenth of that."""

log = logging.getLogger("braver.slack")


class Pages(Protocol):
    """The page of this name, as HTML. `link`: where its button leads; `values` fill its text. `policy` is the
    Content-Security-Policy that fits them."""

    policy: str

    def __call__(self, name: str, /, *, link: str = "", **values: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Installing:
    """How workspaces install the app. `public_url` is where people reach the service; `scopes` are all that
    the app asks for."""

    client_id: str
    client_secret: str = field(repr=False)
    public_url: str
    scopes: tuple[str, ...]
    pages: Pages
    installations: Installations


class Installs:
    """The two addresses to which people come who install the app."""

    def __init__(
        self, installing: Installing, allowed: tuple[str, ...], clients: Clients, inbox: Inbox
    ) -> None:
        self._pages = installing.pages
        self._inbox = inbox
        settings = AsyncOAuthSettings(
            client_id=installing.client_id,
            client_secret=installing.client_secret,
            scopes=installing.scopes,
            user_scopes=(),
            redirect_uri=installing.public_url.rstrip("/") + BACK,
            install_path=PATH,
            redirect_uri_path=BACK,
            authorization_url=clients.authorize_url,
            callback_options=AsyncCallbackOptions(success=self._installed, failure=self._failed),
            installation_store=_Kept(installing.installations, allowed, clients, inbox),
            state_store=_States(installing.installations),
            state_cookie_name=COOKIE,
            state_expiration_seconds=LIFETIME,
            logger=quiet,
        )
        self._flow = _Flow(settings, clients, installing.pages)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(PATH, self._begin, allow_head=False),
            web.get(BACK, self._come_back, allow_head=False),
        ]

    async def _begin(self, request: web.Request) -> web.Response:
        try:
            answer = await self._flow.handle_installation(await to_bolt_request(request))
        except NotSaved:
            answer = self._page("not_saved", HTTPStatus.SERVICE_UNAVAILABLE)
        return await self._answered(answer)

    async def _come_back(self, request: web.Request) -> web.Response:
        try:
            if len(request.query_string) > _LONGEST:
                answer = self._page("failed", HTTPStatus.BAD_REQUEST)
            else:
                answer = await self._flow.handle_callback(await to_bolt_request(request))
        except NotSaved:
            answer = self._page("not_saved", HTTPStatus.SERVICE_UNAVAILABLE)
        except (aiohttp.ClientError, TimeoutError, OSError, AttributeError, KeyError, TypeError, ValueError):
            # The SDK takes for granted that Slack answers, and what it answers.
            log.warning("Slack did not answer an installation as it should")
            answer = self._page("no_answer", HTTPStatus.BAD_GATEWAY)
        return await self._answered(answer)

    async def _installed(self, args: AsyncSuccessArgs) -> BoltResponse:
        return self._page("installed", HTTPStatus.OK, over=True, workspace=args.installation.team_name or "")

    async def _failed(self, args: AsyncFailureArgs) -> BoltResponse:
        """The page for what the SDK calls by these names; `error`, where it is ours, names its page."""
        match args.reason:
            case "access_denied":
                return self._page("declined", HTTPStatus.OK, over=True)
            case "invalid_browser":
                self._inbox.refused(NAME, "installation of another browser")
                return self._page("other_browser", HTTPStatus.BAD_REQUEST)
            case "invalid_state":
                self._inbox.refused(NAME, "installation with a stale state")
                return self._page("expired", HTTPStatus.BAD_REQUEST, over=True)
            case "invalid_code":
                log.warning("Slack did not accept the code, or the client id and secret, of an installation")
                return self._page("not_accepted", HTTPStatus.BAD_REQUEST, over=True)
            case "storage_error" if isinstance(args.error, _NotKept):
                return self._page(args.error.page, HTTPStatus.FORBIDDEN, over=True)
        return self._page("failed", HTTPStatus.BAD_REQUEST, over=True)

    async def _answered(self, answer: BoltResponse) -> web.Response:
        response = await to_aiohttp_response(answer)
        response.headers["Content-Security-Policy"] = self._pages.policy
        for cookie in response.cookies.values():
            # It must come along when Slack sends the browser back, and with nothing else of other sites.
            cookie["samesite"] = "Lax"
        return response

    def _page(self, name: str, status: int, *, over: bool = False, **values: str) -> BoltResponse:
        """`over`: the browser need not keep its cookie."""
        headers: dict[str, Any] = {"Content-Type": "text/html; charset=utf-8"}
        if over:
            headers["Set-Cookie"] = [self._flow.settings.state_utils.build_set_cookie_for_deletion()]
        # Every page but the last one offers to begin anew.
        again = "" if name == "installed" else PATH.rpartition("/")[2]
        return BoltResponse(status=status, body=self._pages(name, link=again, **values), headers=headers)


class _Flow(AsyncOAuthFlow):
    def __init__(self, settings: AsyncOAuthSettings, clients: Clients, pages: Pages) -> None:
        super().__init__(client=clients.client(), logger=quiet, settings=settings)
        self._pages = pages

    async def build_authorize_url(self, state: str, request: AsyncBoltRequest) -> str:
        """Nothing of the request goes along: whoever wrote the link has no say in it."""
        url: str = self.settings.authorize_url_generator.generate(state=state)
        return url

    async def build_install_page_html(self, url: str, request: AsyncBoltRequest) -> str:
        return self._pages("install", link=url)


class _NotKept(BoltError):
    """What was granted is not kept. `page` says why."""

    def __init__(self, page: str) -> None:
        super().__init__(page)
        self.page = page


class _Kept(AsyncInstallationStore):
    """What Slack granted, if it is for a workspace that may have Braver."""

    def __init__(
        self, installations: Installations, allowed: tuple[str, ...], clients: Clients, inbox: Inbox
    ) -> None:
        self._installations = installations
        self._allowed = allowed
        self._clients = clients
        self._inbox = inbox

    async def async_save(self, installation: Granted) -> None:
        """Raises _NotKept, and NotSaved."""
        team, enterprise = installation.team_id or "", installation.enterprise_id or ""
        token, bot = installation.bot_token or "", installation.bot_user_id or ""
        if installation.is_enterprise_install or not team:
            await self._turn_away(installation, ORGANISATION)
            raise _NotKept("organisation")
        if team not in self._allowed:
            await self._give_back(token)
            await self._turn_away(installation, NOT_ALLOWED)
            raise _NotKept("not_allowed")
        if installation.bot_refresh_token or installation.bot_token_expires_at:
            raise _NotKept("rotation")
        if not (token and bot and installation.app_id):
            raise _NotKept("failed")
        await self._installations.save(
            Installation(
                tenant=team,
                enterprise=enterprise,
                app=installation.app_id,
                bot=bot,
                token=token,
                scopes=tuple(installation.bot_scopes or ()),
                by=installation.user_id or "",
            )
        )
        log.info("Braver was installed in the Slack workspace %s", team)

    async def _turn_away(self, installation: Granted, reason: str) -> None:
        self._inbox.refused(NAME, reason)
        team, enterprise = installation.team_id or "", installation.enterprise_id or ""
        await self._installations.turned_away(team, enterprise, installation.user_id or "", reason)

    async def _give_back(self, token: str) -> None:
        """A token that nobody is to have is worth nothing from now on, if Slack can be reached."""
        try:
            await self._clients.client(token).auth_revoke()
        except (SlackApiError, aiohttp.ClientError, TimeoutError, OSError, TypeError, ValueError):
            log.warning("a token of a workspace that is not allowed could not be given back")


class _States(AsyncOAuthStateStore):
    """Each state is good once, and not for long."""

    def __init__(self, installations: Installations) -> None:
        self._installations = installations

    async def async_issue(self, *args: Any, **kwargs: Any) -> str:
        state = secrets.token_urlsafe(32)
        await self._installations.expect(state, LIFETIME)
        return state

    async def async_consume(self, state: str) -> bool:
        return await self._installations.expected(state)
