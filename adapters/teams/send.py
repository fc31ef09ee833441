"""What goes out: the Bot Connector behind the port of `bot.chat`, with every error in the closed set.

The SDK's connector client builds the requests; they travel over one shared session of aiohttp, without
the SDK's own retries (the engine retries) and without a thread for each request. One client per
registration and service URL, since building one is dear.
"""

import asyncio
import contextlib
import json
import logging
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from botbuilder.schema import (
    Activity,
    Attachment,
    ChannelAccount,
    ConversationAccount,
    ConversationParameters,
)
from botframework.connector.aio import ConnectorClient
from botframework.connector.auth import ConnectorFactory
from msrest.authentication import Authentication
from msrest.exceptions import ClientException
from msrest.pipeline import Request, Response
from msrest.pipeline.async_abc import AsyncHTTPSender, AsyncPipeline
from msrest.pipeline.universal import RawDeserializer
from msrest.universal_http.async_abc import AsyncClientResponse
from yarl import URL

from adapters.teams import limits
from adapters.teams.auth import CHANNEL, PLATFORM, Registrations, SignIn, acceptable, trust
from adapters.teams.render import Drawn, Renderer
from bot.chat.card import Button, Card
from bot.chat.port import (
    Capabilities,
    DeliveryError,
    Gone,
    Profile,
    Refused,
    TryLater,
    Uncertain,
    Unreachable,
)
from bot.chat.turn import Account, Address, Message, Place

CARD_TYPE = "application/vnd.microsoft.card.adaptive"

_LATER = {408, 412, 429}

_log = logging.getLogger(__name__)


class Connector:
    """Connector clients by registration and service URL, over one session. Its calls raise DeliveryError and
    nothing else."""

    def __init__(self, registrations: Registrations, ca_file: str) -> None:
        self.registrations = registrations
        self._ca_file = ca_file
        self._session: aiohttp.ClientSession | None = None
        self._clients: dict[tuple[SignIn, str], ConnectorClient] = {}

    async def open(self) -> aiohttp.ClientSession:
        if self._session is None:
            context = await asyncio.to_thread(trust, self._ca_file)
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(ssl=context, limit=64, keepalive_timeout=10),
                timeout=aiohttp.ClientTimeout(total=limits.SEND_WITHIN, sock_connect=limits.CONNECT_WITHIN),
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
            client = ConnectorClient(
                _Unsigned(), base_url=address.service, pipeline_type=_Pipeline, sender=sender
            )
            self._clients[sign_in, address.service] = client
        return client

    async def send(self, place: Place, activity: Activity) -> str:
        """Post the activity; the message's id."""
        client = await self.client(place.address)
        with _taken():
            answer = await client.conversations.send_to_conversation(conversation(place), activity)
        if not answer or not answer.id:
            raise Uncertain("Teams did not say whether it took the message")
        return str(answer.id)

    async def update(self, place: Place, id_: str, activity: Activity) -> None:
        client = await self.client(place.address)
        with _taken():
            await client.conversations.update_activity(conversation(place), id_, activity)

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


def conversation(place: Place) -> str:
    """The conversation's id as Teams wants it: in a channel with the root of the thread."""
    thread = f";messageid={place.thread}" if place.thread and place.kind == "channel" else ""
    return place.address.conversation + thread


@contextlib.contextmanager
def _taken() -> Any:
    """What fails after a good answer arrived (its body could not be read) leaves the fate uncertain."""
    try:
        yield
    except ClientException as error:
        raise Uncertain("the answer of Teams could not be read") from error


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
                data=_utf8(sent.data),
                headers=headers,
                proxy=self._proxy,
                allow_redirects=False,
            ) as answer:
                body = await answer.read()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise TryLater("Teams could not be reached") from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            if _repeatable(sent.method, sent.url):
                raise TryLater("Teams did not answer") from error
            raise Uncertain("the connection to Teams broke after the message was sent") from error
        if answer.status >= 300:
            if answer.status == 401:
                self._sign_in.forget(token)
            raise _error(sent.method, sent.url, answer, body)
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


def _utf8(data: Any) -> bytes | None:
    """The SDK's JSON without its escapes: they would triple the size of a card in Arabic or Polish."""
    return json.dumps(json.loads(data), ensure_ascii=False).encode() if data else None


