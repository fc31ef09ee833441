"""What goes out to Slack: posts, updates, modals, look-ups. Failures are the closed set of `port`."""

import logging
from collections import OrderedDict
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.slack import limits
from adapters.slack.render import Json, message
from bot.chat.card import Card
from bot.chat.phrases import Phrases
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

NAME = "slack"
EVENT = "braver_delivery"
"""The type of the metadata that carries a delivery's key."""
TIMEOUT = aiohttp.ClientTimeout(total=15, connect=3)

_REMOVED = "Braver was removed from the Slack workspace"
_UNREACHABLE = {
    "account_inactive": _REMOVED,
    "cannot_dm_bot": "this account is not a person's",
    "channel_not_found": "Braver is not in this Slack conversation",
    "is_archived": "this Slack conversation was closed",
    "messages_tab_disabled": "messages to Braver are switched off in this Slack workspace",
    "missing_scope": "Braver is not allowed to do this in Slack",
    "not_in_channel": "Braver is not in this Slack channel",
    "restricted_action": "this Slack workspace does not let Braver write here",
    "token_revoked": _REMOVED,
    "user_disabled": "this person's Slack account is closed",
    "user_not_found": "this person is not in the Slack workspace",
    "user_not_in_channel": "this person is not in the Slack channel",
    "user_not_visible": "Braver can't see this person in Slack",
    "users_not_found": "nobody in the Slack workspace has the e-mail address that we know",
}
"""What people read, by Slack's own word for it. The word itself goes to the log alone."""
_GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})
_KEPT = {
    "cant_delete_message": "Slack does not let Braver delete this message",
    "compliance_exports_prevent_deletion": "this Slack workspace lets nobody delete a message",
}
_LATER = frozenset({"ratelimited", "rate_limited", "service_unavailable"})
_SHUT_OUT = frozenset({"invalid_auth", "not_authed", "token_expired"})
"""A token that is mended reaches everybody again: nobody is given up at once, as where Braver was removed."""
_UNKNOWN_FATE = frozenset({"fatal_error", "internal_error", "request_timeout"})
_NO_THREAD = frozenset({"thread_not_found", "cannot_reply_to_message"})
_MOST_KNOWN = 10_000

log = logging.getLogger("braver.slack")


class ThreadGone(Refused):
    """The thread to post in was deleted."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the token makes us. `bot` is the user that people mention."""

    team: str
    app: str
    bot: str


