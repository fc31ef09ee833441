"""Activities as Teams sends them."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime

from playground.screen import Json
from playground.teams_state import MESSAGE_ID, Post, Team, TeamsState


class Activities:
    """Makes the envelopes. `consent`: the app may read channel messages without a mention (RSC)."""

    def __init__(
        self, state: TeamsState, service_url: Callable[[], str], consent: Callable[[], bool]
    ) -> None:
        self._state = state
        self._service_url = service_url
        self._consent = consent

    def heard(self, post: Post, mention: bool) -> bool:
        """Does this message reach the bot at all?"""
        team = self._state.team_of(post.chat)
        if team is None:
            return self._state.members[post.author].installed
        return team.installed and (mention or self._consent())

    def message(self, user: str, post: Post, text: str, mention: bool) -> Json:
        """Typed words; `mention` puts the bot's name before them, as Teams marks it."""
        activity = self._from(user, "message", post.id) | self._in(post)
        marked = f"<at>{self._state.bot_name}</at>"
        activity["text"] = f"{marked} {text}" if mention else text
        activity["textFormat"] = "plain"
        activity["entities"] = [{"type": "clientInfo", "locale": "en-GB", "country": "GB", "platform": "Web"}]
        if mention:
            bot = {"id": self._state.bot, "name": self._state.bot_name}
            activity["entities"].append({"type": "mention", "text": marked, "mentioned": bot})
        return activity

    def value(self, user: str, post: Post, data: Json, text: str) -> Json:
        """Action.Submit: a message with a value, no text, under the card that it stood on."""
        activity = self._from(user, "message", self._state.new_id()) | self._in(post)
        if text:
            activity["text"] = text
        return activity | {"value": data, "replyToId": post.id}

    def invoke(self, user: str, name: str, value: Json, post: Post) -> Json:
        activity = self._from(user, "invoke", f"f:{uuid.uuid4()}") | self._in(post)
        return activity | {"name": name, "value": value, "replyToId": post.id}

    def installed(self, user: str, action: str) -> list[Json]:
        """The app was added to (`add`) or removed from (`remove`) the person's own chat."""
        place = self._personal(self._state.chat(user))
        bot = [{"id": self._state.bot}]
        update = {"membersAdded": bot} if action == "add" else {"membersRemoved": bot}
        found = [self._from(user, "conversationUpdate", f"f:{uuid.uuid4()}") | place | update]
        found.append(self._from(user, "installationUpdate", f"f:{uuid.uuid4()}") | place | {"action": action})
        return found

    def team_installed(self, user: str, team: Team, action: str) -> list[Json]:
        """The app was added to or removed from a team by this person."""
        event = "teamMemberAdded" if action == "add" else "teamMemberRemoved"
        place = self._channel(team, team.id, "", event)
        bot = [{"id": self._state.bot}]
        update = {"membersAdded": bot} if action == "add" else {"membersRemoved": bot}
        found = [self._from(user, "conversationUpdate", f"f:{uuid.uuid4()}") | place | update]
        found.append(self._from(user, "installationUpdate", f"f:{uuid.uuid4()}") | place | {"action": action})
        return found

    def joined(self, user: str, team: Team) -> Json:
        """A person was added to a team that the app is in."""
        place = self._channel(team, team.id, "", "teamMemberAdded")
        added = [{"id": user, "aadObjectId": self._state.members[user].aad}]
        return self._from(user, "conversationUpdate", f"f:{uuid.uuid4()}") | place | {"membersAdded": added}

    def _from(self, user: str, kind: str, id: str) -> Json:
        member = self._state.members[user]
        now = datetime.fromtimestamp(self._state.clock.now(), UTC)
        stamp = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return {
            "type": kind, "id": id, "timestamp": stamp, "localTimestamp": stamp, "channelId": "msteams",
            "serviceUrl": self._service_url(), "locale": "en-GB", "localTimezone": "Europe/London",
            "from": {"id": member.id, "name": member.name, "aadObjectId": member.aad},
            "recipient": {"id": self._state.bot, "name": self._state.bot_name},
        }  # fmt: skip

    def _in(self, post: Post) -> Json:
        team = self._state.team_of(post.chat)
        return self._channel(team, post.chat, post.thread or post.id) if team else self._personal(post.chat)

    def _personal(self, chat: str) -> Json:
        tenant = self._state.tenant_id
        conversation = {"conversationType": "personal", "tenantId": tenant, "id": chat}
        return {"conversation": conversation, "channelData": {"tenant": {"id": tenant}}}

    def _channel(self, team: Team, channel: str, root: str, event: str = "") -> Json:
        tenant = self._state.tenant_id
        id = f"{channel}{MESSAGE_ID}{root}" if root else channel
        conversation = {"isGroup": True, "conversationType": "channel", "tenantId": tenant, "id": id}
        data: Json = {
            "teamsChannelId": channel, "teamsTeamId": team.id, "channel": {"id": channel},
            "team": {"id": team.id, "name": team.name}, "tenant": {"id": tenant},
        }  # fmt: skip
        if event:
            data["eventType"] = event
        return {"conversation": conversation, "channelData": data}
