"""A crowd: each person does the next thing as soon as the last one was answered on their screen."""

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import aiohttp

from bench.measure import Drive

PATIENCE = 30.0
"""Seconds for which somebody waits for an answer."""
AGAIN = (0.1, 0.3, 1.0, 3.0)
"""Seconds after which what was not taken in time comes again, as a platform would send it."""
P = TypeVar("P")
T = TypeVar("T")
Sending = Callable[[aiohttp.ClientSession, int], Awaitable[bool]]
"""Send it to the service on this port; whether it was taken."""
Begin = Callable[[P, T], tuple[Awaitable[object], Sending]]
"""What this person's thing comes to: the answer to wait for, and how it is sent."""


def driver(people: Sequence[P], things: Sequence[T], begin: Begin[P, T]) -> Drive:
    """Their turns, one after the other. Where something comes again, its time counts on."""
    known: set[int] = set()

    async def drive(port: int, requests: int) -> Sequence[float]:
        left, took = itertools.count(), list[float]()
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

            async def turn(who: P, thing: T) -> None:
                answered, send = begin(who, thing)
                for pause in AGAIN:
                    if await send(session, port):
                        break
                    await asyncio.sleep(pause)
                else:
                    raise RuntimeError("a turn was refused again and again")
                async with asyncio.timeout(PATIENCE):
                    await answered

            async def one(who: P) -> None:
                while (number := next(left)) < requests:
                    began = time.perf_counter()
                    await turn(who, things[number % len(things)])
                    took.append(time.perf_counter() - began)

            if port not in known:
                # Everybody comes in for the first time alone: a crowd of strangers is no usual day.
                for who in people:
                    await turn(who, things[0])
                known.add(port)
            async with asyncio.TaskGroup() as all_of_them:
                for who in people:
                    all_of_them.create_task(one(who))
        return took

    return drive
