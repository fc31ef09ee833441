"""The database: whether it answers, has the schema of this program, and can be written to.

It is only looked at: the service may be running from it.
"""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError

from bot.chat import skew
from bot.chat.port import Finding
from bot.desk.numbers import NumberState, states
from bot.doctor.directory import Kept
from bot.doctor.findings import finding
from bot.escalation.policy import Policy
from bot.exposure import in_the_open, readable_by_others
from bot.people.importing import kept
from bot.settings import Settings
from bot.store import schema
from bot.store.condition import Server
from bot.store.database import CannotOpen, Database, WrongKey
from bot.store.work import Work

GROUP = "database"
SHORT, SCARCE = 50, 500
"""Megabytes: with less than these free, room must be made, or should be looked at."""
_STATES: dict[str, Literal["ok", "look", "fix"]] = {"right": "ok", "behind": "look", "ahead": "fix"}
_REPAIRED = 14
"""The oldest PostgreSQL that its makers may still repair."""
_NO_PASSWORD, _NO_DATABASE, _FORBIDDEN, _NO_TABLE = "28", "3D000", "42501", "42P01"
"""PostgreSQL's states, or how they begin."""
_NOT_A_DATABASE = 26
"""SQLite's own number for it."""


@dataclass(frozen=True, slots=True)
class Seen:
    """`numbers` is what is known of the policy's urgent numbers, `directory` what is kept of people; None
    where that could not be seen, or there is nothing yet."""

    findings: tuple[Finding, ...]
    numbers: tuple[NumberState, ...] | None = None
    directory: Kept | None = None


async def look(settings: Settings, policy: Policy | None) -> Seen:
    """Look at the database once, for at most a few seconds."""
    try:
        # What it says of a clock that was wound is told below.
        database = Database(settings.database_url, settings.secret_keys, may_shift=True)
    except CannotOpen as error:
        return Seen((Finding(GROUP, "fix", finding(GROUP, "fix", "unusable").what, _sentence(error)),))
    around: tuple[Finding, ...] = ()
    exposed = in_the_open(settings.database_url)
    if exposed and settings.database_tls == "none":
        around = (finding(GROUP, "look", "in_the_open", host=exposed),)
    if database.dialect == "sqlite":
        file = Path(str(make_url(settings.database_url).database))
        around = file_findings(file)
        if any(one.state == "fix" for one in around):
            return Seen(around)
        if readable_by_others(file):
            around = (*around, finding(GROUP, "fix", "file_open", file=file))
    asked = datetime.now(UTC)
    try:
        async with database.looking() as work:
            answered = datetime.now(UTC)
            seen = [*await _about(work, settings)]
            if database.dialect == "postgresql":
                seen.append(skew.compared("the database's", work.real_now, asked, answered))
            if work.sealing and work.service_key is None:
                raise WrongKey
            right = schema.standing(await work.revision()) == "right"
            seen += await _kept_safe(work) if right else ()
            numbers = await states(work, policy) if policy is not None and right else None
            people = await _kept(work) if right else None
            if people is not None and not work.sealing:
                seen.append(finding(GROUP, "look", "unsealed"))
    except WrongKey:
        return Seen((*around, finding(GROUP, "fix", "locked")))
    except CannotOpen as error:
        unanswered = finding(GROUP, "fix", "silent")
        return Seen((*around, unanswered) if error.__cause__ else around)
    except Exception as error:
        return Seen((*around, _unread(error, settings)))
    return Seen((*around, *seen), numbers, people)


async def _kept_safe(work: Work) -> tuple[Finding, ...]:
    """Whether events could be changed with what the service has been given."""
    if not await work.can_change_events():
        return (finding("audit", "ok", "safe"),)
    how = "role" if work.dialect == "postgresql" else "trigger"
    return (finding("audit", "look", how),)


async def _kept(work: Work) -> Kept | None:
    if not work.directory_version:
        return None
    register = await kept(work)
    return Kept(register.directory, register.absences, work.now)


def file_findings(file: Path, short: int = SHORT, scarce: int = SCARCE) -> tuple[Finding, ...]:
    """Of SQLite's file and the folder around it, in which its log is kept. `short`, `scarce`: megabytes."""
    folder = file.absolute().parent
    if not folder.is_dir():
        return (finding(GROUP, "fix", "no_folder", folder=folder),)
    if not os.access(folder, os.W_OK | os.X_OK, effective_ids=True):
        return (finding(GROUP, "fix", "folder_closed", folder=folder),)
    if file.exists() and not os.access(file, os.R_OK | os.W_OK, effective_ids=True):
        return (finding(GROUP, "fix", "file_closed", file=file),)
    found = list[Finding]()
    if not file.exists():
        found.append(finding(GROUP, "look", "no_file", file=file))
    room = shutil.disk_usage(folder).free // 1_000_000
    if room < scarce:
        found.append(finding(GROUP, "fix" if room < short else "look", "little_room", room=room, file=file))
    return tuple(found)


async def _about(work: Work, settings: Settings) -> tuple[Finding, ...]:
    revision, server = await work.revision(), await work.server()
    standing = schema.standing(revision)
    name = f"PostgreSQL {server.version}" if server.statement_timeout else f"SQLite {server.version}"
    found = [finding(GROUP, _STATES[standing], standing, name=name, revision=revision or "0000")]
    if work.now != work.real_now and not settings.playground_clock:
        found.append(finding(GROUP, "fix", "playground"))
    return (*found, *server_findings(server))


def server_findings(server: Server) -> Iterator[Finding]:
    """What is to be looked at in how the database is served."""
    if server.journal and server.journal != "wal":
        yield finding(GROUP, "look", "no_log", journal=server.journal)
    if server.statement_timeout and server.major < _REPAIRED:
        yield finding(GROUP, "look", "old_server", version=server.version)
    if server.statement_timeout == "0":
        yield finding(GROUP, "look", "no_timeout")


def _unread(error: Exception, settings: Settings) -> Finding:
    """What the database's refusal means; of the error only its kind is shown."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    state = str(getattr(cause, "sqlstate", None) or "")
    if state.startswith(_NO_PASSWORD):
        return finding(GROUP, "fix", "refused")
    if state == _NO_DATABASE:
        return finding(GROUP, "fix", "no_such")
    if state == _FORBIDDEN:
        return finding(GROUP, "fix", "forbidden")
    if state == _NO_TABLE or "no such table" in str(cause):
        return finding(GROUP, "look", "nothing_yet")
    if getattr(cause, "sqlite_errorcode", 0) == _NOT_A_DATABASE:
        return finding(GROUP, "fix", "not_one", file=make_url(settings.database_url).database)
    return finding(GROUP, "fix", "unreadable", kind=type(cause).__name__)


def _sentence(error: CannotOpen) -> str:
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."
