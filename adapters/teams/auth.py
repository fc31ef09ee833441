"""Who may speak to the bot, and as whom the bot speaks: inbound tokens checked, the outbound ones fetched.

Microsoft registers a bot for one tenant: who serves several tenants has a registration in each. The app id
that an activity is addressed to, or that an address bears, says which one is meant.

The SDK checks signature, issuer, audience and service URL. What it does badly is done here: keys and
logins are fetched off the loop and ahead of need, every bad token is one kind of refusal, and tokens of
the emulator and of skills are not taken, since they vouch for no service URL.
"""

import asyncio
import ipaddress
import logging
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
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
from bot.chat.turn import Address

PLATFORM = "teams"
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
class Registration:
    """Who we are in one tenant. `name` is what people call the tenant, empty where nobody has said.

    Without an app id we are nobody, and only a simulator on this machine is answered.
    """

    app_id: str
    password: str = field(repr=False)
    tenant_id: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Cloud:
    """Where we sign in, and whom we believe. `ca_file`: certificates to believe beside the system's."""

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

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._keys: dict[str, _Key] = {}
        self._fetched = self._tried = float("-inf")
        self._lock = asyncio.Lock()
        JwtTokenExtractor.metadataCache[cloud.keys_url] = self

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
            self._keys = (await published(self._cloud)).keys
        except UNPUBLISHED:
            return
        self._fetched = time.monotonic()


UNPUBLISHED = (aiohttp.ClientError, TimeoutError, OSError, ValueError, KeyError, TypeError, AttributeError)
"""What `published` raises where the keys can't be had, or are none."""


async def published(cloud: Cloud) -> Published:
    """The keys with which Teams signs at the moment. Raises one of UNPUBLISHED."""
    context = await asyncio.to_thread(trust, cloud.ca_file)
    connector = aiohttp.TCPConnector(ssl=context)
    timeout = aiohttp.ClientTimeout(total=limits.CONNECT_WITHIN)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout, trust_env=True) as session:
        about, _ = await _json(session, cloud.keys_url)
        found, date = await _json(session, str(about["jwks_uri"]))
    keys = {str(key["kid"]): _key(key) for key in found["keys"] if key.get("kty") == "RSA" and "kid" in key}
    return Published(keys, date)


async def _json(session: aiohttp.ClientSession, url: str) -> tuple[Any, str | None]:
    async with session.get(url, allow_redirects=False, raise_for_status=True) as answer:
        return await answer.json(content_type=None), answer.headers.get("Date")


def _key(raw: dict[str, Any]) -> _Key:
    return _Key(jwt.PyJWK.from_dict({**raw, "alg": "RS256"}).key, list(raw.get("endorsements") or ()))


