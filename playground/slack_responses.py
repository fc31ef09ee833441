"""`response_url`: a private way to answer one act, five times within half an hour."""

import secrets
from dataclasses import dataclass

from aiohttp import web

from playground.fault_http import meet
from playground.faults import Faults, Refuse, TooMany
from playground.screen import Json
from playground.slack_blocks import message_problems
from playground.slack_state import SlackState

USES = 5
LIFE = 1_800.0


@dataclass(slots=True)
class _Way:
    user: str
    channel: str
    message: str
    thread: str
    dies: float
    left: int = USES


class Responses:
    """The addresses handed out, and what is sent to them."""

    def __init__(self, state: SlackState, faults: Faults) -> None:
        self._state = state
        self._faults = faults
        self._ways: dict[str, _Way] = {}
        self.base = ""

    def url(self, user: str, channel: str, message: str = "", thread: str = "") -> str:
        """A new address for an act of the user, on a message or not."""
        name = secrets.token_urlsafe(12)
        self._ways[name] = _Way(user, channel, message, thread, self._state.clock.now() + LIFE)
        while len(self._ways) > 1_000:
            del self._ways[next(iter(self._ways))]
        return f"{self.base}/actions/{name}"

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """What the service posts to an address; its faults are those of the method `response_url`."""
        try:
            given = await request.json()
        except ValueError:
            return _refusal("invalid_payload")
        fault = self._faults.take("response_url")
        if isinstance(fault, TooMany):
            return web.json_response({"ok": False}, status=429, headers={"Retry-After": str(fault.after)})
        if isinstance(fault, Refuse):
            return _refusal(fault.code)
        return await meet(fault, request, lambda: self._answer(request.match_info["name"], given))

    def _answer(self, name: str, given: Json) -> web.StreamResponse:
        error = self.take(name, given)
        return _refusal(error) if error else web.json_response({"ok": True})

    def take(self, name: str, given: Json) -> str:
        """Show, replace or delete as asked; the error, or empty."""
        way = self._ways.get(name)
        if way is None or way.left == 0 or self._state.clock.now() > way.dies:
            return "expired_url" if way else "invalid_url"
        blocks, text = given.get("blocks") or [], str(given.get("text", ""))
        if message_problems(blocks):
            return "invalid_blocks"
        way.left -= 1
        channel = self._state.channels[way.channel]
        post = channel.posts.get(way.message)
        if given.get("delete_original"):
            if post is not None:
                self._state.remove(post)
        elif given.get("replace_original") and post is not None:
            self._state.redraw(post, text, blocks)
        elif text or blocks:
            only_for = "" if given.get("response_type") == "in_channel" else way.user
            self._state.post(
                channel, self._state.bot_user, text, blocks, thread=way.thread, only_for=only_for
            )
        return ""


def _refusal(error: str) -> web.StreamResponse:
    return web.json_response({"ok": False, "error": error}, status=404)
