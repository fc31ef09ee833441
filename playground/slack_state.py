"""What a Slack workspace holds: users, channels, posts, open views."""

import copy
import itertools
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from playground.clock import Clock
from playground.feed import Feed
from playground.screen import Drawing, Json, Seen
from playground.slack_reader import ZONE, draw, initial, mrkdwn

PLATFORM = "slack"
TRIGGER_LIFE = 3.0
"""Seconds, as Slack documents."""
MAX_POSTS = 5_000
"""Kept in a channel; the oldest go."""

_MENTION = re.compile(r"<@(\w+)>")


@dataclass(slots=True)
class User:
    """`restricted`: a guest. `confirmed`: the e-mail address was confirmed."""

    id: str
    name: str
    email: str
    zone: str = ZONE
    confirmed: bool = True
    deleted: bool = False
    restricted: bool = False
    is_bot: bool = False


@dataclass(slots=True)
class Post:
    """`first`: the words that it was posted with."""

    ts: str
    channel: str
    user: str
    text: str
    blocks: list[Json]
    thread: str = ""
    metadata: Json | None = None
    only_for: str = ""
    edits: int = 0
    broadcast: bool = False
    drawing: Drawing = field(default_factory=Drawing)
    revision: int = 0
    at: float = 0.0
    first: str = ""


@dataclass(slots=True)
class Channel:
    id: str
    name: str
    kind: Literal["im", "channel"]
    members: set[str]
    posts: dict[str, Post] = field(default_factory=dict)
    archived: bool = False
    roots: set[str] = field(default_factory=set)


