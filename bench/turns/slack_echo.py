"""The yardstick of a Slack turn: `python -m bench.turns.slack_echo API_URL [DATABASE_URL]`.

A bare slack-bolt app over aiohttp answers each command, press and message with one message, over one shared
session. With a database it first commits one row by SQLAlchemy, with the driver and the durability of ours.
"""

import asyncio
import re
import sys
from typing import Any

import aiohttp
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import Column, Integer, MetaData, Table, Text, insert, make_url

from bench.turns.bare import engine
from bench.turns.server import listening, until_stopped
from bench.turns.slack_side import BOT, PATH, SECRET, TEAM, TOKEN

_ANY = re.compile("")
_rows = Table("echoes", MetaData(), Column("id", Integer, primary_key=True), Column("said", Text))


async def main(api: str, database: str) -> None:
    store = engine(make_url(database)) if database else None
    if store is not None:
        async with store.begin() as connection:
            await connection.run_sync(_rows.metadata.create_all)
    # SQLite has one writer at a time.
    turn = asyncio.Lock() if database.startswith("sqlite") else asyncio.Semaphore(10)

    async def save(said: str) -> None:
        if store is not None:
            async with turn, store.begin() as connection:
                _ = await connection.execute(insert(_rows).values(said=said))

    async with aiohttp.ClientSession() as session:
        client = AsyncWebClient(TOKEN, base_url=api, session=session)

        async def authorize(**_: Any) -> AuthorizeResult:
            return AuthorizeResult(enterprise_id=None, team_id=TEAM, bot_user_id=BOT, bot_token=TOKEN)

        app = AsyncApp(
            signing_secret=SECRET, client=client, authorize=authorize, process_before_response=True
        )

        async def say(channel: str, said: str) -> None:
            await save(said)
            _ = await client.chat_postMessage(channel=channel, text=f"You said: {said}")

        @app.command(_ANY)
        async def on_command(ack: Any, body: dict[str, Any]) -> None:
            await say(body["channel_id"], body["text"])
            await ack()

        @app.action(_ANY)
        async def on_press(ack: Any, body: dict[str, Any]) -> None:
            await say(body["channel"]["id"], body["actions"][0]["value"])
            await ack()

        @app.event("message")
        async def on_message(event: dict[str, Any]) -> None:
            await say(event["channel"], event["text"])

        async def answer(request: web.Request) -> web.Response:
            return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

        served = web.Application()
        served.add_routes([web.post(PATH, answer)])
        async with listening(served) as port:
            await until_stopped(port)
    if store is not None:
        await store.dispose()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else ""))
