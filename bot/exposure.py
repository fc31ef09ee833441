"""What others could read: a database across the network in the open, files that are not shut."""

import stat
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from bot.chat.machine import on_this_machine

ENCRYPTED = frozenset({"require", "verify-ca", "verify-full"})
"""What PostgreSQL's `ssl` must be for nobody to fall back on the open network."""


def in_the_open(database_url: str) -> str:
    """The host to which everything of the database would cross the network unencrypted; empty where it is on
    this machine, is encrypted for sure, or the address is none (which is told elsewhere)."""
    try:
        url = make_url(database_url)
    except ArgumentError:
        return ""
    if url.get_backend_name() != "postgresql" or _one(url, "ssl") in ENCRYPTED:
        return ""
    hosts = _hosts(url)
    return next((host for host in hosts if not (host.startswith("/") or on_this_machine(host))), "")


def readable_by_others(file: Path) -> bool:
    """Whether every user of this machine may read or change the file: by its own rights and those of the
    folders around it. False where it is not there."""
    try:
        if not file.stat().st_mode & (stat.S_IROTH | stat.S_IWOTH):
            return False
        return all(folder.stat().st_mode & stat.S_IXOTH for folder in file.absolute().parents)
    except OSError:
        return False


def _hosts(url: URL) -> list[str]:
    """All that are named; one after the other is tried. None is the socket of this machine."""
    named = url.query.get("host", ())
    listed = [named] if isinstance(named, str) else list(named)
    found = [url.host or "", *(part.rpartition(":")[0] or part for one in listed for part in one.split(","))]
    return [host for host in found if host]


def _one(url: URL, name: str) -> str:
    value = url.query.get(name, "")
    return value if isinstance(value, str) else ""
