"""What Slack sends → Incoming: pure reading of verified requests. What is no act of a person is None; what
has no shape in which Slack sends anything raises Malformed.

A key names the act. Messages: team, channel, ts. Commands and shortcuts: the trigger, which Slack makes for
each. Buttons: place, person, moment and button. Forms: the form's own instance.
"""

import html
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from adapters.slack import forms, limits
from adapters.slack.render import OPENS_FORM, Json
from adapters.slack.send import NAME
from bot.chat.action import Payload
from bot.chat.form import Values
from bot.chat.outside import Malformed, identifier, kept, optional, part, parts, read_json
from bot.chat.outside import key as short
from bot.chat.turn import (
    Account,
    Act,
    Address,
    Commanded,
    HomeOpened,
    Incoming,
    Message,
    Place,
    PlaceKind,
    Pressed,
    Removed,
    Said,
    Submitted,
)

REPLAY = "slack.replay"
"""The button under a form that could not open at once: a typed turn brings no trigger. Its press says the
same words again, in the same thread, with a trigger. A new act, since it is a press; it survives a restart,
since the button itself holds the words."""
_WORDS = frozenset({"", "file_share", "me_message", "thread_broadcast"})
"""Subtypes of a message that are a person's new words; all others are edits, joins and the like."""
_HEEDED = frozenset({"message", "app_mention", "app_home_opened", "app_uninstalled", "tokens_revoked"})
_KINDS = {
    "shortcut": "shortcut", "message_action": "shortcut", "block_actions": "press",
    "view_submission": "view", "view_closed": "view", "block_suggestion": "options",
}  # fmt: skip
_OBJECTS = ("event", "view", "team", "user", "channel", "message", "container", "enterprise")
_LISTS = ("authorizations", "actions", "response_urls")
_CONTROL = re.compile(r"<([^<>|]+)(?:\|([^<>]*))?>")


@dataclass(frozen=True, slots=True)
class Heard:
    """An act, and what answering it needs.

    `private`: the place is the person's direct message, whose id Slack does not say here. `trigger` opens
    one view within three seconds. `ephemeral` is the address by which an ephemeral card that was pressed
    can be replaced. `words` are what a replay would say. `opens_form`: a form answers the pressed button.
    """

    incoming: Incoming
    private: bool = False
    trigger: str = ""
    ephemeral: str = ""
    words: str = ""
    opens_form: bool = False
    view: Json | None = None
    labels: Mapping[str, str] | None = None

    def at(self, conversation: str) -> "Heard":
        """The same act in this conversation."""
        address = replace(self.incoming.place.address, conversation=conversation)
        place = replace(self.incoming.place, address=address)
        return replace(self, incoming=replace(self.incoming, place=place), private=False)


@dataclass(frozen=True, slots=True)
class Looking:
    """Somebody types into a person field."""

    account: Account
    scope: str
    words: str


def parse(body: bytes, content_type: str) -> Json:
    """The body of a request, whose parts that everybody looks at have the right kind. Raises Malformed."""
    try:
        text = body.decode()
        if content_type == "application/json" or text.startswith("{"):
            return _checked(read_json(text))
        fields = dict(parse_qsl(text, keep_blank_values=True, max_num_fields=limits.FORM_FIELDS))
    except ValueError as error:
        raise Malformed("no text, or no form") from error
    if "payload" in fields:
        return _checked(read_json(fields["payload"]))
    return _checked({name: kept(value) for name, value in fields.items()})


def _checked(body: Any) -> Json:
    """Before the SDK sees it, which takes for granted that it comes from Slack."""
    if not isinstance(body, dict) or not isinstance(body.get("type", ""), str):
        raise Malformed("not an object of a type")
    for name in _OBJECTS:
        part(body.get(name))
    for name in _LISTS:
        parts(body.get(name))
    if "event" in body and not isinstance(part(body["event"]).get("type"), str):
        raise Malformed("an event of no type")
    for name in ("command", "callback_id", "action_id"):
        optional(body.get(name))
    match body.get("type"):
        case "block_actions":
            identifier(next(iter(parts(body.get("actions"))), {}).get("action_id"))
        case "view_submission" | "view_closed":
            view = _view(body)
            if not isinstance(view.get("callback_id"), str) or not isinstance(view.get("type"), str):
                raise Malformed("a view of no name or no type")
    return body


def asks(body: Json) -> str:
    """What kind of request it is; empty for one that the app has not asked for."""
    if "command" in body:
        return "command"
    kind = body.get("type", "")
    return "event" if kind == "event_callback" and "event" in body else _KINDS.get(kind, "")


def is_heeded(body: Json) -> bool:
    """Whether anything may follow from it; the app asks for few events, and draws nothing of older kinds."""
    if "event" in body:
        return body["event"]["type"] in _HEEDED
    return "command" in body or body.get("type") in (*_KINDS, "url_verification")


