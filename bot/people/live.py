"""Whether each holder and deputy can be reached now: the platforms are asked, and nobody is messaged."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.chat.port import DeliveryError, Platform, TryLater
from bot.chat.turn import Place
from bot.guidance.words import Words
from bot.people.directory import Directory
from bot.people.entries import Entry
from bot.store.work import Work

words = Words("directory_tools")

AT_ONCE = 8
LIMIT = 10.0
"""Seconds that one question to a platform may take."""
_TRIES = 4
_LONGEST = 120.0
"""Seconds for which a platform may ask us to wait."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One way of one person; `known` are the places seen there so far, as for `Platform.reach`."""

    entry: Entry
    platform: str
    known: Sequence[Place]


@dataclass(frozen=True, slots=True)
class Proof:
    """`why_not` is empty for who can be reached, else in words."""

    entry: Entry
    way: str
    why_not: str = ""


async def asked(work: Work, directory: Directory, platforms: Mapping[str, Platform]) -> list[Asked]:
    """What is to be asked: every way, on a platform that is set up, of everybody whom a case could need."""
    channels = {name: await work.channels(name) for name in platforms}
    found = []
    for entry in directory.on_the_ladder:
        for name in entry.platforms:
            if name in platforms:
                places = await work.places_of(entry.id, name)
                found.append(Asked(entry, name, [*places, *channels[name]]))
    return found


async def proved(questions: Sequence[Asked], platforms: Mapping[str, Platform]) -> list[Proof]:
    """The answers, in the order of the questions; a few are asked at once, and a platform that asks us to
    wait is left alone for so long."""
    gates = {name: _Gate(platform) for name, platform in platforms.items()}
    turn = asyncio.Semaphore(AT_ONCE)

    async def prove(one: Asked) -> Proof:
        async with turn:
            return Proof(one.entry, one.platform, await gates[one.platform].why_not(one))

    return await asyncio.gather(*map(prove, questions))


@dataclass(slots=True)
class _Gate:
    """A platform, and until when (by the loop's clock) it wants to hear nothing."""

    platform: Platform
    shut_until: float = field(default=0.0)

    async def why_not(self, one: Asked) -> str:
        reason = ""
        for _ in range(_TRIES):
            await asyncio.sleep(max(0.0, self.shut_until - asyncio.get_running_loop().time()))
            try:
                async with asyncio.timeout(LIMIT):
                    await self.platform.present(one.entry.email, one.known)
                return ""
            except TimeoutError:
                return words("live.late", platform=one.platform)
            except TryLater as later:
                reason = later.reason
                if later.after is None or later.after > _LONGEST:
                    return reason
                self.shut_until = asyncio.get_running_loop().time() + later.after
            except DeliveryError as error:
                return error.reason
        return reason
