"""One person's Slack: what they see, and what their clicks and words send to the service."""

import asyncio
import html
import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from playground.screen import Button, Chat, Choice, Drawing, Field, Filled, Json, OpenForm, Screen, Seen
from playground.slack_api import message_json
from playground.slack_reader import ALERT, ZONE, initial
from playground.slack_responses import Responses
from playground.slack_service import SlackService
from playground.slack_state import PLATFORM, Channel, Post, SlackState, View
from playground.slack_views import TROUBLE, answer, draw_view, tell, title, top, view_json

FAILED = "failed with the error “operation_timeout”"
NOT_TAKEN = "That did not work. Try again?"
REQUIRED = "Please complete this required field."


class SlackClient:
    """A person of the workspace. Every act returns when Slack has had the service's answer, or given up."""

    platform = PLATFORM

    def __init__(self, state: SlackState, service: SlackService, responses: Responses, user: str) -> None:
        self._state = state
        self._service = service
        self._responses = responses
        self.user = user
        self.name = state.users[user].name
        self._offered: dict[str, Json] = {}

    def screen(self) -> Screen:
        """Direct message first, then the channels that the person is in."""
        channels = [c for c in self._state.channels.values() if self.user in c.members]
        channels.sort(key=lambda channel: channel.kind != "im")
        view = top(self._state, self.user)
        return Screen(tuple(map(self._chat, channels)), self._form(view) if view else None, self._home())

    def _chat(self, channel: Channel) -> Chat:
        visible = [post for post in channel.posts.values() if post.only_for in ("", self.user)]
        messages = tuple(self._state.seen(post, self.user) for post in visible)
        return Chat(channel.id, channel.name, "personal" if channel.kind == "im" else "channel", messages)

    def _form(self, view: View) -> OpenForm:
        submit = (view.json.get("submit") or {}).get("text", "")
        raw = view_json(self._state, view)
        drawing = draw_view(view)
        said = view.problem or _about_all(drawing)
        return OpenForm(
            view.id,
            "modal",
            title(view),
            drawing,
            submit,
            said,
            raw=raw,
            revision=view.revision,
        )

    def _home(self) -> Seen | None:
        home = self._state.homes.get(self.user)
        if home is None:
            return None
        return Seen(
            home.id,
            "home",
            "Braver",
            "",
            draw_view(home),
            home.json["blocks"],
            private=True,
            revision=home.revision,
        )

    async def look(self) -> None:
        """What changes is seen by itself."""

    # --- words

    async def say(self, text: str) -> Seen:
        """Type into the direct message; words that begin with a slash are a slash command there."""
        channel = self._state.direct(self.user)
        if text.startswith("/"):
            return await self.command(text, channel)
        return await self._type(channel, html.escape(text, False))

    async def mention(self, text: str, channel: str, thread: str = "") -> Seen:
        words = f"<@{self._state.bot_user}> {html.escape(text, False)}"
        return await self._type(self._state.named(channel), words, thread)

    async def talk(self, text: str, channel: str, thread: str = "") -> Seen:
        """Type into a channel without a mention."""
        return await self._type(self._state.named(channel), html.escape(text, False), thread)

    async def reply(self, message: Seen, text: str, mention: bool = False) -> Seen:
        words = html.escape(text, False)
        words = f"<@{self._state.bot_user}> {words}" if mention else words
        return await self._type(self._state.channels[message.chat], words, message.thread or message.id)

    async def _type(self, channel: Channel, text: str, thread: str = "") -> Seen:
        where = self._state.place(channel.id, thread)
        self._state.feed.add(self.name, PLATFORM, where, "does", f"types “{self._state.readable(text)}”")
        post = self._state.post(channel, self.user, text, thread=thread)
        await asyncio.gather(*map(self._service.event, self.events(post)))
        return self._state.seen(post, self.user)

    def events(self, post: Post) -> list[Json]:
        """The events that this message causes: one, or two where the bot is mentioned in a channel."""
        channel = self._state.channels[post.channel]
        event = message_json(self._state, post) | {"channel": channel.id, "event_ts": post.ts}
        event["client_msg_id"] = secrets.token_hex(16)
        if post.thread:
            event["parent_user_id"] = channel.posts[post.thread].user if post.thread in channel.posts else ""
        found = []
        if self._state.bot_user in channel.members:
            found.append(envelope(self._state, event | {"channel_type": channel.kind}))
        if channel.kind == "channel" and found and f"<@{self._state.bot_user}>" in post.text:
            found.append(envelope(self._state, event | {"type": "app_mention"}))
        return found

    async def command(self, text: str, channel: Channel) -> Seen:
        """A slash command with its words, e.g. `/braver raise`, in a channel that the person is in."""
        name, _, words = text.partition(" ")
        self._state.feed.add(self.name, PLATFORM, self._state.place(channel.id), "does", f"types “{text}”")
        url = self._responses.url(self.user, channel.id)
        status, body = await self._service.command({
            "token": "unused", "team_id": self._state.team_id, "team_domain": "little-wickering",
            "channel_id": channel.id, "channel_name": _shown_name(channel), "user_id": self.user,
            "user_name": self._short_name(), "command": name, "text": words,
            "api_app_id": self._state.app_id, "is_enterprise_install": "false", "response_url": url,
            "trigger_id": self._state.new_trigger(self.user),
        })  # fmt: skip
        if status != 200:
            self._notice(channel, f"{name} {FAILED}")
        elif body.strip():
            self._responses.take(url.rsplit("/", 1)[1], _parsed(body))
        return Seen("", channel.id, self.name, text, Drawing((text,)), private=True, mine=True)

    async def shortcut(self, callback_id: str, message: Seen | None = None) -> None:
        """A global shortcut, or one on a message."""
        self._state.feed.add(self.name, PLATFORM, "shortcuts", "does", f"starts “{callback_id}”")
        payload = self._payload("message_action" if message else "shortcut") | {
            "callback_id": callback_id,
            "action_ts": self._state.new_ts(),
            "trigger_id": self._state.new_trigger(self.user),
        }
        if message:
            post = self._state.channels[message.chat].posts[message.id]
            payload |= {
                "message_ts": post.ts,
                "channel": {"id": post.channel, "name": self._state.channels[post.channel].name},
                "message": message_json(self._state, post),
                "response_url": self._responses.url(self.user, post.channel),
            }
        await self._service.interact(payload)

    async def visit_home(self) -> None:
        self._state.feed.add(self.name, PLATFORM, "home", "does", "opens the home of the app")
        event: Json = {
            "type": "app_home_opened",
            "user": self.user,
            "channel": self._state.direct(self.user).id,
        }
        event |= {"tab": "home", "event_ts": self._state.new_ts()}
        home = self._state.homes.get(self.user)
        if home is not None:
            event["view"] = view_json(self._state, home)
        await self._service.event(envelope(self._state, event))

    # --- buttons and forms

    async def press(self, button: Button, on: Seen | None) -> None:
        """Press a button of a message, of the home view, or (`on` None) of the open modal."""
        where = "form" if on is None else "home" if on.chat == "home" else self._where(on)
        self._state.feed.add(self.name, PLATFORM, where, "does", f"presses “{button.label}”")
        kept = ("type", "action_id", "block_id", "value", "text")
        action = {key: button.raw[key] for key in kept if key in button.raw}
        payload = self._payload("block_actions") | {
            "trigger_id": self._state.new_trigger(self.user),
            "actions": [action | {"action_ts": self._state.new_ts()}],
        }
        if on is not None and on.chat != "home":
            payload |= self._source(on)
        else:
            view = top(self._state, self.user) if on is None else self._state.homes[self.user]
            if view is None:
                raise AssertionError(f"{self.name} has no form open")
            payload |= {
                "container": {"type": "view", "view_id": view.id},
                "view": view_json(self._state, view),
            }
        status, _ = await self._service.interact(payload)
        if status != 200 and on is not None and on.chat != "home":
            self._notice(self._state.channels[on.chat], NOT_TAKEN, on.thread)

    def _source(self, on: Seen) -> Json:
        channel = self._state.channels[on.chat]
        post = channel.posts[on.id]
        container: Json = {
            "type": "message",
            "message_ts": on.id,
            "channel_id": on.chat,
            "is_ephemeral": on.private,
        }
        if post.thread:
            container["thread_ts"] = post.thread
        found: Json = {
            "container": container,
            "channel": {"id": channel.id, "name": _shown_name(channel)},
            "response_url": self._responses.url(self.user, channel.id, on.id, post.thread),
            "state": {"values": {}},
        }
        return found if on.private else found | {"message": message_json(self._state, post)}

    async def submit(
        self, form: OpenForm, values: Mapping[str, Filled], button: Button | None = None
    ) -> None:
        """Fill and send the modal; Slack itself refuses what is required and empty, or too long."""
        view = self._view(form)
        for item in form.drawing.fields:
            if item.id in values:
                element = item.raw["element"]
                view.state[item.id] = {element["action_id"]: self._filled(element, values[item.id])}
        view.problem, view.errors = "", _refused_by_slack(view)
        words = "; ".join(f"{item.label}: {item.shown}" for item in draw_view(view).fields)
        self._state.feed.add(self.name, PLATFORM, f"form “{title(view)}”", "does", f"sends “{words}”")
        if view.errors:
            tell(self._state, view, "sees redrawn")
            return
        payload = self._payload("view_submission") | {
            "trigger_id": self._state.new_trigger(self.user),
            "view": view_json(self._state, view),
            "response_urls": [],
        }
        status, body = await self._service.interact(payload)
        try:
            answer(self._state, view, _parsed(body) if body.strip() and status == 200 else _empty(status))
        except ValueError:
            view.problem = TROUBLE
            tell(self._state, view, "sees redrawn")

    async def dismiss(self) -> None:
        stack = self._state.stacks.get(self.user)
        if not stack:
            raise AssertionError(f"{self.name} has no form open")
        view = stack.pop()
        self._state.feed.add(self.name, PLATFORM, f"form “{title(view)}”", "does", "closes it")
        if view.json.get("notify_on_close"):
            await self._service.interact(
                self._payload("view_closed") | {"view": view_json(self._state, view), "is_cleared": False}
            )

    async def search(self, form: OpenForm, item: Field, words: str) -> Sequence[Choice]:
        view = self._view(form)
        element = item.raw["element"]
        status, body = await self._service.interact(self._payload("block_suggestion") | {
            "container": {"type": "view", "view_id": view.id}, "view": view_json(self._state, view),
            "action_id": element["action_id"], "block_id": item.id, "value": words,
        })  # fmt: skip
        if status != 200:
            return ()
        found = _parsed(body)
        options = found.get("options") or [
            o for group in found.get("option_groups", []) for o in group["options"]
        ]
        for option in options:
            self._offered[option["value"]] = option
        return tuple(Choice(option["value"], option["text"]["text"]) for option in options)

    def _filled(self, element: Json, value: Filled) -> Json:
        kind = element["type"]
        match value:
            case datetime():
                zone = ZoneInfo(ZONE)
                return {"type": kind, "selected_date_time": int(value.replace(tzinfo=zone).timestamp())}
            case date():
                return {"type": kind, "selected_date": value.isoformat()}
            case time():
                return {"type": kind, "selected_time": value.strftime("%H:%M")}
            case tuple():
                return {"type": kind, "selected_options": [self._option(element, one) for one in value]}
            case str() if "selected_option" in initial(element):
                return {"type": kind, "selected_option": self._option(element, value) if value else None}
        return {"type": kind, "value": value or None}

    def _option(self, element: Json, value: str) -> Json:
        for option in element.get("options", []):
            if option["value"] == value:
                return {"text": option["text"], "value": option["value"]}
        return self._offered[value]

    # --- helpers

    def _view(self, form: OpenForm) -> View:
        view = top(self._state, self.user)
        if view is None or view.id != form.id:
            raise AssertionError(f"the form “{form.title}” is not open any more")
        return view

    def _payload(self, kind: str) -> Json:
        return {
            "type": kind,
            "team": {"id": self._state.team_id, "domain": "little-wickering"},
            "user": {
                "id": self.user, "username": self._short_name(), "name": self._short_name(),
                "team_id": self._state.team_id,
            },
            "api_app_id": self._state.app_id,
            "token": "unused",
            "enterprise": None,
            "is_enterprise_install": False,
        }  # fmt: skip

    def _short_name(self) -> str:
        return self.name.casefold().replace(" ", ".")

    def _where(self, on: Seen) -> str:
        return self._state.where(self._state.channels[on.chat].posts[on.id])

    def _notice(self, channel: Channel, text: str, thread: str = "") -> None:
        self._state.post(channel, self._state.bot_user, text, thread=thread, only_for=self.user)


