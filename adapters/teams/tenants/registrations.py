"""All that the bot is registered as.

Microsoft registers a bot for one tenant: who serves several tenants has a registration in each. The app id
that an activity is addressed to, or that an address bears, says which one is meant.
"""

import asyncio
import contextlib
from collections.abc import Sequence

from adapters.teams.tenants.cloud import Cloud, Registration
from adapters.teams.tenants.sign_in import SignIn
from bot.chat.port import TryLater
from bot.chat.turn import Address


class Registrations:
    """All that we are registered as: one for each tenant, and each signs in for itself."""

    def __init__(self, all_: Sequence[Registration], cloud: Cloud) -> None:
        """Raises ValueError for an app id without a tenant, since new registrations are single-tenant, and
        where two have the same app id or the same tenant."""
        self.all = tuple(all_)
        for what in ("app_id", "tenant_id"):
            values = [getattr(one, what).casefold() for one in self.all]
            if len(values) > 1 and (len(set(values)) < len(values) or "" in values):
                raise ValueError(f"each of several Teams registrations needs a {what} of its own")
        if any(one.app_id and not one.tenant_id for one in self.all):
            raise ValueError("a Teams app id needs its tenant id beside it")
        self._sign_ins = {one.app_id: SignIn(one, cloud) for one in self.all}

    @property
    def signed(self) -> bool:
        """Whether Teams has to prove who it is."""
        return any(one.app_id for one in self.all)

    def named(self, app: str) -> Registration | None:
        """The registration whose bot Teams calls `app`. Where there is one only, it is always that one: its
        token says so."""
        if len(self.all) == 1:
            return self.all[0]
        return next((one for one in self.all if f"28:{one.app_id}".casefold() == app.casefold()), None)

    def of(self, address: Address) -> Registration | None:
        """The registration under which this address may be written to: never that of another tenant."""
        found = self.named(address.app)
        crossed = found is not None and len(self.all) > 1 and found.tenant_id != address.tenant.casefold()
        return None if crossed else found

    @property
    def shut_out(self) -> bool:
        """Whether no tenant lets us in at the moment."""
        return all(sign_in.admission.shut_out for sign_in in self._sign_ins.values())

    def sign_in(self, registration: Registration) -> SignIn:
        return self._sign_ins[registration.app_id]

    async def sign_in_all(self) -> None:
        """Fetch every token ahead of need, side by side. One that can't be had keeps nobody waiting."""

        async def try_(sign_in: SignIn) -> None:
            with contextlib.suppress(TryLater):
                await sign_in.token()

        await asyncio.gather(*map(try_, self._sign_ins.values()))

    async def close(self) -> None:
        """Stop signing in."""
        await asyncio.gather(*(sign_in.close() for sign_in in self._sign_ins.values()))
