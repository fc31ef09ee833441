"""The composition root: settings in, a running service out. Only here do platforms, flows and store meet."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from zoneinfo import ZoneInfo

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from adapters.email import Email, EmailExaminer, EmailSettings, EmailWords
from adapters.slack import Slack, SlackExaminer, SlackInstallsExaminer, SlackSettings
from adapters.slack.workspaces.install import PAGES as INSTALL_PAGES
from adapters.slack.workspaces.install import PATH as INSTALL_PATH
from adapters.slack.workspaces.install import Installing
from adapters.teams import Registration, Teams, TeamsSettings
from bot import files, manifests, pages
from bot.chat.phrases import Phrases
from bot.chat.port import Examiner, NotSaved, Platform
from bot.chat.router import Router
from bot.desk import Desk, House
from bot.desk.engine import CaseDesk
from bot.desk.rounds import Rounds
from bot.doctor.ready import readiness
from bot.engine.anchors import Anchoring
from bot.engine.cards import Updater
from bot.engine.deadlines import Sweeper
from bot.engine.deliveries import Deliverer
from bot.engine.pulse import Pulse
from bot.engine.removals import Remover
from bot.engine.traffic import Traffic
from bot.engine.watchdog import Watchdog
from bot.guidance.advice import warm
from bot.guidance.content import root
from bot.guidance.ready import ready
from bot.heartbeat import Heartbeat
from bot.inbox import BotInbox
from bot.installations import StoredInstallations, installed_tokens
from bot.limits import Limits
from bot.loop_lag import LoopLag
from bot.mailbox import BotMailbox
from bot.metrics import Metrics
from bot.people import entries, source
from bot.people.records import changes
from bot.people.register import Register
from bot.policies import source as policies
from bot.policies.held import held
from bot.sealing import Seal
from bot.serving import FrontDoor
from bot.settings import Settings
from bot.store.database import PATIENCE, Database
from bot.watching import Watching
from flows import all_flows, keeping, linking, numbers
from flows.cards import draw
from flows.coaching import advice as topic_advice
from flows.coaching import follow_up
from flows.fallbacks import HouseFallbacks
from flows.left import left
from flows.people import entry, mending, returning
from flows.refusals import refused
from flows.service import alarm, failed, marked, sent_before, too_many
from flows.sharing import typed_in_thread

PLATFORMS = entries.PLATFORMS
_UNHURRIED = 60.0
"""Seconds for reading and writing a whole directory."""
_LOOKS, _LOOK_EVERY = 40, 0.25
"""So often, and every so many seconds, it is looked at the start whether clocks are still waiting."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Engine:
    """The parts that move without a person. Each can run by itself, or be stepped by tests."""

    deliverer: Deliverer
    sweeper: Sweeper
    updater: Updater
    watchdog: Watchdog
    rounds: Rounds
    anchoring: Anchoring
    remover: Remover
    pulse: Pulse = field(default_factory=Pulse)

    def __post_init__(self) -> None:
        for part in self._parts:
            part.pulse = self.pulse

    @property
    def _parts(
        self,
    ) -> tuple[Deliverer | Sweeper | Updater | Watchdog | Rounds | Anchoring | Remover, ...]:
        return (
            self.deliverer, self.sweeper, self.updater, self.watchdog, self.rounds, self.anchoring,
            self.remover,
        )  # fmt: skip

    async def run(self, heartbeat: Heartbeat | None = None) -> None:
        async with asyncio.TaskGroup() as tasks:
            for part in (*self._parts, *((heartbeat,) if heartbeat else ())):
                tasks.create_task(part.run())

    @property
    def failing(self) -> tuple[str, ...]:
        """What was wrong at the last look, and which loops stand still, by name; empty while all is well."""
        seen = self.watchdog.health
        return *(seen.failing if seen else ()), *(f"loop_{name}" for name in self.pulse.silent)


