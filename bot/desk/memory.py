"""What conversations remember, over the store: one row per person, state and (for questions) place."""

import json
from typing import Any

from bot.chat.memory import Question, S, State
from bot.chat.turn import Place, Turn
from bot.store.work import Work


def memory_keys(turn: Turn, here: bool) -> tuple[str, str]:
    """Person key and place key. Somebody who is not in the directory is known by the account alone."""
    account = turn.account
    person = turn.person.id if turn.person else f"{account.platform}:{account.tenant}:{account.user}"
    return person, place_key(turn.place) if here else ""


def place_key(place: Place) -> str:
    """Under which it is remembered what belongs to a place."""
    address = place.address
    return f"{address.platform}:{address.tenant}:{address.conversation}:{place.thread}"


class StoredMemory:
    """`bot.chat.memory.Memory` in the turn's own transaction."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def recall(self, turn: Turn, kind: type[S]) -> S | None:
        kept = await self._work.state(*memory_keys(turn, kind.here), kind.name)
        return kind.restore(kept[0], json.loads(kept[1])) if kept else None

    async def keep(self, turn: Turn, state: State) -> None:
        expires = self._work.now + state.keep_for
        await self._work.keep_state(
            *memory_keys(turn, state.here), state.name, state.version, state.model_dump_json(), expires,
            question=isinstance(state, Question),
        )  # fmt: skip

    async def forget(self, turn: Turn, kind: type[State]) -> None:
        await self._work.forget_state(*memory_keys(turn, kind.here), kind.name)

    async def wait_no_more(self, turn: Turn) -> None:
        await self._work.forget_question(*memory_keys(turn, here=True))

    async def pending(self, turn: Turn) -> tuple[str, int, dict[str, Any]] | None:
        kept = await self._work.pending(*memory_keys(turn, here=True))
        return (kept[0], kept[1], json.loads(kept[2])) if kept else None