class Sender:
    """Slack as `bot.chat.port.Platform`, and what only this adapter's own replies need."""

    name = NAME
    capabilities = Capabilities(
        threads_in_personal=True, hears_threads=True, finds_posts=True, pace=limits.PACE
    )

    def __init__(self, client: AsyncWebClient, phrases: Phrases, identity: Identity | None = None) -> None:
        """`identity`: who the client's token makes us, where that needs no asking."""
        self._client = client
        self._phrases = phrases
        self._identity = identity
        self._app = identity.app if identity else ""
        self._directs: OrderedDict[str, str] = OrderedDict()

    async def post(self, place: Place, card: Card, key: str) -> Message:
        """See `Platform.post`. A delivery in a thread of a direct message is shown in the chat as well; a
        reply (without a key) is not, since the person is looking there."""
        metadata = {"event_type": EVENT, "event_payload": {"key": key}} if key else None
        try:
            return await self._post(place, card, metadata)
        except ThreadGone:
            return await self._post(Place(place.address, place.kind), card, metadata)

    async def update(self, message_: Message, card: Card) -> None:
        drawn = message(card, self._phrases)
        await _done(
            self._client.chat_update(
                channel=message_.address.conversation, ts=message_.id, text=drawn.text, blocks=drawn.blocks
            )
        )

    async def remove(self, message_: Message) -> str:
        """See `Platform.remove`. What people wrote below it in its thread is theirs, and stays."""
        await _done(self._client.chat_delete(channel=message_.address.conversation, ts=message_.id))
        return ""

    async def find(self, place: Place, key: str, since: float) -> Message | None:
        """See `Platform.find`. Raises Refused where there is more to look through than `limits` allow."""
        cursor = ""
        for _ in range(limits.FIND_PAGES):
            page = await _done(self._history(place, since, cursor))
            for found in page.get("messages") or []:
                metadata = found.get("metadata") or {}
                carried = (metadata.get("event_payload") or {}).get("key")
                if metadata.get("event_type") == EVENT and carried == key:
                    return Message(place.address, found["ts"], place.thread)
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return None
        raise Refused("more was said in this Slack conversation than Braver looks through")

    async def reach(self, email: str, known: Sequence[Place]) -> Place:
        """See `Platform.reach`: Slack looks the address up itself, so `known` is not needed."""
        user = (await _done(self._client.users_lookupByEmail(email=email), "user"))["user"]
        identity = await self.identity()
        if not email or _verified_email(user, identity.team).casefold() != email.casefold():
            raise Unreachable(_UNREACHABLE["users_not_found"])
        return self.personal(identity.team, identity.app, await self.direct(user["id"]))

    async def present(self, email: str, known: Sequence[Place]) -> None:
        """See `Platform.present`: Slack looks the address up anew, and opens the direct message."""
        await self.reach(email, known)

    async def profile(self, account: Account, place: Place) -> Profile | None:
        try:
            user = (await _done(self._client.users_info(user=account.user), "user"))["user"]
        except Unreachable:
            return None
        if user.get("deleted") or user.get("is_bot"):
            return None
        name = (user.get("profile") or {}).get("real_name") or user.get("real_name") or ""
        return Profile(_verified_email(user, account.tenant), str(name))

    async def identity(self) -> Identity:
        """Asked of Slack once, at most."""
        if self._identity is None:
            told = await _done(self._client.auth_test(), "team_id", "user_id")
            self._app = self._app or await self._own_app(told)
            self._identity = Identity(str(told["team_id"]), self._app, str(told["user_id"]))
        return Identity(self._identity.team, self._app, self._identity.bot)

    @property
    def bot(self) -> str:
        """Our user, as far as Slack has told; empty until then."""
        return self._identity.bot if self._identity else ""

    def heard(self, app: str) -> None:
        """A verified request named our app: what Slack says of itself needs no asking."""
        self._app = app or self._app

    async def direct(self, user: str) -> str:
        """The conversation between the bot and this person."""
        if user not in self._directs:
            opened = await _done(self._client.conversations_open(users=user), "channel")
            self.met(user, str(opened["channel"]["id"]))
        return self._directs[user]

    def known_direct(self, user: str) -> str:
        """The same without asking; empty where it would have to be asked."""
        return self._directs.get(user, "")

    def met(self, user: str, conversation: str) -> None:
        """This person wrote in this direct message."""
        self._directs[user] = conversation
        self._directs.move_to_end(user)
        while len(self._directs) > _MOST_KNOWN:
            self._directs.popitem(last=False)

    def personal(self, team: str, app: str, conversation: str) -> Place:
        return Place(Address(NAME, team, app, conversation), "personal")

    async def whisper(self, place: Place, user: str, card: Card) -> None:
        """In a channel, for this person's eyes only."""
        drawn = message(card, self._phrases)
        await _done(
            self._client.chat_postEphemeral(
                channel=place.address.conversation,
                user=user,
                text=drawn.text,
                blocks=drawn.blocks,
                thread_ts=place.thread or None,
            ),
            repeatable=False,
        )

    async def replace(self, response_url: str, card: Card) -> None:
        """Put the card in place of an ephemeral message, which has no other address than this one."""
        session = self._client.session
        if session is None:
            raise TryLater("Slack can't be reached now")
        drawn = message(card, self._phrases)
        body = {"replace_original": True, "text": drawn.text, "blocks": drawn.blocks}
        try:
            async with session.post(response_url, json=body, proxy=self._client.proxy) as response:
                if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                    raise TryLater("Slack can't be reached now")
                if response.status != HTTPStatus.OK:
                    raise Gone("this message can't be changed any more")
        except (aiohttp.ClientError, TimeoutError) as error:
            raise TryLater("Slack can't be reached now") from error

    async def open_view(self, trigger: str, view: Json) -> str:
        """Open the modal; its id."""
        opened = await _done(self._client.views_open(trigger_id=trigger, view=view), "view")
        return str(opened["view"]["id"])

    async def update_view(self, view_id: str, view: Json) -> None:
        await _done(self._client.views_update(view_id=view_id, view=view))

    async def publish_home(self, user: str, view: Json) -> None:
        await _done(self._client.views_publish(user_id=user, view=view))

    async def _post(self, place: Place, card: Card, metadata: Json | None) -> Message:
        drawn = message(card, self._phrases)
        thread = place.thread or None
        there = await self._whole(place.address)
        posted = await _done(
            self._client.chat_postMessage(
                channel=there.conversation,
                text=drawn.text,
                blocks=drawn.blocks,
                thread_ts=thread,
                reply_broadcast=True if thread and metadata and place.kind == "personal" else None,
                metadata=metadata,
                unfurl_links=False,
                unfurl_media=False,
            ),
            "channel",
            "ts",
            repeatable=False,
        )
        return Message(replace(there, conversation=str(posted["channel"])), str(posted["ts"]), place.thread)

    async def _whole(self, address: Address) -> Address:
        """The address with its workspace, which a channel named in the directory lacks."""
        if address.tenant:
            return address
        identity = await self.identity()
        return replace(address, tenant=identity.team, app=identity.app)

    def _history(self, place: Place, since: float, cursor: str) -> Awaitable[AsyncSlackResponse]:
        # A minute of grace: Slack's clock, by which a message is dated, is not ours.
        oldest = f"{max(since - 60, 0):.6f}"
        channel = place.address.conversation
        if place.thread:
            return self._client.conversations_replies(
                channel=channel,
                ts=place.thread,
                oldest=oldest,
                include_all_metadata=True,
                limit=limits.FIND_PAGE,
                cursor=cursor or None,
            )
        return self._client.conversations_history(
            channel=channel,
            oldest=oldest,
            include_all_metadata=True,
            limit=limits.FIND_PAGE,
            cursor=cursor or None,
        )

    async def _own_app(self, told: Mapping[str, Any]) -> str:
        """The app's id, for which Slack wants a second question; empty where it won't tell."""
        try:
            return str((await _done(self._client.bots_info(bot=told["bot_id"])))["bot"]["app_id"])
        except (DeliveryError, KeyError):
            return ""


