"""Installations: where the app is, workspace by workspace. Tokens are sealed before they are stored."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import structlog

from bot.chat.port import Installation, NotSaved
from bot.files import bad
from bot.sealing import Seal, WrongKey
from bot.settings import Settings
from bot.store.database import CannotOpen, Database
from bot.store.tables import InstallationRow

_SECURITY = "security"
_REMEDY = (
    "Put the key that was there before behind this one, with a comma between them. If it is lost, empty the "
    "table “installations” and install Braver in each workspace anew."
)
_log = structlog.get_logger(__name__)


class StoredInstallations:
    """`bot.chat.port.Installations` of one platform, over the database. Changes are in the security log."""

    def __init__(self, database: Database, seal: Seal, platform: str) -> None:
        self._database = database
        self._seal = seal
        self._platform = platform

    async def ready(self) -> None:
        """Before anything is served: every token can be opened, and is sealed with the first key from now on.

        Raises BadFile, naming the setting, where a token was sealed with a key that is not there.
        """
        async with self._database.work() as work:
            for row in await work.installed(self._platform):
                try:
                    token = self._seal.open(row.token, self._about(row.tenant))
                except WrongKey:
                    what = f"The token of workspace {row.tenant} was sealed with another key."
                    raise bad("BRAVER_SECRET_KEY", 0, what, _REMEDY) from None
                if not self._seal.is_fresh(row.token):
                    await work.reseal(row, self._seal.close(token, self._about(row.tenant)))

    async def stamps(self) -> Mapping[str, int]:
        """See `Installations.stamps`."""
        async with self._database.reading() as work:
            return await work.install_stamps(self._platform)

    async def find(self, tenant: str) -> Installation | None:
        """See `Installations.find`."""
        async with self._database.reading() as work:
            row = await work.installation(self._platform, tenant)
        return None if row is None else self._opened(row)

    async def save(self, installation: Installation) -> None:
        """See `Installations.save`."""
        sealed = self._seal.close(installation.token, self._about(installation.tenant))
        async with self._database.work() as work:
            await work.install(
                self._platform,
                installation.tenant,
                enterprise=installation.enterprise,
                app=installation.app,
                bot=installation.bot,
                token=sealed,
                scopes=",".join(installation.scopes),
                by=installation.by,
            )
            body = {"what": "installed", "enterprise": installation.enterprise}
            await work.append(_SECURITY, "installed", body, self._who(installation.tenant, installation.by))

    async def revoke(self, tenant: str, at: float) -> bool:
        """See `Installations.revoke`."""
        async with self._database.work() as work:
            had = await work.installation(self._platform, tenant) is not None
            revoked = await work.install_revoked(self._platform, tenant, datetime.fromtimestamp(at, UTC))
            if had and revoked:
                body = {"what": "installation_revoked"}
                await work.append(_SECURITY, "installation_revoked", body, self._who(tenant, ""))
        return revoked

    async def turned_away(self, tenant: str, enterprise: str, by: str, reason: str) -> None:
        """See `Installations.turned_away`."""
        async with self._database.work() as work:
            body = {"what": reason, "enterprise": enterprise}
            await work.append(_SECURITY, "installation_turned_away", body, self._who(tenant, by))

    async def expect(self, state: str, seconds: int) -> None:
        """See `Installations.expect`."""
        async with self._database.work() as work:
            await work.install_begun(_hash(state), timedelta(seconds=seconds))

    async def expected(self, state: str) -> bool:
        """See `Installations.expected`."""
        async with self._database.work() as work:
            return await work.install_came_back(_hash(state))

    def _opened(self, row: InstallationRow) -> Installation:
        try:
            token = self._seal.open(row.token, self._about(row.tenant))
        except WrongKey:
            # Another process has sealed it with a key that this one was not given.
            _log.error(
                "BRAVER_SECRET_KEY does not open a token: start Braver with the newer key", at=row.tenant
            )
            raise NotSaved("a token can't be opened") from None
        return Installation(
            tenant=row.tenant,
            enterprise=row.enterprise,
            app=row.app,
            bot=row.bot,
            token=token,
            scopes=tuple(row.scopes.split(",")),
            by=row.installed_by,
            stamp=row.stamp,
        )

    def _about(self, tenant: str) -> str:
        return _about(self._platform, tenant)

    def _who(self, tenant: str, by: str) -> str:
        return f"{self._platform}:{tenant}:{by}"


def _hash(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()


async def installed_tokens(settings: Settings) -> Mapping[str, str] | None:
    """Workspace → token of every installation, beside a service that may be running; None where the database
    can't be read. A token that was sealed with another key is left empty."""
    database = Database(settings.database_url, settings.secret_keys)
    try:
        async with database.looking() as work:
            rows = await work.installed("slack")
    except CannotOpen:
        return None
    seal = Seal(settings.secret_keys)
    return {row.tenant: _unsealed(seal, row.token, _about("slack", row.tenant)) for row in rows}


def _about(platform: str, tenant: str) -> str:
    """What a sealed token is bound to: nobody can put it into another workspace's row."""
    return f"{platform}:{tenant}"


def _unsealed(seal: Seal, token: str, about: str) -> str:
    try:
        return seal.open(token, about)
    except WrongKey:
        return ""
