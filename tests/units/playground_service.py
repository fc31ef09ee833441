"""A service of a few lines, for the simulators to talk to: it keeps what it gets and answers as told."""

import json
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Self

from aiohttp import ClientSession, web

Json = dict[str, Any]
Answer = Callable[[Json], Awaitable[web.Response | None]]
CARD = "application/vnd.microsoft.card.adaptive"


class Service:
    """Listens on loopback for both platforms. `answer` may react to a body; None is an empty 200."""

    def __init__(self, answer: Answer | None = None) -> None:
        self.bodies: list[Json] = []
        self.headers: list[dict[str, str]] = []
        self.answer = answer
        self.url = ""
        self._runner: web.AppRunner | None = None
        self._session: ClientSession | None = None

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/slack/events", self._take)
        app.router.add_post("/api/messages", self._take)
        self._runner = web.AppRunner(app, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self._session = ClientSession()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session and self._runner:
            await self._session.close()
            await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        if request.content_type == "application/json":
            body: Json = await request.json()
        else:
            form = {name: str(value) for name, value in (await request.post()).items()}
            body = json.loads(form["payload"]) if "payload" in form else form
        self.bodies.append(body)
        self.headers.append(dict(request.headers))
        return (self.answer and await self.answer(body)) or web.Response()

    async def call(self, url: str, body: Json, token: str = "", method: str = "POST") -> tuple[int, Json]:
        """Call a platform; status and body of its answer. Raises aiohttp.ClientError on a cut line."""
        if self._session is None:
            raise RuntimeError("the service is not started")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with self._session.request(method, url, json=body, headers=headers) as response:
            return response.status, await response.json(content_type=None)


def section(text: str) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def buttons(*labels: str) -> Json:
    """A row of Slack buttons whose values are their labels."""
    return {
        "type": "actions",
        "elements": [
            {
                "type": "button",
                "text": {"type": "plain_text", "text": label},
                "action_id": label,
                "value": label,
            }
            for label in labels
        ],
    }


def asked(id: str, label: str, element: Json, **more: Any) -> Json:
    """A Slack input."""
    return {
        "type": "input",
        "block_id": id,
        "label": {"type": "plain_text", "text": label},
        "element": element,
        **more,
    }


def modal(title: str, *blocks: Json, **more: Any) -> Json:
    return {
        "type": "modal",
        "title": {"type": "plain_text", "text": title},
        "submit": {"type": "plain_text", "text": "Send"},
        "blocks": list(blocks),
        **more,
    }


def card(*body: Json, actions: tuple[Json, ...] = ()) -> Json:
    """An adaptive card."""
    return {"type": "AdaptiveCard", "version": "1.5", "body": list(body), "actions": list(actions)}


def words(text: str, **more: Any) -> Json:
    return {"type": "TextBlock", "text": text, **more}


def attached(content: Json, **more: Any) -> Json:
    """A message with a card."""
    return {"type": "message", "attachments": [{"contentType": CARD, "content": content}], **more}
