"""Microsoft Teams: activities in at `/api/messages`, cards out through the Bot Connector."""

import asyncio
import logging
import time
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from typing import Any, Literal

from aiohttp import web
from botbuilder.core import TurnContext
from botbuilder.integration.aiohttp import CloudAdapter
from botbuilder.schema import Activity

from adapters.teams import forms, limits
from adapters.teams.auth import Gate
from adapters.teams.connector.clients import Connector
from adapters.teams.examine import PATH, TeamsExaminer
from adapters.teams.intake import Arrival, Presses, Search, mark, parse, read
from adapters.teams.render import Renderer
from adapters.teams.replies import Answerer
from adapters.teams.send import TeamsPlatform
from adapters.teams.tenants.cloud import Cloud, Registration
from adapters.teams.tenants.keys import KeysUnavailable, Unauthorised
from adapters.teams.tenants.registrations import Registrations
from bot.chat.card import Button, Card
from bot.chat.form import Option
from bot.chat.outside import bounded
from bot.chat.phrases import Phrases
from bot.chat.port import Inbox, NotSaved, Platform, TooMany
from bot.chat.turn import Pressed, Removed, Replies, Said

__all__ = ["PATH", "Registration", "Teams", "TeamsExaminer", "TeamsSettings"]

Json = dict[str, Any]

