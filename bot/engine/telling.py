"""Telling a human what was found: once, and not all of it at once."""

from collections.abc import Collection, Iterable, Iterator
from datetime import timedelta
from itertools import groupby

from bot.audit.findings import KINDS, Finding
from bot.engine import alarms
from bot.engine.desk import EngineDesk
from bot.store.events import OF_CASES
from bot.store.work import Work

AGAIN = timedelta(days=1)
"""What still stands is told again after so long."""
TRY_AGAIN = timedelta(hours=1)
"""Where an alarm did not reach the coordinator, another one is tried after so long."""
SINGLY = 5
"""So many of one kind are told one by one; what is more is told as a number."""
MORE = "more"
_COUNTED = ("overdue", "stuck")
_AT_EACH_LOOK = ("without_clock", *_COUNTED)


async def tell(
    work: Work, desk: EngineDesk, found: Iterable[Finding], settled: Collection[str], lasting: Collection[str]
) -> None:
    """`found` is all that is to be told of now; `settled` are the keys that were looked at again, and stand
    no more where they are not among what was found; `lasting` are keys that stand, whoever told of them."""
    told = dict(_told(found))
    for key, (what, detail) in told.items():
        news = await work.incident(key, AGAIN)
        if news:
            await desk.alarm(work, what, detail, still=news == "still")
    standing = await work.incidents()
    if alarms.UNHEARD in standing and await work.incident(alarms.UNHEARD, TRY_AGAIN):
        # Whether the coordinator can be reached now is only known by trying.
        await desk.alarm(work, alarms.UNHEARD, "")
    for key in standing - told.keys() - set(lasting):
        kind = key.partition(":")[0]
        if kind == alarms.RESTORED and await work.incident_over(key):
            await desk.alarm(work, alarms.RESTORED, subject(key))
        # A history that was broken stays broken, whoever mends it later.
        over = kind in _AT_EACH_LOOK or (key in settled and kind != alarms.CHAIN) or subject(key) == MORE
        if over:
            await work.incident_over(key)


def subject(key: str) -> str:
    """What the incident is about: a case's reference, or a stream."""
    return key.partition(":")[2]


def of_a_walk(key: str) -> bool:
    """Whether it is something that only walking through the database finds."""
    kind = key.partition(":")[0]
    return kind in KINDS and kind not in _AT_EACH_LOOK and subject(key) != MORE


def of_a_long_stream(key: str) -> bool:
    """Whether it is about a history that belongs to no case."""
    return key.startswith(f"{alarms.CHAIN}:") and not subject(key).startswith(OF_CASES)


def _told(found: Iterable[Finding]) -> Iterator[tuple[str, tuple[str, str]]]:
    """Key → the kind of alarm, and its detail."""
    for kind, group in groupby(sorted(found, key=lambda one: one.key), lambda one: one.kind):
        ones = list(group)
        for one in ones[:SINGLY]:
            key = kind if kind in _COUNTED else one.key
            yield key, (kind, _detail(one))
        if len(ones) > SINGLY:
            yield f"{kind}:{MORE}", (kind, f"+ {len(ones) - SINGLY}")


def _detail(one: Finding) -> str:
    """The case's reference, or what else there is to find it by."""
    if one.case:
        return one.case
    return f"{one.subject}: {one.detail}" if one.subject and one.detail else one.subject or one.detail
