"""Slack calling the service: signed, in time or not at all, events again when they were not taken."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from urllib.parse import urlencode

import aiohttp

from playground.attempt import Attempt
from playground.faults import Faults
from playground.screen import Json

PATIENCE = 3.0
"""Seconds that Slack waits for an answer, as documented."""
EVENT_ATTEMPTS = 4
"""The first, and three more."""
RETRY_AFTER = (0.0, 0.2, 1.0)
"""Seconds before each of those; in life at once, a minute, five minutes."""


def signed(secret: str, body: str, at: int | None = None) -> dict[str, str]:
    """The headers that prove that the body is Slack's, at epoch second `at` (default: now)."""
    stamp = str(int(time.time()) if at is None else at)
    digest = hmac.new(secret.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}


class SlackService:
    """The service as Slack knows it: one request URL. `retry_after`: seconds before each repetition."""

    def __init__(
        self, url: str, secret: str, faults: Faults, *, patience: float = PATIENCE,
        retry_after: tuple[float, ...] = RETRY_AFTER,
    ) -> None:  # fmt: skip
        self.url = url
        self.secret = secret
        self.patience = patience
        self.retry_after = retry_after
        self.attempts: list[Attempt] = []
        self._faults = faults
        self._session: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._held: asyncio.Event | None = None

    async def start(self) -> None:
        self._session = aiohttp.ClientSession()

    async def close(self) -> None:
        """Stop what is still being sent and let go of the connections."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    async def settled(self) -> None:
        """Wait until every event that was sent has been taken or given up."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    def send(self, envelope: Json) -> None:
        """Send an event on its way, and do not wait for it."""
        _ = self.event(envelope)

    def event(self, envelope: Json) -> "asyncio.Task[None]":
        """Send an event on its way; the task ends when it is taken or given up."""
        task = asyncio.get_running_loop().create_task(self._deliver(json.dumps(envelope)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _deliver(self, body: str) -> None:
        await self._faults.wait_if_late(self._tasks)
        held, self._held = self._held, None
        if held is None and self._faults.take_swap():
            self._held = gate = asyncio.Event()
            await gate.wait()
        copies = 2 if self._faults.take_twice() else 1
        await asyncio.gather(*(self._deliver_copy(body) for _ in range(copies)))
        if held is not None:
            held.set()

    async def _deliver_copy(self, body: str) -> None:
        more: dict[str, str] = {}
        for retry in range(EVENT_ATTEMPTS):
            if retry:
                await asyncio.sleep(self.retry_after[min(retry, len(self.retry_after)) - 1])
            attempt, headers, _ = await self._send("event", body, "application/json", more, retry)
            if 200 <= attempt.status < 300 or headers.get("X-Slack-No-Retry") == "1":
                return
            more = {"X-Slack-Retry-Num": str(retry + 1), "X-Slack-Retry-Reason": attempt.reason}

    async def command(self, fields: Mapping[str, str]) -> tuple[int, str]:
        """A slash command; status and body of the answer."""
        return await self._once("command", urlencode(fields))

    async def interact(self, payload: Json) -> tuple[int, str]:
        """A button, a form, a shortcut, a search for options; status and body of the answer."""
        return await self._once(str(payload["type"]), urlencode({"payload": json.dumps(payload)}))

    async def _once(self, kind: str, body: str) -> tuple[int, str]:
        attempt, _, answer = await self._send(kind, body, "application/x-www-form-urlencoded", {}, 0)
        return attempt.status, answer

    async def _send(
        self, kind: str, body: str, content: str, more: Mapping[str, str], retry: int
    ) -> tuple[Attempt, Mapping[str, str], str]:  # fmt: skip
        if self._session is None:
            raise RuntimeError("the workspace is not started")
        headers = {"Content-Type": content, **signed(self.secret, body), **more}
        began, status, reason, answer = time.monotonic(), 0, "", ""
        found: Mapping[str, str] = {}
        try:
            limit = aiohttp.ClientTimeout(total=self.patience)
            async with self._session.post(
                self.url, data=body.encode(), headers=headers, timeout=limit
            ) as response:
                answer = await response.text()
                status, found = response.status, response.headers
                reason = "" if status < 300 else "http_error"
        except TimeoutError:
            reason = "http_timeout"
        except aiohttp.ClientError:
            reason = "connection_failed"
        attempt = Attempt(kind, retry, status, time.monotonic() - began, reason, body)
        self.attempts.append(attempt)
        del self.attempts[:-2_000]
        return attempt, found, answer
