"""The vendor's own Teams client, run and driven as its page drives it.

    async with AgentsPlayground(jo, colleagues, "http://127.0.0.1:3978/api/messages", folder) as client:
        await client.opens(client.personal)          # what its page does when a chat is first looked at
        await client.types(client.personal, "help")

One running client belongs to one person (`currentUser`): what is sent to anybody else is not shown in it.
Nothing here reads a card; `agents_client.AgentsClient` does, in the test language of the playground.
"""

import asyncio
import contextlib
import json
import os
import re
import signal
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import aiohttp

from playground.clock import Clock
from playground.feed import Feed

Json = dict[str, Any]

HERE = Path(__file__).parent
PACKAGE = HERE / "node_modules" / "@microsoft" / "m365agentsplayground" / "cli.js"
TENANT = "11111111-2222-4333-8444-555555555555"
BOT, BOT_NAME = "28:braver", "Braver"
START = 60.0
"""Seconds in which the client must listen; it takes about two when nothing else runs."""
ANSWER = 20.0
"""Seconds in which the service must have answered what was sent to it."""
_SHOWN, _LOG = "/_ws_conversation/v1/conversations/stream", "/_ws/log/stream"
_FRAME = 1 << 20
_LISTENING = re.compile(r"Listening on (\d+)")
_CLIENT = "Microsoft 365 Agents Playground"


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of the tenant. `slug` tells their clients and chats apart."""

    slug: str
    name: str
    email: str

    @property
    def user(self) -> str:
        return f"29:{self.slug}"

    def config(self) -> Json:
        given, _, surname = self.name.partition(" ")
        return {
            "id": self.user, "name": self.name, "givenName": given, "surname": surname, "email": self.email,
            "userPrincipleName": self.email, "aadObjectId": f"aad-{self.slug}",
        }  # fmt: skip


class AgentsPlayground:
    """The running client of `me`. `others` are five, no more and no fewer: so its maker decided.

    `feed` rings at each change; `heard` is called with each frame of the conversations' stream.
    """

    def __init__(self, me: Member, others: Sequence[Member], endpoint: str, folder: Path) -> None:
        self.me = me
        self.personal = f"a:{me.slug}"
        self.general = f"19:{me.slug}-general@thread.tacv2"
        self.channel = f"19:{me.slug}-duty@thread.tacv2"
        self.feed = Feed(Clock())
        self.heard: Callable[[Json], None] = lambda frame: None
        self._others = others
        self._endpoint = endpoint
        self._folder = folder
        self._log: list[Json] = []
        self._opened: set[str] = set()
        self._process: Process | None = None
        self._session: aiohttp.ClientSession | None = None
        self._tasks: list[asyncio.Task[None]] = []

    # --- running

    async def __aenter__(self) -> Self:
        try:
            await self._start()
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stop()

    async def _start(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        config = self._folder / "config.yml"
        # JSON is YAML too.
        config.write_text(json.dumps(self._config(), indent=2), encoding="utf-8")
        command = ["node", "--require", str(HERE / "loopback.cjs"), str(PACKAGE), "start", "--port", "0"]
        command += ["--app-endpoint", self._endpoint, "--channel-id", "msteams", "--disable-telemetry"]
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self._folder),
            "TEAMSAPPTESTER_BROWSER": "none",
            "M365_AGENTS_PLAYGROUND_CONFIG_PATH": str(config),
            "M365_AGENTS_PLAYGROUND_LOGFILE": str(self._folder / "client.log"),
        }
        self._process = await asyncio.create_subprocess_exec(
            *command, cwd=self._folder, env=environment, stdout=PIPE, stderr=asyncio.subprocess.STDOUT
        )
        try:
            async with asyncio.timeout(START):
                self.address = f"http://127.0.0.1:{await self._port()}"
                self._tasks.append(asyncio.create_task(self._drain()))
                await self._connect()
        except (TimeoutError, EOFError, aiohttp.ClientError) as error:
            log = self._folder / "client.log"
            told = log.read_text(encoding="utf-8") if log.exists() else "it told nothing"
            raise AssertionError(f"the client did not start: {told}") from error

    async def _port(self) -> int:
        output = self._output()
        while line := await output.readline():
            if found := _LISTENING.search(line.decode(errors="replace")):
                return int(found[1])
        raise EOFError

    async def _connect(self) -> None:
        """Both streams, as the page opens them: what is shown, and what passed between it and the service."""
        self._session = aiohttp.ClientSession(self.address)
        for path, take in ((_SHOWN, self._show), (_LOG, self._note)):
            stream = await self._session.ws_connect(path, max_msg_size=_FRAME)
            self._tasks.append(asyncio.create_task(self._listen(stream, take)))

    async def _stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session:
            await self._session.close()
        if self._process and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGINT)
            try:
                await asyncio.wait_for(self._process.wait(), 5)
            except TimeoutError:
                self._process.kill()
                await self._process.wait()

    async def _drain(self) -> None:
        """Read on, or the client would stand still once the pipe is full."""
        output = self._output()
        while await output.readline():
            pass

    def _output(self) -> asyncio.StreamReader:
        assert self._process
        assert self._process.stdout
        return self._process.stdout

    @staticmethod
    async def _listen(stream: aiohttp.ClientWebSocketResponse, take: Callable[[Json], None]) -> None:
        async for message in stream:
            if message.type is aiohttp.WSMsgType.TEXT:
                take(json.loads(message.data))

    def _show(self, frame: Json) -> None:
        self.heard(frame)
        self.feed.touch()

    def _note(self, frame: Json) -> None:
        self._log.append(frame["log"])
        self.feed.touch()

    def _config(self) -> Json:
        return {
            "version": "0.1.1",
            "tenantId": TENANT,
            "bot": {"id": BOT, "name": BOT_NAME},
            "currentUser": self.me.config(),
            "users": [member.config() for member in self._others],
            "personalChat": {"id": self.personal},
            "groupChat": {"id": f"19:{self.me.slug}-group@thread.v2", "name": "Group"},
            "team": {
                "id": self.general,
                "name": f"{self.me.name}'s team",
                "aadGroupId": f"aad-team-{self.me.slug}",
                "channels": [{"id": self.channel, "name": "duty"}],
            },
        }

    # --- what its page sends; each returns when the service has answered

    async def opens(self, conversation: str) -> None:
        """Look at a chat or channel: the first time, the app is installed there."""
        if conversation in self._opened:
            return
        self._opened.add(conversation)
        mark = len(self._log)
        await self._post(f"/_debug/conversation/{conversation}/installation", {})
        await self._answered(mark, type="installationUpdate")
        await self._answered(mark, type="conversationUpdate")

    async def types(self, conversation: str, text: str, *, mention: bool = False) -> Json:
        """Type into a chat, a channel (a new thread) or a thread; outside personal chat only a mention is
        sent on. Returns `messageId`, and `postConversationId` for a new thread."""
        tag = f"<at>{BOT_NAME}</at>"
        body: Json = {"type": "text", "text": f"{tag} {text}" if mention else text, "textFormat": "plain"}
        if mention:
            body["mentions"] = [{"mentioned": {"id": BOT, "name": BOT_NAME}, "text": tag}]
        mark = len(self._log)
        path = f"/_conversation/v1/conversations/{conversation}/messages"
        answer = await self._post(path, body | {"from": {"id": self.me.user}})
        if mention or conversation == self.personal:
            await self._answered(mark, type="message", text=body["text"])
        return answer

    async def submits(self, conversation: str, message: str, value: Json) -> None:
        """An `Action.Submit` of a card, with what was typed into it."""
        mark = len(self._log)
        await self._post("/_conversation/v1/submit", self._act(conversation, message) | {"value": value})
        await self._answered(mark, type="message", replyToId=message)

    async def executes(self, conversation: str, message: str, action: Json) -> Json:
        """An `Action.Execute` of a card. The answer has a `type`, and as `value` a card or words."""
        act = self._act(conversation, message) | {"name": "adaptiveCard/action", "value": {"action": action}}
        return await self._post("/_conversation/v1/invoke", act)

    def _act(self, conversation: str, message: str) -> Json:
        return {"conversation": {"id": conversation}, "replyToId": message, "from": {"id": self.me.user}}

    async def _post(self, path: str, body: Json) -> Json:
        assert self._session
        async with self._session.post(path, json=body, timeout=aiohttp.ClientTimeout(ANSWER)) as response:
            answer = await response.text()
            assert response.status == 200, f"the client answers {response.status} to {path}: {answer}"
            return json.loads(answer) if answer else {}

    async def _answered(self, mark: int, **sent: str) -> None:
        """Wait for the answer to the activity with these values, logged since the mark."""

        def answer() -> Json | None:
            for item in self._log[mark:]:
                if item.get("from") == _CLIENT and sent.items() <= _texts(item["request"]["body"]):
                    return dict(item["response"])
            return None

        try:
            response = await self.feed.until(answer, ANSWER)
        except TimeoutError:
            log = [item.get("displayText", "") for item in self._log[mark:]]
            raise AssertionError(f"the service did not answer; the client's log since: {log}") from None
        assert response["statusCode"] < 300, f"the service answers {response}"


def _texts(activity: Json) -> set[tuple[str, str]]:
    return {(key, value) for key, value in activity.items() if isinstance(value, str)}
