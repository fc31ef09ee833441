"""Slack: signed requests in, Web API calls out. The whole of it, as the composition root uses it.

An HTTP answer is released only after the inbox has answered (or could not: then events are answered 503, so
that Slack sends them again, and people are told). Replies follow after the HTTP answer.
"""

import asyncio
import logging
import re
from collections import OrderedDict
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse
from slack_sdk.signature import SignatureVerifier

from adapters.slack import forms, intake, limits
from adapters.slack.auth import distrust, quiet
from adapters.slack.examine import PATH, SlackExaminer, SlackInstallsExaminer
from adapters.slack.intake import Heard
from adapters.slack.render import Json
from adapters.slack.replies import Replier
from adapters.slack.send import NAME, Identity, Sender
from adapters.slack.workspaces import NotHere, Workspace, Workspaces
from adapters.slack.workspaces.clients import Clients
from adapters.slack.workspaces.install import Installing, Installs
from adapters.slack.workspaces.many import Many
from adapters.slack.workspaces.single import Single
from bot.chat import codec
from bot.chat.admission import Admission
from bot.chat.form import Option
from bot.chat.outside import Malformed, bounded
from bot.chat.phrases import Phrases
from bot.chat.port import DeliveryError, Inbox, NotSaved, Platform
from bot.chat.turn import Invalid, Replies, Said, Submitted

__all__ = ["PATH", "Slack", "SlackExaminer", "SlackInstallsExaminer", "SlackSettings"]

T = TypeVar("T")
_ANY = re.compile("")
_MOST_ANSWERED = 10_000
_LAST = "3"
"""The number of the last time that Slack sends an event again."""
_CAME = "came"
"""Under this name the SDK hands on what is known of a request."""
Context = dict[str, Any]

log = logging.getLogger("braver.slack")


@dataclass(frozen=True, slots=True)
class SlackSettings:
    """`bot_token`: that of the one workspace; empty where workspaces install the app. `workspaces`: the ids
    of those that may be served, in order; empty: whichever the token is for. `api_url`: base address of the
    Web API. `zone`: the partnership's, for dates and times in forms.

    Slack waits 3 s for an answer and keeps a trigger for 3 s: `answer_within` and `moment_after` (when a
    form that is slow to come is announced by a modal that says so) are seconds below that.
    """

    bot_token: str = field(repr=False)
    signing_secret: str = field(repr=False)
    zone: ZoneInfo
    api_url: str = "https://slack.com/api/"
    workspaces: tuple[str, ...] = ()
    answer_within: float = 2.5
    moment_after: float = 1.2
    find_direct_within: float = 0.8
    finish_within: float = 10.0


@dataclass(frozen=True, slots=True)
class _Came:
    """Where a request comes from (None: from where the app was removed), and when it must be answered.
    `last`: it is an event that Slack does not send again."""

    workspace: Workspace | None
    until: float
    last: bool = False

    @property
    def here(self) -> Workspace:
        assert self.workspace is not None
        return self.workspace