def envelope(state: SlackState, event: Json) -> Json:
    """An event as Slack wraps it."""
    return {
        "token": "unused",
        "team_id": state.team_id,
        "context_team_id": state.team_id,
        "context_enterprise_id": None,
        "api_app_id": state.app_id,
        "event": event,
        "type": "event_callback",
        "event_id": state.new_id("Ev"),
        "event_time": int(state.clock.now()),
        "authorizations": [{
            "enterprise_id": None, "team_id": state.team_id, "user_id": state.bot_user,
            "is_bot": True, "is_enterprise_install": False,
        }],
        "is_ext_shared_channel": False,
        "event_context": secrets.token_urlsafe(12),
    }  # fmt: skip


def _about_all(drawing: Drawing) -> str:
    """Alerts that are not about one field."""
    errors = {item.error for item in drawing.fields}
    alerts = [line.removeprefix(ALERT) for line in drawing.lines if line.startswith(ALERT)]
    return "\n".join(alert for alert in alerts if alert not in errors)


def _shown_name(channel: Channel) -> str:
    return "directmessage" if channel.kind == "im" else channel.name


def _parsed(body: str) -> Json:
    try:
        found = json.loads(body)
    except ValueError:
        return {"text": body}
    return found if isinstance(found, dict) else {"text": body}


def _empty(status: int) -> Json:
    return {} if status == 200 else {"response_action": "none"}


def _refused_by_slack(view: View) -> dict[str, str]:
    found = {}
    for item in draw_view(view).fields:
        if item.required and not item.shown.strip():
            found[item.id] = REQUIRED
        elif item.max_length and len(item.shown) > item.max_length:
            found[item.id] = f"Must be less than {item.max_length} characters."
    return found