def event(body: Json, bot: str = "") -> Heard | None:
    """An event of the Events API. `bot`: our user, where the envelope does not say it."""
    inner = part(body.get("event"))
    match inner.get("type"):
        case "message" | "app_mention":
            return _message(body, inner, _bot(body) or bot)
        case "app_home_opened" if inner.get("tab") == "home":
            user = identifier(inner.get("user"))
            when = identifier(inner.get("event_ts") or body.get("event_id"))
            key, channel = f"home:{team(body)}:{user}:{when}", optional(inner.get("channel"))
            return Heard(_incoming(body, key, user, channel, "home", HomeOpened()))
        case _ if is_removal(body):
            key = f"removed:{identifier(body.get('event_id'))}"
            return Heard(_incoming(body, key, "", "", "home", Removed()))
        case _:
            return None


def is_removal(body: Json) -> bool:
    """Whether Slack says that the app was removed from the workspace, or that its token is worth nothing."""
    inner = part(body.get("event"))
    revoked = inner.get("type") == "tokens_revoked" and bool(part(inner.get("tokens")).get("bot"))
    return revoked or inner.get("type") == "app_uninstalled"


def happened(body: Json) -> float:
    """When Slack says that the event happened, in epoch seconds; now, where it does not say it."""
    at = body.get("event_time")
    return float(at) if isinstance(at, int | float) and 0 < at < limits.LATEST else time.time()


def command(body: Json) -> Heard:
    """A slash command: `/braver [words]`. In a direct message the answer goes to the person's own with us."""
    words = _typed(body.get("text"))
    private = body.get("channel_name") == "directmessage"
    kind: PlaceKind = "personal" if private else "channel"
    trigger = identifier(body.get("trigger_id"))
    conversation = "" if private else identifier(body.get("channel_id"))
    incoming = _incoming(
        body, f"command:{team(body)}:{trigger}", identifier(body.get("user_id")), conversation, kind,
        Commanded(words),
    )  # fmt: skip
    return Heard(incoming, private=private, trigger=trigger, words=words)


def shortcut(body: Json) -> Heard:
    """A shortcut says its callback id as a command; one on a message adds the message's words.

    The answer is private, wherever the message stands: asking about a colleague's words is one's own matter.
    """
    said = _typed(part(body.get("message")).get("text"))
    words = f"{identifier(body.get('callback_id')).replace('_', ' ')} {said}".strip()
    trigger = identifier(body.get("trigger_id"))
    incoming = _incoming(
        body, f"command:{team(body)}:{trigger}", _user(body), "", "personal", Commanded(words)
    )  # fmt: skip
    return Heard(incoming, private=True, trigger=trigger, words=words)


def press(body: Json) -> Heard | None:
    """A button: on a message, an ephemeral message or the home view."""
    action = next(iter(parts(body.get("actions"))), {})
    payload = Payload.decode(str(action.get("value") or ""))
    if payload is None:
        return None
    user, action_id = _user(body), identifier(action.get("action_id"))
    channel = optional(part(body.get("channel")).get("id"))
    where = channel or optional(_view(body).get("id"))
    key = f"press:{team(body)}:{where}:{user}:{optional(action.get('action_ts'))}:{action_id}"
    place, message = _pressed_at(body, channel)
    words = ""
    act: Act = Pressed(payload, message)
    if payload.name == REPLAY:
        said = json.loads(payload.data)
        words = str(said.get("words", ""))
        act, place = Commanded(words), replace(place, thread=optional(said.get("thread")))
    hidden = bool(part(body.get("container")).get("is_ephemeral"))
    return Heard(
        Incoming(short(key), _account(body, user), place, act),
        private=not channel,
        trigger=optional(body.get("trigger_id")),
        ephemeral=optional(body.get("response_url")) if hidden else "",
        words=words,
        opens_form=action_id.endswith(OPENS_FORM),
    )


def submission(body: Json, zone: ZoneInfo) -> Heard | None:
    """A modal that was sent: its key is the form's instance, so that it has its effect once."""
    view = _view(body)
    # It is drawn anew from what came, where its answer must give it back.
    parts(view.get("blocks"))
    sent = forms.read(view, zone)
    if sent is None:
        return None
    act = Submitted(sent.payload, sent.instance, _bounded(sent.values))
    key, began = f"form:{sent.instance}", sent.began
    incoming = _incoming(body, key, _user(body), began.conversation, began.kind, act)
    incoming = replace(incoming, place=replace(incoming.place, thread=began.thread))
    return Heard(
        incoming,
        private=not began.conversation,
        trigger=optional(body.get("trigger_id")),
        view=view,
        labels=sent.labels,
    )


def looking(body: Json) -> Looking:
    """Typing into a person field."""
    scope = forms.scope_of(_view(body), str(body.get("action_id", "")))
    return Looking(_account(body, _user(body)), scope, str(body.get("value") or "")[:200])


