"""What a Teams tenant holds: people, teams with channels, chats, posts, open dialogs."""

import itertools
import uuid
from dataclasses import dataclass, field

from playground.clock import Clock
from playground.feed import Feed, Kind
from playground.screen import Drawing, Json, Seen
from playground.teams_cards import draw

PLATFORM = "teams"
MAX_POSTS = 5_000
CARD = "application/vnd.microsoft.card.adaptive"
MESSAGE_ID = ";messageid="


@dataclass(slots=True)
class Member:
    """A person of the tenant; `id` is Teams' own, `aad` the directory's. `upn` is the login name."""

    id: str
    aad: str
    name: str
    email: str
    upn: str
    installed: bool = False
    blocked: bool = False


@dataclass(slots=True)
class Team:
    id: str
    name: str
    members: set[str]
    channels: dict[str, str] = field(default_factory=dict)
    installed: bool = True


@dataclass(slots=True)
class Post:
    """`shown_to`: cards that one person sees instead, until the post itself is updated. `first`: the words
    that it was posted with."""

    id: str
    chat: str
    author: str
    text: str
    cards: list[Json]
    thread: str = ""
    only_for: str = ""
    edits: int = 0
    shown_to: dict[str, list[Json]] = field(default_factory=dict)
    drawings: dict[str, Drawing] = field(default_factory=dict)
    revisions: dict[str, int] = field(default_factory=dict)
    revision: int = 0
    at: float = 0.0
    summary: str = ""
    first: str = ""


@dataclass(slots=True)
class Dialog:
    id: str
    title: str
    card: Json
    chat: str
    message: str
    problem: str = ""
    revision: int = 0


