"""What the router does where no command, button or question fits."""

from collections.abc import Awaitable, Callable, Sequence

from bot.chat.router import Answered
from bot.chat.turn import Turn
from bot.desk import Desk
from bot.guidance import danger, listening
from flows import home, linking
from flows import urgent as urgent_flow
from flows.coaching import advice

InThread = Callable[[Turn, Desk, str], Awaitable[Answered]]


class HouseFallbacks:
    """`bot.chat.router.Fallbacks`; `in_thread` answers words in the thread of a case, or None elsewhere."""

    def __init__(self, in_thread: InThread) -> None:
        self._in_thread = in_thread

    async def listen(self, parts: Sequence[str], *, advising: bool) -> None:
        await listening.listen(parts, advising=advising)

    def in_danger(self, text: str) -> bool:
        return danger.in_danger(text)

    async def danger(self, turn: Turn, desk: Desk, text: str) -> Answered:
        return await urgent_flow.heard(turn, desk, text)

    async def stranger(self, turn: Turn, desk: Desk, urgent: bool) -> Answered:
        claim = await desk.claim(turn.account)
        if claim is not None:
            return await linking.waits(turn, desk, claim)
        return None if urgent else await home.stranger(turn, desk)

    async def thread(self, turn: Turn, desk: Desk, text: str) -> Answered:
        return await self._in_thread(turn, desk, text)

    async def advice(self, turn: Turn, desk: Desk, text: str) -> Answered:
        return await advice.answer(turn, desk, text)

    async def unknown_command(self, turn: Turn, desk: Desk, text: str, nearest: Sequence[str]) -> Answered:
        return await home.unknown_command(turn, desk, text, nearest)

    async def outdated(self, turn: Turn, desk: Desk) -> Answered:
        return await home.outdated(turn, desk)

    async def home(self, turn: Turn, desk: Desk) -> Answered:
        return await home.home(turn, desk)