class Service:
    """Braver with the platforms that its settings name. Raises BadFile for a wrong policy or directory."""

    def __init__(
        self,
        settings: Settings,
        *,
        patience: float = PATIENCE,
        paced: bool | None = None,
        limited: bool | None = None,
    ) -> None:
        """`patience`: seconds that a transaction may take, less than the platforms wait for us. `paced`: no
        platform gets more than it takes without asking us to wait; `limited`: nobody does more in a minute
        than may be. Left out, both hold wherever the clock is not the playground's, whose platforms take
        everything and whose people are quicker than people."""
        self.settings = settings
        self.database = Database(
            settings.database_url,
            settings.secret_keys,
            patience=patience,
            may_shift=settings.playground_clock,
            owner_url=settings.database_owner_url.get_secret_value(),
        )
        self.metrics = Metrics()
        self.front_door = FrontDoor(by_https=settings.public_url.startswith("https://"))
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
            link_ask=linking.ask,
            link_alarm=linking.alarm,
            link_done=linking.done,
            link_told=linking.told,
            still_right=entry.still_right,
            returned=returning.returned,
            mend=mending.mend,
            mended=mending.mended,
            staying=keeping.staying,
            marked=marked,
            failed=failed,
            sent_before=sent_before,
            too_many=too_many,
            left=left,
            refused=refused,
            commands=router.summaries(),
            # Whoever can't be reached on their own is looked for on the others, chats first.
            platforms=tuple(sorted(PLATFORMS, key=lambda name: (name == "email", name))),
        )
        in_earnest = not settings.playground_clock
        limits = Limits(settings.acts_a_minute, settings.workspace_acts_a_minute)
        self.inbox = BotInbox(
            self.database, self.house, router, self.metrics,
            limits if (in_earnest if limited is None else limited) else None,
        )  # fmt: skip
        self.installations: StoredInstallations | None = None
        if settings.slack_installs:
            seal = Seal(settings.secret_keys)
            self.installations = StoredInstallations(self.database, seal, "slack")
        self.adapters = tuple(self._adapters(Phrases(**files.read(root() / "phrases.yaml").data)))
        platforms = {adapter.platform.name: adapter.platform for adapter in self.adapters}
        self.inbox.platforms = platforms
        desk = self.desk = CaseDesk(self.house)
        traffic = Traffic(platforms, in_earnest if paced is None else paced)
        self.engine = Engine(
            Deliverer(
                self.database, platforms, desk, traffic, self.metrics.delivered_late, self.metrics.sent_again
            ),
            Sweeper(self.database, desk, traffic, self.metrics.fired_late),
            Updater(self.database, platforms, desk, traffic),
            Watchdog(self.database, desk),
            Rounds(self.database, self.house),
            Anchoring(self.database, settings.secret_keys, settings.anchor_file),
            Remover(self.database, platforms, desk, traffic),
        )

    def _adapters(self, phrases: Phrases) -> list[Slack | Teams | Email]:
        settings, found = self.settings, list[Slack | Teams | Email]()
        if settings.slack:
            slack = SlackSettings(
                bot_token=settings.slack_bot_token.get_secret_value(),
                signing_secret=settings.slack_signing_secret.get_secret_value(),
                zone=ZoneInfo(self.house.policy.calendar.zone),
                api_url=settings.slack_api_url,
                workspaces=settings.slack_allowed,
            )
            found.append(Slack(slack, self.inbox, phrases, self._installing()))
        if settings.teams:
            found.append(Teams(_teams(settings), self.inbox, phrases))
        if settings.email:
            words = EmailWords(**files.read(root() / "email.yaml").data)
            mailbox = BotMailbox(self.database)
            found.append(Email(_email(settings), self.inbox, mailbox, phrases, words))
        return found

    def _installing(self) -> Installing | None:
        """How Slack workspaces install Braver; None where the token of the only one is a setting."""
        if self.installations is None:
            return None
        return Installing(
            client_id=self.settings.slack_client_id,
            client_secret=self.settings.slack_client_secret.get_secret_value(),
            public_url=self.settings.public_url,
            scopes=manifests.slack_scopes(),
            pages=pages.Notices("pages/slack-install.yaml", INSTALL_PAGES),
            installations=self.installations,
        )

    def application(self) -> web.Application:
        """Everything that is served over HTTP."""
        served = web.Application(middlewares=[_quiet_errors])
        served.add_routes([*self._watching().routes(), *pages.routes()])
        for adapter in self.adapters:
            served.add_routes(adapter.routes())
        return served

    def _watching(self) -> Watching:
        admissions = {adapter.platform.name: adapter.admission for adapter in self.adapters}
        return Watching(
            self.settings,
            look=lambda: self.engine.watchdog.look(),
            ready=lambda: readiness(self.database, admissions),
            failing=lambda: self.engine.failing,
            numbers=lambda health: self.metrics.text(health, self.engine.pulse.ages),
        )

    @contextlib.asynccontextmanager
    async def serving(self, *, moving: bool = True) -> AsyncIterator[int]:
        """Serve until the block is left; gives the port. `moving`: the engine runs by itself."""
        await self.database.open()
        engine: asyncio.Task[None] | None = None
        lag = asyncio.create_task(LoopLag(self.metrics.loop_lag.observe).run())
        warming: asyncio.Task[None] | None = None
        listening = contextlib.AsyncExitStack()
        try:
            if not await asyncio.to_thread(ready):
                _log.warning("the examples of advice have changed: run `braver learn`")
            await self._look_whether_sealed()
            await self._open_directory()
            await self._ask_for_numbers()
            if self.installations is not None:
                await self.installations.ready()
            for adapter in self.adapters:
                await adapter.start()
            host, port = self.settings.host, self.settings.port
            try:
                port = await listening.enter_async_context(
                    self.front_door.serving(self.application(), host, port)
                )
            except OSError as error:
                where = f"{host}, port {port}"
                what = f"Braver can't listen at {where} ({(error.strerror or 'no such host').lower()})."
                remedy = "Choose another port, set BRAVER_HOST, or stop what uses it."
                raise files.bad("BRAVER_PORT", 0, what, remedy) from None
            if moving:
                engine = asyncio.create_task(self.engine.run(self._heartbeat()))
            warming = asyncio.create_task(self._warm(clocks_first=moving))
            yield port
        finally:
            lag.cancel()
            if warming is not None:
                warming.cancel()
                await asyncio.gather(warming, return_exceptions=True)
            await listening.aclose()
            if engine is not None:
                engine.cancel()
                await asyncio.gather(engine, return_exceptions=True)
            for adapter in self.adapters:
                await adapter.close()
            await self.inbox.settled()
            await self.database.close()

    async def _warm(self, *, clocks_first: bool) -> None:
        """Read the encoder of the advice. The clocks that ran out while nobody was there go before it;
        whoever asks for advice does not wait for them."""
        for _ in range(_LOOKS if clocks_first else 0):
            with contextlib.suppress(NotSaved):
                async with self.database.reading() as work:
                    if not await work.overdue(timedelta(0)):
                        break
            await asyncio.sleep(_LOOK_EVERY)
        await asyncio.to_thread(warm)

    @contextlib.asynccontextmanager
    async def reaching(self) -> AsyncIterator[dict[str, Platform]]:
        """The platforms alone, by name, to ask who can be reached: nothing is served, and nothing sent. A
        service may be running beside; the database is only looked at."""
        async with self.database.looking():
            try:
                for adapter in self.adapters:
                    await adapter.start()
                yield {adapter.platform.name: adapter.platform for adapter in self.adapters}
            finally:
                for adapter in self.adapters:
                    await adapter.close()

    async def _open_directory(self) -> None:
        """The database's directory; at the first start it gets that of the file."""
        from_file = self.house.directory
        self.database.at_begin = self.house.register.fresh
        async with self.database.work(patience=_UNHURRIED, heavy=True) as work:
            if not work.directory_version and await work.directory_is_empty():
                await work.change_directory(changes(None, from_file), "imported", "")
        differ = len(changes(self.house.directory, from_file))
        if differ:
            # After corrections in chat that is as it should be; after a change of the file it is not.
            _log.info("the directory's file differs from the database, which counts", records=differ)

    async def _look_whether_sealed(self) -> None:
        async with self.database.reading() as work:
            if not work.sealing:
                _log.warning("what people write is not sealed yet: run `braver keys seal`")

    async def _ask_for_numbers(self) -> None:
        """Serving does not wait for it: where the database is too slow now, the next start asks."""
        try:
            async with self.database.work() as work:
                await self.desk.started(work)
        except NotSaved:
            _log.warning("could not ask for the urgent numbers to be checked")

    def _heartbeat(self) -> Heartbeat | None:
        url = self.settings.heartbeat_url.get_secret_value()
        return Heartbeat(url, self._not_beating) if url else None

    def _not_beating(self) -> tuple[str, ...]:
        """What keeps the heartbeat from going out: what is wrong, or that nobody has looked yet."""
        return self.engine.failing if self.engine.watchdog.health else ("not_looked",)


