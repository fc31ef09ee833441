"""Slack's Web API over HTTP: `/api/<method>`, by GET or POST, as form, query or JSON."""

import json
import time
from collections.abc import Callable
from email.utils import formatdate

from aiohttp import web

from bot.files import read
from bot.guidance.content import root
from playground.fault_http import meet
from playground.faults import Faults, Refuse, TooMany
from playground.limits import Limits
from playground.screen import Json
from playground.slack_blocks import MESSAGE_CHARACTERS, MESSAGE_TEXT, characters, message_problems
from playground.slack_error import SlackError
from playground.slack_state import Channel, Post, SlackState, User
from playground.slack_views import SlackViews

MAX_BODY = 2_000_000
SCOPES = frozenset(read(root() / "manifests" / "slack.yaml").data["oauth_config"]["scopes"]["bot"])
"""What the app was granted, unless a test takes some away: what its own manifest asks for, and no more."""


class SlackApi:
    """The methods that a bot needs; an unknown one is answered `unknown_method`, as Slack does.

    `announce` is told of the bot's own posts and edits, so that they come back as events, as in life.
    `clock_ahead`: seconds by which the `Date` of its answers differs from this machine's time.
    `worthless` are tokens that were revoked. `limits`: how much it takes; None is any number of calls.
    """

    def __init__(
        self, state: SlackState, token: str, scopes: set[str], faults: Faults,
        announce: Callable[[Post, str], None],
    ) -> None:  # fmt: skip
        self._state = state
        self.token = token
        self._scopes = scopes
        self._faults = faults
        self._announce = announce
        self._bot_id = "B" + state.bot_user[1:]
        self.calls: list[tuple[str, Json]] = []
        self.installed = True
        self.clock_ahead = 0.0
        self.worthless: set[str] = set()
        self.limits: Limits | None = None
        views = SlackViews(state)
        self._methods: dict[str, tuple[str, Callable[[Json], Json]]] = {
            "api.test": ("", lambda args: {}),
            "auth.test": ("", self._auth_test),
            "auth.revoke": ("", self._revoke),
            "bots.info": ("users:read", self._bot_info),
            "chat.postMessage": ("chat:write", self._post),
            "chat.postEphemeral": ("chat:write", self._ephemeral),
            "chat.update": ("chat:write", self._update),
            "chat.delete": ("chat:write", self._delete),
            "conversations.open": ("im:write", self._open),
            "conversations.history": ("", self._history),
            "conversations.replies": ("", self._replies),
            "users.info": ("users:read", self._user_info),
            "users.lookupByEmail": ("users:read.email", self._lookup),
            "views.open": ("", views.open),
            "views.push": ("", views.push),
            "views.update": ("", views.update),
            "views.publish": ("", views.publish),
        }

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One call of the Web API."""
        method = request.match_info["method"]
        args = await arguments(request)
        fault = self._faults.take(method)
        after = fault.after if isinstance(fault, TooMany) else 0
        if fault is None and self.limits is not None:
            after = self.limits.take(method, str(args.get("channel") or args.get("users") or ""))
        if after:
            headers = {"Retry-After": str(after)}
            return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)
        if isinstance(fault, Refuse):
            return web.json_response({"ok": False, "error": fault.code})
        return await meet(fault, request, lambda: self._said(self._answer(request, method, args)))

    def _said(self, answer: Json) -> web.Response:
        """With the headers that Slack adds: its time, and what the token may do where it takes the token."""
        headers = {"Date": formatdate(time.time() + self.clock_ahead, usegmt=True)}
        if answer["ok"]:
            headers["X-OAuth-Scopes"] = ",".join(sorted(self._scopes))
        return web.json_response(answer, headers=headers)

    def _answer(self, request: web.Request, method: str, args: Json) -> Json:
        self.calls.append((method, args))
        del self.calls[:-2_000]
        try:
            self._check_token(request, args)
            if method not in self._methods:
                raise SlackError("unknown_method", req_method=method)
            scope, act = self._methods[method]
            self._check_scope(scope)
            return {"ok": True, **act(args)}
        except SlackError as error:
            return {"ok": False, "error": str(error), **error.more}

    def _check_token(self, request: web.Request, args: Json) -> None:
        token = token_of(request, args)
        if not token:
            raise SlackError("not_authed")
        if token in self.worthless:
            raise SlackError("token_revoked")
        if token != self.token:
            raise SlackError("invalid_auth")
        if not self.installed:
            raise SlackError("account_inactive")

    def _check_scope(self, scope: str) -> None:
        if scope and scope not in self._scopes:
            raise SlackError("missing_scope", needed=scope, provided=",".join(sorted(self._scopes)))

    def _auth_test(self, args: Json) -> Json:
        return {
            "url": "https://little-wickering.slack.example/",
            "team": self._state.team_name,
            "user": "braver",
            "team_id": self._state.team_id,
            "user_id": self._state.bot_user,
            "bot_id": self._bot_id,
            "is_enterprise_install": False,
        }

    def _revoke(self, args: Json) -> Json:
        self.worthless.add(self.token)
        return {"revoked": True}

    def _bot_info(self, args: Json) -> Json:
        if args.get("bot") != self._bot_id:
            raise SlackError("bot_not_found")
        return {"bot": {
            "id": self._bot_id, "app_id": self._state.app_id, "user_id": self._state.bot_user,
            "name": "Braver", "deleted": False, "updated": 1_700_000_000, "icons": {},
        }}  # fmt: skip

    def _channel(self, args: Json) -> Channel:
        name = str(args.get("channel", ""))
        user = self._state.users.get(name)
        if user and not user.is_bot:
            return self._channel({"channel": self._state.direct(name).id})
        channel = self._state.channels.get(name)
        if channel is None:
            raise SlackError("channel_not_found")
        left = channel.kind == "im" and any(self._state.users[user].deleted for user in channel.members)
        if channel.archived or left:
            raise SlackError("is_archived")
        if self._state.bot_user not in channel.members:
            raise SlackError("not_in_channel")
        return channel

    def _thread(self, args: Json, channel: Channel) -> str:
        if "thread_ts" not in args:
            return ""
        root = channel.posts.get(str(args["thread_ts"]))
        if root is None:
            raise SlackError("thread_not_found")
        return root.thread or root.ts

    def _content(self, args: Json) -> tuple[str, list[Json]]:
        text, blocks = str(args.get("text", "")), args.get("blocks") or []
        if not text.strip() and not blocks:
            raise SlackError("no_text")
        if len(text) > MESSAGE_TEXT:
            raise SlackError("msg_too_long")
        problems = message_problems(blocks)
        if problems:
            raise SlackError("invalid_blocks", response_metadata={"messages": problems})
        if characters(blocks) > MESSAGE_CHARACTERS:
            raise SlackError("msg_blocks_too_long")
        return text, blocks

    def _post(self, args: Json) -> Json:
        channel = self._channel(args)
        text, blocks = self._content(args)
        post = self._state.post(
            channel, self._state.bot_user, text, blocks, thread=self._thread(args, channel),
            metadata=args.get("metadata"), broadcast=truth(args.get("reply_broadcast")),
        )  # fmt: skip
        self._announce(post, "posted")
        return {"channel": channel.id, "ts": post.ts, "message": message_json(self._state, post)}

    def _ephemeral(self, args: Json) -> Json:
        channel = self._channel(args)
        user = str(args.get("user", ""))
        if user not in channel.members:
            raise SlackError("user_not_in_channel")
        text, blocks = self._content(args)
        thread = self._thread(args, channel)
        post = self._state.post(channel, self._state.bot_user, text, blocks, thread=thread, only_for=user)
        return {"message_ts": post.ts}

    def _own(self, args: Json, error: str) -> Post:
        channel = self._channel(args)
        post = channel.posts.get(str(args.get("ts", "")))
        if post is None or post.only_for:
            raise SlackError("message_not_found")
        if post.user != self._state.bot_user:
            raise SlackError(error)
        return post

    def _update(self, args: Json) -> Json:
        post = self._own(args, "cant_update_message")
        text, blocks = self._content(args)
        self._state.redraw(post, text, blocks)
        if "metadata" in args:
            post.metadata = args["metadata"]
        self._announce(post, "changed")
        return {
            "channel": post.channel,
            "ts": post.ts,
            "text": text,
            "message": message_json(self._state, post),
        }

    def _delete(self, args: Json) -> Json:
        post = self._own(args, "cant_delete_message")
        self._state.remove(post)
        return {"channel": post.channel, "ts": post.ts}

    def _open(self, args: Json) -> Json:
        if args.get("channel"):
            channel = self._channel(args)
        else:
            channel = self._state.direct(self._known_user(str(args.get("users", ""))).id)
        return {"channel": {"id": channel.id, "is_im": True}, "no_op": True, "already_open": True}

    def _known_user(self, name: str) -> User:
        user = self._state.users.get(name)
        if user is None:
            raise SlackError("user_not_found")
        if user.deleted:
            raise SlackError("user_disabled")
        if user.is_bot:
            raise SlackError("cannot_dm_bot")
        return user

    def _history(self, args: Json) -> Json:
        channel = self._readable(args)
        return self._page(
            args, [post for post in channel.posts.values() if not post.thread or post.broadcast]
        )

    def _replies(self, args: Json) -> Json:
        channel = self._readable(args)
        root = str(args.get("ts", ""))
        if root not in channel.posts:
            raise SlackError("thread_not_found")
        posts = [post for post in channel.posts.values() if root in (post.ts, post.thread)]
        return self._page(args, posts, newest_first=False)

    def _readable(self, args: Json) -> Channel:
        channel = self._channel(args)
        self._check_scope("im:history" if channel.kind == "im" else "channels:history")
        return channel

    def _page(self, args: Json, posts: list[Post], *, newest_first: bool = True) -> Json:
        oldest, latest = float(args.get("oldest") or 0), float(args.get("latest") or "inf")
        closed = truth(args.get("inclusive"))
        limit = min(int(args.get("limit") or 100), 1_000)
        found = [post for post in posts if not post.only_for]
        found = [
            p for p in found if oldest < float(p.ts) < latest or (closed and float(p.ts) in (oldest, latest))
        ]
        found.sort(key=lambda post: post.ts, reverse=newest_first)
        with_metadata = truth(args.get("include_all_metadata"))
        start = int(args.get("cursor") or 0)
        more = len(found) > start + limit
        return {
            "messages": [
                message_json(self._state, post, with_metadata) for post in found[start : start + limit]
            ],
            "has_more": more,
            "response_metadata": {"next_cursor": str(start + limit) if more else ""},
        }

    def _user_info(self, args: Json) -> Json:
        user = self._state.users.get(str(args.get("user", "")))
        if user is None:
            raise SlackError("user_not_found")
        return {"user": self._user_json(user)}

    def _lookup(self, args: Json) -> Json:
        email = str(args.get("email", "")).casefold()
        for user in self._state.users.values():
            if user.email.casefold() == email and not user.deleted and email:
                return {"user": self._user_json(user)}
        raise SlackError("users_not_found")

    def _user_json(self, user: User) -> Json:
        profile: Json = {"real_name": user.name, "display_name": user.name, "team": self._state.team_id}
        if "users:read.email" in self._scopes and user.email:
            profile["email"] = user.email
        return {
            "id": user.id, "team_id": self._state.team_id, "name": user.name.casefold().replace(" ", "."),
            "real_name": user.name, "deleted": user.deleted, "tz": user.zone, "profile": profile,
            "is_bot": user.is_bot, "is_app_user": False, "is_restricted": user.restricted,
            "is_ultra_restricted": False, "is_email_confirmed": user.confirmed, "is_stranger": False,
        }  # fmt: skip


def token_of(request: web.Request, args: Json) -> str:
    """The token of a call, wherever it stands; empty where there is none."""
    return request.headers.get("Authorization", "").removeprefix("Bearer ") or str(args.get("token", ""))


async def arguments(request: web.Request) -> Json:
    """The arguments of a call, wherever they stand; JSON texts within a form are read."""
    found: Json = dict(request.query)
    if request.content_type == "application/json":
        found.update(json.loads(await request.text() or "{}"))
    elif request.can_read_body:
        found.update(await request.post())
    return {name: _unpacked(name, value) for name, value in found.items()}


def _unpacked(name: str, value: object) -> object:
    if isinstance(value, str) and name in ("blocks", "view", "metadata", "attachments"):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def truth(value: object) -> bool:
    return value in (True, 1, "1", "true", "True")


def message_json(state: SlackState, post: Post, with_metadata: bool = False) -> Json:
    """A message as the API and the events show it."""
    found: Json = {
        "type": "message",
        "user": post.user,
        "text": post.text,
        "ts": post.ts,
        "team": state.team_id,
    }
    if state.users[post.user].is_bot:
        found |= {"bot_id": "B" + post.user[1:], "app_id": state.app_id}
    if post.blocks:
        found["blocks"] = post.blocks
    if post.thread:
        found["thread_ts"] = post.thread
    elif post.ts in state.channels[post.channel].roots:
        found["thread_ts"] = post.ts
    if post.edits:
        found["edited"] = {"user": post.user, "ts": post.ts}
    if with_metadata and post.metadata:
        found["metadata"] = post.metadata
    return found
