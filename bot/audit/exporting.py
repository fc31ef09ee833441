"""`braver audit export`: one history as a file that proves itself, for whoever has no database.

A line of JSON each: what it is; every event as it is stored, and after the event that an anchor holds that
anchor, with the path through its tree of hashes; how much it was. Of other histories it says nothing.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from bot.backup.taking import version, whole
from bot.signing import Signer
from bot.store import merkle
from bot.store.anchors import leaves_of
from bot.store.database import CannotOpen, Database
from bot.store.events import OF_CASES
from bot.store.tables import AnchorRow, EventRow
from bot.store.work import Work

FORMAT = 1
EVENTS = 500
ANCHORS = 100
"""So many anchors are told, the newest: one of them shows all that is before it, the others since when."""
PATIENCE = 600.0
ALONE = ("security", "directory")
"""Histories that belong to no case."""


@dataclass(frozen=True, slots=True)
class Exported:
    stream: str
    events: int
    anchors: int


async def exported(
    database: Database, called: str, file: Path, *, by: str, readable: bool, signer: Signer | None
) -> Exported:
    """Write the history of the case that has this reference, or the one of this name, into the file. That it
    was written out is an event in the security stream, before anything is. `signer`: what is not anchored
    yet is anchored first. Raises CannotOpen or NotSaved."""
    async with database.work() as work:
        stream, case_id = await _stream(work, called)
        body = {"what": "exported", "case": case_id, "person": "", "stream": stream, "readable": readable}
        await work.append("security", "exported", body, by)
    if signer is not None:
        await _anchored(database, signer)
    reading = database.reading(patience=PATIENCE, heavy=True, snapshot=True)
    async with reading as work:
        with whole(file) as out:
            return await _written(work, stream, called, out, readable=readable)


async def _stream(work: Work, called: str) -> tuple[str, str]:
    """Its name, and the id of the case."""
    if called in ALONE:
        return called, ""
    for row in await work.cases_called([called]):
        return OF_CASES + row.id, row.id
    raise CannotOpen(
        f"there is no case {called[:40]}: name a case by its reference, or security, or directory"
    )


async def _anchored(database: Database, signer: Signer) -> None:
    """Where many histories went on, the next rounds see to the rest."""
    async with database.work(patience=PATIENCE, heavy=True) as work:
        newest = await work.newest_anchor()
        await work.anchor(signer, newest.number if newest else 0)


async def _written(work: Work, stream: str, called: str, out: BinaryIO, *, readable: bool) -> Exported:
    def write(line: dict[str, Any]) -> None:
        out.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")

    head = {"braver_history": FORMAT, "stream": stream, "called": called, "version": version()}
    write({**head, "made_at": work.real_now.isoformat()})
    anchors = {one.sequence: one.anchor for one in (await work.anchored_of([stream]))[-ANCHORS:]}
    events, told = 0, 0
    while rows := await work.events_after(stream, events, EVENTS):
        bodies = await work.bodies(rows) if readable else [""] * len(rows)
        for row, body in zip(rows, bodies, strict=True):
            write({"event": _event(row), **({"readable": json.loads(body)} if readable else {})})
            if row.sequence in anchors:
                write(await _proof(work, stream, anchors[row.sequence]))
                told += 1
        events = rows[-1].sequence
    write({"end": {"events": events, "anchors": told}})
    return Exported(stream, events, told)


def _event(row: EventRow) -> dict[str, Any]:
    return {
        "sequence": row.sequence, "at": row.at.isoformat(), "kind": row.kind, "actor": row.actor,
        "body": row.body, "previous": row.previous, "hash": row.hash,
    }  # fmt: skip


async def _proof(work: Work, stream: str, number: int) -> dict[str, Any]:
    """The anchor, and the way from the stream's head to its root. Raises CannotOpen where it is gone."""
    anchors = await work.anchors_after(number - 1, 1)
    if not anchors or anchors[0].number != number:
        raise CannotOpen(f"anchor {number} is missing: see what “braver audit verify” finds")
    held = (await work.heads_of_anchors([number]))[number]
    position = sorted(head.stream for head in held).index(stream)
    return {
        "anchor": _anchor(anchors[0]), "position": position, "path": merkle.path(leaves_of(held), position)
    }  # fmt: skip


def _anchor(row: AnchorRow) -> dict[str, Any]:
    return {
        "number": row.number, "at": row.at.isoformat(), "previous": row.previous, "heads": row.heads,
        "root": row.root, "digest": row.digest, "key": row.key, "signature": row.signature,
    }  # fmt: skip
