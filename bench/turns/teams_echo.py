"""The yardstick: the SDK's own echo bot, as its samples set it up, in a process of its own.

It answers every message by one message of the same words. Settings come by environment, as the samples read
them. The bot's own token is a constant, so that the yardstick does not pay for a sign-in at each turn, which
the stock SDK would do.
"""

import asyncio
import os
from types import SimpleNamespace

from aiohttp import web
from botbuilder.core import ActivityHandler, TurnContext
from botbuilder.integration.aiohttp import CloudAdapter, ConfigurationBotFrameworkAuthentication
from botframework.connector.auth import PasswordServiceClientCredentialFactory
from msrest.authentication import BasicTokenAuthentication

from bench.turns.server import listening, until_stopped
from bench.turns.teams_side import PATH


class Echo(ActivityHandler):  # type: ignore[misc]
    """Says what it hears."""

    async def on_message_activity(self, turn_context: TurnContext) -> None:
        await turn_context.send_activity(f"You said: {turn_context.activity.text}")


class Constant(PasswordServiceClientCredentialFactory):  # type: ignore[misc]
    """The bot's own token needs no fetching."""

    async def create_credentials(self, *_: object, **__: object) -> BasicTokenAuthentication:
        return BasicTokenAuthentication({"access_token": "constant"})


def adapter() -> CloudAdapter:
    """Anonymous without an app id."""
    settings = {
        name: value for name, value in os.environ.items() if name.startswith(("APP_", "TO_", "OAUTH_"))
    }
    app_id = settings.get("APP_ID", "")
    factory = Constant(app_id, settings["APP_PASSWORD"]) if app_id else None
    return CloudAdapter(
        ConfigurationBotFrameworkAuthentication(SimpleNamespace(**settings), credentials_factory=factory)
    )


async def serve() -> None:
    stock, echo = adapter(), Echo()

    async def messages(request: web.Request) -> web.Response:
        answer: web.Response | None = await stock.process(request, echo)
        return answer or web.Response(status=200)

    app = web.Application()
    app.add_routes([web.post(PATH, messages)])
    async with listening(app) as port:
        await until_stopped(port)


if __name__ == "__main__":
    asyncio.run(serve())
