"""A headless Chromium, driven over its DevTools protocol: go somewhere, run a script, take a picture.

    async with Chromium() as browser:
        await browser.open("http://127.0.0.1:3980/#slack=jo", width=1440, height=900)
        await browser.until("document.querySelector('.messages')")
        await browser.picture(Path("docs/page.png"))

It is kept from every host but this machine. Chromium is the one on the path, or named by BRAVER_CHROMIUM.
"""

import asyncio
import base64
import json
import os
import shutil
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
PATIENCE = 30.0
FLAGS = (
    "--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--hide-scrollbars",
    "--force-color-profile=srgb", "--remote-debugging-port=0",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1", "--lang=en-GB",
)  # fmt: skip


class NoChromium(Exception):
    """No Chromium was found: install Debian's package `chromium`, or name one by BRAVER_CHROMIUM."""


class ScriptFailed(Exception):
    """A script in the page threw, or what was waited for never came."""


def find_chromium() -> str:
    """The browser to start; raises NoChromium."""
    wanted = os.environ.get("BRAVER_CHROMIUM")
    found = next(filter(None, map(shutil.which, [wanted] if wanted else NAMES)), None)
    if found is None:
        raise NoChromium(
            "Pictures need Chromium: install it (Debian: apt-get install chromium), "
            "or name one by BRAVER_CHROMIUM=/path/to/chromium."
        )
    return found


class Chromium:
    """One browser with one tab and a profile of its own, gone afterwards."""

    def __init__(self) -> None:
        self._profile = tempfile.TemporaryDirectory(prefix="braver-chromium-", ignore_cleanup_errors=True)
        self._process: asyncio.subprocess.Process | None = None
        self._session: ClientSession | None = None
        self._line: ClientWebSocketResponse | None = None
        self._number = 0
        self.complaints: list[str] = []
        """What the page's console said was wrong."""

    async def __aenter__(self) -> Self:
        # Chromium's sandbox can't be had by root, as whom containers run.
        as_root = ("--no-sandbox",) if os.geteuid() == 0 else ()
        self._process = await asyncio.create_subprocess_exec(
            find_chromium(), *FLAGS, *as_root, f"--user-data-dir={self._profile.name}", "about:blank",
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            address = await asyncio.wait_for(self._address(self._process), PATIENCE)
            self._session = ClientSession()
            base = address.replace("ws://", "http://").split("/devtools")[0]
            async with self._session.get(f"{base}/json/list") as answer:
                tabs = [tab for tab in await answer.json() if tab["type"] == "page"]
            self._line = await self._session.ws_connect(tabs[0]["webSocketDebuggerUrl"], max_msg_size=0)
            await self.tell("Page.enable")
            await self.tell("Runtime.enable")
            await self.tell("Log.enable")
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:  # fmt: skip
        await self.close()

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
            await self._process.wait()
        self._profile.cleanup()

    @staticmethod
    async def _address(process: asyncio.subprocess.Process) -> str:
        assert process.stderr is not None
        async for line in process.stderr:
            words = line.decode(errors="replace").strip()
            if words.startswith("DevTools listening on "):
                return words.rsplit(" ", 1)[1]
        raise NoChromium("Chromium ended before it listened.")

    async def tell(self, method: str, **params: Any) -> dict[str, Any]:
        """One command of the DevTools protocol, and its result."""
        assert self._line is not None
        self._number += 1
        await self._line.send_json({"id": self._number, "method": method, "params": params})
        async with asyncio.timeout(PATIENCE):
            async for message in self._line:
                if message.type is not WSMsgType.TEXT:
                    break
                said = json.loads(message.data)
                self._note(said)
                if said.get("id") == self._number:
                    if "error" in said:
                        raise ScriptFailed(f"{method}: {said['error']['message']}")
                    return dict(said["result"])
        raise ScriptFailed(f"{method}: the browser has gone")

    def _note(self, said: dict[str, Any]) -> None:
        params = said.get("params", {})
        if said.get("method") == "Log.entryAdded" and params["entry"]["level"] == "error":
            self.complaints.append(params["entry"]["text"])
        if said.get("method") == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            self.complaints.append(details.get("exception", {}).get("description", details["text"]))

    async def open(self, url: str, width: int = 1440, height: int = 900, scale: float = 1) -> None:
        """Go to the address in a window of this size (CSS pixels), with nothing kept from before."""
        size = {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": width < 600}
        await self.tell("Emulation.setDeviceMetricsOverride", **size)
        await self.leave()
        await self.tell("Page.navigate", url=url)

    async def leave(self) -> None:
        """Let go of the page, before its server ends."""
        await self.tell("Page.navigate", url="about:blank")

    async def run(self, script: str) -> Any:
        """The value of an expression in the page, awaited where it is a promise."""
        said = await self.tell("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in said:
            details = said["exceptionDetails"]
            raise ScriptFailed(details.get("exception", {}).get("description", details["text"]))
        return said["result"].get("value")

    async def until(self, script: str) -> Any:
        """The first true value of the expression, looked for at every frame that the page draws."""
        return await self.run(f"""new Promise((found, lost) => {{
            const last = performance.now() + {PATIENCE * 1000 - 5000};
            const look = () => {{
              const value = {script};
              if (value) found(value === true || typeof value !== "object" ? value : true);
              else if (performance.now() > last) lost(new Error("never came: " + {json.dumps(script)}));
              else requestAnimationFrame(look);
            }};
            look();
        }})""")

    async def picture(self, path: Path, selector: str = "") -> None:
        """The window, or the first element that the selector finds (wholly, however long), as PNG or WebP."""
        webp = path.suffix == ".webp"
        params: dict[str, Any] = {"format": "webp", "quality": 85} if webp else {"format": "png"}
        if selector:
            box = await self.run(f"""(() => {{
                const box = document.querySelector({json.dumps(selector)}).getBoundingClientRect();
                return [box.x + scrollX, box.y + scrollY, box.width, box.height];
            }})()""")
            params |= {"clip": dict(zip(("x", "y", "width", "height"), box, strict=True)) | {"scale": 1}}
            params["captureBeyondViewport"] = True
        taken = await self.tell("Page.captureScreenshot", **params)
        await asyncio.to_thread(_write, path, base64.b64decode(taken["data"]))


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
