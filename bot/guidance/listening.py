"""Listening: what was typed is understood in a thread of its own, before a turn begins. It takes milliseconds
for a sentence and half a second for pages, in which nobody else should have to wait for this turn."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

from bot.guidance.advice import advise
from bot.guidance.danger import in_danger

# One after the other, in the order in which they came; the loop's own threads look up addresses meanwhile.
_thread = ThreadPoolExecutor(1, "listening")


async def listen(parts: Sequence[str], *, advising: bool) -> None:
    """Have it known for the rest of the turn (`bot.guidance.remembering`) whether any of these parts tells of
    danger, and what they are about, where that will be asked: where they do, and where they are words to be
    advised on."""
    known_here = copy_context()
    await asyncio.get_running_loop().run_in_executor(_thread, known_here.run, _listened, parts, advising)


def _listened(parts: Sequence[str], advising: bool) -> None:
    heard = [in_danger(part) for part in parts]
    if advising or any(heard):
        _ = advise("\n".join(parts))
