"""Who may speak to the bot: the token of each request, checked.

The SDK checks signature, issuer, audience and service URL. What it does badly is done here: keys are fetched
off the loop and ahead of need, every bad token is one kind of refusal, and tokens of the emulator and of
skills are not taken, since they vouch for no service URL. Teams sends one token with many requests: it is
checked once, and believed again until it ends or its key is fetched anew.
"""

import copy
import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import jwt
from botbuilder.schema import Activity
from botframework.connector.auth import (
    AuthenticateRequestResult,
    BotFrameworkAuthentication,
    BotFrameworkAuthenticationFactory,
    ClaimsIdentity,
    ConnectorFactory,
    PasswordServiceClientCredentialFactory,
)
from botframework.connector.skills import BotFrameworkClient

from adapters.teams import limits
from adapters.teams.connector.addresses import CHANNEL, acceptable
from adapters.teams.tenants.cloud import Cloud
from adapters.teams.tenants.keys import Key, Keys, KeysUnavailable, Unauthorised
from adapters.teams.tenants.registrations import Registrations
from bot.chat.machine import host_of, on_this_machine


@dataclass(frozen=True, slots=True)
class _Believed:
    """What came of checking a token. `key` signed it, under the name `key_id`; it ends at `until`, seconds
    since 1970."""

    result: AuthenticateRequestResult
    key_id: str
    key: Key
    until: float


_Mark = tuple[str, str, bytes]
"""The app and the service URL for which a token was checked, and the token's digest."""


class Gate(BotFrameworkAuthentication):
    """Lets a request in, or raises Unauthorised. `anonymous`: also without an app id, for a simulator on this
    machine. `clients` makes, for an app, the connector for answers."""

    def __init__(
        self,
        registrations: Registrations,
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
        self._believed: OrderedDict[_Mark, _Believed] = OrderedDict()

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

    async def close(self) -> None:
        await self._keys.close()

    async def authenticate_request(self, activity: Activity, auth_header: str) -> AuthenticateRequestResult:
        """Raises Unauthorised, or KeysUnavailable. The token must be for the registration that the activity
        is addressed to, and the activity of that registration's tenant."""
        if activity.channel_id != CHANNEL or not activity.service_url:
            raise Unauthorised("not from Teams")
        app = str(activity.recipient.id or "") if activity.recipient else ""
        registration = self._registrations.named(app)
        if registration is None:
            raise Unauthorised("unknown app")
        if registration.app_id:
            result = await self._verified(registration.app_id, activity, auth_header)
        elif self._anonymous and on_this_machine(host_of(activity.service_url)):
            result = await self._doors[""].authenticate_request(activity, None)
        else:
            raise Unauthorised("no app id is set")
        if not acceptable(activity.service_url):
            raise Unauthorised("wrong service address")
        named = tenants(activity)
        if len(named) > 1 or (registration.tenant_id and named != {registration.tenant_id}):
            raise Unauthorised("wrong tenant")
        result.connector_factory = self._clients(app)
        return result

    async def _verified(self, app_id: str, activity: Activity, header: str) -> AuthenticateRequestResult:
        scheme, _, token = header.partition(" ")
        if scheme != "Bearer" or not token:
            raise Unauthorised("no token")
        mark = (app_id, activity.service_url, hashlib.sha256(token.encode(errors="surrogatepass")).digest())
        known = self._believed.get(mark)
        if known is None or time.time() >= known.until or await self._keys.get(known.key_id) is not known.key:
            known = await self._checked(app_id, activity, token)
            self._believed[mark] = known
            self._believed.move_to_end(mark)
            while len(self._believed) > limits.BELIEVED:
                self._believed.popitem(last=False)
        return copy.copy(known.result)

    async def _checked(self, app_id: str, activity: Activity, token: str) -> _Believed:
        try:
            claimed = jwt.decode(token, options={"verify_signature": False})
            # Looked at first, so that no other issuer's token ever takes the SDK's other ways in.
            if claimed.get("iss") != self._cloud.issuer or "exp" not in claimed:
                raise Unauthorised("bad token")
            key_id = jwt.get_unverified_header(token).get("kid")
            key = await self._keys.get(key_id)
            result = await self._doors[app_id].authenticate_request(activity, f"Bearer {token}")
            return _Believed(result, str(key_id), key, float(claimed["exp"]))
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
    own), and in what Teams adds to it. In small letters, as in a registration."""
    chat = activity.conversation
    named = [chat.tenant_id, (chat.additional_properties or {}).get("tenantId")] if chat else []
    data = activity.channel_data if isinstance(activity.channel_data, dict) else {}
    tenant = data.get("tenant")
    named.append(tenant.get("id") if isinstance(tenant, dict) else None)
    return {id_.casefold() for id_ in named if isinstance(id_, str) and id_}
