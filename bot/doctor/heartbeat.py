"""The heartbeat: whether somebody outside would notice that Braver is down."""

from urllib.parse import urlsplit

import aiohttp

from bot import heartbeat
from bot.chat import trouble
from bot.chat.port import Finding
from bot.doctor.findings import finding

GROUP = "heartbeat"


async def heartbeat_findings(url: str) -> tuple[Finding, ...]:
    """Only the host is asked, not the address itself: that would count as a sign of life."""
    if not url:
        return (finding(GROUP, "look", "not_set"),)
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        async with (
            heartbeat.session(url, trouble.WITHIN) as calls,
            calls.head(f"{parts.scheme}://{parts.netloc}/", allow_redirects=False),
        ):
            return (finding(GROUP, "ok", "answers", host=host),)
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        return (Finding(GROUP, "fix", *trouble.in_words(host, trouble.of(error))),)