def examiners(settings: Settings) -> tuple[Examiner, ...]:
    """Whoever can look at the platforms that are on. Raises BadFile where the manifest can't be read."""
    found = list[Examiner]()
    if settings.slack_installs:
        page = f"{settings.public_url.rstrip('/')}{INSTALL_PATH}"
        found.append(
            SlackInstallsExaminer(
                lambda: installed_tokens(settings), settings.slack_allowed, page, settings.slack_api_url,
                manifests.slack_scopes(),
            )
        )  # fmt: skip
    elif settings.slack:
        token = settings.slack_bot_token.get_secret_value()
        found.append(SlackExaminer(token, settings.slack_api_url, manifests.slack_scopes()))
    if settings.teams:
        found += _teams(settings).examiners()
    if settings.email:
        found.append(EmailExaminer(_email(settings).server(), settings.public_url))
    return tuple(found)


def _teams(settings: Settings) -> TeamsSettings:
    return TeamsSettings(
        registrations=tuple(
            Registration(one.app_id, one.password.get_secret_value(), one.tenant_id, one.name)
            for one in settings.teams_registrations
        ),
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


@web.middleware
async def _quiet_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """An unforeseen failure is logged here and says nothing outside."""
    try:
        return await handler(request)
    except (web.HTTPException, asyncio.CancelledError):
        raise
    except Exception:
        # The address itself may be a secret, as the link of a letter is.
        resource = request.match_info.route.resource
        _log.exception("a request failed", path=resource.canonical if resource else "")
        return web.Response(status=500)


def _email(settings: Settings) -> EmailSettings:
    return EmailSettings(
        public_url=settings.public_url,
        secret_keys=settings.secret_keys,
        host=settings.email_host,
        port=settings.email_port,
        sender=settings.email_from,
        user=settings.email_user,
        password=settings.email_password.get_secret_value(),
        tls=settings.email_tls,
        ca_file=settings.email_ca_file,
    )