def _verified_email(user: Mapping[str, Any], team: str) -> str:
    """The e-mail address that this workspace vouches for; empty for bots, closed accounts and strangers.

    Another workspace's word is not taken: its administrators can give their people any address.
    """
    ours = team in (user.get("team_id"), *((user.get("enterprise_user") or {}).get("teams") or ()))
    if not ours or user.get("deleted") or user.get("is_bot") or user.get("is_stranger"):
        return ""
    email = (user.get("profile") or {}).get("email")
    return str(email) if email and user.get("is_email_confirmed") else ""


async def _done(
    call: Awaitable[AsyncSlackResponse], *needed: str, repeatable: bool = True
) -> Mapping[str, Any]:
    """The answer of a call, in which `needed` stand for sure. `repeatable`: doing it twice harms nothing, so
    an unknown fate is TryLater.

    Raises DeliveryError and nothing else.
    """
    lost = TryLater if repeatable else Uncertain
    try:
        answer = await call
    except SlackApiError as error:
        raise _refusal(error.response, lost) from None
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
        raise TryLater("Slack can't be reached now") from None
    except (TimeoutError, aiohttp.ClientError, OSError):
        raise lost("Slack did not answer") from None
    except (AttributeError, TypeError, ValueError):
        raise lost("Slack's answer can't be read") from None
    if not isinstance(answer.data, dict) or not all(name in answer.data for name in needed):
        raise lost("Slack's answer can't be read")
    return answer.data


def _refusal(response: object, lost: type[TryLater] | type[Uncertain]) -> DeliveryError:
    status = int(getattr(response, "status_code", 0) or getattr(response, "status", 0))
    data = getattr(response, "data", None)
    code = str(data.get("error", "")) if isinstance(data, dict) else ""
    if status == HTTPStatus.TOO_MANY_REQUESTS or code in _LATER:
        return TryLater("Slack asks to wait", _retry_after(getattr(response, "headers", {})))
    if code in _SHUT_OUT:
        return TryLater("Slack does not let Braver in at the moment")
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        return TryLater("Slack is not available now")
    failed = status >= HTTPStatus.INTERNAL_SERVER_ERROR or code in _UNKNOWN_FATE
    if failed or (status >= HTTPStatus.BAD_REQUEST and not code):
        return TryLater("Slack had an error of its own", perhaps_taken=lost is Uncertain)
    if not code:
        return lost("Slack's answer can't be read")
    if code in _UNREACHABLE:
        return Unreachable(_UNREACHABLE[code])
    if code in _GONE:
        return Gone("this message can't be changed any more")
    if code in _KEPT:
        return Refused(_KEPT[code])
    if code in _NO_THREAD:
        return ThreadGone("the thread was deleted")
    log.error("Slack refused a call: %s", code)
    return Refused("Slack does not take this message")


def _retry_after(headers: Mapping[str, str]) -> float | None:
    for name, value in headers.items():
        if name.casefold() == "retry-after":
            try:
                return max(float(value), 0.0)
            except ValueError:
                return None
    return None
