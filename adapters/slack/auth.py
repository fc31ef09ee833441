"""Whether a request is Slack's own, checked before anything of it is parsed; and whether Slack takes ours."""

import json
import logging
import time
from collections.abc import Mapping
from typing import Any

from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.slack.render import Encoded
from bot.chat.admission import Admission
from bot.chat.machine import host_of, on_this_machine

MAX_AGE = 5 * 60
"""Seconds: Slack's advice against replays. Within them, a replay meets the key of the act that it repeats."""

SHUT_OUT = frozenset({"account_inactive", "invalid_auth", "not_authed", "token_expired", "token_revoked"})
"""Slack's words for a token that it does not take."""

_DIGITS = 12
"""Of a time in epoch seconds; Python itself refuses to read very long numbers."""

quiet = logging.getLogger("braver.slack.sdk")
# At lower levels the SDK logs whole requests: people's words, and tokens.
quiet.setLevel(logging.ERROR)


def web_client(token: str, api_url: str, admission: Admission | None = None) -> AsyncWebClient:
    """A client of Slack's Web API that tries nothing twice; `admission` is told of each answer."""
    client = Client(
        token or None,
        base_url=f"{api_url.rstrip('/')}/",
        retry_handlers=[_Witness(admission)] if admission else [],
        logger=quiet,
    )
    client.admission = admission
    if on_this_machine(host_of(api_url)):
        client.proxy = None
    return client


class Client(AsyncWebClient):
    """The SDK's client, with a short way for the calls that send JSON, which are the ones that answer people:
    its own way prepares for files, forms, other sessions and repetitions, and takes as long as the rest."""

    admission: Admission | None = None

    async def chat_postMessage(self, **given: Any) -> AsyncSlackResponse:
        return await self.api_call("chat.postMessage", json=given)

    async def chat_update(self, **given: Any) -> AsyncSlackResponse:
        return await self.api_call("chat.update", json=given)

    async def api_call(self, api_method: str, **given: Any) -> AsyncSlackResponse:
        body, session = given.get("json"), self.session
        if set(given) != {"json"} or not isinstance(body, dict) or session is None or self.ssl is not None:
            return await super().api_call(api_method, **given)
        url = f"{self.base_url}{api_method}"
        headers = {
            "Authorization": f"Bearer {self.token}", "Content-Type": "application/json;charset=utf-8",
            "User-Agent": self.headers["User-Agent"],
        }  # fmt: skip
        sent = session.post(url, data=_encoded(body), headers=headers, proxy=self.proxy)
        async with sent as response:
            try:
                data = json.loads(await response.read())
            except ValueError:
                data = {}
            if self.admission is not None:
                _witnessed(self.admission, data)
            answer = AsyncSlackResponse(
                client=self, http_verb="POST", api_url=url, req_args={}, data=data,
                headers=dict(response.headers), status_code=response.status,
            )  # fmt: skip
        checked: AsyncSlackResponse = answer.validate()  # type: ignore[no-untyped-call]
        return checked


def _encoded(body: Mapping[str, Any]) -> bytes:
    """As JSON, without what is None."""
    parts = (
        f'"{name}":{value.json if isinstance(value, Encoded) else json.dumps(value)}'
        for name, value in body.items()
        if value is not None
    )
    return f"{{{','.join(parts)}}}".encode()


def _witnessed(admission: Admission, body: object) -> None:
    if isinstance(body, dict):
        refused = body.get("error") in SHUT_OUT
        # Any other error says nothing of the token.
        if refused or body.get("ok") is True:
            admission.answered(not refused)


class _Witness(AsyncRetryHandler):
    """The one place through which the answers of the SDK's own way come. It never has a call repeated."""

    def __init__(self, admission: Admission) -> None:
        super().__init__(max_retry_count=0)
        self._admission = admission

    async def can_retry_async(self, *, response: Any = None, **_more: Any) -> bool:
        _witnessed(self._admission, getattr(response, "body", None))
        return False


def distrust(verifier: SignatureVerifier, headers: Mapping[str, str], body: bytes) -> str:
    """Why the request is refused, for the counter; empty where it is signed by Slack, and now."""
    signature, stamp = headers.get("X-Slack-Signature"), headers.get("X-Slack-Request-Timestamp")
    if not signature or not stamp or not (stamp.isascii() and stamp.isdigit() and len(stamp) <= _DIGITS):
        return "no signature"
    if abs(time.time() - int(stamp)) > MAX_AGE:
        return "too old"
    try:
        return "" if verifier.is_valid(body, stamp, signature) else "wrong signature"
    except UnicodeError:
        # The SDK takes for granted that it is text; Slack sends nothing else, and signs nothing else.
        return "wrong signature"