def replay(words: str, thread: str, shortened: str) -> Payload:
    """What the *Open* button says. Words too long for it are cut, and say so; they still stand above."""

    def holding(words: str) -> Payload:
        return Payload(REPLAY, 1, json.dumps({"words": words, "thread": thread}))

    kept, payload = words, holding(words)
    while len(payload.encode()) > limits.BUTTON_VALUE:
        kept = kept[: len(kept) * 9 // 10]
        payload = holding(f"{kept} {shortened}")
    return payload


def plain_words(text: str) -> str:
    """Slack's message text as the person typed it: links as their labels, entities decoded."""

    def read(match: re.Match[str]) -> str:
        target, label = match[1], match[2] or ""
        if target[0] in "@#!":
            return f"{target[0]}{label.lstrip('@#')}" if label else target
        return label or target.removeprefix("mailto:").removeprefix("tel:")

    return html.unescape(_CONTROL.sub(read, text)).strip()


def _typed(text: object) -> str:
    """The words that a person typed, no more of them than Slack itself takes."""
    return plain_words(text[: limits.WORDS]) if isinstance(text, str) else ""


def team(body: Mapping[str, Any]) -> str:
    """The workspace that the app is installed in, however this kind of request names it; empty if none does.

    In channels that workspaces share, others stand in the request as well: whose modal it is says the view,
    whose event it is the authorization.
    """
    named = (
        _view(body).get("app_installed_team_id"),
        _authorized(body).get("team_id"),
        body.get("team_id"),
        part(body.get("team")).get("id"),
        part(body.get("user")).get("team_id"),
    )
    return optional(next((one for one in named if one), None))


def organisation_wide(body: Mapping[str, Any]) -> bool:
    """Whether the app was installed for a whole organisation, and not for a workspace of its own."""
    said = _authorized(body).get("is_enterprise_install", body.get("is_enterprise_install"))
    return str(said).lower() == "true"


def _message(body: Json, inner: Json, bot: str) -> Heard | None:
    """Words in a direct message, a mention, or words in a thread of a channel."""
    user, text = optional(inner.get("user")), str(inner.get("text") or "")[: limits.WORDS]
    by_bot = inner.get("bot_id") or not user or user == bot
    if by_bot or optional(inner.get("subtype")) not in _WORDS or inner.get("edited"):
        return None
    channel, ts = identifier(inner.get("channel")), identifier(inner.get("ts"))
    root = optional(inner.get("thread_ts"))
    root = root if root != ts else ""
    personal = inner.get("channel_type") == "im"
    mentioned = bool(bot) and f"<@{bot}" in text
    if personal:
        place, addressed = ("personal", root), True
    elif inner["type"] == "app_mention":
        place, addressed = ("channel", root or ts), True
    elif root and not mentioned:
        place, addressed = ("channel", root), False
    else:
        # A mention comes as app_mention too, which is the one that is answered; other words in the
        # channel are not meant for us.
        return None
    words = plain_words(re.sub(rf"<@{re.escape(bot)}(?:\|[^<>]*)?>", " ", text) if bot else text)
    if not words and not addressed:
        return None
    kind: PlaceKind = "personal" if place[0] == "personal" else "channel"
    key = f"{team(body)}:{channel}:{ts}"
    incoming = _incoming(body, key, user, channel, kind, Said(words, addressed))
    return Heard(replace(incoming, place=replace(incoming.place, thread=place[1])), words=words)


def _pressed_at(body: Json, channel: str) -> tuple[Place, Message | None]:
    """Where the pressed card stands, and its message, unless it is ephemeral or the home view.

    In a channel the answer goes under the card, in its thread.
    """
    container, message = part(body.get("container")), part(body.get("message"))
    ts = optional(message.get("ts"))
    thread = optional(message.get("thread_ts") or container.get("thread_ts"))
    address = _address(body, channel)
    if not channel:
        return Place(address, "home"), None
    if part(body.get("channel")).get("name") == "directmessage":
        place = Place(address, "personal", thread if thread != ts else "")
    else:
        place = Place(address, "channel", thread or ts)
    shown = Message(address, ts, thread if thread != ts else "") if ts else None
    return place, shown


def _bounded(values: Values) -> Values:
    """No text longer than any field takes, with enough left over to say by how much it is too long."""
    return {name: value[:40_000] if isinstance(value, str) else value for name, value in values.items()}


def _incoming(body: Json, key: str, user: str, conversation: str, kind: PlaceKind, act: Act) -> Incoming:
    return Incoming(short(key), _account(body, user), Place(_address(body, conversation), kind), act)


def _address(body: Json, conversation: str) -> Address:
    return Address(NAME, team(body), optional(body.get("api_app_id")), conversation)


def _account(body: Json, user: str) -> Account:
    return Account(NAME, team(body), user)


def _user(body: Json) -> str:
    return identifier(part(body.get("user")).get("id"))


def _view(body: Mapping[str, Any]) -> Json:
    return part(body.get("view"))


def _authorized(body: Mapping[str, Any]) -> Json:
    return next(iter(parts(body.get("authorizations"))), {})


def _bot(body: Json) -> str:
    return optional(_authorized(body).get("user_id"))
