"""Teams calling the service: activities, sent again when they failed or took too long."""

import asyncio
import json
import time
from collections.abc import Callable, Mapping

import aiohttp

from playground.attempt import Attempt
from playground.faults import Faults
from playground.screen import Json

INVOKE_PATIENCE = 5.0
MESSAGE_PATIENCE = 15.0
RESENDS = 1


class TeamsService:
    """The service as Teams knows it: one messaging endpoint.

    `token` gives the bearer token of a request, None for anonymous. An invoke that fails, takes too long or
    is answered with an empty body is sent again; `fresh_ids`: under a new activity id.
    """

    def __init__(
        self, url: str, faults: Faults, token: Callable[[], str] | None, *,
        invoke_patience: float = INVOKE_PATIENCE, message_patience: float = MESSAGE_PATIENCE,
        fresh_ids: Callable[[], str] | None = None,
    ) -> None:  # fmt: skip
        self.url = url
        self.attempts: list[Attempt] = []
        self._faults = faults
        self._token = token
        self._invoke_patience = invoke_patience
        self._message_patience = message_patience
        self._fresh_ids = fresh_ids
        self._session: aiohttp.ClientSession | None = None
        self._held: asyncio.Event | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        self._session = aiohttp.ClientSession()

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    async def settled(self) -> None:
        """Wait until everything that was sent has been taken or given up."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    async def event(self, activity: Json) -> None:
        """Send a message or an update of a conversation."""
        task = asyncio.get_running_loop().create_task(self._deliver(activity))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        await task

    async def _deliver(self, activity: Json) -> None:
        await self._faults.wait_if_late(self._tasks)
        held, self._held = self._held, None
        if held is None and self._faults.take_swap():
            self._held = gate = asyncio.Event()
            await gate.wait()
        copies = 2 if self._faults.take_twice() else 1
        await asyncio.gather(*(self._repeated(activity, self._message_patience) for _ in range(copies)))
        if held is not None:
            held.set()

    async def invoke(self, activity: Json) -> Json | None:
        """Send an invoke; the body of the answer, None where there was none worth showing."""
        copies = 2 if self._faults.take_twice() else 1
        answers = [self._repeated(activity, self._invoke_patience) for _ in range(copies)]
        return (await asyncio.gather(*answers))[0]

    async def _repeated(self, activity: Json, patience: float) -> Json | None:
        is_invoke = activity["type"] == "invoke"
        for retry in range(1 + RESENDS):
            if retry and self._fresh_ids is not None:
                activity = {**activity, "id": self._fresh_ids()}
            attempt, body = await self._send(activity, patience, retry)
            if attempt.status in (400, 401, 403, 404) or (200 <= attempt.status < 300 and not is_invoke):
                return None
            if 200 <= attempt.status < 300 and body is not None:
                return body
        return None

    async def _send(self, activity: Json, patience: float, retry: int) -> tuple[Attempt, Json | None]:
        if self._session is None:
            raise RuntimeError("the tenant is not started")
        headers: Mapping[str, str] = {"Authorization": f"Bearer {self._token()}"} if self._token else {}
        began, status, reason, answer = time.monotonic(), 0, "", ""
        try:
            limit = aiohttp.ClientTimeout(total=patience)
            async with self._session.post(
                self.url, json=activity, headers=headers, timeout=limit
            ) as response:
                answer, status = await response.text(), response.status
        except TimeoutError:
            reason = "timeout"
        except aiohttp.ClientError:
            reason = "connection failed"
        kind = str(activity.get("name") or activity["type"])
        attempt = Attempt(kind, retry, status, time.monotonic() - began, reason, json.dumps(activity))
        self.attempts.append(attempt)
        del self.attempts[:-2_000]
        return attempt, _parsed(answer)


def _parsed(answer: str) -> Json | None:
    try:
        found = json.loads(answer)
    except ValueError:
        return None
    return found if isinstance(found, dict) and found else None
