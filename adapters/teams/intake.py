"""Activity → Incoming: what a person did, in the words of `bot.chat`.

The key of an act: conversation and activity id, which Teams keeps when it sends a message again; for a
form its own instance, so that sending it twice gives the first result. Of an invoke Teams promises no such
id, so `Presses` looks further: the same button of the same drawing, pressed by the same person while the
first press is still unanswered, is the same act. Pressed again after an answer, it is a new one.
"""

import html
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal

from botbuilder import schema
from botbuilder.schema import Activity
from msrest import Deserializer
from msrest.serialization import rest_key_extractor

from adapters.teams import forms, limits
from adapters.teams.auth import tenants
from adapters.teams.connector.addresses import PLATFORM
from adapters.teams.render import OURS
from bot.chat.action import Payload
from bot.chat.form import Form, Values
from bot.chat.outside import Malformed, identifier, optional, read_json
from bot.chat.outside import key as short
from bot.chat.turn import (
    Account,
    Act,
    Address,
    Incoming,
    Installed,
    Message,
    Place,
    Pressed,
    Removed,
    Said,
    Submitted,
)

Json = dict[str, Any]

Way = Literal["typed", "sent", "executed", "fetched", "dialog", "quiet"]
"""How the answer goes back: after typed words · after a card sent as a message · in the answer to a press
that can redraw the card · to one that opens a dialog · to one in a dialog · not at all."""

_MENTION = re.compile(r"<at\b[^<>]*>([^<]*)</at>", flags=re.IGNORECASE)
"""No “<” inside: with anything there, many beginnings and no end would take seconds."""
_COMMAND = re.compile(r"/braver\b[ \t]*", flags=re.IGNORECASE)


_READ = (
    "type", "id", "service_url", "channel_id", "from_property", "conversation", "recipient", "text_format",
    "members_added", "members_removed", "text", "entities", "channel_data", "action", "reply_to_id", "value",
    "name", "delivery_mode",
)  # fmt: skip


class _Read(Activity):
    """An activity as far as it is read: the SDK looks for more than twice as much in each."""

    _attribute_map: ClassVar[Json] = {name: Activity._attribute_map[name] for name in _READ}


def _reader() -> Deserializer:
    """The SDK would make one for each activity, and look for XML in it."""
    models = {name: kind for name, kind in vars(schema).items() if isinstance(kind, type)}
    reader = Deserializer({**models, _Read.__name__: _Read})  # type: ignore[no-untyped-call]
    reader.key_extractors = [rest_key_extractor]
    return reader


_reads = _reader()


@dataclass(frozen=True, slots=True)
class Arrival:
    """An act with the way back. `form` is the empty form of a submission, where it came along; `names`
    are those of the people who were chosen in it, by value."""

    incoming: Incoming
    way: Way
    form: Form | None = None
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def pressed(self) -> Message | None:
        """The card that the button or form stood on."""
        act = self.incoming.act
        return act.message if isinstance(act, Pressed | Submitted) else None

    @property
    def values(self) -> Values:
        return self.incoming.act.values if isinstance(self.incoming.act, Submitted) else {}


@dataclass(frozen=True, slots=True)
class Search:
    """Somebody types into a person field."""

    account: Account
    scope: str
    words: str


class Presses:
    """The keys of presses that are not answered yet, or were answered too late."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, ...], tuple[str, float]] = {}

    def key(self, mark: tuple[str, ...], key: str) -> str:
        """The key of the same press, if it is still open; else `key`, and the press is open from now on."""
        now = time.monotonic()
        for old, (_, since) in list(self._open.items()):
            # In the order in which they came: the rest is younger.
            if now - since <= limits.SENT_AGAIN_WITHIN and len(self._open) < limits.REMEMBERED:
                break
            del self._open[old]
        return self._open.setdefault(mark, (key, now))[0]

    def answered(self, mark: tuple[str, ...]) -> None:
        self._open.pop(mark, None)


def read(activity: Activity) -> Arrival | Search | None:
    """What was done, or None for what is nobody's act (typing, edits, reactions, a group chat)."""
    place = _place(activity)
    if place is None or not activity.from_property or not activity.from_property.id:
        return None
    match activity.type:
        case "message":
            return _message(activity, place)
        case "invoke":
            return _invoke(activity, place)
        case "installationUpdate":
            return _installation(activity, place)
        case "conversationUpdate":
            return _members(activity, place)
        case _:
            return None


def mark(activity: Activity) -> tuple[str, ...]:
    """What tells one press from another when its id does not: the person and the drawn button."""
    data = _data(activity)
    ours = data.get(OURS) if isinstance(data, dict) else None
    ours = ours if isinstance(ours, dict) else {}
    person = str(activity.from_property.id) if activity.from_property else ""
    return (_conversation(activity), person, short(str(ours.get("n", ""))), short(str(ours.get("p", ""))))


def _conversation(activity: Activity) -> str:
    return str(activity.conversation.id) if activity.conversation else ""


def _place(activity: Activity) -> Place | None:
    """None for a group chat: the app is not offered there."""
    conversation, _, thread = _conversation(activity).partition(";messageid=")
    if not conversation or not activity.recipient or not activity.recipient.id:
        return None
    account = _account(activity, "")
    address = Address(
        PLATFORM, account.tenant, str(activity.recipient.id), conversation, str(activity.service_url)
    )
    kind = activity.conversation.conversation_type
    if kind == "channel" or (kind is None and _team(activity)):
        return Place(address, "channel", thread)
    return Place(address, "personal") if kind in (None, "personal") else None


def _team(activity: Activity) -> bool:
    return isinstance(activity.channel_data, dict) and "team" in activity.channel_data


