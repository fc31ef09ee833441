"""A process that erases a case and stands still: inside of the transaction, or while a card is taken away."""

import asyncio
import sys

from bot.chat.turn import Message
from bot.engine.removals import Remover
from bot.retention.erasing import carry_out
from bot.store.database import Database
from tests.units.cases import DIRECTORY, POLICY
from tests.units.recorder import PlainDesk, Recorder

SECRET = "a made-up key of more than thirty-two characters"


class Hanging(Recorder):
    async def remove(self, message: Message) -> str:
        await hang()
        return ""


async def hang() -> None:
    sys.stdout.write("hanging\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


async def erase(url: str, moment: str) -> None:
    database = Database(url, (SECRET,), patience=60, may_shift=True)
    async with database.beside() as opened:
        async with opened.work() as work:
            await carry_out(work, POLICY, DIRECTORY, "c1", "sam")
            if moment == "inside":
                await hang()
        await Remover(opened, {"slack": Hanging("slack")}, PlainDesk("slack")).step()


if __name__ == "__main__":
    asyncio.run(erase(*sys.argv[1:3]))
