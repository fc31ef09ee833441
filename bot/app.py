"""The composition root: settings in, a running service out. Only here do platforms, flows and store meet."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from adapters.slack import Slack, SlackSettings
from adapters.teams import Teams, TeamsSettings
from bot import files, pages
from bot.chat.phrases import Phrases
from bot.chat.port import NotSaved
from bot.chat.router import Router
from bot.desk import Desk, House
from bot.desk.engine import CaseDesk
from bot.desk.rounds import Rounds
from bot.engine.cards import Updater
from bot.engine.deadlines import Sweeper
from bot.engine.deliveries import Deliverer
from bot.engine.watchdog import Watchdog
from bot.guidance.content import root
from bot.guidance.ready import ready
from bot.inbox import BotInbox
from bot.metrics import Metrics
from bot.people import source
from bot.people.records import changes
from bot.people.register import Register
from bot.policies import source as policies
from bot.policies.held import held
from bot.settings import Settings
from bot.store.database import Database
from flows import all_flows, numbers
from flows.cards import draw
from flows.coaching import advice as topic_advice
from flows.coaching import follow_up
from flows.fallbacks import HouseFallbacks
from flows.people import entry, mending, returning
from flows.refusals import refused
from flows.service import alarm, failed, marked
from flows.sharing import typed_in_thread

PLATFORMS = frozenset({"slack", "teams"})
_UNHURRIED = 60.0
"""Seconds for reading and writing a whole directory."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Engine:
    """The parts that move without a person. Each can run by itself, or be stepped by tests."""

    deliverer: Deliverer
    sweeper: Sweeper
    updater: Updater
    watchdog: Watchdog
    rounds: Rounds

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            for part in (self.deliverer, self.sweeper, self.updater, self.watchdog, self.rounds):
                tasks.create_task(part.run())


