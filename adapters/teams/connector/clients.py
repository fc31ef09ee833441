"""The Bot Connector: the SDK's clients, kept, over one session of aiohttp.

The SDK's connector client builds the requests; they travel without the SDK's own retries (the engine
retries) and without a thread for each request. One client per registration and service URL, since building
one is dear.
"""

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from botbuilder import schema
from botbuilder.schema import ChannelAccount, ConversationParameters
from botframework.connector.aio import ConnectorClient
from botframework.connector.aio.operations_async import ConversationsOperations
from botframework.connector.auth import ConnectorFactory
from msrest import Serializer
from msrest.authentication import Authentication
from msrest.exceptions import ClientException
from msrest.pipeline import Request, Response
from msrest.pipeline.async_abc import AsyncHTTPSender, AsyncPipeline
from msrest.pipeline.universal import RawDeserializer
from msrest.universal_http.async_abc import AsyncClientResponse
from yarl import URL

from adapters.teams import limits
from adapters.teams.connector import errors
from adapters.teams.connector.addresses import PLATFORM, acceptable, conversation
from adapters.teams.render import as_json
from adapters.teams.tenants.cloud import trust
from adapters.teams.tenants.registrations import Registrations
from adapters.teams.tenants.sign_in import SignIn
from bot.chat.port import Refused, TryLater, Uncertain, Unreachable
from bot.chat.turn import Address, Place

_MODELS = {name: kind for name, kind in vars(schema).items() if isinstance(kind, type)}


class Connector:
    """Connector clients by registration and service URL, over one session. Its calls raise DeliveryError and
    nothing else."""

    def __init__(self, registrations: Registrations, ca_file: str) -> None:
        self.registrations = registrations
        self._ca_file = ca_file
        self._session: aiohttp.ClientSession | None = None
        self._clients: OrderedDict[tuple[SignIn, str], ConnectorClient] = OrderedDict()

    async def open(self) -> aiohttp.ClientSession:
        """The session. It keeps no cookies: nothing of one tenant goes along to another."""
        if self._session is None:
            context = await asyncio.to_thread(trust, self._ca_file)
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(ssl=context, limit=64, keepalive_timeout=10),
                timeout=aiohttp.ClientTimeout(total=limits.SEND_WITHIN, sock_connect=limits.CONNECT_WITHIN),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None
        self._clients.clear()

    def for_app(self, app: str) -> ConnectorFactory:
        """The connectors of one registration, as the SDK asks for them."""
        return _OfApp(self, app)

    async def client(self, address: Address) -> ConnectorClient:
        """Raises Refused for an address that must never see a token of ours, Unreachable for one that belongs
        to no registration of ours."""
        if not acceptable(address.service):
            raise Refused("this chat has an address that Braver may not write to")
        registration = self.registrations.of(address)
        if registration is None:
            raise Unreachable("Braver is not set up for that part of Teams any more")
        sign_in = self.registrations.sign_in(registration)
        client = self._clients.get((sign_in, address.service))
        if client is None:
            sender = _Sender(await self.open(), sign_in, _proxy(address.service))
            client = self._clients[sign_in, address.service] = _Client(address.service, sender)
            while len(self._clients) > limits.SERVICES:
                self._clients.popitem(last=False)
        return client

    async def send(self, place: Place, activity: bytes) -> str:
        """Post the activity, which is JSON; the message's id."""
        client = await self.client(place.address)
        with _taken():
            answer = await client.conversations.send_to_conversation(conversation(place), activity)
        if not answer or not answer.id:
            raise Uncertain("Teams did not say whether it took the message")
        return str(answer.id)

    async def update(self, place: Place, id_: str, activity: bytes) -> None:
        client = await self.client(place.address)
        with _taken():
            await client.conversations.update_activity(conversation(place), id_, activity)

    async def remove(self, place: Place, id_: str) -> None:
        client = await self.client(place.address)
        with _taken():
            await client.conversations.delete_activity(conversation(place), id_)

    async def chat(self, address: Address, user: str) -> str:
        """The personal chat with this user; the same one however often it is asked for."""
        client = await self.client(address)
        wanted = ConversationParameters(
            is_group=False,
            bot=ChannelAccount(id=address.app),
            members=[ChannelAccount(id=user)],
            tenant_id=address.tenant,
            channel_data={"tenant": {"id": address.tenant}},
        )
        with _taken():
            answer = await client.conversations.create_conversation(wanted)
        if not answer or not answer.id:
            raise TryLater("Teams did not say which chat it opened")
        return str(answer.id)

    async def member(self, address: Address, user: str) -> ChannelAccount:
        client = await self.client(address)
        with _taken():
            return await client.conversations.get_conversation_member(address.conversation, user)

    async def roster(self, address: Address) -> AsyncIterator[ChannelAccount]:
        """The members of a conversation, page by page."""
        client = await self.client(address)
        token: str | None = None
        for _ in range(limits.ROSTER_PAGES):
            with _taken():
                page = await client.conversations.get_conversation_paged_members(
                    address.conversation, page_size=limits.ROSTER_PAGE, continuation_token=token
                )
            for member in page.members or ():
                yield member
            token = page.continuation_token
            if not token:
                return


