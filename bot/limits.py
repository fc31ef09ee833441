"""How much one person, and one workspace or tenant, may do in a minute: much for people, little for floods.

In the memory of this process: where several share the work, each allows as much. What is over it is told to
the person with the time after which it may come again; nothing is written down of it but that it happened.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable

from bot.chat.allowance import Allowance
from bot.chat.port import Rate
from bot.chat.turn import Account, HomeOpened, Incoming, Installed, Removed

MINUTE, HOUR = 60.0, 3_600.0
TOLD = 20
"""Answers in a minute to one person that it was too much; whoever does not stop at that is no person."""
SEARCHES = 300
"""A minute, for one person: a person field looks at each letter that is typed."""
REPEATED = 5
"""So often the same act may come again and count for nothing: platforms send again what was not answered."""
_KEYS = 20_000


class Limits:
    """`acts` a minute for each person, `workspace_acts` for each workspace or tenant."""

    def __init__(
        self, acts: int, workspace_acts: int, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._people = Allowance(Rate(acts, MINUTE), clock=clock)
        self._workspaces = Allowance(Rate(workspace_acts, MINUTE), clock=clock)
        self._told = Allowance(Rate(TOLD, MINUTE), clock=clock)
        self._noted = Allowance(Rate(1, HOUR), clock=clock)
        self._searches = Allowance(Rate(SEARCHES, MINUTE), clock=clock)
        self._came: OrderedDict[str, int] = OrderedDict()

    def over(self, incoming: Incoming) -> int:
        """Whole seconds until the act may come again; 0 where it may now, and then it counts. What a platform
        tells by itself is no act of a person, and always may."""
        if isinstance(incoming.act, Installed | Removed) or self._repeated(incoming):
            return 0
        account = incoming.account
        wait = self._people.take(account) or self._workspaces.take((account.platform, account.tenant))
        if wait:
            return max(1, math.ceil(wait))
        self._remember(incoming, 0)
        return 0

    def tells(self, incoming: Incoming) -> bool:
        """Whether the person is told once more that it was too much. A home that is drawn again says so
        anyhow, and disturbs nobody."""
        return isinstance(incoming.act, HomeOpened) or not self._told.take(incoming.account)

    def notes(self, account: Account) -> bool:
        """Whether it is to stand in the security log: once in an hour for each person."""
        return not self._noted.take(account)

    def may_search(self, account: Account) -> bool:
        return not self._searches.take(account)

    def _repeated(self, incoming: Incoming) -> bool:
        times = self._came.get(incoming.key)
        if times is None or times >= REPEATED:
            return False
        self._remember(incoming, times + 1)
        return True

    def _remember(self, incoming: Incoming, times: int) -> None:
        self._came[incoming.key] = times
        self._came.move_to_end(incoming.key)
        while len(self._came) > _KEYS:
            self._came.popitem(last=False)
