"""Anchoring: once an hour, or when many histories went on, a signed anchor of them is written, told to the
log and, where there is one, added to a file outside the database.

A file gets every anchor, whichever process made it, and what it missed when it can be written again.
"""

import asyncio
import json
import os
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import structlog

from bot.chat.port import NotSaved
from bot.engine.pulse import Pulse
from bot.signing import Signer
from bot.store.anchors import AT_ONCE
from bot.store.database import Database
from bot.store.tables import AnchorRow

EVERY = timedelta(hours=1)
LOOK = 30.0
"""Seconds between two looks whether it is time."""
_REST = 0.1
"""Seconds between two anchors in a row: others write in between."""
_PATIENCE = 10.0
_TAIL = 65_536
_log = structlog.get_logger(__name__)


class Anchoring:
    """`secrets` are the keys of the setting: the first signs; without any nothing is anchored."""

    def __init__(self, database: Database, secrets: Sequence[str], file: Path | None) -> None:
        self._database = database
        self._signer = Signer(secrets[0]) if secrets else None
        self._file = None if file is None else AnchorFile(file)
        self.pulse = Pulse()

    async def run(self) -> None:
        self.pulse.begins("anchors")
        while True:
            try:
                await self.step()
                self.pulse.turned("anchors")
            except NotSaved as away:
                _log.warning("the database is away", loop="anchors", reason=str(away))
            except Exception:
                _log.exception("the histories could not be anchored")
            await asyncio.sleep(LOOK)

    async def step(self) -> int:
        """Anchor what went on, where it is time; how many anchors were written."""
        if self._signer is None:
            return 0
        async with self._database.reading(patience=_PATIENCE, heavy=True) as work:
            newest, moved = await work.newest_anchor(), await work.moved(AT_ONCE)
            waited = work.real_now - newest.at if newest else EVERY
        made, number = 0, newest.number if newest else 0
        # An anchor of the future was made by a clock that has been put right.
        if moved >= AT_ONCE or (moved and not timedelta(0) <= waited < EVERY):
            while anchor := await self._anchor(self._signer, number):
                made, number = made + 1, anchor.number
                self.pulse.turned("anchors")
                if anchor.heads < AT_ONCE:
                    break
                await asyncio.sleep(_REST)
        if self._file is not None:
            await self._file.follow(self._database)
        return made

    async def _anchor(self, signer: Signer, after: int) -> AnchorRow | None:
        async with self._database.work(patience=_PATIENCE, heavy=True) as work:
            anchor = await work.anchor(signer, after)
        if anchor is not None:
            told = {"number": anchor.number, "heads": anchor.heads}
            _log.info("anchored", **told, digest=anchor.digest, key=anchor.key)
        return anchor


class AnchorFile:
    """The anchors as lines of JSON in a file, each on the disk before the next is looked for."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._number: int | None = None
        """Of the newest anchor in it; None: not looked yet."""

    async def follow(self, database: Database) -> None:
        """Add the anchors that it lacks. Raises OSError where it can't be written."""
        if self._number is None:
            self._number = await self._known(database)
        while True:
            async with database.reading(patience=_PATIENCE) as work:
                some = await work.anchors_after(self._number, AT_ONCE)
            if not some:
                return
            await asyncio.to_thread(_added, self._path, "".join(map(line_of, some)))
            self._number = some[-1].number

    async def _known(self, database: Database) -> int:
        """The newest anchor that stands in it already. Where the database has another one of that number, an
        older state of it was put back: then the file gets what is made from now on, and keeps what it has."""
        number, digest = await asyncio.to_thread(_last, self._path)
        async with database.reading(patience=_PATIENCE) as work:
            newest = await work.newest_anchor()
            there = await work.anchors_after(number - 1, 1) if number else []
        if number and (not there or (there[0].number, there[0].digest) != (number, digest)):
            _log.warning("the file of anchors is not of this database", number=number)
            return newest.number if newest else 0
        return number


def line_of(anchor: AnchorRow) -> str:
    told = {
        "number": anchor.number, "at": anchor.at.isoformat(), "heads": anchor.heads, "digest": anchor.digest,
        "key": anchor.key, "signature": anchor.signature,
    }  # fmt: skip
    return json.dumps(told) + "\n"


def _added(path: Path, lines: str) -> None:
    opened = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        left = lines.encode()
        size = os.fstat(opened).st_size
        if size and os.pread(opened, 1, size - 1) != b"\n":
            # A crash cut off the line before.
            left = b"\n" + left
        while left:
            left = left[os.write(opened, left) :]
        os.fsync(opened)
    finally:
        os.close(opened)


def _last(path: Path) -> tuple[int, str]:
    """Number and digest of its last line that is whole; 0 where there is none."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL))
            lines = file.read().splitlines()
    except FileNotFoundError:
        return 0, ""
    for line in reversed(lines):
        try:
            read = json.loads(line)
            return int(read["number"]), str(read["digest"])
        except (ValueError, KeyError, TypeError):
            continue
    return 0, ""