class Service:
    """Braver with the platforms that its settings name. Raises BadFile for a wrong policy or directory."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.database = Database(settings.database_url, may_shift=settings.playground_clock)
        self.metrics = Metrics()
        directory = source.load(settings.directory, PLATFORMS)
        ladder = policies.load(settings.policy)
        held(ladder, policies.tree_of(settings.policy).place, directory)
        router = Router[Desk](all_flows(), HouseFallbacks(typed_in_thread))
        self.house = House(
            register=Register(directory),
            policy=ladder,
            draw=draw,
            alarm=alarm,
            numbers=numbers.listed,
            follow_up=follow_up.question,
            topic=topic_advice.for_all,
            still_right=entry.still_right,
            returned=returning.returned,
            mend=mending.mend,
            mended=mending.mended,
            marked=marked,
            failed=failed,
            refused=refused,
            commands=router.summaries(),
            platforms=tuple(sorted(PLATFORMS)),
        )
        self.inbox = BotInbox(self.database, self.house, router, self.metrics)
        self.adapters = tuple(self._adapters(Phrases(**files.read(root() / "phrases.yaml").data)))
        platforms = {adapter.platform.name: adapter.platform for adapter in self.adapters}
        self.inbox.platforms = platforms
        desk = self.desk = CaseDesk(self.house)
        self.engine = Engine(
            Deliverer(self.database, platforms, desk),
            Sweeper(self.database, desk),
            Updater(self.database, platforms, desk),
            Watchdog(self.database, desk),
            Rounds(self.database, self.house),
        )

    def _adapters(self, phrases: Phrases) -> list[Slack | Teams]:
        settings, found = self.settings, list[Slack | Teams]()
        if settings.slack:
            slack = SlackSettings(
                bot_token=settings.slack_bot_token.get_secret_value(),
                signing_secret=settings.slack_signing_secret.get_secret_value(),
                zone=ZoneInfo(self.house.policy.calendar.zone),
                api_url=settings.slack_api_url,
            )
            found.append(Slack(slack, self.inbox, phrases))
        if settings.teams:
            teams = TeamsSettings(
                app_id=settings.teams_app_id,
                app_password=settings.teams_app_password.get_secret_value(),
                tenant_id=settings.teams_tenant_id,
                allow_anonymous=settings.teams_allow_anonymous,
                forms=settings.teams_forms,
                hears_threads=settings.teams_hears_threads,
                login_url=settings.teams_login_url,
                scope=settings.teams_scope,
                keys_url=settings.teams_keys_url,
                issuer=settings.teams_issuer,
                ca_file=settings.teams_ca_file,
            )
            found.append(Teams(teams, self.inbox, phrases))
        return found

    def application(self) -> web.Application:
        """Everything that is served over HTTP."""
        served = web.Application(middlewares=[_quiet_errors])
        served.add_routes([
            web.get("/healthz", self._healthz),
            web.get("/readyz", self._readyz),
            web.get("/metrics", self._metrics),
            *pages.routes(),
        ])  # fmt: skip
        for adapter in self.adapters:
            served.add_routes(adapter.routes())
        return served

    @contextlib.asynccontextmanager
    async def serving(self, *, moving: bool = True) -> AsyncIterator[int]:
        """Serve until the block is left; gives the port. `moving`: the engine runs by itself."""
        await self.database.open()
        engine: asyncio.Task[None] | None = None
        runner = web.AppRunner(self.application(), access_log=None, shutdown_timeout=5)
        try:
            if not await asyncio.to_thread(ready):
                _log.warning("the examples of advice have changed: run `braver learn`")
            await self._open_directory()
            await self._ask_for_numbers()
            for adapter in self.adapters:
                await adapter.start()
            await runner.setup()
            site = web.TCPSite(runner, self.settings.host, self.settings.port)
            try:
                await site.start()
            except OSError as error:
                where = f"{self.settings.host}, port {self.settings.port}"
                what = f"Braver can't listen at {where} ({(error.strerror or 'no such host').lower()})."
                remedy = "Choose another port, set BRAVER_HOST, or stop what uses it."
                raise files.bad("BRAVER_PORT", 0, what, remedy) from None
            if moving:
                engine = asyncio.create_task(self.engine.run())
            yield _port(runner)
        finally:
            await runner.cleanup()
            if engine is not None:
                engine.cancel()
                await asyncio.gather(engine, return_exceptions=True)
            for adapter in self.adapters:
                await adapter.close()
            await self.database.close()

    async def _open_directory(self) -> None:
        """The database's directory; at the first start it gets that of the file."""
        self.database.at_begin = self.house.register.fresh
        async with self.database.work(patience=_UNHURRIED) as work:
            if not work.directory_version:
                await work.change_directory(changes(None, self.house.directory), "imported", "")

    async def _ask_for_numbers(self) -> None:
        """Serving does not wait for it: where the database is too slow now, the next start asks."""
        try:
            async with self.database.work() as work:
                await self.desk.started(work)
        except NotSaved:
            _log.warning("could not ask for the urgent numbers to be checked")

    async def _healthz(self, request: web.Request) -> web.Response:
        """200 while every open case is watched and nothing is late or stuck; 503 with what is wrong."""
        try:
            health = await self.engine.watchdog.look()
        except NotSaved:
            return web.json_response({"well": False, "database": "away"}, status=503)
        seen = {
            "well": health.well,
            "cases_without_clock": len(health.without_clock),
            "deadlines_overdue": health.overdue,
            "deadlines_quarantined": health.quarantined,
            "deliveries_stuck": health.stuck,
            "broken_histories": len(health.broken_chains),
        }
        return web.json_response(seen, status=200 if health.well else 503)

    async def _readyz(self, request: web.Request) -> web.Response:
        try:
            async with self.database.reading() as work:
                await work.next_due()
        except NotSaved:
            return web.json_response({"ready": False}, status=503)
        return web.json_response({"ready": True})

    async def _metrics(self, request: web.Request) -> web.Response:
        try:
            health = await self.engine.watchdog.look()
        except NotSaved:
            return web.Response(status=503)
        return web.Response(body=self.metrics.text(health), content_type="text/plain", charset="utf-8")


@web.middleware
async def _quiet_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """An unforeseen failure is logged here and says nothing outside."""
    try:
        return await handler(request)
    except (web.HTTPException, asyncio.CancelledError):
        raise
    except Exception:
        _log.exception("a request failed", path=request.path)
        return web.Response(status=500)


def _port(runner: web.AppRunner) -> int:
    host_and_port: tuple[str, int] = runner.addresses[0]
    return host_and_port[1]