class Slack:
    """Slack, in one workspace or in all that installed the app. Start it before its routes are served; close
    it after. `installing`: how workspaces install it; None where the one token stands in the settings."""

    def __init__(
        self, settings: SlackSettings, inbox: Inbox, phrases: Phrases, installing: Installing | None = None
    ) -> None:
        self._settings = settings
        self._inbox = inbox
        self._phrases = phrases
        self._verifier = SignatureVerifier(settings.signing_secret)
        self.admission = Admission()
        self._clients = Clients(settings.api_url, self.admission if installing is None else None)
        self._installs: Installs | None = None
        self.workspaces: Workspaces
        if installing is None:
            self.workspaces = Single(self._open, settings.bot_token, settings.workspaces)
        else:
            # A workspace that does not let us in says nothing of the others.
            self.workspaces = Many(self._open, installing.installations, settings.workspaces)
            self._installs = Installs(installing, settings.workspaces, self._clients, inbox)
        self._bolt = self._listening()
        self._answered: OrderedDict[str, int] = OrderedDict()
        self._tasks: set[asyncio.Task[Any]] = set()

    def _open(self, token: str, identity: Identity | None) -> Workspace:
        sender = Sender(self._clients.client(token), self._phrases, identity)
        return Workspace(sender, Replier(sender, self._inbox, self._phrases, self._settings.zone))

    @property
    def platform(self) -> Platform:
        return self.workspaces.platform

    def routes(self) -> list[web.RouteDef]:
        """Everything that Slack sends comes to one address; people who install the app come to two more."""
        return [web.post(PATH, self._request), *(self._installs.routes() if self._installs else ())]

    async def start(self) -> None:
        """Open the one HTTP session of all calls; Slack need not be there."""
        self._clients.start()
        await self.workspaces.start()

    async def close(self) -> None:
        """Finish what was begun, within bounds, and let go of the connections."""
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=self._settings.finish_within)
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._clients.close()

    async def settled(self) -> None:
        """Wait until every reply of the requests so far has been carried out."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    # --- requests

    async def _request(self, request: web.Request) -> web.Response:
        until = asyncio.get_running_loop().time() + self._settings.answer_within
        try:
            async with asyncio.timeout(limits.BODY_WITHIN):
                body = await bounded(request.content.iter_chunked(65_536), limits.BODY)
        except (TimeoutError, ConnectionError, web.RequestPayloadError):
            self._inbox.refused(NAME, "too slow")
            return web.Response(status=HTTPStatus.REQUEST_TIMEOUT)
        if body is None:
            self._inbox.refused(NAME, "too large")
            return web.Response(status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        reason = distrust(self._verifier, request.headers, body)
        if reason:
            self._inbox.refused(NAME, reason)
            return web.Response(status=HTTPStatus.UNAUTHORIZED)
        asked: Json = {}
        try:
            asked = intake.parse(body, request.content_type)
            if asked.get("type") == "url_verification":
                return web.json_response({"challenge": asked.get("challenge")})
            last = request.headers.get("X-Slack-Retry-Num") == _LAST
            came = await self._come(asked, until, last=last)
            # Not as text, or the SDK would parse it again, in its own way.
            read = AsyncBoltRequest(body=asked, mode="parsed", headers=dict(request.headers))
        except NotHere as error:
            self._inbox.refused(NAME, error.reason)
            # Nobody is to send an event again; a press or a form must not look as if it had been taken.
            return web.Response(status=HTTPStatus.OK if "event" in asked else HTTPStatus.FORBIDDEN)
        except NotSaved:
            return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE)
        except (ValueError, TypeError, AttributeError, KeyError, IndexError):
            # Signed, and yet no request.
            return self._malformed()
        if not intake.is_heeded(asked):
            return web.Response()
        bolt = self._bolt.get(intake.asks(asked))
        if bolt is None:
            return web.Response(status=HTTPStatus.NOT_FOUND)
        read.context[_CAME] = came
        return await to_aiohttp_response(await bolt.async_dispatch(read))

    def _malformed(self) -> web.Response:
        self._inbox.refused(NAME, "not a request")
        return web.Response(status=HTTPStatus.BAD_REQUEST)

    async def _come(self, body: Json, until: float, *, last: bool) -> _Came:
        team = intake.team(body)
        if intake.is_removal(body):
            self.workspaces.check(team)
            return _Came(None, until)
        workspace = await self.workspaces.at(team, organisation_wide=intake.organisation_wide(body))
        return _Came(workspace, until, last)

    def _listening(self) -> Mapping[str, AsyncApp]:
        """By the kind of request, each with one listener: the SDK would try one after the other."""
        bolt = {kind: self._app() for kind in ("event", "command", "shortcut", "press", "view", "options")}
        bolt["event"].event(_ANY)(self._on_event)
        bolt["command"].command(_ANY)(self._on_command)
        bolt["shortcut"].shortcut(_ANY)(self._on_shortcut)
        bolt["press"].action(_ANY)(self._on_press)
        bolt["view"].view(_ANY)(self._on_view)
        bolt["options"].options(_ANY)(self._on_options)
        return bolt

    def _app(self) -> AsyncApp:
        async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
            # Our own clients have the tokens: no call to Slack stands between a request and its answer.
            return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id)

        app = AsyncApp(
            logger=quiet,
            name=quiet.name,
            process_before_response=True,
            signing_secret=self._settings.signing_secret,
            # Checked in `auth`, before the SDK parses, and logs, what nobody vouches for.
            request_verification_enabled=False,
            ssl_check_enabled=False,
            url_verification_enabled=False,
            # What our own posts cause is left out by intake, which also knows edits and joins.
            ignoring_self_events_enabled=False,
            attaching_function_token_enabled=False,
            attaching_conversation_kwargs_enabled=False,
            authorize=authorize,
        )
        app.error(self._on_error)
        return app

    async def _on_error(self, error: Exception) -> BoltResponse:
        if isinstance(error, Malformed):
            self._inbox.refused(NAME, "not a request")
            return BoltResponse(status=HTTPStatus.BAD_REQUEST)
        # Its message may hold a person's words, so only its kind is written down.
        log.error("a request failed: %s", type(error).__name__)
        return BoltResponse(status=HTTPStatus.INTERNAL_SERVER_ERROR)

    async def _on_event(self, body: Json, context: Context) -> BoltResponse:
        came: _Came = context[_CAME]
        if came.workspace is None:
            saved = await self._leave(body, came)
        else:
            heard = intake.event(body, came.workspace.sender.bot)
            saved = heard is None or await self._take(heard, came)
        return _ok() if saved else BoltResponse(status=HTTPStatus.SERVICE_UNAVAILABLE)

    async def _on_command(self, body: Json, context: Context) -> BoltResponse:
        await self._take(intake.command(body), context[_CAME])
        return _ok()

    async def _on_shortcut(self, body: Json, context: Context) -> BoltResponse:
        await self._take(intake.shortcut(body), context[_CAME])
        return _ok()

    async def _on_press(self, body: Json, context: Context) -> BoltResponse:
        heard = intake.press(body)
        if heard is not None:
            await self._take(heard, context[_CAME])
        return _ok()

    async def _on_view(self, body: Json, context: Context) -> BoltResponse:
        heard = intake.submission(body, self._settings.zone) if body["type"] == "view_submission" else None
        if heard is None:
            return _ok()
        came: _Came = context[_CAME]
        here = came.here
        heard = await self._placed(heard, here.sender)
        received = self._keep(self._inbox.receive(heard.incoming))
        self._go_on(self._rest(heard, received, here.replier))
        if not await self._saved(received, came.until):
            why = received.exception() if received.done() and not received.cancelled() else None
            return _ok(here.replier.not_saved(body["view"], why))
        changed, _ = here.replier.answer(heard, received.result())
        return _ok(changed)

    async def _on_options(self, body: Json) -> BoltResponse:
        wanted = intake.looking(body)
        found: list[Json] = []
        if wanted.scope:
            try:
                async with asyncio.timeout(self._settings.answer_within):
                    people = await self._inbox.search(wanted.account, wanted.scope, wanted.words)
                found = forms.choices(people)
            except (NotSaved, TimeoutError):
                log.warning("people could not be looked up in time")
                # An empty list would say that there is nobody of that name.
                found = forms.choices((Option(forms.NOBODY, self._phrases.not_looked_up),))
        return _ok({"options": found})

    # --- turns

    async def _take(self, heard: Heard, came: _Came) -> bool:
        """Hand the act to the bot; True once it is saved. What follows from it goes on by itself."""
        heard = await self._placed(heard, came.here.sender)
        received = self._keep(self._inbox.receive(heard.incoming))
        answer = self._answer(heard, received, came)
        if heard.opens_form and heard.trigger:
            # It may have to say that the form takes a moment.
            self._go_on(answer)
            return await self._saved(received, came.until)
        try:
            return await self._saved(received, came.until)
        finally:
            self._go_on(answer)

    async def _leave(self, body: Json, came: _Came) -> bool:
        """The app was removed; True once that is saved, or where it has been installed anew since."""
        heard = intake.event(body)
        assert heard is not None

        async def left() -> Replies:
            gone = await self.workspaces.removed(heard.incoming.account.tenant, intake.happened(body))
            return await self._inbox.receive(heard.incoming) if gone else ()

        return await self._saved(self._keep(left()), came.until)

    async def _saved(self, received: asyncio.Task[Replies], until: float) -> bool:
        """Whether it was saved in time; `until`: when Slack must have its answer, by the loop's clock."""
        await asyncio.wait({received}, timeout=max(until - asyncio.get_running_loop().time(), 0))
        return _has_succeeded(received)

    async def _placed(self, heard: Heard, sender: Sender) -> Heard:
        """The act in the person's direct message, where Slack named no conversation."""
        place, user = heard.incoming.place, heard.incoming.account.user
        sender.heard(place.address.app)
        if not heard.private:
            if place.kind != "channel" and place.address.conversation:
                sender.met(user, place.address.conversation)
            return heard
        known = sender.known_direct(user)
        if known:
            return heard.at(known)
        try:
            async with asyncio.timeout(self._settings.find_direct_within):
                return heard.at(await sender.direct(user))
        except (DeliveryError, TimeoutError):
            # Slack also takes a user's id for the direct message with that user.
            return heard.at(user)

    async def _answer(self, heard: Heard, received: asyncio.Task[Replies], came: _Came) -> None:
        replier, act, view_id = came.here.replier, heard.incoming.act, ""
        if heard.opens_form and heard.trigger:
            await asyncio.wait({received}, timeout=self._settings.moment_after)
            view_id = "" if received.done() else await replier.one_moment(heard)
        if not received.done():
            await asyncio.wait({received})
        if _has_succeeded(received):
            replies = received.result()
            if self._first_time(heard, replies) or view_id:
                await replier.carry_out(heard, replies, view_id)
        elif heard.trigger or (came.last and isinstance(act, Said) and act.addressed):
            # An event that was not saved comes again, up to a point; a press or a command does not.
            await replier.sorry(heard, view_id)

    async def _rest(self, heard: Heard, received: asyncio.Task[Replies], replier: Replier) -> None:
        """What a submission causes beside the change of its modal, be it late."""
        await asyncio.wait({received})
        if _has_succeeded(received) and self._first_time(heard, received.result()):
            _, rest = replier.answer(heard, received.result())
            await replier.carry_out(heard, rest)

    def _first_time(self, heard: Heard, replies: Replies) -> bool:
        """Whether the replies of this act are still to be shown. The inbox repeats them for the same key,
        since a crash may have come between; while this process lives, it knows what it has shown.
        A refused form had no effect: it comes again, corrected, with the same key."""
        key = heard.incoming.key
        if any(isinstance(reply, Invalid) for reply in replies):
            return True
        # The same form with other words is answered otherwise.
        said = hash(codec.encode(replies)) if isinstance(heard.incoming.act, Submitted) else 0
        if self._answered.get(key) == said:
            return False
        self._answered[key] = said
        while len(self._answered) > _MOST_ANSWERED:
            self._answered.popitem(last=False)
        return True

    def _keep(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Work that outlives the request: never cancelled half-way by an answer that could not wait."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._let_go)
        return task

    def _go_on(self, work: Coroutine[Any, Any, None]) -> None:
        _ = self._keep(work)

    def _let_go(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, NotSaved):
            # Its message may hold a person's words, so only its kind is written down.
            log.error("a turn failed: %s", type(error).__name__)


def _has_succeeded(task: asyncio.Task[Replies]) -> bool:
    return task.done() and not task.cancelled() and task.exception() is None


def _ok(body: Json | None = None) -> BoltResponse:
    return BoltResponse(status=HTTPStatus.OK, body=body or "")
