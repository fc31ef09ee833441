"""Where the app is installed, by workspace, and installations that were begun. Tokens come here sealed."""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import col

from bot.store.rows import Rows
from bot.store.tables import InstallationRow, InstallStateRow

MOST_BEGUN = 1_000
"""Installations that may be under way at once. Of more, the oldest are forgotten: whoever asks for the page
again and again fills no disk."""


class InstallationRows(Rows):
    async def installed(self, platform: str) -> list[InstallationRow]:
        """The live ones, in the order of their workspaces."""
        every = select(InstallationRow).where(*_live(platform)).order_by(col(InstallationRow.tenant))
        return await self._all(InstallationRow, every)

    async def install_stamps(self, platform: str) -> dict[str, int]:
        """Workspace → stamp, of the live ones."""
        stamps = select(col(InstallationRow.tenant), col(InstallationRow.stamp)).where(*_live(platform))
        return {row.tenant: row.stamp for row in await self._execute(stamps)}

    async def installation(self, platform: str, tenant: str) -> InstallationRow | None:
        """The live one in this workspace."""
        here = select(InstallationRow).where(*_live(platform), col(InstallationRow.tenant) == tenant)
        return await self._first(InstallationRow, here)

    async def install(
        self,
        platform: str,
        tenant: str,
        *,
        enterprise: str,
        app: str,
        bot: str,
        token: str,
        scopes: str,
        by: str,
    ) -> None:
        """Installed, or installed anew; `token` is sealed."""
        values = {
            "enterprise": enterprise,
            "app": app,
            "bot": bot,
            "token": token,
            "scopes": scopes,
            "installed_by": by,
            "installed_at": self.real_now,
            "revoked_at": None,
        }
        fresh = self._insert(InstallationRow).values(platform=platform, tenant=tenant, stamp=1, **values)
        anew = values | {"stamp": InstallationRow.stamp + 1}
        await self._execute(fresh.on_conflict_do_update(index_elements=["platform", "tenant"], set_=anew))

    async def install_revoked(self, platform: str, tenant: str, at: datetime) -> bool:
        """Revoked at this time, its token forgotten; False where it was installed anew after that."""
        here = (col(InstallationRow.platform) == platform, col(InstallationRow.tenant) == tenant)
        over = update(InstallationRow).where(
            *here, col(InstallationRow.revoked_at).is_(None), col(InstallationRow.installed_at) <= at
        )
        values = {"revoked_at": self.real_now, "token": "", "stamp": InstallationRow.stamp + 1}
        if await self._changed(over.values(values).returning(col(InstallationRow.tenant))):
            return True
        return await self.installation(platform, tenant) is None

    async def reseal(self, row: InstallationRow, token: str) -> None:
        """The same token, sealed with another key; unless it was changed meanwhile."""
        here = (
            col(InstallationRow.platform) == row.platform,
            col(InstallationRow.tenant) == row.tenant,
            col(InstallationRow.stamp) == row.stamp,
        )
        await self._execute(update(InstallationRow).where(*here).values(token=token))

    async def install_begun(self, hash: str, lifetime: timedelta) -> None:
        """A state is expected so long; what is over, or too many, is thrown away."""
        states = col(InstallStateRow.hash)
        expires = col(InstallStateRow.expires_at)
        await self._execute(delete(InstallStateRow).where(expires <= self.real_now))
        number = (await self._execute(select(func.count()).select_from(InstallStateRow))).scalar_one()
        if number >= MOST_BEGUN:
            oldest = select(states).order_by(expires).limit(number - MOST_BEGUN + 1)
            await self._execute(delete(InstallStateRow).where(states.in_(oldest)))
        row = self._insert(InstallStateRow).values(hash=hash, expires_at=self.real_now + lifetime)
        await self._execute(row)

    async def install_came_back(self, hash: str) -> bool:
        """Whether the state was expected; it is not any more."""
        used = delete(InstallStateRow).where(
            col(InstallStateRow.hash) == hash, col(InstallStateRow.expires_at) > self.real_now
        )
        return await self._changed(used.returning(col(InstallStateRow.hash))) == 1


def _live(platform: str) -> tuple[ColumnElement[bool], ...]:
    return (col(InstallationRow.platform) == platform, col(InstallationRow.revoked_at).is_(None))
