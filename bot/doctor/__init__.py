"""`braver doctor`: looks at everything that can keep the service from working, and says what to do.

Nothing is sent to anybody and nothing is changed. All that asks another machine runs side by side.
"""

import asyncio

from bot.chat import trouble
from bot.chat.port import Examiner, Finding
from bot.doctor import policy as policies
from bot.doctor.address import address_findings
from bot.doctor.database import look
from bot.doctor.directory import directory_findings
from bot.doctor.findings import finding
from bot.doctor.heartbeat import heartbeat_findings
from bot.doctor.settings import Given, given

__all__ = ["Given", "examined", "given"]


async def examined(
    read: Given, examiners: tuple[Examiner, ...], platforms: frozenset[str]
) -> tuple[Finding, ...]:
    """Everything that was found. `examiners` look at the platforms that are on: a token is sent nowhere while
    the settings do not fit together. `platforms` are the chats that a person can prefer."""
    if read.settings is None:
        return read.findings
    settings = read.settings
    ladder, about_policy = policies.read(settings)
    if not read.sound:
        examiners = ()
    beat = settings.heartbeat_url.get_secret_value()
    seen, address, outside, others = await asyncio.gather(
        look(settings, ladder.policy if ladder else None),
        address_findings(settings.public_url, examiners),
        heartbeat_findings(beat) if read.sound or not beat else _unasked(),
        asyncio.gather(*map(_looked, examiners)),
    )
    unasked = () if read.sound else (finding("credentials", "look", "not_asked"),)
    numbers = policies.number_findings(ladder.policy, seen.numbers) if ladder else ()
    return (
        *read.findings,
        *unasked,
        *(one for found in others for one in found),
        *address,
        *outside,
        *seen.findings,
        *directory_findings(settings, platforms, ladder, seen.directory),
        *about_policy,
        *numbers,
    )


async def _unasked() -> tuple[Finding, ...]:
    return ()


async def _looked(examiner: Examiner) -> tuple[Finding, ...]:
    """What one examiner found, in its time; one that fails does not keep the others from being heard."""
    name = examiner.name.capitalize()
    try:
        async with asyncio.timeout(trouble.WITHIN):
            return await examiner.examine()
    except TimeoutError:
        return (Finding("credentials", "fix", *trouble.in_words(name, "silent")),)
    except Exception as error:
        return (finding("credentials", "fix", "failed", name=name, kind=type(error).__name__),)
