"""What the simulated platforms hold at the end: every message of the service, as one list for both."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.guidance.words import Words
from playground.world import World

MARK = Words("service")("mark.again")


@dataclass(frozen=True, slots=True)
class Held:
    """A message of the service in somebody's private chat. `key` is the delivery's, where the platform keeps
    it; `first` are the words that it was posted with, `words` those that it shows now."""

    platform: str
    conversation: str
    id: str
    person: str
    key: str
    first: str
    words: str

    @property
    def marked(self) -> bool:
        """Whether it said from the start that it may have come before."""
        return MARK in self.first

    @property
    def unmarked(self) -> str:
        """What it was posted with, but for that."""
        return "\n".join(line for line in self.first.splitlines() if MARK not in line)


def held(world: World) -> list[Held]:
    return [*_slack(world), *_teams(world)]


def _slack(world: World) -> Iterable[Held]:
    state = world.slack.state
    people = {actor.client.user: actor.id for actor in world.people if actor.platform == "slack"}
    for channel in state.channels.values():
        if channel.kind != "im":
            continue
        whose = next((people[user] for user in channel.members if user in people), "")
        for post in channel.posts.values():
            if post.user == state.bot_user and not post.only_for:
                payload = (post.metadata or {}).get("event_payload") or {}
                yield Held(
                    "slack", channel.id, post.ts, whose, str(payload.get("key", "")),
                    post.first, post.drawing.words,
                )  # fmt: skip


def _teams(world: World) -> Iterable[Held]:
    state = world.teams.state
    people = {actor.client.user: actor.id for actor in world.people if actor.platform == "teams"}
    for chat, user in state.chats.items():
        for post in state.posts.get(chat, {}).values():
            if post.author == state.bot and not post.only_for:
                words = post.drawings[user].words if user in post.drawings else ""
                yield Held("teams", chat, post.id, people.get(user, ""), "", post.first, words)
