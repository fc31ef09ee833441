"""The bot's own tokens: fetched from Microsoft's login off the loop, and kept."""

import asyncio
import hmac
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import msal
import requests
from requests.adapters import HTTPAdapter

from adapters.teams import limits
from adapters.teams.tenants.cloud import Cloud, Registration, trust
from bot.chat.admission import Admission
from bot.chat.port import TryLater

_log = logging.getLogger(__name__)


class ShutOut(TryLater):
    """Microsoft's login service answered, and did not let us in. `code` is its own number or word for why."""

    def __init__(self, code: str) -> None:
        super().__init__("Microsoft's login service does not let Braver in at the moment")
        self.code = code


class _Trusting(HTTPAdapter):
    """Believes the certificates of `trust`: what the login library is told to believe, its environment
    may overrule."""

    def __init__(self, ca_file: str) -> None:
        self._context = trust(ca_file)
        super().__init__(max_retries=1)

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._context, **more)

    def proxy_manager_for(self, proxy: Any, **more: Any) -> Any:
        return super().proxy_manager_for(proxy, ssl_context=self._context, **more)


class SignIn:
    """A registration's own token, fetched off the loop, once for all senders. Nobody waits for the next one
    while this one can still be used.

    Without an app id there is no token: the platform is a simulator on this machine. `within` are the
    seconds for each request. `admission` keeps whether Microsoft let us in.
    """

    def __init__(self, registration: Registration, cloud: Cloud, within: float = limits.SEND_WITHIN) -> None:
        self._registration = registration
        self._cloud = cloud
        self._within = within
        self.admission = Admission()
        self._app: msal.ConfidentialClientApplication | None = None
        self._token = ""
        self._fresh_until = self._until = 0.0
        self._renewing: asyncio.Task[None] | None = None
        self._threads: ThreadPoolExecutor | None = None

    async def token(self) -> str:
        """Raises TryLater where Microsoft's login does not answer or refuses."""
        if not self._registration.app_id:
            return ""
        now = time.monotonic()
        if now >= self._until:
            await asyncio.shield(self._renewal())
        elif now >= self._fresh_until:
            # Should it fail, it is tried again after a while.
            self._fresh_until = now + limits.TOKEN_AGAIN
            _ = self._renewal()
        return self._token

    def _renewal(self) -> asyncio.Task[None]:
        """The one that is under way, for everybody who wants one."""
        if self._renewing is None or self._renewing.done():
            self._renewing = asyncio.create_task(self._renew())
            self._renewing.add_done_callback(_heard)
        return self._renewing

    async def close(self) -> None:
        """Stop signing in. A login that hangs in its thread ends by its own limit, and keeps nobody."""
        if self._renewing is not None:
            self._renewing.cancel()
            await asyncio.gather(self._renewing, return_exceptions=True)
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)
            self._threads = None

    def forget(self, token: str) -> None:
        """The service did not accept this token: the next request fetches another."""
        if hmac.compare_digest(token.encode(), self._token.encode()):
            self.admission.answered(False)
            self._until = 0.0
            self._app = None

    async def _renew(self) -> None:
        if self._threads is None:
            # One of its own: a login that hangs must not hold up what others do in threads, such as looking
            # up the address of another platform.
            self._threads = ThreadPoolExecutor(1, "braver-sign-in")
        try:
            answer = await asyncio.get_running_loop().run_in_executor(self._threads, self._fetch)
        except (requests.RequestException, ValueError, OSError) as error:
            _log.warning("Microsoft's login service could not be reached: %s", type(error).__name__)
            raise TryLater("Microsoft's login service could not be reached") from error
        if "access_token" not in answer:
            app, why = self._registration.app_id, answer.get("error", "no reason")
            _log.error("Microsoft's login service refused app %s: %s", app, why)
            self.admission.answered(False)
            raise ShutOut(_reason(answer))
        self.admission.answered(True)
        self._token = str(answer["access_token"])
        end = time.monotonic() + float(answer.get("expires_in", 0))
        self._fresh_until, self._until = end - limits.TOKEN_EARLY, end - limits.TOKEN_LAST

    def _fetch(self) -> dict[str, Any]:
        # In a thread, while the loop may forget it.
        app = self._app
        if app is None:
            # Building it asks the network as well.
            session = requests.Session()
            session.mount("https://", _Trusting(self._cloud.ca_file))
            session.request = partial(session.request, timeout=self._within)  # type: ignore[method-assign]
            app = self._app = msal.ConfidentialClientApplication(
                self._registration.app_id,
                client_credential=self._registration.password,
                authority=f"{self._cloud.login_url.rstrip('/')}/{self._registration.tenant_id}",
                instance_discovery=False,
                http_client=session,
            )
        answer: dict[str, Any] = app.acquire_token_for_client(scopes=[f"{self._cloud.scope}/.default"])
        return answer


def _heard(renewal: asyncio.Task[None]) -> None:
    """Its failure is in the log; perhaps nobody waits for it."""
    if not renewal.cancelled():
        renewal.exception()


def _reason(answer: dict[str, Any]) -> str:
    """Microsoft's number for a refusal, or else its word; nothing else of its answer."""
    numbers = answer.get("error_codes")
    if isinstance(numbers, list) and numbers and isinstance(numbers[0], int):
        return str(numbers[0])
    word = str(answer.get("error") or "")[:60]
    return word if word.replace("_", "").isalnum() else ""