def _account(activity: Activity, user: str) -> Account:
    return Account(PLATFORM, next(iter(tenants(activity)), ""), user)


def _incoming(activity: Activity, place: Place, act: Act, key: str = "") -> Incoming:
    account = _account(activity, str(activity.from_property.id))
    return Incoming(short(key or f"{_conversation(activity)}:{activity.id}"), account, place, act)


def _message(activity: Activity, place: Place) -> Arrival | None:
    if isinstance(activity.value, dict):
        return _card_act(activity, place, activity.value, "sent")
    text, mentioned = _words(activity)
    addressed = place.kind == "personal" or mentioned
    if place.kind == "channel" and not place.thread and activity.id:
        # A new post: what is answered goes into the thread that it opens.
        place = Place(place.address, "channel", str(activity.id))
    return Arrival(_incoming(activity, place, Said(text, addressed)), "typed")


def _words(activity: Activity) -> tuple[str, bool]:
    """The typed words without the mention of the bot, and whether it was mentioned."""
    text = str(activity.text or "")[: limits.WORDS]
    mentioned = False
    bot = activity.recipient.id
    for entity in filter(None, activity.entities or ()):
        more = entity.additional_properties or {}
        who = more.get("mentioned")
        if entity.type == "mention" and isinstance(who, dict) and who.get("id") == bot:
            mentioned = True
            text = text.replace(str(more.get("text") or "") or "\0", " ", 1)
    text = _MENTION.sub(r"\1", text).replace("&nbsp;", " ").replace("\xa0", " ")
    if activity.text_format == "xml":
        text = html.unescape(text)
    text = text.strip()
    return _COMMAND.sub("", text, count=1).strip() if _COMMAND.match(text) else text, mentioned


def _invoke(activity: Activity, place: Place) -> Arrival | Search | None:
    value = activity.value if isinstance(activity.value, dict) else {}
    if activity.name == "application/search":
        words = str(value.get("queryText") or "")[: limits.SEARCH_WORDS]
        account = _account(activity, str(activity.from_property.id))
        return Search(account, str(value.get("dataset") or ""), words)
    ways: dict[str, Way] = {
        "adaptiveCard/action": "executed",
        "task/fetch": "fetched",
        "task/submit": "dialog",
    }
    way = ways.get(str(activity.name))
    return _card_act(activity, place, _data(activity), way) if way else None


def _data(activity: Activity) -> Any:
    """What a card sent back: our own data with the inputs beside it."""
    value = activity.value
    if not isinstance(value, dict):
        return None
    if activity.name == "adaptiveCard/action":
        action = value.get("action")
        return action.get("data") if isinstance(action, dict) else None
    return value.get("data") if activity.name in ("task/fetch", "task/submit") else value


def _card_act(activity: Activity, place: Place, data: Any, way: Way) -> Arrival | None:
    """None where the data is not ours: cut, forged, or another app's card."""
    ours = data.get(OURS) if isinstance(data, dict) else None
    payload = Payload.decode(str(ours.get("p"))) if isinstance(ours, dict) else None
    if payload is None or not isinstance(ours, dict):
        return None
    root = place.thread
    message = Message(place.address, str(activity.reply_to_id), root) if activity.reply_to_id else None
    instance, kinds = ours.get("i"), ours.get("t")
    if not isinstance(instance, str) or not isinstance(kinds, dict):
        return Arrival(_incoming(activity, place, Pressed(payload, message)), way)
    typed = {name: text[: limits.WORDS] for name, text in data.items() if isinstance(text, str)}
    act = Submitted(payload, instance, forms.values(typed, kinds), message)
    incoming = _incoming(activity, place, act, f"form:{instance}")
    return Arrival(incoming, way, forms.unpack(ours.get("x")), forms.names(typed, kinds))


def _installation(activity: Activity, place: Place) -> Arrival | None:
    if activity.action in ("add", "add-upgrade"):
        return Arrival(_incoming(activity, place, Installed()), "typed")
    if activity.action in ("remove", "remove-upgrade"):
        return Arrival(_incoming(activity, place, Removed()), "quiet")
    return None


def _members(activity: Activity, place: Place) -> Arrival | None:
    """Somebody came or went: noted, and nobody is spoken to. Of the bot's own coming Teams tells a second
    time by an installation, which is greeted. A person who went closes no place to the bot."""
    bot = activity.recipient.id
    added = [str(member.id) for member in activity.members_added or () if member and member.id]
    removed = [member.id for member in activity.members_removed or () if member]
    if bot in removed:
        return Arrival(_incoming(activity, place, Removed()), "quiet")
    if not added:
        return None
    noted = _incoming(activity, place, Installed())
    if bot not in added:
        noted = replace(noted, account=_account(activity, added[0]))
    return Arrival(noted, "quiet")


def parse(body: bytes) -> Activity:
    """The activity of a request. Raises Malformed where it is none."""
    try:
        raw = read_json(body.decode())
    except UnicodeError as error:
        raise Malformed("no text") from error
    if not isinstance(raw, dict) or not isinstance(raw.get("type"), str):
        raise Malformed("not an activity")
    try:
        activity: Activity = _reads(_Read.__name__, raw)
    except Exception as error:
        # The SDK's deserialiser fails in many ways on a wrong shape.
        raise Malformed("not an activity") from error
    identifier(activity.id)
    talking = (activity.from_property, activity.recipient, activity.conversation)
    for account in (*talking, *(activity.members_added or ())):
        optional(account.id if account else None)
    optional(activity.reply_to_id)
    optional(activity.service_url)
    for tenant in tenants(activity):
        identifier(tenant)
    return activity
