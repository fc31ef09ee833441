"""What Teams answers when it does not take a call: named in the closed set of `bot.chat.port`."""

import contextlib
import json
import logging
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import aiohttp

from bot.chat.port import DeliveryError, Gone, Refused, TryLater, Unreachable

_LATER = {408, 412, 429}
_GATEWAY = {502, 504}
"""Whoever stands before Teams got no answer from it: what was sent may have arrived."""

_log = logging.getLogger(__name__)


def repeatable(method: str, url: str) -> bool:
    """Whether sending it twice does no harm: all but a new message."""
    return method != "POST" or urlsplit(url).path.endswith("/v3/conversations")


def named(method: str, url: str, answer: aiohttp.ClientResponse, body: bytes) -> DeliveryError:
    """Teams' refusal in the closed set. Source: Microsoft's table of bot conversation errors."""
    status, code = answer.status, _code(body)
    if status in _LATER or status >= 500:
        wait = _after(answer.headers.get("Retry-After"))
        perhaps = status in _GATEWAY and not repeatable(method, url)
        return TryLater("Teams is busy, or has a fault", wait, perhaps_taken=perhaps)
    if status == 401:
        return TryLater("Teams does not let Braver in at the moment")
    not_ours = status == 403 and "Roster" not in code and "Blocked" not in code
    if method == "PUT" and (status in (404, 410) or not_ours):
        return Gone("this message can't be changed any more")
    if method == "DELETE" and not_ours:
        return Refused("Teams does not let Braver delete this message")
    if method == "DELETE" and (status == 410 or code.startswith("Activity")):
        return Gone("this message is not there any more")
    if status == 403:
        return Unreachable("Braver is not installed there in Teams, or was blocked or switched off")
    if status == 404:
        return Unreachable("this chat or person is not in Teams any more")
    if status == 400 and urlsplit(url).path.endswith("/v3/conversations"):
        return Unreachable("Teams can't open a chat with this person")
    _log.error("Teams refused a call: %s %s", status, code)
    return Refused("Teams does not take this message")


def _code(body: bytes) -> str:
    """The error code of the answer: letters only, so that nothing else of it gets into our words."""
    try:
        code = json.loads(body)["error"]["code"]
    except (ValueError, KeyError, TypeError):
        return ""
    return code[:60] if isinstance(code, str) and code.isalnum() else ""


def _after(header: str | None) -> float | None:
    """Seconds of a Retry-After header: a number or a date."""
    if not header:
        return None
    with contextlib.suppress(ValueError):
        return max(float(header), 0.0)
    with contextlib.suppress(ValueError, TypeError):
        return max((parsedate_to_datetime(header) - datetime.now(UTC)).total_seconds(), 0.0)
    return None
