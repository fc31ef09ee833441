"""Braver as it runs, for the benchmark: `python -m bench.turns.braver`, with its settings by environment."""

import asyncio

from bench.turns.server import until_stopped
from bot import garbage, logs, settings
from bot.app import Service


async def main() -> None:
    logs.as_json()
    async with Service(settings.load(), limited=False).serving() as port:
        garbage.leave_alone()
        await until_stopped(port)


if __name__ == "__main__":
    asyncio.run(main())
