"""How much a platform takes before it answers 429: its documented limits, off until they are asked for.

    workspace.limits = slack()
    tenant.limits = teams()
    workspace.limits.taken["chat.postMessage"], workspace.limits.refused["chat.postMessage"]

What is refused counts against no limit. Slack names one message a second to a conversation with short
bursts, "several hundred" a minute to a workspace, and tiers of 20, 50 and 100 calls a minute for each method
and workspace; where its words leave room, the lowest reading is taken. The figures of Teams are those of
Microsoft's table for one bot in one conversation, and 50 requests a second for an app in a tenant. Both
change them at will.
"""

import math
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Clock = Callable[[], float]
_MOST_KEPT = 20_000
"""Conversations that are kept in mind; the longest silent go first."""


@dataclass(frozen=True, slots=True)
class Rule:
    """At most `most` calls within any `seconds`, in all or in each conversation."""

    most: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Quota:
    """What holds for one group of methods."""

    group: str
    whole: tuple[Rule, ...] = ()
    each: tuple[Rule, ...] = ()


@dataclass(slots=True)
class Limits:
    """The quotas of each method, and the rules for all of them together. `taken` and `refused` count calls by
    method."""

    quotas: Mapping[str, Quota]
    everything: tuple[Rule, ...] = ()
    clock: Clock = time.monotonic
    taken: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    _calls: dict[str, list[float]] = field(default_factory=dict)

    def take(self, method: str, conversation: str) -> int:
        """0 where the call may go on; else the seconds (whole, at least one) after which it may."""
        quota = self.quotas.get(method, Quota(method))
        books = (
            ("", self.everything),
            (quota.group, quota.whole),
            (f"{quota.group}/{conversation}", quota.each),
        )
        now = self.clock()
        wait = max(self._wait(name, rules, now) for name, rules in books)
        if wait > 0:
            self.refused[method] += 1
            return max(1, math.ceil(wait))
        for name, rules in books:
            if rules:
                self._note(name, rules, now)
        self.taken[method] += 1
        return 0

    def _wait(self, name: str, rules: tuple[Rule, ...], now: float) -> float:
        calls = self._calls.get(name, [])
        waits = [calls[-rule.most] + rule.seconds - now for rule in rules if len(calls) >= rule.most]
        return max(waits, default=0.0)

    def _note(self, name: str, rules: tuple[Rule, ...], now: float) -> None:
        calls = self._calls.pop(name, [])
        old = bisect_right(calls, now - max(rule.seconds for rule in rules))
        self._calls[name] = [*calls[old:], now]
        while len(self._calls) > _MOST_KEPT:
            del self._calls[next(iter(self._calls))]


def slack(clock: Clock = time.monotonic) -> Limits:
    """One workspace's limits for one app."""

    def tier(group: str, calls: int) -> Quota:
        return Quota(group, (Rule(calls, 60),))

    return Limits(
        {
            "chat.postMessage": Quota("post", (Rule(300, 60),), (Rule(5, 5),)),
            "chat.postEphemeral": tier("ephemeral", 100),
            "chat.update": tier("update", 50),
            "conversations.open": tier("open", 50),
            "conversations.history": tier("history", 50),
            "conversations.replies": tier("replies", 50),
            "users.lookupByEmail": tier("lookup", 50),
            "users.info": tier("info", 100),
            "views.open": tier("view", 100),
            "views.update": tier("view update", 100),
            "views.publish": tier("home", 100),
        },
        clock=clock,
    )


def teams(clock: Clock = time.monotonic) -> Limits:
    """One tenant's limits for one bot."""
    sending = (Rule(7, 1), Rule(8, 2), Rule(60, 30), Rule(1_800, 3_600))
    asking = (Rule(14, 1), Rule(16, 2), Rule(120, 30), Rule(3_600, 3_600))
    send, members = Quota("send", each=sending), Quota("members", each=asking)
    return Limits(
        {
            "post_activity": send,
            "update_activity": send,
            "delete_activity": send,
            "create_conversation": Quota("create", each=sending),
            "get_members": members,
            "get_member": members,
            "get_paged_members": members,
            "get_channels": Quota("channels", each=asking),
        },
        (Rule(50, 1),),
        clock,
    )
