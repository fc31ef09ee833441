"""Who may speak to the bot, and as whom the bot speaks: inbound tokens checked, the outbound one fetched.

The SDK checks signature, issuer, audience and service URL. What it does badly is done here: keys and
logins are fetched off the loop and ahead of need, every bad token is one kind of refusal, and tokens of
the emulator and of skills are not taken, since they vouch for no service URL.
"""

import asyncio
import ipaddress
import logging
import ssl
import time
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import jwt
import msal
import requests
from botbuilder.schema import Activity
from botframework.connector.auth import (
    AuthenticateRequestResult,
    BotFrameworkAuthentication,
    BotFrameworkAuthenticationFactory,
    ClaimsIdentity,
    ConnectorFactory,
    JwtTokenExtractor,
    PasswordServiceClientCredentialFactory,
)
from botframework.connector.skills import BotFrameworkClient
from requests.adapters import HTTPAdapter

from adapters.teams import limits
from bot.chat.admission import Admission
from bot.chat.port import TryLater

CHANNEL = "msteams"

_log = logging.getLogger(__name__)


class Unauthorised(Exception):
    """The request is not from this tenant's Teams. `reason` is for a counter: nothing personal in it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ShutOut(TryLater):
    """Microsoft's login service answered, and did not let us in. `code` is its own number or word for why."""

    def __init__(self, code: str) -> None:
        super().__init__("Microsoft's login service does not let Braver in at the moment")
        self.code = code


class KeysUnavailable(Exception):
    """No signing key could be fetched yet: nobody can be told from a forger. Safe to try again."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who we are and whom we believe. `anonymous`: without an app id, for a simulator on this machine."""

    app_id: str
    password: str
    tenant_id: str
    anonymous: bool
    login_url: str
    scope: str
    keys_url: str
    issuer: str
    ca_file: str


def trust(ca_file: str) -> ssl.SSLContext:
    """The certificates to believe: the system's, and those of `ca_file`. Reads files: not for the loop."""
    context = ssl.create_default_context()
    if ca_file:
        context.load_verify_locations(ca_file)
    return context


@dataclass(frozen=True, slots=True)
class _Key:
    """A signing key, in the shape in which the SDK asks for it."""

    public_key: Any
    endorsements: list[str]


@dataclass(frozen=True, slots=True)
class Published:
    """Signing keys by id, and the `Date` of the answer that named them."""

    keys: dict[str, _Key]
    date: str | None


class Keys:
    """The keys with which Teams signs, by id. Stands in for the SDK's own cache, which blocks the loop and
    fails on an id that it does not know."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity
        self._keys: dict[str, _Key] = {}
        self._fetched = self._tried = float("-inf")
        self._lock = asyncio.Lock()
        JwtTokenExtractor.metadataCache[identity.keys_url] = self

    async def get(self, key_id: str | None) -> _Key:
        """Raises Unauthorised for an unknown id, KeysUnavailable where no key at all could be had."""
        async with self._lock:
            now = time.monotonic()
            stale = key_id not in self._keys or now - self._fetched > limits.KEYS_FRESH
            if stale and now - self._tried > (limits.KEYS_AGAIN if self._keys else limits.FIRST_KEYS_AGAIN):
                self._tried = now
                await self._fetch()
        if not self._keys:
            raise KeysUnavailable
        key = self._keys.get(key_id or "")
        if key is None:
            raise Unauthorised("unknown signing key")
        return key

    async def _fetch(self) -> None:
        """A failure leaves the keys that are known as they are."""
        try:
            self._keys = (await published(self._identity)).keys
        except UNPUBLISHED:
            return
        self._fetched = time.monotonic()


UNPUBLISHED = (aiohttp.ClientError, TimeoutError, OSError, ValueError, KeyError, TypeError, AttributeError)
"""What `published` raises where the keys can't be had, or are none."""