FORM = "form"
"""The word that brings a form as a card, whatever the setting says."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TeamsSettings:
    """`app_id`, `app_password` and `tenant_id` are of one registration, `registrations` the further ones.
    `forms`: how a button that opens a form opens it. `hears_threads`: the team's consent to read channel
    messages is asked for. `allow_anonymous` counts without an app id only, and for simulators on this
    machine only. `ca_file`: certificates to believe beside the system's. The addresses are Microsoft's;
    tests and other clouds name their own."""

    app_id: str = ""
    app_password: str = ""
    tenant_id: str = ""
    registrations: tuple[Registration, ...] = ()
    allow_anonymous: bool = False
    forms: Literal["card", "dialog"] = "card"
    hears_threads: bool = False
    login_url: str = "https://login.microsoftonline.com"
    scope: str = "https://api.botframework.com"
    keys_url: str = "https://login.botframework.com/v1/.well-known/openidconfiguration"
    issuer: str = "https://api.botframework.com"
    ca_file: str = ""

    @property
    def all_registrations(self) -> tuple[Registration, ...]:
        """Every registration; where there is none, the one without an app id."""
        one = Registration(self.app_id, self.app_password, self.tenant_id)
        return (one, *self.registrations) if self.app_id or not self.registrations else self.registrations

    def cloud(self) -> Cloud:
        """Where we sign in, and whom we believe."""
        return Cloud(
            login_url=self.login_url,
            scope=self.scope,
            keys_url=self.keys_url,
            issuer=self.issuer,
            ca_file=self.ca_file,
        )

    def examiners(self) -> tuple[TeamsExaminer, ...]:
        """One for each registration; the keys are looked at once."""
        several = len(self.all_registrations) > 1
        return tuple(
            TeamsExaminer(one, self.cloud(), several=several, keys=number == 0)
            for number, one in enumerate(self.all_registrations)
        )


class Teams:
    """The adapter: mount `routes()`, call `start()` before serving and `close()` after."""

    def __init__(self, settings: TeamsSettings, inbox: Inbox, phrases: Phrases) -> None:
        """Raises ValueError as `Registrations` does."""
        cloud = settings.cloud()
        self._registrations = self.admission = Registrations(settings.all_registrations, cloud)
        self._dialogs = settings.forms == "dialog"
        self._inbox = inbox
        self._phrases = phrases
        self._connector = Connector(self._registrations, settings.ca_file)
        self._gate = Gate(
            self._registrations, cloud, self._connector.for_app, anonymous=settings.allow_anonymous
        )
        self._adapter = CloudAdapter(self._gate)
        renderer = Renderer(phrases, dialogs=self._dialogs)
        self._plain = Renderer(phrases, dialogs=False)
        self._teams = TeamsPlatform(self._connector, renderer, hears_threads=settings.hears_threads)
        self._answerer = Answerer(self._teams, renderer, inbox, phrases)
        self._presses = Presses()
        self._work: set[asyncio.Task[Any]] = set()
        self._preparing: asyncio.Future[Any] | None = None

    @property
    def platform(self) -> Platform:
        return self._teams

    def routes(self) -> list[web.RouteDef]:
        return [web.post(PATH, self._messages)]

    async def start(self) -> None:
        """Fetch keys and tokens ahead of need. Nobody waits long for a login service that is slow or away:
        Teams then has to come again until it answers, and others are served."""
        await self._connector.open()
        self._preparing = asyncio.gather(self._gate.prewarm(), self._registrations.sign_in_all())
        await asyncio.wait({self._preparing}, timeout=limits.PREPARED_WITHIN)

    async def settled(self) -> None:
        """Wait until all that was heard is answered and all that is to be said is said."""
        while self._work:
            await asyncio.gather(*self._work, return_exceptions=True)
        await self._answerer.settled()

    async def close(self) -> None:
        """Finish what is being said, then close the connections."""
        await self.settled()
        if self._preparing is not None:
            self._preparing.cancel()
            await asyncio.wait({self._preparing})
        await self._gate.close()
        await self._registrations.close()
        await self._connector.close()

    async def _messages(self, request: web.Request) -> web.Response:
        """One activity: 200 after the commit, 401 for who is not Teams of our tenants, 503 to come again."""
        began = time.monotonic()
        header = request.headers.get("Authorization", "")
        try:
            if self._registrations.signed and not header.startswith("Bearer "):
                raise Unauthorised("no token")
            activity = parse(await _body(request))
            verified = await self._gate.authenticate_request(activity, header)
        except Unauthorised as error:
            self._inbox.refused(self._teams.name, error.reason)
            return web.Response(status=401)
        except KeysUnavailable:
            return web.Response(status=503)
        except ValueError:
            self._inbox.refused(self._teams.name, "not an activity")
            return web.Response(status=400)
        except _TooLarge:
            self._inbox.refused(self._teams.name, "too large")
            return web.Response(status=413)
        answer = web.Response(status=200)

        async def on_turn(_context: TurnContext) -> None:
            # The answer is ours: the SDK can't serialise the body of an invoke.
            nonlocal answer
            answer = await self._answer(activity, began)

        await self._adapter.process_activity(verified, activity, on_turn)
        return answer

    async def _answer(self, activity: Activity, began: float) -> web.Response:
        arrival = read(activity)
        if isinstance(arrival, Search):
            return web.json_response(await self._found(arrival))
        if activity.type != "invoke":
            return await self._message(arrival) if arrival else web.Response(status=200)
        if arrival is None:
            body = {"error": {"code": "NotSupported", "message": self._phrases.try_again}}
            return web.json_response(body, status=400)
        return web.json_response(await self._invoke(activity, arrival, began))

    async def _message(self, arrival: Arrival) -> web.Response:
        offered = self._offered_forms(arrival)
        if len(offered) > 1:
            choose = self._plain.cards(Card(self._phrases.form_ready, buttons=offered))
            _ = self._later(self._teams.show(arrival.incoming.place, choose))
            return web.Response(status=200)
        if offered:
            arrival = replace(arrival, incoming=replace(arrival.incoming, act=Pressed(offered[0].payload)))
        try:
            replies = await self._receive(arrival)
        except TooMany as error:
            # Not to come again by itself: the person sends it again.
            _ = self._later(self._answerer.tell_not_saved(arrival, error))
            return web.Response(status=200)
        except NotSaved:
            _ = self._later(self._answerer.tell_not_saved(arrival))
            return web.Response(status=503)
        if arrival.way != "quiet" and not isinstance(arrival.incoming.act, Removed):
            await self._answerer.typed(arrival, replies)
        return web.Response(status=200)

    def _offered_forms(self, arrival: Arrival) -> tuple[Button, ...]:
        """Where dialogs are used and somebody types "form" in the personal chat, since their client has no
        dialogs: the buttons that were last offered there. What comes of them is then a card."""
        act, place = arrival.incoming.act, arrival.incoming.place
        if not self._dialogs or place.kind != "personal" or not isinstance(act, Said):
            return ()
        return self._teams.offered(place.address) if act.text.casefold().strip(" .!") == FORM else ()

    async def _invoke(self, activity: Activity, arrival: Arrival, began: float) -> Json:
        pressed = mark(activity)
        if isinstance(arrival.incoming.act, Pressed):
            key = self._presses.key(pressed, arrival.incoming.key)
            arrival = replace(arrival, incoming=replace(arrival.incoming, key=key))
        try:
            replies = await self._receive(arrival)
        except NotSaved as error:
            return self._answerer.not_saved(arrival, error)
        body = await self._answerer.invoked(arrival, replies, began + limits.ANSWER_WITHIN - time.monotonic())
        self._presses.answered(pressed)
        return body

    async def _receive(self, arrival: Arrival) -> Replies:
        """The replies; NotSaved too where it takes too long. The work itself is never cut off: what comes of
        it late is shown late."""
        work = self._later(self._inbox.receive(arrival.incoming))
        done, _ = await asyncio.wait({work}, timeout=limits.ANSWER_WITHIN)
        if done:
            return _result(work)
        _ = self._later(self._late(arrival, work))
        raise NotSaved

    async def _late(self, arrival: Arrival, work: asyncio.Task[Replies]) -> None:
        try:
            replies = await asyncio.shield(work)
        except NotSaved:
            return
        await self._answerer.typed(replace(arrival, way="sent"), replies)

    async def _found(self, search: Search) -> Json:
        work = self._later(self._inbox.search(search.account, search.scope, search.words))
        done, _ = await asyncio.wait({work}, timeout=limits.ANSWER_WITHIN)
        if done and work.exception() is None:
            found = work.result()
        else:
            _log.warning("people could not be looked up in time")
            # Nothing would say that there is nobody of that name; this one is nobody, and is read as that.
            found = (Option("", self._phrases.not_looked_up),)
        results = [{"title": option.label, "value": forms.found(option)} for option in found]
        kind = "application/vnd.microsoft.search.searchResponse"
        return {"statusCode": 200, "type": kind, "value": {"results": results}}

    def _later(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.create_task(work)
        self._work.add(task)
        task.add_done_callback(self._work.discard)
        return task


class _TooLarge(Exception):
    """The body is longer than anything that Teams sends."""


async def _body(request: web.Request) -> bytes:
    """The body, up to the limit. Raises _TooLarge; ValueError where it does not come to an end."""
    try:
        async with asyncio.timeout(limits.BODY_WITHIN):
            body = await bounded(request.content.iter_chunked(65_536), limits.REQUEST_BODY)
    except (TimeoutError, ConnectionError, web.RequestPayloadError) as error:
        raise ValueError("the body never ended") from error
    if body is None:
        raise _TooLarge
    return body


def _result(work: asyncio.Task[Replies]) -> Replies:
    """What came of a turn. A turn that failed had no effect: its transaction was rolled back."""
    error = work.exception()
    if error is None:
        return work.result()
    if isinstance(error, TooMany):
        raise error
    if not isinstance(error, NotSaved):
        # Its message may hold a person's words, so only its kind is written down.
        _log.error("a turn failed: %s", type(error).__name__)
    raise NotSaved from error
