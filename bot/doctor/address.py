"""The public address: whether Braver answers there, as far as that can be seen from this machine."""

import asyncio
from urllib.parse import urlsplit

import aiohttp

from bot.chat import trouble
from bot.chat.machine import host_of, on_this_machine, safe
from bot.chat.port import Examiner, Finding
from bot.doctor.findings import finding

GROUP = "address"
_PAGE = "/about"
_MET_BY_GET = 405
"""How Braver answers a GET of an address at which a platform posts: this alone shows that it is Braver's, and
nothing is counted as turned away."""


async def address_findings(public_url: str, examiners: tuple[Examiner, ...]) -> tuple[Finding, ...]:
    """At most one request for the page and for each platform, all at once."""
    if not public_url:
        return (finding(GROUP, "look", "not_set"),)
    base = public_url.rstrip("/")
    if not (safe(base) and _plain(base)):
        return (finding(GROUP, "fix", "wrong"),)
    limit = aiohttp.ClientTimeout(total=trouble.WITHIN)
    platforms = [examiner for examiner in examiners if examiner.path]
    async with aiohttp.ClientSession(timeout=limit, trust_env=not on_this_machine(host_of(base))) as session:
        try:
            page, *answers = await asyncio.gather(
                _status(session, base + _PAGE), *(_status(session, base + one.path) for one in platforms)
            )
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            what, _ = trouble.in_words(host_of(base), trouble.of(error))
            return (finding(GROUP, "look", "unreached", what=what, url=base + _PAGE),)
    if page != 200:
        return (finding(GROUP, "fix", "status", url=base + _PAGE, status=page),)
    lost = [
        finding(GROUP, "fix", "not_passed", url=base + one.path, status=status, name=one.name.capitalize())
        for one, status in zip(platforms, answers, strict=True)
        if status != _MET_BY_GET
    ]
    return tuple(lost) or (finding(GROUP, "ok", "answers", url=base),)


async def _status(session: aiohttp.ClientSession, url: str) -> int:
    async with session.get(url, allow_redirects=False) as answer:
        return answer.status


def _plain(url: str) -> bool:
    """Whether a path can be put behind it, to make links."""
    parts = urlsplit(url)
    return parts.username is None and not parts.query and not parts.fragment