async def published(identity: Identity) -> Published:
    """The keys with which Teams signs at the moment. Raises one of UNPUBLISHED."""
    context = await asyncio.to_thread(trust, identity.ca_file)
    connector = aiohttp.TCPConnector(ssl=context)
    timeout = aiohttp.ClientTimeout(total=limits.CONNECT_WITHIN)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout, trust_env=True) as session:
        about, _ = await _json(session, identity.keys_url)
        found, date = await _json(session, str(about["jwks_uri"]))
    keys = {str(key["kid"]): _key(key) for key in found["keys"] if key.get("kty") == "RSA" and "kid" in key}
    return Published(keys, date)


async def _json(session: aiohttp.ClientSession, url: str) -> tuple[Any, str | None]:
    async with session.get(url, allow_redirects=False, raise_for_status=True) as answer:
        return await answer.json(content_type=None), answer.headers.get("Date")


def _key(raw: dict[str, Any]) -> _Key:
    return _Key(jwt.PyJWK.from_dict({**raw, "alg": "RS256"}).key, list(raw.get("endorsements") or ()))


class Gate(BotFrameworkAuthentication):
    """Lets a request in, or raises Unauthorised. `clients` makes the connector for answers."""

    def __init__(self, identity: Identity, clients: ConnectorFactory) -> None:
        self._identity = identity
        self._clients = clients
        self._keys = Keys(identity)
        self._sdk = BotFrameworkAuthenticationFactory.create(
            to_channel_from_bot_login_url=identity.login_url,
            to_channel_from_bot_oauth_scope=identity.scope,
            to_bot_from_channel_token_issuer=identity.issuer,
            to_bot_from_channel_open_id_metadata_url=identity.keys_url,
            credential_factory=PasswordServiceClientCredentialFactory(identity.app_id, ""),
        )

    async def prewarm(self) -> None:
        """Fetch the signing keys before they are needed."""
        if self._identity.app_id:
            try:
                await self._keys.get(None)
            except (Unauthorised, KeysUnavailable):
                # Asked for no key in particular: what counts is that the fetch was tried. A login service
                # that is away must not keep the bot from starting.
                return

    async def authenticate_request(self, activity: Activity, auth_header: str) -> AuthenticateRequestResult:
        """Raises Unauthorised, or KeysUnavailable."""
        if activity.channel_id != CHANNEL or not activity.service_url:
            raise Unauthorised("not from Teams")
        if self._identity.app_id:
            result = await self._verified(activity, auth_header)
        elif self._identity.anonymous and loopback(activity.service_url):
            result = await self._sdk.authenticate_request(activity, None)
        else:
            raise Unauthorised("no app id is set")
        if not acceptable(activity.service_url):
            raise Unauthorised("wrong service address")
        named = tenants(activity)
        if len(named) > 1 or (self._identity.tenant_id and named != {self._identity.tenant_id}):
            raise Unauthorised("wrong tenant")
        result.connector_factory = self._clients
        return result

    async def _verified(self, activity: Activity, header: str) -> AuthenticateRequestResult:
        scheme, _, token = header.partition(" ")
        if scheme != "Bearer" or not token:
            raise Unauthorised("no token")
        try:
            claimed = jwt.decode(token, options={"verify_signature": False})
            # Looked at first, so that no other issuer's token ever takes the SDK's other ways in.
            if claimed.get("iss") != self._identity.issuer or "exp" not in claimed:
                raise Unauthorised("bad token")
            return await self._sdk.authenticate_request(activity, header)
        except (Unauthorised, KeysUnavailable):
            raise
        except Exception as error:
            # The SDK raises PermissionError, bare Exception and whatever its libraries raise: each of them
            # says that the token is not to be believed.
            raise Unauthorised("bad token") from error

    async def authenticate_streaming_request(
        self, auth_header: str, channel_id_header: str
    ) -> AuthenticateRequestResult:
        raise Unauthorised("streaming is not offered")

    def create_connector_factory(self, claims_identity: ClaimsIdentity) -> ConnectorFactory:
        return self._clients

    async def create_user_token_client(self, claims_identity: ClaimsIdentity) -> None:
        """None: nobody signs in to anything through the bot, and making one for each turn is dear."""

    def create_bot_framework_client(self) -> BotFrameworkClient:
        raise Unauthorised("skills are not offered")

    def get_originating_audience(self) -> str:
        return self._identity.scope

    async def authenticate_channel_request(self, auth_header: str) -> ClaimsIdentity:
        raise Unauthorised("channel services are not offered")