def _repeatable(method: str, url: str) -> bool:
    """Whether sending it twice does no harm: all but a new message."""
    return method != "POST" or urlsplit(url).path.endswith("/v3/conversations")


def _error(method: str, url: str, answer: aiohttp.ClientResponse, body: bytes) -> DeliveryError:
    """Teams' refusal in the closed set. Source: Microsoft's table of bot conversation errors."""
    status, code = answer.status, _code(body)
    if status in _LATER or status >= 500:
        return TryLater("Teams is busy, or has a fault", _after(answer.headers.get("Retry-After")))
    if status == 401:
        return TryLater("Teams does not let Braver in at the moment")
    not_ours = status == 403 and "Roster" not in code and "Blocked" not in code
    if method == "PUT" and (status in (404, 410) or not_ours):
        return Gone("this message can't be changed any more")
    if status == 403:
        return Unreachable("Braver is not installed there in Teams, or was blocked or switched off")
    if status == 404:
        return Unreachable("this chat or person is not in Teams any more")
    if status == 400 and urlsplit(url).path.endswith("/v3/conversations"):
        return Unreachable("Teams can't open a chat with this person")
    _log.error("Teams refused a call: %s %s", status, code)
    return Refused("Teams does not take this message")


def _code(body: bytes) -> str:
    """The error code of the answer: letters only, so that nothing else of it gets into our words."""
    try:
        code = json.loads(body)["error"]["code"]
    except (ValueError, KeyError, TypeError):
        return ""
    return code[:60] if isinstance(code, str) and code.isalnum() else ""


def _after(header: str | None) -> float | None:
    """Seconds of a Retry-After header: a number or a date."""
    if not header:
        return None
    with contextlib.suppress(ValueError):
        return max(float(header), 0.0)
    with contextlib.suppress(ValueError, TypeError):
        return max((parsedate_to_datetime(header) - datetime.now(UTC)).total_seconds(), 0.0)
    return None