class TeamsState:
    """All that the tenant knows. Ids look like Teams' and mean nothing."""

    def __init__(self, tenant_id: str, app_id: str, clock: Clock, feed: Feed) -> None:
        self.tenant_id = tenant_id
        self.bot = f"28:{app_id}"
        self.bot_name = "Braver"
        self.clock = clock
        self.feed = feed
        self.members: dict[str, Member] = {}
        self.teams: dict[str, Team] = {}
        self.chats: dict[str, str] = {}
        self.posts: dict[str, dict[str, Post]] = {}
        self.dialogs: dict[str, Dialog] = {}
        self.typed: dict[tuple[str, str], dict[str, str]] = {}
        self.refused: dict[tuple[str, str], dict[str, str]] = {}
        self._numbers = itertools.count(1)
        self._last = 0

    def new_id(self) -> str:
        """A message id: milliseconds, always later than the one before."""
        self._last = max(int(self.clock.now() * 1_000), self._last + 1)
        return str(self._last)

    def add_member(self, name: str, email: str, upn: str) -> Member:
        number = next(self._numbers)
        member = Member(
            f"29:1play{number:04d}-{uuid.uuid4().hex[:8]}", str(uuid.uuid4()), name, email, upn or email
        )
        self.members[member.id] = member
        return member

    def add_team(self, name: str, members: set[str]) -> Team:
        """A team with its General channel, whose id is the team's."""
        general = self._channel_id()
        team = Team(general, name, members, {general: "General"})
        self.teams[team.id] = team
        return team

    def add_channel(self, team: Team, name: str) -> str:
        channel = self._channel_id()
        team.channels[channel] = name
        return channel

    def _channel_id(self) -> str:
        return f"19:play{next(self._numbers):04d}{uuid.uuid4().hex[:12]}@thread.tacv2"

    def chat(self, user: str) -> str:
        """The personal chat of the bot and this user."""
        for chat, member in self.chats.items():
            if member == user:
                return chat
        chat = f"a:1play{next(self._numbers):04d}-{uuid.uuid4().hex}"
        self.chats[chat] = user
        return chat

    def team_of(self, channel: str) -> Team | None:
        return next((team for team in self.teams.values() if channel in team.channels), None)

    def named(self, name: str) -> str:
        """The id of the channel of this name; KeyError says which there are."""
        wanted = name.removeprefix("#")
        known = {title: id for team in self.teams.values() for id, title in team.channels.items()}
        if wanted in known.values():
            return wanted
        if wanted not in known:
            raise KeyError(f"no channel {name!r}; there are: {list(known)}")
        return known[wanted]

    def readers(self, post: Post) -> list[str]:
        if post.only_for:
            return [post.only_for]
        if post.chat in self.chats:
            return [self.chats[post.chat]]
        team = self.team_of(post.chat)
        return sorted(team.members) if team else []

    def reachable(self, user: str) -> bool:
        """Is the app there for this person: in their own chat, or in a team that they are in?"""
        in_team = any(team.installed and user in team.members for team in self.teams.values())
        return user in self.members and (self.members[user].installed or in_team)

    def post(
        self, chat: str, author: str, text: str, cards: list[Json], thread: str = "", only_for: str = ""
    ) -> Post:  # fmt: skip
        """Put a message where its readers see it."""
        post = Post(self.new_id(), chat, author, text, cards, thread, only_for, at=self.clock.now())
        posts = self.posts.setdefault(chat, {})
        posts[post.id] = post
        while len(posts) > MAX_POSTS:
            del posts[next(iter(posts))]
        self._show(post, self.readers(post), "sees")
        post.first = next((drawing.words for drawing in post.drawings.values()), "")
        return post

    def redraw(self, post: Post, text: str, cards: list[Json]) -> None:
        """The post itself changes, for everybody."""
        post.text, post.cards = text, cards
        post.edits += 1
        post.shown_to.clear()
        post.revisions.clear()
        self._forget_typed(post, self.readers(post))
        self._show(post, self.readers(post), "sees redrawn")

    def redraw_for(self, post: Post, user: str, cards: list[Json]) -> None:
        """One person sees other cards in its place."""
        post.shown_to[user] = cards
        self._forget_typed(post, [user])
        self._show(post, [user], "sees redrawn")

    def remove(self, post: Post) -> None:
        del self.posts[post.chat][post.id]
        for reader in self.readers(post):
            self.feed.add(self.members[reader].name, PLATFORM, self.where(post), "sees removed", "")

    def _show(self, post: Post, readers: list[str], kind: Kind) -> None:
        for reader in readers:
            self.refresh(post, reader)
            if reader != post.author:
                name = self.members[reader].name
                self.feed.add(name, PLATFORM, self.where(post), kind, post.drawings[reader].words)
            post.revisions[reader] = self.feed.revision
        post.revision = self.feed.touch()

    def refresh(self, post: Post, reader: str) -> None:
        """Draw the post again for one reader, with what they typed into it."""
        key = (reader, post.id)
        cards = post.shown_to.get(reader, post.cards)
        post.drawings[reader] = draw(post.text, cards, self.typed.get(key), self.refused.get(key))

    def _forget_typed(self, post: Post, readers: list[str]) -> None:
        for reader in readers:
            self.typed.pop((reader, post.id), None)
            self.refused.pop((reader, post.id), None)

    def where(self, post: Post) -> str:
        return self.place(post.chat, post.thread) + (", only you can see this" if post.only_for else "")

    def place(self, chat: str, thread: str = "") -> str:
        """Where a message stands, in words."""
        team = self.team_of(chat)
        place = f"#{team.channels[chat]} of {team.name}" if team else "chat with Braver"
        return place + (", in a thread" if thread else "")

    def seen(self, post: Post, reader: str) -> Seen:
        """The post as this reader sees it."""
        cards = post.shown_to.get(reader, post.cards)
        return Seen(
            id=post.id,
            chat=post.chat,
            author=self.bot_name if post.author == self.bot else self.members[post.author].name,
            text=post.text,
            drawing=post.drawings[reader],
            card=(cards[0] if len(cards) == 1 else cards) if cards else None,
            thread=post.thread,
            edits=post.edits,
            private=bool(post.only_for) or reader in post.shown_to,
            mine=post.author == reader,
            revision=post.revisions.get(reader, 0),
            at=post.at,
        )