def tenants(activity: Activity) -> set[str]:
    """Every tenant that the activity names: in its conversation (which the SDK reads under a name of its
    own), and in what Teams adds to it."""
    chat = activity.conversation
    named = [chat.tenant_id, (chat.additional_properties or {}).get("tenantId")] if chat else []
    data = activity.channel_data if isinstance(activity.channel_data, dict) else {}
    tenant = data.get("tenant")
    named.append(tenant.get("id") if isinstance(tenant, dict) else None)
    return {id_ for id_ in named if isinstance(id_, str) and id_}


class _Trusting(HTTPAdapter):
    """Believes the certificates of `trust`: what the login library is told to believe, its environment
    may overrule."""

    def __init__(self, ca_file: str) -> None:
        self._context = trust(ca_file)
        super().__init__(max_retries=1)

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._context, **more)

    def proxy_manager_for(self, proxy: Any, **more: Any) -> Any:
        return super().proxy_manager_for(proxy, ssl_context=self._context, **more)


class SignIn:
    """The bot's own token, fetched off the loop, once for all senders, and used until shortly before its end.

    Without an app id there is no token: the platform is a simulator on this machine. `within` are the
    seconds for each request. `admission` keeps whether Microsoft let us in.
    """

    def __init__(self, identity: Identity, within: float = limits.SEND_WITHIN) -> None:
        self._identity = identity
        self._within = within
        self.admission = Admission()
        self._app: msal.ConfidentialClientApplication | None = None
        self._token = ""
        self._until = 0.0
        self._lock = asyncio.Lock()

    async def token(self) -> str:
        """Raises TryLater where Microsoft's login does not answer or refuses."""
        if not self._identity.app_id:
            return ""
        async with self._lock:
            if time.monotonic() >= self._until:
                await self._renew()
            return self._token

    def forget(self, token: str) -> None:
        """The service did not accept this token: the next request fetches another."""
        if token == self._token:
            self.admission.answered(False)
            self._until = 0.0
            self._app = None

    async def _renew(self) -> None:
        try:
            answer = await asyncio.to_thread(self._fetch)
        except (requests.RequestException, ValueError, OSError) as error:
            raise TryLater("Microsoft's login service could not be reached") from error
        if "access_token" not in answer:
            _log.error("Microsoft's login service refused us: %s", answer.get("error", "no reason"))
            self.admission.answered(False)
            raise ShutOut(_reason(answer))
        self.admission.answered(True)
        self._token = str(answer["access_token"])
        self._until = time.monotonic() + float(answer.get("expires_in", 0)) - limits.TOKEN_EARLY

    def _fetch(self) -> dict[str, Any]:
        if self._app is None:
            # Building it asks the network as well.
            session = requests.Session()
            session.mount("https://", _Trusting(self._identity.ca_file))
            session.request = partial(session.request, timeout=self._within)  # type: ignore[method-assign]
            self._app = msal.ConfidentialClientApplication(
                self._identity.app_id,
                client_credential=self._identity.password,
                authority=f"{self._identity.login_url.rstrip('/')}/{self._identity.tenant_id}",
                instance_discovery=False,
                http_client=session,
            )
        answer: dict[str, Any] = self._app.acquire_token_for_client(
            scopes=[f"{self._identity.scope}/.default"]
        )
        return answer


def _reason(answer: dict[str, Any]) -> str:
    """Microsoft's number for a refusal, or else its word; nothing else of its answer."""
    numbers = answer.get("error_codes")
    if isinstance(numbers, list) and numbers and isinstance(numbers[0], int):
        return str(numbers[0])
    word = str(answer.get("error") or "")[:60]
    return word if word.replace("_", "").isalnum() else ""


def acceptable(service: str) -> bool:
    """Whether a service URL may be called: https anywhere, plain http on this machine only."""
    try:
        parts = urlsplit(service)
    except ValueError:
        return False
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme == "http" and loopback(service))
    )


def loopback(service: str) -> bool:
    """Whether the address is on this machine."""
    try:
        host = urlsplit(service).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
