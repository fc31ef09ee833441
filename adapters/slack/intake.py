"""What Slack sends → Incoming: pure reading of verified requests. What is no act of a person is None.

A key names the act. Messages: team, channel, ts. Commands and shortcuts: the trigger, which Slack makes for
each. Buttons: place, person, moment and button. Forms: the form's own instance.
"""

import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from adapters.slack import forms, limits
from adapters.slack.render import OPENS_FORM, Json
from adapters.slack.send import NAME
from bot.chat.action import Payload
from bot.chat.form import Values
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
_WORDS = frozenset({None, "file_share", "me_message", "thread_broadcast"})
"""Subtypes of a message that are a person's new words; all others are edits, joins and the like."""
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


def event(body: Json, bot: str = "") -> Heard | None:
    """An event of the Events API. `bot`: our user, where the envelope does not say it."""
    inner = body.get("event") or {}
    match inner.get("type"):
        case "message" | "app_mention":
            return _message(body, inner, _bot(body) or bot)
        case "app_home_opened" if inner.get("tab") == "home":
            user = str(inner["user"])
            key = f"home:{team(body)}:{user}:{inner.get('event_ts') or body.get('event_id')}"
            return Heard(_incoming(body, key, user, str(inner.get("channel", "")), "home", HomeOpened()))
        case _ if is_removal(body):
            return Heard(_incoming(body, f"removed:{body.get('event_id')}", "", "", "home", Removed()))
        case _:
            return None


def is_removal(body: Json) -> bool:
    """Whether Slack says that the app was removed from the workspace, or that its token is worth nothing."""
    inner = body.get("event") or {}
    revoked = inner.get("type") == "tokens_revoked" and bool((inner.get("tokens") or {}).get("bot"))
    return revoked or inner.get("type") == "app_uninstalled"


def command(body: Json) -> Heard:
    """A slash command: `/braver [words]`. In a direct message the answer goes to the person's own with us."""
    words = plain_words(str(body.get("text") or ""))
    private = body.get("channel_name") == "directmessage"
    kind: PlaceKind = "personal" if private else "channel"
    key = f"command:{team(body)}:{body['trigger_id']}"
    conversation = "" if private else str(body["channel_id"])
    incoming = _incoming(body, key, str(body["user_id"]), conversation, kind, Commanded(words))
    return Heard(incoming, private=private, trigger=str(body["trigger_id"]), words=words)


def shortcut(body: Json) -> Heard:
    """A shortcut says its callback id as a command; one on a message adds the message's words.

    The answer is private, wherever the message stands: asking about a colleague's words is one's own matter.
    """
    said = plain_words(str((body.get("message") or {}).get("text") or ""))
    words = f"{str(body['callback_id']).replace('_', ' ')} {said}".strip()
    key = f"command:{team(body)}:{body['trigger_id']}"
    incoming = _incoming(body, key, _user(body), "", "personal", Commanded(words))
    return Heard(incoming, private=True, trigger=str(body["trigger_id"]), words=words)


def press(body: Json) -> Heard | None:
    """A button: on a message, an ephemeral message or the home view."""
    action = (body.get("actions") or [{}])[0]
    payload = Payload.decode(str(action.get("value") or ""))
    if payload is None:
        return None
    user, action_id = _user(body), str(action["action_id"])
    channel = str((body.get("channel") or {}).get("id") or "")
    where = channel or str((body.get("view") or {}).get("id") or "")
    key = f"press:{team(body)}:{where}:{user}:{action.get('action_ts')}:{action_id}"
    place, message = _pressed_at(body, channel)
    words = ""
    act: Act = Pressed(payload, message)
    if payload.name == REPLAY:
        said = json.loads(payload.data)
        words = str(said.get("words", ""))
        act, place = Commanded(words), replace(place, thread=str(said.get("thread", "")))
    hidden = bool((body.get("container") or {}).get("is_ephemeral"))
    return Heard(
        Incoming(key, _account(body, user), place, act),
        private=not channel,
        trigger=str(body.get("trigger_id") or ""),
        ephemeral=str(body.get("response_url") or "") if hidden else "",
        words=words,
        opens_form=action_id.endswith(OPENS_FORM),
    )


def submission(body: Json, zone: ZoneInfo) -> Heard | None:
    """A modal that was sent: its key is the form's instance, so that it has its effect once."""
    view = body["view"]
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
        trigger=str(body.get("trigger_id") or ""),
        view=view,
        labels=sent.labels,
    )


def looking(body: Json) -> Looking:
    """Typing into a person field."""
    scope = forms.scope_of(body.get("view") or {}, str(body.get("action_id", "")))
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


def team(body: Mapping[str, Any]) -> str:
    """The workspace that the app is installed in, however this kind of request names it; empty if none does.

    In channels that workspaces share, others stand in the request as well: whose modal it is says the view,
    whose event it is the authorization.
    """
    view, workspace = body.get("view") or {}, body.get("team") or {}
    authorized = (body.get("authorizations") or [{}])[0]
    named = (
        view.get("app_installed_team_id"),
        authorized.get("team_id"),
        body.get("team_id"),
        workspace.get("id"),
        (body.get("user") or {}).get("team_id"),
    )
    return next((str(one) for one in named if one), "")


def organisation_wide(body: Mapping[str, Any]) -> bool:
    """Whether the app was installed for a whole organisation, and not for a workspace of its own."""
    authorized = (body.get("authorizations") or [{}])[0]
    return str(authorized.get("is_enterprise_install", body.get("is_enterprise_install"))).lower() == "true"


def _message(body: Json, inner: Json, bot: str) -> Heard | None:
    """Words in a direct message, a mention, or words in a thread of a channel."""
    user, text = str(inner.get("user") or ""), str(inner.get("text") or "")
    by_bot = inner.get("bot_id") or not user or user == bot
    if by_bot or inner.get("subtype") not in _WORDS or inner.get("edited"):
        return None
    channel, ts = str(inner["channel"]), str(inner["ts"])
    root = str(inner.get("thread_ts") or "")
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
    container, message = body.get("container") or {}, body.get("message") or {}
    ts = str(message.get("ts") or "")
    thread = str(message.get("thread_ts") or container.get("thread_ts") or "")
    address = _address(body, channel)
    if not channel:
        return Place(address, "home"), None
    if (body.get("channel") or {}).get("name") == "directmessage":
        place = Place(address, "personal", thread if thread != ts else "")
    else:
        place = Place(address, "channel", thread or ts)
    shown = Message(address, ts, thread if thread != ts else "") if ts else None
    return place, shown


def _bounded(values: Values) -> Values:
    """No text longer than any field takes, with enough left over to say by how much it is too long."""
    return {name: value[:40_000] if isinstance(value, str) else value for name, value in values.items()}


def _incoming(body: Json, key: str, user: str, conversation: str, kind: PlaceKind, act: Act) -> Incoming:
    return Incoming(key, _account(body, user), Place(_address(body, conversation), kind), act)


def _address(body: Json, conversation: str) -> Address:
    return Address(NAME, team(body), str(body.get("api_app_id") or ""), conversation)


def _account(body: Json, user: str) -> Account:
    return Account(NAME, team(body), user)


def _user(body: Json) -> str:
    return str(body["user"]["id"])


def _bot(body: Json) -> str:
    authorizations = body.get("authorizations") or [{}]
    return str(authorizations[0].get("user_id") or "")