class _OfApp(ConnectorFactory):
    def __init__(self, connector: Connector, app: str) -> None:
        self._connector = connector
        self._app = app

    async def create(self, service_url: str, audience: str = "") -> ConnectorClient:
        registration = self._connector.registrations.named(self._app)
        tenant = registration.tenant_id if registration else ""
        return await self._connector.client(Address(PLATFORM, tenant, self._app, "", service_url))


@contextlib.contextmanager
def _taken() -> Any:
    """What fails after a good answer arrived (its body could not be read) leaves the fate uncertain."""
    try:
        yield
    except ClientException as error:
        raise Uncertain("the answer of Teams could not be read") from error


class _Client(ConnectorClient):
    """The SDK's client, which takes a body that is JSON already as it is: of any other it makes a model, and
    walks through each element of each card three times."""

    def __init__(self, service: str, sender: AsyncHTTPSender[Any, Any]) -> None:
        super().__init__(_Unsigned(), base_url=service, pipeline_type=_Pipeline, sender=sender)
        bodies = _Bodies(_MODELS)  # type: ignore[no-untyped-call]
        self.conversations = ConversationsOperations(self._client, self.config, bodies, self._deserialize)


class _Bodies(Serializer):
    """What the SDK sends, as JSON in UTF-8: its own escapes would triple the size of a card in Polish."""

    def body(self, data: Any, data_type: str, **more: Any) -> bytes:
        if isinstance(data, bytes):
            return data
        return as_json(super().body(data, data_type, **more)).encode()  # type: ignore[no-untyped-call]


class _Unsigned(Authentication):
    """The token is put on by the sender, where waiting for it blocks nothing."""


class _Pipeline(AsyncPipeline[Any, Any]):
    """The SDK's way of a request, without its signing, which needs a session of `requests`."""

    def __init__(self, config: Any) -> None:
        super().__init__([config.user_agent_policy, RawDeserializer()], config.sender)


class _Sender(AsyncHTTPSender[Any, Any]):
    """Carries one request of the SDK: signs it, sends it, and names what went wrong."""

    def __init__(self, session: aiohttp.ClientSession, sign_in: SignIn, proxy: str | None) -> None:
        self._session = session
        self._sign_in = sign_in
        self._proxy = proxy

    async def __aexit__(self, *exc_details: object) -> None:
        """The session is not ours to close."""

    async def send(self, request: Request[Any], **_config: Any) -> Response[Any, Any]:
        sent = request.http_request
        headers = {name: value for name, value in sent.headers.items() if name != "Content-Length"}
        token = await self._sign_in.token()
        if token:
            headers["Authorization"] = f"Bearer {token}"
        try:
            async with self._session.request(
                sent.method,
                URL(sent.url, encoded=True),
                data=sent.data,
                headers=headers,
                proxy=self._proxy,
                allow_redirects=False,
            ) as answer:
                body = await answer.read()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise TryLater("Teams could not be reached") from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            if errors.repeatable(sent.method, sent.url):
                raise TryLater("Teams did not answer") from error
            raise Uncertain("the connection to Teams broke after the message was sent") from error
        if answer.status >= 300:
            if answer.status == 401:
                self._sign_in.forget(token)
            raise errors.named(sent.method, sent.url, answer, body)
        self._sign_in.admission.answered(True)
        return Response(request, _Answer(sent, answer, body))


class _Answer(AsyncClientResponse):
    """An answer whose body is read already, as the SDK's deserialiser wants it."""

    def __init__(self, request: Any, answer: aiohttp.ClientResponse, body: bytes) -> None:
        super().__init__(request, answer)
        self.status_code = answer.status
        self.headers = answer.headers.copy()
        self.reason = answer.reason
        self._body = body

    def body(self) -> bytes:
        return self._body


def _proxy(service: str) -> str | None:
    """The environment's proxy for this address. aiohttp would look it up in a thread for each request."""
    parts = urlsplit(service)
    return None if proxy_bypass(parts.hostname or "") else getproxies().get(parts.scheme)
