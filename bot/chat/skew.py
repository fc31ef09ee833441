"""How far another clock is from this machine's, and whether that matters."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from bot.chat.port import Finding

GROUP = "clock"
LOOK = timedelta(seconds=2)
FIX = timedelta(seconds=60)
"""Slack's signatures, and so its requests, are refused after five minutes; deadlines are late long before."""

_SECOND = timedelta(seconds=1)


def compared(
    whose: str, theirs: datetime, asked: datetime, answered: datetime, step: timedelta = timedelta(0)
) -> Finding:
    """The finding about another clock ("the database's"), which said `theirs` at some moment between `asked`
    and `answered` by our own, in steps of `step`: only what these can't explain counts as a difference.

    All times are aware.
    """
    behind, ahead = theirs - answered, asked - theirs - step
    gap = max(behind, ahead)
    if gap <= LOOK:
        return Finding(GROUP, "ok", f"This machine's clock agrees with {whose}.")
    direction = "behind" if behind > ahead else "ahead of"
    what = f"This machine's clock is {_length(gap)} {direction} {whose}."
    if gap <= FIX:
        return Finding(GROUP, "look", what, "Have both clocks set by a time server (NTP).")
    return Finding(
        GROUP, "fix", what,
        "Set the wrong one of the two, and have both set by a time server (NTP) from now on: with a wrong "
        "clock, deadlines are wrong, and requests are refused as too old.",
    )  # fmt: skip


def compared_by_header(whose: str, date: str | None, asked: datetime, answered: datetime) -> Finding | None:
    """The same for the `Date` of an HTTP answer, which counts in seconds; None where it names no time."""
    try:
        theirs = parsedate_to_datetime(date or "")
    except ValueError:
        return None
    aware = theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC)
    return compared(whose, aware, asked, answered, _SECOND)


def _length(gap: timedelta) -> str:
    seconds = round(gap.total_seconds())
    if seconds < 120:
        return f"{seconds} seconds"
    minutes = round(seconds / 60)
    return f"{minutes} minutes" if minutes < 120 else f"{round(minutes / 60)} hours"