class TeamsPlatform:
    """Teams as the bot sees it (see `bot.chat.port.Platform`)."""

    name = PLATFORM

    def __init__(self, connector: Connector, renderer: Renderer, *, hears_threads: bool) -> None:
        self.capabilities = Capabilities(
            threads_in_personal=False, hears_threads=hears_threads, finds_posts=False, pace=limits.PACE
        )
        self._connector = connector
        self._renderer = renderer
        self._offered: OrderedDict[tuple[str, str], tuple[Button, ...]] = OrderedDict()

    async def post(self, place: Place, card: Card, key: str) -> Message:
        """`key` can't be sent along: Teams keeps nothing with a message that could be looked up."""
        return await self.show(place, self._renderer.cards(card))

    async def show(self, place: Place, drawn: Drawn) -> Message:
        """Post what is drawn. In a channel without a thread it becomes the root of a new one."""
        id_ = await self._connector.send(place, _activity(place, drawn))
        self._offer(place.address, drawn)
        thread = place.thread or (id_ if place.kind == "channel" else "")
        return Message(place.address, id_, thread)

    async def tell(self, place: Place, words: str) -> None:
        """Post plain words, without a card."""
        activity = Activity(type="message", text=words, text_format="plain", **_envelope(place))
        await self._connector.send(place, activity)

    async def update(self, message: Message, card: Card) -> None:
        await self.redraw(message, self._renderer.cards(card))

    async def redraw(self, message: Message, drawn: Drawn) -> None:
        place = Place(message.address, "channel" if message.thread else "personal", message.thread)
        activity = _activity(place, drawn)
        activity.id = message.id
        await self._connector.update(place, message.id, activity)
        self._offer(message.address, drawn)

    def offered(self, address: Address) -> tuple[Button, ...]:
        """The buttons that open a form, of the last card in this chat that had any."""
        return self._offered.get((address.app, address.conversation), ())

    def _offer(self, address: Address, drawn: Drawn) -> None:
        if drawn.forms:
            chat = (address.app, address.conversation)
            self._offered[chat] = drawn.forms
            self._offered.move_to_end(chat)
            while len(self._offered) > limits.REMEMBERED:
                self._offered.popitem(last=False)

    async def find(self, place: Place, key: str, since: float) -> Message | None:
        """Always None: Teams has no look-up, and the capability says so."""
        return None

    async def reach(self, email: str, known: Sequence[Place]) -> Place:
        """See `Platform.reach`. The rosters of several tenants are looked through side by side, so that a
        tenant that does not answer keeps nobody of another one from being found."""
        ours = [place for place in known if self._is_ours(place.address)]
        for place in ours:
            if place.kind == "personal":
                return place
        rosters: dict[str, list[Address]] = {}
        for address in dict.fromkeys(place.address for place in ours):
            rosters.setdefault(address.app, []).append(address)
        looking = [
            asyncio.create_task(self._found(addresses, email.strip().casefold()))
            for addresses in rosters.values()
        ]
        try:
            return await _first(looking)
        finally:
            for task in looking:
                task.cancel()
            await asyncio.gather(*looking, return_exceptions=True)

    def _is_ours(self, address: Address) -> bool:
        return address.platform == self.name and self._connector.registrations.of(address) is not None

    async def _found(self, addresses: Iterable[Address], email: str) -> Place | None:
        """The personal chat of whoever has this address in a roster of one tenant; None for nobody there."""
        later: TryLater | None = None
        for address in addresses:
            try:
                user = await self._user(address, email)
                if user:
                    return await self.personal(address, user)
            except (TryLater, Uncertain) as error:
                later = TryLater(error.reason, getattr(error, "after", None))
            except (Unreachable, Refused):
                continue
        if later is not None:
            raise later
        return None

    async def present(self, email: str, known: Sequence[Place]) -> None:
        """See `Platform.present`. A chat that was seen proves nothing by itself: whoever has left the tenant,
        or has another address now, is not on its roster any more."""
        wanted = email.strip().casefold()
        for place in known:
            if place.kind != "personal" or place.address.platform != self.name:
                continue
            with contextlib.suppress(Unreachable, Refused):
                if await self._user(place.address, wanted):
                    return
        await self.reach(email, [place for place in known if place.kind != "personal"])

    async def personal(self, address: Address, user: str) -> Place:
        """The personal chat with a user of the tenant of `address`."""
        chat = await self._connector.chat(address, user)
        return Place(Address(self.name, address.tenant, address.app, chat, address.service), "personal")

    async def profile(self, account: Account, place: Place) -> Profile | None:
        try:
            member = await self._connector.member(place.address, account.user)
        except Unreachable:
            return None
        emails = _emails(member, place.address.tenant)
        registration = self._connector.registrations.of(place.address)
        where = registration.name if registration else ""
        return Profile(emails[0] if emails else "", str(member.name or ""), where)

    async def _user(self, address: Address, email: str) -> str:
        async for member in self._connector.roster(address):
            if email in _emails(member, address.tenant):
                return str(member.id)
        return ""


async def _first(looking: Sequence["asyncio.Task[Place | None]"]) -> Place:
    """The place that was found first, in the order of `looking`, not of time; one that takes too long is
    passed over. Raises Unreachable where all say that there is none, TryLater where one could not say."""
    until = time.monotonic() + limits.ROSTERS_WITHIN
    later: TryLater | None = None
    for task in looking:
        await asyncio.wait({task}, timeout=max(until - time.monotonic(), 0))
        try:
            found = task.result()
        except asyncio.InvalidStateError:
            later = TryLater("Teams did not say who is there")
        except TryLater as error:
            later = error
        else:
            if found is not None:
                return found
    if later is not None:
        raise later
    raise Unreachable("Braver is not installed in Teams for this person, nor in a team of theirs")


def _emails(member: ChannelAccount, tenant: str) -> list[str]:
    """The addresses that the tenant vouches for, the mailbox first; none for an account of another tenant."""
    more = member.additional_properties or {}
    if more.get("tenantId") not in (None, "", tenant):
        return []
    found = (more.get("email"), more.get("userPrincipalName"))
    return [
        text.casefold() for text in found if isinstance(text, str) and "@" in text and "#EXT#" not in text
    ]


def _envelope(place: Place) -> dict[str, Any]:
    return {
        "channel_id": CHANNEL,
        "service_url": place.address.service,
        "conversation": ConversationAccount(id=conversation(place)),
        "from_property": ChannelAccount(id=place.address.app),
    }


def _activity(place: Place, drawn: Drawn) -> Activity:
    card = Attachment(content_type=CARD_TYPE, content=drawn.content)
    return Activity(type="message", summary=drawn.summary, attachments=[card], **_envelope(place))