@dataclass(slots=True)
class View:
    """`json` as the service gave it, with Slack's ids; `state` is what is filled in."""

    id: str
    user: str
    json: Json
    hash: str
    state: dict[str, dict[str, Json]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    problem: str = ""
    root: str = ""
    previous: str = ""
    revision: int = 0


@dataclass(slots=True)
class _Trigger:
    user: str
    dies: float
    used: bool = False


class SlackState:
    """All that the workspace knows. Ids look like Slack's and mean nothing."""

    def __init__(
        self, team_id: str, app_id: str, bot_user: str, clock: Clock, feed: Feed,
        team_name: str = "Little Wickering",
    ) -> None:  # fmt: skip
        self.team_id = team_id
        self.team_name = team_name
        self.app_id = app_id
        self.bot_user = bot_user
        self.clock = clock
        self.feed = feed
        self.users: dict[str, User] = {bot_user: User(bot_user, "Braver", "", is_bot=True)}
        self.channels: dict[str, Channel] = {}
        self.homes: dict[str, View] = {}
        self.stacks: dict[str, list[View]] = {}
        self.trigger_life = TRIGGER_LIFE
        self.triggers: dict[str, _Trigger] = {}
        self._numbers = itertools.count(1)
        self._last_ts = 0

    def new_id(self, letter: str) -> str:
        return f"{letter}{next(self._numbers):06d}{secrets.token_hex(2).upper()}"

    def new_ts(self) -> str:
        """A message id: seconds and microseconds, always later than the one before."""
        self._last_ts = max(int(self.clock.now() * 1_000_000), self._last_ts + 1)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def new_trigger(self, user: str) -> str:
        name = f"{next(self._numbers)}.{secrets.token_hex(8)}"
        self.triggers[name] = _Trigger(user, self.clock.now() + self.trigger_life)
        while len(self.triggers) > 1_000:
            del self.triggers[next(iter(self.triggers))]
        return name

    def use_trigger(self, name: str) -> tuple[str, str]:
        """The user of the trigger, or the reason why it opens nothing; a trigger opens one view."""
        trigger = self.triggers.get(name)
        if trigger is None:
            return "", "invalid_trigger_id"
        if trigger.used:
            return "", "exchanged_trigger_id"
        if self.clock.now() > trigger.dies:
            return "", "expired_trigger_id"
        trigger.used = True
        return trigger.user, ""

    def direct(self, user: str) -> Channel:
        """The direct message channel of the bot and this user."""
        for channel in self.channels.values():
            if channel.kind == "im" and user in channel.members:
                return channel
        channel = Channel(self.new_id("D"), "Braver", "im", {user, self.bot_user})
        self.channels[channel.id] = channel
        return channel

    def named(self, name: str) -> Channel:
        """The channel of this name or id; KeyError says which there are."""
        wanted = name.removeprefix("#")
        for channel in self.channels.values():
            if channel.kind == "channel" and wanted in (channel.name, channel.id):
                return channel
        names = [channel.name for channel in self.channels.values() if channel.kind == "channel"]
        raise KeyError(f"no channel {name!r}; there are: {names}")

    def post(
        self, channel: Channel, user: str, text: str, blocks: Iterable[Json] = (), *, thread: str = "",
        metadata: Json | None = None, only_for: str = "", broadcast: bool = False,
    ) -> Post:  # fmt: skip
        """Put a message where its readers see it."""
        post = Post(
            self.new_ts(), channel.id, user, text, [], thread, metadata, only_for, broadcast=broadcast
        )
        post.at = self.clock.now()
        channel.posts[post.ts] = post
        if thread:
            channel.roots.add(thread)
        while len(channel.posts) > MAX_POSTS:
            oldest = next(iter(channel.posts))
            del channel.posts[oldest]
            channel.roots.discard(oldest)
        self.redraw(post, text, blocks, first=True)
        post.first = post.drawing.words
        return post

    def redraw(self, post: Post, text: str, blocks: Iterable[Json], *, first: bool = False) -> None:
        post.text = text
        post.blocks = self.with_ids(blocks)
        post.edits += int(not first)
        post.drawing = draw(post.blocks) if post.blocks else Drawing(tuple(self.readable(text).splitlines()))
        for reader in self.readers(post):
            if reader == post.user:
                continue
            where = self.where(post)
            self.feed.add(
                self.users[reader].name,
                PLATFORM,
                where,
                "sees" if first else "sees redrawn",
                post.drawing.words,
            )
        post.revision = self.feed.touch()

    def readable(self, text: str) -> str:
        """Typed text as it reads, with people's names where they are mentioned."""
        return mrkdwn(_MENTION.sub(self._name, text))

    def _name(self, mention: re.Match[str]) -> str:
        user = self.users.get(mention[1])
        return f"@{user.name}" if user else mention[0]

    def remove(self, post: Post) -> None:
        del self.channels[post.channel].posts[post.ts]
        for reader in self.readers(post):
            self.feed.add(self.users[reader].name, PLATFORM, self.where(post), "sees removed", "")

    def with_ids(self, blocks: Iterable[Json]) -> list[Json]:
        """The blocks with the block and action ids that Slack makes up where none were given."""
        found = copy.deepcopy(list(blocks))
        for block in found:
            block.setdefault("block_id", secrets.token_urlsafe(4))
            element = block.get("element") or block.get("accessory")
            for part in [element] if element else block.get("elements", []):
                if block["type"] in ("actions", "input", "section") and part.get("type") != "image":
                    part.setdefault("action_id", secrets.token_urlsafe(4))
        return found

    def readers(self, post: Post) -> list[str]:
        members = [post.only_for] if post.only_for else sorted(self.channels[post.channel].members)
        return [user for user in members if user != self.bot_user]

    def where(self, post: Post) -> str:
        only_you = ", only you can see this" if post.only_for else ""
        return self.place(post.channel, post.thread) + only_you

    def place(self, channel_id: str, thread: str = "") -> str:
        """Where a message stands, in words."""
        channel = self.channels[channel_id]
        place = "direct message with Braver" if channel.kind == "im" else f"#{channel.name}"
        return place + (", in a thread" if thread else "")

    def seen(self, post: Post, reader: str) -> Seen:
        """The post as this reader sees it."""
        return Seen(
            id=post.ts,
            chat=post.channel,
            author=self.users[post.user].name,
            text=post.text,
            drawing=post.drawing,
            card=post.blocks or None,
            thread=post.thread,
            edits=post.edits,
            private=bool(post.only_for),
            mine=post.user == reader,
            revision=post.revision,
            at=post.at,
        )

    def new_view(self, given: Json, user: str) -> View:
        view = View(self.new_id("V"), user, {}, "")
        self.fill_view(view, given)
        return view

    def fill_view(self, view: View, given: Json) -> None:
        """Show other content in the view; what was typed stays where block and action ids are the same."""
        view.json = {**given, "blocks": self.with_ids(given["blocks"])}
        view.hash = f"{int(self.clock.now())}.{secrets.token_hex(4)}"
        view.errors = {}
        view.problem = ""
        state: dict[str, dict[str, Json]] = {}
        for block in view.json["blocks"]:
            if block["type"] == "input":
                name, element = block["block_id"], block["element"]
                kept = view.state.get(name, {}).get(element["action_id"])
                same_kind = kept is not None and kept["type"] == element["type"]
                state[name] = {element["action_id"]: kept if kept and same_kind else initial(element)}
        view.state = state