class Gate(BotFrameworkAuthentication):
    """Lets a request in, or raises Unauthorised. `anonymous`: also without an app id, for a simulator on this
    machine. `clients` makes, for an app, the connector for answers."""

    def __init__(
        self,
        registrations: "Registrations",
        cloud: Cloud,
        clients: Callable[[str], ConnectorFactory],
        *,
        anonymous: bool,
    ) -> None:
        self._registrations = registrations
        self._cloud = cloud
        self._clients = clients
        self._anonymous = anonymous
        self._keys = Keys(cloud)
        self._doors = {one.app_id: self._door(one.app_id) for one in registrations.all}

    def _door(self, app_id: str) -> BotFrameworkAuthentication:
        """The SDK's checks for one audience."""
        return BotFrameworkAuthenticationFactory.create(
            to_channel_from_bot_login_url=self._cloud.login_url,
            to_channel_from_bot_oauth_scope=self._cloud.scope,
            to_bot_from_channel_token_issuer=self._cloud.issuer,
            to_bot_from_channel_open_id_metadata_url=self._cloud.keys_url,
            credential_factory=PasswordServiceClientCredentialFactory(app_id, ""),
        )

    async def prewarm(self) -> None:
        """Fetch the signing keys before they are needed."""
        if self._registrations.signed:
            try:
                await self._keys.get(None)
            except (Unauthorised, KeysUnavailable):
                # Asked for no key in particular: what counts is that the fetch was tried. A login service
                # that is away must not keep the bot from starting.
                return

    async def authenticate_request(self, activity: Activity, auth_header: str) -> AuthenticateRequestResult:
        """Raises Unauthorised, or KeysUnavailable. The token must be for the registration that the activity
        is addressed to, and the activity of that registration's tenant."""
        if activity.channel_id != CHANNEL or not activity.service_url:
            raise Unauthorised("not from Teams")
        app = str(activity.recipient.id or "") if activity.recipient else ""
        registration = self._registrations.named(app)
        if registration is None:
            raise Unauthorised("unknown app")
        door = self._doors[registration.app_id]
        if registration.app_id:
            result = await self._verified(door, activity, auth_header)
        elif self._anonymous and loopback(activity.service_url):
            result = await door.authenticate_request(activity, None)
        else:
            raise Unauthorised("no app id is set")
        if not acceptable(activity.service_url):
            raise Unauthorised("wrong service address")
        named = tenants(activity)
        if len(named) > 1 or (registration.tenant_id and named != {registration.tenant_id}):
            raise Unauthorised("wrong tenant")
        result.connector_factory = self._clients(app)
        return result

    async def _verified(
        self, door: BotFrameworkAuthentication, activity: Activity, header: str
    ) -> AuthenticateRequestResult:
        scheme, _, token = header.partition(" ")
        if scheme != "Bearer" or not token:
            raise Unauthorised("no token")
        try:
            claimed = jwt.decode(token, options={"verify_signature": False})
            # Looked at first, so that no other issuer's token ever takes the SDK's other ways in.
            if claimed.get("iss") != self._cloud.issuer or "exp" not in claimed:
                raise Unauthorised("bad token")
            return await door.authenticate_request(activity, header)
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
        raise Unauthorised("nothing is sent but by an address of ours")

    async def create_user_token_client(self, claims_identity: ClaimsIdentity) -> None:
        """None: nobody signs in to anything through the bot, and making one for each turn is dear."""

    def create_bot_framework_client(self) -> BotFrameworkClient:
        raise Unauthorised("skills are not offered")

    def get_originating_audience(self) -> str:
        return self._cloud.scope

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
    """A registration's own token, fetched off the loop, once for all senders, and used until shortly before
    its end.

    Without an app id there is no token: the platform is a simulator on this machine. `within` are the
    seconds for each request. `admission` keeps whether Microsoft let us in.
    """

    def __init__(self, registration: Registration, cloud: Cloud, within: float = limits.SEND_WITHIN) -> None:
        self._registration = registration
        self._cloud = cloud
        self._within = within
        self.admission = Admission()
        self._app: msal.ConfidentialClientApplication | None = None
        self._token = ""
        self._until = 0.0
        self._lock = asyncio.Lock()

    async def token(self) -> str:
        """Raises TryLater where Microsoft's login does not answer or refuses."""
        if not self._registration.app_id:
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
            app, why = self._registration.app_id, answer.get("error", "no reason")
            _log.error("Microsoft's login service refused app %s: %s", app, why)
            self.admission.answered(False)
            raise ShutOut(_reason(answer))
        self.admission.answered(True)
        self._token = str(answer["access_token"])
        self._until = time.monotonic() + float(answer.get("expires_in", 0)) - limits.TOKEN_EARLY

    def _fetch(self) -> dict[str, Any]:
        if self._app is None:
            # Building it asks the network as well.
            session = requests.Session()
            session.mount("https://", _Trusting(self._cloud.ca_file))
            session.request = partial(session.request, timeout=self._within)  # type: ignore[method-assign]
            self._app = msal.ConfidentialClientApplication(
                self._registration.app_id,
                client_credential=self._registration.password,
                authority=f"{self._cloud.login_url.rstrip('/')}/{self._registration.tenant_id}",
                instance_discovery=False,
                http_client=session,
            )
        answer: dict[str, Any] = self._app.acquire_token_for_client(scopes=[f"{self._cloud.scope}/.default"])
        return answer


def _reason(answer: dict[str, Any]) -> str:
    """Microsoft's number for a refusal, or else its word; nothing else of its answer."""
    numbers = answer.get("error_codes")
    if isinstance(numbers, list) and numbers and isinstance(numbers[0], int):
        return str(numbers[0])
    word = str(answer.get("error") or "")[:60]
    return word if word.replace("_", "").isalnum() else ""


class Registrations:
    """All that we are registered as: one for each tenant, and each signs in for itself."""

    def __init__(self, all_: Sequence[Registration], cloud: Cloud) -> None:
        """Raises ValueError for an app id without a tenant, since new registrations are single-tenant, and
        where two have the same app id or the same tenant."""
        self.all = tuple(all_)
        for what in ("app_id", "tenant_id"):
            values = [getattr(one, what).casefold() for one in self.all]
            if len(values) > 1 and (len(set(values)) < len(values) or "" in values):
                raise ValueError(f"each of several Teams registrations needs a {what} of its own")
        if any(one.app_id and not one.tenant_id for one in self.all):
            raise ValueError("a Teams app id needs its tenant id beside it")
        self._sign_ins = {one.app_id: SignIn(one, cloud) for one in self.all}

    @property
    def signed(self) -> bool:
        """Whether Teams has to prove who it is."""
        return any(one.app_id for one in self.all)

    def named(self, app: str) -> Registration | None:
        """The registration whose bot Teams calls `app`. Where there is one only, it is always that one: its
        token says so."""
        if len(self.all) == 1:
            return self.all[0]
        return next((one for one in self.all if f"28:{one.app_id}".casefold() == app.casefold()), None)

    def of(self, address: Address) -> Registration | None:
        """The registration under which this address may be written to: never that of another tenant."""
        found = self.named(address.app)
        crossed = found is not None and len(self.all) > 1 and found.tenant_id != address.tenant
        return None if crossed else found

    @property
    def shut_out(self) -> bool:
        """Whether no tenant lets us in at the moment."""
        return all(sign_in.admission.shut_out for sign_in in self._sign_ins.values())

    def sign_in(self, registration: Registration) -> SignIn:
        return self._sign_ins[registration.app_id]

    async def sign_in_all(self) -> None:
        """Fetch every token ahead of need, side by side. One that can't be had keeps nobody waiting."""

        async def try_(sign_in: SignIn) -> None:
            try:
                await sign_in.token()
            except TryLater as error:
                _log.warning("no sign-in yet: %s", error.reason)

        await asyncio.gather(*map(try_, self._sign_ins.values()))


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
