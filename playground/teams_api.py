"""The Bot Connector over HTTP, as far as a bot in Teams needs it.

Fault names: create_conversation, post_activity, update_activity, delete_activity, get_members, get_member,
get_paged_members, get_team, get_channels.
"""

import json
from collections.abc import Awaitable, Callable

from aiohttp import web

from playground.fault_http import meet
from playground.faults import Faults, Refuse, TooMany
from playground.limits import Limits
from playground.screen import Json
from playground.teams_cards import MAX_BYTES, card_problems, size
from playground.teams_state import CARD, MESSAGE_ID, Member, Post, Team, TeamsState

MAX_BODY = 1_000_000
Handler = Callable[[web.Request, Json], tuple[int, object]]


class ConnectorError(Exception):
    """The call is refused with this status and code."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class TeamsApi:
    """The routes. `accepts` judges the bearer token of a call; None: anonymous calls are fine. `limits`: how
    much it takes; None is any number of calls."""

    def __init__(
        self, state: TeamsState, faults: Faults, service_url: Callable[[], str],
        accepts: Callable[[str], bool] | None,
    ) -> None:  # fmt: skip
        self._state = state
        self._faults = faults
        self._service_url = service_url
        self._accepts = accepts
        self.calls: list[tuple[str, Json]] = []
        self.limits: Limits | None = None

    def routes(self, base: str) -> list[web.RouteDef]:
        """Under `base`, the path of the service URL."""
        conversation = f"{base}/v3/conversations/{{conversation}}"
        activity = f"{conversation}/activities/{{activity}}"
        return [
            web.post(f"{base}/v3/conversations", self._route("create_conversation", self._create)),
            web.post(f"{conversation}/activities", self._route("post_activity", self._post)),
            web.post(activity, self._route("post_activity", self._post)),
            web.put(activity, self._route("update_activity", self._update)),
            web.delete(activity, self._route("delete_activity", self._delete)),
            web.get(f"{conversation}/members", self._route("get_members", self._members)),
            web.get(f"{conversation}/members/{{member}}", self._route("get_member", self._member)),
            web.get(f"{conversation}/pagedmembers", self._route("get_paged_members", self._paged)),
            web.get(f"{base}/v3/teams/{{team}}", self._route("get_team", self._team)),
            web.get(f"{base}/v3/teams/{{team}}/conversations", self._route("get_channels", self._channels)),
        ]

    def _route(self, name: str, act: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            try:
                given = json.loads(await request.text() or "{}")
            except ValueError:
                return _refusal(400, "BadSyntax", "the body is not JSON")
            self.calls.append((name, {"path": request.path, "body": given}))
            del self.calls[:-2_000]
            fault = self._faults.take(name)
            after = fault.after if isinstance(fault, TooMany) else 0
            if fault is None and self.limits is not None:
                after = self.limits.take(name, _conversation(request, given))
            if after:
                headers = {"Retry-After": str(after)}
                return web.json_response({"error": {"code": "TooManyRequests"}}, status=429, headers=headers)
            if isinstance(fault, Refuse):
                return _refusal(fault.status, fault.code, "simulated refusal")
            return await meet(fault, request, lambda: self._answer(request, given, act))

        return handle

    def _answer(self, request: web.Request, given: Json, act: Handler) -> web.StreamResponse:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if self._accepts is not None and not self._accepts(token):
            return _refusal(401, "Unauthorized", "Authorization has been denied for this request.")
        try:
            status, body = act(request, given)
        except ConnectorError as error:
            return _refusal(error.status, error.code, str(error))
        return web.json_response(body, status=status)

    # --- conversations

    def _create(self, request: web.Request, given: Json) -> tuple[int, object]:
        channel = ((given.get("channelData") or {}).get("channel") or {}).get("id", "")
        if channel:
            post = self._put(channel, "", given.get("activity") or {})
            found = {"id": f"{channel}{MESSAGE_ID}{post.id}", "activityId": post.id}
            return 201, found | {"serviceUrl": self._service_url()}
        members = given.get("members") or []
        if len(members) != 1 or given.get("isGroup"):
            raise ConnectorError(400, "BadSyntax", "Incorrect conversation creation parameters")
        if self._tenant(given) != self._state.tenant_id:
            raise ConnectorError(400, "BadSyntax", "Bad format of conversation ID or tenant")
        user = self._by_id(str(members[0].get("id", "")))
        if not self._state.reachable(user.id):
            raise ConnectorError(
                403, "BotNotInConversationRoster", "The bot is not part of the conversation roster."
            )
        chat = self._state.chat(user.id)
        found = {"id": chat, "serviceUrl": self._service_url()}
        if given.get("activity"):
            found["activityId"] = self._put(chat, "", given["activity"]).id
        return 201, found

    def _tenant(self, given: Json) -> str:
        data = (given.get("channelData") or {}).get("tenant") or {}
        return str(given.get("tenantId") or data.get("id") or "")

    def _by_id(self, name: str) -> Member:
        for member in self._state.members.values():
            if name in (member.id, member.aad):
                return member
        raise ConnectorError(404, "MemberNotFoundInConversation", "Member was not found in conversation.")

    def _place(self, request: web.Request) -> tuple[str, str]:
        """Chat or channel, and the thread's root; refused where the bot is not in it."""
        chat, _, root = request.match_info["conversation"].partition(MESSAGE_ID)
        self._check_open(chat)
        if root and root not in self._state.posts.get(chat, {}):
            raise ConnectorError(404, "ConversationNotFound", "Conversation not found.")
        return chat, root

    def _check_open(self, chat: str) -> None:
        team = self._state.team_of(chat)
        user = self._state.chats.get(chat)
        if team is None and user is None:
            raise ConnectorError(404, "ConversationNotFound", "Conversation not found.")
        if (team and not team.installed) or (user and not self._state.reachable(user)):
            raise ConnectorError(
                403, "BotNotInConversationRoster", "The bot is not part of the conversation roster."
            )
        if user and self._state.members[user].blocked:
            raise ConnectorError(
                403, "MessageWritesBlocked", "The user blocked the conversation with the bot."
            )

    # --- activities

    def _post(self, request: web.Request, given: Json) -> tuple[int, object]:
        chat, root = self._place(request)
        if given.get("type") == "typing":
            return 201, {"id": self._state.new_id()}
        if given.get("type") != "message":
            raise ConnectorError(400, "BadArgument", f"Unknown activity type {given.get('type')!r}.")
        answered = self._state.posts.get(chat, {}).get(request.match_info.get("activity", ""))
        if answered and self._state.team_of(chat):
            root = root or answered.thread or answered.id
        return 201, {"id": self._put(chat, root, given).id}

    def _put(self, chat: str, root: str, given: Json) -> Post:
        self._check_open(chat)
        text, cards = self._content(given)
        post = self._state.post(chat, self._state.bot, text, cards, root)
        post.summary = str(given.get("summary", ""))
        return post

    def _content(self, given: Json) -> tuple[str, list[Json]]:
        if size(given) > MAX_BYTES:
            raise ConnectorError(413, "MessageSizeTooBig", "Message size too large.")
        attachments = given.get("attachments") or []
        cards = [item["content"] for item in attachments if item.get("contentType") == CARD]
        if len(cards) != len(attachments):
            raise ConnectorError(400, "BadSyntax", "Unknown attachment type.")
        problems = [problem for card in cards for problem in card_problems(card)]
        if problems:
            raise ConnectorError(400, "BadSyntax", f"Invalid card: {'; '.join(problems)}")
        text = str(given.get("text") or "")
        if not text.strip() and not cards:
            raise ConnectorError(400, "BadSyntax", "The message is empty.")
        return text, cards

    def _own(self, request: web.Request) -> Post:
        chat, _ = self._place(request)
        post = self._state.posts.get(chat, {}).get(request.match_info["activity"])
        if post is None or post.only_for:
            raise ConnectorError(404, "ActivityNotFoundInConversation", "Activity not found.")
        if post.author != self._state.bot:
            raise ConnectorError(403, "Forbidden", "Only the sender can change a message.")
        return post

    def _update(self, request: web.Request, given: Json) -> tuple[int, object]:
        post = self._own(request)
        text, cards = self._content(given)
        self._state.redraw(post, text, cards)
        return 200, {"id": post.id}

    def _delete(self, request: web.Request, given: Json) -> tuple[int, object]:
        self._state.remove(self._own(request))
        return 200, {}

    # --- rosters

    def _roster(self, request: web.Request) -> list[Member]:
        chat, _ = self._place(request)
        team = self._state.team_of(chat)
        users = sorted(team.members) if team else [self._state.chats[chat]]
        return [self._state.members[user] for user in users]

    def _members(self, request: web.Request, given: Json) -> tuple[int, object]:
        return 200, [self._account(member) for member in self._roster(request)]

    def _member(self, request: web.Request, given: Json) -> tuple[int, object]:
        wanted = request.match_info["member"]
        for member in self._roster(request):
            if wanted in (member.id, member.aad):
                return 200, self._account(member)
        raise ConnectorError(404, "MemberNotFoundInConversation", "Member was not found in conversation.")

    def _paged(self, request: web.Request, given: Json) -> tuple[int, object]:
        roster = self._roster(request)
        start = int(request.query.get("continuationToken") or 0)
        most = min(max(int(request.query.get("pageSize") or 200), 50), 500)
        found: Json = {"members": [self._account(member) for member in roster[start : start + most]]}
        if len(roster) > start + most:
            found["continuationToken"] = str(start + most)
        return 200, found

    def _account(self, member: Member) -> Json:
        given, _, surname = member.name.partition(" ")
        return {
            "id": member.id, "objectId": member.aad, "aadObjectId": member.aad, "name": member.name,
            "givenName": given, "surname": surname, "email": member.email, "userPrincipalName": member.upn,
            "tenantId": self._state.tenant_id, "userRole": "user",
        }  # fmt: skip

    def _known_team(self, request: web.Request) -> Team:
        team = self._state.teams.get(request.match_info["team"])
        if team is None or not team.installed:
            raise ConnectorError(404, "NotFound", "Team not found.")
        return team

    def _team(self, request: web.Request, given: Json) -> tuple[int, object]:
        team = self._known_team(request)
        return 200, {"id": team.id, "name": team.name, "tenantId": self._state.tenant_id}

    def _channels(self, request: web.Request, given: Json) -> tuple[int, object]:
        team = self._known_team(request)
        return 200, {"conversations": [{"id": id, "name": name} for id, name in team.channels.items()]}


def _conversation(request: web.Request, given: Json) -> str:
    """Which conversation a call is about; for a new one, whom it is with."""
    members = given.get("members") or [{}]
    chat, _, _ = request.match_info.get("conversation", "").partition(MESSAGE_ID)
    return chat or str(members[0].get("id", ""))


def _refusal(status: int, code: str, message: str) -> web.Response:
    return web.json_response({"error": {"code": code, "message": message}}, status=status)
